@testable import Tensors

/// Rows by number, parts of an axis, and tables known when the graph is built.
let placeCases: [OperationCase] = rowNumberCases + axisCases + tableCases

/// Numbers −1 ... 5 made of an operand, behind an operation without a derivative: some lie outside of five rows.
private func numbers(_ graph: inout Graph, _ x: Node) -> Node {
  graph.cast(graph.subtract(graph.apply(.floor, graph.multiply(graph.square(x), by: 1.74)), graph.constant(1)), to: .int32)
}

private let gatherShapes: [(table: [Int], indices: [Int])] = [
  ([5, 3], [7]), ([5], [4, 2]), ([5, 2, 9], [3, 2]), ([5, 40], [33]), ([0, 3], [4]), ([5, 3], [0]), ([5, 0], [2]),
]

private let scatterShapes: [(values: [Int], indices: [Int])] = [
  ([7, 3], [7]), ([4, 2], [4, 2]), ([3, 2, 17], [3, 2]), ([6], [6]), ([0, 3], [0]), ([1], [1]),
]

private let rowNumberCases: [OperationCase] =
  gatherShapes.map { table, indices in
    OperationCase("rows \(indices) of \(table)", [table, indices]) { $0.gatherRows($1[0], numbers(&$0, $1[1])) }
  }
  + scatterShapes.map { values, indices in
    OperationCase("sums of \(values) by \(indices)", [values, indices]) { $0.scatterRows($1[0], numbers(&$0, $1[1]), rows: 5) }
  } + fewNumberCases

private let fewNumberCases: [OperationCase] = [
  OperationCase("sums in buckets", [[40], [40]]) { $0.bucketSums(numbers(&$0, $1[0]), weights: $1[1], buckets: 4) },
  OperationCase("one of each row", [[6, 5], [6]]) { $0.takeAlongLast($1[0], numbers(&$0, $1[1])) },
  OperationCase("one of each row of a cube", [[2, 3, 5], [2, 3]]) { $0.takeAlongLast($1[0], numbers(&$0, $1[1])) },
  OperationCase("one of a list", [[5], [1]]) { graph, x in
    graph.takeAlongLast(x[0], graph.reshape(graph.cast(graph.abs(x[1]), to: .int32), []))
  },
  OperationCase("the two largest", [[6, 5]]) { $0.multiply($1[0], $0.top(2, of: $1[0])) },
  OperationCase("the largest of equals", [[3, 37]]) { $0.multiply($1[0], $0.top(9, of: $0.apply(.round, $1[0]))) },
  OperationCase("more than there are", [[4]]) { $0.multiply($1[0], $0.top(7, of: $1[0])) },
  OperationCase("rank of a class", [[6, 5], [6]]) { $0.countGreater($1[0], thanAt: numbers(&$0, $1[1])) },
  OperationCase("rows by rows", [[4, 3]]) { graph, x in
    let swapped = graph.gatherRows(x[0], graph.constant(integers: [3, 0, 0, 1], shape: [2, 2]))
    return graph.square(graph.scatterRows(swapped, graph.constant(integers: [1, 1, 0, 1], shape: [2, 2]), rows: 3))
  },
]

private let slices: [(shape: [Int], axis: Int, range: Range<Int>)] = [
  ([6], 0, 2..<5), ([4, 5], 0, 1..<3), ([4, 5], 1, 2..<5), ([2, 3, 4], 1, 1..<2), ([1, 3, 4], 1, 1..<3), ([2, 3, 4], -1, 0..<4),
  ([3, 4], 1, 2..<2), ([2, 1, 3, 2, 5], 3, 1..<2), ([0, 4], 1, 1..<3), ([1], 0, 0..<1),
]

private let concatenations: [(shapes: [[Int]], axis: Int)] = [
  ([[3], [2]], 0), ([[2, 3], [2, 1], [2, 4]], 1), ([[2, 3], [4, 3]], 0), ([[2, 1, 3], [2, 2, 3]], -2), ([[2, 0], [2, 3]], 1),
  ([[1, 2, 3, 1, 2], [1, 2, 3, 2, 2]], 3), ([[0, 2], [0, 1]], 1), ([[4, 5]], 0),
]

