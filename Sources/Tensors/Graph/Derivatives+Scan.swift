/// The derivative of a recurrence: a recurrence the other way round.
///
/// The step is differentiated, and what its derivative reads of the step itself is kept: the recurrence is asked for more results. What
/// a step adds to the gradient of an invariant is not added up step by step: the factors of a product, or the terms of a sum, are kept,
/// and one product, convolution or sum over all steps makes the gradient.
extension Graph {
  mutating func scanContributions(
    of node: Node, _ region: Region, _ found: ResultGradients.Found, needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    let inputs = self[node].inputs
    let initial = Array(inputs.dropFirst(region.sequences.count).prefix(region.carried.count))
    let invariants = Array(inputs.suffix(region.invariants.count))

    // The step with its derivatives: each result has the gradient from outside and, if it is carried on, that from the next step.
    var source = region.step
    var seeds: [Node: Node] = [:]
    var outside: [Node: Node] = [:]  // leaves → gradients [steps, …]
    var carriedLeaves: [Node] = []
    var fromLast: [Node?] = []
    var toInitial: [Node?] = []
    for (index, carried) in region.carried.enumerated() {
      let given = gradients(ofCarried: index, region, found)
      let leaf = source.stepInput(shape: source[carried.after].shape)
      carriedLeaves.append(leaf)
      seeds[carried.after] = leaf
      fromLast.append(given.final)
      toInitial.append(given.initial)
      if let all = given.all {
        let other = source.stepInput(shape: source[carried.after].shape)
        outside[other] = all
        seeds[carried.after] = source.add(leaf, other)
      }
    }
    for (number, gradient) in found.whole where number >= region.carried.count {
      let kept = Node(index: number - region.carried.count)
      let leaf = source.stepInput(shape: source[kept].shape)
      outside[leaf] = gradient
      seeds[kept] = seeds[kept].map { source.add($0, leaf) } ?? leaf
    }
    let neededSequences = region.sequences.indices.filter { needed(inputs[$0]) }
    let neededInvariants = region.invariants.indices.filter { needed(invariants[$0]) }
    let wanted =
      region.carried.map(\.before) + neededSequences.map { region.sequences[$0] }
      + neededInvariants.map { region.invariants[$0] }
    let gradients = source.gradients(seeds: seeds, withRespectTo: wanted)

    // The same operations as a step of their own.
    var back = BackwardStep(
      source: source, region: region, invariants: invariants, outside: outside, carried: carriedLeaves)
    var next: [Node] = []
    for (index, carried) in region.carried.enumerated() {
      next.append(back.carriedOn(gradients[carried.before], index, besides: next))
    }
    let sequenceParts = neededSequences.compactMap { index in
      gradients[region.sequences[index]].map { (index, back.keepable($0)) }
    }
    let invariantParts = neededInvariants.compactMap { index in
      gradients[region.invariants[index]].map { (index, back.shares(of: $0)) }
    }

    // The recurrence, and what is made of its results.
    let operands = back.operands.map { supply(of: $0, node, region, inputs) }
    let firsts = region.carried.indices.map { index in
      fromLast[index] ?? broadcast(constant(0), to: self[initial[index]].shape)
    }
    let backward = Region(
      step: back.step, count: region.count, isReversed: !region.isReversed, sequences: back.leaves,
      carried: zip(back.carriedLeaves, next).map { Region.Carried(before: $0, after: $1) },
      invariants: back.invariantLeaves)
    let shared = back.invariantUses.map { use in
      use.isTransposed ? transpose(invariants[use.index], [1, 0]) : invariants[use.index]
    }
    let scan = emitScan(backward, operands + firsts + shared)
    let results = BackwardResults(scan: scan, region: backward, operands: operands, shared: shared)
    var parts: [(Node, Node)] = []
    for (index, part) in sequenceParts { parts.append((inputs[index], results.stacked(part, in: &self))) }
    for (index, shares) in invariantParts {
      for share in shares {
        parts.append((invariants[index], results.sum(share, shape: self[invariants[index]].shape, in: &self)))
      }
    }
    for (index, operand) in initial.enumerated() where needed(operand) {
      parts.append((operand, slot(backward.finalSlot, ofCarried: index, scan, backward)))
      if let direct = toInitial[index] { parts.append((operand, direct)) }
    }
    return parts
  }

  /// The gradient of a carried value, as that after every step, that after the last one, and that of its first value.
  private mutating func gradients(
    ofCarried index: Int, _ region: Region, _ found: ResultGradients.Found
  ) -> (all: Node?, final: Node?, initial: Node?) {
    var given: (all: Node?, final: Node?, initial: Node?) = (nil, nil, nil)
    func sum(_ a: Node?, _ b: Node, in graph: inout Graph) -> Node { a.map { graph.add($0, b) } ?? b }
    func addWhole(_ whole: Node, in graph: inout Graph) {
      given.all = sum(given.all, graph.slice(whole, axis: 0, region.slotsAfter), in: &graph)
      given.initial = sum(given.initial, graph.row(whole, region.firstSlot), in: &graph)
    }
    if let whole = found.whole[index] { addWhole(whole, in: &self) }
    for part in found.parts[index] ?? [] {
      let count = self[part.gradient].shape[0]
      let range = part.start..<(part.start + count)
      if range == region.slotsAfter {
        given.all = sum(given.all, part.gradient, in: &self)
      } else if range == region.finalSlot..<(region.finalSlot + 1) {
        given.final = sum(given.final, row(part.gradient, 0), in: &self)
      } else {
        addWhole(pad(part.gradient, axis: 0, before: part.start, after: region.count + 1 - range.upperBound), in: &self)
      }
    }
    return given
  }

