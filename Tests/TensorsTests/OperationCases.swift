import Arrays
import Testing

@testable import Tensors

/// An operation, or a few together, with operands to try it on.
struct OperationCase: Sendable, CustomTestStringConvertible {
  /// Numbers drawn evenly from a range.
  struct Operand: Sendable {
    let shape: [Int]
    let range: ClosedRange<Double>
  }

  let name: String
  let operands: [Operand]
  let build: @Sendable (inout Graph, [Node]) -> Node
  var testDescription: String { name }

  init(
    _ name: String, _ shapes: [[Int]], in range: ClosedRange<Double> = -2...2,
    _ build: @escaping @Sendable (inout Graph, [Node]) -> Node
  ) {
    self.name = name
    operands = shapes.map { Operand(shape: $0, range: range) }
    self.build = build
  }

  /// The operands' values: the same whenever they are asked for, and exact in float32.
  func values(_ position: Int) -> [Double] {
    let stream = RandomStream(seed: 1, name, "operand").substream(position)
    let range = operands[position].range
    return (0..<operands[position].shape.reduce(1, *)).map {
      Double(Float(range.lowerBound + (range.upperBound - range.lowerBound) * stream.uniform($0)))
    }
  }

  /// The graph of the operation with outputs: its result, and the derivative of `Σ weights · result` in every operand.
  func graph() -> (graph: Graph, result: Node, operands: [Node], gradients: [Node?], loss: Node, inputs: [InputSlot: [Double]]) {
    var graph = Graph()
    var inputs: [InputSlot: [Double]] = [:]
    var nodes: [Node] = []
    for (position, operand) in operands.enumerated() {
      let slot = InputSlot("operand \(position)")
      nodes.append(graph.input(slot, shape: operand.shape))
      inputs[slot] = values(position)
    }
    let result = build(&graph, nodes)
    let shape = graph.shape(of: result)
    let weights = graph.input("weights", shape: shape.isEmpty ? [1] : shape)
    let stream = RandomStream(seed: 2, name)
    inputs["weights"] = (0..<shape.reduce(1, *)).map { Double(Float(stream.uniform($0) + 0.5)) }
    let weighted = graph.multiply(result, graph.reshape(weights, shape))
    let loss = graph.reduceSum(weighted)
    let found = graph.gradients(of: loss, withRespectTo: nodes)
    let gradients = nodes.map { found[$0] }
    graph.output(result)
    graph.output(loss)
    gradients.compactMap { $0 }.forEach { graph.output($0) }
    return (graph, result, nodes, gradients, loss, inputs)
  }
}

/// Every operation of the graph, in every form that has a rule of its own.
let operationCases: [OperationCase] =
  unaryCases + binaryCases + productCases + shapeCases + rowCases + lossCases + placeCases + reductionCases + itemCases
  + rowNormalizationCases
  + poolCases
  + recurrenceCases
  + convolutionCases
  + attentionCases
  + imageCases

private let unaryCases: [OperationCase] = UnaryOperation.allCases.flatMap { operation in
  let range: ClosedRange<Double> =
    switch operation {
    case .log, .log1p, .sqrt, .reciprocalSqrt, .reciprocal: 0.3...3
    case .asin, .acos, .atanh, .erfInverse: -0.9...0.9
    case .acosh: 1.1...4
    case .tan: -1.3...1.3
    default: -2...2
    }
  return [[5, 7], [1], [0, 3], [2, 1, 3, 1, 3], [67]].map { shape in
    OperationCase("\(operation) of \(shape)", [shape], in: range) { $0.apply(operation, $1[0]) }
  }
}

