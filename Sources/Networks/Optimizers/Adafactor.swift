import Plans

/// Adam's scaling with the means of rows and columns in place of a mean for every weight (Shazeer and Stern, 2018).
///
/// With `ρ = min(η, 1/√t)`, `b = 1 − t^decay` and `s = g² + ε₁`: matrices keep r and c, running means of s along rows and columns
/// that move by 1 − b, and `v = r / mean(r) ⊗ c`; others keep v itself. `u = g / √v`,
/// `w −= max(ε₂, rms(w)) · ρ · u / max(1, rms(u) / clip_threshold)`.
struct Adafactor: Optimizer {
  static let decay = Parameter<Double>(
    "beta_2_decay", "the power of the step by which the means' memory grows", max: 0, excludesMax: true, default: -0.8)
  static let epsilon1 = Parameter<Double>("epsilon_1", "added to squared gradients", min: 0, default: 1e-30)
  static let epsilon2 = Parameter<Double>("epsilon_2", "the least that steps are scaled by", min: 0, default: 1e-3)
  static let threshold = Parameter<Double>(
    "clip_threshold", "the root mean square above which a step is shortened", min: 0, excludesMin: true, default: 1)
  static let relative = Parameter<Bool>(
    "relative_step", "accepted as in Keras, where it changes nothing: steps never exceed 1/√t", default: true)
  static let signature = OptimizerParameters.signature(
    "Adafactor", "Adam's scaling with little memory: the means of rows and columns.", rate: 0.001,
    [decay.description, epsilon1.description, epsilon2.description, threshold.description, relative.description],
    rule: "w −= max(ε₂, rms(w)) · ρ · u / max(1, rms(u) / clip_threshold), u = g / √v", source: "Shazeer and Stern, 2018",
    example: "Adafactor(0.01)")
  static let aliases = ["adafactor"]

  let decay: Double
  let epsilon1: Double
  let epsilon2: Double
  let threshold: Double
  init(_ arguments: Arguments) {
    decay = arguments[Adafactor.decay]
    epsilon1 = arguments[Adafactor.epsilon1]
    epsilon2 = arguments[Adafactor.epsilon2]
    threshold = arguments[Adafactor.threshold]
  }

  /// Weights of fewer than two dimensions have numbers in the places of r and c, which nothing reads.
  func slots(for weights: [TrainedWeight]) -> [OptimizerSlot] {
    weights.enumerated().flatMap { index, weight in
      let shape = weight.shape
      let isMatrix = shape.count >= 2
      return [
        OptimizerSlot(name: "r", weight: index, shape: isMatrix ? shape.dropLast() : []),
        OptimizerSlot(name: "c", weight: index, shape: isMatrix ? shape.dropLast(2) + shape.suffix(1) : []),
        OptimizerSlot(name: "velocity", weight: index, shape: shape),
      ]
    }
  }

  func step(_ update: inout WeightUpdate) {
    let rate = update.once("ρ") { min(update.rate, 1 / sqrt(update.count)) }
    let share = update.once("tᵈ") { pow(update.count, decay) }
    let squares = square(update.gradient) + epsilon1
    let v = variances(of: squares, share, &update)
    update["velocity"] = v
    let step = update.gradient / sqrt(v)
    let clipped = step / max(rootMeanSquare(step) / threshold, 1)
    update.value = update.value - clipped * (max(rootMeanSquare(update.value), epsilon2) * rate)
  }

  /// The means of squared gradients for each element; `share` is how much of the way to these squares they move.
  private func variances(of squares: Term, _ share: Term, _ update: inout WeightUpdate) -> Term {
    func moved(_ slot: String, towards target: Term, _ update: inout WeightUpdate) -> Term {
      let moved = update[slot] * (1 - share) + target * share
      update[slot] = moved
      return moved
    }
    let shape = update.weight.shape
    guard shape.count >= 2 else { return moved("velocity", towards: squares, &update) }
    let rows = moved("r", towards: mean(squares, axes: [-1]), &update)
    let columns = moved("c", towards: mean(squares, axes: [-2]), &update)
    let relative = rows / mean(rows, axes: [-1], keepDimensions: true)
    return relative.reshaped(shape.dropLast() + [1]) * columns.reshaped(shape.dropLast(2) + [1] + shape.suffix(1))
  }

  private func rootMeanSquare(_ x: Term) -> Term { sqrt(mean(square(x))) }
}
