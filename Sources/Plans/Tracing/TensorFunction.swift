import Arrays
import Lambdas

/// A function of the script as operations on tensors: what a `Lambda` layer computes. Plain data, so that it can be saved.
package final class TensorFunction: ObjectValue {
  package struct Step: Sendable, CustomStringConvertible {
    package let operation: TensorOperation
    /// Tensors: the inputs come first, then what each step gives.
    package let operands: [Int]
    package let settings: [String: Value]
    package init(_ operation: TensorOperation, _ operands: [Int], _ settings: [String: Value] = [:]) {
      self.operation = operation
      self.operands = operands
      self.settings = settings
    }

    /// The operation, what it works on and its settings, in one order always.
    package var description: String {
      let shown = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\(Operations.representation($0.value))" }
      return "\(operation.rawValue)(\((operands.map { "#\($0)" } + shown).joined(separator: ", ")))"
    }
  }

  package let inputCount: Int
  package let steps: [Step]
  /// The tensor that it gives.
  package let result: Int
  /// As it was written.
  package let text: String
  /// Whether it is an operation between the layers of a model, and not the function of a `Lambda`.
  package let isOperation: Bool

  package init(inputCount: Int, steps: [Step], result: Int, text: String, isOperation: Bool = false) {
    self.inputCount = inputCount
    self.steps = steps
    self.result = result
    self.text = text
    self.isOperation = isOperation
  }

  package var objectType: ObjectType { TensorFunction.type }
  package static let type = ObjectType("function")
  package var description: String { text }

  /// The type of its result's elements as Python sees it, for inputs of these types.
  func elementType(of inputs: [ElementType]) -> ElementType {
    var types = inputs
    for step in steps {
      guard step.operands.allSatisfy(types.indices.contains) else { return .float32 }
      types.append(step.operation.type(step.operands.map { types[$0] }, step.settings))
    }
    return types.indices.contains(result) ? types[result] : .float32
  }

  /// Whether another one computes the same.
  func computesSame(as other: TensorFunction) -> Bool {
    inputCount == other.inputCount && result == other.result && steps.map(\.description) == other.steps.map(\.description)
  }

  /// What it gives for inputs. Throws where an operation cannot take what reaches it, or the batch gets lost.
  package func output(of inputs: [TensorSpec]) throws(ShapeError) -> TensorSpec {
    guard inputs.count == inputCount else { throw ShapeError("takes \(inputCount) tensors, but gets \(inputs.count)") }
    var shapes = TracedShape.inputs(inputs)
    for step in steps {
      guard step.operands.allSatisfy(shapes.indices.contains) else {
        throw ShapeError("has a function whose steps do not follow from each other")
      }
      shapes.append(try step.operation.shape(step.operands.map { shapes[$0] }, step.settings))
    }
    guard shapes.indices.contains(result) else { throw ShapeError("has a function that gives nothing") }
    guard let example = shapes[result].example else {
      throw ShapeError("gives a tensor of shape \(shapes[result].text), without the batch")
    }
    if result < inputCount { return inputs[result] }
    // Whole numbers of the graph are int32.
    return TensorSpec(example, steps[result - inputCount].operation.isInteger ? .int32 : .float32)
  }
}
