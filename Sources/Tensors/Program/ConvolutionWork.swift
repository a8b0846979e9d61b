import CKernels
import COneDNN

/// A convolution or one of its derivatives, with what is done along with it.
struct ConvolutionWork {
  /// The operation itself, and its operands.
  let node: Node
  var operands: [Node]
  let shape: ConvolutionShape
  let kind: train_convolution_kind
  /// How operands enter it.
  let precision: OperandPrecision
  /// What is written: the node itself, or for a convolution the last of what is done along with it.
  var result: Node
  /// What is added to each position of a convolution, [filters].
  var bias: Node?
  /// Whether a convolution ends in ReLU.
  var isRectified = false
  /// The sum over all positions of the gradient whose kernel gradient this is, if it is needed: [filters].
  var biasGradient: Node?
  /// Whether a pool of 2×2 stands behind the convolution: forward `result` is the pool's, otherwise the gradient is that of the pool.
  var isPooled = false
  /// Which of the four each window has chosen: written forward if there are derivatives, which read it.
  var choices: Node?
  /// How it is cut; known once the plan knows what runs shard by shard.
  var layout: ConvolutionLayout?

  init(_ node: Node, in graph: Graph) {
    self.node = node
    operands = graph[node].inputs
    result = node
    shape = graph.convolutionShape(graph[node])
    precision = graph[node].precision
    kind =
      switch graph[node].operation {
      case .convolutionInputGradient: TRAIN_CONVOLUTION_INPUT_GRADIENT
      case .convolutionKernelGradient: TRAIN_CONVOLUTION_KERNEL_GRADIENT
      default: TRAIN_CONVOLUTION_FORWARD
      }
  }

  var isForward: Bool { kind == TRAIN_CONVOLUTION_FORWARD }
  var reads: [Node] { operands + [bias, isForward ? nil : choices].compactMap { $0 } }
  var writes: [Node] { [result] + [biasGradient, isForward ? choices : nil].compactMap { $0 } }
  /// What all images are met by.
  var wholeReads: [Node] { [operands[1]] + [bias].compactMap { $0 } }

  /// About what an image costs, in nanoseconds: its operations, and moving it through memory.
  var nanosecondsPerImage: Double {
    let images = Double(max(shape.images, 1))
    let elements = Double(shape.input.reduce(shape.channels, *) + shape.output.reduce(shape.filters, *))
    let isFloat = precision == .float32
    let operationsPerNanosecond = suitsWinograd ? isFloat ? 300.0 : 500 : isFloat || suitsRows ? 150 : 700
    return 2 * shape.products / images / operationsPerNanosecond + elements * 0.1
  }

  /// Whether Winograd's minimal filtering pays: a kernel of 3×3 in steps of one, whole vectors of channels, and few positions of
  /// tiles of 2×2 that are not of the result; in bfloat16 where vectors multiply it, since oneDNN's matrix tiles are faster.
  var suitsWinograd: Bool {
    let settings = shape.settings
    guard Self.winograd(of: train_kernels().pointee, precision) != nil, shape.kernel == [3, 3], settings.groups == 1,
      settings.strides == [1, 1], settings.dilations == [1, 1]
    else { return false }
    let result = kind == TRAIN_CONVOLUTION_INPUT_GRADIENT ? shape.input : shape.output
    let tiled = result.reduce(1) { $0 * (($1 + 1) / 2 * 2) }
    return 2 * tiled <= 3 * result.reduce(1, *)
      && [shape.channels, shape.filters].allSatisfy { $0 > 0 && $0 % 16 == 0 && $0 <= winograd_most_channels }
  }

  /// Whether products along rows of positions are best: with few channels, of which oneDNN makes little.
  var suitsRows: Bool { kind != TRAIN_CONVOLUTION_INPUT_GRADIENT && Self.suitsRows(shape, precision) }

  static func suitsRows(_ shape: ConvolutionShape, _ precision: OperandPrecision) -> Bool {
    let settings = shape.settings, values = shape.kernel.reduce(shape.channels, *)
    guard rows(of: train_kernels().pointee, precision) != nil, settings.groups == 1, settings.dilations.last == 1,
      shape.channels <= 4, shape.filters > 0, shape.filters % 16 == 0, values <= train_most_kernel_rows,
      precision == .float32 || (values + 1) / 2 * shape.filters <= train_most_kernel_words,
      let columns = shape.output.last, let stride = settings.strides.last, let width = shape.kernel.last
    else { return false }
    let band = shape.kernel.dropLast().reduce(shape.channels, *) * ((columns - 1) * stride + width)
    return band <= train_most_band
  }

