import CKernels

/// Images with other numbers of positions, and through affine maps.
extension CPUBackend {
  func resample(_ work: Work, _ resampling: Resampling) {
    let (from, to) = (graph[work.reads[0]].shape, graph[work.writes[0]].shape)
    let axis = resampling.axis
    let rows = resampling.rows()
    let taps = max(rows.map(\.weights.count).max() ?? 0, 1)
    let weights = steps.allocate(byteCount: max(rows.count * taps, 1) * 4).bindMemory(to: Float.self, capacity: rows.count * taps)
    for (position, row) in rows.enumerated() {
      for tap in 0..<taps { weights[position * taps + tap] = tap < row.weights.count ? Float(row.weights[tap]) : 0 }
    }
    // A piece takes whole items of the batch, unless that is the axis itself.
    let outer = from[..<axis].reduce(1, *)
    let items = axis == 0 ? 1 : from[0]
    let size = rowsPerPiece(items, nanoseconds: CPUBackend.resampleNanoseconds(resampling, to: to))
    let arguments = train_resample(
      output: address(work.writes[0]), input: address(work.reads[0]), first: steps.list(rows.map(\.first)),
      counts: steps.list(rows.map(\.weights.count)), weights: UnsafePointer(weights), outer: Int64(outer),
      inputs: Int64(from[axis]), outputs: Int64(to[axis]), inner: Int64(from[(axis + 1)...].reduce(1, *)), taps: Int64(taps),
      outer_per_piece: Int64(size * max(outer / max(items, 1), 1)))
    steps.add(kernels.resample, "resample", arguments, pieces: Pieces.number(of: items, by: size), tag: work.tag)
  }

  /// What one item of the batch takes, about.
  static func resampleNanoseconds(_ resampling: Resampling, to shape: [Int]) -> Double {
    let inner = shape[(resampling.axis + 1)...].reduce(1, *)
    let taps = resampling.method == .nearest ? 1 : 2 * max(1, resampling.from / max(resampling.to, 1)) + 2
    return Double(shape.dropFirst().dropLast(shape.count - resampling.axis - 1).reduce(1, *)) * Double((inner + 15) / 16)
      * (Double(taps) + 2)
  }

  /// reads [images, six numbers of their maps].
  func sample(_ work: Work, _ sampling: Sampling) {
    let shape = graph[work.reads[0]].shape
    let size = rowsPerPiece(shape[0], nanoseconds: CPUBackend.sampleNanoseconds(sampling, channels: shape[3]))
    let arguments = train_sample(
      output: address(work.writes[0]), input: address(work.reads[0]), map: map(sampling, work.reads, over: shape),
      images: Int64(shape[0]), images_per_piece: Int64(size))
    steps.add(kernels.sample, "sample", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  /// reads [gradient, six numbers of the images' maps].
  func sampleGradient(_ work: Work, _ sampling: Sampling) {
    let shape = graph[work.writes[0]].shape
    let size = rowsPerPiece(shape[0], nanoseconds: CPUBackend.sampleNanoseconds(sampling, channels: shape[3]) * 3)
    let arguments = train_sample_gradient(
      input_gradient: address(work.writes[0]), output_gradient: address(work.reads[0]),
      map: map(sampling, work.reads, over: shape), images: Int64(shape[0]), images_per_piece: Int64(size))
    steps.add(
      kernels.sample_gradient, "sample gradient", arguments, pieces: Pieces.number(of: shape[0], by: size), tag: work.tag)
  }

  static func sampleNanoseconds(_ sampling: Sampling, channels: Int) -> Double {
    Double(sampling.rows * sampling.columns) * (3 + Double(channels) * 0.5)
  }

  private func map(_ sampling: Sampling, _ reads: [Node], over shape: [Int]) -> train_map {
    func number(_ index: Int) -> UnsafePointer<Float>? { UnsafePointer(address(reads[index + 1])) }
    func stride(_ index: Int) -> Int32 { graph[reads[index + 1]].shape.isEmpty ? 0 : 1 }
    return train_map(
      numbers: (number(0), number(1), number(2), number(3), number(4), number(5)),
      strides: (stride(0), stride(1), stride(2), stride(3), stride(4), stride(5)), rows: Int64(shape[1]),
      columns: Int64(shape[2]), output_rows: Int64(sampling.rows), output_columns: Int64(sampling.columns),
      channels: Int64(shape[3]), fill_value: Float(sampling.fillValue), fill: Int32(sampling.fill.code.rawValue),
      bilinear: sampling.isBilinear ? 1 : 0)
  }
}

extension Sampling.Fill {
  fileprivate var code: train_fill_mode {
    switch self {
    case .constant: TRAIN_FILL_CONSTANT
    case .nearest: TRAIN_FILL_NEAREST
    case .reflect: TRAIN_FILL_REFLECT
    case .mirror: TRAIN_FILL_MIRROR
    case .wrap: TRAIN_FILL_WRAP
    }
  }
}
