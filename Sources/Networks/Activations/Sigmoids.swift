import Plans

/// Functions that level off on both sides.
extension ActivationFunction {
  static let sigmoids = [
    ActivationFunction(
      "sigmoid", "The logistic function, from 0 to 1.", rule: "1 / (1 + e⁻ˣ)", example: "Dense(1, activation=\"sigmoid\")",
      abilities: [.givesProbabilities]
    ) { x, _ in sigmoid(x) },
    ActivationFunction(
      "hard_sigmoid", "A logistic function made of three straight lines.", rule: "min(max(x / 6 + ½, 0), 1)",
      source: "Courbariaux, Bengio and David, 2015", abilities: [.givesProbabilities]
    ) { x, _ in hardSigmoid(x) },
    ActivationFunction("log_sigmoid", "The logarithm of the logistic function.", rule: "−ln(1 + e⁻ˣ)") { x, _ in -softplus(-x) },
    ActivationFunction(
      "sparse_sigmoid", "A straight line from 0 at −1 to 1 at 1.", rule: "min(max((x + 1) / 2, 0), 1)",
      source: "Martins and Astudillo, 2016", abilities: [.givesProbabilities]
    ) { x, _ in min(max((x + 1) * 0.5, 0), 1) },
    ActivationFunction("tanh", "The hyperbolic tangent, from −1 to 1.", rule: "tanh x") { x, _ in tanh(x) },
    ActivationFunction("hard_tanh", "The input between −1 and 1.", rule: "min(max(x, −1), 1)") { x, _ in min(max(x, -1), 1) },
    ActivationFunction(
      "softsign", "A sigmoid that levels off slowly, from −1 to 1.", rule: "x / (1 + |x|)",
      source: "Turian, Bergstra and Bengio, 2009"
    ) { x, _ in x / (abs(x) + 1) },
  ]

  /// `min(max(x / 6 + ½, 0), 1)`.
  static func hardSigmoid(_ x: Term) -> Term { min(relu(x + 3), 6) / 6 }
}
