import CKernels
import COneDNN

/// Matrix products: our own kernel for the small ones, oneDNN in pieces of one thread each for the others.
extension CPUBackend {
  /// Whether our own kernel is the faster choice, rather than oneDNN.
  static func isSmallProduct(_ m: Int, _ n: Int, _ k: Int) -> Bool { train_product_is_small(Int64(m), Int64(n), Int64(k)) != 0 }

  /// Whether a product is done by our own kernel: a small one, or one with something after it that oneDNN would leave to a pass of its own,
  /// if the right factor stays in the second cache.
  static func isOurs(_ product: Product, _ shape: (m: Int, n: Int, k: Int)) -> Bool {
    guard product.precision == .float32 else { return false }
    let isFinished = product.gate != nil || (product.activation.map { $0 != .relu } ?? false)
    return isSmallProduct(shape.m, shape.n, shape.k) || (isFinished && shape.k <= 1024 && shape.n * shape.k <= 128 * 1024)
  }

  func product(_ product: Product, into output: Node, _ tag: SourceTag, at position: Int) throws(TensorsError) {
    let (m, n, k) = graph.shapeOf(product)
    guard m > 0, n > 0 else { return }
    if let cut = product.innerCut {
      if shardRows == nil { parts(of: product, at: position) }
      steps.nextCost = Cost()
      mergeParts(of: product, (k + cut - 1) / cut, into: output, tag, scratch(position))
      return
    }
    if product.precision == .bfloat16 {
      try largeProduct(product, factors: rounded(product, at: position), into: output, tag, at: position)
    } else if shardRows != nil || CPUBackend.isOurs(product, (m, n, k)) {
      let (record, pieces) = kernelProduct(product, into: address(output))
      steps.add(kernels.product, "product", record, pieces: pieces, tag: tag)
    } else {
      let (a, b) = (UnsafeMutableRawPointer(address(product.a)), UnsafeMutableRawPointer(address(product.b)))
      try largeProduct(product, factors: (a, b), into: output, tag, at: position)
    }
  }

  /// A product's parts along its inner axis, each by itself.
  func parts(of product: Product, at position: Int) {
    guard let cut = product.innerCut else { preconditionFailure("a product in parts has a cut") }
    let (m, n, k) = graph.shapeOf(product)
    let (record, _) = kernelProduct(product, into: scratch(position))
    steps.nextCost = plan.works[position].cost(in: graph)
    let arguments = train_product_parts(product: record, k_per_piece: Int64(cut), part_stride: Int64(m * n))
    steps.add(
      kernels.product_parts, "product in parts", arguments, pieces: Pieces.number(of: k, by: cut), tag: plan.works[position].tag)
  }

  /// The sum of a product's parts, with bias and activation.
  private func mergeParts(
    of product: Product, _ count: Int, into output: Node, _ tag: SourceTag, _ parts: UnsafeMutablePointer<Float>
  ) {
    let (m, n, _) = graph.shapeOf(product)
    let (record, _) = kernelProduct(product, into: parts)
    let rows = rowsPerPiece(m, nanoseconds: Double(n * count) * 0.15)
    let merge = train_product_merge(
      output: address(output), parts: parts, bias: record.bias, count: Int64(count), part_stride: Int64(m * n), m: Int64(m),
      n: Int64(n), rows_per_piece: Int64(rows), activation: record.activation)
    steps.add(kernels.product_merge, "merge parts", merge, pieces: Pieces.number(of: m, by: rows), tag: tag)
  }

  func productUpdate(_ product: Product, _ update: Update, _ tag: SourceTag) {
    var (record, pieces) = kernelProduct(product, into: nil)
    let (m, n, k) = graph.shapeOf(product)
    if let rows = Pieces.kernelRows(m, n, k: k) {
      record.rows_per_piece = Int64(rows)
      record.columns_per_piece = Int64(n)
      pieces = Pieces.number(of: m, by: rows)
    }
    let arguments = train_product_update(product: record, update: kernelUpdate(update))
    steps.add(kernels.product_update, "product and update", arguments, pieces: pieces, tag: tag)
  }

