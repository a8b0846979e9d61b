import Arrays
import Plans
import Tensors

/// While training multiplies its inputs by normal noise around 1, of the variance that dropout would have.
struct GaussianDropout: Layer {
  static let rate = Parameter<Double>("rate", "the rate of the dropout it stands for", min: 0, max: 1, excludesMax: true)
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "GaussianDropout", "Multiplies its inputs by noise around 1 while training.", [rate.description, seed.description],
    formula: "input · N(1, rate / (1 − rate))", source: "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014",
    example: "GaussianDropout(0.2)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  static let passesMask = true
  static let abilities: Set<Ability> = [.disturbs]
  let rate: Double
  let seed: Int?
  init(_ arguments: Arguments) {
    rate = arguments[GaussianDropout.rate]
    seed = arguments[GaussianDropout.seed]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining, rate > 0 else { return inputs[0] }
    let noise = graph.randomNormal(shape: graph.shape(of: inputs[0]), stream: use.noise(seed: seed))
    return graph.formula([inputs[0], noise]) { ($0[0] * ($0[1] * (rate / (1 - rate)).squareRoot() + 1)).node }
  }
}