  /// Images a piece takes where nothing else decides: a call of oneDNN is worth it from a tenth of a millisecond on. Kernel gradients
  /// meet in one sum, so that there are fewer of them, and no more than fit into some memory.
  var imagesPerPiece: Int {
    let isSummed = kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT
    let kernelBytes = shape.kernel.reduce(4 * shape.channels / shape.settings.groups * shape.filters, *)
    let most = isSummed ? min(max((32 << 20) / kernelBytes, 4), 16) : Pieces.most
    let wanted = min(max(Int(Double(shape.images) * nanosecondsPerImage / 100_000), 1), most)
    return max((shape.images + wanted - 1) / wanted, 1)
  }
}

/// How a convolution is cut into pieces of the batch, what computes them, and where its scratch memory lies.
///
/// A convolution or input gradient has the packed kernel in front; a kernel gradient one part for each piece (packed, then the
/// bias's) and behind them their sum. What oneDNN works in follows, for each piece its own.
struct ConvolutionLayout {
  enum Method {
    /// Plans of oneDNN: for a whole piece, and for the last if that is smaller.
    case oneDNN(whole: ConvolutionPlan, rest: ConvolutionPlan)
    /// Our own kernels: minimal filtering of 3×3, products along rows of positions, and plain loops for what oneDNN does not compute.
    case winograd, rows, plain
  }

  let method: Method
  let imagesPerPiece: Int
  let pieces: Int
  /// Bytes of a packed kernel, 0 if it lies as it is given.
  let packedBytes: Int
  /// Bytes of a piece's part of a kernel gradient; the bias's part lies behind `biasOffset` of them.
  let partBytes: Int
  let biasOffset: Int
  private let pieceBytes: Int
  private let frontBytes: Int

  init(_ work: ConvolutionWork, imagesPerPiece: Int) {
    let shape = work.shape
    let images = min(imagesPerPiece, shape.images)
    self.imagesPerPiece = images
    pieces = (shape.images + images - 1) / images
    method = Self.method(for: work, images: images, last: shape.images - (pieces - 1) * images)
    let isKernelGradient = work.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT
    switch method {
    case .oneDNN(let whole, let rest):
      packedBytes = whole.packedBytes
      pieceBytes = max(whole.scratchBytes, rest.scratchBytes)
    case .winograd:
      let places = 16, unit = Int(train_product_unit)
      let columns = isKernelGradient ? (shape.filters + unit - 1) / unit * unit : shape.filters
      let bytes = isKernelGradient || work.precision == .float32 ? 4 : 2
      packedBytes = bytes * places * shape.channels * columns
      pieceBytes = 0
    case .rows, .plain: (packedBytes, pieceBytes) = (0, 0)
    }
    let kernelBytes = shape.kernel.reduce(4 * shape.channels / shape.settings.groups * shape.filters, *)
    biasOffset = (max(packedBytes, kernelBytes) + 63) / 64 * 64
    partBytes = biasOffset + (work.biasGradient == nil ? 0 : (shape.filters * 4 + 63) / 64 * 64)
    frontBytes = isKernelGradient ? partBytes * pieces + packedBytes : packedBytes
  }

  /// What computes pieces of so many images, the last of which has `last`.
  private static func method(for work: ConvolutionWork, images: Int, last: Int) -> Method {
    if work.suitsWinograd { return .winograd }
    if work.suitsRows { return .rows }
    func plans(_ precision: OperandPrecision) -> Method? {
      guard let whole = ConvolutionPlan(work, precision, images: images, like: nil) else { return nil }
      let rest = last == images ? whole : ConvolutionPlan(work, precision, images: last, like: whole)
      return rest.map { .oneDNN(whole: whole, rest: $0) }
    }
    // A few shapes of odd groups oneDNN computes in float32 alone.
    return plans(work.precision) ?? (work.precision == .float32 ? nil : plans(.float32)) ?? .plain
  }

  var byteCount: Int { frontBytes + pieceBytes * pieces }

  /// What oneDNN has made ready for a piece; nil where our own kernels compute it.
  func plan(_ piece: Int) -> ConvolutionPlan? {
    guard case .oneDNN(let whole, let rest) = method else { return nil }
    return piece == pieces - 1 ? rest : whole
  }
  /// Where a piece's own scratch memory begins.
  func pieceOffset(_ piece: Int) -> Int { frontBytes + piece * pieceBytes }
}

/// What oneDNN has made ready for a convolution of one shape.
final class ConvolutionPlan {
  let handle: OpaquePointer

  /// Nil if oneDNN refuses, or knows the shape by its reference alone. With a kernel packed like another plan's.
  init?(_ work: ConvolutionWork, _ precision: OperandPrecision, images: Int, like: ConvolutionPlan?) {
    var shape = work.dnnlShape(precision, images: images)
    guard let handle = train_dnnl_convolution_create(&shape, like?.handle) else { return nil }
    self.handle = handle
  }

  deinit { train_dnnl_convolution_destroy(handle) }

