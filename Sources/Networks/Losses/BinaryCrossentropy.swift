import Plans
import Tensors

/// For targets from 0 to 1: the mean over the last axis of `−y · ln p − (1 − y) · ln(1 − p)`, p clipped to [1e-7, 1 − 1e-7].
///
/// With logits z, p = 1 / (1 + e⁻ᶻ), computed without clipping. Smoothing s makes a target y(1 − s) + s/2.
struct BinaryCrossentropy: Loss {
  static let name = LossParameters.name("binary_crossentropy")
  static let signature = Signature(
    "BinaryCrossentropy", "The cross-entropy of yes-or-no targets.",
    [
      LossParameters.fromLogits.description, LossParameters.labelSmoothing.description, LossParameters.reduction.description,
      name.description,
    ], formula: "mean −y·ln p − (1−y)·ln(1−p)", example: "loss = \"binary_crossentropy\"")
  static let aliases = ["binary_crossentropy", "bce", "BCE"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    guard let mismatch = elementwiseMismatch(targets, predictions) else { return nil }
    guard predictions.shape.rank == 1, targets.shape.rank == 0 || targets.shape.dimensions == [1] else { return mismatch }
    return ShapeError(
      mismatch.problem, hint: "end with one unit, or use `loss = \"sparse_categorical_crossentropy\"` for one unit a class.")
  }

  let fromLogits: Bool
  let labelSmoothing: Double
  let reduction: Reduction
  init(_ arguments: Arguments) {
    self.init(
      fromLogits: arguments[LossParameters.fromLogits], labelSmoothing: arguments[LossParameters.labelSmoothing],
      reduction: Reduction(arguments))
  }

  init(fromLogits: Bool, labelSmoothing: Double, reduction: Reduction = .mean) {
    self.fromLogits = fromLogits
    self.labelSmoothing = labelSmoothing
    self.reduction = reduction
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.binaryCrossEntropy(targets: targets, predictions: predictions, fromLogits: fromLogits, smoothing: labelSmoothing)
  }
}
