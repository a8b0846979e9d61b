import Plans

/// A score that a callback watches, and what counts as getting better.
///
/// As in Keras an improvement is strict, must exceed `minimumChange`, and is judged in single precision: 1 − 1e-9 is no
/// improvement on 1. Unlike Keras, NaN is never an improvement (there a first NaN becomes the best value, which nothing
/// ever beats), and direction and name are settled before the first batch.
package struct Monitor: Sendable {
  package let metric: String
  package let direction: Direction
  /// Never negative.
  package let minimumChange: Double

  package init(_ metric: String, _ direction: Direction, minimumChange: Double = 0) {
    self.metric = metric
    self.direction = direction
    self.minimumChange = abs(minimumChange)
  }

  /// Settles `mode` for a score that must be among `names`.
  init(
    _ metric: String, mode: String, minimumChange: Double = 0, among names: [String], of outline: FitOutline
  ) throws(CallbackFailure) {
    guard names.contains(metric) || outline.hasOtherNames else {
      throw CallbackFailure("it monitors `\(metric)`, but this fit only gives \(listed(names))")
    }
    self.init(metric, try Self.direction(of: metric, mode: mode, in: outline), minimumChange: minimumChange)
  }

  /// Keras's `mode="auto"`: losses go down, a metric goes where it says. Output prefixes are understood, which Keras's
  /// lookup by the metric's bare name misses.
  private static func direction(
    of metric: String, mode: String, in outline: FitOutline
  ) throws(CallbackFailure) -> Direction {
    switch mode {
    case "min": return .down
    case "max": return .up
    default:
      let name = metric.hasPrefix("val_") ? String(metric.dropFirst(4)) : metric
      if name == "loss" { return .down }
      if let direction = outline.directions[name] { return direction }
      throw CallbackFailure(
        "nothing says whether `\(metric)` should go up or down; pass `mode=\"max\"` or `mode=\"min\"`")
    }
  }

  /// Whether a value is better than the best so far; the first number always is.
  package func isImprovement(_ value: Double, over best: Double?) -> Bool {
    guard !value.isNaN else { return false }
    guard let best else { return true }
    return switch direction {
    case .down: Float(value + minimumChange) < Float(best)
    case .up: Float(value - minimumChange) > Float(best)
    }
  }
}
