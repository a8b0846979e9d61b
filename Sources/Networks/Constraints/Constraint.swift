import Plans
import Tensors

/// What a weight is held to after each update: an entry of the catalog, and what it makes of a weight.
///
/// A new constraint is one element of `all`.
struct ConstraintFunction: Sendable {
  let signature: Signature
  let aliases: [String]
  /// The weight as it is allowed to be.
  let formula: @Sendable (_ w: Term, _ arguments: Arguments) -> Term

  init(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription] = [], rule: String, source: String = "",
    example: String, aliases: [String], _ formula: @escaping @Sendable (Term, Arguments) -> Term
  ) {
    signature = Signature(name, summary, parameters, formula: rule, source: source, example: example)
    self.aliases = aliases
    self.formula = formula
  }
}

/// A constraint with its arguments, as a layer holds it for a weight.
struct Constraint: Sendable {
  let function: ConstraintFunction
  let arguments: Arguments

  /// The constraint that an object or name of a script stands for.
  init(_ configured: Configured) {
    guard let function = ConstraintFunction.all.first(where: { $0.signature.name == configured.entry.name }) else {
      preconditionFailure("every constraint entry of the catalog is made from `ConstraintFunction.all`")
    }
    self.function = function
    arguments = configured.arguments
  }

  /// Why it cannot hold a weight of that shape; nil if it can.
  func problem(with shape: [Int]) -> String? {
    guard let axes = ConstraintFunction.axes(arguments) else { return nil }
    guard let wrong = axes.first(where: { !(-shape.count..<shape.count).contains($0) }) else { return nil }
    let count = "\(shape.count) dimension\(shape.count == 1 ? "" : "s")"
    return "`\(function.signature.name)` works along axis \(wrong), and the weight has \(count)"
  }

  /// The weight as it is allowed to be.
  func emit(_ weight: Node, into graph: inout Graph) -> Node { graph.formula(weight) { function.formula($0, arguments) } }
}
