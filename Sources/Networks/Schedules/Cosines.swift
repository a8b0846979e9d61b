import Glibc
import Plans

/// Schedules that follow half a cosine (Loshchilov and Hutter, 2017).
extension ScheduleFunction {
  static let cosines = [
    ScheduleFunction(
      "CosineDecay", "Takes the learning rate down along half a cosine, after rising to a target if one is given.",
      [initial.description, steps.description, alpha.description, warmupTarget.description, warmupSteps.description],
      name: "CosineDecay", rule: "η₀ · ((1 − α) · ½(1 + cos(π · min(step, N) / N)) + α)",
      source: "Loshchilov and Hutter, 2017; Goyal and others, 2017",
      example: "Adam(CosineDecay(0.0, decay_steps=1000, warmup_target=0.01, warmup_steps=100))",
      conflict: { arguments in
        let isGiven = arguments.given.contains(warmupSteps.description.name) && arguments[warmupSteps] > 0
        guard isGiven, arguments[warmupTarget] == nil else { return nil }
        return ArgumentConflict(
          of: warmupSteps.description.name, "reads `warmup_steps` only with `warmup_target`", hint: "add `warmup_target=`.")
      }
    ) { step, arguments in
      let (first, length, alpha) = (Float(arguments[initial]), Float(arguments[steps]), arguments[alpha])
      guard let target = arguments[warmupTarget].map({ Float($0) }) else {
        return falling(from: first, min(step, length) / length, alpha: alpha)
      }
      let warmup = Float(arguments[warmupSteps])
      let position = min(step, length + warmup)
      return position < warmup
        ? (target - first) * (position / warmup) + first : falling(from: target, (position - warmup) / length, alpha: alpha)
    },
    ScheduleFunction(
      "CosineDecayRestarts", "Takes the learning rate down along half a cosine again and again.",
      [initial.description, firstSteps.description, timeFactor.description, rateFactor.description, alpha.description],
      name: "SGDRDecay", rule: "as CosineDecay; round i is t_mul^i times as long and begins m_mul^i times as high",
      source: "Loshchilov and Hutter, 2017", example: "SGD(CosineDecayRestarts(0.1, first_decay_steps=1000))"
    ) { step, arguments in
      let (time, alpha) = (Float(arguments[timeFactor]), arguments[alpha])
      var position = step / Float(arguments[firstSteps])
      let round: Float
      if time == 1 {
        round = position.rounded(.down)
        position -= round
      } else {
        round = (logf(1 - position * (1 - time)) / logf(time)).rounded(.down)
        position = (position - (1 - powf(time, round)) / (1 - time)) / powf(time, round)
      }
      return falling(from: Float(arguments[initial]), position, alpha: alpha, height: powf(Float(arguments[rateFactor]), round))
    },
  ]

  private static let alpha = Parameter<Double>("alpha", "the least learning rate, as a share of the first", min: 0, default: 0)
  private static let warmupTarget = Parameter<Double?>.optional(
    Parameter<Double>("warmup_target", "what it rises to before it falls; none to fall at once", min: 0))
  private static let warmupSteps = Parameter<Int>("warmup_steps", "over how many steps it rises", min: 0, default: 0)
  private static let firstSteps = Parameter<Int>("first_decay_steps", "how long the first round is", min: 1)
  private static let timeFactor = Parameter<Double>(
    "t_mul", "how many times as long each round is as the one before", min: 1, default: 2)
  private static let rateFactor = Parameter<Double>(
    "m_mul", "how many times as high each round begins as the one before", min: 0, default: 1)

  /// To the nearest, as Keras's is; `Float.pi` is rounded down.
  private static let pi = Float(Double.pi)

  /// `rate · ((1 − α) · ½ · height · (1 + cos(π · position)) + α)` for a position from 0 to 1.
  private static func falling(from rate: Float, _ position: Float, alpha: Double, height: Float = 1) -> Float {
    let cosine = 0.5 * height * (1 + cosf(pi * position))
    return rate * (Float(1 - alpha) * cosine + Float(alpha))
  }
}
