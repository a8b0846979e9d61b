import Arrays
import Lambdas
import Plans
import Synchronization

/// What a function of the script makes of another source's elements, one by one, or of the examples of a batch at once where that is the
/// same.
package final class MappedSource: BatchingSource {
  package let spec: DataSpec
  private let source: any ElementSource
  private let function: FunctionOfElements
  private let rowwise: RowwiseFunction?
  private let makesEachAlone = Atomic(false)

  /// `spec` is what the function gives.
  init(_ source: any ElementSource, _ function: FunctionOfElements, spec: DataSpec) {
    self.source = source
    self.function = function
    rowwise = function.rowwise(on: source.spec)
    var spec = spec
    if function.isRandom { spec.variation = .content }
    if function.mayChange { spec.mayChange = true }
    self.spec = spec
  }

  package var count: Int? { source.count }
  package var ahead: Int? { source.ahead }
  package var fingerprint: String { "\(source.fingerprint) \(function.fingerprint)" }
  package func exampleCount(of index: Int, inPass pass: Int) -> Int { source.exampleCount(of: index, inPass: pass) }
  package func identity(of index: Int, inPass pass: Int) -> Int? {
    function.isRandom ? nil : source.identity(of: index, inPass: pass)
  }
  package func inFixedOrder() -> any ElementSource { MappedSource(source.inFixedOrder(), function, spec: spec) }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    let result = try result(index, inPass: pass)
    return try made(index) { () throws(OddResult) in
      let made = try NamedElement(result).element(as: spec)
      if spec.isBatched { try check(made, exampleCount: exampleCount(of: index, inPass: pass)) }
      return made
    }
  }

  /// What is known of what the function gives once it has given something. There is an element.
  func specOfFirst() throws(DataFailure) -> DataSpec {
    let result = try result(0, inPass: 0)
    return try made(0) { () throws(OddResult) in
      try NamedElement(result).spec(isBatch: source.spec.isBatched, like: source.spec)
    }
  }

  private func result(_ index: Int, inPass pass: Int) throws(DataFailure) -> Value {
    try function.call(on: try source.element(index, inPass: pass), as: source.spec, index, inPass: pass)
  }

  private func made<Made>(_ index: Int, _ make: () throws(OddResult) -> Made) throws(DataFailure) -> Made {
    do throws(OddResult) { return try make() } catch {
      throw .function(function.operation, index: index, reason: "it gives \(error.clause)", at: nil)
    }
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    if let batch = try madeAtOnce(rows, inPass: pass) { return batch }
    var elements: [Element] = []
    for row in rows { elements.append(try element(row, inPass: pass)) }
    return try Element(joining: elements)
  }

  /// Nil where it has to be made example by example: what goes wrong with one of them is told of that one, and from then on each is made
  /// alone.
  private func madeAtOnce(_ rows: [Int], inPass pass: Int) throws(DataFailure) -> Element? {
    guard let rowwise, !makesEachAlone.load(ordering: .relaxed) else { return nil }
    let given = try source.batch(of: rows, inPass: pass)
    if let result = try? function.call(rowwise, on: given), let made = try? NamedElement(result).element(as: spec),
      made.arrays.allSatisfy({ $0.shape.first == rows.count })
    {
      return made
    }
    makesEachAlone.store(true, ordering: .relaxed)
    return nil
  }

  private func check(_ batch: Element, exampleCount: Int) throws(OddResult) {
    guard let odd = batch.arrays.first(where: { $0.shape.first != exampleCount }) else { return }
    throw OddResult("an array of \(Shape(odd.shape.map { $0 }).description) for a batch of \(exampleCount) examples")
  }
}
