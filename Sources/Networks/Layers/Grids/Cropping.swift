import Plans
import Tensors

/// Layers that cut positions off.
protocol Cropping: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  static var defaultAmount: Int { get }
  static var hasDataFormat: Bool { get }
  var cropping: EdgeAmounts { get }
  var dataFormat: DataFormat { get }
  init(_ cropping: EdgeAmounts, _ dataFormat: DataFormat)
}

extension Cropping {
  static var hasDataFormat: Bool { true }

  static var amounts: Parameter<EdgeAmounts> {
    let forms = positions == 1 ? "two for its ends" : "one for each axis, or a pair for each"
    return EdgeAmounts.parameter(
      "cropping", "how many positions are cut off at an end: a number, \(forms)", axes: positions, default: defaultAmount)
  }

  static func makeSignature() -> Signature {
    Signature(
      "Cropping\(positions)D", "Cuts positions off.",
      [amounts.description] + (hasDataFormat ? [DataFormat.parameter.description] : []),
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\nCropping\(positions)D(2)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    var grid = try GridShape(input, positions: positions, format(arguments))
    for (axis, side) in arguments[amounts].sides.enumerated() {
      guard let extent = grid.positions[axis] else { continue }
      guard side.before + side.after < extent else {
        throw ShapeError("cuts \(side.before) and \(side.after) positions off an axis of \(extent), which leaves nothing of it")
      }
      grid.positions[axis] = extent - side.before - side.after
    }
    return LayerShape(TensorSpec(grid.shape))
  }

  private static func format(_ arguments: Arguments) -> DataFormat {
    hasDataFormat ? DataFormat(arguments[DataFormat.parameter]) : .channelsLast
  }

  init(_ arguments: Arguments) { self.init(arguments[Self.amounts], Self.format(arguments)) }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {  // [batch, …] → [batch, …], smaller
    let shape = graph.shape(of: inputs[0])
    return zip(dataFormat.positions(rank: shape.count), cropping.sides).reduce(inputs[0]) { x, side in
      let start = min(side.1.before, shape[side.0])
      return graph.slice(x, axis: side.0, start..<max(shape[side.0] - side.1.after, start))
    }
  }
}

/// Sequences without their ends: [batch, positions, channels].
struct Cropping1D: Cropping {
  static let signature = makeSignature()
  static let positions = 1
  static let defaultAmount = 1
  static let hasDataFormat = false
  let cropping: EdgeAmounts
  let dataFormat: DataFormat
  init(_ cropping: EdgeAmounts, _ dataFormat: DataFormat) { (self.cropping, self.dataFormat) = (cropping, dataFormat) }
}

/// Images without their edges: [batch, rows, columns, channels].
struct Cropping2D: Cropping {
  static let signature = makeSignature()
  static let positions = 2
  static let defaultAmount = 0
  let cropping: EdgeAmounts
  let dataFormat: DataFormat
  init(_ cropping: EdgeAmounts, _ dataFormat: DataFormat) { (self.cropping, self.dataFormat) = (cropping, dataFormat) }
}

/// Volumes without their faces: [batch, depth, rows, columns, channels].
struct Cropping3D: Cropping {
  static let signature = makeSignature()
  static let positions = 3
  static let defaultAmount = 1
  let cropping: EdgeAmounts
  let dataFormat: DataFormat
  init(_ cropping: EdgeAmounts, _ dataFormat: DataFormat) { (self.cropping, self.dataFormat) = (cropping, dataFormat) }
}
