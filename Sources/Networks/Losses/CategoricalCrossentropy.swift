import Plans
import Tensors

/// For targets that give every class a share: `−Σ y · ln p` over the last axis, p divided by its sum and clipped to [1e-7, 1 − 1e-7].
///
/// With logits, p is their softmax, computed without clipping. Smoothing s makes a target y(1 − s) + s/classes.
struct CategoricalCrossentropy: Loss {
  static let ownParameters = [
    LossParameters.fromLogits.description, LossParameters.labelSmoothing.description, LossParameters.axis.description,
  ]
  static let signature = Signature.loss(
    "CategoricalCrossentropy", named: "categorical_crossentropy", "The cross-entropy of one-hot targets.", ownParameters,
    formula: "−Σ y·ln p", example: "loss = \"categorical_crossentropy\"")
  static let aliases = ["categorical_crossentropy"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    lastAxisMismatch(arguments, predictions) ?? oneHotMismatch(targets, predictions)
  }

  let fromLogits: Bool
  let labelSmoothing: Double
  init(_ arguments: Arguments) {
    fromLogits = arguments[LossParameters.fromLogits]
    labelSmoothing = arguments[LossParameters.labelSmoothing]
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    graph.categoricalCrossEntropy(targets: targets, predictions: predictions, fromLogits: fromLogits, smoothing: labelSmoothing)
  }
}
