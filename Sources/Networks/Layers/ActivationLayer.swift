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
    if arguments[activation].entry.name == "softmax" {
      guard let classCount = input.dimensions.last else {
        throw ShapeError("needs at least one dimension for `softmax`, but gets a single number")
      }
      if classCount == 1 {
        let oddity = (
          "gives 1.0 always: a softmax over one value", "use `Activation(\"sigmoid\")`, or as many outputs as classes"
        )
        return LayerShape(TensorSpec(input), oddity: oddity)
      }
    }
    return LayerShape(TensorSpec(input))
  }

  let activation: any Activation
  init(_ arguments: Arguments) { activation = makeActivation(arguments[ActivationLayer.activation]) }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node { activation.emit(inputs[0], into: &graph) }
}
