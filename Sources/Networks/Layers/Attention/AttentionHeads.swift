import Plans
import Tensors

/// What layers of heads have in common: dense layers that make queries, keys and values, attention, and a dense layer over all heads.
struct AttentionHeads {
  /// The dense layers within, by their names in the paths of weights.
  enum Part: String, CaseIterable {
    case query, key, gate, value
    case output = "attention_output"
  }

  let queryHeads: Int
  let keyHeads: Int
  let size: Int
  let valueSize: Int
  let useBias: Bool
  let useGate: Bool
  let dropout: Double
  let window: Int?
  let seed: Int?
  let regularizer: Regularizer?
  /// Where a part lies in Keras's files.
  let folder: @Sendable (Part) -> String

  func projection(_ part: Part) -> HeadProjection { HeadProjection(name: part.rawValue, folder: folder(part)) }

  /// The weights in Keras's order, for inputs of so many features.
  func weights(query: Int, key: Int, value: Int, output: [Int]) -> [WeightSpec] {
    var weights = projection(.query).weights(inputs: [query], outputs: [queryHeads, size], useBias: useBias)
    weights += projection(.key).weights(inputs: [key], outputs: [keyHeads, size], useBias: useBias)
    if useGate { weights += projection(.gate).weights(inputs: [query], outputs: [queryHeads, valueSize], useBias: useBias) }
    weights += projection(.value).weights(inputs: [value], outputs: [keyHeads, valueSize], useBias: useBias)
    return weights + projection(.output).weights(inputs: [queryHeads, valueSize], outputs: output, useBias: useBias)
  }

  func rules(_ arguments: Arguments) -> [String: WeightRules] {
    Part.allCases.reduce(into: [:]) { rules, part in rules.merge(projection(part).rules(arguments)) { $1 } }
  }

  /// The output [batch, positions…, …] and, where the call asks for them, the shares of attention; looks along `axes`.
  func emit(_ inputs: [Node], along axes: [Int], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    let named = use.call.named(inputs, by: AttentionCalls.byArguments)
    guard let query = named["query"], let value = named["value"] else { preconditionFailure("attention has a query and a value") }
    func heads(_ part: Part, _ x: Node) -> Node {
      projection(part).emit(x, inputAxes: 1, regularizer: regularizer, into: &graph, &use)
    }
    let gate = useGate ? graph.apply(.sigmoid, heads(.gate, query)) : nil
    let (q, k, v) = (heads(.query, query), heads(.key, named["key"] ?? value), heads(.value, value))
    let attention = HeadAttention(
      scale: 1 / Double(size).squareRoot(), dropout: dropout, seed: seed, axes: axes,
      isCausal: use.call.switches.contains(AttentionCalls.causal))
    let (taken, shares) = attention.emit(
      q, k, v, mask: mask(inputs, query, value, into: &graph, use),
      givesScores: use.call.switches.contains(AttentionCalls.scores), into: &graph, use)
    let gated = gate.map { graph.multiply(taken, $0) } ?? taken
    let output = projection(.output).emit(gated, inputAxes: 2, regularizer: regularizer, into: &graph, &use)
    return [output] + (shares.map { [$0] } ?? [])
  }

  /// Which values a query may look at, by all that a call says of it; masks that tensors carry count for sequences.
  private func mask(_ inputs: [Node], _ query: Node, _ value: Node, into graph: inout Graph, _ use: LayerUse) -> Node? {
    let (queries, values) = (graph.shape(of: query), graph.shape(of: value))
    let masks = use.attentionMasks(inputs, by: AttentionCalls.byArguments)
    let given = masks.attention.map { graph.apply(.notEqual, $0, graph.constant(0)) }
    guard queries.count == 3, values.count == 3 else { return given }
    let band = AttentionMask.banded(
      queries: queries[1], values: values[1], isCausal: false, window: window, in: &graph)
    return AttentionMask.together(query: masks.query, values: [masks.value, masks.key], others: [band, given], in: &graph)
  }
}
