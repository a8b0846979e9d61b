import Plans
import Tensors

/// Zero for predictions beyond the margin on the target's side: `max(1 − y·p, 0)`, targets −1 or 1.
struct Hinge: ElementwiseLoss {
  static let signature = Signature.loss(
    "Hinge", named: "hinge", "The hinge loss of targets −1 and 1; targets 0 and 1 are taken for these.",
    formula: "mean max(1 − y·p, 0)", example: "loss = \"hinge\"")
  static let aliases = ["hinge"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    graph.relu(graph.subtract(graph.constant(1), graph.multiply(signed(target, into: &graph), prediction)))
  }
}

/// The square of the hinge loss.
struct SquaredHinge: ElementwiseLoss {
  static let signature = Signature.loss(
    "SquaredHinge", named: "squared_hinge", "The squared hinge loss of targets −1 and 1; targets 0 and 1 are taken for these.",
    formula: "mean max(1 − y·p, 0)²", example: "loss = \"squared_hinge\"")
  static let aliases = ["squared_hinge"]
  init(_ arguments: Arguments) {}

  func emitElements(target: Node, prediction: Node, into graph: inout Graph) -> Node {
    graph.square(graph.relu(graph.subtract(graph.constant(1), graph.multiply(signed(target, into: &graph), prediction))))
  }
}

/// How much the largest score of a wrong class comes within 1 of the right one's.
struct CategoricalHinge: Loss {
  static let signature = Signature.loss(
    "CategoricalHinge", named: "categorical_hinge", "The hinge loss between the right class and the strongest wrong one.",
    formula: "max(max (1 − y)·p − Σ y·p + 1, 0)", example: "loss = \"categorical_hinge\"")
  static let aliases = ["categorical_hinge"]

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    oneHotMismatch(targets, predictions)
  }
  init(_ arguments: Arguments) {}

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let right = graph.reduceSum(graph.multiply(targets, predictions), axes: [-1])
    let others = graph.multiply(graph.subtract(graph.constant(1), targets), predictions)
    return graph.relu(graph.add(graph.subtract(graph.reduceMax(others, axes: [-1]), right), 1))
  }
}

/// Targets as −1 and 1: if all of the batch are 0 or 1, `2y − 1`; as they are otherwise.
private func signed(_ targets: Node, into graph: inout Graph) -> Node {
  let isOther = graph.apply(.notEqual, graph.square(targets), targets)
  return graph.select(graph.reduceMax(isOther), targets, graph.add(graph.multiply(targets, by: 2), -1))
}
