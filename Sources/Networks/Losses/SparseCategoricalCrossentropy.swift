import Plans
import Tensors

/// For targets that are class numbers: `−ln p[y]`, p divided by its sum and clipped to [1e-7, 1 − 1e-7].
///
/// With logits, p is their softmax, computed without clipping. A label outside the classes is a failure when the data is read;
/// positions of the ignored class count neither in the loss nor in its mean.
struct SparseCategoricalCrossentropy: Loss {
  static let ignoreClass = Parameter<Int?>.optional(
    Parameter<Int>("ignore_class", "a class number that marks targets to leave out"))
  static let ownParameters = [LossParameters.fromLogits.description, ignoreClass.description]
  static let signature = Signature(
    "SparseCategoricalCrossentropy", "The cross-entropy of class numbers.",
    ownParameters + [
      LossParameters.reduction.description, LossParameters.axis.description,
      LossParameters.name("sparse_categorical_crossentropy").description, LossParameters.dtype.description,
    ], formula: "−ln p[y]", example: "loss = \"sparse_categorical_crossentropy\"")
  static let aliases = ["sparse_categorical_crossentropy"]
  static let targetsAreClasses = true

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    lastAxisMismatch(arguments, predictions) ?? classMismatch(targets, predictions)
  }

  let fromLogits: Bool
  let ignoredClass: Int?
  init(_ arguments: Arguments) {
    fromLogits = arguments[LossParameters.fromLogits]
    ignoredClass = arguments[SparseCategoricalCrossentropy.ignoreClass]
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    var classes = matchClasses(targets, predictions, in: &graph)
    guard let isCounted = emitMask(targets: targets, predictions: predictions, losses: targets, into: &graph) else {
      return graph.sparseCategoricalCrossEntropy(targets: classes, predictions: predictions, fromLogits: fromLogits)
    }
    classes = graph.cast(graph.multiply(graph.cast(classes, to: .float32), isCounted), to: .int32)
    let losses = graph.sparseCategoricalCrossEntropy(targets: classes, predictions: predictions, fromLogits: fromLogits)
    return graph.select(isCounted, losses, graph.constant(0))
  }

  func emitMask(targets: Node, predictions: Node, losses: Node, into graph: inout Graph) -> Node? {
    guard let ignoredClass else { return nil }
    let classes = graph.cast(matchClasses(targets, predictions, in: &graph), to: .float32)
    return graph.apply(.notEqual, classes, graph.constant(Double(ignoredClass)))
  }
}
