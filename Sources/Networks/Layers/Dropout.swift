import Plans

/// While training sets a share of its inputs to zero and scales the others by `1 / (1 − rate)`; otherwise passes them on.
struct Dropout: Layer {
  static let rate = Parameter<Double>("rate", "the share of inputs that is dropped", min: 0, max: 1)
  static let seed = Parameter<Int?>.optional(Parameter<Int>("seed", "a seed of its own, instead of the run's")).keywordOnly
  static let signature = Signature(
    "Dropout", "Drops a random share of its inputs while training.", [rate.description, seed.description] + LayerParameters.all,
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
}
