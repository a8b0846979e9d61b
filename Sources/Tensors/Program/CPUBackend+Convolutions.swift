import CKernels
import COneDNN

/// Convolutions: pieces of the batch, each a call of oneDNN on one thread or a piece of a kernel of our own.
extension CPUBackend {
  func convolution(_ work: Work, _ convolution: ConvolutionWork, at position: Int) throws(TensorsError) {
    guard convolution.shape.images > 0 else {
      // No image changes no weight.
      if convolution.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT {
        work.writes.forEach { fill(address($0), graph[$0].count, work.tag) }
      }
      return
    }
    guard let layout = convolution.layout else { preconditionFailure("the plan lays out every convolution of images") }
    let scratch = self.scratchBytes(position)
    if convolution.kind == TRAIN_CONVOLUTION_KERNEL_GRADIENT {
      try kernelGradient(work, convolution, layout, scratch)
      return
    }
    if shardRows == nil { try packKernel(of: convolution, at: position) }
    let kernel = layout.packedBytes > 0 ? scratch.assumingMemoryBound(to: Float.self) : address(work.reads[1])
    let isForward = convolution.isForward
    let (input, output) = isForward ? (work.reads[0], work.writes[0]) : (work.writes[0], work.reads[0])
    let name = isForward ? convolution.isPooled ? "convolution and pool" : "convolution" : "input gradient"
    if let run = convolution.ownKernel(of: kernels, layout.method) {
      let arguments = convolution.ownKernelArguments(
        input: address(input), kernel: kernel, bias: convolution.bias.map(address), output: address(output),
        choices: choices(of: convolution), imagesPerPiece: layout.imagesPerPiece, partElements: 0)
      steps.add(run, name, arguments, pieces: Int32(layout.pieces), tag: work.tag)
      return
    }
    let calls = ConvolutionCalls()
    for piece in 0..<layout.pieces {
      try calls.add(
        train_dnnl_convolution_call(
          layout.plan(piece)?.handle, image(input, piece, layout), kernel, convolution.bias.map(address),
          image(output, piece, layout), scratch + layout.pieceOffset(piece)))
    }
    add(calls, name, work.tag)
  }

  /// Brings the kernel into the order it is computed in, before any piece of the batch meets it.
  func packKernel(of convolution: ConvolutionWork, at position: Int) throws(TensorsError) {
    guard let layout = convolution.layout, layout.packedBytes > 0 else { return }
    let work = plan.works[position]
    let packed = scratchBytes(position).assumingMemoryBound(to: Float.self)
    try steps.prepare { () throws(TensorsError) in
      try pack(convolution, layout, given: address(work.reads[1]), packed: packed, back: false, "pack kernel", work.tag)
    }
  }

  /// Each piece's gradient, their sum in a fixed tree, and that in the order of the kernel.
  private func kernelGradient(
    _ work: Work, _ convolution: ConvolutionWork, _ layout: ConvolutionLayout, _ scratch: UnsafeMutableRawPointer
  ) throws(TensorsError) {
    let parts = scratch.assumingMemoryBound(to: Float.self)
    let bias = convolution.biasGradient == nil ? nil : parts + layout.biasOffset / 4
    if let run = convolution.ownKernel(of: kernels, layout.method) {
      let arguments = convolution.ownKernelArguments(
        input: address(work.reads[0]), kernel: parts, bias: bias, output: address(work.reads[1]),
        choices: choices(of: convolution), imagesPerPiece: layout.imagesPerPiece, partElements: layout.partBytes / 4)
      steps.add(run, "kernel gradient", arguments, pieces: Int32(layout.pieces), tag: work.tag)
    } else {
      let calls = ConvolutionCalls()
      for piece in 0..<layout.pieces {
        let offset = piece * layout.partBytes / 4
        try calls.add(
          train_dnnl_convolution_call(
            layout.plan(piece)?.handle, image(work.reads[0], piece, layout), parts + offset, bias.map { $0 + offset },
            image(work.reads[1], piece, layout), scratch + layout.pieceOffset(piece)))
      }
      add(calls, "kernel gradient", work.tag)
    }
    let output = address(convolution.node)
    if let gradient = convolution.biasGradient, let bias {
      merge(bias, layout, into: address(gradient), count: graph[gradient].count, work.tag)
    }
    guard layout.packedBytes > 0 else {
      merge(parts, layout, into: output, count: graph[convolution.node].count, work.tag)
      return
    }
    var sum = parts
    if layout.pieces > 1 {
      sum += layout.pieces * layout.partBytes / 4
      merge(parts, layout, into: sum, count: layout.packedBytes / 4, work.tag)
    }
    try pack(convolution, layout, given: output, packed: sum, back: true, "unpack kernel gradient", work.tag)
  }

