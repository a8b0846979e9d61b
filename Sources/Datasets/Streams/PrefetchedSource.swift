import Plans

/// Another source, of which so many elements are made ahead.
package final class PrefetchedSource: RenumberedSource {
  let source: any ElementSource
  package let ahead: Int?

  /// `ahead` is 1 or more; nil for as many as is usual.
  package init(_ source: any ElementSource, ahead: Int?) {
    self.source = source
    self.ahead = ahead
  }

  package var spec: DataSpec { source.spec }
  package var count: Int? { source.count }
  /// What is made ahead changes no element.
  package var fingerprint: String { source.fingerprint }
  func place(of index: Int, inPass pass: Int) -> ElementPlace { ElementPlace(index: index, pass: pass) }
  package func inFixedOrder() -> any ElementSource { PrefetchedSource(source.inFixedOrder(), ahead: ahead) }
}
