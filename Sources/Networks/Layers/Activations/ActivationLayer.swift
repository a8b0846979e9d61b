import Plans
import Tensors

/// An activation as a layer of its own.
struct ActivationLayer: Layer {
  static let activation = Parameter<Configured>("activation", "what is applied", .activation)
  static let signature = Signature(
    "Activation", "Applies an activation to its input.", [activation.description],
    example: "Activation(\"relu\")")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let activation = Activation(arguments[activation])
    return LayerShape(
      TensorSpec(try activation.shape(input)),
      oddity: activation.oddity(lastDimension: input.dimensions.last ?? nil, unit: "value"))
  }

  static let passesMask = true
  let activation: Activation
  init(_ arguments: Arguments) { activation = Activation(arguments[ActivationLayer.activation]) }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { activation.emit(inputs[0], into: &graph) }
}
