import Plans

/// Steps divided by the running root mean square of the gradient, with epsilon inside the root.
///
/// `v = ρ · v + (1 − ρ) · g²`; `centered`: `a = ρ · a + (1 − ρ) · g` and v − a² in v's place; `u = η · g / √(v + ε)`;
/// `w −= u`, or with momentum μ `b = μ · b + u`, `w −= b` (Tieleman and Hinton, 2012).
struct RMSprop: Optimizer {
  static let rho = Parameter<Double>("rho", "how slowly the mean of squares moves", min: 0, max: 1, default: 0.9)
  static let momentum = Parameter<Double>("momentum", "how much of the last step goes into the next", min: 0, max: 1, default: 0)
  static let epsilon = OptimizerParameters.epsilon()
  static let centered = Parameter<Bool>("centered", "whether to divide by the deviation instead", default: false)
  static let signature = OptimizerParameters.signature(
    "RMSprop", "Steps divided by the gradient's running root mean square.", rate: 0.001,
    [rho.description, momentum.description, epsilon.description, centered.description],
    rule: "v = ρ · v + (1 − ρ) · g²; w −= η · g / √(v + ε)", source: "Tieleman and Hinton, 2012; Graves, 2013",
    example: "RMSprop(1e-3, momentum=0.9)")
  static let aliases = ["rmsprop"]

  let rho: Double
  let momentum: Double
  let epsilon: Double
  let isCentered: Bool
  init(_ arguments: Arguments) {
    rho = arguments[RMSprop.rho]
    momentum = arguments[RMSprop.momentum]
    epsilon = arguments[RMSprop.epsilon]
    isCentered = arguments[RMSprop.centered]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.slots("velocity") + (momentum > 0 ? weights.slots("momentum") : [])
      + (isCentered ? weights.slots("average_gradient") : [])
  }

  func step(_ update: inout WeightUpdate) {
    let g = update.gradient
    var variance = update["velocity"] * rho + square(g) * (1 - rho)
    update["velocity"] = variance
    if isCentered {
      let average = update["average_gradient"] * rho + g * (1 - rho)
      update["average_gradient"] = average
      variance = variance - square(average)
    }
    var step = g * update.rate / sqrt(variance + epsilon)
    if momentum > 0 {
      step = update["momentum"] * momentum + step
      update["momentum"] = step
    }
    update.value = update.value - step
  }
}
