import Plans
import Tensors

/// Normalises every example by its own mean and (biased) variance along some axes.
///
/// `gamma · (input − mean) / √(variance + epsilon) + beta` (Ba, Kiros and Hinton, 2016).
struct LayerNormalization: Layer {
  static let axis = Axes.several("the axis, or axes, over which it normalises")
  static let epsilon = Parameter<Double>("epsilon", "added to the variance", min: 0, default: 1e-3)
  static let center = Parameter<Bool>("center", "whether to add `beta`", default: true)
  static let scale = Parameter<Bool>("scale", "whether to multiply by `gamma`", default: true)
  static let beta = WeightParameters("beta", initializer: "zeros")
  static let gamma = WeightParameters("gamma", initializer: "ones")
  static let signature = Signature(
    "LayerNormalization", "Normalises every example by its own mean and variance.",
    [axis.description, epsilon.description, center.description, scale.description]
      + WeightParameters.descriptions([beta, gamma]),
    formula: "gamma · (input − mean) / √(variance + epsilon) + beta", source: "Ba, Kiros and Hinton, 2016",
    example: "LayerNormalization()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    var sizes: [Int] = []
    for place in try Axes.places(arguments[axis], in: input) { sizes.append(try Axes.size(place, of: input)) }
    var weights: [WeightSpec] = []
    if arguments[scale] { weights.append(WeightSpec("gamma", sizes)) }
    if arguments[center] { weights.append(WeightSpec("beta", sizes)) }
    return LayerShape(TensorSpec(input), weights: weights)
  }

  static let passesMask = true
  let axes: [Int]
  let epsilon: Double
  let weightRules: [String: WeightRules]
  init(_ arguments: Arguments) {
    axes = arguments[LayerNormalization.axis]
    epsilon = arguments[LayerNormalization.epsilon]
    weightRules = ["gamma": LayerNormalization.gamma.rules(arguments), "beta": LayerNormalization.beta.rules(arguments)]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let rank = graph.shape(of: inputs[0]).count
    let axes = Axes.places(axes, rank: rank)
    if axes == Array((rank - axes.count)..<rank) {
      return graph.layerNormalize(
        inputs[0], trailing: axes.count, gamma: use.weight("gamma", in: &graph), beta: use.weight("beta", in: &graph),
        epsilon: epsilon)
    }
    return use.formula(inputs[0], ["gamma", "beta"], into: &graph) { x, weights in
      standardized(
        x, axes: axes, epsilon: epsilon, gamma: weights["gamma"]?.along(axes, rank: rank),
        beta: weights["beta"]?.along(axes, rank: rank))
    }
  }
}
