import Plans
import Tensors

/// Divides every example by the root of its mean square along some axes.
///
/// `scale · input / √(mean input² + epsilon)` (Zhang and Sennrich, 2019).
struct RMSNormalization: Layer {
  static let axis = Axes.several("the axis, or axes, over which it normalises")
  static let epsilon = Parameter<Double>("epsilon", "added to the mean square", min: 0, default: 1e-6)
  static let signature = Signature(
    "RMSNormalization", "Divides every example by the root of its mean square.", [axis.description, epsilon.description],
    formula: "scale · input / √(mean input² + epsilon)", source: "Zhang and Sennrich, 2019", example: "RMSNormalization()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    var sizes: [Int] = []
    for place in try Axes.places(arguments[axis], in: input) { sizes.append(try Axes.size(place, of: input)) }
    return LayerShape(TensorSpec(input), weights: [WeightSpec("scale", sizes)])
  }

  let axes: [Int]
  let epsilon: Double
  let weightRules = ["scale": WeightRules.beginning(as: "ones")]
  init(_ arguments: Arguments) {
    axes = arguments[RMSNormalization.axis]
    epsilon = arguments[RMSNormalization.epsilon]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let rank = graph.shape(of: inputs[0]).count
    let axes = Axes.places(axes, rank: rank)
    if axes == Array((rank - axes.count)..<rank) {
      return graph.rmsNormalize(inputs[0], trailing: axes.count, gamma: use.weight("scale", in: &graph), epsilon: epsilon)
    }
    return use.formula(inputs[0], ["scale"], into: &graph) { x, weights in
      let rate = reciprocalSqrt(mean(square(x), axes: axes, keepDimensions: true) + epsilon)
      return weights["scale"].map { x * rate * $0.along(axes, rank: rank) } ?? x * rate
    }
  }
}
