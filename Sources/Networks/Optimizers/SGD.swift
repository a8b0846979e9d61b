import Plans
import Tensors

/// Gradient descent: `w −= lr · g`; with momentum μ: `m = μ · m − lr · g`, `w += m`, or Nesterov's `w += μ · m − lr · g`.
struct SGD: Optimizer {
  static let learningRate = OptimizerParameters.learningRate(0.01)
  static let momentum = Parameter<Double>("momentum", "how much of the last step goes into the next", min: 0, max: 1, default: 0)
  static let nesterov = Parameter<Bool>("nesterov", "whether momentum looks ahead", default: false)
  static let name = OptimizerParameters.name("sgd")
  static let signature = Signature(
    "SGD", "Gradient descent, with or without momentum.",
    [learningRate.description, momentum.description, nesterov.description] + OptimizerParameters.all + [name.description],
    formula: "w −= lr · g", example: "SGD(0.1, momentum=0.9)")
  static let aliases = ["sgd"]

  let momentum: Double
  let isNesterov: Bool
  let preparation: UpdatePreparation
  let learningRate: Double
  init(_ arguments: Arguments) {
    preparation = UpdatePreparation(arguments)
    learningRate = arguments[SGD.learningRate]
    momentum = arguments[SGD.momentum]
    isNesterov = arguments[SGD.nesterov]
  }

  var rule: UpdateRule { .sgd(momentum: momentum, nesterov: isNesterov) }
}
