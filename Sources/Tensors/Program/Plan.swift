import CKernels

/// A graph as an ordered list of work: what nobody needs left out, what belongs together done together.
///
/// Order: first the batch is gathered, then operations in the order of the graph (small ones that only effects need a little
/// later), then sums of metrics, assignments and updates; so every operation sees the variables as they were before the step.
struct Plan {
  let graph: Graph
  private(set) var works: [Work] = []
  /// Works that are done shard by shard, in order.
  var groups: [ShardGroup] = []

  /// Nodes that some output or effect needs.
  private var isLive: [Bool]
  private let uses: Uses
  private var fusion: Fusion
  private var elements: ElementFusion

  /// `isStep`: of a recurrence, which is done many times, so that nothing is laid out anew for each.
  init(_ original: Graph, isStep: Bool = false) {
    var graph = original
    let effects = Plan.effectsWithCopies(&graph)
    self.graph = graph
    let roots = graph.outputs + effects.flatMap(\.operands)
    isLive = Plan.liveNodes(graph, roots) { graph[$0].inputs }
    uses = Uses(graph, live: isLive, effects: effects)
    let fusion = Fusion(graph, uses: uses, effects: effects)
    self.fusion = fusion
    isLive = Plan.liveNodes(graph, roots) { fusion.dependencies(of: $0) ?? graph[$0].inputs }
    let elements = ElementFusion(
      graph, effects: effects, live: isLive, isGrouped: { fusion.dependencies(of: $0) != nil },
      dependencies: { fusion.dependencies(of: $0) ?? graph[$0].inputs })
    self.elements = elements

    addGathers()
    var maskIsDrawn: Set<Node> = []
    for index in graph.entries.indices where isLive[index] { addWork(for: Node(index: index), &maskIsDrawn) }
    addEffects(effects)
    works = Plan.sinkingWhatOnlyEffectsNeed(works, graph)
    cutWithUpdates()
    layOutProducts(isStep: isStep)
    groups = Plan.shardGroups(works, graph)
    layOutConvolutions()
  }

  /// When each work is done: works of a group of shards are under way at the same time.
  var times: [Int] {
    var times = Array(works.indices)
    for group in groups {
      for position in group.range { times[position] = group.range.lowerBound }
    }
    return times
  }

  /// Cuts a product along the rows of its kernel, if the kernel's update is cut there too.
  private mutating func cutWithUpdates() {
    var cuts: [VariableID: Int] = [:]
    for case .productUpdate(let product, let update) in works.map(\.kind) {
      let (m, n, k) = graph.shapeOf(product)
      cuts[update.variable] = Pieces.kernelRows(m, n, k: k)
    }
    for position in works.indices {
      guard case .product(var product) = works[position].kind, !product.transposeA, !product.transposeB, product.gate == nil,
        product.precision == .float32,
        case .variable(let kernel) = graph[graph.root(of: product.b)].operation, let rows = cuts[kernel]
      else { continue }
      let (m, n, k) = graph.shapeOf(product)
      let cut = Pieces.cutWithUpdate(of: rows, m: m, n: n, k: k)
      guard CPUBackend.isSmallProduct(m, n, cut), m * n <= 16_384, k > cut else { continue }
      product.innerCut = cut
      works[position].kind = .product(product)
      works[position].scratchBytes = (k + cut - 1) / cut * m * n * 4
    }
  }

  /// Decides which products are done on matrix tiles, lays out the right factor of those of many rows first, and cuts those over many
  /// rows. In a step of a recurrence, `isStep`, nothing is laid out.
  private mutating func layOutProducts(isStep: Bool) {
    for position in works.indices {
      switch works[position].kind {
      case .productUpdate(var product, let update):
        product.parts = CPUBackend.tileParts(of: product, graph.shapeOf(product))
        works[position].kind = .productUpdate(product, update)
      case .product(var product) where !isStep:
        works[position].scratchBytes = layOut(&product) ?? works[position].scratchBytes
        works[position].kind = .product(product)
      default: break
      }
    }
  }