private let binaryCases: [OperationCase] =
  [
    BinaryOperation.add, .subtract, .multiply, .divide, .maximum, .minimum, .power, .atan2, .remainder, .less, .greaterEqual,
    .and,
  ].flatMap { operation in
    [
      ([[3, 4], [3, 4]], "same shape"), ([[3, 4], [4]], "row"), ([[3, 1], [3, 4]], "column"), ([[1], [2, 3]], "number"),
      ([[2, 1, 3], [4, 1]], "both ways"), ([[2, 3, 1, 2], [3, 4, 1]], "every other axis"), ([[0, 4], [4]], "nothing"),
      ([[2, 1, 2, 1, 3], [1, 3, 1, 2, 1]], "five axes"),
    ].map { shapes, form in
      OperationCase("\(operation), \(form)", shapes, in: 0.4...2.5) { $0.apply(operation, $1[0], $1[1]) }
    }
  } + [
    OperationCase("select", [[3, 4], [4], [3, 1]]) { graph, x in
      graph.select(graph.greater(x[0], graph.constant(0)), x[1], x[2])
    },
    OperationCase("clip", [[6, 5]]) { $0.clip($1[0], from: -1, to: 0.5) },
    OperationCase("rows cut into more and scaled", [[6, 6]]) { graph, x in
      let rows = graph.reshape(x[0], [12, 3])
      return graph.multiply(rows, by: 0.5)
    },
    OperationCase("used twice", [[3, 3]]) { graph, x in graph.multiply(x[0], graph.add(graph.exp(x[0]), x[0])) },
    OperationCase("angles of all directions", [[30], [30]]) { $0.apply(.atan2, $1[0], $1[1]) },
    OperationCase("remainders of all signs", [[30], [30]]) { $0.remainder($1[0], $0.add($1[1], 0.1)) },
    OperationCase("quotients rounded down", [[30], [30]]) { $0.floorDivide($0.multiply($1[0], by: 3), $0.add($1[1], -3)) },
    OperationCase("log-sigmoid", [[30]], in: -30...30) { $0.logSigmoid($1[0]) },
    OperationCase("logic", [[4, 3], [3]]) { graph, x in
      let a = graph.greater(x[0], graph.constant(0))
      let b = graph.greater(x[1], graph.constant(0))
      return graph.multiply(x[0], graph.or(graph.and(a, b), graph.not(graph.or(a, b))))
    },
    OperationCase("dropout of channels", [[4, 3, 5]]) { graph, x in
      graph.dropout(x[0], rate: 0.4, stream: RandomStream(seed: 3, "dropout"), noiseShape: [4, 1, 5])
    },
    OperationCase("noise", [[6, 37]]) { $0.add($1[0], $0.randomNormal(shape: [6, 37], stream: RandomStream(seed: 3, "noise"))) },
    OperationCase("even noise", [[5, 1, 70]]) { graph, x in
      graph.multiply(x[0], graph.randomUniform(shape: [5, 3, 70], stream: RandomStream(seed: 3, "noise")))
    },
    OperationCase("noise of one number", [[2]]) { graph, x in
      graph.multiply(x[0], graph.randomUniform(shape: [], stream: RandomStream(seed: 3, "noise")))
    },
    OperationCase("dropout", [[6, 9]]) { graph, x in
      graph.dropout(x[0], rate: 0.4, stream: RandomStream(seed: 3, "dropout"))
    },
  ]

private let productCases: [OperationCase] =
  [(false, false), (true, false), (false, true), (true, true)].map { a, b in
    OperationCase(
      "product\(a ? ", a transposed" : "")\(b ? ", b transposed" : "")", [a ? [3, 5] : [5, 3], b ? [4, 3] : [3, 4]]
    ) {
      $0.matrixProduct($1[0], $1[1], transposeA: a, transposeB: b)
    }
  } + [
    OperationCase("product of higher rank", [[2, 3, 4], [4, 5]]) { $0.matrixProduct($1[0], $1[1]) },
    OperationCase("product with a repeated matrix, transposed", [[2, 4, 3], [4, 5]]) {
      $0.matrixProduct($1[0], $1[1], transposeA: true)
    },
    OperationCase("product, bias, relu", [[9, 20], [20, 40], [40]]) { graph, x in
      graph.relu(graph.add(graph.matrixProduct(x[0], x[1]), x[2]))
    },
    OperationCase("product, bias, sigmoid", [[4, 6], [6, 5], [5]]) { graph, x in
      graph.sigmoid(graph.add(x[2], graph.matrixProduct(x[0], x[1])))
    },
    OperationCase("product, tanh", [[4, 6], [6, 5]]) { $0.tanh($0.matrixProduct($1[0], $1[1])) },
    OperationCase("two layers", [[7, 10], [10, 33], [33], [33, 3], [3]]) { graph, x in
      let hidden = graph.relu(graph.add(graph.matrixProduct(x[0], x[1]), x[2]))
      return graph.add(graph.matrixProduct(hidden, x[3]), x[4])
    },
  ]

