import COneDNN

/// Works that follow each other and stay within rows of the batch run shard by shard: a thread takes some rows through all of them, and nobody
/// waits in between.
extension Plan {
  /// Works `range` of the plan, in shards of `rows` rows.
  struct ShardGroup {
    let range: Range<Int>
    let rows: Int
    let batch: Int

    var shards: Int { (batch + rows - 1) / rows }
  }

  /// Which works are done shard by shard; a function of the plan alone.
  static func shardGroups(_ works: [Work], _ graph: Graph) -> [ShardGroup] {
    /// Rows of a part are not the rows of what it is a part of.
    func isPart(_ node: Node) -> Bool { graph[node].count != graph[graph.root(of: node)].count }
    var groups: [ShardGroup] = []
    var start = 0
    while start < works.count {
      var end = start
      var written: Set<Node> = []
      var nanoseconds = 0.0
      var panelBytes = 0
      let batch = works[start].rowLocal(in: graph)?.rows
      while end < works.count, let local = works[end].rowLocal(in: graph, batch: batch), local.rows == batch,
        end == start || !works[end].isInParts, panelBytes + works[end].panelBytes <= mostPanelBytes,
        local.wholeReads.allSatisfy({ !written.contains(graph.root(of: $0)) }),
        works[end].reads.allSatisfy({ !isPart($0) || !written.contains(graph.root(of: $0)) })
      {
        written.formUnion(works[end].writes)
        nanoseconds += local.nanoseconds
        panelBytes += works[end].panelBytes
        end += 1
      }
      if let batch, end - start >= 2 {
        let rows = Pieces.shard(of: batch, nanoseconds: nanoseconds, onTiles: works[start..<end].contains(where: \.isOnTiles))
        if rows < batch { groups.append(ShardGroup(range: start..<end, rows: rows, batch: batch)) }
      }
      start = max(end, start + 1)
    }
    return groups
  }

  /// What all shards read of packed factors stays in a core's second cache.
  private static let mostPanelBytes = 1 << 20

  /// Works in an order in which those that only effects need stand last, unless they go on row by row themselves, so that what depends
  /// on each other row by row is not torn apart. Only small tensors are made to live longer for that.
  static func sinkingWhatOnlyEffectsNeed(_ works: [Work], _ graph: Graph) -> [Work] {
    let largest = 256 << 10
    let batch = works.first { $0.isGather }.flatMap { graph[$0.writes[0]].shape.first }
    func goesOn(_ work: Work) -> Bool { batch != nil && work.rowLocal(in: graph)?.rows == batch }
    var neededEarly = Set(graph.outputs.map(graph.root(of:)))
    var sunk: [Work] = []
    var kept: [Work] = []
    var effects: [Work] = []
    for work in works.reversed() {
      let isSmall = work.reads.allSatisfy { graph.byteCount(of: graph.root(of: $0)) <= largest }
      if work.writes.isEmpty {
        effects.append(work)
      } else if isSmall, !work.isGather, !goesOn(work), work.writes.allSatisfy({ !neededEarly.contains($0) }) {
        sunk.append(work)
      } else {
        kept.append(work)
        neededEarly.formUnion(work.reads.map(graph.root(of:)))
      }
    }
    return kept.reversed() + sunk.reversed() + effects.reversed()
  }
}

extension Work {
  fileprivate var isGather: Bool { if case .gather = kind { true } else { false } }

  /// A product cut along its inner axis begins with a step over all rows.
  fileprivate var isInParts: Bool { if case .product(let product) = kind { product.innerCut != nil } else { false } }

  fileprivate var isOnTiles: Bool { if case .product(let product) = kind { product.parts > 0 } else { false } }

  /// A packed factor, which every shard reads.
  fileprivate var panelBytes: Int {
    if case .product(let product) = kind, product.isPacked { scratchBytes } else { 0 }
  }

