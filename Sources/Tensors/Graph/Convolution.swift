/// The fine print of a convolution over one, two or three spatial axes; each list has an element for each axis.
///
/// As in all of deep learning it is a correlation: `y[o] = Σ x[o · stride + k · dilation − before] · kernel[k]`, positions outside
/// of x counting as zeros.
package struct Convolution: Hashable, Sendable {
  /// Zeros around an axis.
  package struct Padding: Hashable, Sendable {
    package let before: Int
    package let after: Int

    package init(before: Int, after: Int) {
      self.before = before
      self.after = after
    }

    package static let none = Padding(before: 0, after: 0)
  }

  package let strides: [Int]
  package let dilations: [Int]
  package let padding: [Padding]
  /// Channels and filters fall into as many parts, and a filter sees the channels of its part only.
  package let groups: Int

  package init(strides: [Int], dilations: [Int], padding: [Padding], groups: Int = 1) {
    precondition(1...3 ~= strides.count, "a convolution has one, two or three spatial axes, not \(strides.count)")
    precondition(
      dilations.count == strides.count && padding.count == strides.count, "each axis has its stride, dilation and padding")
    precondition((strides + dilations + [groups]).allSatisfy { $0 > 0 }, "strides, dilations and groups are positive")
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.groups = groups
  }

  /// How many spatial axes there are.
  package var axes: Int { strides.count }

  /// How many positions of an axis a kernel of that extent spans.
  package func span(of kernel: Int, axis: Int) -> Int { (kernel - 1) * dilations[axis] + 1 }

  /// How many positions there are for a kernel along each axis; none or fewer if the kernel is larger than the padded input.
  package func outputExtents(input: [Int], kernel: [Int]) -> [Int] {
    strides.indices.map { axis in
      let room = input[axis] + padding[axis].before + padding[axis].after - span(of: kernel[axis], axis: axis)
      return room < 0 ? 0 : room / strides[axis] + 1
    }
  }
}

/// The extents that meet in a convolution or in one of its derivatives.
struct ConvolutionShape: Hashable {
  let settings: Convolution
  let images: Int
  let channels: Int
  let filters: Int
  /// Spatial extents.
  let input: [Int]
  let kernel: [Int]
  let output: [Int]

  /// From the shapes of input [images, extents…, channels], kernel [extents…, channels / groups, filters] and output.
  init(_ settings: Convolution, input: [Int], kernel: [Int], output: [Int]) {
    self.settings = settings
    images = input[0]
    channels = input[input.count - 1]
    filters = kernel[kernel.count - 1]
    self.input = Array(input.dropFirst().dropLast())
    self.kernel = Array(kernel.dropLast(2))
    self.output = Array(output.dropFirst().dropLast())
  }

  /// Multiplications, each with its addition; those with padding count too.
  var products: Double {
    let positions = Double(images) * Double(output.reduce(1, *)) * Double(kernel.reduce(1, *))
    return positions * Double(channels / settings.groups) * Double(filters)
  }
}

extension Graph {
  /// x [batch, extents…, channels] and a kernel [extents…, channels / groups, filters] → [batch, extents…, filters].
  ///
  /// A filter that sees fewer than eight channels gains nothing from oneDNN's bfloat16 and stays float32, as do its derivatives, unless
  /// our own kernels compute it: a first layer of 224×224×3 images and 32 filters takes 385 µs instead of 390 on a Xeon with AMX, its
  /// kernel's gradient 819 instead of 616.
  package mutating func convolution(_ x: Node, _ kernel: Node, _ settings: Convolution) -> Node {
    let (input, weights) = (self[x].shape, self[kernel].shape)
    checkConvolution(input, weights, settings)
    let extents = settings.outputExtents(input: Array(input.dropFirst().dropLast()), kernel: Array(weights.dropLast(2)))
    precondition(extents.allSatisfy { $0 > 0 }, "a kernel \(weights) fits into \(input)")
    let outerPrecision = precision
    defer { precision = outerPrecision }
    let output = [input[0]] + extents + [weights[weights.count - 1]]
    let shape = ConvolutionShape(settings, input: input, kernel: weights, output: output)
    if weights[weights.count - 2] < 8, !ConvolutionWork.suitsRows(shape, precision) { precision = .float32 }
    return emit(.convolution(settings), [x, kernel], output)
  }

