import Glibc
import Plans
import Tensors

/// A loss of pairs of numbers, averaged over the last axis.
protocol ElementwiseLoss: Loss {
  /// The loss of each pair of elements; both operands have the same shape, [batch, …].
  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node
}

extension ElementwiseLoss {
  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.reduceMean(emitElements(target: targets, prediction: predictions, into: &graph), axes: [-1])
  }
}

/// `(y − p)²`.
struct MeanSquaredError: ElementwiseLoss {
  static let signature = Signature.loss(
    "MeanSquaredError", named: "mean_squared_error", "The mean of squared differences.", formula: "mean (y − p)²",
    example: "loss = \"mse\"")
  static let aliases = ["mean_squared_error", "mse", "MSE"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    graph.square(graph.subtract(prediction, target))
  }
}

/// `|y − p|`.
struct MeanAbsoluteError: ElementwiseLoss {
  static let signature = Signature.loss(
    "MeanAbsoluteError", named: "mean_absolute_error", "The mean of absolute differences.", formula: "mean |y − p|",
    example: "loss = \"mae\"")
  static let aliases = ["mean_absolute_error", "mae", "MAE"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    graph.abs(graph.subtract(prediction, target))
  }
}

/// `100 · |y − p| / max(|y|, 1e-7)`.
struct MeanAbsolutePercentageError: ElementwiseLoss {
  static let signature = Signature.loss(
    "MeanAbsolutePercentageError", named: "mean_absolute_percentage_error",
    "The mean of absolute differences, as percentages of the targets.", formula: "100 · mean |y − p| / max(|y|, 1e-7)",
    example: "loss = \"mape\"")
  static let aliases = ["mean_absolute_percentage_error", "mape", "MAPE"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    let size = graph.maximum(graph.abs(target), graph.constant(epsilon))
    return graph.multiply(graph.abs(graph.divide(graph.subtract(target, prediction), size)), by: 100)
  }
}

/// `(ln(max(p, 1e-7) + 1) − ln(max(y, 1e-7) + 1))²`.
struct MeanSquaredLogarithmicError: ElementwiseLoss {
  static let signature = Signature.loss(
    "MeanSquaredLogarithmicError", named: "mean_squared_logarithmic_error", "The mean of squared differences of logarithms.",
    formula: "mean (ln(p + 1) − ln(y + 1))²", example: "loss = \"msle\"")
  static let aliases = ["mean_squared_logarithmic_error", "msle", "MSLE"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    let predicted = logarithm(prediction, into: &graph)
    return graph.square(graph.subtract(predicted, logarithm(target, into: &graph)))
  }

  private func logarithm(_ x: Node, into graph: inout Graph) -> Node {
    graph.log(graph.add(graph.maximum(x, graph.constant(epsilon)), 1))
  }
}

/// Half the square of a small difference, linear beyond delta (Huber, 1964).
struct Huber: ElementwiseLoss {
  static let delta = Parameter<Double>("delta", "the difference from which it grows linearly", min: 0, default: 1)
  static let signature = Signature.loss(
    "Huber", named: "huber_loss", "Squared for small differences, linear for large ones.", [delta.description],
    formula: "mean ½e² where |e| ≤ δ, else δ|e| − ½δ²", example: "loss = Huber(delta=0.5)")
  static let aliases = ["huber"]

  let delta: Double
  init(_ arguments: Arguments) { delta = arguments[Huber.delta] }

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    let error = graph.subtract(prediction, target)
    let size = graph.abs(error)
    let linear = graph.add(graph.multiply(size, by: delta), -delta * delta / 2)
    return graph.select(graph.greater(size, graph.constant(delta)), linear, graph.multiply(graph.square(error), by: 0.5))
  }
}

/// `ln cosh(p − y)`, computed as `x + softplus(−2x) − ln 2`.
struct LogCosh: ElementwiseLoss {
  static let signature = Signature.loss(
    "LogCosh", named: "log_cosh", "The logarithm of the hyperbolic cosine of differences.", formula: "mean ln cosh(p − y)",
    example: "loss = \"log_cosh\"")
  static let aliases = ["log_cosh"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    let error = graph.subtract(prediction, target)
    let tail = graph.apply(.softplus, graph.multiply(error, by: -2))
    return graph.add(graph.add(error, tail), -Glibc.log(2.0))
  }
}

/// The negative logarithm of a Poisson distribution's probability, without what does not depend on the prediction.
struct Poisson: ElementwiseLoss {
  static let signature = Signature.loss(
    "Poisson", named: "poisson", "For counts: the unlikelihood of targets under Poisson distributions with the predicted means.",
    formula: "mean p − y·ln(p + 1e-7)", example: "loss = \"poisson\"")
  static let aliases = ["poisson"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    graph.subtract(prediction, graph.multiply(target, graph.log(graph.add(prediction, epsilon))))
  }
}

/// What Keras adds to keep logarithms and divisions finite.
let epsilon = 1e-7
