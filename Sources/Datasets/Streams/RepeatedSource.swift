import Plans

/// The passes of another source one after the other, as one pass: so many of them, or without an end.
package final class RepeatedSource: RenumberedSource {
  package let spec: DataSpec
  let source: any ElementSource
  private let times: Int?

  /// `times` is 0 or more; nil for ever, which nothing is only once.
  package init(_ source: any ElementSource, times: Int?) {
    self.source = source
    self.times = times
    var spec = source.spec.counted { Self.count($0, times ?? 1) }
    if times == 0 { (spec.count, spec.isEndless) = (0, false) }
    if times == nil, spec.count != 0 { (spec.count, spec.isEndless) = (nil, true) }
    self.spec = spec
  }

  private static func count(_ count: Int, _ times: Int) -> Int {
    let (product, overflows) = count.multipliedReportingOverflow(by: times)
    return overflows ? .max : product
  }

  package var count: Int? {
    if times == 0 { return 0 }
    guard let count = source.count else { return nil }
    return count == 0 ? 0 : times.map { Self.count(count, $0) }
  }

  package var fingerprint: String { "\(source.fingerprint) repeated \(times.map { "\($0) times" } ?? "for ever")" }

  func place(of index: Int, inPass pass: Int) -> ElementPlace {
    guard let count = source.count else { return ElementPlace(index: index, pass: pass) }
    return ElementPlace(index: index % count, pass: pass * (times ?? 1) + index / count)
  }

  package func inFixedOrder() -> any ElementSource { RepeatedSource(source.inFixedOrder(), times: times) }
}
