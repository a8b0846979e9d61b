import CKernels

/// Matrix products: by our own kernel, as they are, with b laid out first or in parts, or by oneDNN.
extension CPUBackend {
  /// Whether our own kernel is the faster choice, rather than oneDNN.
  static func isSmallProduct(_ m: Int, _ n: Int, _ k: Int) -> Bool { train_product_is_small(Int64(m), Int64(n), Int64(k)) != 0 }

  /// How many bfloat16 a factor's values become on the processor's matrix tiles, which our own kernel uses where there are any: one for a
  /// product of bfloat16, and as many as make a float32 where laying out both factors costs less than the tiles save; else none.
  static func tileParts(of product: Product, _ shape: (m: Int, n: Int, k: Int)) -> Int {
    guard train_has_matrix_tiles(train_kernels()) != 0 else { return 0 }
    let (m, n, k) = shape
    // Panels take half as much again as what they are made of.
    let most = 16 << 20
    guard k <= Int(train_longest_split), product.transposeA || m < 128 || n * k <= most else { return 0 }
    switch product.precision {
    case .bfloat16: return min(m, n, k) >= 16 ? 1 : 0
    case .float32:
      guard (product.transposeA ? k : m) >= 256, train_product_suits_tiles(Int64(m), Int64(n), Int64(k)) != 0 else { return 0 }
      return Int(train_split_parts)
    }
  }

  /// Whether a product is done by our own kernel: a small one, or one with something after it that oneDNN would leave to a pass of its own,
  /// if the right factor stays in the second cache.
  static func isOurs(_ product: Product, _ shape: (m: Int, n: Int, k: Int)) -> Bool {
    guard product.precision == .float32 else { return false }
    let isFinished = product.gate != nil || (product.activation.map { $0 != .relu } ?? false)
    return isSmallProduct(shape.m, shape.n, shape.k) || (isFinished && shape.k <= 1024 && shape.n * shape.k <= 128 * 1024)
  }

  /// Whether b [k, n] is laid out in panels first: if there are rows enough to pay for it, and the panels stay in the second cache but
  /// not in the first, where each piece makes its own. A transposed one costs more to lay out than to multiply with the few rows of a
  /// piece, so it is laid out for fewer rows. For matrix tiles it is laid out for more than two pieces' rows.
  static func isWorthPacking(_ m: Int, _ n: Int, _ k: Int, transposeB: Bool = false, parts: Int) -> Bool {
    if parts > 0 { return m >= 128 }
    let (rows, least) = transposeB ? (64, 4 << 10) : (256, 8 << 10)
    return m >= rows && n > 16 && (least..<256 << 10).contains(n * k - 1)
  }

  /// The bytes of b [k, n] in panels.
  static func panelBytes(_ n: Int, _ k: Int, parts: Int) -> Int {
    let unit = Int(train_product_unit)
    let columns = (n + unit - 1) / unit * unit
    return parts > 0 ? columns * ((k + unit - 1) / unit * unit) * 2 * parts : columns * k * 4
  }

  func product(_ product: Product, into output: Node, _ tag: SourceTag, at position: Int) throws(TensorsError) {
    let (m, n, k) = graph.shapeOf(product)
    guard m > 0, n > 0 else { return }
    if let cut = product.innerCut {
      if shardRows == nil { parts(of: product, at: position) }
      steps.nextCost = Cost()
      mergeParts(of: product, (k + cut - 1) / cut, into: output, tag, scratch(position), at: position)
      return
    }
    if product.precision == .bfloat16, product.parts == 0 {
      try largeProduct(product, factors: rounded(product, at: position), into: output, tag, at: position)
    } else if shardRows != nil || product.isPacked || product.parts > 0 || CPUBackend.isOurs(product, (m, n, k)) {
      if shardRows == nil { pack(product, at: position) }
      let (record, pieces) = kernelProduct(product, into: address(output), at: position)
      steps.add(kernels.product, "product", record, pieces: pieces, tag: tag)
    } else {
      let (a, b) = (UnsafeMutableRawPointer(address(product.a)), UnsafeMutableRawPointer(address(product.b)))
      try largeProduct(product, factors: (a, b), into: output, tag, at: position)
    }
  }

  /// Lays out b of a product, before any piece of a meets it.
  func pack(_ product: Product, at position: Int) {
    guard product.isPacked else { return }
    let (record, _) = kernelProduct(product, into: nil, at: position)
    let arguments = train_product_pack(product: record, panels: scratch(position))
    let pieces = Pieces.number(of: Int(record.n), by: Int(train_product_unit))
    steps.prepare { _ = steps.add(kernels.product_pack, "pack", arguments, pieces: pieces, tag: plan.works[position].tag) }
  }

