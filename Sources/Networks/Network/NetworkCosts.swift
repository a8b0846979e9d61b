import Plans
import Tensors

/// What a batch of a planned network takes, layer by layer: counted on its graph, before there is a network.
package struct NetworkCosts: Sendable {
  package struct Row: Sendable {
    /// A layer's path, `encoder/dense`; or `loss`, `optimizer`, a metric.
    package let name: String
    /// From inputs to predictions.
    package fileprivate(set) var forward = Cost()
    /// A whole step of training: forward, the derivatives, the update. Nil where the model is not trained.
    package fileprivate(set) var training: Cost?

    fileprivate mutating func add(_ other: Row) {
      forward += other.forward
      if let cost = other.training { training = (training ?? Cost()) + cost }
    }
  }
  package private(set) var rows: [Row]
  package let batchSize: Int

  /// What lies in memory, in bytes.
  package struct Memory: Sendable {
    package let weights: Int
    /// The optimizer's slots.
    package let slots: Int
    /// What lives only during a step.
    package let step: Int
    /// The layer that holds most of it when most is held, and how much.
    package let largest: String
    package let largestBytes: Int
  }
  /// Nil where it is more than can be counted.
  package private(set) var memory: Memory?

  /// What enters a batch: shapes of an example, without open dimensions.
  package struct Shapes: Sendable {
    package let inputs: [[Int]]
    /// Nil where nothing is trained.
    package let targets: [[Int]]?
    package init(inputs: [[Int]], targets: [[Int]]? = nil) {
      self.inputs = inputs
      self.targets = targets
    }
  }

  /// Nil where layers work on words and numbers before they enter a network, which has no graph of them.
  package init?(of plan: ModelPlan, compiled: CompilePlan? = nil, shapes: Shapes, batchSize: Int) throws(TensorsError) {
    let network = Network(plan, seed: 0, pool: try Pool(threads: 1), hasValues: false)
    guard network.entrances.all.isEmpty else { return nil }
    self.batchSize = batchSize
    rows = []
    let forward = NetworkCosts.graph(network, .predict, shapes, batchSize)
    memory = Memory(of: network, stepOf: forward)
    for (source, cost) in forward.costs() {
      rows.append(Row(name: source.name, forward: cost))
    }
    guard let compiled, let targets = shapes.targets, targets.count == plan.outputs.count else { return }
    network.compile(compiled)
    let step = NetworkCosts.graph(network, .train, shapes, batchSize)
    memory = Memory(of: network, stepOf: step)
    for (source, cost) in step.costs() {
      let place = rows.firstIndex { $0.name == source.name } ?? rows.count
      if place == rows.count { rows.append(Row(name: source.name)) }
      rows[place].training = cost
    }
  }

  /// All of a batch.
  package var total: Row {
    var total = Row(name: "all")
    for row in rows { total.add(row) }
    return total
  }

  /// The costs of all rows whose names are chosen, together; nil where none is.
  package func sum(_ isChosen: (String) -> Bool) -> Row? {
    let chosen = rows.filter { isChosen($0.name) }
    guard var sum = chosen.first else { return nil }
    for row in chosen.dropFirst() { sum.add(row) }
    return sum
  }

  private static func graph(_ network: Network, _ mode: StepMode, _ shapes: Shapes, _ batchSize: Int) -> Graph {
    let form = StepGraph.Form(
      mode: mode, batchSize: batchSize, inputShapes: shapes.inputs, targetShapes: shapes.targets ?? [], weightShapes: [], fit: 0,
      stages: mode == .train ? network.stages : [])
    return StepGraph(network, form).graph
  }
}

extension NetworkCosts.Memory {
  fileprivate init?(of network: Network, stepOf graph: Graph) {
    guard graph.costs().reduce(0, { $0 + $1.cost.bytes }) < 0x1p60 else { return nil }
    let step = Program.memory(of: graph)
    let slots = network.compilation?.optimization.variables ?? []
    self.init(
      weights: network.weightsByLayer.joined().reduce(0) { $0 + $1.variable.count * 4 },
      slots: slots.reduce(0) { $0 + $1.variable.count * 4 }, step: step.bytes, largest: step.largest.name,
      largestBytes: step.largestBytes)
  }
}
