import Plans

/// Adam whose steps are scaled, weight by weight, to the norm of the weight (You and others, 2020).
///
/// `u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)`, `w −= ‖w‖ / ‖u‖ · η · u`; the ratio is 1 where a norm is 0.
struct Lamb: Optimizer {
  static let beta1 = OptimizerParameters.beta1()
  static let beta2 = OptimizerParameters.beta2()
  static let epsilon = OptimizerParameters.epsilon()
  static let signature = OptimizerParameters.signature(
    "Lamb", "Adam for large batches: each weight's step is scaled to its norm.", rate: 0.001,
    [beta1.description, beta2.description, epsilon.description], rule: "w −= ‖w‖ / ‖u‖ · η · u, u the step of Adam",
    source: "You and others, 2020", example: "Lamb(1e-3, weight_decay=0.01)")
  static let aliases = ["lamb"]

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  init(_ arguments: Arguments) {
    beta1 = arguments[Lamb.beta1]
    beta2 = arguments[Lamb.beta2]
    epsilon = arguments[Lamb.epsilon]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { weights.slots("momentum", "velocity") }

  func step(_ update: inout WeightUpdate) {
    let m = update.move("momentum", towards: update.gradient, by: 1 - beta1)
    let v = update.move("velocity", towards: square(update.gradient), by: 1 - beta2)
    let (first, second) = (
      update.once("first correction") { 1 - update.power(of: beta1) },
      update.once("second correction") { 1 - update.power(of: beta2) }
    )
    let step = m / first / (sqrt(v / second) + epsilon)
    let (weightNorm, stepNorm) = (sqrt(sum(square(update.value))), sqrt(sum(square(step))))
    let ratio = select((weightNorm .> 0) * (stepNorm .> 0), weightNorm / stepNorm, weightNorm.constant(1))
    update.value = update.value - step * (ratio * update.rate)
  }
}