private let itemShapes: [(a: [Int], b: [Int])] = [
  ([3, 4, 5], [3, 5, 2]), ([1, 2, 3], [4, 3, 2]), ([2, 1, 3, 4], [1, 3, 4, 2]), ([20, 2, 3], [20, 3, 4]), ([2, 3], [3, 3, 2]),
  ([0, 2, 3], [0, 3, 4]), ([2, 2, 0], [2, 0, 3]), ([2, 1, 1], [2, 1, 1]),
]

private let itemCases: [OperationCase] = itemShapes.flatMap { a, b in
  [(false, false), (true, false), (false, true), (true, true)].map { transposeA, transposeB in
    OperationCase(
      "products \(a) · \(b)\(transposeA ? ", a transposed" : "")\(transposeB ? ", b transposed" : "")",
      [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b]
    ) { $0.matrixProduct($1[0], $1[1], transposeA: transposeA, transposeB: transposeB) }
  }
}

/// A shape with its last two extents in the other order.
private func swapped(_ shape: [Int]) -> [Int] { shape.dropLast(2) + [shape[shape.count - 1], shape[shape.count - 2]] }

private let rowNormalizationShapes: [(shape: [Int], trailing: Int)] = [
  ([5, 7], 1), ([3], 1), ([2, 3, 4], 2), ([2, 2, 33], 1), ([4, 1], 1), ([0, 3], 1), ([3, 70], 1), ([2, 1, 2, 1, 3], 3),
]

private let rowNormalizationCases: [OperationCase] = rowNormalizationShapes.flatMap { shape, trailing in
  let row = Array(shape.suffix(trailing))
  let name = "of \(trailing) axes of \(shape)"
  return [
    OperationCase("layer normalisation " + name, [shape, row, row]) {
      $0.layerNormalize($1[0], trailing: trailing, gamma: $1[1], beta: $1[2], epsilon: 1e-3)
    },
    OperationCase("layer normalisation with beta " + name, [shape, row]) {
      $0.layerNormalize($1[0], trailing: trailing, beta: $1[1], epsilon: 1e-3)
    },
    OperationCase("plain layer normalisation " + name, [shape]) { $0.layerNormalize($1[0], trailing: trailing, epsilon: 1e-3) },
    OperationCase("RMS normalisation " + name, [shape, row]) {
      $0.rmsNormalize($1[0], trailing: trailing, gamma: $1[1], epsilon: 1e-3)
    },
    OperationCase("plain RMS normalisation " + name, [shape]) { $0.rmsNormalize($1[0], trailing: trailing, epsilon: 1e-3) },
  ]
}

