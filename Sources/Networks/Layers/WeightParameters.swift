import Lambdas
import Plans

/// The parameters that a layer has for one of its weights: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`.
struct WeightParameters: Sendable {
  let initializer: Parameter<Configured>
  let regularizer: Parameter<Configured?>
  let constraint: Parameter<Configured?>

  /// `name` begins the names of the parameters; `initializer` is how the weight begins where a script does not say; `noun` is what
  /// it is called, if not by that name.
  init(_ name: String, initializer: String, noun: String? = nil) {
    let noun = noun ?? name
    self.initializer = Parameter<Configured>("\(name)_initializer", "how the \(noun) begins", .initializer, default: initializer)
    regularizer = Parameter<Configured?>.optional(
      Parameter<Configured>("\(name)_regularizer", "what the loss adds for a large \(noun)", .regularizer))
    constraint = Parameter<Configured?>.optional(
      Parameter<Configured>("\(name)_constraint", "what the \(noun) is held to after each update", .constraint))
  }

  /// What the arguments of a layer say of the weight.
  func rules(_ arguments: Arguments) -> WeightRules {
    WeightRules(
      initializer: arguments[initializer], regularizer: arguments[regularizer], constraint: arguments[constraint])
  }

  /// The parameters of all weights of a layer in Keras's order: initializers, regularizers, constraints; between the last two
  /// `activity_regularizer` where Keras has it in its place.
  static func descriptions(_ weights: [WeightParameters], withActivity: Bool = false) -> [ParameterDescription] {
    weights.map(\.initializer.description) + weights.map(\.regularizer.description)
      + (withActivity ? [ActivityRegularizer.parameter.description] : []) + weights.map(\.constraint.description)
  }
}

/// How a weight begins, what the loss adds for it, and what it is held to after each update.
struct WeightRules: Sendable {
  let initializer: Configured
  var regularizer: Configured?
  var constraint: Configured?
  /// Elements that begin as 1, whatever the others do.
  var ones: Range<Int>?

  /// A weight that begins as an initializer has it, and is not trained: `zeros`, `ones`, or one with values for all its arguments.
  static func beginning(as name: String, _ values: [String: Value] = [:]) -> WeightRules {
    guard let function = InitializerFunction.all.first(where: { $0.signature.name == name || $0.aliases.contains(name) }) else {
      preconditionFailure("`\(name)` is an initializer")
    }
    return WeightRules(initializer: Configured(Entry(.initializer, function.signature), Arguments(values, given: []), range: nil))
  }

  /// Why a weight of that shape cannot be made by these rules; nil if it can.
  func problem(with shape: [Int]) -> String? {
    Initializer(initializer).problem(with: shape) ?? regularizer.flatMap { Regularizer($0).problem(with: shape) }
      ?? constraint.flatMap { Constraint($0).problem(with: shape) }
  }
}

/// What the loss adds for a layer's output: an argument that every layer takes.
package enum ActivityRegularizer {
  package static let parameter = Parameter<Configured?>.optional(
    Parameter<Configured>("activity_regularizer", "what the loss adds for large outputs", .regularizer))

  /// The regularizer that a layer's arguments name; nil if they name none.
  static func of(_ arguments: Arguments) -> Regularizer? {
    arguments[parameter.description.name] == nil ? nil : arguments[parameter].map(Regularizer.init)
  }
}
