import CKernels

/// Work along rows: reductions, softmax, normalisation, cross-entropies.
extension CPUBackend {
  // MARK: Reductions

  /// [outer, middle, inner] and, if one long sum is better cut, the length of its blocks.
  private static func reduction(_ shape: [Int], _ axes: Range<Int>) -> (outer: Int, middle: Int, inner: Int, block: Int?) {
    let outer = shape[..<axes.lowerBound].reduce(1, *)
    let middle = shape[axes].reduce(1, *)
    let inner = shape[axes.upperBound...].reduce(1, *)
    let isLong = outer == 1 && inner < 64 && middle * inner > 65_536
    // At most 64 blocks, so that they meet in one short reduction.
    return (outer, middle, inner, isLong ? max((middle + 63) / 64, 16_384 / max(inner, 1)) : nil)
  }

  /// What work needs beside its operands and results.
  static func scratchBytes(for work: Work, in graph: Graph) -> Int {
    switch work.kind {
    case .reduce(_, let axes):
      let (_, middle, inner, block) = reduction(graph[work.reads[0]].shape, axes)
      return block.map { (middle + $0 - 1) / $0 * inner * 4 } ?? 0
    case .moments:
      let shape = graph[work.reads[0]].shape
      return max(statisticsCut(shape).blocks * 2 * shape[1] * 4, 4)
    case .normalizeGradientSums, .normalizeRowsGradientSums:
      let shape = graph[work.reads[0]].shape
      return max(statisticsCut(shape).blocks * 2 * shape[1] * 4, 4)
    case .product(let product): return scratchBytes(of: product, in: graph)
    case .scan(let scan): return scan.scratchBytes
    case .rowsUpdate(let update): return (graph[update.gradient].shape[0] + graph[work.reads[1]].count) * 4
    default: return 0
    }
  }

  func reduce(_ work: Work, _ kind: Reduction, _ axes: Range<Int>, at position: Int) {
    let (outer, middle, inner, block) = CPUBackend.reduction(graph[work.reads[0]].shape, axes)
    let input = address(work.reads[0])
    let output = address(work.writes[0])
    guard let block else {
      reduce(kind, input, output, outer, middle, inner, work.tag)
      return
    }
    let partials = scratch(position)
    let whole = middle / block
    reduce(kind, input, partials, whole, block, inner, work.tag)
    let rest = middle - whole * block
    if rest > 0 { reduce(kind, input + whole * block * inner, partials + whole * inner, 1, rest, inner, work.tag) }
    reduce(kind, partials, output, 1, whole + (rest > 0 ? 1 : 0), inner, work.tag)
  }

  private func reduce(
    _ kind: Reduction, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ outer: Int, _ middle: Int,
    _ inner: Int, _ tag: SourceTag
  ) {
    let isByOuter = outer >= inner
    let cost = Double(middle) * 0.2 + 1
    let outerSize = isByOuter ? Pieces.size(of: outer, nanoseconds: cost * Double(inner)) : max(outer, 1)
    let innerSize = isByOuter ? max(inner, 1) : Pieces.size(of: inner, nanoseconds: cost * Double(outer), unit: 64)
    let arguments = train_reduction(
      output: output, input: input, outer: Int64(outer), middle: Int64(middle), inner: Int64(inner),
      outer_per_piece: Int64(outerSize), inner_per_piece: Int64(innerSize), accumulate: 0)
    let kernel = train_reduction_kernel(train_kernels(), kind.kernel)
    let pieces = Pieces.number(of: outer, by: outerSize) * Pieces.number(of: inner, by: innerSize)
    steps.add(kernel, "reduce \(kind)", arguments, pieces: pieces, tag: tag)
  }

  // MARK: The last axis

  /// Rows and columns of a tensor, and how many rows a piece takes.
  private func rowCut(_ node: Node, nanoseconds: Double, overhead: Double = 5) -> (
    rows: Int, columns: Int, size: Int, pieces: Int32
  ) {
    let shape = graph[node].shape
    let columns = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    let size = rowsPerPiece(rows, nanoseconds: Double(columns) * nanoseconds + overhead)
    return (rows, columns, size, Pieces.number(of: rows, by: size))
  }

  func softmax(_ work: Work, _ isLog: Bool) {
    let cut = rowCut(work.writes[0], nanoseconds: 1.5)
    let arguments = train_softmax(
      output: address(work.writes[0]), input: address(work.reads[0]), rows: Int64(cut.rows), columns: Int64(cut.columns),
      rows_per_piece: Int64(cut.size))
    steps.add(isLog ? kernels.log_softmax : kernels.softmax, "softmax", arguments, pieces: cut.pieces, tag: work.tag)
  }

  func softmaxGradient(_ work: Work, _ isLog: Bool) {
    let cut = rowCut(work.writes[0], nanoseconds: isLog ? 1.5 : 0.5)
    let arguments = train_softmax_gradient(
      input_gradient: address(work.writes[0]), output: address(work.reads[0]), output_gradient: address(work.reads[1]),
      rows: Int64(cut.rows), columns: Int64(cut.columns), rows_per_piece: Int64(cut.size))
    steps.add(
      isLog ? kernels.log_softmax_gradient : kernels.softmax_gradient, "softmax gradient", arguments, pieces: cut.pieces,
      tag: work.tag)
  }