private let shapeCases: [OperationCase] = [
  OperationCase("transpose of ten axes", [[2, 1, 2, 1, 2, 2, 1, 2, 1, 2]]) {
    $0.square($0.transpose($1[0], [9, 0, 8, 1, 7, 2, 6, 3, 5, 4]))
  },
  OperationCase("broadcast to eleven axes", [[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]]) {
    $0.square($0.broadcast($1[0], to: [2, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2]))
  },
  OperationCase("transpose of nothing", [[3, 0, 2]]) { $0.square($0.transpose($1[0], [2, 0, 1])) },
  OperationCase("broadcast of a number", [[1]]) { $0.square($0.broadcast($0.reshape($1[0], []), to: [3, 2])) },
  OperationCase("sum", [[3, 4, 5]]) { $0.reduceSum($1[0]) },
  OperationCase("sum of rows", [[3, 4, 5]]) { $0.reduceSum($1[0], axes: [-1]) },
  OperationCase("sum of columns", [[6, 5]]) { $0.reduceSum($1[0], axes: [0], keepDimensions: true) },
  OperationCase("sum of outer and inner axes", [[2, 3, 4]]) { $0.reduceSum($1[0], axes: [0, 2]) },
  OperationCase("mean of the middle", [[2, 3, 4]]) { $0.reduceMean($1[0], axes: [1]) },
  OperationCase("largest", [[4, 6]]) { $0.reduceMax($1[0], axes: [1]) },
  OperationCase("largest of all", [[4, 6]]) { $0.reduceMax($1[0]) },
  OperationCase("reshape", [[2, 6]]) { $0.square($0.reshape($1[0], [3, 4])) },
  OperationCase("broadcast", [[3, 1]]) { $0.broadcast($1[0], to: [2, 3, 4]) },
  OperationCase("transpose", [[3, 5]]) { $0.square($0.transpose($1[0], [1, 0])) },
  OperationCase("transpose of axes", [[2, 3, 4]]) { $0.square($0.transpose($1[0], [2, 0, 1])) },
]

private let rowCases: [OperationCase] = [
  OperationCase("softmax", [[4, 7]]) { $0.softmax($1[0]) },
  OperationCase("log-softmax", [[4, 7]]) { $0.logSoftmax($1[0]) },
  OperationCase("batch normalisation", [[9, 5], [5], [5]]) {
    $0.batchNormalization($1[0], gamma: $1[1], beta: $1[2], epsilon: 1e-3).output
  },
  OperationCase("batch normalisation of images", [[2, 3, 3, 4], [4], [4]]) {
    $0.batchNormalization($1[0], gamma: $1[1], beta: $1[2], epsilon: 1e-3).output
  },
  OperationCase("normalisation at inference", [[6, 3], [3], [3], [3], [3]], in: 0.5...2) {
    $0.batchNormalization($1[0], mean: $1[1], variance: $1[2], gamma: $1[3], beta: $1[4], epsilon: 1e-3)
  },
]

/// Targets are made of the second operand, behind an operation without a derivative.
private let lossCases: [OperationCase] =
  [false, true].flatMap { fromLogits in
    let suffix = fromLogits ? " from logits" : ""
    return [
      OperationCase("sparse cross-entropy" + suffix, [[6, 5], [6]], in: -3...3) { graph, x in
        let labels = graph.cast(graph.clip(graph.apply(.floor, graph.square(x[1])), from: 0, to: 4), to: .int32)
        let predictions = fromLogits ? x[0] : graph.softmax(x[0])
        return graph.sparseCategoricalCrossEntropy(targets: labels, predictions: predictions, fromLogits: fromLogits)
      },
      OperationCase("cross-entropy" + suffix, [[6, 5], [6]], in: -3...3) { graph, x in
        let labels = graph.cast(graph.clip(graph.apply(.floor, graph.square(x[1])), from: 0, to: 4), to: .int32)
        let predictions = fromLogits ? x[0] : graph.softmax(x[0])
        return graph.categoricalCrossEntropy(
          targets: graph.oneHot(labels, depth: 5), predictions: predictions, fromLogits: fromLogits, smoothing: 0.1)
      },
      OperationCase("binary cross-entropy" + suffix, [[6, 3], [6, 3]], in: -3...3) { graph, x in
        let targets = graph.greater(x[1], graph.constant(0))
        let predictions = fromLogits ? x[0] : graph.sigmoid(x[0])
        return graph.binaryCrossEntropy(targets: targets, predictions: predictions, fromLogits: fromLogits, smoothing: 0.1)
      },
    ]
  } + [
    OperationCase("sparse cross-entropy of probabilities", [[6, 5], [6]], in: 0.1...2) { graph, x in
      let labels = graph.cast(graph.clip(graph.apply(.floor, graph.square(x[1])), from: 0, to: 4), to: .int32)
      return graph.sparseCategoricalCrossEntropy(targets: labels, predictions: x[0], fromLogits: false)
    },
    OperationCase("binary cross-entropy of probabilities", [[6, 3], [6, 3]], in: 0.1...0.9) { graph, x in
      let targets = graph.greater(x[1], graph.constant(0.5))
      return graph.binaryCrossEntropy(targets: targets, predictions: x[0], fromLogits: false)
    },
    OperationCase("a clamped cross-entropy", [[4, 3], [4]], in: -30...30) { graph, x in
      let labels = graph.cast(graph.clip(graph.apply(.floor, graph.abs(x[1])), from: 0, to: 2), to: .int32)
      return graph.sparseCategoricalCrossEntropy(targets: labels, predictions: graph.softmax(x[0]), fromLogits: false)
    },
  ]

