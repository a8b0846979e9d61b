import CKernels

/// Work element by element, and changes of shape.
extension CPUBackend {
  func unary(_ work: Work, _ operation: UnaryOperation) {
    let count = graph[work.writes[0]].count
    let size = shardElements(of: count) ?? Pieces.size(of: count, nanoseconds: operation.nanoseconds, unit: 64)
    let arguments = train_unary(
      output: address(work.writes[0]), input: address(work.reads[0]), count: Int64(count), per_piece: Int64(size), a: 0, b: 0)
    steps.add(
      train_unary_kernel(train_kernels(), operation.kernel), operation.rawValue, arguments,
      pieces: Pieces.number(of: count, by: size), tag: work.tag)
  }

  func binary(_ work: Work, _ operation: BinaryOperation) {
    binary(
      operation, work.reads.map { (address($0), graph[$0].shape) }, address(work.writes[0]), graph[work.writes[0]].shape, work.tag
    )
  }

  func binary(
    _ operation: BinaryOperation, _ operands: [(UnsafeMutablePointer<Float>, [Int])], _ output: UnsafeMutablePointer<Float>,
    _ shape: [Int], _ tag: SourceTag
  ) {
    guard !shape.contains(0) else { return }
    let tables = Broadcasting(shape, operands: operands.map(\.1)).tables
    let cut = cut(tables, of: shape, nanoseconds: operation.nanoseconds)
    let strides = tables.operandStrides
    let arguments = train_binary(
      output: output, a: operands[0].0, b: operands[1].0, rows: Int64(tables.rows), columns: Int64(tables.columns),
      output_row: Int64(tables.columns), a_row: Int64(strides[0].row), a_column: Int64(strides[0].column),
      b_row: Int64(strides[1].row), b_column: Int64(strides[1].column), rows_per_piece: Int64(cut.rows),
      columns_per_piece: Int64(cut.columns), tables: Int64(tables.count), outer: outer(tables))
    steps.add(train_binary_kernel(train_kernels(), operation.kernel), operation.rawValue, arguments, pieces: cut.pieces, tag: tag)
  }

  func select(_ work: Work) {
    let shape = graph[work.writes[0]].shape
    guard !shape.contains(0) else { return }
    let tables = Broadcasting(shape, operands: work.reads.map { graph[$0].shape }).tables
    let cut = cut(tables, of: shape, nanoseconds: 0.3)
    let strides = tables.operandStrides
    let arguments = train_select(
      output: address(work.writes[0]), condition: address(work.reads[0]), a: address(work.reads[1]), b: address(work.reads[2]),
      rows: Int64(tables.rows), columns: Int64(tables.columns), output_row: Int64(tables.columns),
      condition_row: Int64(strides[0].row), condition_column: Int64(strides[0].column), a_row: Int64(strides[1].row),
      a_column: Int64(strides[1].column), b_row: Int64(strides[2].row), b_column: Int64(strides[2].column),
      rows_per_piece: Int64(cut.rows), columns_per_piece: Int64(cut.columns), tables: Int64(tables.count), outer: outer(tables))
    steps.add(kernels.select, "select", arguments, pieces: cut.pieces, tag: work.tag)
  }

  /// A table cut along its rows, or along its columns if there is one row; in shards where those are cut.
  private func cut(
    _ tables: Broadcasting.Tables, of shape: [Int], nanoseconds: Double
  ) -> (rows: Int, columns: Int, pieces: Int32) {
    if let shardRows, let columns = shardElements(of: tables.columns) {
      let isOneRow = tables.rows == 1
      precondition(
        tables.count == 1 && (isOneRow || tables.rows == shape[0]), "in shards the rows of an operation are told apart")
      guard isOneRow else { return (shardRows, tables.columns, Pieces.number(of: tables.rows, by: shardRows)) }
      return (1, columns, Pieces.number(of: tables.columns, by: columns))
    }
    let rows = tables.rows * tables.count
    if rows == 1 {
      let size = Pieces.size(of: tables.columns, nanoseconds: nanoseconds, unit: 64)
      return (1, size, Pieces.number(of: tables.columns, by: size))
    }
    let size = Pieces.size(of: rows, nanoseconds: Double(tables.columns) * nanoseconds + 5)
    return (size, tables.columns, Pieces.number(of: rows, by: size))
  }

  /// Where tables begin, in memory that lives as long as the steps; nil for one table.
  private func outer(_ tables: Broadcasting.Tables) -> UnsafePointer<train_outer>? {
    guard !tables.outerExtents.isEmpty else { return nil }
    let place = steps.allocate(byteCount: MemoryLayout<train_outer>.size).bindMemory(to: train_outer.self, capacity: 1)
    place.initialize(
      to: train_outer(
        rank: Int64(tables.outerExtents.count), extents: steps.list(tables.outerExtents),
        strides: steps.list(tables.outerStrides.flatMap { $0 })))
    return UnsafePointer(place)
  }

