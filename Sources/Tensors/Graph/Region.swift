/// One step of a recurrence, as a graph of its own, and how often it is done.
///
/// The step's leaves are `stepInput`s and constants. A scan's operands are, in this order, the sequences [steps, …] of which a step
/// gets one element each, the first values of what is carried from step to step, and what is the same for all steps.
package final class Region: Sendable {
  /// What is carried: the leaf that has it before the step, and the node that has it after.
  struct Carried: Sendable {
    let before: Node
    let after: Node
  }

  let step: Graph
  let count: Int
  /// Whether the last element of the sequences comes first.
  let isReversed: Bool
  let sequences: [Node]
  let carried: [Carried]
  let invariants: [Node]

  init(step: Graph, count: Int, isReversed: Bool, sequences: [Node], carried: [Carried], invariants: [Node]) {
    precondition(
      carried.allSatisfy { step[$0.before].shape == step[$0.after].shape }, "what is carried keeps its shape")
    precondition(Set(carried.map(\.after)).count == carried.count, "each value that is carried has its own memory")
    self.step = step
    self.count = count
    self.isReversed = isReversed
    self.sequences = sequences
    self.carried = carried
    self.invariants = invariants
  }

  /// The position in the sequences of the step that is done as number `number`.
  func position(ofStep number: Int) -> Int { isReversed ? count - 1 - number : number }

  // What is carried lies in a buffer of one slot more than there are steps.

  /// The slot of a carried value before the step at a position.
  func slotBefore(_ position: Int) -> Int { isReversed ? position + 1 : position }
  /// The slot of a carried value after the step at a position.
  func slotAfter(_ position: Int) -> Int { isReversed ? position : position + 1 }
  var firstSlot: Int { isReversed ? count : 0 }
  var finalSlot: Int { isReversed ? 0 : count }
  /// The slots before each position, and those after it.
  var slotsBefore: Range<Int> { isReversed ? 1..<(count + 1) : 0..<count }
  var slotsAfter: Range<Int> { isReversed ? 0..<count : 1..<(count + 1) }
}

extension Region: Hashable {
  package static func == (a: Region, b: Region) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// What a step of a recurrence works with: nodes of the step's graph.
package struct StepOperands {
  /// One element of each sequence.
  package let elements: [Node]
  package let carried: [Node]
  package let invariants: [Node]
}

/// What a step of a recurrence gives: nodes of the step's graph.
package struct StepResults {
  /// What is carried on, in the order it came.
  package let carried: [Node]
  /// What is kept of each step beside that.
  package let outputs: [Node]
  package init(carried: [Node], outputs: [Node] = []) {
    self.carried = carried
    self.outputs = outputs
  }
}

/// A recurrence in a graph, of which results can be taken.
package struct Scan {
  let node: Node
  let region: Region
  /// The kept nodes of the step.
  let outputs: [Node]
}

/// Recurrences: one step done for each element of sequences.
extension Graph {
  /// Does a step for each element of sequences [steps, …], in their order or the opposite one. `initial` is what the first step finds
  /// carried, `invariants` what all steps share; the step's graph sees nothing else of this one.
  package mutating func scan(
    _ sequences: [Node], initial: [Node], invariants: [Node] = [], isReversed: Bool = false,
    _ emitStep: (inout Graph, StepOperands) -> StepResults
  ) -> Scan {
    guard let count = sequences.first.flatMap({ self[$0].shape.first }) else {
      preconditionFailure("a recurrence goes along a sequence")
    }
    precondition(sequences.allSatisfy { self[$0].shape.first == count }, "all sequences have as many steps")
    var step = Graph()
    step.tag = tag
    let elements = sequences.map { step.stepInput(shape: Array(self[$0].shape.dropFirst()), type: self[$0].type) }
    let before = initial.map { step.stepInput(shape: self[$0].shape, type: self[$0].type) }
    let shared = invariants.map { step.stepInput(shape: self[$0].shape, type: self[$0].type) }
    let results = emitStep(&step, StepOperands(elements: elements, carried: before, invariants: shared))
    precondition(results.carried.count == initial.count, "what is carried in is carried on")
    var after: [Node] = []
    for node in results.carried { after.append(after.contains(node) ? step.copy(node) : step.inMemoryOfItsOwn(node)) }
    let outputs = results.outputs.map { node in
      results.carried.firstIndex(of: node).map { after[$0] } ?? step.inMemoryOfItsOwn(node)
    }
    let region = Region(
      step: step, count: count, isReversed: isReversed, sequences: elements,
      carried: zip(before, after).map { Region.Carried(before: $0, after: $1) }, invariants: shared)
    return Scan(node: emitScan(region, sequences + initial + invariants), region: region, outputs: outputs)
  }

