import Plans

/// Steps divided by the root of all squared gradients so far: `a += g²`, `w −= η · g / √(a + ε)` (Duchi, Hazan and Singer, 2011).
struct Adagrad: Optimizer {
  static let start = Parameter<Double>("initial_accumulator_value", "what the sum of squares begins with", min: 0, default: 0.1)
  static let epsilon = OptimizerParameters.epsilon()
  static let signature = OptimizerParameters.signature(
    "Adagrad", "Steps divided by the root of all squared gradients so far.", rate: 0.001,
    [start.description, epsilon.description],
    rule: "a += g²; w −= η · g / √(a + ε)", source: "Duchi, Hazan and Singer, 2011", example: "Adagrad(0.01)")
  static let aliases = ["adagrad"]

  let start: Double
  let epsilon: Double
  init(_ arguments: Arguments) {
    start = arguments[Adagrad.start]
    epsilon = arguments[Adagrad.epsilon]
  }

  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] { weights.slots("accumulator", start: .constant(Float(start))) }

  func step(_ update: inout WeightUpdate) {
    let squares = update["accumulator"] + square(update.gradient)
    update["accumulator"] = squares
    update.value = update.value - update.gradient * update.rate / sqrt(squares + epsilon)
  }
}
