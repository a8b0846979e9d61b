import Lambdas
import Plans

/// A loss of the catalog: what it says of shapes, and the value of each example.
///
/// A new loss is one file with a type like this, and one line in `lossTypes`.
protocol Loss: Sendable {
  static var signature: Signature { get }
  static var aliases: [String] { get }
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  init(_ arguments: Arguments)
}

extension Loss {
  /// What the catalog says of the loss.
  static var entry: Entry { Entry(.loss, signature, aliases: aliases, .loss(LossTraits(check: check))) }
}

/// Every loss of the catalog.
let lossTypes: [any Loss.Type] = [
  MeanSquaredError.self, BinaryCrossentropy.self, CategoricalCrossentropy.self, SparseCategoricalCrossentropy.self,
]

/// The loss that a name or object of a script stands for.
func makeLoss(_ configured: Configured) -> any Loss {
  guard let type = lossTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every loss entry of the catalog is made from `lossTypes`")
  }
  return type.init(configured.arguments)
}

/// How the losses of a batch's elements become one number.
enum Reduction: String, CaseIterable {
  /// Σ w·l / number of elements.
  case mean = "sum_over_batch_size"
  case sum
  /// Σ w·l / Σ w.
  case weightedMean = "mean_with_sample_weight"

  init(_ arguments: Arguments) {
    let name = arguments[LossParameters.reduction]
    self = Reduction(rawValue: name) ?? .mean  // `"mean"` is the one other choice
  }
}

/// Parameters that several losses have.
enum LossParameters {
  static let reduction = Parameter<String>(
    "reduction", "how the losses of a batch become one number", .choice(Reduction.allCases.map(\.rawValue) + ["mean"]),
    default: Reduction.mean.rawValue)
  static let fromLogits = Parameter<Bool>("from_logits", "whether predictions come before the softmax or sigmoid", default: false)
  static let labelSmoothing = Parameter<Double>(
    "label_smoothing", "how far targets are drawn to the middle", min: 0, max: 1, default: 0)
  static func name(_ defaultName: String) -> Parameter<String?> {
    .optional(Parameter<String>("name", "what it is called", default: defaultName))
  }
}

/// Why targets cannot be compared element by element with predictions; nil if they can.
///
/// A trailing dimension of 1 on either side is dropped to match ranks, as Keras does.
func elementwiseMismatch(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
  let (a, b) = matchedRanks(targets.shape, predictions.shape)
  guard a.rank == b.rank, zip(a.dimensions, b.dimensions).allSatisfy(canBeEqual) else {
    return ShapeError(
      "compares targets and predictions element by element, but the targets are \(targets.shape.description) "
        + "and the predictions \(predictions.shape.description)")
  }
  return nil
}

/// Both shapes, the longer one without its last dimension if that is 1 and the ranks differ by one.
func matchedRanks(_ targets: Shape, _ predictions: Shape) -> (Shape, Shape) {
  if targets.rank == predictions.rank + 1, targets.dimensions.last == 1 {
    return (Shape(targets.dimensions.dropLast()), predictions)
  }
  if predictions.rank == targets.rank + 1, predictions.dimensions.last == 1 {
    return (targets, Shape(predictions.dimensions.dropLast()))
  }
  return (targets, predictions)
}

/// Whether two dimensions may turn out equal.
func canBeEqual(_ a: Int?, _ b: Int?) -> Bool { a == nil || b == nil || a == b }
