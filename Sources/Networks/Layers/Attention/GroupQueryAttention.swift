import Lambdas
import Plans
import Tensors

/// Attention of several heads in which groups of queries share a key and a value.
///
/// `softmax(q kᵀ/√head_dim) v` as in `MultiHeadAttention`, with `num_key_value_heads` keys and values for `num_query_heads` queries
/// (Ainslie et al., 2023).
struct GroupQueryAttention: Layer {
  static let headDim = Parameter<Int>("head_dim", "the size of a head", min: 1)
  static let queryHeads = Parameter<Int>("num_query_heads", "how many heads of queries there are", min: 1)
  static let keyValueHeads = Parameter<Int>(
    "num_key_value_heads", "how many heads of keys and values they share; a divisor of those", min: 1)
  static let dropout = AttentionParameters.dropout
  static let useBias = MultiHeadAttention.useBias
  static let slidingWindow = AttentionParameters.slidingWindow
  static let flashAttention = AttentionParameters.flashAttention
  static let useGate = AttentionParameters.useGate
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "GroupQueryAttention", "Attention in which groups of query heads share keys and values.",
    [
      headDim.description, queryHeads.description, keyValueHeads.description, dropout.description, useBias.description,
      slidingWindow.description, flashAttention.description,
    ] + WeightParameters.descriptions([HeadProjection.kernel, HeadProjection.bias], withActivity: true)
      + [useGate.description, seed.description],
    formula: "softmax(query · keyᵀ / √head_dim) · value", source: "Ainslie et al., 2023",
    example: "x = Input((10, 16))\noutputs = GroupQueryAttention(8, 4, 2)(x, x)")
  static let call: CallSignature? = AttentionCalls.byArguments

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    guard arguments[queryHeads].isMultiple(of: arguments[keyValueHeads]) else {
      return ArgumentConflict(
        of: "num_key_value_heads",
        "shares \(arguments[keyValueHeads]) keys among \(arguments[queryHeads]) heads, which leaves groups of different sizes",
        hint: "take a divisor of `num_query_heads`.")
    }
    return AttentionParameters.conflict(arguments)
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let (query, value, key, others) = try AttentionCalls.tensors(arguments, inputs, by: AttentionCalls.byArguments)
    guard query.rank == 2, value.rank == 2 else {
      throw ShapeError(
        "works on sequences of features, but gets \((query.rank == 2 ? value : query).description) for each example")
    }
    let width = try AttentionParameters.width(of: query, "query")
    let valueWidth = try AttentionParameters.width(of: value, "value")
    guard width == valueWidth else {
      throw ShapeError("takes a query and a value of as many features, but gets \(query.description) and \(value.description)")
    }
    let weights = heads(arguments).weights(
      query: width, key: try AttentionParameters.width(of: key, "key"), value: valueWidth, output: [width])
    let scores = Shape([arguments[queryHeads], query.dimensions[0], value.dimensions[0]])
    try AttentionCalls.check(mask: others["attention_mask"]?.shape, beside: scores, axes: 1)
    var outputs = [TensorSpec(query)]
    if try AttentionParameters.givesScores(arguments) { outputs.append(TensorSpec(scores)) }
    return LayerShape(outputs: outputs, weights: weights)
  }

  static let regularizesItself = true
  let weightRules: [String: WeightRules]
  private let heads: AttentionHeads

  init(_ arguments: Arguments) {
    heads = GroupQueryAttention.heads(arguments)
    weightRules = heads.rules(arguments)
  }

  private static func heads(_ arguments: Arguments) -> AttentionHeads {
    AttentionHeads(
      queryHeads: arguments[queryHeads], keyHeads: arguments[keyValueHeads], size: arguments[headDim],
      valueSize: arguments[headDim], useBias: arguments[useBias], useGate: arguments[useGate], dropout: arguments[dropout],
      window: arguments[slidingWindow], seed: arguments[seed], regularizer: ActivityRegularizer.of(arguments)
    ) { part in part == .output ? "_output_dense" : "_\(part.rawValue)_dense" }
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    emitAll(inputs, into: &graph, &use)[0]
  }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    heads.emit(inputs, along: [1], into: &graph, &use)
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    outputs.indices.map { $0 == 0 ? use.masks.first ?? nil : nil }
  }
}
