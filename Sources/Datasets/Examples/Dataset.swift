import Arrays
import Lambdas
import Plans

/// Examples in memory: an array for each input and each target, the examples along the first axis, and perhaps weights.
///
/// The arrays keep the type they came in; a batch is converted when it is gathered.
package final class Dataset: Sendable {
  package let inputs: [NDArray]
  package let targets: [NDArray]
  /// [count] or [count, positions …]: none, one for all targets, or one a target.
  package let sampleWeights: [NDArray]
  /// All of its arrays.
  package var arrays: [NDArray] { inputs + targets + sampleWeights }
  /// What inputs and targets are called, where the script has them in a dict.
  package let inputNames: [String]?
  package let targetNames: [String]?
  /// How many classes integer targets stand for, where known.
  package let classCount: Int?
  /// How many examples there are.
  package let count: Int

  /// Throws `empty` and `lengths`.
  package init(
    inputs: [NDArray], targets: [NDArray] = [], sampleWeights: [NDArray] = [], inputNames: [String]? = nil,
    targetNames: [String]? = nil, classCount: Int? = nil
  ) throws(DataFailure) {
    let named =
      Dataset.named("x", inputs) + Dataset.named("y", targets) + Dataset.named("sample_weight", sampleWeights)
    for (name, array) in named where array.rank == 0 || array.shape[0] == 0 { throw .empty("`\(name)`") }
    guard let count = named.first?.array.shape[0] else { throw .empty("the data set") }
    guard named.allSatisfy({ $0.array.shape[0] == count }) else { throw .lengths(named.map { ($0.name, $0.array.shape[0]) }) }
    self.inputs = inputs
    self.targets = targets
    self.sampleWeights = sampleWeights
    self.inputNames = inputNames
    self.targetNames = targetNames
    self.classCount = classCount
    self.count = count
  }

  /// What is known of it.
  package var spec: DataSpec {
    var spec = DataSpec(
      count: count, inputs: inputs.map(Dataset.spec), targets: targets.map(Dataset.spec),
      hasSampleWeights: !sampleWeights.isEmpty, classCount: classCount)
    (spec.inputNames, spec.targetNames) = (inputNames, targetNames)
    return spec
  }

  /// The object a script holds.
  package var object: DataObject { DataObject(spec: spec, examples: self) }

  /// Every array with what findings call it: `x`, or `x[0]` and `x[1]`.
  package var namedArrays: [(name: String, array: NDArray)] { Dataset.named("x", inputs) + Dataset.named("y", targets) }

  private static func spec(of array: NDArray) -> TensorSpec { TensorSpec(Shape(array.shape.dropFirst().map { $0 }), array.type) }

  private static func named(_ name: String, _ arrays: [NDArray]) -> [(name: String, array: NDArray)] {
    arrays.count == 1 ? [(name, arrays[0])] : arrays.enumerated().map { ("\(name)[\($0)]", $1) }
  }
}

extension Dataset: ExampleArrays {
  package var fingerprint: String { arrays.map { String($0.fingerprint) }.joined(separator: " ") }

  package var elementCount: Int? { count }
  package func inOrder() -> (Int) throws(MachineError) -> Value { MemorySource(self).inOrder() }

  package func reordered(inputs: [Int], targets: [Int]) -> any ExampleElements {
    let order = spec.reordered(inputs: inputs, targets: targets)
    let made = try? Dataset(
      inputs: inputs.map { self.inputs[$0] }, targets: targets.map { self.targets[$0] }, sampleWeights: sampleWeights,
      inputNames: order.inputNames, targetNames: order.targetNames, classCount: classCount)
    guard let made else { preconditionFailure("the arrays are those of a data set") }
    return made
  }

  package func arrays(named name: String) -> [NDArray] {
    switch name {
    case "x": inputs
    case "y": targets
    default: []
    }
  }
}