  /// The scratch memory that a product needs as it is laid out; nil if it is as it was.
  private func layOut(_ product: inout Product) -> Int? {
    let (m, n, k) = graph.shapeOf(product)
    if product.innerCut == nil, product.gate == nil { product.innerCut = innerCut(of: product, (m, n, k)) }
    product.parts = CPUBackend.tileParts(of: product, (m, n, product.innerCut.map { min($0, Int(train_longest_split)) } ?? k))
    if let cut = product.innerCut { return (k + cut - 1) / cut * m * n * 4 }
    let isFloat = product.precision == .float32
    guard isFloat || product.parts > 0 else { return nil }
    guard !product.transposeA, CPUBackend.isWorthPacking(m, n, k, transposeB: product.transposeB, parts: product.parts) else {
      return product.parts > 0 ? 0 : nil
    }
    product.isPacked = true
    return CPUBackend.panelBytes(n, k, parts: product.parts)
  }

  /// Where a product over a long k is cut: the gradient of a kernel over many rows, or a few rows of bfloat16 with a large kernel.
  private func innerCut(of product: Product, _ shape: (m: Int, n: Int, k: Int)) -> Int? {
    let (m, n, k) = shape
    let cut = product.transposeA ? Pieces.longCut(m: m, n: n, k: k) : Pieces.kernelCut(m: m, n: n, k: k)
    guard let cut else { return nil }
    let isOnTiles = CPUBackend.tileParts(of: product, (m, n, min(cut, Int(train_longest_split)))) > 0
    switch product.precision {
    case .bfloat16: return isOnTiles ? cut : nil
    case .float32: return product.transposeA && (isOnTiles || !CPUBackend.isOurs(product, shape)) ? cut : nil
    }
  }

  /// Cuts convolutions where their group is cut, or as it suits themselves.
  private mutating func layOutConvolutions() {
    for position in works.indices {
      guard case .convolution(var convolution) = works[position].kind, convolution.shape.images > 0 else { continue }
      let images = groups.first { $0.range.contains(position) }?.rows ?? convolution.imagesPerPiece
      let layout = ConvolutionLayout(convolution, imagesPerPiece: images)
      convolution.layout = layout
      works[position].kind = .convolution(convolution)
      works[position].scratchBytes = layout.byteCount
    }
  }

  /// Effects whose operand is a variable itself take a copy of it first, since another effect may change it.
  private static func effectsWithCopies(_ graph: inout Graph) -> [Effect] {
    func copy(_ node: Node) -> Node {
      guard case .variable = graph[graph.root(of: node)].operation else { return node }
      let one = graph.constant(1)
      return graph.emit(.binary(.multiply), [node, one], graph[node].shape)
    }
    return graph.effects.map { effect in
      switch effect {
      case .assign(let node, let variable): return .assign(copy(node), variable)
      case .update(var update):
        update.gradient = copy(update.gradient)
        return .update(update)
      case .accumulate, .accumulateMean: return effect
      }
    }
  }

  /// The bytes that a node's place in memory takes: the choices of a pool of 2×2 are a byte for four elements.
  func byteCount(of node: Node) -> Int {
    fusion.choices.contains(node) ? graph[node].count / 4 : graph.byteCount(of: node)
  }

  private static func liveNodes(_ graph: Graph, _ roots: [Node], _ inputs: (Node) -> [Node]) -> [Bool] {
    var live = [Bool](repeating: false, count: graph.entries.count)
    var open = roots
    while let node = open.popLast() {
      if live[node.index] { continue }
      live[node.index] = true
      open.append(contentsOf: inputs(node))
    }
    return live
  }

  // MARK: Work

  private mutating func addGathers() {
    for (index, entry) in graph.entries.enumerated() where isLive[index] {
      let node = Node(index: index)
      if let rescaled = fusion.rescaledInputs[node] {
        let kind = Work.Kind.gather(rescaled.slot, scale: rescaled.scale, offset: rescaled.offset)
        works.append(Work(kind: kind, reads: [], writes: [node], tag: entry.tag))
      } else if case .input(let slot) = entry.operation {
        works.append(Work(kind: .gather(slot, scale: 1, offset: 0), reads: [], writes: [node], tag: entry.tag))
      }
    }
  }

