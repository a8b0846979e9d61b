import Plans

/// Functions that rise like a rectifier, but without its corner.
extension ActivationFunction {
  static let smoothRectifiers = [
    ActivationFunction(
      "elu", "The input, or an exponential that levels off where it is negative.", [Smooth.alpha.description],
      rule: "x if x > 0 else alpha · (eˣ − 1)", source: "Clevert, Unterthiner and Hochreiter, 2016"
    ) { x, arguments in relu(x) + negativePart(x) * arguments[Smooth.alpha] },
    ActivationFunction(
      "selu", "A scaled exponential linear unit, which keeps mean and variance from layer to layer.",
      rule: "1.0507 · x if x > 0 else 1.7581 · (eˣ − 1)", source: "Klambauer, Unterthiner, Mayr and Hochreiter, 2017",
      example: "Dense(64, activation=\"selu\", kernel_initializer=\"lecun_normal\")"
    ) { x, _ in relu(x) * Smooth.seluScale + negativePart(x) * (Smooth.seluScale * Smooth.seluAlpha) },
    ActivationFunction(
      "celu", "An exponential linear unit whose slope at zero is 1 for every alpha.", [Smooth.width.description],
      rule: "max(x, 0) + min(0, alpha · (exp(x / alpha) − 1))", source: "Barron, 2017"
    ) { x, arguments in
      let width = arguments[Smooth.width]
      return relu(x) + negativePart(x / width) * width
    },
    ActivationFunction(
      "gelu", "The input times the share of normal numbers below it.", [Smooth.approximate.description],
      rule: "½x · (1 + erf(x / √2))", source: "Hendrycks and Gimpel, 2016"
    ) { x, arguments in
      let share =
        arguments[Smooth.approximate]
        ? tanh((x + x * square(x) * 0.044715) * (2 / Double.pi).squareRoot()) : erf(x * 0.5.squareRoot())
      return x * 0.5 * (share + 1)
    },
    ActivationFunction(
      "silu", "The input times its logistic function; also called swish.", rule: "x / (1 + e⁻ˣ)",
      source: "Ramachandran, Zoph and Le, 2017", aliases: ["swish"]
    ) { x, _ in x * sigmoid(x) },
    ActivationFunction(
      "hard_silu", "The input times its hard sigmoid; also called hard swish.", rule: "x · min(max(x / 6 + ½, 0), 1)",
      source: "Howard and others, 2019", aliases: ["hard_swish"]
    ) { x, _ in x * hardSigmoid(x) },
    ActivationFunction(
      "mish", "The input times the hyperbolic tangent of its softplus.", rule: "x · tanh(ln(1 + eˣ))", source: "Misra, 2019"
    ) { x, _ in x * tanh(softplus(x)) },
    ActivationFunction("softplus", "A smooth rectifier.", rule: "ln(1 + eˣ)", source: "Dugas and others, 2001") { x, _ in
      softplus(x)
    },
    ActivationFunction(
      "squareplus", "A smooth rectifier made of a square root.", [Smooth.bend.description], rule: "(x + √(x² + b)) / 2",
      source: "Barron, 2021"
    ) { x, arguments in (x + sqrt(square(x) + arguments[Smooth.bend])) * 0.5 },
    ActivationFunction(
      "sparse_plus", "A smooth rectifier that is exactly zero below −1.", rule: "0 if x ≤ −1, (x + 1)² / 4 if x < 1, else x"
    ) { x, _ in select(x .> -1, select(x .< 1, square(x + 1) * 0.25, x), x.constant(0)) },
    ActivationFunction("exponential", "The exponential function.", rule: "eˣ") { x, _ in exp(x) },
  ]

  private enum Smooth {
    static let alpha = Parameter<Double>("alpha", "how far below zero it reaches", default: 1)
    static let width = Parameter<Double>("alpha", "how far below zero it reaches", min: 0, excludesMin: true, default: 1)
    static let approximate = Parameter<Bool>("approximate", "whether to take the formula with tanh", default: false)
    static let bend = Parameter<Double>("b", "how smooth the corner is", min: 0, default: 4)
    /// For these, inputs of mean 0 and variance 1 give outputs of mean 0 and variance 1.
    static let seluScale = 1.0507009873554805
    static let seluAlpha = 1.6732632423543772
  }

  /// `eˣ − 1` where x is negative, else 0; the exponential of a large x, which overflows, is never taken.
  private static func negativePart(_ x: Term) -> Term { expm1(min(x, 0)) }
}
