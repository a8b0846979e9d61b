import Plans
import Tensors

/// The mean of squared differences.
struct SquaredErrorMetric: Metric {
  static let name = MetricParameters.name("mean_squared_error")
  static let signature = Signature(
    "MeanSquaredError", "The mean of squared differences.", [name.description], formula: "mean (y − p)²",
    example: "metrics = [\"mse\"]")
  static let aliases = ["mean_squared_error", "mse", "MSE"]
  static let direction = Direction.down

  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.reduceMean(graph.square(graph.subtract(predictions, targets)), axes: [-1])
  }
}

/// The mean of absolute differences.
struct AbsoluteErrorMetric: Metric {
  static let name = MetricParameters.name("mean_absolute_error")
  static let signature = Signature(
    "MeanAbsoluteError", "The mean of absolute differences.", [name.description], formula: "mean |y − p|",
    example: "metrics = [\"mae\"]")
  static let aliases = ["mean_absolute_error", "mae", "MAE"]
  static let direction = Direction.down

  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.reduceMean(graph.abs(graph.subtract(predictions, targets)), axes: [-1])
  }
}
