import Plans

/// Adam with Nesterov's look ahead (Dozat, 2016).
///
/// With `μₜ = β₁(1 − ½ · 0.96ᵗ)` and U the product of all μ so far: `m += (1 − β₁)(g − m)`, `v += (1 − β₂)(g² − v)`,
/// `m̂ = μₜ₊₁ · m / (1 − U · μₜ₊₁) + (1 − μₜ) · g / (1 − U)`, `w −= η · m̂ / (√(v / (1 − β₂ᵗ)) + ε)`.
struct Nadam: Optimizer {
  static let beta1 = OptimizerParameters.beta1()
  static let beta2 = OptimizerParameters.beta2()
  static let epsilon = OptimizerParameters.epsilon()
  static let signature = OptimizerParameters.signature(
    "Nadam", "Adam with Nesterov's momentum, which looks ahead.", rate: 0.001,
    [beta1.description, beta2.description, epsilon.description],
    rule: "w −= η · m̂ / (√v̂ + ε), m̂ of the next step's momentum and this step's gradient", source: "Dozat, 2016",
    example: "Nadam(2e-3)")
  static let aliases = ["nadam"]

  /// How fast the momentum comes up to β₁.
  private static let warmup = 0.96

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  init(_ arguments: Arguments) {
    beta1 = arguments[Nadam.beta1]
    beta2 = arguments[Nadam.beta2]
    epsilon = arguments[Nadam.epsilon]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.slots("momentum", "velocity") + [OptimizerSlot(name: "u_product", weight: nil, shape: [], start: .constant(1))]
  }

  func step(_ update: inout WeightUpdate) {
    let now = update.once("μₜ") { (1 - pow(Nadam.warmup, update.count) * 0.5) * beta1 }
    let next = update.once("μₜ₊₁") { (1 - pow(Nadam.warmup, update.count + 1) * 0.5) * beta1 }
    let before = update["u_product"]
    let product = update.once("U") { before * now }
    let ahead = update.once("ahead") { next / (1 - product * next) }
    let present = update.once("present") { (1 - now) / (1 - product) }
    update["u_product"] = product

    let m = update.move("momentum", towards: update.gradient, by: 1 - beta1)
    let v = update.move("velocity", towards: square(update.gradient), by: OptimizerParameters.complement(beta2))
    let correction = update.once("correction") { 1 - update.power(of: beta2) }
    let step = (m * ahead + update.gradient * present) * update.rate / (sqrt(v / correction) + epsilon)
    update.value = update.value - step
  }
}
