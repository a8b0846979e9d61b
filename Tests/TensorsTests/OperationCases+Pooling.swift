@testable import Tensors

/// Windows of every form over one, two and three axes, with few and many channels.
private let pools: [(name: String, shape: [Int], axes: [Pooling.Windows])] = [
  ("pairs", [3, 8, 1], [.sliding(size: 2, stride: 2)]),
  ("pairs and a rest", [2, 7, 33], [.sliding(size: 2, stride: 2)]),
  ("overlapping threes", [2, 9, 5], [.sliding(size: 3, stride: 1, before: 1, after: 1)]),
  ("gaps", [2, 9, 17], [.sliding(size: 2, stride: 3)]),
  ("squares", [2, 4, 6, 16], [.sliding(size: 2, stride: 2), .sliding(size: 2, stride: 2)]),
  ("squares and a rest", [3, 5, 7, 3], [.sliding(size: 2, stride: 2), .sliding(size: 2, stride: 2)]),
  ("overlapping squares", [2, 7, 6, 20], [.sliding(size: 3, stride: 2, before: 0, after: 1), .sliding(size: 3, stride: 2)]),
  ("all there is", [2, 3, 4, 5], [.sliding(size: 3, stride: 3), .sliding(size: 4, stride: 1)]),
  (
    "boxes", [2, 4, 5, 6, 3],
    [.sliding(size: 2, stride: 2), .sliding(size: 3, stride: 2, before: 1, after: 1), .sliding(size: 1, stride: 2)]
  ),
  ("spread", [2, 7, 5, 3], [.spread(count: 3), .spread(count: 2)]), ("spread thin", [2, 3, 2], [.spread(count: 5)]),
  ("no images", [0, 4, 4, 3], [.sliding(size: 2, stride: 2), .sliding(size: 2, stride: 2)]),
]

/// The largest and the mean of windows, and the largest behind a ReLU.
let poolCases: [OperationCase] = windowCases + rectifiedCases

private let windowCases: [OperationCase] = pools.flatMap { name, shape, axes in
  [
    OperationCase("largest of \(name)", [shape]) { $0.pool($1[0], Pooling(.max, axes)) },
    OperationCase("mean of \(name)", [shape]) { $0.pool($1[0], Pooling(.average, axes)) },
    OperationCase("largest of rectified \(name)", [shape]) { $0.pool($0.relu($1[0]), Pooling(.max, axes)) },
    OperationCase("mean of rectified \(name)", [shape]) { $0.pool($0.relu($1[0]), Pooling(.average, axes)) },
  ]
}

private let rectifiedCases: [OperationCase] = [
  OperationCase("a ReLU that is pooled and more", [[2, 4, 4, 3]]) { graph, x in
    let positive = graph.relu(x[0])
    let axes = Array(repeating: Pooling.Windows.sliding(size: 2, stride: 2), count: 2)
    return graph.concatenate(
      [graph.flatten(positive), graph.flatten(graph.pool(positive, Pooling(.max, axes)))], axis: 1)
  },
  OperationCase("a product, rectified and pooled twice", [[2, 6, 4, 3], [3, 5]]) { graph, x in
    let positive = graph.relu(graph.matrixProduct(x[0], x[1]))
    let pairs = graph.pool(positive, Pooling(.max, [.sliding(size: 2, stride: 2), .sliding(size: 2, stride: 2)]))
    let spread = graph.pool(positive, Pooling(.max, [.spread(count: 3), .spread(count: 2)]))
    return graph.multiply(pairs, spread)
  },
]
