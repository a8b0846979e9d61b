import Plans
import Tensors

/// Layers that make several positions of each.
protocol UpSampling: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  var enlargement: Enlargement { get }
  init(_ enlargement: Enlargement)
}

/// What the layers of the family are told.
struct Enlargement {
  let factors: [Int]
  let dataFormat: DataFormat
  let method: Resampling.Method

  static let interpolation = Parameter<String>(
    "interpolation", "how new positions are made: repeated (nearest), or mixed of neighbours",
    .choice(Resampling.Method.allCases.map(\.rawValue)), default: Resampling.Method.nearest.rawValue)
}

extension UpSampling {
  static var size: Parameter<[Int]> {
    AxisSizes.parameter("size", "how many positions become of each along an axis", axes: positions, default: 2)
  }

  static var hasDataFormat: Bool { positions > 1 }
  static var hasInterpolation: Bool { positions == 2 }

  static func makeSignature() -> Signature {
    Signature(
      "UpSampling\(positions)D", "Makes several positions of each.",
      [
        positions == 1
          ? Parameter<Int>(size.description.name, size.description.help, min: 1, default: 2).description : size.description
      ]
        + (hasDataFormat ? [DataFormat.parameter.description] : [])
        + (hasInterpolation ? [Enlargement.interpolation.description] : []),
      example: "Input((\(Array(repeating: "4, ", count: positions).joined())3))\nUpSampling\(positions)D(2)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let format = hasDataFormat ? DataFormat(arguments[DataFormat.parameter]) : .channelsLast
    var grid = try GridShape(try onlyInput(inputs).shape, positions: positions, format)
    for (axis, factor) in arguments[size].enumerated() {
      guard let extent = grid.positions[axis] else { continue }
      guard factor <= AxisSizes.limit / max(extent, 1) else {
        throw ShapeError("makes \(factor) positions of each of \(extent), more than an axis can have")
      }
      grid.positions[axis] = extent * factor
    }
    return LayerShape(TensorSpec(grid.shape))
  }

  init(_ arguments: Arguments) {
    self.init(
      Enlargement(
        factors: arguments[Self.size],
        dataFormat: Self.hasDataFormat ? DataFormat(arguments[DataFormat.parameter]) : .channelsLast,
        method: Self.hasInterpolation
          ? Resampling.Method(rawValue: arguments[Enlargement.interpolation]) ?? .nearest : .nearest))
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, …], larger
    let shape = graph.shape(of: inputs[0])
    return zip(enlargement.dataFormat.positions(rank: shape.count), enlargement.factors).reduce(inputs[0]) { x, axis in
      graph.resample(x, axis: axis.0, to: shape[axis.0] * axis.1, by: enlargement.method)
    }
  }
}

/// More positions of sequences: [batch, positions, channels].
struct UpSampling1D: UpSampling {
  static let signature = makeSignature()
  static let positions = 1
  let enlargement: Enlargement
  init(_ enlargement: Enlargement) { self.enlargement = enlargement }
}

/// More positions of images: [batch, rows, columns, channels].
struct UpSampling2D: UpSampling {
  static let signature = makeSignature()
  static let positions = 2
  let enlargement: Enlargement
  init(_ enlargement: Enlargement) { self.enlargement = enlargement }
}

/// More positions of volumes: [batch, depth, rows, columns, channels].
struct UpSampling3D: UpSampling {
  static let signature = makeSignature()
  static let positions = 3
  let enlargement: Enlargement
  init(_ enlargement: Enlargement) { self.enlargement = enlargement }
}
