import Tensors

/// `gamma · (x − mean) / √(variance + epsilon) + beta` with the mean and biased variance along axes. Gamma and beta, where there
/// are, have x's rank and are repeated.
func standardized(_ x: Term, axes: [Int], epsilon: Double, gamma: Term?, beta: Term?) -> Term {
  let centered = x - mean(x, axes: axes, keepDimensions: true)
  let variance = mean(square(centered), axes: axes, keepDimensions: true)
  let scale = reciprocalSqrt(variance + epsilon)
  let result = centered * (gamma.map { scale * $0 } ?? scale)
  return beta.map { result + $0 } ?? result
}

extension Term {
  /// Numbers along some axes of a tensor of that rank, shaped to be repeated along the others.
  func along(_ axes: [Int], rank: Int) -> Term {
    var shape = [Int](repeating: 1, count: rank)
    for (axis, size) in zip(axes, self.shape) { shape[axis] = size }
    return reshaped(shape)
  }
}

extension LayerUse {
  /// Emits a formula in an input and those of some weights that the layer has.
  func formula(
    _ input: Node, _ weights: [String], into graph: inout Graph, _ body: (_ x: Term, _ weights: [String: Term]) -> Term
  ) -> Node {
    let present = weights.compactMap { name in weight(name, in: &graph).map { (name, $0) } }
    return graph.formula([input] + present.map(\.1)) { terms in
      body(terms[0], Dictionary(uniqueKeysWithValues: zip(present.map(\.0), terms.dropFirst()))).node
    }
  }
}
