extension Reduction {
  /// What it begins with.
  fileprivate var ofNothing: Double {
    switch self {
    case .sum: 0
    case .product: 1
    case .max: -.infinity
    case .min: .infinity
    }
  }

  /// What it does with two elements.
  fileprivate var operation: BinaryOperation {
    switch self {
    case .sum: .add
    case .product: .multiply
    case .max: .maximum
    case .min: .minimum
    }
  }
}

/// The evaluator's products, reductions and changes of shape.
extension Evaluator {
  func product(
    _ a: [Double], _ aShape: [Int], _ transposeA: Bool, _ b: [Double], _ bShape: [Int], _ transposeB: Bool
  ) -> [Double] {
    let (m, k) = transposeA ? (aShape[1], aShape[0]) : (aShape[0], aShape[1])
    let n = transposeB ? bShape[0] : bShape[1]
    var result = [Double](repeating: 0, count: m * n)
    for row in 0..<m {
      for column in 0..<n {
        var sum = 0.0
        for inner in 0..<k {
          let left = transposeA ? a[inner * m + row] : a[row * k + inner]
          let right = transposeB ? b[column * k + inner] : b[inner * n + column]
          sum += left * right
        }
        result[row * n + column] = sum
      }
    }
    return result
  }

  /// A product for each item of the first axis.
  func products(
    _ a: [Double], _ aShape: [Int], _ transposeA: Bool, _ b: [Double], _ bShape: [Int], _ transposeB: Bool
  ) -> [Double] {
    let (aMatrix, bMatrix) = (Array(aShape.dropFirst()), Array(bShape.dropFirst()))
    let (aCount, bCount) = (aMatrix.reduce(1, *), bMatrix.reduce(1, *))
    return (0..<aShape[0]).flatMap { item in
      product(
        Array(a[(item * aCount)..<((item + 1) * aCount)]), aMatrix, transposeA,
        Array(b[(item * bCount)..<((item + 1) * bCount)]), bMatrix, transposeB)
    }
  }

  /// `[outer, axes, inner]` → `[outer, inner]`; of nothing a sum is 0, a product 1, a maximum −∞, a minimum ∞.
  func reduction(_ kind: Reduction, _ axes: Range<Int>, _ values: [Double], _ shape: [Int]) -> [Double] {
    let outer = shape[..<axes.lowerBound].reduce(1, *)
    let middle = shape[axes].reduce(1, *)
    let inner = shape[axes.upperBound...].reduce(1, *)
    var result = [Double](repeating: kind.ofNothing, count: outer * inner)
    for o in 0..<outer {
      for m in 0..<middle {
        for i in 0..<inner {
          let value = values[(o * middle + m) * inner + i]
          let old = result[o * inner + i]
          result[o * inner + i] = kind.operation.value(old, value)
        }
      }
    }
    return result
  }

  /// NumPy's broadcasting to a larger shape.
  func repeated(_ values: [Double], _ shape: [Int], to target: [Int]) -> [Double] {
    guard shape != target else { return values }
    let padded = Array(repeating: 1, count: target.count - shape.count) + shape
    var strides = [Int](repeating: 0, count: target.count)
    var stride = 1
    for axis in padded.indices.reversed() {
      strides[axis] = padded[axis] == 1 ? 0 : stride
      stride *= padded[axis]
    }
    return (0..<target.reduce(1, *)).map { values[Evaluator.offset(of: $0, in: target, strides)] }
  }

  func transposed(_ values: [Double], _ shape: [Int], _ permutation: [Int]) -> [Double] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let target = permutation.map { shape[$0] }
    let targetStrides = permutation.map { strides[$0] }
    return values.indices.map { values[Evaluator.offset(of: $0, in: target, targetStrides)] }
  }

  /// Where element `index` (row-major in `shape`) lies under other strides.
  private static func offset(of index: Int, in shape: [Int], _ strides: [Int]) -> Int {
    var rest = index
    var offset = 0
    for axis in shape.indices.reversed() {
      offset += rest % shape[axis] * strides[axis]
      rest /= shape[axis]
    }
    return offset
  }
}
