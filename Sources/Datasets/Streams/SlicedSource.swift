import Plans

/// Neighbouring elements of another source: `take`, `skip`, and the parts of a split.
package final class SlicedSource: RenumberedSource {
  package let spec: DataSpec
  let source: any ElementSource
  private let range: Range<Int>

  /// What the source has of these numbers. A range up to `Int.max` is all the rest, which may be without an end.
  package init(_ source: any ElementSource, _ range: Range<Int>) {
    self.source = source
    self.range = range
    var spec = source.spec.counted(ofEndless: range.upperBound == .max ? nil : range.count) { Self.count(range, of: $0) }
    // The first of each order are others.
    if spec.variation == .order, range != 0..<Int.max { spec.variation = .content }
    self.spec = spec
  }

  private static func count(_ range: Range<Int>, of count: Int) -> Int {
    max(0, min(count, range.upperBound) - range.lowerBound)
  }

  package var count: Int? {
    guard let count = source.count else { return range.upperBound == .max ? nil : range.count }
    return Self.count(range, of: count)
  }

  package var fingerprint: String {
    "\(source.fingerprint) from \(range.lowerBound)\(range.upperBound == .max ? "" : " to \(range.upperBound)")"
  }

  func place(of index: Int, inPass pass: Int) -> ElementPlace { ElementPlace(index: range.lowerBound + index, pass: pass) }

  package func inFixedOrder() -> any ElementSource { SlicedSource(source.inFixedOrder(), range) }
}
