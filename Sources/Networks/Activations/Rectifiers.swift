import Plans

/// Functions that let what is positive through and hold back the rest.
extension ActivationFunction {
  static let rectifiers = [
    ActivationFunction("linear", "The input itself.", rule: "x", example: "Dense(1, activation=\"linear\")") { x, _ in x },
    ActivationFunction(
      "relu", "The input, or zero where it is negative.",
      [Rectifier.negativeSlope.description, Rectifier.maxValue.description, Rectifier.threshold.description], rule: "max(x, 0)",
      source: "Nair and Hinton, 2010"
    ) { x, arguments in
      rectified(
        x, slope: arguments[Rectifier.negativeSlope], maxValue: arguments[Rectifier.maxValue],
        threshold: arguments[Rectifier.threshold])
    },
    ActivationFunction(
      "relu6", "The input between zero and six.", rule: "min(max(x, 0), 6)", source: "Krizhevsky, 2010"
    ) { x, _ in min(relu(x), 6) },
    ActivationFunction(
      "leaky_relu", "The input, or a small share of it where it is negative.", [Rectifier.leakySlope.description],
      rule: "x if x > 0 else negative_slope · x", source: "Maas, Hannun and Ng, 2013"
    ) { x, arguments in rectified(x, slope: arguments[Rectifier.leakySlope]) },
    ActivationFunction(
      "threshold", "The input where it exceeds a threshold, else a fixed value.",
      [Rectifier.limit.description, Rectifier.substitute.description], rule: "x if x > threshold else default_value",
      example: "y = activations.threshold([-1.0, 2.0], 0.5, 0.0)"
    ) { x, arguments in select(x .> arguments[Rectifier.limit], x, x.constant(arguments[Rectifier.substitute])) },
  ]

  private enum Rectifier {
    static let negativeSlope = Parameter<Double>("negative_slope", "the slope below the threshold", default: 0)
    static let maxValue = Parameter<Double?>.optional(
      Parameter<Double>("max_value", "the largest result; none is unbounded", min: 0))
    static let threshold = Parameter<Double>("threshold", "what the input must exceed to be let through", default: 0)
    static let leakySlope = Parameter<Double>("negative_slope", "the slope of negative inputs", default: 0.2)
    static let limit = Parameter<Double>("threshold", "what the input must exceed")
    static let substitute = Parameter<Double>("default_value", "what stands for inputs that do not")
  }

  /// `x` above the threshold, up to the largest result, and `slope · (x − threshold)` below it.
  private static func rectified(_ x: Term, slope: Double, maxValue: Double? = nil, threshold: Double = 0) -> Term {
    var positive = threshold == 0 ? relu(x) : select(x .> threshold, x, x.constant(0))
    if let maxValue { positive = min(max(positive, 0), maxValue) }
    return slope == 0 ? positive : positive - relu(threshold - x) * slope
  }
}
