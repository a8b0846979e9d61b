import CKernels
import COneDNN

/// Products by oneDNN, in pieces of one thread each.
extension CPUBackend {
  /// Bytes of so many numbers as bfloat16, in whole cache lines.
  static func roundedBytes(_ count: Int) -> Int { (count * 2 + 63) / 64 * 64 }

  /// The factors of a product as bfloat16, in scratch memory.
  func rounded(_ product: Product, at position: Int) -> (UnsafeMutableRawPointer, UnsafeMutableRawPointer) {
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

  /// What a product of oneDNN needs beside its operands: its factors rounded, and behind them the parts that meet in one sum.
  static func scratchBytes(of product: Product, in graph: Graph) -> Int {
    let shape = graph.shapeOf(product)
    guard !isOurs(product, shape) else { return 0 }
    let count = partCount(shape.m, shape.n, shape.k)
    return roundedBytes(of: product, shape) + (count > 1 ? count * shape.m * shape.n * 4 : 0)
  }

  /// `factors` are where the factors lie, in the product's precision.
  func largeProduct(
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
      mergeParts(of: product, count, into: output, tag, parts, at: position)
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
