import Plans
import Tensors

/// How a kernel slides over the positions of its input: what every convolution is told.
struct SlidingKernel {
  let size: [Int]
  let strides: [Int]
  let dilations: [Int]
  let padding: Padding
  let format: DataFormat

  /// Whether a kernel reaches over the edge of its input.
  enum Padding: String, CaseIterable {
    case valid
    /// As far as it takes to have ⌈extent / stride⌉ positions, evenly on both sides, the odd one behind.
    case same
    /// Only before the first position, so that none is computed from a later one.
    case causal
  }
}

extension SlidingKernel {
  static func size(_ axes: Int) -> Parameter<[Int]> {
    AxisSizes.parameter("kernel_size", "how many positions the kernel has along each axis", axes: axes)
  }

  static func strides(_ axes: Int) -> Parameter<[Int]> {
    AxisSizes.parameter("strides", "how far the kernel moves along each axis", axes: axes, default: 1)
  }

  static func dilations(_ axes: Int) -> Parameter<[Int]> {
    AxisSizes.parameter("dilation_rate", "how far the kernel's positions lie apart along each axis", axes: axes, default: 1)
  }

  static func padding(_ choices: [Padding]) -> Parameter<String> {
    let causal = choices.contains(.causal) ? ", or only before the first position (causal)" : ""
    return Parameter<String>(
      "padding",
      "whether the kernel stays inside (valid), or may reach over the edge so that strides of 1 keep the size (same)\(causal)",
      .choice(choices.map(\.rawValue)), default: Padding.valid.rawValue)
  }

  static let useBias = Parameter<Bool>("use_bias", "whether to add a bias for each filter", default: true)
  static let activation = Parameter<Configured?>.optional(
    Parameter<Configured>("activation", "applied to each output; none is linear", .activation))

  /// What the arguments of a layer over so many axes of positions say.
  init(_ arguments: Arguments, axes: Int) {
    size = arguments[SlidingKernel.size(axes)]
    strides = arguments[SlidingKernel.strides(axes)]
    dilations = arguments[SlidingKernel.dilations(axes)]
    padding = Padding(rawValue: arguments[SlidingKernel.padding(Padding.allCases)]) ?? .valid
    format = DataFormat(arguments[DataFormat.parameter])
  }

  /// Keras computes no convolution with both: which of the positions in between would count is not agreed upon.
  static func conflict(_ arguments: Arguments, axes: Int) -> ArgumentConflict? {
    guard arguments[strides(axes)].contains(where: { $0 > 1 }), arguments[dilations(axes)].contains(where: { $0 > 1 }) else {
      return nil
    }
    return ArgumentConflict(
      of: "dilation_rate", "moves by `strides` and spreads its kernel by `dilation_rate`, but one of them must be 1",
      hint: "keep one of them.")
  }

  /// How many positions of an axis the kernel spans.
  private func span(_ axis: Int) -> Int { (size[axis] - 1) * dilations[axis] + 1 }

  /// The grid of what comes out, of as many channels as there are filters.
  func output(of input: GridShape, filters: Int) throws(ShapeError) -> GridShape {
    var output = input
    output.channels = filters
    for axis in size.indices {
      guard let extent = input.positions[axis] else { continue }
      let room = padding == .valid ? extent - span(axis) : extent - 1
      guard room >= 0 else {
        let spread = (0..<size.count).map(span)
        let reach = spread == size ? "" : ", spread over \(AxisSizes.text(spread)) by its `dilation_rate`"
        throw ShapeError(
          "has a kernel of \(AxisSizes.text(size))\(reach), which does not fit into \(input.shape.description)",
          hint: extent > 0 ? "with `padding=\"same\"` it may reach over the edge; a smaller kernel fits too." : nil)
      }
      output.positions[axis] = room / strides[axis] + 1
    }
    return output
  }

  /// The convolution of an input [batch, positions…, channels].
  func convolution(over shape: [Int], groups: Int = 1) -> Convolution {
    let padding = size.indices.map { axis in
      let extent = shape[axis + 1]
      switch self.padding {
      case .valid: return Convolution.Padding.none
      case .causal: return Convolution.Padding(before: span(axis) - 1, after: 0)
      case .same:
        let count = (extent + strides[axis] - 1) / strides[axis]
        let missing = max((count - 1) * strides[axis] + span(axis) - extent, 0)
        return Convolution.Padding(before: missing / 2, after: missing - missing / 2)
      }
    }
    return Convolution(strides: strides, dilations: dilations, padding: padding, groups: groups)
  }
}

extension GridShape {
  /// How many channels there are, which must be known.
  func knownChannels() throws(ShapeError) -> Int {
    guard let channels else {
      throw ShapeError("needs to know how many channels it has, but their number is open in \(shape.description)")
    }
    return channels
  }
}
