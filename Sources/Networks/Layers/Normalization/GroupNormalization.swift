import Plans
import Tensors

/// Normalises every example in groups of features, each by the mean and (biased) variance of the whole group.
///
/// `gamma · (input − mean) / √(variance + epsilon) + beta` (Wu and He, 2018).
struct GroupNormalization: Layer {
  static let groups = Parameter<Int>("groups", "how many groups; -1 makes each feature one", min: -1, default: 32)
  static let axis = Axes.one("the axis of the features")
  static let epsilon = Parameter<Double>("epsilon", "added to the variance", min: 0, default: 1e-3)
  static let center = Parameter<Bool>("center", "whether to add `beta`", default: true)
  static let scale = Parameter<Bool>("scale", "whether to multiply by `gamma`", default: true)
  static let beta = WeightParameters("beta", initializer: "zeros")
  static let gamma = WeightParameters("gamma", initializer: "ones")
  static let signature = Signature(
    "GroupNormalization", "Normalises every example in groups of features.",
    [groups.description, axis.description, epsilon.description, center.description, scale.description]
      + WeightParameters.descriptions([beta, gamma]),
    formula: "gamma · (input − mean) / √(variance + epsilon) + beta", source: "Wu and He, 2018",
    example: "GroupNormalization(groups=4)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let features = try Axes.size(try Axes.place(arguments[axis], in: input), of: input)
    let groups = arguments[groups]
    guard groups != 0 else { throw ShapeError("needs at least one group", hint: "`groups=-1` makes each feature a group.") }
    guard groups == -1 || (groups <= features && features % groups == 0) else {
      throw ShapeError(
        "cannot put \(features) features into \(groups) equal groups",
        hint: "\(features) is divisible by \(divisors(of: features)).")
    }
    var weights: [WeightSpec] = []
    if arguments[scale] { weights.append(WeightSpec("gamma", [features])) }
    if arguments[center] { weights.append(WeightSpec("beta", [features])) }
    return LayerShape(TensorSpec(input), weights: weights)
  }

  private static func divisors(of number: Int) -> String {
    (1...max(1, min(number, 64))).filter { number % $0 == 0 }.suffix(5).map(String.init).joined(separator: ", ")
  }

  static let passesMask = true
  let groups: Int
  let axis: Int
  let epsilon: Double
  let weightRules: [String: WeightRules]
  init(_ arguments: Arguments) {
    groups = arguments[GroupNormalization.groups]
    axis = arguments[GroupNormalization.axis]
    epsilon = arguments[GroupNormalization.epsilon]
    weightRules = ["gamma": GroupNormalization.gamma.rules(arguments), "beta": GroupNormalization.beta.rules(arguments)]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let shape = graph.shape(of: inputs[0])
    let place = Axes.places([axis], rank: shape.count)[0]
    let count = groups == -1 ? shape[place] : groups
    var grouped = shape
    grouped.replaceSubrange(place...place, with: [count, shape[place] / count])  // [batch, …, groups, features, …]
    let axes = grouped.indices.filter { $0 != 0 && $0 != place }
    return use.formula(inputs[0], ["gamma", "beta"], into: &graph) { x, weights in
      func beside(_ weight: Term) -> Term {
        weight.reshaped(grouped.indices.map { $0 == place || $0 == place + 1 ? grouped[$0] : 1 })
      }
      return standardized(
        x.reshaped(grouped), axes: axes, epsilon: epsilon, gamma: weights["gamma"].map(beside), beta: weights["beta"].map(beside)
      ).reshaped(shape)
    }
  }
}
