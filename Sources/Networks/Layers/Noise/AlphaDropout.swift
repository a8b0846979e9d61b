import Arrays
import Plans
import Tensors

/// A dropout that keeps mean and variance of its inputs, for networks of `selu`: what is dropped takes that function's lowest value.
struct AlphaDropout: Layer {
  static let rate = NoiseParameters.rate("the share of inputs that is dropped")
  static let noiseShape = NoiseParameters.shape
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "AlphaDropout", "Drops a random share of its inputs while training, keeping mean and variance.",
    [rate.description, noiseShape.description, seed.description],
    formula: "a · (input · mask + α′ · (1 − mask)) + b, α′ = −1.7580993408473766",
    source: "Klambauer, Unterthiner, Mayr and Hochreiter, 2017", example: "AlphaDropout(0.1)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    try NoiseParameters.check(arguments[noiseShape], for: input)
    return LayerShape(TensorSpec(input))
  }

  static let passesMask = true
  static let abilities: Set<Ability> = [.disturbs]
  /// What `selu` tends to for small inputs.
  private static let lowest = -1.6732632423543772848 * 1.0507009873554804934
  let rate: Double
  let noiseShape: [Int?]?
  let seed: Int?
  init(_ arguments: Arguments) {
    rate = arguments[AlphaDropout.rate]
    noiseShape = arguments[AlphaDropout.noiseShape]
    seed = arguments[AlphaDropout.seed]
  }

  /// With every input dropped Keras divides by zero; the result is then the lowest value, rescaled to its own mean of 0.
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining, rate > 0 else { return inputs[0] }
    guard rate < 1 else { return graph.multiply(inputs[0], by: 0) }
    let low = AlphaDropout.lowest
    let a = 1 / ((1 - rate) * (1 + rate * low * low)).squareRoot()
    let b = -a * low * rate
    let shape = NoiseParameters.shape(noiseShape, of: graph.shape(of: inputs[0]))
    let draws = graph.randomUniform(shape: shape, stream: use.noise(seed: seed))
    return graph.formula([inputs[0], draws]) { terms in
      let kept = terms[1] .>= rate
      return ((terms[0] * kept + (1 - kept) * low) * a + b).node
    }
  }
}
