/// The fine print of attention: `softmax(query · keyᵀ · scale) · value`, head by head.
package struct Attention: Hashable, Sendable {
  package let scale: Double
  /// Whether a query sees the keys up to its own place only.
  package let isCausal: Bool
  /// Whether the last operand says what may be seen.
  package let hasMask: Bool
  /// How long a sequence of keys may be, since a row of scores is held at once.
  package static let mostKeys = 32_768
}

/// Attention without scores that anyone could read.
extension Graph {
  /// query [batch, queries, heads, size], key [batch, keys, key heads, size] and value [batch, keys, key heads, width] →
  /// [batch, queries, heads, width]. If there are fewer key heads than heads, neighbouring heads share one.
  ///
  /// `mask` [batch or 1, heads or 1, queries or 1, keys] is 0 where a query may not look; a query that may look nowhere takes the mean of
  /// all values. It has no derivative.
  package mutating func attention(
    _ query: Node, _ key: Node, _ value: Node, mask: Node? = nil, scale: Double, isCausal: Bool = false
  ) -> Node {
    let (q, k, v) = (self[query].shape, self[key].shape, self[value].shape)
    precondition(
      q.count == 4 && k.count == 4 && v.count == 4, "attention has a batch, positions, heads and sizes, not \(q), \(k), \(v)")
    precondition(q[0] == k[0] && k.dropLast() == v.dropLast() && q[3] == k[3], "a query is compared with keys: \(q), \(k), \(v)")
    precondition(k[2] > 0 && q[2].isMultiple(of: k[2]), "\(q[2]) heads cannot share \(k[2])")
    precondition(k[1] <= Attention.mostKeys, "a row of \(k[1]) scores is too long")
    if let mask {
      let shape = self[mask].shape
      precondition(
        shape.count == 4 && shape[3] == k[1] && zip(shape, [q[0], q[2], q[1]]).allSatisfy { $0 == 1 || $0 == $1 },
        "a mask \(shape) lies beside the scores of \(q) and \(k)")
    }
    let settings = Attention(scale: scale, isCausal: isCausal, hasMask: mask != nil)
    return emit(.attention(settings), [query, key, value] + (mask.map { [$0] } ?? []), [q[0], q[1], q[2], v[3]])
  }

  /// The derivatives of attention in query, key and value, which one operation makes together.
  mutating func attentionGradients(
    of node: Node, _ g: Node, _ settings: Attention, _ needed: (Node) -> Bool
  ) -> [(Node, Node)] {
    let inputs = self[node].inputs
    let count = inputs.prefix(3).reduce(0) { $0 + self[$1].count }
    let together = emit(.attentionGradient(settings), [g] + inputs, [count])
    var start = 0
    return inputs.prefix(3).compactMap { input in
      let range = start..<(start + self[input].count)
      start = range.upperBound
      return needed(input) ? (input, reshape(slice(together, axis: 0, range), self[input].shape)) : nil
    }
  }
}
