import Lambdas
import Plans
import Tensors

/// The input, or a small share of it where it is negative.
struct LeakyReLU: Layer {
  static let negativeSlope = Parameter<Double>("negative_slope", "the slope of negative inputs", min: 0, default: 0.3)
  static let signature = Signature(
    "LeakyReLU", "The input, or a small share of it where it is negative.", [negativeSlope.description],
    formula: "input if input > 0 else negative_slope · input", source: "Maas, Hannun and Ng, 2013", example: "LeakyReLU(0.1)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  static let passesMask = true
  let activation: Activation
  init(_ arguments: Arguments) {
    activation = Activation("leaky_relu", ["negative_slope": .float(arguments[LeakyReLU.negativeSlope])])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { activation.emit(inputs[0], into: &graph) }
}
