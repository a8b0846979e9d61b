import Plans
import Tensors

/// Lays out every example as one row; the batch stays.
struct Flatten: Layer {
  static let dataFormat = Parameter<String?>.optional(
    Parameter<String>("data_format", "where an image's channels are", .choice(["channels_last"])))
  static let signature = Signature(
    "Flatten", "Lays out every example as one row.", [dataFormat.description], example: "Flatten()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    return LayerShape(TensorSpec(Shape([input.shape.elementCount]), input.type))
  }

  static let takesIntegers = true
  init(_ arguments: Arguments) {}

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    graph.flatten(inputs[0])  // [batch, …] → [batch, elements]
  }
}
