@testable import Tensors

/// A form of attention: extents, what is hidden.
private struct AttentionForm {
  let batch: Int
  let queries: Int
  let keys: Int
  let heads: Int
  let keyHeads: Int
  let size: Int
  let width: Int
  var isCausal = false
  /// The shape of a mask, and which of its places are hidden.
  var mask: [Int]?
  var isHidden: @Sendable (Int) -> Bool = { $0.isMultiple(of: 3) }
}

private let forms: [(name: String, form: AttentionForm)] = [
  ("plain", .init(batch: 2, queries: 3, keys: 3, heads: 2, keyHeads: 2, size: 4, width: 4)),
  ("wide", .init(batch: 1, queries: 2, keys: 5, heads: 2, keyHeads: 2, size: 3, width: 6)),
  ("one of each", .init(batch: 1, queries: 1, keys: 1, heads: 1, keyHeads: 1, size: 1, width: 1)),
  ("shared", .init(batch: 2, queries: 3, keys: 4, heads: 6, keyHeads: 2, size: 2, width: 3)),
  ("causal", .init(batch: 1, queries: 5, keys: 5, heads: 1, keyHeads: 1, size: 3, width: 2, isCausal: true)),
  ("causal over fewer keys", .init(batch: 1, queries: 5, keys: 3, heads: 2, keyHeads: 1, size: 2, width: 2, isCausal: true)),
  ("causal over more keys", .init(batch: 1, queries: 2, keys: 19, heads: 1, keyHeads: 1, size: 2, width: 2, isCausal: true)),
  ("masked", .init(batch: 2, queries: 3, keys: 4, heads: 2, keyHeads: 1, size: 3, width: 3, mask: [2, 2, 3, 4])),
  ("masked by key", .init(batch: 2, queries: 3, keys: 18, heads: 2, keyHeads: 2, size: 2, width: 2, mask: [2, 1, 1, 18])),
  (
    "masked wholly",
    .init(
      batch: 1, queries: 3, keys: 4, heads: 1, keyHeads: 1, size: 3, width: 3, mask: [1, 1, 3, 4], isHidden: { $0 / 4 == 1 })
  ),
  (
    "masked and causal",
    .init(
      batch: 1, queries: 4, keys: 4, heads: 2, keyHeads: 2, size: 3, width: 3, isCausal: true, mask: [1, 1, 1, 4],
      isHidden: { $0 == 0 })
  ),
  ("of several blocks", .init(batch: 1, queries: 60, keys: 7, heads: 1, keyHeads: 1, size: 2, width: 2, isCausal: true)),
  ("of nothing", .init(batch: 0, queries: 2, keys: 2, heads: 1, keyHeads: 1, size: 2, width: 2)),
]

let attentionCases: [OperationCase] = forms.map { name, form in
  OperationCase(
    "attention " + name,
    [
      [form.batch, form.queries, form.heads, form.size], [form.batch, form.keys, form.keyHeads, form.size],
      [form.batch, form.keys, form.keyHeads, form.width],
    ], in: -1.5...1.5
  ) { graph, operands in
    let mask = form.mask.map { shape in
      graph.constant(floats: (0..<shape.reduce(1, *)).map { form.isHidden($0) ? 0 : 1 }, shape: shape)
    }
    return graph.attention(operands[0], operands[1], operands[2], mask: mask, scale: 0.7, isCausal: form.isCausal)
  }
}
