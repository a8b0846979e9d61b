import Plans
import Tensors

/// Encodes category numbers as ones or counts over all categories.
struct CategoryEncoding: Layer {
  static let numTokens = Parameter<Int>(
    "num_tokens", "how many categories there are: numbers run from 0 to this, less one", min: 1)
  static let outputMode = CategoryOutput.parameter([.multiHot, .oneHot, .count], default: .multiHot)
  static let sparse = CategoryOutput.sparse
  static let signature = Signature(
    "CategoryEncoding", "Encodes category numbers as ones or counts over all categories.",
    [numTokens.description, outputMode.description, sparse.description],
    example: "Input((3,), dtype=\"int64\")\nCategoryEncoding(num_tokens=10, output_mode=\"multi_hot\")")

  /// A second input, taken when counting, weighs every number.
  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try CategoryOutput.checkDense(arguments)
    let mode = CategoryOutput(arguments[outputMode])
    guard inputs.count == 1 || (inputs.count == 2 && mode == .count) else {
      throw ShapeError("takes one input, but gets \(inputs.count)", hint: "only `output_mode=\"count\"` takes weights beside.")
    }
    if inputs.count == 2, inputs[0].shape != inputs[1].shape {
      throw ShapeError(
        "needs a weight for each of \(inputs[0].shape.description) numbers, but gets \(inputs[1].shape.description)")
    }
    return LayerShape(TensorSpec(try mode.shape(inputs[0].shape, depth: arguments[numTokens])))
  }

  static let takesIntegers = true
  let depth: Int
  let mode: CategoryOutput
  init(_ arguments: Arguments) {
    depth = arguments[CategoryEncoding.numTokens]
    mode = CategoryOutput(arguments[CategoryEncoding.outputMode])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let weights = inputs.count > 1 ? graph.cast(inputs[1], to: .float32) : nil
    return mode.emit(graph.cast(inputs[0], to: .int32), depth: depth, weights: weights, into: &graph)
  }
}
