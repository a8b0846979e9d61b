import Arrays
import Plans
import Tensors

/// A dropout of whole features: one choice holds for all positions of an example.
protocol SpatialDropout: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  static var hasDataFormat: Bool { get }
  var dropout: SpatialDropoutArguments { get }
  init(_ dropout: SpatialDropoutArguments)
}

/// What the layers of the family are told.
struct SpatialDropoutArguments {
  let rate: Double
  let seed: Int?
  let dataFormat: DataFormat
}

extension SpatialDropout {
  static var passesMask: Bool { true }
  static var abilities: Set<Ability> { [.isNeverTrained, .disturbs] }

  static func makeSignature() -> Signature {
    let format = hasDataFormat ? [DataFormat.parameter.description] : []
    return Signature(
      "SpatialDropout\(positions)D", "Drops whole features at random while training.",
      [NoiseParameters.rate("the share of features that is dropped").description] + format + [NoiseParameters.seed.description],
      formula: "input · mask / (1 − rate)", source: "Tompson, Goroshin, Jain, LeCun and Bregler, 2015",
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\nSpatialDropout\(positions)D(0.2)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    guard input.rank == positions + 1 else {
      throw ShapeError(
        "needs \(positions == 1 ? "an axis" : "\(positions) axes") of positions and one of features, but gets \(input.description)"
      )
    }
    return LayerShape(TensorSpec(input))
  }

  init(_ arguments: Arguments) {
    self.init(
      SpatialDropoutArguments(
        rate: arguments[NoiseParameters.rate("")], seed: arguments[NoiseParameters.seed],
        dataFormat: Self.hasDataFormat ? DataFormat(arguments[DataFormat.parameter]) : .channelsLast))
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard use.isTraining else { return inputs[0] }
    let shape = graph.shape(of: inputs[0])
    let features = dropout.dataFormat == .channelsLast ? shape.count - 1 : 1
    let noise = shape.indices.map { $0 == 0 || $0 == features ? shape[$0] : 1 }
    return dropped(inputs[0], rate: dropout.rate, noiseShape: noise, stream: use.noise(seed: dropout.seed), in: &graph)
  }
}

/// For sequences: [batch, positions, features].
struct SpatialDropout1D: SpatialDropout {
  static let signature = makeSignature()
  static let positions = 1
  static let hasDataFormat = false
  let dropout: SpatialDropoutArguments
  init(_ dropout: SpatialDropoutArguments) { self.dropout = dropout }
}

/// For images: [batch, rows, columns, features].
struct SpatialDropout2D: SpatialDropout {
  static let signature = makeSignature()
  static let positions = 2
  static let hasDataFormat = true
  let dropout: SpatialDropoutArguments
  init(_ dropout: SpatialDropoutArguments) { self.dropout = dropout }
}

/// For volumes: [batch, depth, rows, columns, features].
struct SpatialDropout3D: SpatialDropout {
  static let signature = makeSignature()
  static let positions = 3
  static let hasDataFormat = true
  let dropout: SpatialDropoutArguments
  init(_ dropout: SpatialDropoutArguments) { self.dropout = dropout }
}
