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

  /// All of its arrays.
  var arrays: [NDArray] { inputs + targets + sampleWeights }
}

/// Data whose elements are made when they are asked for: read from files, or computed.
///
/// An element is a function of its number and of the pass alone. So several can be made at once, on any thread and in any order, and a
/// run goes on from a position by asking for the next number.
package protocol ElementSource: AnyObject, Sendable {
  /// What is known of its elements; `isBatched` where they are batches.
  var spec: DataSpec { get }
  /// How many elements a pass has; nil without an end.
  var count: Int? { get }
  /// What tells this data from other data, whenever it is read: names and sizes of files, what is done with them.
  var fingerprint: String { get }
  /// Throws what is wrong with the file or the example, named. `index` is below `count`.
  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element
}

extension ElementSource {
  /// The object that a script holds.
  package func object(facts: [String: Value] = [:]) -> DataObject { DataObject(spec: spec, facts: facts, examples: self) }
}
