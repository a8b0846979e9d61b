import Plans
import Tensors

/// What the loss adds for a weight or an output: an entry of the catalog, and its formula.
///
/// A new regularizer is one element of `all`.
struct RegularizerFunction: Sendable {
  let signature: Signature
  let aliases: [String]
  /// Why it cannot judge a tensor of a shape: "needs …"; nil if it can.
  let problem: @Sendable (_ shape: [Int], _ arguments: Arguments) -> String?
  /// A single number for a tensor.
  let formula: @Sendable (_ x: Term, _ arguments: Arguments) -> Term

  init(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription], rule: String, source: String = "", example: String,
    aliases: [String], problem: @escaping @Sendable ([Int], Arguments) -> String? = { _, _ in nil },
    _ formula: @escaping @Sendable (Term, Arguments) -> Term
  ) {
    signature = Signature(name, summary, parameters, formula: rule, source: source, example: example)
    self.aliases = aliases
    self.problem = problem
    self.formula = formula
  }
}

/// A regularizer with its arguments, as a layer holds it for a weight or for its output.
struct Regularizer: Sendable {
  let function: RegularizerFunction
  let arguments: Arguments

  /// The regularizer that an object or name of a script stands for.
  init(_ configured: Configured) {
    guard let function = RegularizerFunction.all.first(where: { $0.signature.name == configured.entry.name }) else {
      preconditionFailure("every regularizer entry of the catalog is made from `RegularizerFunction.all`")
    }
    self.function = function
    arguments = configured.arguments
  }

  /// Why it cannot judge a tensor of that shape; nil if it can.
  func problem(with shape: [Int]) -> String? { function.problem(shape, arguments).map { "`\(function.signature.name)` \($0)" } }

  /// What a tensor adds to the loss, a single number.
  func emit(_ tensor: Node, into graph: inout Graph) -> Node { graph.formula(tensor) { function.formula($0, arguments) } }

  /// What a layer's output [batch, …] adds to the loss: divided by the batch, so that its size does not matter.
  func emit(output: Node, into graph: inout Graph) -> Node {
    let batch = graph.shape(of: output).first ?? 1
    return graph.multiply(emit(output, into: &graph), by: 1 / Double(max(batch, 1)))
  }
}
