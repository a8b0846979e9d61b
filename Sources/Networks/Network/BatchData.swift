import Arrays
import Plans
import Tensors

/// What batches are gathered from: an array an input and an output, the examples along the first axis, and perhaps weights.
/// Elements stay in the type they came in until a batch is gathered.
package final class BatchData {
  package let inputs: [NDArray]
  package let targets: [NDArray]
  /// [count] or [count, positions …]: none, one for all outputs, or one an output.
  package let sampleWeights: [NDArray]
  /// How many examples there are.
  package let count: Int

  /// All arrays hold the same number of examples.
  package init(inputs: [NDArray], targets: [NDArray] = [], sampleWeights: [NDArray] = []) {
    let arrays = inputs + targets + sampleWeights
    let count = arrays.first?.shape.first ?? 0
    precondition(arrays.allSatisfy { $0.shape.first == count }, "every array of a data set has one row an example")
    self.count = count
    self.inputs = inputs
    self.targets = targets
    self.sampleWeights = sampleWeights
  }

  /// The shape of an example of each array.
  static func exampleShapes(_ arrays: [NDArray]) -> [[Int]] { arrays.map { Array($0.shape.dropFirst()) } }
}

extension ArraySource {
  /// The rows of an array, which must live as long as a Program is bound to them.
  init(_ array: NDArray) {
    let element: Element =
      switch array.type {
      case .float32: .float32
      case .float64: .float64
      case .int64: .int64
      case .int32: .int32
      case .uint8: .uint8
      case .bool: .bool
      case .string: preconditionFailure("texts enter a network as what a layer makes of them")
      }
    guard let pointer = array.rawBytes.baseAddress else { preconditionFailure("an array's storage is never empty") }
    self.init(
      pointer, element, rowElements: array.shape.dropFirst().reduce(1, *), rowCount: array.shape.first ?? 0)
  }
}