  /// The sequence that an operand of the backward step comes from.
  private mutating func supply(of operand: BackwardStep.Operand, _ scan: Node, _ region: Region, _ inputs: [Node]) -> Node {
    switch operand {
    case .given(let gradient): gradient
    case .sequence(let index): inputs[index]
    case .before(let index): slice(carriedBuffer(scan, region, index), axis: 0, region.slotsBefore)
    case .after(let index): slice(carriedBuffer(scan, region, index), axis: 0, region.slotsAfter)
    case .kept(let node): kept(node, of: scan, region)
    }
  }
}

/// The step of a backward recurrence while it is gathered from a step with its derivatives.
struct BackwardStep {
  /// Where a sequence comes from.
  enum Operand: Hashable {
    /// A gradient from outside.
    case given(Node)
    /// A sequence of the forward recurrence, by number.
    case sequence(Int)
    /// A carried value before, or after, each step.
    case before(Int)
    case after(Int)
    /// A node of the forward step.
    case kept(Node)
  }

  /// An invariant of the forward recurrence, perhaps with its two axes exchanged: a product runs faster that way.
  struct InvariantUse: Hashable {
    let index: Int
    let isTransposed: Bool
  }

  /// A part of an invariant's gradient, which is to be summed over all steps: nodes of the step.
  enum Share {
    /// `Σ aᵀ · b`: a is [rows, m], b is [rows, n].
    case product(a: Node, b: Node)
    /// The gradient of a convolution's kernel, from its input x and the gradient of what it gives, both [images, …].
    case kernelGradient(x: Node, gradient: Node, Convolution)
    /// `Σ` of the sums of x over these axes, the first among them.
    case sum(x: Node, axes: Range<Int>)
    case whole(Node)
  }

  private(set) var step = Graph()
  private(set) var operands: [Operand] = []
  private(set) var leaves: [Node] = []
  private(set) var carriedLeaves: [Node] = []
  private(set) var invariantUses: [InvariantUse] = []
  private(set) var invariantLeaves: [Node] = []

  private let source: Graph
  private let region: Region
  private let invariants: [Node]
  private let outside: [Node: Node]
  private var known: [Node: Node] = [:]

  init(source: Graph, region: Region, invariants: [Node], outside: [Node: Node], carried: [Node]) {
    self.source = source
    self.region = region
    self.invariants = invariants
    self.outside = outside
    for leaf in carried {
      let own = step.stepInput(shape: source[leaf].shape)
      carriedLeaves.append(own)
      known[leaf] = own
    }
  }

  /// What is carried on as the gradient of a carried value; zeros where none flows. It gets memory that nothing in `others` has.
  mutating func carriedOn(_ gradient: Node?, _ index: Int, besides others: [Node]) -> Node {
    guard let gradient else {
      let zero = step.constant(0)
      return step.multiply(carriedLeaves[index], zero)
    }
    let node = keepable(gradient)
    switch step[node].operation {
    case .stepInput, .constant, .table: return step.copy(node)
    default: return others.contains(node) || step.root(of: node) != node ? step.copy(node) : node
    }
  }

  /// The node of the step for a node of the source, computed into memory of its own or only reshaped or a leaf.
  mutating func keepable(_ node: Node) -> Node {
    let own = mapped(node)
    var seen = own
    while case .reshape = step[seen].operation { seen = step[seen].inputs[0] }
    return step.root(of: seen) == seen ? own : step.copy(own)
  }

  /// The terms of an invariant's gradient.
  mutating func shares(of node: Node) -> [Share] {
    let entry = source[node]
    guard node.index >= region.step.entries.count else { return [.whole(keepable(node))] }
    switch entry.operation {
    case .binary(.add) where entry.inputs.allSatisfy({ source[$0].shape == entry.shape }):
      return entry.inputs.flatMap { shares(of: $0) }
    case .reshape: return shares(of: entry.inputs[0])
    case .matrixProduct(transposeA: true, transposeB: false):
      return [.product(a: keepable(entry.inputs[0]), b: keepable(entry.inputs[1]))]
    case .convolutionKernelGradient(let settings):
      return [.kernelGradient(x: keepable(entry.inputs[0]), gradient: keepable(entry.inputs[1]), settings)]
    case .reduce(.sum, let axes) where axes.lowerBound == 0: return [.sum(x: keepable(entry.inputs[0]), axes: axes)]
    default: return [.whole(keepable(node))]
    }
  }