  func argmax(_ work: Work) {
    let cut = rowCut(work.reads[0], nanoseconds: 0.5)
    let arguments = train_argmax(
      output: integers(work.writes[0]), input: address(work.reads[0]), rows: Int64(cut.rows), columns: Int64(cut.columns),
      rows_per_piece: Int64(cut.size))
    steps.add(kernels.argmax, "argmax", arguments, pieces: cut.pieces, tag: work.tag)
  }

  func top(_ work: Work, _ count: Int) {
    let columns = graph[work.reads[0]].shape.last ?? 1
    let cut = rowCut(work.reads[0], nanoseconds: Double(columns) * 0.1 + 2)
    let arguments = train_top(
      output: address(work.writes[0]), input: address(work.reads[0]), rows: Int64(cut.rows), columns: Int64(cut.columns),
      rows_per_piece: Int64(cut.size), largest: Int64(count))
    steps.add(kernels.top, "largest", arguments, pieces: cut.pieces, tag: work.tag)
  }

  // MARK: Normalisation

  /// The blocks of rows whose statistics meet; at most 64.
  private static func statisticsCut(_ shape: [Int]) -> (rows: Int, blocks: Int) {
    let size = Pieces.size(of: shape[0], nanoseconds: Double(shape[1]) * 0.4 + 2)
    return (size, Int(Pieces.number(of: shape[0], by: size)))
  }

  func moments(_ work: Work, at position: Int) {
    let shape = graph[work.reads[0]].shape
    let cut = CPUBackend.statisticsCut(shape)
    let statistics = train_batch_statistics(
      partials: scratch(position), input: address(work.reads[0]), rows: Int64(shape[0]), channels: Int64(shape[1]),
      rows_per_piece: Int64(cut.rows))
    steps.add(kernels.batch_statistics, "moments", statistics, pieces: Int32(cut.blocks), tag: work.tag)
    let result = address(work.writes[0])
    let merge = train_merge_statistics(
      mean: result, variance: result + shape[1], moving_mean: nil, moving_variance: nil, partials: scratch(position),
      rows: Int64(shape[0]), channels: Int64(shape[1]), rows_per_piece: Int64(cut.rows), momentum: 0)
    steps.add(kernels.merge_statistics, "merge moments", merge, pieces: 1, tag: work.tag)
  }