  /// A product's parts along its inner axis, each by itself.
  func parts(of product: Product, at position: Int) {
    guard let cut = product.innerCut else { preconditionFailure("a product in parts has a cut") }
    let (m, n, k) = graph.shapeOf(product)
    let (record, blocks) = kernelProduct(product, into: scratch(position), at: position)
    steps.nextCost = plan.works[position].cost(in: plan)
    let arguments = train_product_parts(product: record, k_per_piece: Int64(cut), part_stride: Int64(m * n))
    steps.add(
      kernels.product_parts, "product in parts", arguments, pieces: Pieces.number(of: k, by: cut) * blocks,
      tag: plan.works[position].tag)
  }

  /// The sum of a product's parts, with bias and activation.
  func mergeParts(
    of product: Product, _ count: Int, into output: Node, _ tag: SourceTag, _ parts: UnsafeMutablePointer<Float>, at position: Int
  ) {
    let (m, n, _) = graph.shapeOf(product)
    let (record, _) = kernelProduct(product, into: parts, at: position)
    let rows = rowsPerPiece(m, nanoseconds: Double(n * count) * 0.15)
    let merge = train_product_merge(
      output: address(output), parts: parts, bias: record.bias, count: Int64(count), part_stride: Int64(m * n), m: Int64(m),
      n: Int64(n), rows_per_piece: Int64(rows), activation: record.activation)
    steps.add(kernels.product_merge, "merge parts", merge, pieces: Pieces.number(of: m, by: rows), tag: tag)
  }

  func productUpdate(_ product: Product, _ update: Update, _ tag: SourceTag, at position: Int) {
    var (record, pieces) = kernelProduct(product, into: nil, at: position)
    let (m, n, k) = graph.shapeOf(product)
    if product.parts == 0, let rows = Pieces.kernelRows(m, n, k: k) {
      record.rows_per_piece = Int64(rows)
      record.columns_per_piece = Int64(n)
      pieces = Pieces.number(of: m, by: rows)
    }
    let arguments = train_product_update(product: record, update: kernelUpdate(update))
    steps.add(kernels.product_update, "product and update", arguments, pieces: pieces, tag: tag)
  }

  /// The batch whose successor is asked for from memory while this product is made: of the first layer, if its rows are worth a wait and
  /// stay in the second cache until they are read.
  private func expected(of product: Product) -> UnsafePointer<train_gather>? {
    guard !product.transposeA, product.parts == 0, shardRows == nil, let gather = gathered[graph.root(of: product.a)],
      (16 << 10...1 << 20).contains(graph[product.a].count * 4)
    else { return nil }
    return UnsafePointer(gather)
  }

  private func kernelProduct(
    _ product: Product, into output: UnsafeMutablePointer<Float>?, at position: Int
  ) -> (train_product, pieces: Int32) {
    let (m, n, k) = graph.shapeOf(product)
    let block =
      if product.innerCut != nil { Pieces.blockOfPart(m: m, n: n, onTiles: product.parts > 0) } else if let shardRows {
        (rows: shardRows, columns: n)
      } else if product.parts > 0 {
        Pieces.tileBlock(m: m, n: n, k: k)
      } else if product.isPacked {
        (rows: Pieces.size(of: m, nanoseconds: 2 * Double(n) * Double(k) / 200, unit: 8), columns: n)
      } else if CPUBackend.isSmallProduct(m, n, k) {
        Pieces.block(m: m, n: n, k: k)
      } else {
        (rows: Pieces.largeBlock(m: m, n: n, k: k).rows, columns: n)
      }
    let activation: train_activation =
      switch product.activation {
      case .relu?: TRAIN_ACTIVATE_RELU
      case .sigmoid?: TRAIN_ACTIVATE_SIGMOID
      case .tanh?: TRAIN_ACTIVATE_TANH
      default: TRAIN_LINEAR
      }
    let record = train_product(
      c: output, a: address(product.a), b: address(product.b),
      panels: product.isPacked ? UnsafeRawPointer(scratch(position)) : nil,
      bias: product.bias.map { UnsafePointer(address($0)) }, gate: product.gate.map { UnsafePointer(address($0)) }, m: Int64(m),
      n: Int64(n),
      k: Int64(k), a_row: Int64(product.transposeA ? 1 : k), a_inner: Int64(product.transposeA ? m : 1),
      b_inner: Int64(product.transposeB ? 1 : n), b_column: Int64(product.transposeB ? k : 1), c_row: Int64(n),
      gate_row: Int64(n), rows_per_piece: Int64(block.rows), columns_per_piece: Int64(block.columns),
      activation: Int32(activation.rawValue), accumulate: 0, expected: expected(of: product), parts: Int32(product.parts))
    return (record, Pieces.number(of: m, by: block.rows) * Pieces.number(of: n, by: block.columns))
  }
}
