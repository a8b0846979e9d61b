extension Work {
  /// What it takes when nothing is kept in a cache: each operand read once and each result written once, as the work is joined.
  func cost(in plan: Plan) -> Cost {
    let touched = Set(reads.map(plan.graph.root(of:))).union(writes)
    let bytes = touched.reduce(0) { $0 + Double(plan.byteCount(of: $1)) }
    return Cost(operations: operations(in: plan.graph), bytes: bytes) + effectCost
  }

  private func operations(in graph: Graph) -> Double {
    func ofProduct(_ product: Product) -> Double {
      let (m, n, k) = graph.shapeOf(product)
      return 2 * Double(m) * Double(n) * Double(k)
    }
    switch kind {
    case .product(let product), .productUpdate(let product, _): return ofProduct(product)
    case .convolution(let convolution):
      return 2 * convolution.shape.products + convolution.writes.reduce(0) { $0 + Double(graph[$1].count) }
    case .elements(let pass): return pass.nodes.reduce(0) { $0 + Double(graph[$1].count) }
    case .accumulate, .accumulateMean, .assign, .update: return 0
    case .rowsUpdate: return Double(graph[reads[0]].count)
    default: return writes.reduce(0) { $0 + graph.cost(of: $1).operations }
    }
  }

  /// What changing variables takes.
  private var effectCost: Cost {
    switch kind {
    case .update(let update), .productUpdate(_, let update), .rowsUpdate(let update): Cost(of: update, readsGradient: false)
    case .assign(let variable): Cost(bytes: Double(variable.count) * 4)
    case .elements(let pass): Cost(bytes: pass.assigned.reduce(0) { $0 + Double($1.variable.count) * 4 })
    default: Cost()
    }
  }
}
