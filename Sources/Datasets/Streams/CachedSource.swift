import Plans

/// The elements of another source's first pass, each made once and then kept.
package final class CachedSource: BatchingSource {
  package let spec: DataSpec
  private let source: any ElementSource
  private let store: any ElementStore

  /// The source has an end. Elements are kept in memory.
  package init(_ source: any ElementSource) {
    self.source = source
    spec = Self.spec(of: source)
    store = MemoryStore(of: source)
  }

  /// Elements are kept in a file, which is read where it has been written before from the same data.
  package init(_ source: any ElementSource, in path: String) throws(DataFailure) {
    self.source = source
    spec = Self.spec(of: source)
    store = try FileStore(path, of: source)
  }

  /// Whatever pass is asked for, it is that of the first.
  static func spec(of source: any ElementSource) -> DataSpec {
    var spec = source.spec
    spec.variation = .none
    return spec
  }

  package var count: Int? { source.count }
  package var ahead: Int? { source.ahead }
  package var fingerprint: String { "\(source.fingerprint)\(source.isSameInEachPass ? "" : " kept")" }
  package func exampleCount(of index: Int, inPass pass: Int) -> Int { source.exampleCount(of: index, inPass: 0) }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    if let element = try store.element(index) { return element }
    let element = try source.element(index, inPass: 0)
    try store.keep(element, as: index)
    return element
  }

  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? { store.rows(of: indices) }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    if let batch = store.batch(of: rows) { return batch }
    var elements: [Element] = []
    for row in rows { elements.append(try element(row, inPass: pass)) }
    return try Element(joining: elements)
  }
}

/// Where elements are kept, by any thread.
protocol ElementStore: Sendable {
  /// Nil where it is not kept yet.
  func element(_ index: Int) throws(DataFailure) -> Element?
  func keep(_ element: Element, as index: Int) throws(DataFailure)
  /// Some examples as a batch, where they are all there and lie so that this is quick; nil otherwise.
  func batch(of rows: [Int]) -> Element?
  /// Where they lie once all elements are there, and lie side by side; nil otherwise.
  func rows(of indices: [Int]) -> StoredRows?
}
