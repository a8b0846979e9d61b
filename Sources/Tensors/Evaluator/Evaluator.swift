/// Computes a graph in double precision, slowly and plainly: the yardstick in tests for derivatives and for Programs.
package struct Evaluator {
  let graph: Graph
  /// The value of every node, row-major; class numbers and mask bits are doubles too.
  private var values: [[Double]] = []
  /// The steps of each recurrence, by its node: all their nodes.
  var scanned: [Int: [Evaluator]] = [:]

  /// Evaluates all nodes. `inputs` holds gathered batches, `variables` the values before the step.
  package init(
    _ graph: Graph, inputs: [InputSlot: [Double]] = [:], variables: (VariableID) -> [Double] = { _ in [] },
    scalars: [ScalarName: Double] = [:]
  ) {
    self.init(graph, inputs: inputs, variables: variables, scalars: scalars, stepInputs: [:])
  }

  /// The same of a step of a recurrence, which is given values by number.
  init(
    _ graph: Graph, inputs: [InputSlot: [Double]] = [:], variables: (VariableID) -> [Double] = { _ in [] },
    scalars: [ScalarName: Double] = [:], stepInputs: [Int: [Double]]
  ) {
    self.graph = graph
    values.reserveCapacity(graph.entries.count)
    let step = UInt64(scalars[.randomStep] ?? 0)
    for (index, entry) in graph.entries.enumerated() {
      let value: [Double]
      switch entry.operation {
      case .input(let slot):
        guard let given = inputs[slot] else { preconditionFailure("the evaluator needs the input `\(slot)`") }
        value = given
      case .variable(let variable): value = variables(variable)
      case .constant(let number): value = [number]
      case .table(let table): value = table.doubles
      case .scalar(let name): value = [scalars[name] ?? 0]
      case .random(let distribution, let stream):
        value = BatchDraws(stream: stream, step: step).numbers(distribution, shape: entry.shape)
      case .dropoutMask(let rate, let stream):
        value = BatchDraws(stream: stream, step: step).mask(shape: entry.shape, rate: rate)
      case .stepInput(let number):
        guard let given = stepInputs[number] else { preconditionFailure("the evaluator is given what a step is given") }
        value = given
      case .scan(let region):
        scanned[index] = steps(of: region, operands: entry.inputs.map { values[$0.index] })
        value = []
      case .result(let number): value = result(number, of: entry.inputs[0])
      default: value = result(of: entry)
      }
      precondition(value.count == entry.count, "\(entry.operation) gives \(entry.count) numbers, not \(value.count)")
      values.append(value)
    }
  }

  /// The value of a node, row-major.
  package subscript(node: Node) -> [Double] { values[node.index] }

  private func result(of entry: Graph.Entry) -> [Double] {
    let operands = entry.inputs.map { values[$0.index] }
    let shapes = entry.inputs.map { graph.shape(of: $0) }
    switch entry.operation {
    case .input, .variable, .constant, .table, .scalar, .random, .dropoutMask, .stepInput, .scan, .result:
      preconditionFailure("this is no operation on values alone")
    case .gates(let gates): return gateValues(gates, operands, shapes[0])[0]
    case .convolution, .convolutionInputGradient, .convolutionKernelGradient:
      return convolved(entry, operands.map { $0.map(entry.precision.rounded) })
    case .matrixProduct(let transposeA, let transposeB):
      let factors = operands.map { $0.map(entry.precision.rounded) }
      return product(factors[0], shapes[0], transposeA, factors[1], shapes[1], transposeB)
    case .batchedProduct(let transposeA, let transposeB):
      return products(operands[0], shapes[0], transposeA, operands[1], shapes[1], transposeB)
    case .unary(let operation): return operands[0].map(operation.value)
    case .binary(let operation):
      let a = repeated(operands[0], shapes[0], to: entry.shape)
      let b = repeated(operands[1], shapes[1], to: entry.shape)
      return a.indices.map { operation.value(a[$0], b[$0]) }
    case .select:
      let all = zip(operands, shapes).map { repeated($0, $1, to: entry.shape) }
      return all[0].indices.map { all[0][$0] != 0 ? all[1][$0] : all[2][$0] }
    case .masked(let scale): return operands[0].indices.map { operands[1][$0] != 0 ? operands[0][$0] * scale : 0 }
    case .cast: return entry.type == .int32 ? operands[0].map { $0.rounded(.towardZero) } : operands[0]
    case .reduce(let kind, let axes): return reduction(kind, axes, operands[0], shapes[0])
    case .reshape: return operands[0]
    case .broadcast: return repeated(operands[0], shapes[0], to: entry.shape)
    case .transpose(let permutation): return transposed(operands[0], shapes[0], permutation)
    case .cumulativeSum(let sum): return cumulativeSum(sum, operands[0], shapes[0])
    case .gatherRows: return gatheredRows(operands[0], shapes[0], operands[1])
    case .scatterRows: return scatteredRows(operands[0], operands[1], entry.shape)
    case .takeAlongLast:
      return zip(rows(operands[0], shapes[0]), operands[1]).map { row, number in
        row.indices.contains(Int(number)) ? row[Int(number)] : 0
      }
    case .slice(let axis, let start): return sliced(operands[0], shapes[0], axis, start, entry.shape[axis])
    case .concatenate(let axis): return concatenated(operands, shapes, axis)
    case .pad(let axis, let before): return padded(operands[0], shapes[0], axis, before, entry.shape[axis])
    case .softmax: return rows(operands[0], shapes[0]).flatMap(Evaluator.softmax)
    case .logSoftmax: return rows(operands[0], shapes[0]).flatMap(Evaluator.logSoftmax)
    case .softmaxGradient:
      return zip(rows(operands[0], shapes[0]), rows(operands[1], shapes[1])).flatMap { y, g in
        let dot = zip(y, g).reduce(0) { $0 + $1.0 * $1.1 }
        return zip(y, g).map { $0 * ($1 - dot) }
      }
    case .logSoftmaxGradient:
      return zip(rows(operands[0], shapes[0]), rows(operands[1], shapes[1])).flatMap { y, g in
        let sum = g.reduce(0, +)
        return zip(y, g).map { $1 - UnaryOperation.exp.value($0) * sum }
      }
    case .argmax:
      return rows(operands[0], shapes[0]).map { row in
        Double(row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 })
      }
    case .top(let count):
      return rows(operands[0], shapes[0]).flatMap { row in
        let order = row.indices.sorted { row[$0] > row[$1] || (row[$0] == row[$1] && $0 < $1) }
        var isTop = row.map { _ in 0.0 }
        for index in order.prefix(count) { isTop[index] = 1 }
        return isTop
      }
    case .oneHot(let depth):
      return operands[0].flatMap { number in (0..<depth).map { Double($0) == number ? 1 : 0 } }
    case .pool(let pooling): return pooled(pooling, operands[0], shapes[0])
    case .poolGradient(let pooling): return poolGradient(pooling, operands, entry.shape)
    case .resample(let resampling): return resampled(resampling, operands[0], shapes[0])
    case .sample(let sampling): return sampled(sampling, operands, shapes[0])
    case .sampleGradient(let sampling): return sampleGradient(sampling, operands, entry.shape)
    case .moments: return Evaluator.moments(rows(operands[0], shapes[0]))
    case .normalize(let epsilon, _): return normalized(operands, epsilon)
    case .normalizeGradientSums(let epsilon): return normalizeGradientSums(operands, epsilon)
    case .normalizeGradient(let epsilon): return normalizeGradient(operands, epsilon)
    case .normalizeRows(let settings): return normalizedRows(operands, shapes[0], settings)
    case .normalizeRowsGradient(let settings): return normalizeRowsGradient(operands, shapes[0], settings)
    case .normalizeRowsGradientSums(let settings): return normalizeRowsGradientSums(operands, shapes[0], settings)
    case .attention(let settings): return attention(operands, shapes, settings)
    case .attentionGradient(let settings): return attentionGradient(operands, shapes, settings)
    case .crossEntropy(let settings): return crossEntropy(operands, shapes, settings)
    case .crossEntropyGradient(let settings): return crossEntropyGradient(operands, shapes, settings)
    case .binaryCrossEntropy(let settings): return binaryCrossEntropy(operands, shapes, settings)
    case .binaryCrossEntropyGradient(let settings): return binaryCrossEntropyGradient(operands, shapes, settings)
    }
  }

  /// The rows of the last axis.
  func rows(_ values: [Double], _ shape: [Int]) -> [[Double]] {
    let columns = shape[shape.count - 1]
    guard columns > 0 else { return Array(repeating: [], count: shape.dropLast().reduce(1, *)) }
    return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<($0 + columns)]) }
  }
}

