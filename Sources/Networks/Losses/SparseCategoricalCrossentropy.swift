import Plans
import Tensors

/// For targets that are class numbers: `−ln p[y]`, p divided by its sum and clipped to [1e-7, 1 − 1e-7].
///
/// With logits, p is their softmax, computed without clipping. A label outside the classes is a failure when the data is read.
struct SparseCategoricalCrossentropy: Loss {
  static let name = LossParameters.name("sparse_categorical_crossentropy")
  static let signature = Signature(
    "SparseCategoricalCrossentropy", "The cross-entropy of class numbers.",
    [LossParameters.fromLogits.description, LossParameters.reduction.description, name.description],
    formula: "−ln p[y]", example: "loss = \"sparse_categorical_crossentropy\"")
  static let aliases = ["sparse_categorical_crossentropy"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    classMismatch(targets, predictions)
  }

  static let targetsAreClasses = true
  let fromLogits: Bool
  let reduction: Reduction
  init(_ arguments: Arguments) {
    self.init(fromLogits: arguments[LossParameters.fromLogits], reduction: Reduction(arguments))
  }

  init(fromLogits: Bool, reduction: Reduction = .mean) {
    self.fromLogits = fromLogits
    self.reduction = reduction
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let targets = matchClasses(targets, predictions, in: &graph)
    return graph.sparseCategoricalCrossEntropy(targets: targets, predictions: predictions, fromLogits: fromLogits)
  }
}
