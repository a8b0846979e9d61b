import Plans

/// Follow the regularized leader (McMahan and others, 2013), which sets weights exactly to zero.
///
/// With p = −learning_rate_power and λ = l2 + β / 2η: `g' = g + 2 · shrinkage · w`, `n' = n + g²`,
/// `z += g' − (n'ᵖ − nᵖ) / η · w`, `w = (clip(z, ±l1) − z) / (n'ᵖ / η + 2λ)`.
struct Ftrl: Optimizer {
  static let power = Parameter<Double>(
    "learning_rate_power", "how the learning rate falls; 0 leaves it as it is", max: 0, default: -0.5)
  static let start = Parameter<Double>("initial_accumulator_value", "what the sum of squares begins with", min: 0, default: 0.1)
  static let l1 = Parameter<Double>("l1_regularization_strength", "how strongly weights are drawn to zero", min: 0, default: 0)
  static let l2 = Parameter<Double>("l2_regularization_strength", "how strongly weights are kept small", min: 0, default: 0)
  static let shrinkage = Parameter<Double>(
    "l2_shrinkage_regularization_strength", "how strongly large weights add to the gradient", min: 0, default: 0)
  static let beta = Parameter<Double>("beta", "how much more the first steps are damped", min: 0, default: 0)
  static let signature = OptimizerParameters.signature(
    "Ftrl", "Follow the regularized leader, for large and sparse linear models.", rate: 0.001,
    [power.description, start.description, l1.description, l2.description, shrinkage.description, beta.description],
    rule: "w = (clip(z, ±l1) − z) / (n^p / η + 2 · l2 + β / η)", source: "McMahan and others, 2013",
    example: "Ftrl(0.1, l1_regularization_strength=0.01)")
  static let aliases = ["ftrl"]

  let power: Double
  let start: Double
  let l1: Double
  let l2: Double
  let shrinkage: Double
  let beta: Double
  init(_ arguments: Arguments) {
    power = arguments[Ftrl.power]
    start = arguments[Ftrl.start]
    l1 = arguments[Ftrl.l1]
    l2 = arguments[Ftrl.l2]
    shrinkage = arguments[Ftrl.shrinkage]
    beta = arguments[Ftrl.beta]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.slots("accumulator", "linear").map {
      OptimizerSlot(
        name: $0.name, weight: $0.weight, shape: $0.shape, start: .constant($0.name == "accumulator" ? Float(start) : 0))
    }
  }

  func step(_ update: inout WeightUpdate) {
    let (w, g, n) = (update.value, update.gradient, update["accumulator"])
    let sum = n + square(g)
    let scaled = pow(sum, -power) / update.rate
    let pull = g + w * (2 * shrinkage)
    let z = update["linear"] + pull - (scaled - pow(n, -power) / update.rate) * w
    update["accumulator"] = sum
    update["linear"] = z
    let damping = update.once("damping") { beta / update.rate + 2 * l2 }
    update.value = (min(max(z, -l1), l1) - z) / (scaled + damping)
  }
}
