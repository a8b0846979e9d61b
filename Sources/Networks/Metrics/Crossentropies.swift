import Plans
import Tensors

/// The loss of the same name, watched.
struct BinaryCrossentropyMetric: Metric {
  static let name = MetricParameters.name("binary_crossentropy")
  static let signature = Signature(
    "BinaryCrossentropy", "The cross-entropy of yes-or-no targets.",
    [name.description, LossParameters.fromLogits.description, LossParameters.labelSmoothing.description],
    formula: "mean −y·ln p − (1−y)·ln(1−p)", example: "metrics = [\"binary_crossentropy\"]")
  static let aliases = ["binary_crossentropy", "bce", "BCE"]
  static let direction = Direction.down

  let loss: BinaryCrossentropy
  init(_ arguments: Arguments) {
    loss = BinaryCrossentropy(
      fromLogits: arguments[LossParameters.fromLogits], labelSmoothing: arguments[LossParameters.labelSmoothing])
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    loss.emit(targets: targets, predictions: predictions, into: &graph)
  }
}

/// The loss of the same name, watched.
struct CategoricalCrossentropyMetric: Metric {
  static let name = MetricParameters.name("categorical_crossentropy")
  static let signature = Signature(
    "CategoricalCrossentropy", "The cross-entropy of one-hot targets.",
    [name.description, LossParameters.fromLogits.description, LossParameters.labelSmoothing.description],
    formula: "−Σ y·ln p", example: "metrics = [\"categorical_crossentropy\"]")
  static let aliases = ["categorical_crossentropy"]
  static let direction = Direction.down

  static func check(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? { oneHotMismatch(targets, predictions) }

  let loss: CategoricalCrossentropy
  init(_ arguments: Arguments) {
    loss = CategoricalCrossentropy(
      fromLogits: arguments[LossParameters.fromLogits], labelSmoothing: arguments[LossParameters.labelSmoothing])
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    loss.emit(targets: targets, predictions: predictions, into: &graph)
  }
}

/// The loss of the same name, watched.
struct SparseCategoricalCrossentropyMetric: Metric {
  static let name = MetricParameters.name("sparse_categorical_crossentropy")
  static let signature = Signature(
    "SparseCategoricalCrossentropy", "The cross-entropy of class numbers.",
    [name.description, LossParameters.fromLogits.description],
    formula: "−ln p[y]", example: "metrics = [\"sparse_categorical_crossentropy\"]")
  static let aliases = ["sparse_categorical_crossentropy"]
  static let targetsAreClasses = true
  static let direction = Direction.down

  static func check(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? { classMismatch(targets, predictions) }

  let loss: SparseCategoricalCrossentropy
  init(_ arguments: Arguments) {
    loss = SparseCategoricalCrossentropy(fromLogits: arguments[LossParameters.fromLogits])
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    loss.emit(targets: targets, predictions: predictions, into: &graph)
  }
}
