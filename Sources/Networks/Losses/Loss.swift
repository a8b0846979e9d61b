import Lambdas
import Plans
import Tensors

/// A loss of the catalog: what it says of shapes, and the value of each example.
///
/// A new loss is one type like this, and one line in `lossTypes`.
protocol Loss: Sendable {
  static var signature: Signature { get }
  static var aliases: [String] { get }
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  /// Whether targets are class numbers (int32) rather than numbers.
  static var targetsAreClasses: Bool { get }
  /// Below which number targets must be, if they are class numbers; nil for any.
  static func classCount(_ predictions: Shape) -> Int?
  /// A class number that may be outside these.
  var ignoredClass: Int? { get }
  init(_ arguments: Arguments)
  /// Whether, of predictions of that rank, the batch included, positions are added up over the examples: there are losses, but none is an
  /// example's.
  func mixesExamples(ofRank rank: Int) -> Bool
  /// Whether it adds positions up before it compares, so that zeros in the place of targets and predictions leave them out.
  static var addsPositions: Bool { get }
  /// The loss of every position: targets and predictions [batch, …] → [batch, …] without the axis that is averaged.
  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node
  /// Which of those positions count, as 0 or 1; nil if all do.
  func emitMask(targets: Node, predictions: Node, losses: Node, into graph: inout Graph) -> Node?
}

extension Loss {
  static var targetsAreClasses: Bool { false }
  static func classCount(_ predictions: Shape) -> Int? { predictions.dimensions.last.flatMap { $0 } }
  var ignoredClass: Int? { nil }
  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    elementwiseMismatch(targets, predictions)
  }
  func mixesExamples(ofRank rank: Int) -> Bool { false }
  static var addsPositions: Bool { false }
  func emitMask(targets: Node, predictions: Node, losses: Node, into graph: inout Graph) -> Node? { nil }

  /// What the catalog says of the loss.
  static var entry: Entry {
    let traits = LossTraits(check: check) { arguments, predictions in
      Self(arguments).mixesExamples(ofRank: predictions.shape.rank + 1)
    }
    return Entry(.loss, signature, aliases: aliases, .loss(traits))
  }
}

/// Every loss of the catalog.
let lossTypes: [any Loss.Type] = [
  MeanSquaredError.self, MeanAbsoluteError.self, MeanAbsolutePercentageError.self, MeanSquaredLogarithmicError.self, Huber.self,
  LogCosh.self, Poisson.self, CosineSimilarity.self, Hinge.self, SquaredHinge.self, CategoricalHinge.self, KLDivergence.self,
  BinaryCrossentropy.self, BinaryFocalCrossentropy.self, CategoricalCrossentropy.self, CategoricalFocalCrossentropy.self,
  SparseCategoricalCrossentropy.self, CategoricalGeneralizedCrossEntropy.self, Dice.self, Tversky.self, Circle.self, CTC.self,
]

/// The loss that a name or object of a script stands for.
func makeLoss(_ configured: Configured) -> any Loss {
  guard let type = lossTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every loss entry of the catalog is made from `lossTypes`")
  }
  return type.init(configured.arguments)
}

/// Whether a loss of the catalog takes targets that are class numbers.
package func targetsAreClasses(_ loss: Configured) -> Bool { type(of: makeLoss(loss)).targetsAreClasses }

/// Parameters that several losses have.
enum LossParameters {
  static let reduction = Parameter<String>(
    "reduction", "how the losses of a batch become one number", .choice(Reduction.allCases.map(\.rawValue) + ["mean"]),
    default: Reduction.mean.rawValue)
  static let fromLogits = Parameter<Bool>("from_logits", "whether predictions come before the softmax or sigmoid", default: false)
  static let labelSmoothing = Parameter<Double>(
    "label_smoothing", "how far targets are drawn to the middle", min: 0, max: 1, default: 0)
  static let axis = Parameter<Int>("axis", "the axis of the classes or features", default: -1)
  static let dtype = Parameter<String?>.optional(
    Parameter<String>("dtype", "what it is computed in", .choice(["float32"])))
  static func name(_ defaultName: String) -> Parameter<String?> {
    .optional(Parameter<String>("name", "what it is called", default: defaultName))
  }
}

extension Signature {
  /// A loss: its own parameters, then the ones that all have; `later` stand behind the name, as in Keras.
  static func loss(
    _ className: String, named name: String, _ summary: String, _ own: [ParameterDescription] = [],
    later: [ParameterDescription] = [], formula: String, example: String
  ) -> Signature {
    let common = [LossParameters.reduction.description, LossParameters.name(name).description]
    return Signature(
      className, summary, own + common + later + [LossParameters.dtype.description], formula: formula, example: example)
  }
}
