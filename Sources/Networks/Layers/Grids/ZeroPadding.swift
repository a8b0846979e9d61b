import Plans
import Tensors

/// Layers that put zeros around the positions.
protocol ZeroPadding: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  var padding: EdgeAmounts { get }
  var dataFormat: DataFormat { get }
  init(_ padding: EdgeAmounts, _ dataFormat: DataFormat)
}

extension ZeroPadding {
  static var amounts: Parameter<EdgeAmounts> {
    let forms = positions == 1 ? "two for its ends" : "one for each axis, or a pair for each"
    return EdgeAmounts.parameter("padding", "how many zeros are put at an end: a number, \(forms)", axes: positions, default: 1)
  }

  static func makeSignature() -> Signature {
    Signature(
      "ZeroPadding\(positions)D", "Puts zeros around the positions.", [amounts.description, DataFormat.parameter.description],
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\nZeroPadding\(positions)D(2)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let format = DataFormat(arguments[DataFormat.parameter])
    var grid = try GridShape(try onlyInput(inputs).shape, positions: positions, format)
    for (axis, side) in arguments[amounts].sides.enumerated() {
      grid.positions[axis] = grid.positions[axis].map { $0 + side.before + side.after }
    }
    return LayerShape(TensorSpec(grid.shape))
  }

  init(_ arguments: Arguments) {
    self.init(arguments[Self.amounts], DataFormat(arguments[DataFormat.parameter]))
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, …], larger
    let axes = dataFormat.positions(rank: graph.shape(of: inputs[0]).count)
    return zip(axes, padding.sides).reduce(inputs[0]) { x, side in
      graph.pad(x, axis: side.0, before: side.1.before, after: side.1.after)
    }
  }
}

/// Zeros before and after sequences: [batch, positions, channels].
struct ZeroPadding1D: ZeroPadding {
  static let signature = makeSignature()
  static let positions = 1
  let padding: EdgeAmounts
  let dataFormat: DataFormat
  init(_ padding: EdgeAmounts, _ dataFormat: DataFormat) { (self.padding, self.dataFormat) = (padding, dataFormat) }
}

/// Zeros around images: [batch, rows, columns, channels].
struct ZeroPadding2D: ZeroPadding {
  static let signature = makeSignature()
  static let positions = 2
  let padding: EdgeAmounts
  let dataFormat: DataFormat
  init(_ padding: EdgeAmounts, _ dataFormat: DataFormat) { (self.padding, self.dataFormat) = (padding, dataFormat) }
}

/// Zeros around volumes: [batch, depth, rows, columns, channels].
struct ZeroPadding3D: ZeroPadding {
  static let signature = makeSignature()
  static let positions = 3
  let padding: EdgeAmounts
  let dataFormat: DataFormat
  init(_ padding: EdgeAmounts, _ dataFormat: DataFormat) { (self.padding, self.dataFormat) = (padding, dataFormat) }
}
