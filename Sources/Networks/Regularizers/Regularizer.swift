import Plans
import Tensors

/// What the loss adds for large weights: `l1 · Σ|w| + l2 · Σw²`.
struct Regularizer: Sendable {
  let l1: Double
  let l2: Double

  /// The regularizer that an object or name of a script stands for.
  init(_ configured: Configured) {
    let arguments = configured.arguments
    switch configured.entry.name {
    case "L1": (l1, l2) = (arguments[Regularizer.l1Factor], 0)
    case "L2": (l1, l2) = (0, arguments[Regularizer.l2Factor])
    case "L1L2": (l1, l2) = (arguments[Regularizer.l1Part], arguments[Regularizer.l2Part])
    default: preconditionFailure("every regularizer entry of the catalog is one of `Regularizer.entries`")
    }
  }

  /// What a weight adds to the loss, a single number.
  func emit(_ weight: Node, into graph: inout Graph) -> Node {
    var parts: [Node] = []
    if l1 != 0 { parts.append(graph.multiply(graph.reduceSum(graph.abs(weight)), by: l1)) }
    if l2 != 0 { parts.append(graph.multiply(graph.reduceSum(graph.square(weight)), by: l2)) }
    return parts.dropFirst().reduce(parts.first ?? graph.constant(0)) { graph.add($0, $1) }
  }

  private static let l1Factor = Parameter<Double>("l1", "the factor", min: 0, default: 0.01)
  private static let l2Factor = Parameter<Double>("l2", "the factor", min: 0, default: 0.01)
  private static let l1Part = Parameter<Double>("l1", "the factor of the magnitudes", min: 0, default: 0)
  private static let l2Part = Parameter<Double>("l2", "the factor of the squares", min: 0, default: 0)

  /// What the catalog says of the regularizers.
  static let entries = [
    Entry(
      .regularizer,
      Signature(
        "L1", "Adds the magnitudes of a weight to the loss.", [l1Factor.description], formula: "l1 · Σ|w|",
        example: "Dense(10, kernel_regularizer=L1(0.01))"), aliases: ["l1"]),
    Entry(
      .regularizer,
      Signature(
        "L2", "Adds the squares of a weight to the loss.", [l2Factor.description], formula: "l2 · Σw²",
        example: "Dense(10, kernel_regularizer=\"l2\")"), aliases: ["l2"]),
    Entry(
      .regularizer,
      Signature(
        "L1L2", "Adds the magnitudes and squares of a weight to the loss.", [l1Part.description, l2Part.description],
        formula: "l1 · Σ|w| + l2 · Σw²", example: "Dense(10, kernel_regularizer=L1L2(l1=0.001, l2=0.01))"),
      aliases: ["l1_l2", "l1l2"]),
  ]
}
