import Lambdas
import Plans
import Tensors

/// An optimizer of the catalog: its state for every variable, and the rule of one step.
///
/// A new optimizer is one file with a type like this, and one line in `optimizerTypes`.
protocol Optimizer: Sendable {
  static var signature: Signature { get }
  /// The names Keras knows it by as a string, in lower case.
  static var aliases: [String] { get }
  init(_ arguments: Arguments)
  /// How a step changes one variable, and what it keeps for it.
  var rule: UpdateRule { get }
  /// What is done to gradients and weights before the rule.
  var preparation: UpdatePreparation { get }
  /// The learning rate to begin with.
  var learningRate: Double { get }
}

extension Optimizer {
  /// The file order of the slots of `variables` variables: of each variable in turn its first slots together, and any third slots
  /// after all of those. Gives (variable, slot) pairs.
  func slotOrder(variables: Int) -> [(variable: Int, slot: Int)] {
    let slots = rule.slotNames.count
    let together = (0..<variables).flatMap { variable in (0..<min(slots, 2)).map { (variable: variable, slot: $0) } }
    return together + (2..<max(slots, 2)).flatMap { slot in (0..<variables).map { (variable: $0, slot: slot) } }
  }
}

/// Every optimizer of the catalog.
let optimizerTypes: [any Optimizer.Type] = [SGD.self, Adam.self]

/// The optimizer that a name or object of a script stands for.
func makeOptimizer(_ configured: Configured) -> any Optimizer {
  guard let type = optimizerTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every optimizer entry of the catalog is made from `optimizerTypes`")
  }
  return type.init(configured.arguments)
}

/// Parameters that every optimizer has, after its own.
enum OptimizerParameters {
  static let weightDecay = Parameter<Double?>.optional(
    Parameter<Double>("weight_decay", "the share of each weight that a step takes away, times the learning rate", min: 0))
  static let clipNorm = Parameter<Double?>.optional(
    Parameter<Double>("clipnorm", "the largest norm that the gradient of one weight may have", min: 0))
  static let clipValue = Parameter<Double?>.optional(
    Parameter<Double>("clipvalue", "the largest magnitude that one value of a gradient may have", min: 0))
  static let globalClipNorm = Parameter<Double?>.optional(
    Parameter<Double>("global_clipnorm", "the largest norm that all gradients together may have", min: 0))
  static let all = [
    weightDecay.description, clipNorm.description, clipValue.description, globalClipNorm.description,
  ]

  static func learningRate(_ defaultValue: Double) -> Parameter<Double> {
    Parameter<Double>(
      "learning_rate", "how far a step goes", .number(min: 0, rejectsIntegers: true), default: .float(defaultValue)
    ) {
      if case .float(let rate) = $0 { rate } else { nil }
    }
  }

  static func name(_ defaultName: String) -> Parameter<String?> {
    .optional(Parameter<String>("name", "what it is called", default: defaultName))
  }
}
