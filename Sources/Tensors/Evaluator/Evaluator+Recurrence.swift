/// The evaluator's recurrences.
extension Evaluator {
  /// A recurrence's steps in the order of positions, each with all its values.
  func steps(of region: Region, operands: [[Double]]) -> [Evaluator] {
    let sequences = operands.prefix(region.sequences.count)
    var carried = Array(operands.dropFirst(region.sequences.count).prefix(region.carried.count))
    let invariants = operands.suffix(region.invariants.count)
    var steps = [Evaluator?](repeating: nil, count: region.count)
    for number in 0..<region.count {
      let position = region.position(ofStep: number)
      var given: [Int: [Double]] = [:]
      for (leaf, sequence) in zip(region.sequences, sequences) {
        let count = region.step[leaf].count
        given[region.step.stepNumber(leaf)] = Array(sequence[(position * count)..<((position + 1) * count)])
      }
      for (leaf, value) in zip(region.carried.map(\.before) + region.invariants, carried + invariants) {
        given[region.step.stepNumber(leaf)] = value
      }
      let step = Evaluator(region.step, stepInputs: given)
      carried = region.carried.map { step[$0.after] }
      steps[position] = step
    }
    return steps.compactMap { $0 }
  }

  /// One of the results of a node that has several.
  func result(_ number: Int, of node: Node) -> [Double] {
    let entry = graph[node]
    switch entry.operation {
    case .gates(let gates):
      return gateValues(gates, entry.inputs.map { self[$0] }, graph[entry.inputs[0]].shape)[number + 1]
    case .scan(let region):
      guard let steps = scanned[node.index] else { preconditionFailure("a recurrence is evaluated before its results") }
      guard number < region.carried.count else {
        return steps.flatMap { $0[Node(index: number - region.carried.count)] }
      }
      let first = self[entry.inputs[region.sequences.count + number]]
      let after = steps.flatMap { $0[region.carried[number].after] }
      return region.isReversed ? after + first : first + after
    default: preconditionFailure("this operation has one result: \(entry.operation)")
    }
  }

  /// What gates give: the node itself and its results.
  func gateValues(_ gates: Gates, _ operands: [[Double]], _ shape: [Int]) -> [[Double]] {
    let (rows, columns) = (shape.dropLast().reduce(1, *), shape[shape.count - 1])
    let units = columns / gates.blocks
    let sigmoid = UnaryOperation.sigmoid.value
    let tanh = UnaryOperation.tanh.value
    let wide = [Double](repeating: 0, count: rows * columns)
    let narrow = [Double](repeating: 0, count: rows * units)
    var results: [[Double]] =
      switch gates {
      case .lstm: [wide, narrow, narrow]
      case .lstmGradient, .gru: [wide, narrow]
      case .gruGradient: [wide, wide, narrow]
      }
    for row in 0..<rows {
      for unit in 0..<units {
        let place = row * units + unit
        func at(_ block: Int) -> Int { row * columns + block * units + unit }
        switch gates {
        case .lstm:
          let z = (0..<4).map { operands[0][at($0)] + operands[1][at($0)] }
          let (i, f, g, o) = (sigmoid(z[0]), sigmoid(z[1]), tanh(z[2]), sigmoid(z[3]))
          let cell = f * operands[2][place] + i * g
          for (block, value) in [i, f, g, o].enumerated() { results[0][at(block)] = value }
          results[1][place] = cell
          results[2][place] = o * tanh(cell)
        case .lstmGradient:
          let a = (0..<4).map { operands[0][at($0)] }
          let (i, f, g, o) = (a[0], a[1], a[2], a[3])
          let (before, squashed, dh) = (operands[1][place], tanh(operands[2][place]), operands[3][place])
          let dc = operands[4][place] + dh * o * (1 - squashed * squashed)
          results[0][at(0)] = dc * g * i * (1 - i)
          results[0][at(1)] = dc * before * f * (1 - f)
          results[0][at(2)] = dc * i * (1 - g * g)
          results[0][at(3)] = dh * squashed * o * (1 - o)
          results[1][place] = dc * f
        case .gru:
          let z = sigmoid(operands[0][at(0)] + operands[1][at(0)])
          let r = sigmoid(operands[0][at(1)] + operands[1][at(1)])
          let g = tanh(operands[0][at(2)] + r * operands[1][at(2)])
          for (block, value) in [z, r, g].enumerated() { results[0][at(block)] = value }
          results[1][place] = z * operands[2][place] + (1 - z) * g
        case .gruGradient:
          let (z, r, g) = (operands[0][at(0)], operands[0][at(1)], operands[0][at(2)])
          let dh = operands[3][place]
          let dz = dh * (operands[2][place] - g) * z * (1 - z)
          let dg = dh * (1 - z) * (1 - g * g)
          let dr = dg * operands[1][at(2)] * r * (1 - r)
          for (block, value) in [dz, dr, dg].enumerated() { results[0][at(block)] = value }
          for (block, value) in [dz, dr, dg * r].enumerated() { results[1][at(block)] = value }
          results[2][place] = dh * z
        }
      }
    }
    return results
  }
}

extension Graph {
  /// The number of a step's leaf.
  fileprivate func stepNumber(_ leaf: Node) -> Int {
    guard case .stepInput(let number) = self[leaf].operation else { preconditionFailure("what a step is given is a leaf") }
    return number
  }
}
