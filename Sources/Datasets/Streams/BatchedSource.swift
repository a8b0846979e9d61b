import Arrays
import Lambdas
import Plans

/// Batches of another source's neighbouring examples; the last may be smaller, or is left out.
package final class BatchedSource: ElementSource {
  package let spec: DataSpec
  package let count: Int?
  private let source: any ElementSource
  private let size: Int

  /// `size` is 1 or more.
  package init(_ source: any ElementSource, size: Int, dropsRemainder: Bool = false) {
    self.source = source
    self.size = size
    count = source.count.map { dropsRemainder ? $0 / size : ($0 + size - 1) / size }
    var spec = source.spec
    spec.count = count
    spec.isBatched = true
    self.spec = spec
  }

  package var fingerprint: String { "\(source.fingerprint) in batches of \(size)" }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try source.batch(of: Array(index * size..<min((index + 1) * size, source.count ?? .max)), inPass: pass)
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
  fileprivate init(joining examples: [Element]) throws(DataFailure) {
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
}
