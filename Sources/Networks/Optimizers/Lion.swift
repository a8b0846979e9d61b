import Plans

/// Steps of one size in the direction of momentum: `w −= η · sign(β₁ · m + (1 − β₁) · g)`, `m = β₂ · m + (1 − β₂) · g`
/// (Chen and others, 2023).
struct Lion: Optimizer {
  static let beta1 = Parameter<Double>(
    "beta_1", "how much the momentum counts in a step", min: 0, max: 1, excludesMin: true, default: 0.9)
  static let beta2 = Parameter<Double>("beta_2", "how slowly the momentum moves", min: 0, max: 1, default: 0.99)
  static let signature = OptimizerParameters.signature(
    "Lion", "Steps of one size, in the direction of momentum.", rate: 0.001, [beta1.description, beta2.description],
    rule: "w −= η · sign(β₁ · m + (1 − β₁) · g)", source: "Chen and others, 2023", example: "Lion(1e-4, weight_decay=0.1)")
  static let aliases = ["lion"]

  let beta1: Double
  let beta2: Double
  init(_ arguments: Arguments) {
    beta1 = arguments[Lion.beta1]
    beta2 = arguments[Lion.beta2]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { weights.slots("momentum") }

  func step(_ update: inout WeightUpdate) {
    let (m, g) = (update["momentum"], update.gradient)
    update.value = update.value - sign(m * beta1 + g * (1 - beta1)) * update.rate
    update["momentum"] = m * beta2 + g * (1 - beta2)
  }
}
