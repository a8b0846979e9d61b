import Lambdas
import Plans
import Tensors

/// Layers that take the largest or the mean of windows that slide over the positions, for each channel by itself.
protocol WindowPooling: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  static var kind: Pooling.Kind { get }
  var pooling: WindowPoolingArguments { get }
  init(_ pooling: WindowPoolingArguments)
}

/// What the layers of the family are told.
struct WindowPoolingArguments {
  let sizes: [Int]
  let strides: [Int]
  let padding: WindowPadding
  let dataFormat: DataFormat
}

/// Whether windows reach over the edge.
enum WindowPadding: String, CaseIterable {
  /// No window does.
  case valid
  /// As far as it takes to have ⌈extent / stride⌉ windows, evenly on both sides, the odd position behind.
  case same

  /// How many windows there are; none or fewer where not one fits.
  func count(of extent: Int, size: Int, stride: Int) -> Int {
    switch self {
    case .valid: extent < size ? 0 : (extent - size) / stride + 1
    case .same: (extent + stride - 1) / stride
    }
  }

  /// The windows along an axis.
  func windows(in extent: Int, size: Int, stride: Int) -> Pooling.Windows {
    guard self == .same else { return .sliding(size: size, stride: stride) }
    let missing = max((count(of: extent, size: size, stride: stride) - 1) * stride + size - extent, 0)
    return .sliding(size: size, stride: stride, before: missing / 2, after: missing - missing / 2)
  }
}

extension WindowPooling {
  static var size: Parameter<[Int]> {
    AxisSizes.parameter(
      "pool_size", "how many positions a window has along each axis", axes: positions, default: kind == .max ? 2 : nil)
  }
  static var strides: Parameter<[Int]?> {
    let axes = positions
    return Parameter<[Int]?>(
      "strides", "how far windows lie apart; as far as they are wide, if None", .optional(AxisSizes.kind(axes, min: 1)),
      default: Value.none
    ) { if case .none = $0 { .some(nil) } else { AxisSizes.decode($0, axes: axes).map(Optional.some) } }
  }
  static var padding: Parameter<String> {
    Parameter<String>(
      "padding", "whether windows stay inside (valid), or may reach over the edge so that there are as many as strides (same)",
      .choice(WindowPadding.allCases.map(\.rawValue)), default: WindowPadding.valid.rawValue)
  }

  /// The signature of a layer of the family; `value` says what becomes of a window.
  static func makeSignature(_ name: String, _ value: String) -> Signature {
    Signature(
      name, "Takes the \(value) of each window and channel.",
      [size.description, strides.description, padding.description, DataFormat.parameter.description],
      formula: kind == .max ? "max of the window" : "sum of the window / how many positions of it are not padding",
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\n\(name)(2)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let input = try onlyInput(inputs).shape
    let pooling = WindowPoolingArguments(arguments, Self.self)
    var grid = try GridShape(input, positions: positions, pooling.dataFormat)
    for axis in 0..<positions {
      guard let extent = grid.positions[axis] else { continue }
      let count = pooling.padding.count(of: extent, size: pooling.sizes[axis], stride: pooling.strides[axis])
      guard count > 0 else {
        throw ShapeError(
          "has windows of \(AxisSizes.text(pooling.sizes)), which do not fit into \(input.description)",
          hint: extent > 0 ? "with `padding=\"same\"` they may reach over the edge." : nil)
      }
      grid.positions[axis] = count
    }
    return LayerShape(TensorSpec(grid.shape))
  }

  init(_ arguments: Arguments) { self.init(WindowPoolingArguments(arguments, Self.self)) }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    pooling.dataFormat.onChannelsLast(inputs[0], in: &graph) { graph, x in  // [batch, positions…, channels] → fewer positions
      let axes = zip(pooling.sizes, zip(pooling.strides, graph.shape(of: x).dropFirst())).map { size, rest in
        pooling.padding.windows(in: rest.1, size: size, stride: rest.0)
      }
      return graph.pool(x, Pooling(Self.kind, axes))
    }
  }
}

extension WindowPoolingArguments {
  fileprivate init(_ arguments: Arguments, _ type: (some WindowPooling).Type) {
    sizes = arguments[type.size]
    strides = arguments[type.strides] ?? sizes
    padding = WindowPadding(rawValue: arguments[type.padding]) ?? .valid
    dataFormat = DataFormat(arguments[DataFormat.parameter])
  }
}
