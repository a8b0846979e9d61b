import Lambdas
import Plans

/// Parameters that layers of heads share.
enum AttentionParameters {
  static let dropout = Parameter<Double>(
    "dropout", "the share of attention that is dropped while training", min: 0, max: 1, default: 0)
  static let slidingWindow = Parameter<Int?>.optional(
    Parameter<Int>("sliding_window", "how far a query sees, its own place counted; without end by default", min: 1))
  static let flashAttention = Parameter<Bool?>.optional(
    Parameter<Bool>("flash_attention", "accepted: scores are kept only where something asks for them"))
  static let useGate = Parameter<Bool>(
    "use_gate", "whether what heads give is multiplied with a sigmoid of the query", default: false)

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    guard arguments[flashAttention] == true, arguments[dropout] > 0 else { return nil }
    return ArgumentConflict(
      of: "flash_attention", "cannot drop attention that it does not keep", hint: "leave out `dropout` or `flash_attention`.")
  }

  /// Whether the call asks for the shares of attention. Throws where the arguments do not allow that.
  static func givesScores(_ arguments: Arguments) throws(ShapeError) -> Bool {
    guard arguments.call.switches.contains(AttentionCalls.scores) else { return false }
    guard arguments[flashAttention] != true else {
      throw ShapeError(
        "keeps no scores with `flash_attention=True`, and so cannot return them", hint: "leave out `flash_attention`.")
    }
    return true
  }

  /// The features of a tensor, which must be known.
  static func width(of shape: Shape, _ name: String) throws(ShapeError) -> Int {
    guard let width = shape.dimensions.last ?? nil else {
      throw ShapeError("needs to know how many features the \(name) has, but the last dimension of \(shape.description) is open")
    }
    return width
  }
}
