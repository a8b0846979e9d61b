import Arrays
import Plans

/// Elements of several sources side by side: those of the first are the inputs, of the second the targets, of the third the weights.
package final class ZippedSource: BatchingSource {
  package let spec: DataSpec
  private let parts: [any ElementSource]
  private let joinedData = MadeOfStored()

  /// One to three sources, all of examples or all of batches.
  package init(_ parts: [any ElementSource]) {
    precondition((1...3).contains(parts.count), "a data set has inputs, targets and weights")
    self.parts = parts
    let specs = parts.map(\.spec)
    var spec = specs[0]
    spec.inputs = specs[0].inputs + specs[0].targets
    spec.targets = specs.count > 1 ? specs[1].inputs + specs[1].targets : []
    // Names are those of one part.
    if !specs[0].targets.isEmpty { spec.inputNames = nil }
    spec.targetNames = specs.count > 1 && specs[1].targets.isEmpty ? specs[1].inputNames : nil
    spec.hasSampleWeights = specs.count > 2
    spec.classCount = nil
    let ending = specs.filter { !$0.isEndless }
    spec.isEndless = ending.isEmpty
    spec.count = ending.allSatisfy { $0.count != nil } ? ending.compactMap(\.count).min() : nil
    spec.mayChange = specs.contains(where: \.mayChange)
    spec.variation = specs.allSatisfy { $0.variation == .none } ? .none : .content
    self.spec = spec
  }

  package var count: Int? { parts.compactMap(\.count).min() }
  package var ahead: Int? { parts.compactMap(\.ahead).min() }
  package var fingerprint: String { parts.map { "(\($0.fingerprint))" }.joined(separator: " beside ") }
  package func exampleCount(of index: Int, inPass pass: Int) -> Int { parts[0].exampleCount(of: index, inPass: pass) }
  package func inFixedOrder() -> any ElementSource { ZippedSource(parts.map { $0.inFixedOrder() }) }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try joined { part throws(DataFailure) in try part.element(index, inPass: pass) }
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    try joined { part throws(DataFailure) in try part.batch(of: rows, inPass: pass) }
  }

  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? {
    var found: [StoredRows] = []
    for part in parts {
      guard let rows = part.rows(of: indices, inPass: pass), rows.rows == found.first?.rows ?? rows.rows else { return nil }
      found.append(rows)
    }
    return joinedData.data(of: found.map(\.data)) {
      let whole = Self.joined(found.map { Element($0.data) })
      return try? Dataset(inputs: whole.inputs, targets: whole.targets, sampleWeights: whole.sampleWeights)
    }.map { StoredRows($0, found[0].rows) }
  }

  private func joined(_ make: (any ElementSource) throws(DataFailure) -> Element) throws(DataFailure) -> Element {
    var elements: [Element] = []
    for part in parts { elements.append(try make(part)) }
    return Self.joined(elements)
  }

  private static func joined(_ elements: [Element]) -> Element {
    func arrays(_ part: Int) -> [NDArray] {
      elements.indices.contains(part) ? elements[part].inputs + elements[part].targets : []
    }
    return Element(inputs: arrays(0), targets: arrays(1), sampleWeights: arrays(2))
  }
}
