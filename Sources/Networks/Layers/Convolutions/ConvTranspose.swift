import Lambdas
import Plans
import Tensors

/// Transposed convolutions, which make inputs larger: each element is spread over the positions of the kernel, as the derivative of a
/// convolution spreads gradients.
protocol ConvTranspose: Layer {
  /// How many axes of positions an example has.
  static var positions: Int { get }
  var convolution: ConvTransposeArguments { get }
  init(_ convolution: ConvTransposeArguments)
}

/// What the layers of the family are told.
struct ConvTransposeArguments {
  let kernel: SlidingKernel
  /// Positions at the end of each axis beyond the least; nil for as many as Keras finds right.
  let outputPadding: [Int]?
  let filters: Int
  let activation: Activation?
  let weightRules: [String: WeightRules]

  static func outputPadding(_ axes: Int) -> Parameter<[Int]?> {
    Parameter<[Int]?>(
      "output_padding",
      "how many positions there are at the end beyond the least; None for `strides` times the input with "
        + "`padding=\"same\"`, and room for all with `\"valid\"`", .optional(AxisSizes.kind(axes, min: 0)), default: Value.none
    ) { if case .none = $0 { .some(nil) } else { AxisSizes.decode($0, axes: axes).map(Optional.some) } }
  }
}

extension ConvTransposeArguments {
  /// The kernel's positions along an axis, from the first to the last.
  private func span(_ axis: Int) -> Int { (kernel.size[axis] - 1) * kernel.dilations[axis] + 1 }

  /// How many positions come of `extent`; nil if they cannot be counted.
  private func outputExtent(_ extent: Int, _ axis: Int) -> Int? {
    let (stride, span) = (kernel.strides[axis], span(axis))
    let (last, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
    guard extent > 0, !overflows, last < Int.max >> 1 else { return nil }
    switch (kernel.padding, outputPadding?[axis]) {
    case (.same, nil): return last + stride
    case (.same, let padding?): return last + span % 2 + padding
    case (_, nil): return last + max(span, stride)
    case (_, let padding?): return last + span + padding
    }
  }

  /// The grid of what comes out. Throws where nothing does.
  func output(of input: GridShape) throws(ShapeError) -> GridShape {
    var output = input
    output.channels = filters
    for axis in kernel.size.indices {
      guard let extent = input.positions[axis] else { continue }
      guard let positions = outputExtent(extent, axis) else {
        throw ShapeError("would give more positions than can be counted")
      }
      guard positions > 0 else {
        throw ShapeError(
          "gives no position for \(input.shape.description)", hint: "an `output_padding` of 1, or none at all, gives some.")
      }
      output.positions[axis] = positions
    }
    return output
  }

  /// The convolution that this is the transpose of, and the extents of its input, for an input [batch, positions…, channels].
  func transposed(over shape: [Int]) -> (convolution: Convolution, extents: [Int]) {
    var extents: [Int] = []
    var padding: [Convolution.Padding] = []
    for axis in kernel.size.indices {
      let (extent, stride, span) = (shape[axis + 1], kernel.strides[axis], span(axis))
      guard let output = outputExtent(extent, axis) else { preconditionFailure("the shape rule counted the positions") }
      var before = 0
      if kernel.padding == .same {
        // What is cut off, which Keras counts from the other side: `span − 1` less what lies before the first element.
        let around = outputPadding.map { span + span % 2 - 2 + $0[axis] } ?? stride + span - 2
        before = span - 1 - min((around + 1) / 2, span - 1)
      }
      extents.append(output)
      padding.append(Convolution.Padding(before: before, after: max((extent - 1) * stride + span - output - before, 0)))
    }
    return (Convolution(strides: kernel.strides, dilations: kernel.dilations, padding: padding), extents)
  }
}

extension ConvTranspose {
  static func makeSignature(_ what: String, source: String = "") -> Signature {
    Signature(
      "Conv\(positions)DTranspose",
      "A transposed convolution of \(what): makes them larger, as the derivative of a convolution does.",
      [
        ConvArguments.filters.description, SlidingKernel.size(positions).description,
        SlidingKernel.strides(positions).description, SlidingKernel.padding([.valid, .same]).description,
        ConvTransposeArguments.outputPadding(positions).description, DataFormat.parameter.description,
        SlidingKernel.dilations(positions).description, SlidingKernel.activation.description,
        SlidingKernel.useBias.description,
      ] + WeightParameters.descriptions([ConvArguments.kernelWeight, ConvArguments.bias], withActivity: true),
      formula: "activation(output + bias), where output[o · stride + k · dilation − cut] sums input[o] · kernel[k]",
      source: source,
      example: "Input((\(Array(repeating: "4, ", count: positions).joined())3))\nConv\(positions)DTranspose(4, 3, strides=2)")
  }

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    let strides = arguments[SlidingKernel.strides(positions)]
    if let padding = arguments[ConvTransposeArguments.outputPadding(positions)],
      let axis = strides.indices.first(where: { padding[$0] >= strides[$0] })
    {
      return ArgumentConflict(
        of: "output_padding", "adds \(padding[axis]) positions at the end, but moves by \(strides[axis])",
        hint: "`output_padding` is less than `strides` along each axis.")
    }
    return SlidingKernel.conflict(arguments, axes: positions)
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let convolution = ConvTransposeArguments(arguments, axes: positions)
    let grid = try GridShape(try onlyInput(inputs).shape, positions: positions, convolution.kernel.format)
    let channels = try grid.knownChannels()
    let output = try convolution.output(of: grid).shape
    var weights = [WeightSpec("kernel", convolution.kernel.size + [convolution.filters, channels])]
    if arguments[SlidingKernel.useBias] { weights.append(WeightSpec("bias", [convolution.filters])) }
    return LayerShape(TensorSpec(try convolution.activation?.shape(output) ?? output), weights: weights)
  }