  func normalize(_ work: Work, _ epsilon: Double) {
    let shape = graph[work.reads[0]].shape
    let size = Pieces.size(of: shape[0], nanoseconds: Double(shape[1]) * 0.4 + 2)
    let arguments = train_normalize(
      output: address(work.writes[0]), input: address(work.reads[0]), mean: address(work.reads[1]),
      variance: address(work.reads[2]), gamma: address(work.reads[3]), beta: address(work.reads[4]), rows: Int64(shape[0]),
      channels: Int64(shape[1]), rows_per_piece: Int64(size), epsilon: Float(epsilon))
    steps.add(kernels.normalize, "normalize", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  func normalizeGradientSums(_ work: Work, _ epsilon: Double, at position: Int) {
    let shape = graph[work.reads[0]].shape
    let cut = CPUBackend.statisticsCut(shape)
    let sums = train_normalize_gradient_sums(
      partials: scratch(position), input: address(work.reads[1]), output_gradient: address(work.reads[0]),
      mean: address(work.reads[2]), variance: address(work.reads[3]), rows: Int64(shape[0]), channels: Int64(shape[1]),
      rows_per_piece: Int64(cut.rows), epsilon: Float(epsilon))
    steps.add(kernels.normalize_gradient_sums, "normalize sums", sums, pieces: Int32(cut.blocks), tag: work.tag)
    mergeSums(into: work.writes[0], scratch(position), blocks: cut.blocks, work.tag)
  }

  func normalizeGradient(_ work: Work, _ epsilon: Double) {
    let shape = graph[work.reads[0]].shape
    let size = Pieces.size(of: shape[0], nanoseconds: Double(shape[1]) * 0.5 + 2)
    let arguments = train_normalize_gradient(
      input_gradient: address(work.writes[0]), input: address(work.reads[1]), output_gradient: address(work.reads[0]),
      mean: address(work.reads[2]), variance: address(work.reads[3]), gamma: address(work.reads[4]),
      sums: address(work.reads[5]), rows: Int64(shape[0]), channels: Int64(shape[1]), rows_per_piece: Int64(size),
      epsilon: Float(epsilon))
    steps.add(
      kernels.normalize_gradient, "normalize gradient", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  // MARK: Normalisation of each row

  func normalizeRows(_ work: Work, _ settings: RowNormalization) {
    let shape = graph[work.reads[0]].shape
    let size = rowsPerPiece(shape[0], nanoseconds: Double(shape[1]) * 0.4 + 20)
    let parameters = work.reads.dropFirst().map { UnsafePointer(address($0)) }
    let arguments = train_normalize_rows(
      output: address(work.writes[0]), input: address(work.reads[0]), gamma: settings.hasScale ? parameters.first : nil,
      beta: settings.hasOffset ? parameters.last : nil, rows: Int64(shape[0]), columns: Int64(shape[1]),
      rows_per_piece: Int64(size), epsilon: Float(settings.epsilon), centred: settings.isCentred ? 1 : 0)
    steps.add(kernels.normalize_rows, "normalize rows", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  func normalizeRowsGradient(_ work: Work, _ settings: RowNormalization) {
    let shape = graph[work.reads[0]].shape
    let size = rowsPerPiece(shape[0], nanoseconds: Double(shape[1]) * 0.6 + 30)
    let arguments = train_normalize_rows_gradient(
      input_gradient: address(work.writes[0]), input: address(work.reads[1]), output_gradient: address(work.reads[0]),
      gamma: settings.hasScale ? UnsafePointer(address(work.reads[2])) : nil, rows: Int64(shape[0]), columns: Int64(shape[1]),
      rows_per_piece: Int64(size), epsilon: Float(settings.epsilon), centred: settings.isCentred ? 1 : 0)
    steps.add(
      kernels.normalize_rows_gradient, "normalize rows gradient", arguments, pieces: Pieces.number(of: shape[0], by: size),
      tag: work.tag)
  }

  func normalizeRowsGradientSums(_ work: Work, _ settings: RowNormalization, at position: Int) {
    let shape = graph[work.reads[0]].shape
    let cut = CPUBackend.statisticsCut(shape)
    let sums = train_normalize_rows_gradient_sums(
      partials: scratch(position), input: address(work.reads[1]), output_gradient: address(work.reads[0]),
      rows: Int64(shape[0]), columns: Int64(shape[1]), rows_per_piece: Int64(cut.rows), epsilon: Float(settings.epsilon),
      centred: settings.isCentred ? 1 : 0)
    steps.add(kernels.normalize_rows_gradient_sums, "normalize rows sums", sums, pieces: Int32(cut.blocks), tag: work.tag)
    mergeSums(into: work.writes[0], scratch(position), blocks: cut.blocks, work.tag)
  }

  /// The sum of blocks of [2, columns].
  private func mergeSums(into output: Node, _ parts: UnsafeMutablePointer<Float>, blocks: Int, _ tag: SourceTag) {
    let length = Int64(graph[output].count)
    let merge = train_merge(
      output: address(output), parts: parts, count: Int64(blocks), stride: length, length: length, per_piece: max(length, 1),
      scale: 1, accumulate: 0)
    steps.add(kernels.merge, "merge sums", merge, pieces: 1, tag: tag)
  }

  // MARK: Cross-entropies

  func crossEntropy(_ pass: CrossEntropyPass, _ tag: SourceTag) {
    let cut = rowCut(pass.input, nanoseconds: 2, overhead: 60)
    let form: train_prediction_form =
      switch pass.settings.form {
      case .logits: TRAIN_FROM_LOGITS
      case .activated: TRAIN_FROM_ACTIVATION
      case .probabilities: TRAIN_FROM_PROBABILITIES
      }
    if pass.isBinary {
      let arguments = train_binary_crossentropy(
        input: address(pass.input), targets: address(pass.targets), weights: pass.weights.map { UnsafePointer(address($0)) },
        loss: pass.loss.map(address), hits: nil, probabilities: pass.probabilities.map(address),
        gradient: pass.gradient.map(address), rows: Int64(cut.rows), columns: Int64(cut.columns),
        rows_per_piece: Int64(cut.size), scale: Float(pass.scale), smoothing: Float(pass.settings.smoothing),
        form: Int32(form.rawValue))
      steps.add(kernels.binary_crossentropy, "binary cross-entropy", arguments, pieces: cut.pieces, tag: tag)
      return
    }
    let isSparse = graph[pass.targets].type == .int32
    let arguments = train_categorical_crossentropy(
      input: address(pass.input), labels: isSparse ? UnsafePointer(integers(pass.targets)) : nil,
      targets: isSparse ? nil : UnsafePointer(address(pass.targets)), weights: pass.weights.map { UnsafePointer(address($0)) },
      loss: pass.loss.map(address), hits: pass.hits.map(address), probabilities: pass.probabilities.map(address),
      gradient: pass.gradient.map(address), rows: Int64(cut.rows), classes: Int64(cut.columns), rows_per_piece: Int64(cut.size),
      scale: Float(pass.scale), smoothing: Float(pass.settings.smoothing), form: Int32(form.rawValue),
      ignored_class: Int32.min)
    steps.add(kernels.categorical_crossentropy, "cross-entropy", arguments, pieces: cut.pieces, tag: tag)
  }
}

extension Reduction {
  fileprivate var kernel: train_reduction_kind {
    switch self {
    case .sum: TRAIN_SUM
    case .max: TRAIN_MAX
    case .min: TRAIN_MIN
    case .product: TRAIN_PRODUCT
    }
  }
}
