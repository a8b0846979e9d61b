import Lambdas
import Plans
import Tensors

/// Attention by a trained sum: `softmax(Σ scale · tanh(query + key)) · value` (Bahdanau, Cho and Bengio, 2015).
struct AdditiveAttention: Layer {
  static let useScale = Parameter<Bool>("use_scale", "whether each feature has a trained factor", default: true)
  static let dropout = AttentionParameters.dropout
  static let seed = NoiseParameters.seed.keywordOnly
  static let signature = Signature(
    "AdditiveAttention", "Attention by sums of queries and keys.", [useScale.description, dropout.description, seed.description],
    formula: "softmax(Σ scale · tanh(query + key)) · value", source: "Bahdanau, Cho and Bengio, 2015",
    example: "q = Input((4, 8))\nv = Input((6, 8))\noutputs = AdditiveAttention()([q, v])")
  static let abilities: Set<Ability> = [.merges]
  static let call: CallSignature? = AttentionCalls.byList

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    var weights: [WeightSpec] = []
    if arguments[useScale], let query = arguments.call.named(inputs, by: AttentionCalls.byList)["query"] {
      weights.append(WeightSpec("scale", [try AttentionParameters.width(of: query.shape, "query")]))
    }
    return try PlainAttention.shape(arguments, inputs, weights: weights)
  }

  let weightRules = ["scale": WeightRules.beginning(as: "glorot_uniform")]
  private let attention: PlainAttention

  init(_ arguments: Arguments) {
    attention = PlainAttention(dropout: arguments[AdditiveAttention.dropout], seed: arguments[AdditiveAttention.seed])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    emitAll(inputs, into: &graph, &use)[0]
  }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    let scale = use.weight("scale", in: &graph)
    return attention.emit(inputs, into: &graph, use) { query, key, graph in
      let grown = graph.apply(.tanh, PlainAttention.sums(query, key, in: &graph))
      return graph.reduceSum(scale.map { graph.multiply(grown, $0) } ?? grown, axes: [-1])
    }
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    PlainAttention.masks(inputs, outputs: outputs, use)
  }
}
