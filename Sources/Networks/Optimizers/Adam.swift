import Plans
import Tensors

/// Adam (Kingma and Ba, 2015), with epsilon outside the bias-corrected root.
///
/// `m += (1 − β₁)(g − m)`, `v += (1 − β₂)(g² − v)`, `w −= lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)`;
/// with `amsgrad` the largest v so far takes the place of v in the last.
struct Adam: Optimizer {
  static let learningRate = OptimizerParameters.learningRate(0.001)
  static let beta1 = Parameter<Double>(
    "beta_1", "how slowly the mean of gradients moves", min: 0, max: 1, excludesMax: true, default: 0.9)
  static let beta2 = Parameter<Double>(
    "beta_2", "how slowly the mean of squares moves", min: 0, max: 1, excludesMax: true, default: 0.999)
  static let epsilon = Parameter<Double>("epsilon", "keeps the division finite", min: 0, default: 1e-7)
  static let amsgrad = Parameter<Bool>("amsgrad", "whether to divide by the largest mean of squares so far", default: false)
  static let name = OptimizerParameters.name("adam")
  static let signature = Signature(
    "Adam", "Steps scaled by running means of the gradient and its square.",
    [learningRate.description, beta1.description, beta2.description, epsilon.description, amsgrad.description]
      + OptimizerParameters.all + [name.description],
    formula: "w −= lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)", example: "Adam(1e-3)")
  static let aliases = ["adam"]

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  let usesLargestSquares: Bool
  let preparation: UpdatePreparation
  let learningRate: Double
  init(_ arguments: Arguments) {
    preparation = UpdatePreparation(arguments)
    learningRate = arguments[Adam.learningRate]
    beta1 = arguments[Adam.beta1]
    beta2 = arguments[Adam.beta2]
    epsilon = arguments[Adam.epsilon]
    usesLargestSquares = arguments[Adam.amsgrad]
  }

  var rule: UpdateRule { .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: usesLargestSquares) }
}