  /// The name of what oneDNN chose.
  var implementation: String { String(cString: train_dnnl_convolution_implementation(handle)) }
  var packedBytes: Int { Int(train_dnnl_convolution_packed_bytes(handle)) }
  var scratchBytes: Int { Int(train_dnnl_convolution_scratch_bytes(handle)) }
}

extension ConvolutionWork {
  /// The shape of a piece as the shim takes it.
  fileprivate func dnnlShape(_ precision: OperandPrecision, images: Int) -> train_convolution_shape {
    let settings = shape.settings
    let hasBias = kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT ? biasGradient != nil : bias != nil
    var result = train_convolution_shape()
    result.kind = Int32(kind.rawValue)
    result.axes = Int32(settings.axes)
    result.type = Int32((precision == .bfloat16 ? TRAIN_CONVOLUTION_BFLOAT16 : TRAIN_CONVOLUTION_FLOAT32).rawValue)
    result.has_bias = hasBias ? 1 : 0
    result.relu = isRectified ? 1 : 0
    result.images = Int64(images)
    result.groups = Int64(settings.groups)
    result.channels = Int64(shape.channels)
    result.filters = Int64(shape.filters)
    /// Extents as one of C's arrays.
    func three(_ values: [Int]) -> (Int64, Int64, Int64) {
      (Int64(values[0]), values.count > 1 ? Int64(values[1]) : 0, values.count > 2 ? Int64(values[2]) : 0)
    }
    result.input = three(shape.input)
    result.kernel = three(shape.kernel)
    result.output = three(shape.output)
    result.strides = three(settings.strides)
    result.dilations = three(settings.dilations)
    result.before = three(settings.padding.map(\.before))
    result.after = three(settings.padding.map(\.after))
    return result
  }
}

extension ConvolutionWork {
  /// The kernels of minimal filtering with products of that precision; nil if this level or processor has none.
  static func winograd(of kernels: train_kernel_table, _ precision: OperandPrecision) -> train_winograd_kernels? {
    switch precision {
    case .float32: kernels.winograd
    case .bfloat16: train_has_bfloat16() == 0 ? nil : kernels.winograd_of_bfloat16?.pointee
    }
  }

  /// The kernels of rows of positions with products of that precision; nil if this level or processor has none.
  static func rows(of kernels: train_kernel_table, _ precision: OperandPrecision) -> train_rows_kernels? {
    switch precision {
    case .float32: kernels.rows
    case .bfloat16: train_has_bfloat16() == 0 ? nil : kernels.rows_of_bfloat16?.pointee
    }
  }

  /// The kernel of our own that computes it by that method; nil if oneDNN does.
  func ownKernel(of kernels: train_kernel_table, _ method: ConvolutionLayout.Method) -> train_kernel? {
    switch (method, kind) {
    case (.oneDNN, _): nil
    case (.winograd, TRAIN_CONVOLUTION_FORWARD): Self.winograd(of: kernels, precision)?.forward
    case (.winograd, TRAIN_CONVOLUTION_INPUT_GRADIENT): Self.winograd(of: kernels, precision)?.input_gradient
    case (.winograd, _): Self.winograd(of: kernels, precision)?.kernel_gradient
    case (.rows, TRAIN_CONVOLUTION_FORWARD): Self.rows(of: kernels, precision)?.forward
    case (.rows, _): Self.rows(of: kernels, precision)?.kernel_gradient
    case (.plain, TRAIN_CONVOLUTION_FORWARD): kernels.convolution
    case (.plain, TRAIN_CONVOLUTION_INPUT_GRADIENT): kernels.convolution_input_gradient
    case (.plain, _): kernels.convolution_kernel_gradient
    }
  }

  /// What our own kernels take, whatever the number of axes.
  func ownKernelArguments(
    input: UnsafeMutablePointer<Float>, kernel: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?,
    output: UnsafeMutablePointer<Float>, choices: UnsafeMutablePointer<UInt8>? = nil, imagesPerPiece: Int, partElements: Int
  ) -> train_convolution {
    let settings = shape.settings
    /// Numbers of three axes, those in front that are not there `missing`.
    func three(_ values: [Int], missing: Int = 1) -> (Int64, Int64, Int64) {
      let all = (Array(repeating: missing, count: 3 - values.count) + values).map(Int64.init)
      return (all[0], all[1], all[2])
    }
    return train_convolution(
      input: input, kernel: kernel, bias: bias, output: output, images: Int64(shape.images), groups: Int64(settings.groups),
      channels: Int64(shape.channels), filters: Int64(shape.filters), inputs: three(shape.input), kernels: three(shape.kernel),
      outputs: three(shape.output), strides: three(settings.strides), dilations: three(settings.dilations),
      before: three(settings.padding.map(\.before), missing: 0), images_per_piece: Int64(imagesPerPiece),
      part_stride: Int64(partElements), relu: isRectified ? 1 : 0, pooled: isPooled ? 1 : 0, choices: choices)
  }
}
