import Plans
import Tensors

/// Passes its input on.
struct Identity: Layer {
  static let signature = Signature("Identity", "Passes its input on unchanged.", [], formula: "input", example: "Identity()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(try onlyInput(inputs))
  }

  static let takesIntegers = true
  static let passesMask = true
  init(_ arguments: Arguments) {}

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { inputs[0] }
}
