import CKernels
import COneDNN

/// Products of many matrices of one shape: [items, m, k] · [items, k, n].
extension CPUBackend {
  /// The extents of a product for each item, and how far apart the items lie.
  private struct Items {
    let count: Int
    let m: Int
    let n: Int
    let k: Int
    let transposeA: Bool
    let transposeB: Bool

    /// What a product costs, in nanoseconds, at 80 operations each.
    var nanoseconds: Double { 2 * Double(m) * Double(n) * Double(k) / 80 + 50 }
  }

  func batchedProduct(_ work: Work, _ transposeA: Bool, _ transposeB: Bool) throws(TensorsError) {
    let a = graph[work.reads[0]].shape
    let shape = graph[work.writes[0]].shape
    let items = Items(
      count: shape[0], m: shape[1], n: shape[2], k: transposeA ? a[1] : a[2], transposeA: transposeA, transposeB: transposeB)
    guard !shape.contains(0) else { return }
    if CPUBackend.isSmallProduct(items.m, items.n, items.k) {
      smallProducts(work, items)
    } else {
      try largeProducts(work, items)
    }
  }

  private func smallProducts(_ work: Work, _ items: Items) {
    let (m, n, k) = (Int64(items.m), Int64(items.n), Int64(items.k))
    // Whole items if there are enough of them for all threads, else blocks of each.
    let isByItem = items.count >= 16
    let block = isByItem ? (rows: items.m, columns: items.n) : Pieces.block(m: items.m, n: items.n, k: items.k)
    let product = train_product(
      c: address(work.writes[0]), a: address(work.reads[0]), b: address(work.reads[1]), panels: nil, bias: nil, gate: nil, m: m,
      n: n, k: k,
      a_row: items.transposeA ? 1 : k, a_inner: items.transposeA ? m : 1, b_inner: items.transposeB ? 1 : n,
      b_column: items.transposeB ? k : 1, c_row: n, gate_row: n, rows_per_piece: Int64(block.rows),
      columns_per_piece: Int64(block.columns), activation: Int32(TRAIN_LINEAR.rawValue), accumulate: 0, expected: nil,
      parts: 0)
    let size = isByItem ? Pieces.size(of: items.count, nanoseconds: items.nanoseconds) : 1
    let arguments = train_product_items(
      product: product, items: Int64(items.count), a_item: m * k, b_item: k * n, c_item: m * n, items_per_piece: Int64(size))
    let blocks = Pieces.number(of: items.m, by: block.rows) * Pieces.number(of: items.n, by: block.columns)
    steps.add(
      kernels.product_items, "products", arguments, pieces: Pieces.number(of: items.count, by: size) * blocks, tag: work.tag)
  }

  private func largeProducts(_ work: Work, _ items: Items) throws(TensorsError) {
    let (m, n, k) = (items.m, items.n, items.k)
    let (a, b, c) = (address(work.reads[0]), address(work.reads[1]), address(work.writes[0]))
    let isByItem = items.count >= 16
    let block = isByItem ? (rows: m, columns: n) : Pieces.block(m: m, n: n, k: k)
    let size = isByItem ? Pieces.size(of: items.count, nanoseconds: items.nanoseconds) : 1
    let plans = ProductPlans()
    var pieces: [train_dnnl_piece] = []
    for item in stride(from: 0, to: items.count, by: size) {
      for row in stride(from: 0, to: m, by: block.rows) {
        for column in stride(from: 0, to: n, by: block.columns) {
          let shape = train_dnnl_shape(
            m: Int64(min(block.rows, m - row)), n: Int64(min(block.columns, n - column)), k: Int64(k),
            a_row: Int64(items.transposeA ? m : k), b_row: Int64(items.transposeB ? k : n), c_row: Int64(n),
            a_transposed: items.transposeA ? 1 : 0, b_transposed: items.transposeB ? 1 : 0, accumulate: 0, has_bias: 0, relu: 0,
            items: Int64(min(size, items.count - item)), a_item: Int64(m * k), b_item: Int64(k * n), c_item: Int64(m * n),
            bfloat16: 0)
          guard let plan = plans.make(shape) else {
            throw .productRefused(m: m, n: n, k: k, reason: String(cString: train_dnnl_error()))
          }
          pieces.append(
            train_dnnl_piece(
              plan: plan, a: a + item * m * k + (items.transposeA ? row : row * k),
              b: b + item * k * n + (items.transposeB ? column * k : column), bias: nil,
              c: c + item * m * n + row * n + column))
        }
      }
    }
    add(pieces, plans, "oneDNN products", work.tag)
  }
}
