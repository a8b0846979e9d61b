import Plans
import Tensors

/// The negative cosine of the angle between target and prediction: −1 is the same direction.
struct CosineSimilarity: Loss {
  static let signature = Signature.loss(
    "CosineSimilarity", named: "cosine_similarity", "The negative cosine of the angle between target and prediction.",
    [LossParameters.axis.description], formula: "−Σ ŷ·p̂, both of length 1", example: "loss = CosineSimilarity()")
  static let aliases = ["cosine_similarity"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    axisMismatch(arguments[LossParameters.axis], predictions) ?? elementwiseMismatch(targets, predictions)
  }

  let axis: Int
  init(_ arguments: Arguments) { axis = arguments[LossParameters.axis] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    graph.negate(CosineSimilarity.cosine(targets, predictions, axis: axis, into: &graph))
  }

  /// The cosine along an axis: [batch, …] → [batch, …] without it.
  static func cosine(_ targets: Node, _ predictions: Node, axis: Int, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    let target = unitLength(targets, axis: axis, into: &graph)
    return graph.reduceSum(graph.multiply(target, unitLength(predictions, axis: axis, into: &graph)), axes: [axis])
  }

  /// `x · min(1/√Σx², 1e7)`.
  private static func unitLength(_ x: Node, axis: Int, into graph: inout Graph) -> Node {
    let squares = graph.reduceSum(graph.square(x), axes: [axis], keepDimensions: true)
    return graph.multiply(x, graph.apply(.reciprocalSqrt, graph.maximum(squares, graph.constant(epsilon * epsilon))))
  }
}
