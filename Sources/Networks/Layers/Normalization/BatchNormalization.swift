import Plans
import Tensors

/// Normalises every feature by the mean and (biased) variance of the batch while training, by their moving averages otherwise.
///
/// `gamma · (input − mean) / √(variance + epsilon) + beta`; moving := moving · momentum + batch · (1 − momentum)
/// (Ioffe and Szegedy, 2015).
struct BatchNormalization: Layer {
  static let axis = Axes.one("the axis of the features")
  static let momentum = Parameter<Double>("momentum", "how slowly the moving averages move", min: 0, max: 1, default: 0.99)
  static let epsilon = Parameter<Double>("epsilon", "added to the variance", min: 0, default: 1e-3)
  static let center = Parameter<Bool>("center", "whether to add `beta`", default: true)
  static let scale = Parameter<Bool>("scale", "whether to multiply by `gamma`", default: true)
  static let beta = WeightParameters("beta", initializer: "zeros")
  static let gamma = WeightParameters("gamma", initializer: "ones")
  static let movingMean = WeightParameters("moving_mean", initializer: "zeros")
  static let movingVariance = WeightParameters("moving_variance", initializer: "ones")
  static let synchronized = Parameter<Bool>("synchronized", "accepted: there is one machine", default: false)
  static let signature = Signature(
    "BatchNormalization", "Normalises every feature over the batch.",
    [axis.description, momentum.description, epsilon.description, center.description, scale.description]
      + [beta, gamma, movingMean, movingVariance].map(\.initializer.description)
      + [beta, gamma].map(\.regularizer.description) + [beta, gamma].map(\.constraint.description)
      + [synchronized.description],
    formula: "gamma · (input − mean) / √(variance + epsilon) + beta", source: "Ioffe and Szegedy, 2015",
    example: "BatchNormalization()")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape  // […, features]
    let features = try Axes.size(try Axes.place(arguments[axis], in: input), of: input)
    var weights: [WeightSpec] = []
    if arguments[scale] { weights.append(WeightSpec("gamma", [features])) }
    if arguments[center] { weights.append(WeightSpec("beta", [features])) }
    weights.append(WeightSpec("moving_mean", [features], isTrainable: false))
    weights.append(WeightSpec("moving_variance", [features], isTrainable: false))
    return LayerShape(TensorSpec(input), weights: weights)
  }

  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError) {
    try NamedMask.check(mask, of: input.dimensions.dropLast(), called: "positions")
  }

  static let passesMask = true
  let axis: Int
  let momentum: Double
  let epsilon: Double
  let weightRules: [String: WeightRules]

  static let mixesRows = true
  init(_ arguments: Arguments) {
    axis = arguments[BatchNormalization.axis]
    momentum = arguments[BatchNormalization.momentum]
    epsilon = arguments[BatchNormalization.epsilon]
    weightRules = [
      "gamma": BatchNormalization.gamma.rules(arguments), "beta": BatchNormalization.beta.rules(arguments),
      "moving_mean": WeightRules(initializer: arguments[BatchNormalization.movingMean.initializer]),
      "moving_variance": WeightRules(initializer: arguments[BatchNormalization.movingVariance.initializer]),
    ]
  }

  /// As in Keras a layer that is not trainable normalises by its moving averages in training too.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let rank = graph.shape(of: inputs[0]).count
    let place = Axes.places([axis], rank: rank)[0]
    var order = Array(0..<rank)
    order.append(order.remove(at: place))
    let input = graph.transpose(inputs[0], order)  // [batch, …, features]
    let output = emit(featuresLast: input, order, into: &graph, &use)
    return graph.transpose(output, order.indices.map { order.firstIndex(of: $0) ?? $0 })
  }

  private func emit(featuresLast input: Node, _ order: [Int], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    let features = Array(graph.shape(of: input).suffix(1))
    let gamma = use.weight("gamma", in: &graph) ?? graph.broadcast(graph.constant(1), to: features)
    let beta = use.weight("beta", in: &graph) ?? graph.broadcast(graph.constant(0), to: features)
    if use.isTraining && use.isTrainable {
      let output: Node
      let mean: Node
      let variance: Node
      if let mask = use.masks.first ?? nil, let spread = maskBeside(input, mask, order, in: &graph) {
        (mean, variance) = maskedMoments(input, spread, in: &graph)
        output = graph.batchNormalization(input, mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon)
      } else {
        (output, mean, variance) = graph.batchNormalization(input, gamma: gamma, beta: beta, epsilon: epsilon)
      }
      use.move("moving_mean", towards: mean, momentum: momentum, in: &graph)
      use.move("moving_variance", towards: variance, momentum: momentum, in: &graph)
      return output
    }
    guard let mean = use.weight("moving_mean", in: &graph), let variance = use.weight("moving_variance", in: &graph) else {
      preconditionFailure("batch normalisation has moving averages")
    }
    return graph.batchNormalization(input, mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon)
  }

  /// The mask [batch, positions…] for the input with its features last; nil where it is not of these positions.
  private func maskBeside(_ input: Node, _ mask: Node, _ order: [Int], in graph: inout Graph) -> Node? {
    let shape = graph.shape(of: input)
    var original = shape
    for (place, source) in order.enumerated() { original[source] = shape[place] }
    return maskSpread(mask, over: original, in: &graph).map { graph.transpose($0, order) }
  }

  /// Mean and biased variance of each feature over the positions that count.
  private func maskedMoments(_ input: Node, _ mask: Node, in graph: inout Graph) -> (mean: Node, variance: Node) {
    let shape = graph.shape(of: input)
    let axes = Array(shape.indices.dropLast())
    return graph.formula([input, graph.broadcast(mask, to: shape)]) { terms in
      let (x, mask) = (terms[0], terms[1])
      let count = sum(mask, axes: axes) + 1e-7
      let mean = sum(x * mask, axes: axes) / count
      let variance = sum(square((x - mean) * mask), axes: axes) / count
      return (mean.node, variance.node)
    }
  }
}
