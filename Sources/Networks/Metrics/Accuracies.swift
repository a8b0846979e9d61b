import Plans
import Tensors

/// The share of predictions that equal their target.
struct AccuracyMetric: MeanMetric {
  static let signature = Signature.metric(
    "Accuracy", named: "accuracy", "The share of predictions that equal their target.",
    formula: "mean [p = y]", example: "metrics = [Accuracy()]")
  static let aliases: [String] = []
  static let direction: Direction? = .up
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    return graph.equal(predictions, targets)
  }
}

/// The share of predictions on the same side of the threshold as their 0-or-1 target.
struct BinaryAccuracy: MeanMetric {
  static let threshold = Parameter<Double>("threshold", "above it a prediction means 1", min: 0, max: 1, default: 0.5)
  static let signature = Signature.metric(
    "BinaryAccuracy", named: "binary_accuracy", "The share of right yes-or-no predictions.", later: [threshold.description],
    formula: "mean [(p > threshold) = y]", example: "metrics = [BinaryAccuracy(threshold=0.7)]")
  static let aliases = ["binary_accuracy"]
  static let direction: Direction? = .up

  let threshold: Double
  init(_ arguments: Arguments) { threshold = arguments[BinaryAccuracy.threshold] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    let isOne = graph.greater(predictions, graph.constant(threshold))
    return graph.reduceMean(graph.equal(isOne, targets), axes: [-1])
  }
}

/// The share of examples whose likeliest class is the target's.
struct CategoricalAccuracy: MeanMetric {
  static let signature = Signature.metric(
    "CategoricalAccuracy", named: "categorical_accuracy", "The share of right classes, for one-hot targets.",
    formula: "mean [argmax p = argmax y]", example: "metrics = [\"categorical_accuracy\"]")
  static let aliases = ["categorical_accuracy"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    oneHotMismatch(targets, predictions, alternative: "sparse_categorical_accuracy")
  }
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    graph.equal(graph.argmax(targets), graph.argmax(predictions))
  }
}

/// The share of examples whose likeliest class is the target.
struct SparseCategoricalAccuracy: MeanMetric {
  static let signature = Signature.metric(
    "SparseCategoricalAccuracy", named: "sparse_categorical_accuracy", "The share of right classes, for class numbers.",
    formula: "mean [argmax p = y]", example: "metrics = [\"sparse_categorical_accuracy\"]")
  static let aliases = ["sparse_categorical_accuracy"]
  static let targetsAreClasses = true
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    classMismatch(targets, predictions, alternative: "categorical_accuracy")
  }
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    graph.equal(matchClasses(targets, predictions, in: &graph), graph.argmax(predictions))
  }
}

/// The share of examples whose class is among the k likeliest, for one-hot targets.
struct TopKCategoricalAccuracy: MeanMetric {
  static let signature = Signature.metric(
    "TopKCategoricalAccuracy", named: "top_k_categorical_accuracy",
    "The share of examples whose class is among the k likeliest, for one-hot targets.", [topK.description],
    formula: "mean [fewer than k scores exceed the target's]", example: "metrics = [TopKCategoricalAccuracy(k=3)]")
  static let aliases = ["top_k_categorical_accuracy"]
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    oneHotMismatch(targets, predictions, alternative: "sparse_top_k_categorical_accuracy")
  }

  let k: Int
  init(_ arguments: Arguments) { k = arguments[topK] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    isAmongLargest(graph.argmax(targets), of: predictions, k, in: &graph)
  }
}

/// The share of examples whose class is among the k likeliest, for class numbers.
struct SparseTopKCategoricalAccuracy: MeanMetric {
  static let signature = Signature.metric(
    "SparseTopKCategoricalAccuracy", named: "sparse_top_k_categorical_accuracy",
    "The share of examples whose class is among the k likeliest, for class numbers.", [topK.description],
    formula: "mean [fewer than k scores exceed the target's]", example: "metrics = [SparseTopKCategoricalAccuracy(k=3)]")
  static let aliases = ["sparse_top_k_categorical_accuracy"]
  static let targetsAreClasses = true
  static let direction: Direction? = .up

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    classMismatch(targets, predictions, alternative: "top_k_categorical_accuracy")
  }

  let k: Int
  init(_ arguments: Arguments) { k = arguments[topK] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    isAmongLargest(matchClasses(targets, predictions, in: &graph), of: predictions, k, in: &graph)
  }
}

private let topK = Parameter<Int>("k", "how many of the likeliest classes may hold the right one", min: 1, default: 5)

/// 1 where fewer than k scores exceed that of the class: int32 [batch, …] and [batch, …, classes] → [batch, …].
private func isAmongLargest(_ classes: Node, of scores: Node, _ k: Int, in graph: inout Graph) -> Node {
  let own = scoreOfClass(classes, scores, in: &graph)
  let exceeding = graph.greater(scores, graph.reshape(own, graph.shape(of: own) + [1]))
  return graph.less(graph.reduceSum(exceeding, axes: [-1]), graph.constant(Double(k)))
}