  func random(_ work: Work, _ distribution: RandomDistribution, key: UInt64) {
    let shape = graph[work.writes[0]].shape
    let rows = shape.first ?? 1
    let columns = shape.dropFirst().reduce(1, *)
    let size = rowsPerPiece(rows, nanoseconds: Double(columns) * (distribution == .normal ? 3 : 0.7))
    let arguments = train_random_rows(
      output: address(work.writes[0]), step: numbers.randomStep, seed: key, rows: Int64(rows), columns: Int64(columns),
      rows_per_piece: Int64(size), distribution: Int32((distribution == .normal ? TRAIN_NORMAL : TRAIN_UNIFORM).rawValue))
    steps.add(kernels.random_rows, "random", arguments, pieces: Pieces.number(of: rows, by: size), tag: work.tag)
  }

  func dropout(_ work: Work, _ rate: Double, key: UInt64) {
    let shape = graph[work.writes[0]].shape
    let columns = shape.dropFirst().reduce(1, *)
    let size = rowsPerPiece(shape[0], nanoseconds: Double(columns))
    let mask = UnsafeMutableRawPointer(address(work.writes[1])).assumingMemoryBound(to: UInt8.self)
    let arguments = train_dropout(
      output: address(work.writes[0]), input: address(work.reads[0]), mask: mask, step: numbers.randomStep, seed: key,
      stream: 0, rate: Float(rate), rows: Int64(shape[0]), columns: Int64(columns), rows_per_piece: Int64(size), first_row: 0)
    steps.add(kernels.dropout, "dropout", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  func dropoutAgain(_ work: Work, _ rate: Double) {
    let shape = graph[work.writes[0]].shape
    let columns = shape.dropFirst().reduce(1, *)
    let size = rowsPerPiece(shape[0], nanoseconds: Double(columns) * 0.3)
    let mask = UnsafeRawPointer(address(work.reads[1])).assumingMemoryBound(to: UInt8.self)
    let arguments = train_dropout_gradient(
      input_gradient: address(work.writes[0]), output_gradient: address(work.reads[0]), mask: mask, rate: Float(rate),
      rows: Int64(shape[0]), columns: Int64(columns), rows_per_piece: Int64(size))
    steps.add(
      kernels.dropout_gradient, "dropout gradient", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  func cast(_ work: Work) {
    let count = graph[work.writes[0]].count
    let size = Pieces.size(of: count, nanoseconds: 0.3, unit: 64)
    let pieces = Pieces.number(of: count, by: size)
    if graph[work.writes[0]].type == .float32 {
      let arguments = train_cast_to_float(
        output: address(work.writes[0]), input: integers(work.reads[0]), count: Int64(count), per_piece: Int64(size))
      steps.add(train_cast_to_float_run, "cast", arguments, pieces: pieces, tag: work.tag)
    } else {
      let arguments = train_cast_to_int(
        output: integers(work.writes[0]), input: address(work.reads[0]), count: Int64(count), per_piece: Int64(size))
      steps.add(train_cast_to_int_run, "cast", arguments, pieces: pieces, tag: work.tag)
    }
  }

  func oneHot(_ work: Work, _ depth: Int) {
    let rows = graph[work.reads[0]].count
    let size = Pieces.size(of: rows, nanoseconds: Double(depth) * 0.3 + 2)
    let arguments = train_one_hot(
      output: address(work.writes[0]), indices: integers(work.reads[0]), rows: Int64(rows), depth: Int64(depth),
      rows_per_piece: Int64(size))
    steps.add(train_one_hot_run, "one-hot", arguments, pieces: Pieces.number(of: rows, by: size), tag: work.tag)
  }

  func broadcast(_ work: Work) {
    let walk = Broadcasting(graph[work.writes[0]].shape, operands: [graph[work.reads[0]].shape])
    permute(work, extents: walk.extents, strides: walk.strides[0])
  }

  func transpose(_ work: Work, _ permutation: [Int]) {
    let shape = graph[work.reads[0]].shape
    if permutation == [1, 0] {
      let size = Pieces.size(of: shape[1], nanoseconds: Double(shape[0]) * 0.4 + 5, unit: 8)
      let arguments = train_transpose(
        output: address(work.writes[0]), input: address(work.reads[0]), rows: Int64(shape[0]), columns: Int64(shape[1]),
        columns_per_piece: Int64(size))
      steps.add(kernels.transpose, "transpose", arguments, pieces: Pieces.number(of: shape[1], by: size), tag: work.tag)
      return
    }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    permute(work, extents: permutation.map { shape[$0] }, strides: permutation.map { strides[$0] })
  }

  private func permute(_ work: Work, extents: [Int], strides: [Int]) {
    let walk = CPUBackend.merged(extents, strides)
    let first = walk.extents[0]
    let count = walk.extents.reduce(1, *)
    let size = Pieces.size(of: first, nanoseconds: Double(count / max(first, 1)) * 0.5 + 1)
    let arguments = train_permute(
      output: address(work.writes[0]), input: address(work.reads[0]), extents: steps.list(walk.extents),
      strides: steps.list(walk.strides), per_piece: Int64(size), rank: Int32(walk.extents.count))
    steps.add(train_permute_run, "permute", arguments, pieces: Pieces.number(of: first, by: size), tag: work.tag)
  }

  /// Axes of which one goes on where the next ends, as one; at least one.
  private static func merged(_ extents: [Int], _ strides: [Int]) -> (extents: [Int], strides: [Int]) {
    var merged: (extents: [Int], strides: [Int]) = ([], [])
    for (extent, stride) in zip(extents, strides) where extent != 1 {
      if let last = merged.strides.last, last == stride * extent {
        merged.extents[merged.extents.count - 1] *= extent
        merged.strides[merged.strides.count - 1] = stride
      } else {
        merged.extents.append(extent)
        merged.strides.append(stride)
      }
    }
    return merged.extents.isEmpty ? ([1], [1]) : merged
  }
}

extension UnaryOperation {
  var kernel: train_unary_kind {
    switch self {
    case .negate: TRAIN_NEGATE
    case .exp: TRAIN_EXP
    case .expm1: TRAIN_EXPM1
    case .log: TRAIN_LOG
    case .log1p: TRAIN_LOG1P
    case .sqrt: TRAIN_SQUARE_ROOT
    case .reciprocalSqrt: TRAIN_RECIPROCAL_SQUARE_ROOT
    case .square: TRAIN_SQUARE
    case .abs: TRAIN_ABSOLUTE
    case .reciprocal: TRAIN_RECIPROCAL
    case .sin: TRAIN_SIN
    case .cos: TRAIN_COS
    case .tan: TRAIN_TAN
    case .asin: TRAIN_ASIN
    case .acos: TRAIN_ACOS
    case .atan: TRAIN_ATAN
    case .sinh: TRAIN_SINH
    case .cosh: TRAIN_COSH
    case .asinh: TRAIN_ASINH
    case .acosh: TRAIN_ACOSH
    case .atanh: TRAIN_ATANH
    case .relu: TRAIN_RELU
    case .sigmoid: TRAIN_SIGMOID
    case .tanh: TRAIN_TANH
    case .erf: TRAIN_ERF
    case .erfInverse: TRAIN_ERF_INVERSE
    case .softplus: TRAIN_SOFTPLUS
    case .sign: TRAIN_SIGN
    case .floor: TRAIN_FLOOR
    case .ceil: TRAIN_CEILING
    case .trunc: TRAIN_TRUNCATE
    case .round: TRAIN_ROUND
    case .not: TRAIN_NOT
    case .isNaN: TRAIN_IS_NAN
    case .isFinite: TRAIN_IS_FINITE
    }
  }

  /// Roughly what an element costs.
  var nanoseconds: Double {
    switch self {
    case .exp, .expm1, .log, .log1p, .sigmoid, .tanh, .erf, .softplus: 0.8
    case .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .erfInverse: 2
    default: 0.15
    }
  }
}

extension BinaryOperation {
  var kernel: train_binary_kind {
    switch self {
    case .add: TRAIN_ADD
    case .subtract: TRAIN_SUBTRACT
    case .multiply: TRAIN_MULTIPLY
    case .divide: TRAIN_DIVIDE
    case .maximum: TRAIN_MAXIMUM
    case .minimum: TRAIN_MINIMUM
    case .power: TRAIN_POWER
    case .atan2: TRAIN_ATAN2
    case .remainder: TRAIN_REMAINDER
    case .and: TRAIN_AND
    case .or: TRAIN_OR
    case .equal: TRAIN_EQUAL
    case .notEqual: TRAIN_NOT_EQUAL
    case .less: TRAIN_LESS
    case .lessEqual: TRAIN_LESS_EQUAL
    case .greater: TRAIN_GREATER
    case .greaterEqual: TRAIN_GREATER_EQUAL
    case .softplusGradient: TRAIN_SOFTPLUS_GRADIENT
    case .reluGradient: TRAIN_RELU_GRADIENT
    case .sigmoidGradient: TRAIN_SIGMOID_GRADIENT
    case .tanhGradient: TRAIN_TANH_GRADIENT
    }
  }

  /// Roughly what an element costs.
  var nanoseconds: Double {
    switch self {
    case .power, .remainder: 3
    case .atan2: 1.5
    case .softplusGradient: 0.8
    default: 0.2
    }
  }
}
