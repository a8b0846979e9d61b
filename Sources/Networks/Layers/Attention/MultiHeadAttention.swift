import Lambdas
import Plans
import Tensors

/// Attention of several heads: each compares a query with keys in a space of its own and takes a mean of values by what it finds.
///
/// `softmax(q kᵀ/√key_dim) v` for each head, where q, k and v are dense layers of the inputs; then a dense layer over all heads
/// (Vaswani et al., 2017). `use_gate` multiplies what heads give with a sigmoid of the query (Qiu et al., 2025).
struct MultiHeadAttention: Layer {
  static let numHeads = Parameter<Int>("num_heads", "how many heads there are", min: 1, max: AxisSizes.limit)
  static let keyDim = Parameter<Int>("key_dim", "the size of a head's queries and keys", min: 1, max: AxisSizes.limit)
  static let valueDim = Parameter<Int?>.optional(
    Parameter<Int>("value_dim", "the size of a head's values; that of its keys by default", min: 1, max: AxisSizes.limit))
  static let dropout = AttentionParameters.dropout
  static let useBias = Parameter<Bool>("use_bias", "whether the dense layers within add biases", default: true)
  static let outputShape = Parameter<[Int]?>.optional(
    Parameter<[Int]>(
      "output_shape", "the shape of what it gives for each position; the query's by default",
      .either([.integer(min: 1), .list(.integer(min: 1), min: 1)]), decode: Axes.decode))
  static let attentionAxes = Parameter<[Int]?>.optional(
    Parameter<[Int]>(
      "attention_axes", "the axes that it looks along, where 0 is the batch; all positions by default",
      .either([.integer(), .list(.integer(), min: 1)]), decode: Axes.decode))
  static let slidingWindow = AttentionParameters.slidingWindow
  static let flashAttention = AttentionParameters.flashAttention
  static let useGate = AttentionParameters.useGate
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "MultiHeadAttention", "Attention of several heads, each in a space of its own.",
    [
      numHeads.description, keyDim.description, valueDim.description, dropout.description, useBias.description,
      outputShape.description, attentionAxes.description, slidingWindow.description, flashAttention.description,
    ] + WeightParameters.descriptions([HeadProjection.kernel, HeadProjection.bias], withActivity: true)
      + [useGate.description, seed.description],
    formula: "softmax(query · keyᵀ / √key_dim) · value", source: "Vaswani et al., 2017",
    example: "x = Input((10, 16))\noutputs = MultiHeadAttention(4, 8)(x, x, use_causal_mask=True)")
  static let call: CallSignature? = AttentionCalls.byArguments

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? { AttentionParameters.conflict(arguments) }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let (query, value, key, others) = try AttentionCalls.tensors(arguments, inputs, by: AttentionCalls.byArguments)
    guard query.rank == value.rank else {
      throw ShapeError(
        "takes a query and a value with as many axes, but gets \(query.description) and \(value.description)")
    }
    let axes = try axes(arguments, of: query)
    for axis in 1..<query.rank where !axes.contains(axis) {
      guard canBeEqual(query.dimensions[axis - 1], value.dimensions[axis - 1]) else {
        throw ShapeError(
          "does not look along axis \(axis), where query and value then are of one size, but gets \(query.description) and "
            + value.description)
      }
    }
    let queryWidth = try AttentionParameters.width(of: query, "query")
    let output = arguments[outputShape] ?? [queryWidth]
    let weights = heads(arguments).weights(
      query: queryWidth, key: try AttentionParameters.width(of: key, "key"),
      value: try AttentionParameters.width(of: value, "value"), output: output)
    let apart = (1..<query.rank).filter { !axes.contains($0) }.map { query.dimensions[$0 - 1] }
    let pairs = axes.map { query.dimensions[$0 - 1] } + axes.map { value.dimensions[$0 - 1] }
    let scores = Shape(apart + [arguments[numHeads]] + pairs)
    try AttentionCalls.check(mask: others["attention_mask"]?.shape, beside: scores, axes: axes.count)
    if query.rank > 2, arguments[slidingWindow] != nil || arguments.call.switches.contains(AttentionCalls.causal) {
      throw ShapeError(
        "knows before and after along one axis only, but gets \(query.description)",
        hint: "`use_causal_mask` and `sliding_window` are for sequences: positions and features.")
    }
    var outputs = [TensorSpec(Shape(query.dimensions.dropLast() + output.map { $0 }))]
    if try AttentionParameters.givesScores(arguments) { outputs.append(TensorSpec(scores)) }
    return LayerShape(outputs: outputs, weights: weights)
  }

  /// The axes that it looks along, from 1 to the last before the features.
  private static func axes(_ arguments: Arguments, of query: Shape) throws(ShapeError) -> [Int] {
    guard let given = arguments[attentionAxes] else { return Array(1..<query.rank) }
    let axes = try Axes.places(given, in: query)
    guard axes.last != query.rank else {
      throw ShapeError("looks along positions, but axis \(query.rank) of \(query.description) holds the features")
    }
    return axes
  }

  static let regularizesItself = true
  let weightRules: [String: WeightRules]
  private let heads: AttentionHeads
  private let axes: [Int]?

  init(_ arguments: Arguments) {
    heads = MultiHeadAttention.heads(arguments)
    axes = arguments[MultiHeadAttention.attentionAxes]
    weightRules = heads.rules(arguments)
  }

  private static func heads(_ arguments: Arguments) -> AttentionHeads {
    AttentionHeads(
      queryHeads: arguments[numHeads], keyHeads: arguments[numHeads], size: arguments[keyDim],
      valueSize: arguments[valueDim] ?? arguments[keyDim], useBias: arguments[useBias], useGate: arguments[useGate],
      dropout: arguments[dropout], window: arguments[slidingWindow], seed: arguments[seed],
      regularizer: ActivityRegularizer.of(arguments)
    ) { part in part == .gate ? "_gate_dense" : part == .output ? "output_dense" : "\(part.rawValue)_dense" }
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    emitAll(inputs, into: &graph, &use)[0]
  }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    let rank = graph.shape(of: inputs[0]).count
    let axes = axes.map { Axes.places($0, rank: rank) } ?? Array(1..<(rank - 1))
    return heads.emit(inputs, along: axes, into: &graph, &use)
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    outputs.indices.map { $0 == 0 ? use.masks.first ?? nil : nil }
  }
}
