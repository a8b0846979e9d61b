import Lambdas
import Plans

/// A function of the catalog that layers apply to what they compute: its declaration and its formula.
///
/// A new activation is one element of a list like those in the files beside.
struct ActivationFunction: Sendable {
  /// What it gives for a term and its arguments.
  typealias Formula = @Sendable (_ x: Term, _ arguments: Arguments) -> Term

  let signature: Signature
  let aliases: [String]
  let formula: Formula
  /// How many values along the axis it makes of how many, for a function that works along one; nil for a number it cannot take.
  let size: (@Sendable (Int) -> Int?)?
  /// What holds of its values.
  let abilities: Set<Ability>

  /// `parameters` come after `x`, which every activation has.
  init(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription] = [], rule: String, source: String = "",
    example: String? = nil, aliases: [String] = [], size: (@Sendable (Int) -> Int?)? = nil,
    abilities: Set<Ability> = [], _ formula: @escaping Formula
  ) {
    signature = Signature(
      name, summary, [ActivationFunction.operand.description] + parameters, formula: rule, source: source,
      example: example ?? "Dense(64, activation=\"\(name)\")")
    self.aliases = aliases
    self.size = size
    self.abilities = abilities
    self.formula = formula
  }

  static let operand = Parameter<Value>("x", "what it is applied to", .array) { $0 }

  /// Every activation of the catalog.
  static let all = rectifiers + smoothRectifiers + sigmoids + shrinks + axisFunctions

  /// The activation of that name.
  static func named(_ name: String) -> ActivationFunction {
    guard let function = all.first(where: { $0.signature.name == name }) else {
      preconditionFailure("no activation is called `\(name)`")
    }
    return function
  }
}
