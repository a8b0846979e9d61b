import Arrays
import Plans

/// The elements of another source with their inputs and targets in another order: that of a model's names.
final class ReorderedSource: BatchingSource {
  let spec: DataSpec
  private let source: any ElementSource
  private let inputs: [Int]
  private let targets: [Int]
  private let reorderedData = MadeOfStored()

  /// What stands at each place stood at these before.
  init(_ source: any ElementSource, inputs: [Int], targets: [Int]) {
    self.source = source
    self.inputs = inputs
    self.targets = targets
    spec = source.spec.reordered(inputs: inputs, targets: targets)
  }

  var count: Int? { source.count }
  var ahead: Int? { source.ahead }
  var fingerprint: String { "\(source.fingerprint) in the order \(inputs) \(targets)" }
  func exampleCount(of index: Int, inPass pass: Int) -> Int { source.exampleCount(of: index, inPass: pass) }
  func identity(of index: Int, inPass pass: Int) -> Int? { source.identity(of: index, inPass: pass) }
  func inFixedOrder() -> any ElementSource { ReorderedSource(source.inFixedOrder(), inputs: inputs, targets: targets) }

  func rows(of indices: [Int], inPass pass: Int) -> StoredRows? {
    guard let found = source.rows(of: indices, inPass: pass) else { return nil }
    return reorderedData.data(of: [found.data]) { found.data.reordered(inputs: inputs, targets: targets) as? Dataset }
      .map { StoredRows($0, found.rows) }
  }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    reordered(try source.element(index, inPass: pass))
  }

  func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    reordered(try source.batch(of: rows, inPass: pass))
  }

  private func reordered(_ element: Element) -> Element {
    Element(
      inputs: inputs.map { element.inputs[$0] }, targets: targets.map { element.targets[$0] },
      sampleWeights: element.sampleWeights)
  }
}
