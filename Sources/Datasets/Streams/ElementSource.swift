import Arrays
import Lambdas
import Plans

/// An example or a batch of them, as it is made: an array an input, a target, and perhaps a weight; without the axis of examples, or
/// with it in front.
package struct Element: Sendable {
  package var inputs: [NDArray]
  package var targets: [NDArray]
  package var sampleWeights: [NDArray]

  package init(inputs: [NDArray], targets: [NDArray] = [], sampleWeights: [NDArray] = []) {
    self.inputs = inputs
    self.targets = targets
    self.sampleWeights = sampleWeights
  }

  /// All of a data set, as a batch.
  package init(_ data: Dataset) { self.init(inputs: data.inputs, targets: data.targets, sampleWeights: data.sampleWeights) }

  /// How many inputs, targets and weights it has.
  var form: [Int] { [inputs.count, targets.count, sampleWeights.count] }
  /// All of its arrays.
  var arrays: [NDArray] { inputs + targets + sampleWeights }

  /// The same with each array changed.
  func mapped<Problem: Error>(_ change: (NDArray) throws(Problem) -> NDArray) throws(Problem) -> Element {
    Element(inputs: try inputs.map(change), targets: try targets.map(change), sampleWeights: try sampleWeights.map(change))
  }
}

/// Data whose elements are made when they are asked for: read from files, or computed.
///
/// An element is a function of its number and of the pass alone. So several can be made at once, on any thread and in any order, and a
/// run goes on from a position by asking for the next number.
package protocol ElementSource: ExampleElements {
  /// What is known of its elements; `isBatched` where they are batches.
  var spec: DataSpec { get }
  /// How many elements a pass has; nil without an end. It may take a pass to count them.
  var count: Int? { get }
  /// What tells this data from other data, whenever it is read: names and sizes of files, what is done with them.
  var fingerprint: String { get }
  /// How many elements are made ahead of being taken; nil where nobody has said.
  var ahead: Int? { get }
  /// Throws what is wrong with the file or the example, named. `index` is below `count`.
  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element
  /// How many examples a batch has, known without making it; 1 for an example.
  func exampleCount(of index: Int, inPass pass: Int) -> Int
  /// A number that two elements share if they are the same, in whichever passes they come; nil where nobody knows that.
  func identity(of index: Int, inPass pass: Int) -> Int?
  /// Where the examples of some elements lie in memory, one after the other; nil where they do not, or are yet to be made.
  func rows(of indices: [Int], inPass pass: Int) -> StoredRows?
  /// The same data with its elements in the order of the first pass, in each.
  func inFixedOrder() -> any ElementSource
}

extension ElementSource {
  package var ahead: Int? { nil }
  /// Whether the element of a number is the same in each pass.
  var isSameInEachPass: Bool { spec.variation == .none }
  package func exampleCount(of index: Int, inPass pass: Int) -> Int { 1 }
  package func identity(of index: Int, inPass pass: Int) -> Int? { isSameInEachPass ? index : nil }
  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? { nil }
  package func inFixedOrder() -> any ElementSource { self }

  /// Throws where there are more elements than an operation can keep account of, one by one.
  func checkCount(for operation: String) throws(Failure) {
    guard let count = spec.count, count > RandomStream.permutationLimit else { return }
    throw Failure("`\(operation)` keeps account of each element, and \(count) are too many for it")
  }

  package var elementCount: Int? { count }

  package func inOrder() -> (Int) throws(MachineError) -> Value {
    let (reader, spec) = (ElementReader(self, isOfLoop: true), spec)
    return { index throws(MachineError) in
      do throws(DataFailure) { return try reader.element(index).value(as: spec) } catch {
        throw error.machineError
      }
    }
  }

  package func reordered(inputs: [Int], targets: [Int]) -> any ExampleElements {
    ReorderedSource(self, inputs: inputs, targets: targets)
  }

  package func arrays(named name: String) throws(MachineError) -> [NDArray] {
    guard name == "x" || name == "y", let count else { return [] }
    do throws(DataFailure) {
      if count == 0 { return [] }
      let batches: any ElementSource = spec.isBatched ? self : BatchedSource(self, size: 256)
      let reader = ElementReader(batches, isOfLoop: false)
      var parts: [Element] = []
      var memory = FreeMemory.Watch()
      for index in 0..<(batches.count ?? 0) {
        parts.append(try reader.element(index))
        // They are put together in the end.
        guard memory.holds(2 * (parts.last?.byteCount ?? 0)) else {
          throw .memory("all elements at once take nearly all of this machine's memory: go through them by `for`")
        }
      }
      let whole = try Element(concatenating: parts)
      return name == "x" ? whole.inputs : whole.targets
    } catch {
      throw error.machineError
    }
  }

  /// The object that a script holds.
  package func object(facts: [String: Value] = [:]) -> DataObject { DataObject(spec: spec, facts: facts, examples: self) }
}
