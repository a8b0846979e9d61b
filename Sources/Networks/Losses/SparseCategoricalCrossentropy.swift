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
    let (y, p) = (targets.shape, predictions.shape)
    guard let classCount = p.dimensions.last else {
      return ShapeError("needs predictions with one number a class, but they are a single number")
    }
    guard classCount != 1 else {
      return ShapeError(
        "needs one prediction a class, but there is one in all",
        hint: "use `loss = \"binary_crossentropy\"`, or as many units as classes")
    }
    let positions = y.rank == p.rank && y.dimensions.last == 1 ? Shape(y.dimensions.dropLast()) : y
    if positions.rank == p.rank - 1, zip(positions.dimensions, p.dimensions).allSatisfy(canBeEqual) { return nil }
    let areShares = y.rank == p.rank && zip(y.dimensions, p.dimensions).allSatisfy(canBeEqual)
    return ShapeError(
      "needs one class number for predictions of \(p.description), but the targets are \(y.description)",
      hint: areShares ? "for one-hot targets use `loss = \"categorical_crossentropy\"`" : nil)
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
