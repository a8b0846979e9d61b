import Arrays
import Plans

/// The examples of arrays in memory.
package final class MemorySource: BatchingSource {
  package let spec: DataSpec
  private let data: Dataset

  package init(_ data: Dataset) {
    self.data = data
    spec = data.spec
  }

  package var count: Int? { data.count }
  package var fingerprint: String { data.arrays.map { String($0.fingerprint) }.joined(separator: " ") }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try makeBatch(of: [index], inPass: pass).alone()
  }

  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? { StoredRows(data, indices) }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    Element(data).rows(rows)
  }
}

/// What is known of a data set before there are elements: the check makes all of a pipeline of it but these.
final class ForecastSource: ElementSource {
  let spec: DataSpec

  init(_ spec: DataSpec) { self.spec = spec }

  var count: Int? { spec.count }
  var fingerprint: String { "" }
  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    preconditionFailure("the check makes no elements")
  }
}
