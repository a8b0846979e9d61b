import Arrays
import Plans
import Tensors

/// While training sets a share of its inputs to zero and scales the others by `1 / (1 − rate)`; otherwise passes them on.
struct Dropout: Layer {
  static let rate = Parameter<Double>("rate", "the share of inputs that is dropped", min: 0, max: 1)
  static let seed = Parameter<Int?>.optional(Parameter<Int>("seed", "a seed of its own, instead of the run's")).keywordOnly
  static let signature = Signature(
    "Dropout", "Drops a random share of its inputs while training.", [rate.description, seed.description],
    formula: "input · mask / (1 − rate)", example: "Dropout(0.2)")

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    LayerShape(TensorSpec(try onlyInput(inputs).shape))
  }

  let rate: Double
  let seed: Int?
  init(_ arguments: Arguments) {
    rate = arguments[Dropout.rate]
    seed = arguments[Dropout.seed]
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining else { return inputs[0] }
    guard rate < 1 else { return graph.multiply(inputs[0], by: 0) }
    let stream = seed.map { RandomStream(seed: $0, "dropout") } ?? use.stream
    return graph.dropout(inputs[0], rate: rate, stream: stream)
  }
}
