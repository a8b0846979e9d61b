/// The evaluator's pools.
extension Evaluator {
  /// For each window of one image and channel, in order: the places of its positions in [positions…].
  private func windows(_ pooling: Pooling, _ extents: [Int]) -> [[Int]] {
    zip(pooling.axes, extents).reduce([[0]]) { windows, axis in
      windows.flatMap { places in
        axis.0.ranges(in: axis.1).map { range in places.flatMap { place in range.map { place * axis.1 + $0 } } }
      }
    }
  }

  /// Calls with the places of each window's elements in x [batch, positions…, channels], in the order of the result.
  private func forEachWindow(_ pooling: Pooling, _ shape: [Int], _ body: ([Int]) -> Void) {
    let extents = Array(shape[1..<(shape.count - 1)])
    let (image, channels) = (extents.reduce(1, *), shape[shape.count - 1])
    let windows = windows(pooling, extents)
    for item in 0..<shape[0] {
      for window in windows {
        for channel in 0..<channels { body(window.map { (item * image + $0) * channels + channel }) }
      }
    }
  }

  func pooled(_ pooling: Pooling, _ x: [Double], _ shape: [Int]) -> [Double] {
    var result: [Double] = []
    forEachWindow(pooling, shape) { places in
      let values = places.map { x[$0] }
      switch pooling.kind {
      case .max: result.append(values.reduce(-.infinity, BinaryOperation.maximum.value))
      case .average: result.append(values.reduce(0, +) / Double(values.count))
      }
    }
    return result
  }

  /// `operands` are the gradient, then of a maximum x and the result.
  func poolGradient(_ pooling: Pooling, _ operands: [[Double]], _ shape: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: shape.reduce(1, *))
    var window = 0
    forEachWindow(pooling, shape) { places in
      let g = operands[0][window]
      switch pooling.kind {
      case .max:
        let largest = operands[2][window]
        if let place = places.first(where: { operands[1][$0] == largest || operands[1][$0].isNaN }) { result[place] += g }
      case .average:
        for place in places { result[place] += g / Double(places.count) }
      }
      window += 1
    }
    return result
  }
}