  /// Brings a kernel from the order it is given in to the one it is computed in, or back.
  private func pack(
    _ convolution: ConvolutionWork, _ layout: ConvolutionLayout, given: UnsafeMutablePointer<Float>,
    packed: UnsafeMutablePointer<Float>, back: Bool, _ name: String, _ tag: SourceTag
  ) throws(TensorsError) {
    guard case .winograd = layout.method, let winograd = ConvolutionWork.winograd(of: kernels, convolution.precision) else {
      let calls = ConvolutionCalls()
      try calls.add(train_dnnl_packing_call(layout.plan(0)?.handle, given, packed, back ? 1 : 0))
      add(calls, name, tag)
      return
    }
    let shape = convolution.shape
    let isTurned = convolution.kind == TRAIN_CONVOLUTION_INPUT_GRADIENT
    let columns = isTurned ? shape.channels : shape.filters
    let size = Pieces.size(
      of: columns, nanoseconds: Double(shape.channels * shape.filters / columns) * 10, unit: Int(train_product_unit))
    let arguments = train_winograd_kernel(
      given: given, transformed: packed, channels: Int64(shape.channels), filters: Int64(shape.filters),
      columns_per_piece: Int64(size), is_turned: isTurned ? 1 : 0)
    steps.add(
      back ? winograd.unpack : winograd.pack, name, arguments, pieces: Pieces.number(of: columns, by: size),
      tag: tag)
  }

  private func merge(
    _ parts: UnsafeMutablePointer<Float>, _ layout: ConvolutionLayout, into output: UnsafeMutablePointer<Float>, count: Int,
    _ tag: SourceTag
  ) {
    let size = Pieces.size(of: count, nanoseconds: Double(layout.pieces) * 0.2, unit: 64)
    let arguments = train_merge(
      output: output, parts: parts, count: Int64(layout.pieces), stride: Int64(layout.partBytes / 4), length: Int64(count),
      per_piece: Int64(size), scale: 1, accumulate: 0)
    steps.add(kernels.merge, "merge kernel gradients", arguments, pieces: Pieces.number(of: count, by: size), tag: tag)
  }

  /// Where the choices of the pool behind a convolution lie, a byte each.
  private func choices(of convolution: ConvolutionWork) -> UnsafeMutablePointer<UInt8>? {
    convolution.choices.map { UnsafeMutableRawPointer(address($0)).assumingMemoryBound(to: UInt8.self) }
  }

  /// Where the first image of a piece begins.
  private func image(_ node: Node, _ piece: Int, _ layout: ConvolutionLayout) -> UnsafeMutablePointer<Float> {
    let shape = graph[node].shape
    return address(node) + piece * layout.imagesPerPiece * shape.dropFirst().reduce(1, *)
  }

  private func scratchBytes(_ position: Int) -> UnsafeMutableRawPointer {
    memory.scratch[position].map { arena + $0 } ?? arena
  }

  private func fill(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ tag: SourceTag) {
    let arguments = train_fill(output: values, count: Int64(count), per_piece: Int64(count), value: 0)
    steps.add(kernels.fill, "fill", arguments, pieces: count > 0 ? 1 : 0, tag: tag)
  }

  /// A step over calls, which are kept as long as the steps.
  private func add(_ calls: ConvolutionCalls, _ name: String, _ tag: SourceTag) {
    steps.owned.append(calls)
    steps.add(
      train_dnnl_call_run, name, at: UnsafeRawPointer(steps.records(calls.handles)), pieces: Int32(calls.handles.count), tag: tag)
  }
}

/// Calls of oneDNN, destroyed with their Program.
final class ConvolutionCalls {
  private(set) var handles: [OpaquePointer?] = []

  func add(_ call: OpaquePointer?) throws(TensorsError) {
    guard let call else { throw .convolutionRefused(reason: String(cString: train_dnnl_error())) }
    handles.append(call)
  }

  deinit { handles.forEach { train_dnnl_call_destroy($0) } }
}
