import Plans
import Tensors

/// The mean over the last axis of `−y · ln p − (1 − y) · ln(1 − p)`, p clipped to [1e-7, 1 − 1e-7].
///
/// With logits, p is their sigmoid, computed without clipping. Smoothing s makes a target y(1 − s) + s/2.
struct BinaryCrossentropy: Loss {
  static let ownParameters = [LossParameters.fromLogits.description, LossParameters.labelSmoothing.description]
  static let signature = Signature.loss(
    "BinaryCrossentropy", named: "binary_crossentropy", "The cross-entropy of yes-or-no targets.",
    ownParameters + [LossParameters.axis.description], formula: "mean −y·ln p − (1−y)·ln(1−p)",
    example: "loss = \"binary_crossentropy\"")
  static let aliases = ["binary_crossentropy", "bce", "BCE"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    if let error = lastAxisMismatch(arguments, predictions) { return error }
    guard let mismatch = elementwiseMismatch(targets, predictions) else { return nil }
    guard predictions.shape.rank == 1, targets.shape.rank == 0 || targets.shape.dimensions == [1] else { return mismatch }
    return ShapeError(
      mismatch.problem, hint: "end with one unit, or use `\"sparse_categorical_crossentropy\"` for one unit a class.")
  }

  let fromLogits: Bool
  let labelSmoothing: Double
  init(_ arguments: Arguments) {
    fromLogits = arguments[LossParameters.fromLogits]
    labelSmoothing = arguments[LossParameters.labelSmoothing]
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.binaryCrossEntropy(targets: targets, predictions: predictions, fromLogits: fromLogits, smoothing: labelSmoothing)
  }
}
