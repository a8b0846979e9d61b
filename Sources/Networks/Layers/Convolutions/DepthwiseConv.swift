import Plans
import Tensors

/// Convolutions of each channel by itself: as many filters for each as `depth_multiplier` says.
protocol DepthwiseConv: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  var convolution: DepthwiseConvArguments { get }
  init(_ convolution: DepthwiseConvArguments)
}

/// What the layers of the family are told.
struct DepthwiseConvArguments {
  let kernel: SlidingKernel
  let activation: Activation?
  let weightRules: [String: WeightRules]

  static let depthMultiplier = Parameter<Int>(
    "depth_multiplier", "how many filters each channel has", min: 1, max: AxisSizes.limit, default: 1)
  static let kernelWeight = WeightParameters("depthwise", initializer: "glorot_uniform")
  static let bias = WeightParameters("bias", initializer: "zeros")
}

extension DepthwiseConv {
  static func makeSignature(_ what: String, source: String = "") -> Signature {
    Signature(
      "DepthwiseConv\(positions)D", "A convolution of each channel of \(what) by itself.",
      [
        SlidingKernel.size(positions).description, SlidingKernel.strides(positions).description,
        SlidingKernel.padding([.valid, .same]).description, DepthwiseConvArguments.depthMultiplier.description,
        DataFormat.parameter.description, SlidingKernel.dilations(positions).description, SlidingKernel.activation.description,
        SlidingKernel.useBias.description,
      ]
        + WeightParameters.descriptions(
          [DepthwiseConvArguments.kernelWeight, DepthwiseConvArguments.bias], withActivity: true),
      formula: "activation(Σₖ input[o · stride + k · dilation, c] · kernel[k, c, m] + bias) in channel c · depth_multiplier + m",
      source: source,
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\nDepthwiseConv\(positions)D(3)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let kernel = SlidingKernel(arguments, axes: positions)
    let grid = try GridShape(try onlyInput(inputs).shape, positions: positions, kernel.format)
    let (channels, multiplier) = (try grid.knownChannels(), arguments[DepthwiseConvArguments.depthMultiplier])
    let filters = try grid.channels(times: multiplier)
    let output = try kernel.output(of: grid, filters: filters).shape
    var weights = [WeightSpec("kernel", kernel.size + [channels, multiplier])]
    if arguments[SlidingKernel.useBias] { weights.append(WeightSpec("bias", [filters])) }
    let activation = arguments[SlidingKernel.activation].map(Activation.init)
    return LayerShape(TensorSpec(try activation?.shape(output) ?? output), weights: weights)
  }

  init(_ arguments: Arguments) {
    self.init(
      DepthwiseConvArguments(
        kernel: SlidingKernel(arguments, axes: Self.positions),
        activation: arguments[SlidingKernel.activation].map(Activation.init),
        weightRules: [
          "kernel": DepthwiseConvArguments.kernelWeight.rules(arguments), "bias": DepthwiseConvArguments.bias.rules(arguments),
        ]))
  }

  var weightRules: [String: WeightRules] { convolution.weightRules }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let kernel = use.weight("kernel", in: &graph) else { preconditionFailure("a convolution has a kernel") }
    let bias = use.weight("bias", in: &graph)
    let output = convolution.kernel.format.onChannelsLast(inputs[0], in: &graph) { graph, x in
      let output = graph.depthwiseConvolution(x, kernel, convolution.kernel)
      return bias.map { graph.add(output, $0) } ?? output
    }
    return convolution.activation?.emit(output, into: &graph) ?? output
  }
}

extension Graph {
  /// x [batch, positions…, channels] and a kernel [size…, channels, multiplier] → [batch, positions…, channels · multiplier]: as many
  /// groups as channels.
  mutating func depthwiseConvolution(_ x: Node, _ kernel: Node, _ sliding: SlidingKernel) -> Node {
    let weights = shape(of: kernel)
    let channels = weights[weights.count - 2]
    let flat = reshape(kernel, weights.dropLast(2) + [1, channels * weights[weights.count - 1]])
    return convolution(x, flat, sliding.convolution(over: shape(of: x), groups: channels))
  }
}

extension GridShape {
  /// So many channels for each there is, if they can be counted.
  func channels(times multiplier: Int) throws(ShapeError) -> Int {
    let (channels, overflows) = try knownChannels().multipliedReportingOverflow(by: multiplier)
    guard !overflows else { throw ShapeError("would give more channels than can be counted") }
    return channels
  }
}

/// Of sequences: [batch, positions, channels].
struct DepthwiseConv1D: DepthwiseConv {
  static let signature = makeSignature("sequences")
  static let positions = 1
  let convolution: DepthwiseConvArguments
  init(_ convolution: DepthwiseConvArguments) { self.convolution = convolution }
}

/// Of images: [batch, rows, columns, channels].
struct DepthwiseConv2D: DepthwiseConv {
  static let signature = makeSignature("images", source: "Sifre, 2014: Rigid-motion scattering for image classification")
  static let positions = 2
  let convolution: DepthwiseConvArguments
  init(_ convolution: DepthwiseConvArguments) { self.convolution = convolution }
}
