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

  /// The one number of the losses [batch, …] of a batch, each position weighted by its own weight, or its example's [batch].
  ///
  /// A mask [batch, …] says which positions count: under `mean` the sum is then divided by their number, and not by all.
  func emit(_ losses: Node, weights: Node?, mask: Node? = nil, into graph: inout Graph) -> Node {
    var losses = losses
    if graph.shape(of: losses).isEmpty {
      // One number for the whole batch: it counts for every example, as much as that does, in a sum for every position of a mask.
      guard let counted = weights ?? (self == .sum ? mask : nil) else { return losses }
      losses = graph.broadcast(losses, to: graph.shape(of: counted))
    }
    let shape = graph.shape(of: losses)
    let weights = weights.map { spread($0, over: shape, in: &graph) }
    let mask = mask.flatMap { maskSpread($0, over: shape, in: &graph) }
    var total = losses
    for factor in [weights, mask].compactMap({ $0 }) { total = graph.multiply(total, factor) }
    let sum = graph.reduceSum(total)
    let count = Double(max(shape.reduce(1, *), 1))
    switch self {
    case .sum: return sum
    case .mean:
      guard let mask else { return graph.multiply(sum, by: 1 / count) }
      let share = Double(graph.shape(of: mask).reduce(1, *)) / count
      return quotient(sum, graph.multiply(graph.reduceSum(mask), by: 1 / share), in: &graph)
    case .weightedMean:
      guard let weights = weights ?? mask else { return graph.multiply(sum, by: 1 / count) }
      let both = mask.map { graph.multiply(weights, $0) } ?? weights
      let positions = count / Double(max(graph.shape(of: both).reduce(1, *), 1))
      return quotient(sum, graph.multiply(graph.reduceSum(both), by: positions), in: &graph)
    }
  }

  /// `sum / divisor`, and 0 where the divisor is 0, since the sum is then too.
  private func quotient(_ sum: Node, _ divisor: Node, in graph: inout Graph) -> Node {
    graph.divide(sum, graph.add(divisor, graph.equal(divisor, graph.constant(0))))
  }
}

/// Weights with the axes of `shape` that they lack, or without those of 1 that are too many: [batch] → [batch, 1, …].
func spread(_ weights: Node, over shape: [Int], in graph: inout Graph) -> Node {
  let own = graph.shape(of: weights)
  if own.count > shape.count { return graph.reshape(weights, Array(own.prefix(shape.count))) }
  return graph.reshape(weights, own + Array(repeating: 1, count: shape.count - own.count))
}

/// A mask with the axes of `shape` that it lacks; nil where it is not of these positions, so that it says nothing of them.
func maskSpread(_ mask: Node, over shape: [Int], in graph: inout Graph) -> Node? {
  let own = graph.shape(of: mask)
  guard areFirst(own, of: shape) else { return nil }
  return graph.reshape(mask, own + Array(repeating: 1, count: shape.count - own.count))
}

/// Whether a mask is of the positions of a node: has its first axes, or 1 in their place.
func isOfPositions(_ mask: Node, of node: Node, in graph: Graph) -> Bool {
  areFirst(graph.shape(of: mask), of: graph.shape(of: node))
}

private func areFirst(_ own: [Int], of shape: [Int]) -> Bool {
  own.count <= shape.count && zip(own, shape).allSatisfy { $0 == $1 || $0 == 1 }
}

/// Two masks of these positions as one: what counts is what both let count.
func product(of a: Node?, _ b: Node?, over shape: [Int], in graph: inout Graph) -> Node? {
  let parts = [a, b].compactMap { $0 }.compactMap { maskSpread($0, over: shape, in: &graph) }
  return parts.count == 2 ? graph.multiply(parts[0], parts[1]) : parts.first
}
