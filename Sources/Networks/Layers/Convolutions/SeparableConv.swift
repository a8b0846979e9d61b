import Plans
import Tensors

/// Convolutions in two steps: of each channel by itself, then of all channels at each position.
protocol SeparableConv: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  var convolution: SeparableConvArguments { get }
  init(_ convolution: SeparableConvArguments)
}

/// What the layers of the family are told.
struct SeparableConvArguments {
  let kernel: SlidingKernel
  let activation: Activation?
  let weightRules: [String: WeightRules]

  static let depthwise = WeightParameters("depthwise", initializer: "glorot_uniform")
  static let pointwise = WeightParameters("pointwise", initializer: "glorot_uniform")
  static let bias = WeightParameters("bias", initializer: "zeros")
}

extension SeparableConv {
  static func makeSignature(_ what: String, source: String = "") -> Signature {
    Signature(
      "SeparableConv\(positions)D", "A convolution of each channel of \(what) by itself, then of all channels at each position.",
      [
        ConvArguments.filters.description, SlidingKernel.size(positions).description,
        SlidingKernel.strides(positions).description, SlidingKernel.padding([.valid, .same]).description,
        DataFormat.parameter.description, SlidingKernel.dilations(positions).description,
        DepthwiseConvArguments.depthMultiplier.description, SlidingKernel.activation.description,
        SlidingKernel.useBias.description,
      ]
        + WeightParameters.descriptions(
          [SeparableConvArguments.depthwise, SeparableConvArguments.pointwise, SeparableConvArguments.bias], withActivity: true),
      formula: "activation(depthwise(input) · pointwise_kernel + bias)", source: source,
      example: "Input((\(Array(repeating: "8, ", count: positions).joined())3))\nSeparableConv\(positions)D(4, 3)")
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let kernel = SlidingKernel(arguments, axes: positions)
    let grid = try GridShape(try onlyInput(inputs).shape, positions: positions, kernel.format)
    let (channels, multiplier) = (try grid.knownChannels(), arguments[DepthwiseConvArguments.depthMultiplier])
    let (between, filters) = (try grid.channels(times: multiplier), arguments[ConvArguments.filters])
    let output = try kernel.output(of: grid, filters: filters).shape
    let ones = Array(repeating: 1, count: positions)
    var weights = [
      WeightSpec("depthwise_kernel", kernel.size + [channels, multiplier]),
      WeightSpec("pointwise_kernel", ones + [between, filters]),
    ]
    if arguments[SlidingKernel.useBias] { weights.append(WeightSpec("bias", [filters])) }
    let activation = arguments[SlidingKernel.activation].map(Activation.init)
    return LayerShape(TensorSpec(try activation?.shape(output) ?? output), weights: weights)
  }

  init(_ arguments: Arguments) {
    self.init(
      SeparableConvArguments(
        kernel: SlidingKernel(arguments, axes: Self.positions),
        activation: arguments[SlidingKernel.activation].map(Activation.init),
        weightRules: [
          "depthwise_kernel": SeparableConvArguments.depthwise.rules(arguments),
          "pointwise_kernel": SeparableConvArguments.pointwise.rules(arguments),
          "bias": SeparableConvArguments.bias.rules(arguments),
        ]))
  }

  var weightRules: [String: WeightRules] { convolution.weightRules }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let depthwise = use.weight("depthwise_kernel", in: &graph), let pointwise = use.weight("pointwise_kernel", in: &graph)
    else { preconditionFailure("a separable convolution has two kernels") }
    let bias = use.weight("bias", in: &graph)
    let ones = Array(repeating: 1, count: Self.positions)
    let plain = Convolution(strides: ones, dilations: ones, padding: Array(repeating: .none, count: Self.positions))
    let output = convolution.kernel.format.onChannelsLast(inputs[0], in: &graph) { graph, x in
      let output = graph.convolution(graph.depthwiseConvolution(x, depthwise, convolution.kernel), pointwise, plain)
      return bias.map { graph.add(output, $0) } ?? output
    }
    return convolution.activation?.emit(output, into: &graph) ?? output
  }
}

/// Of sequences: [batch, positions, channels].
struct SeparableConv1D: SeparableConv {
  static let signature = makeSignature("sequences")
  static let aliases = ["SeparableConvolution1D"]
  static let positions = 1
  let convolution: SeparableConvArguments
  init(_ convolution: SeparableConvArguments) { self.convolution = convolution }
}

/// Of images: [batch, rows, columns, channels].
struct SeparableConv2D: SeparableConv {
  static let signature = makeSignature(
    "images", source: "Chollet, 2017: Xception: deep learning with depthwise separable convolutions")
  static let aliases = ["SeparableConvolution2D"]
  static let positions = 2
  let convolution: SeparableConvArguments
  init(_ convolution: SeparableConvArguments) { self.convolution = convolution }
}