extension Evaluator {
  /// Variables after the step, for each `assign` and each `update` of the graph (slots included).
  package func variablesAfterStep(
    variables: (VariableID) -> [Double], scalars: [ScalarName: Double]
  ) -> [VariableID: [Double]] {
    var after: [VariableID: [Double]] = [:]
    for effect in graph.effects {
      switch effect {
      case .accumulate, .accumulateMean: continue
      case .assign(let node, let variable): after[variable] = self[node]
      case .update(let update):
        var w = variables(update.variable)
        var slots = update.slots.map(variables)
        let rate = scalars[update.scalars.learningRate] ?? 0
        let step = (scalars[update.scalars.iteration] ?? 0) + 1
        for (position, g) in self[update.gradient].enumerated() {
          w[position] -= w[position] * update.weightDecay * rate
          w[position] += update.rule.change(gradient: g, slots: &slots, at: position, rate: rate, step: step)
        }
        after[update.variable] = w
        for (slot, values) in zip(update.slots, slots) { after[slot] = values }
      }
    }
    return after
  }
}

extension UpdateRule {
  /// What is added to a weight, after moving its slots.
  fileprivate func change(
    gradient g: Double, slots: inout [[Double]], at i: Int, rate: Double, step: Double
  ) -> Double {
    switch self {
    case .sgd(let momentum, let nesterov):
      guard momentum != 0 else { return -rate * g }
      slots[0][i] = momentum * slots[0][i] - rate * g
      return nesterov ? momentum * slots[0][i] - rate * g : slots[0][i]
    case .adam(let beta1, let beta2, let epsilon, let amsgrad):
      slots[0][i] += (1 - beta1) * (g - slots[0][i])
      slots[1][i] += (1 - beta2) * (g * g - slots[1][i])
      if amsgrad { slots[2][i] = max(slots[2][i], slots[1][i]) }
      let alpha = correctedRate(rate, step: step)
      return -alpha * slots[0][i] / (slots[amsgrad ? 2 : 1][i].squareRoot() + epsilon)
    }
  }
}
