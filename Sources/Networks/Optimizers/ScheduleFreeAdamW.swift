import Plans

/// AdamW without a schedule: an average of all iterates takes a falling learning rate's place (Defazio and others, 2024).
///
/// z begins as w. `η* = η · min(t / warmup, 1)`, v as Adam's; `z' = z − η* · g / (√(v / (1 − β₂ᵗ)) + ε)`,
/// `x = (w − (1 − β₁) · z) / β₁`, `x' = (1 − 1/t) · x + z' / t`, `w = (1 − β₁) · z' + β₁ · x'`.
struct ScheduleFreeAdamW: Optimizer {
  static let beta1 = Parameter<Double>(
    "beta_1", "how much of the average is in the weights", min: 0, max: 1, excludesMin: true, default: 0.9)
  static let beta2 = OptimizerParameters.beta2()
  static let epsilon = OptimizerParameters.epsilon(1e-8)
  static let warmup = Parameter<Int>("warmup_steps", "over how many steps the learning rate rises", min: 0, default: 0)
  static let signature = OptimizerParameters.signature(
    "ScheduleFreeAdamW", "AdamW that needs no schedule: it averages its iterates.", rate: 0.0025,
    [beta1.description, beta2.description, epsilon.description, warmup.description],
    rule: "w = (1 − β₁) · z + β₁ · mean of all z", source: "Defazio and others, 2024",
    example: "ScheduleFreeAdamW(0.0025, warmup_steps=100)")
  static let aliases = ["schedulefreeadamw"]

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  let warmup: Int
  init(_ arguments: Arguments) {
    beta1 = arguments[ScheduleFreeAdamW.beta1]
    beta2 = arguments[ScheduleFreeAdamW.beta2]
    epsilon = arguments[ScheduleFreeAdamW.epsilon]
    warmup = arguments[ScheduleFreeAdamW.warmup]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.slots("momentum", "velocity").map {
      OptimizerSlot(name: $0.name, weight: $0.weight, shape: $0.shape, start: $0.name == "momentum" ? .weight : .constant(0))
    }
  }

  func step(_ update: inout WeightUpdate) {
    let rate = update.once("warm rate") {
      warmup > 0 ? update.rate * min(update.count / Double(warmup), 1) : update.rate
    }
    let correction = update.once("correction") { 1 - update.power(of: beta2) }
    let share = update.once("1/t") { 1 / update.count }
    let before = update["momentum"]
    let v = update.move("velocity", towards: square(update.gradient), by: OptimizerParameters.complement(beta2))
    let after = before - update.gradient * rate / (sqrt(v / correction) + epsilon)
    update["momentum"] = after
    let average = (update.value - before * (1 - beta1)) / beta1
    let moved = average * (1 - share) + after * share
    update.value = after * (1 - beta1) + moved * beta1
  }
}
