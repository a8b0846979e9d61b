import Plans
import Tensors

/// `input · scale + offset`.
struct Rescaling: Layer {
  static let scale = Parameter<Double>("scale", "what the input is multiplied by")
  static let offset = Parameter<Double>("offset", "what is added then", default: 0)
  static let signature = Signature(
    "Rescaling", "Multiplies its input and adds an offset.", [scale.description, offset.description],
    formula: "input · scale + offset", example: "Rescaling(1/255)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  let scale: Double
  let offset: Double
  init(_ arguments: Arguments) {
    scale = arguments[Rescaling.scale]
    offset = arguments[Rescaling.offset]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    graph.add(graph.multiply(inputs[0], by: scale), offset)
  }
}
