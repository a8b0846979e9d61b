@testable import Tensors

/// Other numbers of positions, and affine maps.
let imageCases: [OperationCase] = resamplingCases + samplingCases + flipCases

private let resamplings: [(shape: [Int], axis: Int, count: Int)] = [
  ([2, 4, 5], 1, 9), ([2, 9, 3], 1, 4), ([3, 4, 2, 17], 2, 6), ([2, 3, 7], 2, 3), ([5, 3], 0, 8), ([0, 3, 2], 1, 5),
]

private let resamplingCases: [OperationCase] = resamplings.flatMap { shape, axis, count in
  Resampling.Method.allCases.flatMap { method in
    [false, true].map { antialias in
      OperationCase("\(shape) with \(count) by \(method)\(antialias ? ", smoothly" : "")", [shape]) {
        $0.resample($1[0], axis: axis, to: count, by: method, antialias: antialias)
      }
    }
  }
}

/// A number an image that has no derivative: steps of an operand.
private func steps(_ graph: inout Graph, _ x: Node, from start: Double, by step: Double) -> Node {
  graph.add(graph.multiply(graph.apply(.floor, graph.multiply(x, by: 2)), by: step), start)
}

/// A map an image of numbers that come to no halves.
private func turned(_ graph: inout Graph, _ x: [Node], tilt: Double) -> AffineMap {
  AffineMap(
    steps(&graph, x[1], from: 0.9137, by: 0.0713), steps(&graph, x[2], from: 0.1031, by: tilt),
    steps(&graph, x[1], from: 0.3119, by: 0.9067),
    graph.constant(0.1723), steps(&graph, x[2], from: 1.1093, by: 0.0311), steps(&graph, x[1], from: -0.7057, by: 1.3049))
}

private let samplingCases: [OperationCase] = Sampling.Fill.allCases.flatMap { fill in
  [true, false].flatMap { isBilinear in
    [[2, 4, 5, 3], [2, 5, 3, 1], [1, 2, 19, 3], [1, 3, 2, 17], [0, 4, 4, 3], [2, 1, 1, 2]].map { shape in
      OperationCase(
        "\(shape) turned, \(fill), \(isBilinear ? "mixed" : "nearest")", [shape, [shape[0]], [shape[0]]]
      ) { graph, x in
        let map = turned(&graph, x, tilt: 0.1127)
        return graph.sample(x[0], map, fill: fill, fillValue: 0.7, isBilinear: isBilinear)
      }
    }
  }
}

private let flipCases: [OperationCase] = [(true, false), (false, true), (true, true)].flatMap { horizontally, vertically in
  let name = "\(horizontally ? "left to right" : "")\(vertically ? " upside down" : "")"
  return [
    OperationCase("flipped \(name)", [[5, 4, 3, 3], [5]]) { graph, x in
      let flips = graph.apply(.greater, x[1], graph.constant(0))
      return graph.flip(x[0], where: flips, horizontally: horizontally, vertically: vertically)
    },
    OperationCase("flipped \(name), then turned", [[5, 4, 3, 3], [5], [5]]) { graph, x in
      let flips = graph.apply(.greater, x[1], graph.constant(0))
      let flipped = graph.flip(x[0], where: flips, horizontally: horizontally, vertically: vertically)
      let map = turned(&graph, x, tilt: 0.0719)
      return graph.sample(flipped, map, rows: 6, columns: 5, fill: .reflect)
    },
  ]
}