/// Products that oneDNN computes, too large for central differences.
let largeCases: [OperationCase] =
  [(false, false), (true, false), (false, true), (true, true)].map { a, b in
    OperationCase(
      "large product\(a ? ", a transposed" : "")\(b ? ", b transposed" : "")",
      [a ? [1100, 12] : [12, 1100], b ? [40, 1100] : [1100, 40]],
      in: -1...1
    ) { $0.matrixProduct($1[0], $1[1], transposeA: a, transposeB: b) }
  } + [
    OperationCase("large products of a few items", [[3, 12, 1100], [3, 1100, 40]], in: -1...1) { $0.matrixProduct($1[0], $1[1]) },
    OperationCase("large products of many items", [[18, 3, 1100], [18, 9, 1100]], in: -1...1) {
      $0.matrixProduct($1[0], $1[1], transposeB: true)
    },
    OperationCase("large products over many rows", [[1100, 48], [48, 200], [200], [200, 56]], in: -0.5...0.5) { graph, x in
      graph.matrixProduct(graph.relu(graph.add(graph.matrixProduct(x[0], x[1]), x[2])), x[3])
    },
    OperationCase("large residual block", [[6, 64, 48], [48, 200], [200], [200, 48], [48]], in: -0.5...0.5) { graph, x in
      let rows = graph.reshape(x[0], [384, 48])
      let hidden = graph.relu(graph.add(graph.matrixProduct(rows, x[1]), x[2]))
      let sum = graph.add(x[0], graph.reshape(graph.matrixProduct(hidden, x[3]), [6, 64, 48]))
      let normal = graph.layerNormalize(sum, gamma: x[4], epsilon: 1e-3)
      return graph.matrixProduct(graph.reshape(normal, [384, 48]), x[1])
    },
    OperationCase("large composed activation", [[96, 64], [64, 80], [80], [80, 40]], in: -0.5...0.5) { graph, x in
      let h = graph.add(graph.matrixProduct(x[0], x[1]), x[2])
      let share = graph.add(graph.multiply(graph.apply(.erf, graph.multiply(h, by: 0.5.squareRoot())), by: 0.5), 0.5)
      let hidden = graph.multiply(h, share)
      return graph.softmax(graph.matrixProduct(graph.select(graph.greater(h, hidden), hidden, graph.square(h)), x[3]))
    },
    OperationCase("large product, bias, relu", [[12, 1100], [1100, 40], [40]], in: -1...1) { graph, x in
      graph.relu(graph.add(graph.matrixProduct(x[0], x[1]), x[2]))
    },
    OperationCase("large product, bias, tanh", [[12, 1100], [1100, 40], [40]], in: -0.1...0.1) { graph, x in
      graph.tanh(graph.add(graph.matrixProduct(x[0], x[1]), x[2]))
    },
    OperationCase("large product in parts, bias, relu", [[40, 3200], [3200, 70], [70]], in: -1...1) { graph, x in
      graph.relu(graph.add(graph.matrixProduct(x[0], x[1]), x[2]))
    },
    OperationCase("large product of many rows under a relu", [[500, 20], [20, 280], [280, 300]], in: -0.5...0.5) { graph, x in
      graph.matrixProduct(graph.relu(graph.matrixProduct(x[0], x[1])), x[2])
    },
    OperationCase("large product under a relu", [[4, 6], [6, 50], [50, 1100]], in: -1...1) { graph, x in
      graph.matrixProduct(graph.relu(graph.matrixProduct(x[0], x[1])), x[2])
    },
  ]
