import Plans
import Tensors

/// How layers of attention are called.
enum AttentionCalls {
  private static let query = CallSignature.Part("query", "what looks: [batch, positions…, features]", isRequired: true)
  private static let value = CallSignature.Part("value", "what is looked at, and what is taken from it", isRequired: true)
  private static let key = CallSignature.Part("key", "what the query is compared with; the value itself by default")
  private static let masks = [
    CallSignature.Part("query_mask", "which positions of the query count"),
    CallSignature.Part("value_mask", "which positions of the value may be looked at"),
    CallSignature.Part("key_mask", "which positions of the key may be looked at"),
  ]
  static let scores = "return_attention_scores"
  static let causal = "use_causal_mask"
  private static let switches = [
    CallSignature.Part(scores, "whether it gives the shares of attention too, as a second tensor"),
    CallSignature.Part(causal, "whether a position sees itself and earlier ones only"),
  ]

  /// `layer(query, value, key=None, attention_mask=None, …)`.
  static let byArguments = CallSignature(
    tensors: [query, value, key] + masks + [
      CallSignature.Part("attention_mask", "which queries may look where: [batch, queries, values], 0 where not")
    ],
    switches: switches)

  /// `layer([query, value, key], mask=[…])`.
  static let byList = CallSignature(.list, tensors: [query, value, key], masks: masks, switches: switches)

  /// The query, the value and the key of a call. Throws where one is missing that must be there.
  static func tensors(
    _ arguments: Arguments, _ inputs: [TensorSpec], by signature: CallSignature
  ) throws(ShapeError) -> (query: Shape, value: Shape, key: Shape, others: [String: TensorSpec]) {
    let named = arguments.call.named(inputs, by: signature)
    guard let query = named["query"]?.shape, let value = named["value"]?.shape else {
      let call = if case .list = signature.form { "([x, x])" } else { "(x, x)" }
      throw ShapeError(
        "takes a query and a value, but gets one tensor",
        hint: "call it on both, which for attention within one sequence are the same: `\(call)`.")
    }
    guard query.rank >= 2, value.rank >= 2 else {
      throw ShapeError(
        "works on sequences, but gets \((query.rank < 2 ? query : value).description) for each example",
        hint: "it takes positions and features, as `Embedding` gives them.")
    }
    let key = named["key"]?.shape ?? value
    guard key.rank == value.rank, zip(key.dimensions, value.dimensions).dropLast().allSatisfy({ canBeEqual($0, $1) }) else {
      throw ShapeError("takes a key and a value of the same positions, but gets \(key.description) and \(value.description)")
    }
    for (name, of) in [("query_mask", query), ("value_mask", value), ("key_mask", key)] {
      guard let mask = named[name]?.shape else { continue }
      let positions = Shape(Array(of.dimensions.dropLast()))
      guard mask.rank == positions.rank, zip(mask.dimensions, positions.dimensions).allSatisfy({ canBeEqual($0, $1) }) else {
        throw ShapeError("has a `\(name)` of \(mask.description) for \(positions.description) positions")
      }
    }
    return (query, value, key, named)
  }

  /// Throws where an `attention_mask` cannot be laid beside scores [heads, queries…, values…]; along several axes queries and values have
  /// so many each.
  static func check(mask: Shape?, beside scores: Shape, axes: Int) throws(ShapeError) {
    guard let mask else { return }
    var laid = mask.dimensions
    while laid.count < scores.rank { laid.insert(1, at: max(laid.count - 2 * axes, 0)) }
    guard mask.rank >= 2, laid.count == scores.rank,
      zip(laid, scores.dimensions).allSatisfy({ $0 == 1 || canBeEqual($0, $1) })
    else {
      throw ShapeError(
        "has an `attention_mask` of \(mask.description), but compares \(Shape(Array(scores.dimensions.suffix(2 * axes))).description) "
          + "queries and values",
        hint: "it has a row for each query and a column for each value.")
    }
  }
}
