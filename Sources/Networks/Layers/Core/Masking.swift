import Plans
import Tensors

/// Skips positions at which all features have a value that stands for nothing: they become 0, and layers after it know them by the mask.
struct Masking: Layer {
  static let maskValue = Parameter<Double>("mask_value", "what stands for nothing", default: 0)
  static let signature = Signature(
    "Masking", "Marks positions of which all features have one value, so that what follows skips them.", [maskValue.description],
    formula: "mask = any (input ≠ mask_value)", example: "Masking(mask_value=-1.0)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs)
    guard input.shape.rank >= 1 else { throw ShapeError("needs positions with features, but gets a single number") }
    return LayerShape(TensorSpec(input.shape))
  }

  let maskValue: Double
  init(_ arguments: Arguments) { maskValue = arguments[Masking.maskValue] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …, features], the same
    let mask = emitMask(inputs[0], into: &graph)
    let zero = graph.constant(0)
    return graph.select(graph.reshape(mask, graph.shape(of: mask) + [1]), inputs[0], zero)
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    [emitMask(inputs[0], into: &graph)]
  }

  private func emitMask(_ input: Node, into graph: inout Graph) -> Node {  // [batch, …, features] → [batch, …]
    let value = graph.constant(maskValue)
    return graph.reduceMax(graph.apply(.notEqual, input, value), axes: [-1])
  }
}