  private func kernelProduct(
    _ product: Product, into output: UnsafeMutablePointer<Float>?
  ) -> (train_product, pieces: Int32) {
    let (m, n, k) = graph.shapeOf(product)
    let block =
      if let shardRows { (rows: shardRows, columns: n) } else if CPUBackend.isSmallProduct(m, n, k) {
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
      c: output, a: address(product.a), b: address(product.b), bias: product.bias.map { UnsafePointer(address($0)) },
      gate: product.gate.map { UnsafePointer(address($0)) }, m: Int64(m), n: Int64(n), k: Int64(k),
      a_row: Int64(product.transposeA ? 1 : k), a_inner: Int64(product.transposeA ? m : 1),
      b_inner: Int64(product.transposeB ? 1 : n), b_column: Int64(product.transposeB ? k : 1), c_row: Int64(n),
      gate_row: Int64(n), rows_per_piece: Int64(block.rows), columns_per_piece: Int64(block.columns),
      activation: Int32(activation.rawValue), accumulate: 0)
    return (record, Pieces.number(of: m, by: block.rows) * Pieces.number(of: n, by: block.columns))
  }

  /// Bytes of so many numbers as bfloat16, in whole cache lines.
  static func roundedBytes(_ count: Int) -> Int { (count * 2 + 63) / 64 * 64 }

  /// The factors of a product as bfloat16, in scratch memory.
  private func rounded(_ product: Product, at position: Int) -> (UnsafeMutableRawPointer, UnsafeMutableRawPointer) {
    let (m, n, k) = graph.shapeOf(product)
    let place = UnsafeMutableRawPointer(scratch(position))
    let (a, b) = (place, place + CPUBackend.roundedBytes(m * k))
    round(address(product.a), m * k, into: a, plan.works[position].tag)
    round(address(product.b), k * n, into: b, plan.works[position].tag)
    return (a, b)
  }

  /// Numbers as bfloat16.
  func round(_ input: UnsafePointer<Float>, _ count: Int, into output: UnsafeMutableRawPointer, _ tag: SourceTag) {
    let size = Pieces.size(of: count, nanoseconds: 0.15, unit: 64)
    let arguments = train_to_bfloat16(
      output: output.assumingMemoryBound(to: UInt16.self), input: input, count: Int64(count), per_piece: Int64(size))
    steps.add(kernels.to_bfloat16, "to bfloat16", arguments, pieces: Pieces.number(of: count, by: size), tag: tag)
  }

  /// How many parts along k a large product is made of.
  private static func partCount(_ m: Int, _ n: Int, _ k: Int) -> Int {
    let inner = max(Pieces.largeBlock(m: m, n: n, k: k).inner, 1)
    return max((k + inner - 1) / inner, 1)
  }

  /// The bytes of a product's factors as bfloat16, if that is its precision.
  private static func roundedBytes(of product: Product, _ shape: (m: Int, n: Int, k: Int)) -> Int {
    product.precision == .bfloat16 ? roundedBytes(shape.m * shape.k) + roundedBytes(shape.k * shape.n) : 0
  }

  /// What a product needs beside its operands: its factors rounded, and behind them the parts that meet in one sum.
  static func scratchBytes(of product: Product, in graph: Graph) -> Int {
    let shape = graph.shapeOf(product)
    guard !isOurs(product, shape) else { return 0 }
    let count = partCount(shape.m, shape.n, shape.k)
    return roundedBytes(of: product, shape) + (count > 1 ? count * shape.m * shape.n * 4 : 0)
  }

