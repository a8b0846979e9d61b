import CKernels

/// Pools, image by image.
extension CPUBackend {
  func pool(_ work: Work, _ pooling: Pooling, isRectified: Bool) {
    let (x, y) = (graph[work.reads[0]].shape, graph[work.writes[0]].shape)
    let cost = CPUBackend.poolNanoseconds(of: pooling, positions: x, windows: y)
    let size = rowsPerPiece(x[0], nanoseconds: cost)
    let arguments = train_pooling(
      output: address(work.writes[0]), input: address(work.reads[0]),
      windows: windows(of: pooling, over: x, isRectified: isRectified), images: Int64(x[0]), images_per_piece: Int64(size))
    steps.add(kernels.pooling, "pool", arguments, pieces: Pieces.number(of: x[0], by: size), tag: work.tag)
  }

  /// reads [gradient], or [gradient, x, y] of a maximum.
  func poolGradient(_ work: Work, _ pooling: Pooling, isRectified: Bool) {
    let (y, x) = (graph[work.reads[0]].shape, graph[work.writes[0]].shape)
    let cost = CPUBackend.poolNanoseconds(of: pooling, positions: x, windows: y) * 2
    let size = rowsPerPiece(x[0], nanoseconds: cost)
    let isMax = pooling.kind == .max
    let arguments = train_pooling_gradient(
      input_gradient: address(work.writes[0]), output_gradient: address(work.reads[0]),
      input: isMax ? UnsafePointer(address(work.reads[1])) : nil, output: isMax ? UnsafePointer(address(work.reads[2])) : nil,
      windows: windows(of: pooling, over: x, isRectified: isRectified), images: Int64(x[0]), images_per_piece: Int64(size))
    steps.add(kernels.pooling_gradient, "pool gradient", arguments, pieces: Pieces.number(of: x[0], by: size), tag: work.tag)
  }

  /// What one image takes, about: each window's positions, 16 channels at a time.
  static func poolNanoseconds(of pooling: Pooling, positions x: [Int], windows y: [Int]) -> Double {
    let vectors = Double((x[x.count - 1] + 15) / 16)
    return vectors * (pooling.meanSize(over: x) + 2) * Double(y.dropFirst().dropLast().reduce(1, *))
  }

  /// The windows as the kernels read them, axes that are not there before those that are.
  private func windows(of pooling: Pooling, over shape: [Int], isRectified: Bool) -> train_windows {
    let missing = 3 - pooling.axes.count
    let extents = Array(repeating: 1, count: missing) + shape[1..<(shape.count - 1)]
    let axes = Array(repeating: Pooling.Windows.spread(count: 1), count: missing) + pooling.axes
    let ranges = zip(axes, extents).map { $0.ranges(in: $1) }
    let lists = ranges.map { axis in Optional(steps.list(axis.flatMap { [$0.lowerBound, $0.upperBound] })) }
    let isPaired = ranges[1...].allSatisfy { axis in axis.enumerated().allSatisfy { $1 == (2 * $0)..<(2 * $0 + 2) } }
    return train_windows(
      ranges: (lists[0], lists[1], lists[2]), extents: (Int64(extents[0]), Int64(extents[1]), Int64(extents[2])),
      counts: (Int64(ranges[0].count), Int64(ranges[1].count), Int64(ranges[2].count)), channels: Int64(shape[shape.count - 1]),
      average: pooling.kind == .average ? 1 : 0, rectified: isRectified ? 1 : 0, form: Int32(form(ranges, extents).rawValue),
      pairs: extents[0] == 1 && isPaired ? 1 : 0)
  }

  private func form(_ ranges: [[Range<Int>]], _ extents: [Int]) -> train_windows_form {
    func follow(_ isRight: (Range<Int>, Range<Int>) -> Bool) -> Bool {
      ranges.allSatisfy { axis in zip(axis, axis.dropFirst()).allSatisfy(isRight) }
    }
    guard follow({ $0.upperBound <= $1.lowerBound }) else { return TRAIN_WINDOWS_OVERLAP }
    let reachesEnds = zip(ranges, extents).allSatisfy { $0.first?.lowerBound == 0 && $0.last?.upperBound == $1 }
    return reachesEnds && follow { $0.upperBound == $1.lowerBound } ? TRAIN_WINDOWS_TILE : TRAIN_WINDOWS_APART
  }
}
