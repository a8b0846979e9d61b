import Plans
import Tensors

/// The share of predictions on the same side of the threshold as their 0-or-1 target.
struct BinaryAccuracy: Metric {
  static let name = MetricParameters.name("binary_accuracy")
  static let threshold = Parameter<Double>("threshold", "above it a prediction means 1", min: 0, max: 1, default: 0.5)
  static let signature = Signature(
    "BinaryAccuracy", "The share of right yes-or-no predictions.", [name.description, threshold.description],
    formula: "mean [(p > threshold) = y]", example: "metrics = [BinaryAccuracy(threshold=0.7)]")
  static let aliases = ["binary_accuracy"]
  static let direction = Direction.up

  let threshold: Double
  init(_ arguments: Arguments) { threshold = arguments[BinaryAccuracy.threshold] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    let isOne = graph.greater(predictions, graph.constant(threshold))
    return graph.reduceMean(graph.equal(isOne, targets), axes: [-1])
  }
}

/// The share of examples whose likeliest class is the target's.
struct CategoricalAccuracy: Metric {
  static let name = MetricParameters.name("categorical_accuracy")
  static let signature = Signature(
    "CategoricalAccuracy", "The share of right classes, for one-hot targets.", [name.description],
    formula: "mean [argmax p = argmax y]", example: "metrics = [\"categorical_accuracy\"]")
  static let aliases = ["categorical_accuracy"]
  static let direction = Direction.up

  static func check(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? { oneHotMismatch(targets, predictions) }

  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    graph.equal(graph.argmax(targets), graph.argmax(predictions))
  }
}

/// The share of examples whose likeliest class is the target.
struct SparseCategoricalAccuracy: Metric {
  static let name = MetricParameters.name("sparse_categorical_accuracy")
  static let signature = Signature(
    "SparseCategoricalAccuracy", "The share of right classes, for class numbers.", [name.description],
    formula: "mean [argmax p = y]", example: "metrics = [\"sparse_categorical_accuracy\"]")
  static let aliases = ["sparse_categorical_accuracy"]
  static let targetsAreClasses = true
  static let direction = Direction.up

  static func check(_ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? { classMismatch(targets, predictions) }

  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    graph.equal(matchClasses(targets, predictions, in: &graph), graph.argmax(predictions))
  }
}
