import Plans

/// Neighbouring elements of another source: `take`, `skip`, and the parts of a split.
package final class SlicedSource: BatchingSource {
  package let spec: DataSpec
  package let count: Int?
  private let source: any ElementSource
  private let first: Int

  /// What the source has of these numbers.
  package init(_ source: any ElementSource, _ range: Range<Int>) {
    self.source = source
    first = range.lowerBound
    count = source.count.map { max(0, min($0, range.upperBound) - range.lowerBound) } ?? range.count
    var spec = source.spec
    spec.count = count
    self.spec = spec
  }

  package var fingerprint: String { "\(source.fingerprint) from \(first), \(count ?? 0)" }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try source.element(first + index, inPass: pass)
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    try source.batch(of: rows.map { first + $0 }, inPass: pass)
  }
}
