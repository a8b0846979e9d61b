import Plans
import Tensors

/// How the losses of a batch's elements become one number.
enum Reduction: String, CaseIterable {
  /// Σ w·l / number of elements.
  case mean = "sum_over_batch_size"
  case sum
  /// Σ w·l / Σ w.
  case weightedMean = "mean_with_sample_weight"

  init(_ arguments: Arguments) {
    let name = arguments[LossParameters.reduction]
    self = Reduction(rawValue: name) ?? .mean  // `"mean"` is the one other choice
  }

  /// The one number of the losses [batch, …] of a batch, each position weighted by its example's weight [batch].
  func emit(_ losses: Node, weights: Node?, into graph: inout Graph) -> Node {
    let shape = graph.shape(of: losses)
    var total = losses
    if let weights { total = graph.multiply(losses, spread(weights, over: shape, in: &graph)) }
    let sum = graph.reduceSum(total)
    let count = shape.reduce(1, *)
    switch self {
    case .sum: return sum
    case .mean: return graph.multiply(sum, by: 1 / Double(max(count, 1)))
    case .weightedMean:
      guard let weights else { return graph.multiply(sum, by: 1 / Double(max(count, 1))) }
      let positions = count / max(shape[0], 1)
      let weightSum = graph.multiply(graph.reduceSum(weights), by: Double(positions))
      let isZero = graph.equal(weightSum, graph.constant(0))
      return graph.divide(sum, graph.add(weightSum, isZero))  // all weights zero: 0 / 1
    }
  }
}

/// One number an example, repeated over the positions of `shape`: [batch] → [batch, 1, …].
func spread(_ weights: Node, over shape: [Int], in graph: inout Graph) -> Node {
  graph.reshape(weights, [shape[0]] + shape.dropFirst().map { _ in 1 })
}