  /// The node of the step that has the value of a node of the source.
  private mutating func mapped(_ node: Node) -> Node {
    if let own = known[node] { return own }
    let own = made(node)
    known[node] = own
    return own
  }

  private mutating func made(_ node: Node) -> Node {
    let entry = source[node]
    step.tag = entry.tag
    if let gradient = outside[node] { return leaf(.given(gradient), entry) }
    switch entry.operation {
    case .constant(let value): return step.constant(value)
    case .table, .reshape, .broadcast, .slice: return emitted(entry)
    default: break
    }
    guard node.index < region.step.entries.count else {
      if case .matrixProduct(let transposeA, transposeB: true) = entry.operation,
        let index = region.invariants.firstIndex(of: entry.inputs[1])
      {
        let shared = invariant(InvariantUse(index: index, isTransposed: true), shape: source[entry.inputs[1]].shape.reversed())
        let a = mapped(entry.inputs[0])
        return step.emit(.matrixProduct(transposeA: transposeA, transposeB: false), [a, shared], entry.shape)
      }
      return emitted(entry)
    }
    if let index = region.sequences.firstIndex(of: node) { return leaf(.sequence(index), entry) }
    if let index = region.invariants.firstIndex(of: node) {
      return invariant(InvariantUse(index: index, isTransposed: false), shape: entry.shape, entry.type)
    }
    if let index = region.carried.firstIndex(where: { $0.before == node }) { return leaf(.before(index), entry) }
    if let index = region.carried.firstIndex(where: { $0.after == node }) { return leaf(.after(index), entry) }
    return leaf(.kept(node), entry)
  }

  private mutating func emitted(_ entry: Graph.Entry) -> Node {
    let operands = entry.inputs.map { mapped($0) }
    step.tag = entry.tag
    switch entry.operation {
    case .gates(let gates): return step.emitGates(gates, operands)
    case .result(let number): return step.result(number, of: operands[0], entry.shape, entry.type)
    default: return step.emit(entry.operation, operands, entry.shape, entry.type)
    }
  }

  private mutating func leaf(_ operand: Operand, _ entry: Graph.Entry) -> Node {
    let own = step.stepInput(shape: entry.shape, type: entry.type)
    operands.append(operand)
    leaves.append(own)
    return own
  }

  private mutating func invariant(_ use: InvariantUse, shape: [Int], _ type: ScalarType = .float32) -> Node {
    if let known = invariantUses.firstIndex(of: use) { return invariantLeaves[known] }
    let own = step.stepInput(shape: shape, type: type)
    invariantUses.append(use)
    invariantLeaves.append(own)
    return own
  }
}

/// A backward recurrence with its operands, whose steps' values are asked for as sequences.
private struct BackwardResults {
  let scan: Node
  let region: Region
  let operands: [Node]
  let shared: [Node]

  /// A node of the step in all steps: [steps, …].
  func stacked(_ node: Node, in graph: inout Graph) -> Node {
    let entry = region.step[node]
    let shape = [region.count] + entry.shape
    if let index = region.sequences.firstIndex(of: node) { return operands[index] }
    if let index = region.invariants.firstIndex(of: node) { return graph.broadcast(shared[index], to: shape) }
    if let index = region.carried.firstIndex(where: { $0.before == node }) {
      return graph.slice(graph.carriedBuffer(scan, region, index), axis: 0, region.slotsBefore)
    }
    if let index = region.carried.firstIndex(where: { $0.after == node }) {
      return graph.slice(graph.carriedBuffer(scan, region, index), axis: 0, region.slotsAfter)
    }
    switch entry.operation {
    case .constant(let value):
      let number = graph.constant(value)
      return graph.broadcast(number, to: shape)
    case .reshape:
      let whole = stacked(entry.inputs[0], in: &graph)
      return graph.reshape(whole, shape)
    default: return graph.kept(node, of: scan, region)
    }
  }

  /// A part of an invariant's gradient, of all steps.
  func sum(_ share: BackwardStep.Share, shape: [Int], in graph: inout Graph) -> Node {
    /// [steps, rows, …] → [steps · rows, …].
    func rows(_ node: Node, in graph: inout Graph) -> Node {
      let all = stacked(node, in: &graph)
      let extents = graph[all].shape
      return graph.reshape(all, [extents[0] * extents[1]] + extents.dropFirst(2))
    }
    let sum: Node
    switch share {
    case .product(let a, let b):
      let left = rows(a, in: &graph)
      sum = graph.matrixProduct(left, rows(b, in: &graph), transposeA: true)
    case .kernelGradient(let x, let gradient, let settings):
      let images = rows(x, in: &graph)
      sum = graph.convolutionKernelGradient(images, rows(gradient, in: &graph), settings, kernel: shape)
    case .sum(let x, let axes): sum = graph.reduceSum(rows(x, in: &graph), axes: Array(axes))
    case .whole(let node): sum = graph.reduceSum(stacked(node, in: &graph), axes: [0])
    }
    return graph.reshape(sum, shape)
  }
}
