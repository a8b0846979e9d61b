import Plans

/// Adam with the largest gradient in place of the root mean square: `m += (1 − β₁)(g − m)`, `u = max(β₂ · u, |g|)`,
/// `w −= η · m / ((1 − β₁ᵗ)(u + ε))` (Kingma and Ba, 2015, section 7).
struct Adamax: Optimizer {
  static let beta1 = OptimizerParameters.beta1()
  static let beta2 = Parameter<Double>(
    "beta_2", "how slowly the largest gradient fades", min: 0, max: 1, excludesMax: true, default: 0.999)
  static let epsilon = OptimizerParameters.epsilon()
  static let signature = OptimizerParameters.signature(
    "Adamax", "Adam, with the largest gradient in place of the root mean square.", rate: 0.001,
    [beta1.description, beta2.description, epsilon.description], rule: "u = max(β₂ · u, |g|); w −= η · m / ((1 − β₁ᵗ)(u + ε))",
    source: "Kingma and Ba, 2015", example: "Adamax(2e-3)")
  static let aliases = ["adamax"]

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  init(_ arguments: Arguments) {
    beta1 = arguments[Adamax.beta1]
    beta2 = arguments[Adamax.beta2]
    epsilon = arguments[Adamax.epsilon]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { weights.slots("momentum", "norm") }

  func step(_ update: inout WeightUpdate) {
    let m = update.move("momentum", towards: update.gradient, by: 1 - beta1)
    let u = max(update["norm"] * beta2, abs(update.gradient))
    update["norm"] = u
    let correction = update.once("correction") { 1 - update.power(of: beta1) }
    update.value = update.value - m * update.rate / (correction * (u + epsilon))
  }
}
