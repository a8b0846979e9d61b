import Plans
import Tensors

/// Convolutions over one, two or three axes of positions: `activation(Σ input · kernel + bias)` at each place of the kernel.
protocol Conv: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  var convolution: ConvArguments { get }
  init(_ convolution: ConvArguments)
}

/// What the layers of the family are told.
struct ConvArguments {
  let kernel: SlidingKernel
  let groups: Int
  let activation: Activation?
  let weightRules: [String: WeightRules]

  static let filters = Parameter<Int>(
    "filters", "how many filters there are, and channels of the output", min: 1, max: AxisSizes.limit)
  static let groups = Parameter<Int>(
    "groups", "into how many parts the channels fall; each filter sees those of its part only", min: 1, default: 1)
  static let kernelWeight = WeightParameters("kernel", initializer: "glorot_uniform")
  static let bias = WeightParameters("bias", initializer: "zeros")
}

extension Conv {
  /// A line may also be padded before its beginning alone.
  private static var paddings: [SlidingKernel.Padding] { positions == 1 ? [.valid, .same, .causal] : [.valid, .same] }

  static func makeSignature(_ what: String, source: String = "") -> Signature {
    Signature(
      "Conv\(positions)D", "A convolution of \(what).",
      [
        ConvArguments.filters.description, SlidingKernel.size(positions).description,
        SlidingKernel.strides(positions).description, SlidingKernel.padding(paddings).description,
        DataFormat.parameter.description, SlidingKernel.dilations(positions).description, ConvArguments.groups.description,
        SlidingKernel.activation.description, SlidingKernel.useBias.description,
      ] + WeightParameters.descriptions([ConvArguments.kernelWeight, ConvArguments.bias], withActivity: true),
      formula: "activation(Σₖ input[o · stride + k · dilation] · kernel[k] + bias)", source: source,
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\nConv\(positions)D(4, 3, activation=\"relu\")")
  }

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    let (filters, groups) = (arguments[ConvArguments.filters], arguments[ConvArguments.groups])
    guard filters % groups == 0 else {
      return ArgumentConflict(
        of: "groups", "cannot share its \(filters) filters evenly among \(groups) groups",
        hint: "`filters` is a multiple of `groups`, as \((filters / groups + 1) * groups) is.")
    }
    return SlidingKernel.conflict(arguments, axes: positions)
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let kernel = SlidingKernel(arguments, axes: positions)
    let grid = try GridShape(try onlyInput(inputs).shape, positions: positions, kernel.format)
    let (channels, filters) = (try grid.knownChannels(), arguments[ConvArguments.filters])
    let groups = arguments[ConvArguments.groups]
    guard channels % groups == 0 else {
      throw ShapeError(
        "cannot share the \(channels) channels of \(grid.shape.description) evenly among \(groups) groups",
        hint: "the number of channels is a multiple of `groups`.")
    }
    let output = try kernel.output(of: grid, filters: filters).shape
    var weights = [WeightSpec("kernel", kernel.size + [channels / groups, filters])]
    if arguments[SlidingKernel.useBias] { weights.append(WeightSpec("bias", [filters])) }
    let activation = arguments[SlidingKernel.activation].map(Activation.init)
    return LayerShape(TensorSpec(try activation?.shape(output) ?? output), weights: weights)
  }

  init(_ arguments: Arguments) {
    self.init(
      ConvArguments(
        kernel: SlidingKernel(arguments, axes: Self.positions), groups: arguments[ConvArguments.groups],
        activation: arguments[SlidingKernel.activation].map(Activation.init),
        weightRules: [
          "kernel": ConvArguments.kernelWeight.rules(arguments), "bias": ConvArguments.bias.rules(arguments),
        ]))
  }

  var weightRules: [String: WeightRules] { convolution.weightRules }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let kernel = use.weight("kernel", in: &graph) else { preconditionFailure("a convolution has a kernel") }
    let bias = use.weight("bias", in: &graph)
    let output = convolution.kernel.format.onChannelsLast(inputs[0], in: &graph) { graph, x in  // → [batch, positions…, filters]
      let settings = convolution.kernel.convolution(over: graph.shape(of: x), groups: convolution.groups)
      let output = graph.convolution(x, kernel, settings)
      return bias.map { graph.add(output, $0) } ?? output
    }
    return convolution.activation?.emit(output, into: &graph) ?? output
  }
}

/// Of sequences: [batch, positions, channels].
struct Conv1D: Conv {
  static let signature = makeSignature("sequences: of texts, sounds, series of measurements")
  static let aliases = ["Convolution1D"]
  static let positions = 1
  let convolution: ConvArguments
  init(_ convolution: ConvArguments) { self.convolution = convolution }
}

/// Of images: [batch, rows, columns, channels].
struct Conv2D: Conv {
  static let signature = makeSignature(
    "images", source: "LeCun, Bottou, Bengio and Haffner, 1998: Gradient-based learning applied to document recognition")
  static let aliases = ["Convolution2D"]
  static let positions = 2
  let convolution: ConvArguments
  init(_ convolution: ConvArguments) { self.convolution = convolution }
}

/// Of volumes: [batch, depth, rows, columns, channels].
struct Conv3D: Conv {
  static let signature = makeSignature("volumes: scans, or images in time")
  static let aliases = ["Convolution3D"]
  static let positions = 3
  let convolution: ConvArguments
  init(_ convolution: ConvArguments) { self.convolution = convolution }
}
