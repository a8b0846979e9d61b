import Plans
import Tensors

/// Normalises every feature by the mean and (biased) variance of the batch while training, by their moving averages otherwise.
///
/// `gamma · (input − mean) / √(variance + epsilon) + beta`; moving := moving · momentum + batch · (1 − momentum)
/// (Ioffe and Szegedy, 2015).
struct BatchNormalization: Layer {
  static let axis = Parameter<Int>("axis", "the axis of the features: the last", default: -1)
  static let momentum = Parameter<Double>("momentum", "how slowly the moving averages move", min: 0, max: 1, default: 0.99)
  static let epsilon = Parameter<Double>("epsilon", "added to the variance", min: 0, default: 1e-3)
  static let center = Parameter<Bool>("center", "whether to add `beta`", default: true)
  static let scale = Parameter<Bool>("scale", "whether to multiply by `gamma`", default: true)
  static let beta = WeightParameters("beta", initializer: "zeros")
  static let gamma = WeightParameters("gamma", initializer: "ones")
  static let movingMean = WeightParameters("moving_mean", initializer: "zeros")
  static let movingVariance = WeightParameters("moving_variance", initializer: "ones")
  static let signature = Signature(
    "BatchNormalization", "Normalises every feature over the batch.",
    [axis.description, momentum.description, epsilon.description, center.description, scale.description]
      + [beta, gamma, movingMean, movingVariance].map(\.initializer.description)
      + [beta, gamma].map(\.regularizer.description) + [beta, gamma].map(\.constraint.description),
    formula: "gamma · (input − mean) / √(variance + epsilon) + beta", example: "BatchNormalization()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape  // […, features]
    guard let last = input.dimensions.last else {
      throw ShapeError("needs at least one dimension, but gets a single number")
    }
    let axis = arguments[axis]
    guard axis == -1 || axis == input.rank else {
      throw ShapeError(
        "normalises the last axis, but is given `axis=\(axis)` for \(input.description)", hint: "leave `axis` out.")
    }
    guard let features = last else {
      throw ShapeError("needs to know how many features it has, but the last dimension of \(input.description) is open")
    }
    var weights: [WeightSpec] = []
    if arguments[scale] { weights.append(WeightSpec("gamma", [features])) }
    if arguments[center] { weights.append(WeightSpec("beta", [features])) }
    weights.append(WeightSpec("moving_mean", [features], isTrainable: false))
    weights.append(WeightSpec("moving_variance", [features], isTrainable: false))
    return LayerShape(TensorSpec(input), weights: weights)
  }

  let momentum: Double
  let epsilon: Double
  let weightRules: [String: WeightRules]

  init(_ arguments: Arguments) {
    momentum = arguments[BatchNormalization.momentum]
    epsilon = arguments[BatchNormalization.epsilon]
    weightRules = [
      "gamma": BatchNormalization.gamma.rules(arguments), "beta": BatchNormalization.beta.rules(arguments),
      "moving_mean": WeightRules(initializer: arguments[BatchNormalization.movingMean.initializer]),
      "moving_variance": WeightRules(initializer: arguments[BatchNormalization.movingVariance.initializer]),
    ]
  }

  /// As in Keras a layer that is not trainable normalises by its moving averages in training too.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …, features], the same
    let input = inputs[0]
    let features = Array(graph.shape(of: input).suffix(1))
    let gamma = use.weight("gamma", in: &graph) ?? graph.broadcast(graph.constant(1), to: features)
    let beta = use.weight("beta", in: &graph) ?? graph.broadcast(graph.constant(0), to: features)
    if use.isTraining && use.isTrainable {
      let (output, mean, variance) = graph.batchNormalization(input, gamma: gamma, beta: beta, epsilon: epsilon)
      use.move("moving_mean", towards: mean, momentum: momentum, in: &graph)
      use.move("moving_variance", towards: variance, momentum: momentum, in: &graph)
      return output
    }
    guard let mean = use.weight("moving_mean", in: &graph), let variance = use.weight("moving_variance", in: &graph) else {
      preconditionFailure("batch normalisation has moving averages")
    }
    return graph.batchNormalization(input, mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon)
  }
}
