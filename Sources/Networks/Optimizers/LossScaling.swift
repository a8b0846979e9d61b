import Plans

/// `LossScaleOptimizer`: multiplies the loss so that small gradients survive, skips steps whose gradients are not finite, and then
/// halves the factor; after `dynamic_growth_steps` good steps doubles it (Micikevicius and others, 2018).
struct LossScaling {
  static let inner = Parameter<Configured>(Configured.innerName, "the optimizer that makes the steps", .optimizer)
  static let initialScale = Parameter<Double>(
    "initial_scale", "the first factor of the loss", min: 0, excludesMin: true, default: 32768)
  static let growthSteps = Parameter<Int>(
    "dynamic_growth_steps", "after how many good steps the factor doubles", min: 1, default: 2000)
  static let signature = Signature(
    "LossScaleOptimizer", "Multiplies the loss while derivatives are taken, by a factor that finds itself.",
    [inner.description, initialScale.description, growthSteps.description, OptimizerParameters.name("LossScaleOptimizer")],
    formula: "gradients of loss · scale, divided by scale; scale / 2 and no step where they are not finite",
    source: "Micikevicius and others, 2018", example: "LossScaleOptimizer(Adam(1e-3))")
  static let aliases = ["lossscaleoptimizer"]

  let initialScale: Double
  let growthSteps: Int
  init(_ arguments: Arguments) {
    initialScale = arguments[LossScaling.initialScale]
    growthSteps = arguments[LossScaling.growthSteps]
  }

  /// The factor and the count of good steps after a step.
  func next(scale: Double, goodSteps: Int, isFinite: Bool) -> (scale: Double, goodSteps: Int) {
    if !isFinite { return (scale / 2, 0) }
    return goodSteps == growthSteps - 1 ? (scale * 2, 0) : (scale, goodSteps + 1)
  }
}
