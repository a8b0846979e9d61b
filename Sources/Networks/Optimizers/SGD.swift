import Plans
import Tensors

/// Gradient descent: `w −= η · g`; with momentum μ: `m = μ · m − η · g`, `w += m`, or Nesterov's `w += μ · m − η · g`.
struct SGD: Optimizer {
  static let momentum = Parameter<Double>(
    "momentum", "how much of the last step goes into the next", .number(min: 0, max: 1, rejectsIntegers: true), default: .float(0)
  ) { $0.asDouble }
  static let nesterov = Parameter<Bool>("nesterov", "whether momentum looks ahead", default: false)
  static let signature = OptimizerParameters.signature(
    "SGD", "Gradient descent, with or without momentum.", rate: 0.01, [momentum.description, nesterov.description],
    rule: "w −= η · g; with momentum m = μ · m − η · g, w += m", source: "Polyak, 1964; Nesterov, 1983",
    example: "SGD(0.1, momentum=0.9)")
  static let aliases = ["sgd"]

  let momentum: Double
  let isNesterov: Bool
  init(_ arguments: Arguments) {
    momentum = arguments[SGD.momentum]
    isNesterov = arguments[SGD.nesterov]
  }

  var rule: UpdateRule? { .sgd(momentum: momentum, nesterov: isNesterov) }
  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { momentum == 0 ? [] : weights.slots("momentum") }

  func step(_ update: inout WeightUpdate) {
    let step = update.gradient * update.rate
    guard momentum != 0 else {
      update.value = update.value - step
      return
    }
    let moved = update["momentum"] * momentum - step
    update["momentum"] = moved
    update.value = update.value + (isNesterov ? moved * momentum - step : moved)
  }
}