  /// If each row of the results depends on the same row of some operands, and on all of `wholeReads`: how many rows, and what one costs.
  /// Within the step of a recurrence products of any size do, since the next step follows at once. What is done element by element may
  /// be cut into as many rows as `batch` has.
  func rowLocal(
    in graph: Graph, batch: Int? = nil, withinStep: Bool = false
  ) -> (rows: Int, wholeReads: [Node], nanoseconds: Double)? {
    guard let first = writes.first, var rows = graph[first].shape.first, rows > 0 else { return nil }
    if let batch, isElementwise, graph[first].count.isMultiple(of: batch) { rows = batch }
    let columns = Double(graph[first].count / rows)
    switch kind {
    case .product(let product):
      let (m, n, k) = graph.shapeOf(product)
      guard m == rows, product.precision == .float32 || product.isPacked, !product.transposeA,
        withinStep || product.innerCut != nil || product.isPacked || CPUBackend.isSmallProduct(m, n, k)
      else {
        return nil
      }
      let inner = product.innerCut.map { (k + $0 - 1) / $0 } ?? k
      let cost = Double(2 * (n + 31) / 32 * 32 * inner) / (product.parts > 0 ? 400 : 80) + 20
      return (rows, [product.b] + (product.bias.map { [$0] } ?? []), cost)
    case .convolution(let convolution):
      guard convolution.kind != TRAIN_CONVOLUTION_KERNEL_GRADIENT, !withinStep else { return nil }
      return (rows, convolution.wholeReads, convolution.nanosecondsPerImage)
    case .crossEntropy(let pass):
      let shape = graph[pass.input].shape
      guard shape.count == 2, shape[0] == rows else { return nil }
      return (rows, [], Double(shape[1]) * 2 + 60)
    case .pool(let pooling, _):
      let shape = graph[reads[0]].shape
      return (rows, [], CPUBackend.poolNanoseconds(of: pooling, positions: shape, windows: graph[first].shape))
    case .poolGradient(let pooling, _):
      let shape = graph[reads[0]].shape
      return (rows, [], CPUBackend.poolNanoseconds(of: pooling, positions: graph[first].shape, windows: shape) * 2)
    case .resample(let resampling):
      guard resampling.axis > 0 else { return nil }
      return (rows, [], CPUBackend.resampleNanoseconds(resampling, to: graph[first].shape))
    case .sample(let sampling), .sampleGradient(let sampling):
      let whole = reads.filter { graph[$0].shape.isEmpty }
      return (rows, whole, CPUBackend.sampleNanoseconds(sampling, channels: graph[first].shape[3]))
    case .normalizeRows: return (rows, [], columns * 1.5 + 20)
    case .normalizeRowsGradient: return (rows, [], columns * 2 + 30)
    case .softmax: return graph[first].shape.count == 2 ? (rows, [], columns * 1.5 + 20) : nil
    case .elements(let pass):
      let whole = reads.filter { graph[$0].count != graph[first].count }
      return (rows, whole, columns * 0.15 * Double(pass.nodes.count) + 20)
    case .binary(let operation) where withinStep:
      return broadcastReads(in: graph).map { (rows, $0, columns * operation.nanoseconds + 10) }
    case .select where withinStep: return broadcastReads(in: graph).map { (rows, $0, columns * 0.3 + 10) }
    case .binary(let operation):
      guard reads.allSatisfy({ graph[$0].shape == graph[first].shape }) else { return nil }
      return (rows, [], columns * operation.nanoseconds + 10)
    case .random: return (rows, [], columns * 3)
    case .gates(let gates): return (rows, [], columns / Double(gates.blocks) * gates.operationsPerUnit * 0.1 + 20)
    case .unary: return (rows, [], columns * 0.5)
    case .dropout, .dropoutAgain: return graph[reads[0]].shape.first == rows ? (rows, [], columns * 0.5) : nil
    default: return nil
    }
  }

  /// Whether each element depends on those at the same place alone.
  private var isElementwise: Bool {
    switch kind {
    case .unary, .binary, .elements: true
    default: false
    }
  }

  /// The operands that all rows of an element-wise operation share; nil if its rows cannot be told apart.
  private func broadcastReads(in graph: Graph) -> [Node]? {
    let shape = graph[writes[0]].shape
    let tables = Broadcasting(shape, operands: reads.map { graph[$0].shape }).tables
    guard tables.count == 1, tables.rows == 1 || tables.rows == shape[0] else { return nil }
    return reads.filter { graph[$0].shape.count < shape.count || graph[$0].shape[0] != shape[0] }
  }
}
