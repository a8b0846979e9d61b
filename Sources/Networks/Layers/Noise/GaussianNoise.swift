import Arrays
import Plans
import Tensors

/// While training adds normal noise to its inputs.
struct GaussianNoise: Layer {
  static let stddev = Parameter<Double>("stddev", "the deviation of the noise", min: 0, max: 1)
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "GaussianNoise", "Adds noise to its inputs while training.", [stddev.description, seed.description],
    formula: "input + N(0, stddev²)", example: "GaussianNoise(0.1)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  static let passesMask = true
  static let abilities: Set<Ability> = [.disturbs]
  let stddev: Double
  let seed: Int?
  init(_ arguments: Arguments) {
    stddev = arguments[GaussianNoise.stddev]
    seed = arguments[GaussianNoise.seed]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining, stddev > 0 else { return inputs[0] }
    let noise = graph.randomNormal(shape: graph.shape(of: inputs[0]), stream: use.noise(seed: seed))
    return graph.add(inputs[0], graph.multiply(noise, by: stddev))
  }
}
