import Plans
import Tensors

/// Draws embeddings of one class together and others apart (Sun et al., 2020): predictions are unit vectors [batch, features],
/// targets class numbers, and examples are compared with all others of the batch.
struct Circle: Loss {
  static let gamma = Parameter<Double>("gamma", "the scale of the similarities", min: 0, default: 80)
  static let margin = Parameter<Double>("margin", "how strict the boundary between the classes is", default: 0.4)
  static let removesDiagonal = Parameter<Bool>(
    "remove_diagonal", "whether an example is not compared with itself", default: true)
  static let signature = Signature.loss(
    "Circle", named: "circle", "Draws embeddings of one class together and those of others apart.",
    [gamma.description, margin.description, removesDiagonal.description],
    formula: "softplus(lse γ·α₊·(d₊ − m) + lse γ·α₋·(1 − m − d₋)), d = 1 − cosine", example: "loss = Circle(gamma=64.0)")
  static let aliases = ["circle"]
  static let targetsAreClasses = true
  static func classCount(_ predictions: Shape) -> Int? { nil }

  static func check(_ arguments: Arguments, _ targets: TensorSpec, _ predictions: TensorSpec) -> ShapeError? {
    guard predictions.shape.rank == 1 else {
      return ShapeError("needs predictions that are one vector an example, but they are \(predictions.shape.description)")
    }
    guard targets.shape.rank == 0 || targets.shape.dimensions == [1] else {
      return ShapeError("needs one class number an example, but the targets are \(targets.shape.description)")
    }
    return nil
  }

  let gamma: Double
  let margin: Double
  let removesDiagonal: Bool
  init(_ arguments: Arguments) {
    gamma = arguments[Circle.gamma]
    margin = arguments[Circle.margin]
    removesDiagonal = arguments[Circle.removesDiagonal]
  }

  func emit(targets: Node, predictions: Node, into graph: inout Graph) -> Node {
    let count = graph.shape(of: predictions)[0]
    let labels = graph.cast(targets, to: .float32)
    let isSame = graph.equal(graph.reshape(labels, [count, 1]), graph.reshape(labels, [1, count]))
    var isPositive = isSame
    if removesDiagonal { isPositive = graph.subtract(isSame, identity(count, like: labels, into: &graph)) }
    let isNegative = graph.subtract(graph.constant(1), isSame)

    let cosines = graph.matrixProduct(predictions, predictions, transposeB: true)
    let distances = graph.relu(graph.subtract(graph.constant(1), cosines))  // [batch, batch]
    let attraction = graph.multiply(graph.relu(graph.add(distances, margin)), graph.add(distances, -margin))
    let repulsion = graph.multiply(
      graph.relu(graph.subtract(graph.constant(1 + margin), distances)), graph.subtract(graph.constant(1 - margin), distances))
    let together = logSumExp(graph.multiply(attraction, by: gamma), where: isPositive, into: &graph)
    let apart = logSumExp(graph.multiply(repulsion, by: gamma), where: isNegative, into: &graph)
    return graph.apply(.softplus, graph.add(together, apart))
  }

  /// Examples without a partner, whose loss is 0, are left out of the mean.
  func emitMask(targets: Node, predictions: Node, losses: Node, into graph: inout Graph) -> Node? {
    graph.greater(losses, graph.constant(0))
  }

  /// [count, count]: 1 on the diagonal.
  private func identity(_ count: Int, like labels: Node, into graph: inout Graph) -> Node {
    let positions = graph.constant(floats: (0..<count).map(Float.init), shape: [count])
    return graph.equal(graph.reshape(positions, [count, 1]), graph.reshape(positions, [1, count]))
  }

  /// `ln Σ exp x` of each row over the chosen elements; very small for a row without any.
  private func logSumExp(_ x: Node, where isChosen: Node, into graph: inout Graph) -> Node {
    let chosen = graph.select(isChosen, x, graph.constant(-1e9))
    let largest = graph.reduceMax(chosen, axes: [-1], keepDimensions: true)
    let sum = graph.reduceSum(graph.exp(graph.subtract(chosen, largest)), axes: [-1])
    return graph.add(graph.log(sum), graph.reshape(largest, [graph.shape(of: largest)[0]]))
  }
}