  /// The derivative of a convolution in its input: the gradient of what it gives, and its kernel → the gradient of an input of that
  /// shape. By itself it is a transposed convolution.
  package mutating func convolutionInputGradient(
    _ gradient: Node, _ kernel: Node, _ settings: Convolution, input: [Int]
  ) -> Node {
    let (given, weights) = (self[gradient].shape, self[kernel].shape)
    checkConvolution(input, weights, settings)
    let extents = settings.outputExtents(input: Array(input.dropFirst().dropLast()), kernel: Array(weights.dropLast(2)))
    precondition(
      given == [input[0]] + extents + [weights[weights.count - 1]],
      "a convolution of \(input) by \(weights) does not give \(given)")
    return emit(.convolutionInputGradient(settings), [gradient, kernel], input)
  }

  /// The derivative of a convolution in its kernel: its input, and the gradient of what it gives → the gradient of a kernel of that
  /// shape.
  package mutating func convolutionKernelGradient(
    _ x: Node, _ gradient: Node, _ settings: Convolution, kernel: [Int]
  ) -> Node {
    let (input, given) = (self[x].shape, self[gradient].shape)
    checkConvolution(input, kernel, settings)
    let extents = settings.outputExtents(input: Array(input.dropFirst().dropLast()), kernel: Array(kernel.dropLast(2)))
    precondition(
      given == [input[0]] + extents + [kernel[kernel.count - 1]], "a convolution of \(input) by \(kernel) does not give \(given)")
    return emit(.convolutionKernelGradient(settings), [x, gradient], kernel)
  }

  private func checkConvolution(_ input: [Int], _ kernel: [Int], _ settings: Convolution) {
    let rank = settings.axes + 2
    precondition(input.count == rank && kernel.count == rank, "\(settings.axes) spatial axes: not \(input) by \(kernel)")
    let (channels, filters) = (input[rank - 1], kernel[rank - 1])
    precondition(kernel.allSatisfy { $0 > 0 } && input.dropFirst().allSatisfy { $0 > 0 }, "nothing is empty but the batch")
    precondition(
      filters % settings.groups == 0 && channels == kernel[rank - 2] * settings.groups,
      "\(settings.groups) groups share \(channels) channels and \(filters) filters: kernel \(kernel)")
  }

  /// The extents of a convolution, or of one of its derivatives.
  func convolutionShape(_ entry: Entry) -> ConvolutionShape {
    let shapes = entry.inputs.map { self[$0].shape }
    switch entry.operation {
    case .convolution(let settings):
      return ConvolutionShape(settings, input: shapes[0], kernel: shapes[1], output: entry.shape)
    case .convolutionInputGradient(let settings):
      return ConvolutionShape(settings, input: entry.shape, kernel: shapes[1], output: shapes[0])
    case .convolutionKernelGradient(let settings):
      return ConvolutionShape(settings, input: shapes[0], kernel: entry.shape, output: shapes[1])
    default: preconditionFailure("\(entry.operation) is no convolution")
    }
  }

  /// What a gradient `g` of a convolution, or of one of its derivatives, adds to the gradients of its operands: a convolution is
  /// linear in both, so that each derivative is another of the three.
  mutating func convolutionGradients(of node: Node, _ g: Node, needed: (Node) -> Bool) -> [(Node, Node)] {
    let inputs = self[node].inputs
    let shapes = inputs.map { self[$0].shape }
    var parts: [(Node, Node)] = []
    switch self[node].operation {
    case .convolution(let settings):
      if needed(inputs[0]) { parts.append((inputs[0], convolutionInputGradient(g, inputs[1], settings, input: shapes[0]))) }
      if needed(inputs[1]) { parts.append((inputs[1], convolutionKernelGradient(inputs[0], g, settings, kernel: shapes[1]))) }
    case .convolutionInputGradient(let settings):
      if needed(inputs[0]) { parts.append((inputs[0], convolution(g, inputs[1], settings))) }
      if needed(inputs[1]) { parts.append((inputs[1], convolutionKernelGradient(g, inputs[0], settings, kernel: shapes[1]))) }
    case .convolutionKernelGradient(let settings):
      if needed(inputs[0]) { parts.append((inputs[0], convolutionInputGradient(inputs[1], g, settings, input: shapes[0]))) }
      if needed(inputs[1]) { parts.append((inputs[1], convolution(inputs[0], g, settings))) }
    default: preconditionFailure("\(self[node].operation) is no convolution")
    }
    return parts
  }
}
