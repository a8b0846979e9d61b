@testable import Tensors

/// Recurrences: cells of every kind over sequences, both ways, read by their last step, by all of them, or both.
let recurrenceCases: [OperationCase] = cellCases + gateCases + convolutionStepCases + oddStepCases

/// Which states a case reads.
private enum Reading: CaseIterable {
  case last, all, both, reversed, first
}

extension Graph {
  /// What a case makes of a recurrence's first carried value.
  fileprivate mutating func read(_ scan: Scan, _ reading: Reading) -> Node {
    switch reading {
    case .last: return final(scan, carried: 0)
    case .all, .reversed: return all(scan, carried: 0)
    case .both:
      let last = final(scan, carried: 0)
      return multiply(all(scan, carried: 0), last)
    case .first:
      let all = all(scan, carried: 0)
      return slice(all, axis: 0, 0..<1)
    }
  }
}

private let stepCounts: [(steps: Int, rows: Int, units: Int)] = [(4, 2, 3), (1, 3, 2), (3, 1, 1)]

/// `h' = tanh(x + h · U + b)`, with its inputs' product in the step or outside.
private let cellCases: [OperationCase] = stepCounts.flatMap { steps, rows, units in
  Reading.allCases.map { reading in
    OperationCase(
      "simple recurrence of \(steps) × \(rows) × \(units), \(reading)",
      [[steps, rows, units], [rows, units], [units, units], [units]], in: -1...1
    ) { graph, x in
      let scan = graph.scan([x[0]], initial: [x[1]], invariants: [x[2], x[3]], isReversed: reading == .reversed) { step, given in
        let product = step.add(step.matrixProduct(given.carried[0], given.invariants[0]), given.invariants[1])
        return StepResults(carried: [step.tanh(step.add(product, given.elements[0]))])
      }
      return graph.read(scan, reading)
    }
  }
}

/// LSTM and GRU, in shards where there are rows enough; kept gradients of both states.
private let gateCases: [OperationCase] = gateShapes.flatMap { shape in
  Reading.allCases.map { lstmCase(shape, $0) } + Reading.allCases.map { gruCase(shape, $0) }
}

private let gateShapes: [(steps: Int, rows: Int, units: Int)] = [(3, 2, 3), (2, 35, 2), (2, 1, 17)]

private func lstmCase(_ shape: (steps: Int, rows: Int, units: Int), _ reading: Reading) -> OperationCase {
  let (steps, rows, units) = shape
  let operands = [[steps, rows, 4 * units], [rows, units], [rows, units], [units, 4 * units]]
  return OperationCase("LSTM of \(shape), \(reading)", operands, in: -1...1) { graph, x in
    let initial = [x[1], x[2]]
    let scan = graph.scan([x[0]], initial: initial, invariants: [x[3]], isReversed: reading == .reversed) { step, given in
      let product = step.matrixProduct(given.carried[0], given.invariants[0])
      let after = step.lstm(given.elements[0], product, cell: given.carried[1])
      return StepResults(carried: [after.hidden, after.cell])
    }
    let cell = graph.final(scan, carried: 1)
    return graph.add(graph.read(scan, reading), cell)
  }
}

private func gruCase(_ shape: (steps: Int, rows: Int, units: Int), _ reading: Reading) -> OperationCase {
  let (steps, rows, units) = shape
  let operands = [[steps, rows, 3 * units], [rows, units], [units, 3 * units], [3 * units]]
  return OperationCase("GRU of \(shape), \(reading)", operands, in: -1...1) { graph, x in
    let weights = [x[2], x[3]]
    let scan = graph.scan([x[0]], initial: [x[1]], invariants: weights, isReversed: reading == .reversed) { step, given in
      let product = step.add(step.matrixProduct(given.carried[0], given.invariants[0]), given.invariants[1])
      return StepResults(carried: [step.gru(given.elements[0], product, state: given.carried[0])])
    }
    return graph.read(scan, reading)
  }
}

/// An LSTM of images, whose states a kernel slides over; four groups see states of their own.
private let convolutionStepCases: [OperationCase] = [1, 4].flatMap { groups in
  [[3, 2], [4]].flatMap { positions in
    [Reading.last, .all, .reversed].map { reading in
      let (steps, rows, units) = (3, 2, 2)
      let state = [rows] + positions + [units]
      let operands = [[steps, rows] + positions + [4 * units], state, state, positions.map { _ in 3 } + [units, 4 * units]]
      let axes = positions.map { _ in 1 }
      let settings = Convolution(
        strides: axes, dilations: axes, padding: positions.map { _ in Convolution.Padding(before: 1, after: 1) }, groups: groups)
      return OperationCase("recurrence of \(positions) positions and \(groups) groups, \(reading)", operands, in: -1...1) {
        graph, x in
        let initial = [x[1], x[2]]
        let scan = graph.scan([x[0]], initial: initial, invariants: [x[3]], isReversed: reading == .reversed) { step, given in
          let copies = step.concatenate(Array(repeating: given.carried[0], count: groups), axis: -1)
          let product = step.convolution(copies, given.invariants[0], settings)
          let after = step.lstm(given.elements[0], product, cell: given.carried[1])
          return StepResults(carried: [after.hidden, after.cell])
        }
        let cell = graph.final(scan, carried: 1)
        return graph.add(graph.read(scan, reading), cell)
      }
    }
  }
}

