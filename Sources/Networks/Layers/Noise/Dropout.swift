import Arrays
import Lambdas
import Plans
import Tensors

/// While training sets a share of its inputs to zero and scales the others by `1 / (1 − rate)`; otherwise passes them on.
struct Dropout: Layer {
  static let rate = NoiseParameters.rate("the share of inputs that is dropped")
  static let noiseShape = NoiseParameters.shape
  static let seed = NoiseParameters.seed
  static let signature = Signature(
    "Dropout", "Drops a random share of its inputs while training.",
    [rate.description, noiseShape.description, seed.description],
    formula: "input · mask / (1 − rate)", source: "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014",
    example: "Dropout(0.2)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    try NoiseParameters.check(arguments[noiseShape], for: input)
    return LayerShape(TensorSpec(input))
  }

  static let passesMask = true
  static let abilities: Set<Ability> = [.disturbs]
  let rate: Double
  let noiseShape: [Int?]?
  let seed: Int?
  init(_ arguments: Arguments) {
    rate = arguments[Dropout.rate]
    noiseShape = arguments[Dropout.noiseShape]
    seed = arguments[Dropout.seed]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining else { return inputs[0] }
    return dropped(
      inputs[0], rate: rate, noiseShape: NoiseParameters.shape(noiseShape, of: graph.shape(of: inputs[0])),
      stream: use.noise(seed: seed), in: &graph)
  }
}

/// A share of the elements set to 0, the others divided by what is left of 1.
func dropped(_ x: Node, rate: Double, noiseShape: [Int], stream: RandomStream, in graph: inout Graph) -> Node {
  guard rate < 1 else { return graph.multiply(x, by: 0) }
  return graph.dropout(x, rate: rate, stream: stream, noiseShape: noiseShape)
}

/// Parameters that layers of random numbers share.
enum NoiseParameters {
  static func rate(_ help: String) -> Parameter<Double> { Parameter<Double>("rate", help, min: 0, max: 1) }

  static let seed = Parameter<Int?>.optional(Parameter<Int>("seed", "a seed of its own, instead of the run's"))

  static let shape = Parameter<[Int?]?>.optional(
    Parameter<[Int?]>(
      "noise_shape", "the shape of the choices, batch first: 1 where one choice holds along an axis, None for the input's size",
      .list(.optional(.integer(min: 1)))
    ) {
      switch $0 {
      case .list(let sizes), .tuple(let sizes): sizes.map(\.asInteger)
      default: nil
      }
    })

  /// Throws where choices of a shape cannot be made for an example of another.
  static func check(_ noise: [Int?]?, for input: Shape) throws(ShapeError) {
    guard let noise else { return }
    guard noise.count == input.rank + 1, zip(noise.dropFirst(), input.dimensions).allSatisfy({ $0 == 1 || canBeEqual($0, $1) })
    else {
      let text = noise.map { $0.map(String.init) ?? "None" }.joined(separator: ", ")
      throw ShapeError("has a `noise_shape` of (\(text)), which does not fit \(input.description) with its batch before it")
    }
  }

  /// The shape of the choices for a tensor; a batch of another size than the one that was written has its own choices.
  static func shape(_ noise: [Int?]?, of shape: [Int]) -> [Int] {
    guard let noise else { return shape }
    return zip(noise, shape).map { $0 == 1 ? 1 : $1 }
  }
}

extension LayerUse {
  /// Where a layer's random numbers come from: the run, or a seed of its own.
  func noise(seed: Int?) -> RandomStream { seed.map { RandomStream(seed: $0, "dropout") } ?? stream }
}
