import Glibc

/// How many positions along an axis become more or fewer.
package struct Resampling: Hashable, Sendable {
  /// What a new position takes from old ones at a distance x.
  package enum Method: String, Sendable, CaseIterable {
    case nearest
    /// 1 − x up to 1.
    case bilinear
    /// Keys, 1981: Cubic convolution interpolation for digital image processing; with a = −½.
    case bicubic
    // sinc(x) · sinc(x / r) up to r.
    case lanczos3, lanczos5
  }

  let axis: Int
  let method: Method
  /// How many positions there are, and how many there will be.
  let from: Int
  let to: Int
  /// Whether fewer positions take from as many old ones as lie between them.
  let antialias: Bool
  /// Whether this is the derivative: new positions hand back to old ones what they took.
  let isTransposed: Bool
}

extension Resampling {
  /// What makes up one position: so much of each operand from `first` on.
  struct Row {
    let first: Int
    let weights: [Double]
  }

  /// The derivative of this.
  var transposed: Resampling {
    Resampling(axis: axis, method: method, from: from, to: to, antialias: antialias, isTransposed: !isTransposed)
  }

  /// The rows of the matrix by which positions are multiplied, without the zeros at their ends.
  func rows() -> [Row] {
    let rows = (0..<to).map(row(of:))
    guard isTransposed else { return rows }
    var takers = Array(repeating: (first: 0, weights: [Double]()), count: from)
    for (taker, row) in rows.enumerated() {
      for (offset, weight) in row.weights.enumerated() where weight != 0 {
        let giver = row.first + offset
        if takers[giver].weights.isEmpty { takers[giver].first = taker }
        let gap = taker - takers[giver].first - takers[giver].weights.count
        takers[giver].weights += Array(repeating: 0, count: gap) + [weight]
      }
    }
    return takers.map { Row(first: $0.first, weights: $0.weights) }
  }

  /// What a new position takes from old ones, its weights of a sum of 1.
  private func row(of position: Int) -> Row {
    guard method != .nearest else { return Row(first: (2 * position + 1) * from / (2 * to), weights: [1]) }
    let step = Double(from) / Double(to)
    let width = antialias ? max(step, 1) : 1
    let centre = (Double(position) + 0.5) * step - 0.5
    let first = max(Int((centre - method.radius * width).rounded(.up)), 0)
    let last = min(Int((centre + method.radius * width).rounded(.down)), from - 1)
    guard first <= last else { return Row(first: 0, weights: []) }
    let weights = (first...last).map { method.weight(abs(centre - Double($0)) / width) }
    let sum = weights.reduce(0, +)
    guard abs(sum) > 1e-4 else { return Row(first: 0, weights: []) }
    return Row(first: first, weights: weights.map { $0 / sum })
  }
}

extension Resampling.Method {
  /// The distance from which on nothing is taken.
  fileprivate var radius: Double {
    switch self {
    case .nearest, .bilinear: 1
    case .bicubic: 2
    case .lanczos3: 3
    case .lanczos5: 5
    }
  }

  fileprivate func weight(_ x: Double) -> Double {
    switch self {
    case .nearest, .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x >= 2 { return 0 }
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
    case .lanczos3, .lanczos5:
      if x > radius { return 0 }
      return x > 1e-3 ? radius * sin(.pi * x) * sin(.pi * x / radius) / (.pi * .pi * x * x) : 1
    }
  }
}

extension Graph {
  /// x with another number of positions along an axis, the first and the last reaching to the same edges as before.
  package mutating func resample(_ x: Node, axis: Int, to count: Int, by method: Resampling.Method, antialias: Bool = false)
    -> Node
  {
    let shape = self[x].shape
    precondition(shape.indices ~= axis && self[x].type == .float32, "float32 is resampled along an axis of \(shape)")
    precondition(count > 0 && shape[axis] > 0, "positions become no fewer than one")
    if count == shape[axis] { return x }
    let resampling = Resampling(
      axis: axis, method: method, from: shape[axis], to: count, antialias: antialias, isTransposed: false)
    return resample(x, resampling)
  }

  mutating func resample(_ x: Node, _ resampling: Resampling) -> Node {
    var shape = self[x].shape
    shape[resampling.axis] = resampling.isTransposed ? resampling.from : resampling.to
    return emit(.resample(resampling), [x], shape)
  }
}
