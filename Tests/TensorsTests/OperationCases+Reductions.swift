@testable import Tensors

private let reductionShapes: [(shape: [Int], axes: [Int]?)] = [
  ([4, 6], [1]), ([4, 6], [0]), ([4, 6], nil), ([2, 3, 4], [0, 2]), ([2, 3, 2, 3], [-1, 1]), ([5], [0]), ([1, 1], [0]),
  ([3, 1, 2], [1]),
  ([2, 1, 3, 2, 2], [0, 2, 4]), ([0, 3], [1]), ([7, 33], [0]),
]

private let runningShapes: [(shape: [Int], axis: Int)] = [
  ([5], 0), ([3, 4], 0), ([3, 4], -1), ([2, 3, 5], 1), ([0, 3], 1), ([3, 0], 0), ([1, 1, 1], 2), ([2, 2, 3, 2, 2], 2),
  ([3, 70], 0),
]

/// Reductions over any axes, and running sums.
let reductionCases: [OperationCase] =
  reductionShapes.flatMap { shape, axes in
    let name = "\(shape) along \(axes.map { "\($0)" } ?? "all")"
    return [
      OperationCase("sum of \(name)", [shape]) { $0.square($0.reduceSum($1[0], axes: axes)) },
      OperationCase("largest of \(name)", [shape]) { $0.square($0.reduceMax($1[0], axes: axes, keepDimensions: true)) },
      OperationCase("smallest of \(name)", [shape]) { $0.square($0.reduceMin($1[0], axes: axes)) },
      OperationCase("product of \(name)", [shape], in: 0.5...1.5) { $0.square($0.reduceProduct($1[0], axes: axes)) },
    ]
  }
  + runningShapes.flatMap { shape, axis in
    [(false, false), (true, false), (false, true), (true, true)].map { exclusive, reverse in
      OperationCase(
        "running sum of \(shape) along \(axis)\(exclusive ? ", exclusive" : "")\(reverse ? ", reverse" : "")", [shape]
      ) {
        $0.square($0.cumulativeSum($1[0], axis: axis, exclusive: exclusive, reverse: reverse))
      }
    }
  }