private let oddStepCases: [OperationCase] = [
  OperationCase("steps that some rows skip", [[4, 3, 2], [3, 2], [2, 2], [4, 3, 1]], in: -1...1) { graph, x in
    let skips = graph.greater(x[3], graph.constant(0))
    let scan = graph.scan([x[0], skips], initial: [x[1]], invariants: [x[2]]) { step, given in
      let next = step.tanh(step.add(given.elements[0], step.matrixProduct(given.carried[0], given.invariants[0])))
      return StepResults(carried: [step.select(given.elements[1], given.carried[0], next)])
    }
    return graph.all(scan, carried: 0)
  },
  OperationCase("a step that mixes its rows", [[3, 4, 2], [4, 2], [2, 2]], in: -1...1) { graph, x in
    let scan = graph.scan([x[0]], initial: [x[1]], invariants: [x[2]]) { step, given in
      let sums = step.reduceSum(given.carried[0], axes: [0])
      let product = step.matrixProduct(given.carried[0], given.invariants[0])
      return StepResults(carried: [step.tanh(step.add(step.add(product, sums), given.elements[0]))])
    }
    return graph.all(scan, carried: 0)
  },
  OperationCase("values that change places", [[5, 2, 2], [2, 2], [2, 2]], in: -1...1) { graph, x in
    let scan = graph.scan([x[0]], initial: [x[1], x[2]]) { step, given in
      let product = step.multiply(given.carried[1], given.elements[0])
      return StepResults(carried: [given.carried[1], step.add(given.carried[0], product)])
    }
    return graph.add(graph.all(scan, carried: 0), graph.final(scan, carried: 1))
  },
  OperationCase("a value that stays, and one that is carried twice", [[3, 2, 2], [2, 2], [2, 2], [2, 2]], in: -1...1) {
    graph, x in
    let scan = graph.scan([x[0]], initial: [x[1], x[2], x[3]]) { step, given in
      let next = step.multiply(given.elements[0], step.add(given.carried[0], given.carried[1]))
      return StepResults(carried: [given.carried[0], next, next])
    }
    let ends = graph.add(graph.final(scan, carried: 0), graph.final(scan, carried: 2))
    return graph.multiply(graph.all(scan, carried: 1), ends)
  },
  OperationCase("outputs beside what is carried", [[3, 2, 3], [2, 4], [3, 4], [4, 4], [5, 4], [4]], in: -1...1) { graph, x in
    let scan = graph.scan([x[0]], initial: [x[1]], invariants: [x[2], x[3], x[4], x[5]]) { step, given in
      let weights = given.invariants
      let input = step.matrixProduct(given.elements[0], weights[0])
      let next = step.tanh(step.add(input, step.multiply(step.matrixProduct(given.carried[0], weights[1]), weights[3])))
      let output = step.sigmoid(step.matrixProduct(next, weights[2], transposeB: true))
      return StepResults(carried: [next], outputs: [output, next, given.elements[0]])
    }
    let all = graph.concatenate([graph.output(scan, 0), graph.output(scan, 1), graph.output(scan, 2)], axis: 2)
    return graph.square(all)
  },
  OperationCase("one recurrence after the other", [[3, 20, 2], [20, 2], [2, 2], [2, 2]], in: -1...1) { graph, x in
    func recurrence(_ sequence: Node, _ weights: Node, isReversed: Bool, in graph: inout Graph) -> Node {
      let scan = graph.scan([sequence], initial: [x[1]], invariants: [weights], isReversed: isReversed) { step, given in
        let product = step.matrixProduct(given.carried[0], given.invariants[0])
        return StepResults(carried: [step.tanh(step.add(given.elements[0], product))])
      }
      return graph.all(scan, carried: 0)
    }
    let first = recurrence(x[0], x[2], isReversed: true, in: &graph)
    return recurrence(first, x[3], isReversed: false, in: &graph)
  },
  OperationCase("a gradient that stops at a step", [[3, 2, 2], [2, 2]], in: -1...1) { graph, x in
    let scan = graph.scan([x[0]], initial: [x[1]]) { step, given in
      StepResults(carried: [given.elements[0]], outputs: [step.multiply(given.elements[0], given.carried[0])])
    }
    return graph.add(graph.output(scan, 0), graph.all(scan, carried: 0))
  },
]
