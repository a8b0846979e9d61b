import Plans
import Tensors

/// Adam (Kingma and Ba, 2015), with epsilon outside the bias-corrected root.
///
/// `m += (1 − β₁)(g − m)`, `v += (1 − β₂)(g² − v)`, `w −= η · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)`;
/// with `amsgrad` the largest v so far takes the place of v in the last (Reddi, Kale and Kumar, 2018).
struct Adam: Optimizer {
  static let beta1 = OptimizerParameters.beta1()
  static let beta2 = OptimizerParameters.beta2()
  static let epsilon = OptimizerParameters.epsilon()
  static let amsgrad = Parameter<Bool>("amsgrad", "whether to divide by the largest mean of squares so far", default: false)
  static let signature = OptimizerParameters.signature(
    "Adam", "Steps scaled by running means of the gradient and its square.", rate: 0.001,
    [beta1.description, beta2.description, epsilon.description, amsgrad.description],
    rule: "w −= η · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)", source: "Kingma and Ba, 2015; Reddi, Kale and Kumar, 2018",
    example: "Adam(1e-3)")
  static let aliases = ["adam"]

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  let usesLargestSquares: Bool

  init(_ arguments: Arguments) {
    self.init(
      beta1: arguments[Adam.beta1], beta2: arguments[Adam.beta2], epsilon: arguments[Adam.epsilon],
      usesLargestSquares: arguments[Adam.amsgrad])
  }

  init(beta1: Double, beta2: Double, epsilon: Double, usesLargestSquares: Bool = false) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.usesLargestSquares = usesLargestSquares
  }

  var rule: UpdateRule? { .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: usesLargestSquares) }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.slots("momentum", "velocity") + (usesLargestSquares ? weights.slots("velocity_hat") : [])
  }

  func step(_ update: inout WeightUpdate) { step(&update, rate: update.rate) }

  /// A step with another learning rate than the optimizer's.
  func step(_ update: inout WeightUpdate, rate: Term) {
    let m = update.move("momentum", towards: update.gradient, by: 1 - beta1)
    var v = update.move("velocity", towards: square(update.gradient), by: 1 - beta2)
    if usesLargestSquares {
      v = max(update["velocity_hat"], v)
      update["velocity_hat"] = v
    }
    let alpha = update.once("Adam's rate") {
      rate * sqrt(1 - update.power(of: beta2)) / (1 - update.power(of: beta1))
    }
    update.value = update.value - m * alpha / (sqrt(v) + epsilon)
  }
}

/// Adam with weight decay (Loshchilov and Hutter, 2019).
struct AdamW: Optimizer {
  static let weightDecay = Parameter<Double>(
    "weight_decay", "the share of each weight that a step takes away, times the learning rate", min: 0, default: 0.004)
  static let signature = OptimizerParameters.signature(
    "AdamW", "Adam with decoupled weight decay.", rate: 0.001,
    [
      weightDecay.description, Adam.beta1.description, Adam.beta2.description, Adam.epsilon.description, Adam.amsgrad.description,
    ], rule: "w −= w · decay · η, then Adam's step", source: "Loshchilov and Hutter, 2019",
    example: "AdamW(1e-3, weight_decay=0.01)")
  static let aliases = ["adamw"]

  private let adam: Adam
  init(_ arguments: Arguments) { adam = Adam(arguments) }

  var rule: UpdateRule? { adam.rule }
  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { adam.slots(for: weights) }
  func step(_ update: inout WeightUpdate) { adam.step(&update) }
}