  private mutating func addWork(for node: Node, _ maskIsDrawn: inout Set<Node>) {
    let entry = graph[node]
    if fusion.rescaledInputs[node] != nil { return }
    if let pass = fusion.crossEntropies[node] {
      // The whole pass is done where the first of its results stands.
      guard pass.writes.filter({ isLive[$0.index] }).min(by: { $0.index < $1.index }) == node else { return }
      add(pass.keeping { isLive[$0.index] }, entry.tag)
      return
    }
    if let product = fusion.products[node] {
      var work = Work(kind: .product(product), reads: product.reads, writes: [node], tag: entry.tag)
      work.scratchBytes = CPUBackend.scratchBytes(for: work, in: graph)
      works.append(work)
      return
    }
    if let convolution = fusion.convolutions[node] {
      guard convolution.writes.min(by: { $0.index < $1.index }) == node else { return }
      works.append(Work(kind: .convolution(convolution), reads: convolution.reads, writes: convolution.writes, tag: entry.tag))
      return
    }
    if fusion.updatedProducts[node] != nil || fusion.updatedRows.contains(node) || elements.absorbed.contains(node) { return }
    if let pass = elements.passes[node] {
      var work = Work(kind: .elements(pass), reads: pass.reads(in: graph), writes: pass.written, tag: entry.tag)
      work.mayOverwrite = overwritable(work)
      works.append(work)
      return
    }
    guard let kind = kind(of: node, &maskIsDrawn) else { return }
    var work = Work(kind: kind, reads: fusion.rectified.reads[node] ?? entry.inputs, writes: [node], tag: entry.tag)
    switch kind {
    case .dropout: work = Work(kind: kind, reads: [entry.inputs[0]], writes: [node, entry.inputs[1]], tag: entry.tag)
    case .crossEntropy(let pass):
      add(pass, entry.tag)
      return
    case .gates: work.writes = [node] + graph.results(of: node).map(\.node)
    case .scan: work.writes = neededResults(of: node).map(\.node)
    default: break
    }
    work.scratchBytes = CPUBackend.scratchBytes(for: work, in: graph)
    work.mayOverwrite = overwritable(work)
    works.append(work)
  }

  private func neededResults(of node: Node) -> [(number: Int, node: Node)] {
    graph.results(of: node).filter { isLive[$0.node.index] }
  }

  private mutating func add(_ pass: CrossEntropyPass, _ tag: SourceTag) {
    works.append(Work(kind: .crossEntropy(pass), reads: pass.reads, writes: pass.writes, tag: tag))
  }

  private func kind(of node: Node, _ maskIsDrawn: inout Set<Node>) -> Work.Kind? {
    let entry = graph[node]
    switch entry.operation {
    case .input, .variable, .constant, .table, .scalar, .dropoutMask, .stepInput, .result, .reshape: return nil
    case .gates(let gates): return .gates(gates)
    case .scan(let region): return .scan(ScanWork(region, results: neededResults(of: node)))
    case .slice(let axis, let start): return graph.viewOffset(node) == nil ? .slice(axis: axis, start: start) : nil
    case .concatenate(let axis): return .concatenate(axis: axis)
    case .pad(let axis, let before): return .pad(axis: axis, before: before)
    case .gatherRows: return .gatherRows
    case .scatterRows: return .scatterRows
    case .takeAlongLast: return .takeAlongLast
    case .matrixProduct(let transposeA, let transposeB):
      return .product(
        Product(
          a: entry.inputs[0], b: entry.inputs[1], transposeA: transposeA, transposeB: transposeB, precision: entry.precision))
    case .batchedProduct(let transposeA, let transposeB):
      return .batchedProduct(transposeA: transposeA, transposeB: transposeB)
    case .convolution, .convolutionInputGradient, .convolutionKernelGradient:
      return .convolution(ConvolutionWork(node, in: graph))
    case .unary(let operation): return .unary(operation)
    case .binary(let operation):
      return fusion.rectified.gradients[node].map { .poolGradient($0, isRectified: true) } ?? .binary(operation)
    case .select: return .select
    case .masked:
      guard case .dropoutMask(let rate, let stream) = graph[entry.inputs[1]].operation else {
        preconditionFailure("a mask is drawn by `dropoutMask`")
      }
      return maskIsDrawn.insert(entry.inputs[1]).inserted ? .dropout(rate: rate, stream: stream) : .dropoutAgain(rate: rate)
    case .cast: return .cast
    case .reduce(let reduction, let axes): return .reduce(reduction, axes: axes)
    case .cumulativeSum(let sum): return .cumulativeSum(sum)
    case .broadcast: return .broadcast
    case .transpose(let permutation): return .transpose(permutation)
    case .random(let distribution, let stream): return .random(distribution, stream: stream)
    case .softmax: return .softmax(log: false)
    case .logSoftmax: return .softmax(log: true)
    case .softmaxGradient: return .softmaxGradient(log: false)
    case .logSoftmaxGradient: return .softmaxGradient(log: true)
    case .argmax: return .argmax
    case .top(let count): return .top(count: count)
    case .oneHot(let depth): return .oneHot(depth: depth)
    case .pool(let pooling): return .pool(pooling, isRectified: fusion.rectified.reads[node] != nil)
    case .poolGradient(let pooling): return .poolGradient(pooling, isRectified: false)
    case .resample(let resampling): return .resample(resampling)
    case .sample(let sampling): return .sample(sampling)
    case .sampleGradient(let sampling): return .sampleGradient(sampling)
    case .moments: return .moments
    case .normalize(let epsilon, _): return .normalize(epsilon: epsilon)
    case .normalizeGradientSums(let epsilon): return .normalizeGradientSums(epsilon: epsilon)
    case .normalizeGradient(let epsilon): return .normalizeGradient(epsilon: epsilon)
    case .normalizeRows(let settings): return .normalizeRows(settings)
    case .normalizeRowsGradient(let settings): return .normalizeRowsGradient(settings)
    case .normalizeRowsGradientSums(let settings): return .normalizeRowsGradientSums(settings)
    case .attention(let settings): return .attention(settings)
    case .attentionGradient(let settings): return .attentionGradient(settings)
    case .crossEntropy(let settings), .binaryCrossEntropy(let settings):
      return .crossEntropy(
        CrossEntropyPass(
          settings: settings, isBinary: entry.operation.isBinaryLoss, targets: entry.inputs[0], input: entry.inputs[1], loss: node
        ))
    case .crossEntropyGradient(let settings), .binaryCrossEntropyGradient(let settings):
      return .crossEntropy(
        CrossEntropyPass(
          settings: settings, isBinary: entry.operation.isBinaryLoss, targets: entry.inputs[0], input: entry.inputs[1],
          weights: entry.inputs[2], gradient: node))
    }
  }

