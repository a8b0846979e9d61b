import Lambdas
import Plans
import Tensors

/// A loss of the catalog: what it says of shapes, and the value of each example.
///
/// A new loss is one file with a type like this, and one line in `lossTypes`.
protocol Loss: Sendable {
  static var signature: Signature { get }
  static var aliases: [String] { get }
  /// Why targets and predictions of these shapes cannot go together; nil if they can. Shapes leave the batch out.
  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError?
  /// Whether targets are class numbers (int32) rather than numbers.
  static var targetsAreClasses: Bool { get }
  init(_ arguments: Arguments)
  var reduction: Reduction { get }
  /// The loss of every position: targets and predictions [batch, …] → [batch, …] without the axis that is averaged.
  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node
}

extension Loss {
  static var targetsAreClasses: Bool { false }

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
