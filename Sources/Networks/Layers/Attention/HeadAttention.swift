import Arrays
import Plans
import Tensors

/// What heads compute once their queries, keys and values are made: `softmax(query · keyᵀ · scale) · value`, head by head.
struct HeadAttention {
  let scale: Double
  let dropout: Double
  let seed: Int?
  /// The axes of positions that are looked along, counted from the batch.
  let axes: [Int]
  /// Whether a query sees its own place and those before only, which then is not in the mask.
  let isCausal: Bool

  /// What takes the place of hidden scores before the exponential.
  private static let hidden = -1e9

  /// query [batch, positions…, heads, size], key and value [batch, positions…, heads, …] of as many heads or a part of them →
  /// [batch, positions…, heads, value size], and if asked for the shares [batch, other positions…, heads, queries…, values…].
  ///
  /// `mask` [batch, queries, values], perhaps with an axis of heads after the batch, is 1 where a query may look. A query that may look
  /// nowhere takes the mean of all values; if shares are given or dropped it takes nothing.
  func emit(
    _ query: Node, _ key: Node, _ value: Node, mask: Node?, givesScores: Bool, into graph: inout Graph, _ use: LayerUse
  ) -> (output: Node, scores: Node?) {
    let rank = graph.shape(of: query).count
    let isPlain = dropout == 0 && !givesScores && rank == 4
    let keys = graph.shape(of: key)[1]
    if isPlain, keys <= Attention.mostKeys {
      return (graph.attention(query, key, value, mask: plain(mask, keys, in: &graph), scale: scale, isCausal: isCausal), nil)
    }
    let band =
      rank == 4
      ? AttentionMask.banded(
        queries: graph.shape(of: query)[1], values: keys, isCausal: isCausal, window: nil, in: &graph) : nil
    let mask = AttentionMask.together(query: nil, values: [], others: [mask, band], in: &graph)
    let heads = graph.shape(of: query)[rank - 2]
    let (q, k, v) = (
      items(query, in: &graph), items(repeated(key, heads, in: &graph), in: &graph),
      items(repeated(value, heads, in: &graph), in: &graph)
    )
    var scores = graph.matrixProduct(graph.multiply(q.node, by: scale), k.node, transposeB: true)  // [items, queries, values]
    let wide = q.outer + q.inner + k.inner
    let beside = mask.flatMap { self.beside($0, wide, in: &graph) }
    if let beside {
      let shaped = graph.select(beside, graph.reshape(scores, wide), graph.constant(HeadAttention.hidden))
      scores = graph.reshape(shaped, graph.shape(of: scores))
    }
    var shares = graph.softmax(scores)
    if let beside, !isPlain {
      let shown = graph.select(beside, graph.reshape(shares, wide), graph.constant(0))
      shares = graph.reshape(shown, graph.shape(of: shares))
    }
    var taken = shares
    if use.isTraining, dropout > 0 {
      taken = graph.reshape(
        dropped(graph.reshape(taken, wide), rate: dropout, noiseShape: wide, stream: use.noise(seed: seed), in: &graph),
        graph.shape(of: taken))
    }
    let output = graph.matrixProduct(taken, v.node)  // [items, queries, value size]
    let size = graph.shape(of: value)[rank - 1]
    let restored = graph.transpose(graph.reshape(output, q.outer + q.inner + [size]), inverse(order(rank)))
    return (restored, givesScores ? graph.reshape(shares, wide) : nil)
  }

  /// The axes in the order in which items are made of them: what lies outside, what is looked along, the size of a head.
  private func order(_ rank: Int) -> [Int] { (0..<(rank - 1)).filter { !axes.contains($0) } + axes + [rank - 1] }

  private func inverse(_ order: [Int]) -> [Int] { order.indices.map { order.firstIndex(of: $0) ?? $0 } }

  /// [items, positions, size], and the extents of the axes that items and positions are made of.
  private func items(_ x: Node, in graph: inout Graph) -> (node: Node, outer: [Int], inner: [Int]) {
    let shape = graph.shape(of: x)
    let order = order(shape.count)
    let outer = order.dropLast(axes.count + 1).map { shape[$0] }
    let inner = axes.map { shape[$0] }
    let together = graph.transpose(x, order)
    let size = shape[shape.count - 1]
    return (graph.reshape(together, [outer.reduce(1, *), inner.reduce(1, *), size]), outer, inner)
  }

  /// Heads repeated until there are as many as queries have: neighbouring queries share one.
  private func repeated(_ x: Node, _ heads: Int, in graph: inout Graph) -> Node {
    let shape = graph.shape(of: x)
    let own = shape[shape.count - 2]
    guard own != heads else { return x }
    let (positions, size) = (Array(shape.dropLast(2)), shape[shape.count - 1])
    let each = graph.reshape(x, positions + [own, 1, size])
    return graph.reshape(graph.broadcast(each, to: positions + [own, heads / own, size]), positions + [heads, size])
  }

  /// A mask [batch, heads or 1, queries or 1, keys].
  private func plain(_ mask: Node?, _ keys: Int, in graph: inout Graph) -> Node? {
    guard let mask else { return nil }
    let shape = graph.shape(of: mask)
    let wide = shape.count == 4 ? shape : [shape[0], 1] + shape.dropFirst()
    return graph.broadcast(graph.reshape(mask, wide), to: wide.dropLast() + [keys])
  }

  /// A mask with axes of 1 after its first ones, as many as it lacks; nil if it cannot be laid beside scores.
  private func beside(_ mask: Node, _ scores: [Int], in graph: inout Graph) -> Node? {
    var shape = graph.shape(of: mask)
    while shape.count < scores.count { shape.insert(1, at: max(shape.count - 2 * axes.count, 0)) }
    guard Graph.broadcastShape(shape, scores) == scores else { return nil }
    return graph.reshape(mask, shape)
  }
}
