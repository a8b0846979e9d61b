import Plans
import Tensors

/// Scales every example to length 1 along some axes.
struct UnitNormalization: Layer {
  static let axis = Axes.several("the axis, or axes, along which the length becomes 1")
  static let signature = Signature(
    "UnitNormalization", "Scales every example to length 1.", [axis.description], formula: "input / ‖input‖",
    example: "UnitNormalization()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    _ = try Axes.places(arguments[axis], in: input)
    return LayerShape(TensorSpec(input))
  }

  static let passesMask = true
  let axes: [Int]
  init(_ arguments: Arguments) { axes = arguments[UnitNormalization.axis] }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let axes = Axes.places(axes, rank: graph.shape(of: inputs[0]).count)
    return unitLength(inputs[0], axes: axes, epsilon: 1e-12, in: &graph)
  }
}
