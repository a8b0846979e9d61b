import Arrays
import Lambdas
import Plans
import Synchronization

/// The examples of another source's batches.
package final class UnbatchedSource: BatchingSource {
  package let spec: DataSpec
  private let source: any ElementSource
  /// Where the batches of a pass begin.
  private let starts = OrderTable<Int, BatchStarts>()
  private let recent = RecentElements()

  /// A source that gives batches; those that are made of examples are left away.
  package static func make(_ source: any ElementSource) -> any ElementSource {
    (source as? BatchedSource)?.examples ?? UnbatchedSource(source)
  }

  private init(_ source: any ElementSource) {
    self.source = source
    var spec = source.spec
    if !spec.isEndless { spec.count = nil }
    spec.isBatched = false
    // Which batch an example was of is not known any more.
    if spec.variation == .order { spec.variation = .content }
    self.spec = spec
  }

  package var count: Int? { source.count.map { starts(inPass: 0).exampleCount(ofBatches: $0) } }
  package var fingerprint: String { "\(source.fingerprint) unbatched" }
  package func inFixedOrder() -> any ElementSource { UnbatchedSource(source.inFixedOrder()) }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try makeBatch(of: [index], inPass: pass).alone()
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    let starts = starts(inPass: pass)
    var parts: [Element] = []
    var (batch, inside): (Int, [Int]) = (-1, [])
    func take() throws(DataFailure) {
      if !inside.isEmpty { parts.append(try made(batch, inPass: pass).rows(inside)) }
    }
    for row in rows {
      let place = starts.place(ofExample: row)
      guard place.row < source.exampleCount(of: place.batch, inPass: pass) else { throw .otherPasses }
      if place.batch != batch {
        try take()
        (batch, inside) = (place.batch, [])
      }
      inside.append(place.row)
    }
    try take()
    return parts.count == 1 ? parts[0] : try Element(concatenating: parts)
  }

  private func made(_ batch: Int, inPass pass: Int) throws(DataFailure) -> Element {
    let place = ElementPlace(index: batch, pass: pass)
    if let found = recent[place] { return found }
    let element = try source.element(batch, inPass: pass)
    recent.add(element, at: place)
    return element
  }

  private func starts(inPass pass: Int) -> BatchStarts {
    starts.entry(for: isSameInEachPass ? 0 : pass) { [source] in
      BatchStarts(count: source.count) { source.exampleCount(of: $0, inPass: pass) }
    }
  }
}

/// Elements that were made last, as many as fit into some memory.
private final class RecentElements: Sendable {
  /// Enough for some batches of pictures.
  private static let byteLimit = 1 << 26
  private let elements = Mutex<[(place: ElementPlace, element: Element)]>([])

  subscript(place: ElementPlace) -> Element? {
    elements.withLock { $0.last { $0.place == place }?.element }
  }

  func add(_ element: Element, at place: ElementPlace) {
    elements.withLock { elements in
      elements.append((place, element))
      while elements.count > 1, elements.reduce(0, { $0 + $1.element.byteCount }) > Self.byteLimit { elements.removeFirst() }
    }
  }
}

extension Element {
  /// Batches one after the other. Throws where their examples have different shapes.
  package init(concatenating batches: [Element]) throws(DataFailure) {
    func column(_ arrays: (Element) -> [NDArray]) throws(DataFailure) -> [NDArray] {
      var result: [NDArray] = []
      for place in arrays(batches[0]).indices {
        let parts = batches.map { arrays($0)[place] }
        if let other = parts.first(where: { $0.shape.dropFirst() != parts[0].shape.dropFirst() }) {
          throw .shapes(Array(parts[0].shape.dropFirst()), Array(other.shape.dropFirst()))
        }
        do throws(ArrayError) { result.append(try NDArray.concatenate(parts)) } catch {
          throw .memory(MachineError(error).message)
        }
      }
      return result
    }
    self.init(inputs: try column(\.inputs), targets: try column(\.targets), sampleWeights: try column(\.sampleWeights))
  }

  /// What its arrays take.
  var byteCount: Int {
    arrays.reduce(0) { $0 + $1.rawBytes.count + $1.texts.reduce(0) { $0 + $1.utf8.count + MemoryLayout<String>.size } }
  }
}