  /// `factors` are where the factors lie, in the product's precision.
  private func largeProduct(
    _ product: Product, factors: (UnsafeMutableRawPointer, UnsafeMutableRawPointer), into output: Node, _ tag: SourceTag,
    at position: Int
  ) throws(TensorsError) {
    let (m, n, k) = graph.shapeOf(product)
    let block = Pieces.largeBlock(m: m, n: n, k: k)
    let bytes = product.precision == .bfloat16 ? 2 : 4
    let ((a, b), c) = (factors, address(output))
    let count = CPUBackend.partCount(m, n, k)
    let parts = count > 1 ? scratch(position) + CPUBackend.roundedBytes(of: product, (m, n, k)) / 4 : c
    let plans = ProductPlans()
    var pieces: [train_dnnl_piece] = []
    for (part, first) in stride(from: 0, to: max(k, 1), by: max(block.inner, 1)).enumerated() {
      for row in stride(from: 0, to: m, by: block.rows) {
        for column in stride(from: 0, to: n, by: block.columns) {
          let shape = train_dnnl_shape(
            m: Int64(min(block.rows, m - row)), n: Int64(min(block.columns, n - column)), k: Int64(min(block.inner, k - first)),
            a_row: Int64(product.transposeA ? m : k), b_row: Int64(product.transposeB ? k : n), c_row: Int64(n),
            a_transposed: product.transposeA ? 1 : 0, b_transposed: product.transposeB ? 1 : 0, accumulate: 0,
            has_bias: product.bias == nil || count > 1 ? 0 : 1, relu: product.activation == .relu && count == 1 ? 1 : 0, items: 1,
            a_item: 0, b_item: 0, c_item: 0, bfloat16: product.precision == .bfloat16 ? 1 : 0)
          guard let plan = plans.make(shape) else {
            throw .productRefused(m: m, n: n, k: k, reason: String(cString: train_dnnl_error()))
          }
          pieces.append(
            train_dnnl_piece(
              plan: plan, a: a + bytes * (product.transposeA ? first * m + row : row * k + first),
              b: b + bytes * (product.transposeB ? column * k + first : first * n + column),
              bias: product.bias.map { UnsafePointer(address($0) + column) }, c: parts + part * m * n + row * n + column))
        }
      }
    }
    add(pieces, plans, "oneDNN product", tag)
    if count > 1 {
      mergeParts(of: product, count, into: output, tag, parts)
      if let gate = product.gate { self.gate(c, by: gate, m, n, tag) }
    } else {
      finish(product, c, m, n, tag)
    }
  }

  /// A step over oneDNN's pieces, which keeps their plans.
  func add(_ pieces: [train_dnnl_piece], _ plans: ProductPlans, _ name: String, _ tag: SourceTag) {
    steps.owned.append(plans)
    let place = steps.allocate(byteCount: pieces.count * MemoryLayout<train_dnnl_piece>.stride)
      .bindMemory(to: train_dnnl_piece.self, capacity: pieces.count)
    place.initialize(from: pieces, count: pieces.count)
    steps.add(train_dnnl_run, name, at: UnsafeRawPointer(place), pieces: Int32(pieces.count), tag: tag)
  }

  /// What oneDNN's product did not do: other activations than ReLU, and the derivative of one.
  private func finish(_ product: Product, _ c: UnsafeMutablePointer<Float>, _ m: Int, _ n: Int, _ tag: SourceTag) {
    if let activation = product.activation, activation != .relu {
      let size = Pieces.size(of: m, nanoseconds: Double(n))
      let kind = activation == .sigmoid ? TRAIN_ACTIVATE_SIGMOID : TRAIN_ACTIVATE_TANH
      let arguments = train_bias_activation(
        values: c, bias: nil, rows: Int64(m), columns: Int64(n), rows_per_piece: Int64(size), activation: Int32(kind.rawValue))
      steps.add(kernels.bias_activation, activation.rawValue, arguments, pieces: Pieces.number(of: m, by: size), tag: tag)
    }
    if let gate = product.gate { self.gate(c, by: gate, m, n, tag) }
  }

  /// 0 where a ReLU gave 0.
  private func gate(_ c: UnsafeMutablePointer<Float>, by gate: Node, _ m: Int, _ n: Int, _ tag: SourceTag) {
    binary(.reluGradient, [(c, [m, n]), (address(gate), [m, n])], c, [m, n], tag)
  }
}

/// Plans of oneDNN, destroyed with their Program.
final class ProductPlans {
  private var plans: [OpaquePointer] = []

  func make(_ shape: train_dnnl_shape) -> OpaquePointer? {
    var shape = shape
    guard let plan = train_dnnl_product_create(&shape) else { return nil }
    plans.append(plan)
    return plan
  }

  deinit { plans.forEach { train_dnnl_product_destroy($0) } }
}
