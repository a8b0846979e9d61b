import Plans
import Tensors

/// How far predicted probabilities are from the targets' (Kullback and Leibler, 1951); both are held in [1e-7, 1].
struct KLDivergence: Loss {
  static let signature = Signature.loss(
    "KLDivergence", named: "kl_divergence", "How far predicted probabilities are from the targets'.", formula: "Σ y·ln(y / p)",
    example: "loss = \"kl_divergence\"")
  static let aliases = ["kl_divergence", "kld", "KLD"]
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let (targets, predictions) = matchRanks(targets, predictions, in: &graph)
    let target = graph.clip(targets, from: epsilon, to: 1)
    let ratio = graph.divide(target, graph.clip(predictions, from: epsilon, to: 1))
    return graph.reduceSum(graph.multiply(target, graph.log(ratio)), axes: [-1])
  }
}
