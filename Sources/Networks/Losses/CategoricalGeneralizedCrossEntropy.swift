import Plans
import Tensors

/// Between cross-entropy (q towards 0) and absolute error (q towards 1), for noisy labels (Zhang and Sabuncu, 2018).
struct CategoricalGeneralizedCrossEntropy: Loss {
  static let q = Parameter<Double>(
    "q", "from near 0, like cross-entropy, to near 1, like absolute error", min: 0, max: 1, excludesMin: true, excludesMax: true,
    default: 0.5)
  static let signature = Signature.loss(
    "CategoricalGeneralizedCrossEntropy", named: "categorical_generalized_cross_entropy",
    "A cross-entropy of class numbers that wrong labels mislead less.", [q.description], formula: "(1 − p[y]^q) / q",
    example: "loss = CategoricalGeneralizedCrossEntropy(q=0.7)")
  static let aliases: [String] = []
  static let targetsAreClasses = true

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    classMismatch(targets, predictions)
  }

  let q: Double
  init(_ arguments: Arguments) { q = arguments[CategoricalGeneralizedCrossEntropy.q] }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let classes = matchClasses(targets, predictions, in: &graph)
    let right = scoreOfClass(classes, predictions, in: &graph)
    let power = graph.power(right, graph.constant(q))
    return graph.multiply(graph.subtract(graph.constant(1), power), by: 1 / q)
  }
}