  /// Reads whose memory the result may take: the kernel reads each element before it writes the same one.
  private func overwritable(_ work: Work) -> [Node] {
    switch work.kind {
    case .unary, .binary, .elements, .dropout, .dropoutAgain, .cast, .softmax:
      let count = graph[work.writes[0]].count
      return work.reads.filter { graph[$0].count == count && graph[$0].type != .mask }
    case .normalizeGradient, .normalizeRows, .normalizeRowsGradient: return [work.reads[0]]
    default: return []
    }
  }

  /// First what only looks, then passes, which see variables as they were, then the other changes.
  private mutating func addEffects(_ effects: [Effect]) {
    let remaining = effects.enumerated().filter { !elements.doneEffects.contains($0.offset) }.map(\.element)
    for effect in remaining where !effect.changesVariables { addEffect(effect) }
    for pass in elements.assignments {
      let tag = graph[pass.assigned[0].node].tag
      works.append(Work(kind: .elements(pass), reads: pass.reads(in: graph), writes: [], tag: tag))
    }
    for effect in remaining where effect.changesVariables { addEffect(effect) }
  }

  private mutating func addEffect(_ effect: Effect) {
    let tag = graph[effect.operands[0]].tag
    switch effect {
    case .accumulate(let node, let state):
      works.append(Work(kind: .accumulate(state), reads: [node], writes: [], tag: tag))
    case .accumulateMean(let values, let weights, let state):
      let reads = [values] + (weights.map { [$0] } ?? [])
      works.append(Work(kind: .accumulateMean(state), reads: reads, writes: [], tag: tag))
    case .assign(let node, let variable):
      works.append(Work(kind: .assign(variable), reads: [node], writes: [], tag: tag))
    case .update(let update):
      if let product = fusion.updatedProducts[update.gradient] {
        works.append(Work(kind: .productUpdate(product, update), reads: product.reads, writes: [], tag: tag))
      } else if fusion.updatedRows.contains(update.gradient) {
        var work = Work(kind: .rowsUpdate(update), reads: graph[update.gradient].inputs, writes: [], tag: tag)
        work.scratchBytes = CPUBackend.scratchBytes(for: work, in: graph)
        works.append(work)
      } else {
        works.append(Work(kind: .update(update), reads: [update.gradient], writes: [], tag: tag))
      }
    }
  }
}

extension Effect {
  /// Whether variables are different afterwards.
  fileprivate var changesVariables: Bool {
    switch self {
    case .accumulate, .accumulateMean: false
    case .assign, .update: true
    }
  }
}

extension Operation {
  var isBinaryLoss: Bool {
    switch self {
    case .binaryCrossEntropy, .binaryCrossEntropyGradient: true
    default: false
    }
  }
}