private let axisCases: [OperationCase] =
  slices.map { shape, axis, range in
    OperationCase("slice \(range) of \(shape) along \(axis)", [shape]) { $0.square($0.slice($1[0], axis: axis, range)) }
  }
  + concatenations.map { shapes, axis in
    OperationCase("\(shapes) along \(axis)", shapes) { $0.square($0.concatenate($1, axis: axis)) }
  } + fewAxisCases

private let fewAxisCases: [OperationCase] = [
  OperationCase("twice the same, side by side", [[3, 4]]) { $0.square($0.concatenate([$1[0], $1[0]], axis: 1)) },
  OperationCase("stack", [[2, 3], [2, 3], [2, 3]]) { $0.square($0.stack($1, axis: 1)) },
  OperationCase("stack of numbers", [[1], [1]]) { graph, x in
    let numbers = x.map { graph.reshape($0, []) }
    return graph.square(graph.stack(numbers, axis: 0))
  },
  OperationCase("stack at the end", [[4], [4]]) { $0.square($0.stack($1, axis: -1)) },
  OperationCase("zeros around", [[2, 3]]) { graph, x in
    graph.exp(graph.pad(graph.pad(x[0], axis: 0, before: 1, after: 2), axis: -1, before: 0, after: 1))
  },
  OperationCase("zeros around nothing", [[2, 0, 3]]) { $0.exp($0.pad($1[0], axis: 1, before: 2, after: 1)) },
  OperationCase("halves of rows change places", [[3, 8]]) { graph, x in
    let halves = [graph.slice(x[0], axis: 1, 4..<8), graph.slice(x[0], axis: 1, 0..<4)]
    return graph.multiply(graph.concatenate(halves, axis: 1), x[0])
  },
  OperationCase("parts that are views", [[6, 4]]) { graph, x in
    let y = graph.exp(x[0])
    let flat = graph.reshape(y, [24])
    let shifted = graph.reshape(graph.slice(flat, axis: 0, 3..<9), [6, 1])
    return graph.add(graph.multiply(y, shifted), graph.slice(y, axis: 0, 2..<3))
  },
  OperationCase("losses of two parts of a row", [[1, 7], [1]], in: 0...2) { graph, x in
    let label = graph.cast(x[1], to: .int32)
    let losses = [0..<3, 3..<6].map { range in
      graph.sparseCategoricalCrossEntropy(
        targets: label, predictions: graph.softmax(graph.slice(x[0], axis: 1, range)), fromLogits: false)
    }
    return graph.add(losses[0], graph.multiply(losses[1], by: 3))
  },
]

private let tableCases: [OperationCase] = [
  OperationCase("a table", [[2, 3]]) { $0.multiply($1[0], $0.constant(floats: [1, -2, 0.5, 4, 0, 1e-3], shape: [2, 3])) },
  OperationCase("a table in two shapes", [[4, 2]]) { graph, x in
    let row = graph.constant(floats: [3, 4], shape: [2])
    return graph.add(graph.multiply(x[0], row), graph.sum(graph.constant(floats: [3, 4], shape: [1, 2])))
  },
  OperationCase("a table of one number", [[3]]) { $0.multiply($1[0], $0.constant(floats: [2.5], shape: [1])) },
  OperationCase("rows of a table", [[2, 2]]) { graph, x in
    let table = graph.constant(floats: [1, 2, 3, 4, 5, 6], shape: [3, 2])
    return graph.multiply(x[0], graph.gatherRows(table, graph.constant(integers: [2, 0], shape: [2])))
  },
  OperationCase("numbers by numbers", [[3]]) { graph, x in
    let lookup = graph.constant(integers: [7, -3, 9], shape: [3])
    let numbers = graph.gatherRows(lookup, graph.constant(integers: [1, 2, 5], shape: [3]))
    return graph.multiply(x[0], graph.cast(numbers, to: .float32))
  },
]

extension Graph {
  fileprivate mutating func sum(_ x: Node) -> Node { reduceSum(x) }
}
