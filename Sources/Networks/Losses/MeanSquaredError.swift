import Plans
import Tensors

/// The mean over the last axis of `(target − prediction)²`.
struct MeanSquaredError: Loss {
  static let name = LossParameters.name("mean_squared_error")
  static let signature = Signature(
    "MeanSquaredError", "The mean of squared differences.", [LossParameters.reduction.description, name.description],
    formula: "mean (y − p)²", example: "loss = \"mse\"")
  static let aliases = ["mean_squared_error", "mse", "MSE"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    elementwiseMismatch(targets, predictions)
  }

  let reduction: Reduction
  init(_ arguments: Arguments) { reduction = Reduction(arguments) }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.reduceMean(graph.square(graph.subtract(predictions, targets)), axes: [-1])
  }
}
