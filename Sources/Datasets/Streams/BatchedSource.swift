import Arrays
import Lambdas
import Plans

/// Batches of another source's neighbouring examples; the last may be smaller, or is left out.
package final class BatchedSource: ElementSource {
  package let spec: DataSpec
  /// What gives the examples.
  let source: any ElementSource
  private let size: Int
  private let dropsRemainder: Bool

  /// `size` is 1 or more.
  package init(_ source: any ElementSource, size: Int, dropsRemainder: Bool = false) {
    self.source = source
    self.size = size
    self.dropsRemainder = dropsRemainder
    var spec = source.spec.counted { Self.batchCount($0, size, dropsRemainder) }
    spec.isBatched = true
    // Examples that come in another order make other batches.
    if spec.variation == .order { spec.variation = .content }
    self.spec = spec
  }

  private static func batchCount(_ count: Int, _ size: Int, _ dropsRemainder: Bool) -> Int {
    count / size + (dropsRemainder || count.isMultiple(of: size) ? 0 : 1)
  }

  package var count: Int? { source.count.map { Self.batchCount($0, size, dropsRemainder) } }
  package var ahead: Int? { source.ahead.map { max(1, Self.batchCount($0, size, false)) } }
  package var fingerprint: String { "\(source.fingerprint) in \(dropsRemainder ? "whole " : "")batches of \(size)" }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try source.batch(of: Array(index * size..<index * size + exampleCount(of: index, inPass: pass)), inPass: pass)
  }

  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? {
    source.rows(of: indices.flatMap { $0 * size..<$0 * size + exampleCount(of: $0, inPass: pass) }, inPass: pass)
  }

  package func exampleCount(of index: Int, inPass pass: Int) -> Int {
    max(0, min(size, (source.count ?? .max) - index * size))
  }

  package func inFixedOrder() -> any ElementSource {
    BatchedSource(source.inFixedOrder(), size: size, dropsRemainder: dropsRemainder)
  }

  /// The examples of all its batches.
  var examples: any ElementSource {
    guard dropsRemainder, !spec.isEndless else { return source }
    return SlicedSource(source, 0..<(count ?? 0) * size)
  }
}

/// A source that makes batches itself, without making each example first.
package protocol BatchingSource: ElementSource {
  /// The examples of these numbers, in this order.
  func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element
}

extension ElementSource {
  /// Some examples as one batch. Throws where they have different shapes.
  func batch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    if let source = self as? any BatchingSource { return try source.makeBatch(of: rows, inPass: pass) }
    var elements: [Element] = []
    for row in rows { elements.append(try element(row, inPass: pass)) }
    return try Element(joining: elements)
  }
}

extension Element {
  /// Examples side by side. Throws where they have different shapes.
  init(joining examples: [Element]) throws(DataFailure) {
    func joined(_ arrays: [NDArray]) throws(DataFailure) -> NDArray {
      if let other = arrays.first(where: { $0.shape != arrays[0].shape }) { throw .shapes(arrays[0].shape, other.shape) }
      do throws(ArrayError) { return try NDArray.stack(arrays) } catch { throw .memory(MachineError(error).message) }
    }
    func column(_ arrays: (Element) -> [NDArray]) throws(DataFailure) -> [NDArray] {
      var result: [NDArray] = []
      for place in arrays(examples[0]).indices { result.append(try joined(examples.map { arrays($0)[place] })) }
      return result
    }
    self.init(inputs: try column(\.inputs), targets: try column(\.targets), sampleWeights: try column(\.sampleWeights))
  }

  /// Some examples of a batch, in this order.
  func rows(_ rows: [Int]) -> Element { mapped { $0.gathered(rows) } }

  /// The only example of a batch, without the axis of examples.
  func alone() throws(DataFailure) -> Element {
    try mapped { array throws(DataFailure) in
      do throws(ArrayError) { return try array.squeezed([0]) } catch { throw .memory(MachineError(error).message) }
    }
  }
}
