import Lambdas
import Plans
import Tensors

/// The input, or an exponential that levels off below zero.
struct ELU: Layer {
  static let alpha = Parameter<Double>("alpha", "what negative inputs tend to, negated", default: 1)
  static let signature = Signature(
    "ELU", "The input, or an exponential that levels off where it is negative.", [alpha.description],
    formula: "input if input > 0 else alpha · (e^input − 1)", source: "Clevert, Unterthiner and Hochreiter, 2016",
    example: "ELU()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  static let passesMask = true
  let activation: Activation
  init(_ arguments: Arguments) { activation = Activation("elu", ["alpha": .float(arguments[ELU.alpha])]) }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { activation.emit(inputs[0], into: &graph) }
}