  mutating func emitScan(_ region: Region, _ operands: [Node]) -> Node { emit(.scan(region), operands, [0]) }

  /// What a carried value is after each step: [steps, …].
  package mutating func all(_ scan: Scan, carried index: Int) -> Node {
    let buffer = carriedBuffer(scan.node, scan.region, index)
    return slice(buffer, axis: 0, scan.region.slotsAfter)
  }

  /// What a carried value is in the end.
  package mutating func final(_ scan: Scan, carried index: Int) -> Node {
    slot(scan.region.finalSlot, ofCarried: index, scan.node, scan.region)
  }

  /// What was kept of each step: [steps, …].
  package mutating func output(_ scan: Scan, _ index: Int) -> Node {
    let node = scan.outputs[index]
    if let carried = scan.region.carried.firstIndex(where: { $0.after == node }) { return all(scan, carried: carried) }
    return kept(node, of: scan.node, scan.region)
  }

  // MARK: Results

  /// The buffer of a carried value: [steps + 1, …].
  mutating func carriedBuffer(_ scan: Node, _ region: Region, _ index: Int) -> Node {
    result(index, of: scan, [region.count + 1] + region.step[region.carried[index].before].shape)
  }

  /// One slot of that buffer.
  mutating func slot(_ slot: Int, ofCarried index: Int, _ scan: Node, _ region: Region) -> Node {
    row(carriedBuffer(scan, region, index), slot)
  }

  /// A node of the step, for all steps: [steps, …].
  mutating func kept(_ node: Node, of scan: Node, _ region: Region) -> Node {
    precondition(region.step.root(of: node) == node, "what is kept is computed, not seen")
    return result(region.carried.count + node.index, of: scan, [region.count] + region.step[node].shape, region.step[node].type)
  }

  /// One of several results of an operation.
  mutating func result(_ index: Int, of node: Node, _ shape: [Int], _ type: ScalarType = .float32) -> Node {
    if let known = results(of: node).first(where: { $0.number == index }) { return known.node }
    return emit(.result(index), [node], shape, type)
  }

  /// The results of an operation, with their numbers.
  func results(of node: Node) -> [(number: Int, node: Node)] {
    entries.indices[(node.index + 1)...].compactMap { index in
      guard entries[index].inputs == [node], case .result(let number) = entries[index].operation else { return nil }
      return (number, Node(index: index))
    }
  }

  /// A new leaf of a step's graph.
  mutating func stepInput(shape: [Int], type: ScalarType = .float32) -> Node {
    precondition(type != .mask, "a step takes numbers")
    return emit(.stepInput(entries.count), [], shape, type)
  }

  /// A node that is computed into memory of its own: itself, or a copy of what is only seen.
  fileprivate mutating func inMemoryOfItsOwn(_ node: Node) -> Node {
    guard root(of: node) == node else { return copy(node) }
    switch self[node].operation {
    case .stepInput, .constant, .table: return copy(node)
    default: return node
    }
  }

  mutating func copy(_ node: Node) -> Node {
    let one = constant(1)
    return emit(.binary(.multiply), [node, one], self[node].shape)
  }
}
