import Plans
import Tensors

extension LayerUse {
  /// The masks of a call by the names of what they belong to: given in the call, else those that the tensors carry.
  func attentionMasks(_ inputs: [Node], by signature: CallSignature) -> (query: Node?, value: Node?, key: Node?, attention: Node?)
  {
    let given = call.named(inputs, by: signature)
    let carried = call.named(masks, by: signature)
    func mask(of name: String) -> Node? { given["\(name)_mask"] ?? carried[name] ?? nil }
    return (mask(of: "query"), mask(of: "value"), mask(of: "key"), given["attention_mask"])
  }
}

/// Which keys a query may look at, as tensors of ones and zeros.
enum AttentionMask {
  /// The masks of queries [batch, queries], of values and keys [batch, values], and of both [batch, queries, values] together:
  /// [batch or 1, queries or 1, values]; nil where nothing is hidden.
  static func together(query: Node?, values: [Node?], others: [Node?], in graph: inout Graph) -> Node? {
    var all: [Node] = []
    if let query { all.append(graph.reshape(query, graph.shape(of: query) + [1])) }
    for mask in values.compactMap({ $0 }) {
      let shape = graph.shape(of: mask)
      all.append(graph.reshape(mask, Array(shape.dropLast()) + [1, shape[shape.count - 1]]))
    }
    all += others.compactMap { $0 }
    // One with an axis of heads stands beside those without.
    let rank = all.map { graph.shape(of: $0).count }.max() ?? 0
    all = all.map { mask in
      let shape = graph.shape(of: mask)
      let lacking = Array(repeating: 1, count: rank - shape.count)
      return graph.reshape(mask, [shape[0]] + lacking + shape.dropFirst())
    }
    guard let first = all.first else { return nil }
    return all.dropFirst().reduce(first) { graph.apply(.and, $0, $1) }
  }

  /// [1, queries, values]: a query sees its own place and those before, and not farther than a window.
  static func banded(queries: Int, values: Int, isCausal: Bool, window: Int?, in graph: inout Graph) -> Node? {
    guard isCausal || window != nil else { return nil }
    let sees = (0..<queries).flatMap { row in
      (0..<values).map { column -> Float in
        let isBefore = !isCausal || column <= row
        let isNear = window.map { abs(row - column) < $0 } ?? true
        return isBefore && isNear ? 1 : 0
      }
    }
    return graph.constant(floats: sees, shape: [1, queries, values])
  }
}
