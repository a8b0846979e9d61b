import Plans
import Tensors

/// What attention without heads does with scores, however they are made.
struct PlainAttention {
  let dropout: Double
  let seed: Int?

  /// Taken from the scores of what is masked.
  private static let hidden = 1e9

  /// The shape rule: [queries, value size] and, if asked for, the shares [queries, values].
  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec], weights: [WeightSpec]) throws(ShapeError) -> LayerShape {
    let (query, value, key, _) = try AttentionCalls.tensors(arguments, inputs, by: AttentionCalls.byList)
    guard let width = query.dimensions.last, let keyWidth = key.dimensions.last, canBeEqual(width, keyWidth) else {
      throw ShapeError(
        "compares queries and keys of as many features, but gets \(query.description) and \(key.description)",
        hint: "bring them to one size first, for example with `Dense`.")
    }
    guard query.rank == value.rank, zip(query.dimensions, value.dimensions).dropLast(2).allSatisfy({ canBeEqual($0, $1) }) else {
      throw ShapeError("takes a query and a value of one form, but gets \(query.description) and \(value.description)")
    }
    var outputs = [TensorSpec(Shape(query.dimensions.dropLast() + [value.dimensions[value.rank - 1]]))]
    if arguments.call.switches.contains(AttentionCalls.scores) {
      outputs.append(TensorSpec(Shape(query.dimensions.dropLast() + [value.dimensions[value.rank - 2]])))
    }
    return LayerShape(outputs: outputs, weights: weights)
  }

  /// query [batch, …, queries, size] and key [batch, …, values, size] → every sum of two, [batch, …, queries, values, size].
  static func sums(_ query: Node, _ key: Node, in graph: inout Graph) -> Node {
    let (q, k) = (graph.shape(of: query), graph.shape(of: key))
    let rows = graph.reshape(query, Array(q.dropLast()) + [1, q[q.count - 1]])
    let columns = graph.reshape(key, Array(k.dropLast(2)) + [1] + Array(k.suffix(2)))
    return graph.add(rows, columns)
  }

  /// The output and, where the call asks for them, the shares of attention, as dropout leaves them.
  func emit(
    _ inputs: [Node], into graph: inout Graph, _ use: LayerUse,
    scores: (_ query: Node, _ key: Node, inout Graph) -> Node
  ) -> [Node] {
    let named = use.call.named(inputs, by: AttentionCalls.byList)
    guard let query = named["query"], let value = named["value"] else { preconditionFailure("attention has a query and a value") }
    let masks = PlainAttention.masks(inputs, use)
    var raw = scores(query, named["key"] ?? value, &graph)  // [batch, …, queries, values]
    let shape = graph.shape(of: raw)
    let (queries, values) = (shape[shape.count - 2], shape[shape.count - 1])
    let band = AttentionMask.banded(
      queries: queries, values: values, isCausal: use.call.switches.contains(AttentionCalls.causal), window: nil, in: &graph)
    let mask = AttentionMask.together(query: nil, values: [masks.value], others: [band], in: &graph)
    if let mask, Graph.broadcastShape(graph.shape(of: mask), shape) == shape {
      raw = graph.select(mask, raw, graph.add(raw, -PlainAttention.hidden))
    }
    var shares = graph.softmax(raw)
    if use.isTraining, dropout > 0 {
      shares = dropped(shares, rate: dropout, noiseShape: shape, stream: use.noise(seed: seed), in: &graph)
    }
    var output = graph.matrixProduct(shares, value)
    if let mask = masks.query {
      let rows = graph.reshape(mask, graph.shape(of: mask) + [1])
      output = graph.select(rows, output, graph.constant(0))
    }
    return [output] + (use.call.switches.contains(AttentionCalls.scores) ? [shares] : [])
  }

  /// The masks of query and value: those of the call, or where it names none those that the tensors carry.
  private static func masks(_ inputs: [Node], _ use: LayerUse) -> (query: Node?, value: Node?) {
    let given = use.call.named(inputs, by: AttentionCalls.byList)
    if given.keys.contains(where: { $0.hasSuffix("_mask") }) { return (given["query_mask"], given["value_mask"]) }
    let carried = use.call.named(use.masks, by: AttentionCalls.byList)
    return (carried["query"] ?? nil, carried["value"] ?? nil)
  }

  /// The query's mask is the output's.
  static func masks(_ inputs: [Node], outputs: [Node], _ use: LayerUse) -> [Node?] {
    outputs.indices.map { $0 == 0 ? masks(inputs, use).query : nil }
  }
}
