import Plans
import Tensors

/// Layers that take the largest or the mean of so many windows as are asked for, spread evenly over the positions, for each channel
/// by itself.
protocol AdaptivePooling: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  static var kind: Pooling.Kind { get }
  var pooling: AdaptivePoolingArguments { get }
  init(_ pooling: AdaptivePoolingArguments)
}

/// What the layers of the family are told.
struct AdaptivePoolingArguments {
  let sizes: [Int]
  let dataFormat: DataFormat
}

extension AdaptivePooling {
  static var outputSize: Parameter<[Int]> {
    AxisSizes.parameter("output_size", "how many windows there are along each axis", axes: positions)
  }

  static func makeSignature(_ name: String) -> Signature {
    Signature(
      name, "Takes the \(kind == .max ? "largest element" : "mean") of windows spread evenly over the positions.",
      [outputSize.description, DataFormat.parameter.description],
      formula: "window i from ⌊i·extent/output_size⌋ up to ⌈(i + 1)·extent/output_size⌉",
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\n\(name)(3)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    var grid = try GridShape(
      try onlyInput(inputs).shape, positions: positions, DataFormat(arguments[DataFormat.parameter]))
    grid.positions = arguments[outputSize]
    return LayerShape(TensorSpec(grid.shape))
  }

  init(_ arguments: Arguments) {
    self.init(
      AdaptivePoolingArguments(
        sizes: arguments[Self.outputSize], dataFormat: DataFormat(arguments[DataFormat.parameter])))
  }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    pooling.dataFormat.onChannelsLast(inputs[0], in: &graph) { graph, x in  // [batch, positions…, channels]
      graph.pool(x, Pooling(Self.kind, pooling.sizes.map { .spread(count: $0) }))
    }
  }
}
