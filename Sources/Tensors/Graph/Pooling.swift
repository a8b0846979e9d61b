/// The fine print of a pool: of which positions it takes the largest or the mean.
package struct Pooling: Hashable, Sendable {
  package enum Kind: Sendable {
    case max
    /// Positions of the padding do not count.
    case average
  }

  /// Where the windows lie along one axis.
  package enum Windows: Hashable, Sendable {
    /// Of `size` positions, `stride` apart, the first beginning `before` positions before the axis; they may reach `after` behind it.
    case sliding(size: Int, stride: Int, before: Int = 0, after: Int = 0)
    /// So many windows, window i from ⌊i·extent/count⌋ up to ⌈(i + 1)·extent/count⌉.
    case spread(count: Int)
  }

  package let kind: Kind
  /// One for each axis between the batch and the channels.
  package let axes: [Windows]

  package init(_ kind: Kind, _ axes: [Windows]) {
    precondition(1...3 ~= axes.count, "a pool has one to three axes of positions")
    self.kind = kind
    self.axes = axes
  }
}

extension Pooling.Windows {
  /// The positions of an axis that each window holds, those of the padding left out.
  package func ranges(in extent: Int) -> [Range<Int>] {
    switch self {
    case .sliding(let size, let stride, let before, let after):
      precondition(size > 0 && stride > 0 && before >= 0 && after >= 0, "windows have a size and a stride")
      let room = extent + before + after - size
      guard room >= 0 else { return [] }
      return (0...(room / stride)).map { index in
        let start = index * stride - before
        let range = max(start, 0)..<max(min(start + size, extent), max(start, 0))
        precondition(!range.isEmpty, "every window holds a position of the axis")
        return range
      }
    case .spread(let count):
      return (0..<count).map { ($0 * extent / count)..<((($0 + 1) * extent + count - 1) / count) }
    }
  }
}

extension Pooling {
  /// How many positions a window over [batch, positions…, channels] holds on average.
  func meanSize(over shape: [Int]) -> Double {
    zip(axes, shape.dropFirst()).reduce(1) { size, axis in
      let ranges = axis.0.ranges(in: axis.1)
      return size * Double(ranges.reduce(0) { $0 + $1.count }) / Double(max(ranges.count, 1))
    }
  }
}

extension Graph {
  /// The largest element, or the mean, of each window of x [batch, positions…, channels] and channel: [batch, windows…, channels]. Of equal
  /// largest ones the first has the derivative, in the order of positions.
  package mutating func pool(_ x: Node, _ pooling: Pooling) -> Node {
    let shape = self[x].shape
    precondition(self[x].type == .float32 && shape.count == pooling.axes.count + 2, "a pool of \(pooling.axes) takes no \(shape)")
    let windows = zip(pooling.axes, shape.dropFirst()).map { $0.ranges(in: $1).count }
    return emit(.pool(pooling), [x], [shape[0]] + windows + [shape[shape.count - 1]])
  }

  /// The derivative of a pool in its input: shared out evenly by a mean; a maximum is found again.
  mutating func poolGradient(of node: Node, _ g: Node, _ pooling: Pooling) -> Node {
    let x = self[node].inputs[0]
    return emit(.poolGradient(pooling), pooling.kind == .max ? [g, x, node] : [g], self[x].shape)
  }
}