  init(_ arguments: Arguments) { self.init(ConvTransposeArguments(arguments, axes: Self.positions)) }

  var weightRules: [String: WeightRules] { convolution.weightRules }

  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node {
    guard let kernel = use.weight("kernel", in: &graph) else { preconditionFailure("a convolution has a kernel") }
    let bias = use.weight("bias", in: &graph)
    let output = convolution.kernel.format.onChannelsLast(inputs[0], in: &graph) { graph, x in  // → [batch, positions…, filters]
      let (settings, extents) = convolution.transposed(over: graph.shape(of: x))
      let shape = [graph.shape(of: x)[0]] + extents + [convolution.filters]
      let output = graph.convolutionInputGradient(x, kernel, settings, input: shape)
      return bias.map { graph.add(output, $0) } ?? output
    }
    return convolution.activation?.emit(output, into: &graph) ?? output
  }
}

extension ConvTransposeArguments {
  fileprivate init(_ arguments: Arguments, axes: Int) {
    kernel = SlidingKernel(arguments, axes: axes)
    outputPadding = arguments[ConvTransposeArguments.outputPadding(axes)]
    filters = arguments[ConvArguments.filters]
    activation = arguments[SlidingKernel.activation].map(Activation.init)
    weightRules = ["kernel": ConvArguments.kernelWeight.rules(arguments), "bias": ConvArguments.bias.rules(arguments)]
  }
}

/// Of sequences: [batch, positions, channels].
struct Conv1DTranspose: ConvTranspose {
  static let signature = makeSignature("sequences")
  static let aliases = ["Convolution1DTranspose"]
  static let positions = 1
  let convolution: ConvTransposeArguments
  init(_ convolution: ConvTransposeArguments) { self.convolution = convolution }
}

/// Of images: [batch, rows, columns, channels].
struct Conv2DTranspose: ConvTranspose {
  static let signature = makeSignature(
    "images", source: "Zeiler, Krishnan, Taylor and Fergus, 2010: Deconvolutional networks")
  static let aliases = ["Convolution2DTranspose"]
  static let positions = 2
  let convolution: ConvTransposeArguments
  init(_ convolution: ConvTransposeArguments) { self.convolution = convolution }
}

/// Of volumes: [batch, depth, rows, columns, channels].
struct Conv3DTranspose: ConvTranspose {
  static let signature = makeSignature("volumes")
  static let aliases = ["Convolution3DTranspose"]
  static let positions = 3
  let convolution: ConvTransposeArguments
  init(_ convolution: ConvTransposeArguments) { self.convolution = convolution }
}
