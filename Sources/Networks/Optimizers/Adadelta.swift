import Plans

/// Steps whose size follows the steps before: `a = ρ · a + (1 − ρ) · g²`, `d = −g · √(x + ε) / √(a + ε)`,
/// `x = ρ · x + (1 − ρ) · d²`, `w += η · d` (Zeiler, 2012).
struct Adadelta: Optimizer {
  static let rho = Parameter<Double>("rho", "how slowly the means move", min: 0, max: 1, default: 0.95)
  static let epsilon = OptimizerParameters.epsilon()
  static let signature = OptimizerParameters.signature(
    "Adadelta", "Steps whose size follows the size of earlier steps.", rate: 0.001, [rho.description, epsilon.description],
    rule: "d = −g · √(x + ε) / √(a + ε); w += η · d", source: "Zeiler, 2012", example: "Adadelta(1.0)")
  static let aliases = ["adadelta"]

  let rho: Double
  let epsilon: Double
  init(_ arguments: Arguments) {
    rho = arguments[Adadelta.rho]
    epsilon = arguments[Adadelta.epsilon]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { weights.slots("accumulated_grad", "accumulated_delta_var") }

  func step(_ update: inout WeightUpdate) {
    let gradients = update["accumulated_grad"] * rho + square(update.gradient) * (1 - rho)
    let steps = update["accumulated_delta_var"]
    let step = -(sqrt(steps + epsilon) * update.gradient / sqrt(gradients + epsilon))
    update["accumulated_grad"] = gradients
    update["accumulated_delta_var"] = steps * rho + square(step) * (1 - rho)
    update.value = update.value + step * update.rate
  }
}
