import Lambdas
import Plans
import Tensors

/// Zero, or a small slope, below a threshold; at most a largest value.
struct ReLU: Layer {
  static let maxValue = Parameter<Double?>.optional(
    Parameter<Double>("max_value", "the largest result; none is unbounded", min: 0))
  static let negativeSlope = Parameter<Double>("negative_slope", "the slope below the threshold", min: 0, default: 0)
  static let threshold = Parameter<Double>("threshold", "what the input must exceed to be let through", min: 0, default: 0)
  static let signature = Signature(
    "ReLU", "The input, or zero where it is negative.", [maxValue.description, negativeSlope.description, threshold.description],
    formula: "max(input, 0)", source: "Nair and Hinton, 2010", example: "ReLU()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  static let passesMask = true
  let activation: Activation
  init(_ arguments: Arguments) {
    activation = Activation(
      "relu",
      [
        "max_value": arguments[ReLU.maxValue].map(Value.float) ?? .none, "negative_slope": .float(arguments[ReLU.negativeSlope]),
        "threshold": .float(arguments[ReLU.threshold]),
      ])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { activation.emit(inputs[0], into: &graph) }
}
