import Lambdas
import Plans
import Tensors

/// Attention without weights of its own but a scale: `softmax(scores(query, key)) · value`.
///
/// Scores are products of query and key (Luong, Pham and Manning, 2015), or sums of tanh of their sums if `score_mode` is `concat`.
struct DotAttention: Layer {
  static let useScale = Parameter<Bool>("use_scale", "whether scores are multiplied by a trained number", default: false)
  static let scoreMode = Parameter<String>(
    "score_mode", "how a query is compared with a key: by their product, or by the tanh of their sum",
    .choice(["dot", "concat"]),
    default: "dot")
  static let dropout = AttentionParameters.dropout
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "Attention", "Attention by products of queries and keys.",
    [useScale.description, scoreMode.description, dropout.description, seed.description],
    formula: "softmax(query · keyᵀ) · value", source: "Luong, Pham and Manning, 2015",
    example: "q = Input((4, 8))\nv = Input((6, 8))\noutputs = Attention()([q, v])")
  static let abilities: Set<Ability> = [.merges]
  static let call: CallSignature? = AttentionCalls.byList

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    var weights: [WeightSpec] = []
    if arguments[useScale] { weights.append(WeightSpec("scale", [])) }
    if arguments[scoreMode] == "concat" { weights.append(WeightSpec("concat_score_weight", [])) }
    return try PlainAttention.shape(arguments, inputs, weights: weights)
  }

  let weightRules = ["scale": WeightRules.beginning(as: "ones"), "concat_score_weight": WeightRules.beginning(as: "ones")]
  private let isConcatenated: Bool
  private let attention: PlainAttention

  init(_ arguments: Arguments) {
    isConcatenated = arguments[DotAttention.scoreMode] == "concat"
    attention = PlainAttention(dropout: arguments[DotAttention.dropout], seed: arguments[DotAttention.seed])
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    emitAll(inputs, into: &graph, &use)[0]
  }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    let scale = use.weight("scale", in: &graph)
    let factor = use.weight("concat_score_weight", in: &graph)
    return attention.emit(inputs, into: &graph, use) { query, key, graph in
      guard isConcatenated, let factor else {
        let product = graph.matrixProduct(query, key, transposeB: true)
        return scale.map { graph.multiply(product, $0) } ?? product
      }
      var sums = PlainAttention.sums(query, key, in: &graph)
      if let scale { sums = graph.multiply(sums, scale) }
      return graph.multiply(graph.reduceSum(graph.apply(.tanh, sums), axes: [-1]), factor)
    }
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    PlainAttention.masks(inputs, outputs: outputs, use)
  }
}
