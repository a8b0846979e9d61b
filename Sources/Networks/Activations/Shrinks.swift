import Plans

/// Functions that draw small inputs to zero.
extension ActivationFunction {
  static let shrinks = [
    ActivationFunction("tanh_shrink", "What the hyperbolic tangent leaves of the input.", rule: "x − tanh x") { x, _ in
      x - tanh(x)
    },
    ActivationFunction(
      "hard_shrink", "The input, or zero where it is small.", [limit.description], rule: "x if |x| > threshold else 0"
    ) { x, arguments in select(abs(x) .> arguments[limit], x, x.constant(0)) },
    ActivationFunction(
      "soft_shrink", "The input moved towards zero, and zero where it is small.", [limit.description],
      rule: "x − threshold if x > threshold, x + threshold if x < −threshold, else 0"
    ) { x, arguments in relu(x - arguments[limit]) - relu(-x - arguments[limit]) },
  ]

  private static let limit = Parameter<Double>("threshold", "the largest magnitude that becomes zero", min: 0, default: 0.5)
}
