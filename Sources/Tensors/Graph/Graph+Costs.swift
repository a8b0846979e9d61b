/// What operations take, as they are written: before any are joined, and whatever stays in a cache.
package struct Cost: Sendable, Equatable {
  /// Operations on numbers; a multiplication with its addition counts as two, a function of a number as one.
  package var operations: Double
  /// What is read and written.
  package var bytes: Double

  package init(operations: Double = 0, bytes: Double = 0) {
    self.operations = operations
    self.bytes = bytes
  }

  package static func + (a: Cost, b: Cost) -> Cost {
    Cost(operations: a.operations + b.operations, bytes: a.bytes + b.bytes)
  }
  package static func * (cost: Cost, count: Double) -> Cost {
    Cost(operations: cost.operations * count, bytes: cost.bytes * count)
  }
  package static func += (a: inout Cost, b: Cost) { a = a + b }
}

extension Graph {
  /// The costs of all that outputs and effects need, by where it comes from, in order of first mention.
  package func costs() -> [(source: SourceTag, cost: Cost)] {
    var isNeeded = [Bool](repeating: false, count: entries.count)
    var open = outputs + effects.flatMap(\.operands)
    while let node = open.popLast() {
      if isNeeded[node.index] { continue }
      isNeeded[node.index] = true
      open += entries[node.index].inputs
    }
    var places: [SourceTag: Int] = [:]
    var costs: [(source: SourceTag, cost: Cost)] = []
    func add(_ cost: Cost, of source: SourceTag) {
      if cost == Cost() { return }
      if let place = places[source] {
        costs[place].cost += cost
      } else {
        places[source] = costs.count
        costs.append((source, cost))
      }
    }
    for index in entries.indices where isNeeded[index] { add(cost(of: Node(index: index)), of: entries[index].tag) }
    for case .update(let update) in effects { add(Cost(of: update), of: self[update.gradient].tag) }
    return costs
  }

  /// The cost of all operations.
  private var totalCost: Cost { entries.indices.reduce(Cost()) { $0 + cost(of: Node(index: $1)) } }

  /// What one operation takes by itself.
  func cost(of node: Node) -> Cost {
    let entry = self[node]
    let inputs = entry.inputs.map { self[$0] }
    let count = Double(entry.count)
    let operations: Double
    switch entry.operation {
    case .variable, .constant, .scalar, .table, .reshape, .input, .stepInput, .result: return Cost()
    case .scan(let region): return region.step.totalCost * Double(region.count)
    case .gates(let gates): operations = gates.operationsPerUnit * Double(inputs[0].count / gates.blocks)
    case .matrixProduct(let transposeA, _): operations = 2 * count * Double(inputs[0].shape[transposeA ? 0 : 1])
    case .batchedProduct(let transposeA, _): operations = 2 * count * Double(inputs[0].shape[transposeA ? 1 : 2])
    case .convolution, .convolutionInputGradient, .convolutionKernelGradient: operations = 2 * convolutionShape(entry).products
    // Two products and a softmax; then those again and three more.
    case .attention:
      let scores = Double(inputs[0].count / max(inputs[0].shape[3], 1) * inputs[1].shape[1])
      operations = scores * Double(2 * inputs[0].shape[3] + 2 * inputs[2].shape[3] + 5)
    case .attentionGradient:
      let scores = Double(inputs[1].count / max(inputs[1].shape[3], 1) * inputs[2].shape[1])
      operations = scores * Double(6 * inputs[1].shape[3] + 4 * inputs[3].shape[3] + 9)
    case .unary, .binary, .select, .cast, .random, .dropoutMask, .cumulativeSum: operations = count
    case .masked: operations = count
    case .reduce, .argmax, .top, .scatterRows: operations = Double(inputs[0].count)
    // A maximum, a difference, an exponential, a sum and a quotient.
    case .softmax, .logSoftmax: operations = 5 * count
    case .softmaxGradient, .logSoftmaxGradient: operations = 4 * count
    // Sums of values and of squares; a difference, a quotient, a factor and a term.
    case .moments: operations = 3 * Double(inputs[0].count)
    case .normalize, .normalizeRows: operations = 5 * count
    case .normalizeGradientSums, .normalizeRowsGradientSums: operations = 4 * Double(inputs[0].count)
    case .normalizeGradient, .normalizeRowsGradient: operations = 8 * count
    case .pool(let pooling): operations = count * pooling.meanSize(over: inputs[0].shape)
    case .poolGradient(let pooling): operations = Double(inputs[0].count) * pooling.meanSize(over: entry.shape)
    case .resample: operations = 2 * 2 * max(count, Double(inputs[0].count))
    // Two coordinates, four weights, and four neighbours of each channel.
    case .sample(let sampling):
      operations = Double(entry.count / max(entry.shape[3], 1)) * 20 + count * (sampling.isBilinear ? 8 : 0)
    case .sampleGradient: operations = Double(inputs[0].count) * 8
    case .crossEntropy, .binaryCrossEntropy: operations = 5 * Double(inputs[1].count)
    case .crossEntropyGradient, .binaryCrossEntropyGradient: operations = 3 * Double(inputs[1].count)
    case .broadcast, .transpose, .slice, .concatenate, .pad, .oneHot, .gatherRows, .takeAlongLast: operations = 0
    }
    return Cost(operations: operations, bytes: (inputs.map(\.byteCount) + [entry.byteCount]).reduce(0, +))
  }
}

extension Graph.Entry {
  fileprivate var byteCount: Double { Double(count) * Double(type.bits) / 8 }
}

extension Cost {
  /// Each weight is read and written, as are its slots; the gradient is read.
  init(of update: Update, readsGradient: Bool = true) {
    let count = Double(update.variable.count)
    let perElement: Double
    switch update.rule {
    case .sgd(let momentum, let nesterov): perElement = momentum == 0 ? 2 : nesterov ? 6 : 4
    case .adam: perElement = 11
    }
    self.init(
      operations: count * (perElement + (update.weightDecay == 0 ? 0 : 2)),
      bytes: count * 4 * Double((readsGradient ? 3 : 2) + 2 * update.slots.count))
  }
}
