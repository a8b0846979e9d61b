import Glibc
import Lambdas
import Plans

/// Schedules that fall with the step; N is `decay_steps`.
extension ScheduleFunction {
  static let decays = [
    ScheduleFunction(
      "ExponentialDecay", "Multiplies the learning rate by a factor, evenly over a number of steps and so on.",
      [initial.description, steps.description, factor.description, staircase.description], name: "ExponentialDecay",
      rule: "η₀ · rate^(step / N); with `staircase` the exponent is cut to whole numbers",
      example: "Adam(ExponentialDecay(0.01, decay_steps=1000, decay_rate=0.9))"
    ) { step, arguments in
      Float(arguments[initial]) * powf(Float(arguments[factor]), rounds(step, arguments))
    },
    ScheduleFunction(
      "InverseTimeDecay", "Divides the learning rate by a number that grows evenly.",
      [initial.description, steps.description, factor.description, staircase.description], name: "InverseTimeDecay",
      rule: "η₀ / (1 + rate · step / N); with `staircase` step / N is cut to whole numbers",
      example: "SGD(InverseTimeDecay(0.1, decay_steps=1000, decay_rate=0.5))"
    ) { step, arguments in
      Float(arguments[initial]) / (1 + Float(arguments[factor]) * rounds(step, arguments))
    },
    ScheduleFunction(
      "PolynomialDecay", "Takes the learning rate to an end along a polynomial.",
      [initial.description, steps.description, end.description, power.description, cycle.description], name: "PolynomialDecay",
      rule: "(η₀ − end) · (1 − min(step, N) / N)^power + end; with `cycle` N grows to its next multiple",
      example: "SGD(PolynomialDecay(0.1, decay_steps=1000, end_learning_rate=0.001))"
    ) { step, arguments in
      let (first, last) = (Float(arguments[initial]), Float(arguments[end]))
      var length = Float(arguments[steps])
      var position = step
      if arguments[cycle] {
        length *= step == 0 ? 1 : (step / length).rounded(.up)
      } else {
        position = min(step, length)
      }
      return (first - last) * powf(1 - position / length, Float(arguments[power])) + last
    },
    ScheduleFunction(
      "PiecewiseConstantDecay", "One learning rate after another, each up to a step and with it.",
      [boundaries.description, values.description], name: "PiecewiseConstant",
      rule: "values[0] if step ≤ boundaries[0], values[1] if step ≤ boundaries[1], …, else the last",
      example: "SGD(PiecewiseConstantDecay([1000, 2000], [0.1, 0.01, 0.001]))",
      conflict: { arguments in
        let (limits, rates) = (arguments[boundaries], arguments[values])
        if rates.count != limits.count + 1 {
          return ArgumentConflict(
            of: "values", "needs one value more than boundaries, and is given \(rates.count) for \(limits.count)",
            hint: "one rate holds before the first boundary and one after each.")
        }
        guard zip(limits, limits.dropFirst()).allSatisfy(<) else {
          return ArgumentConflict(of: "boundaries", "needs boundaries that rise", hint: "put them in order, each once.")
        }
        return nil
      }
    ) { step, arguments in
      let index = arguments[boundaries].firstIndex { step <= $0.rounded(.towardZero) }
      let rates = arguments[values]
      return rates[index ?? rates.count - 1]
    },
  ]

  static let initial = Parameter<Double>("initial_learning_rate", "the learning rate of the first step", min: 0)
  static let steps = Parameter<Int>("decay_steps", "over how many steps it falls", min: 1)
  private static let factor = Parameter<Double>("decay_rate", "how fast it falls", min: 0)
  private static let staircase = Parameter<Bool>("staircase", "whether it falls at once after each N steps", default: false)
  private static let end = Parameter<Double>("end_learning_rate", "where it ends", min: 0, default: 0.0001)
  private static let power = Parameter<Double>("power", "the power of the polynomial; 1 is a straight line", min: 0, default: 1)
  private static let cycle = Parameter<Bool>(
    "cycle", "whether it begins again after N steps, from lower and lower", default: false)
  private static let boundaries = numbers("boundaries", "the last steps of all rates but the last", min: nil)
  private static let values = numbers("values", "the rates, one more than boundaries", min: 0)

  private static func numbers(_ name: String, _ help: String, min: Double?) -> Parameter<[Float]> {
    Parameter(name, help, .list(.number(min: min))) {
      switch $0 {
      case .list(let values), .tuple(let values): values.compactMap { $0.asDouble.map { Float($0) } }
      default: nil
      }
    }
  }

  /// `step / N`, in whole numbers if it is a staircase.
  private static func rounds(_ step: Float, _ arguments: Arguments) -> Float {
    let rounds = step / Float(arguments[steps])
    return arguments[staircase] ? rounds.rounded(.down) : rounds
  }
}
