import Tensors

/// What is done with the gradients of a batch, in Keras's order: unscale, accumulate, clip, decay, step, average, constrain.
///
/// Everything reads the variables as they were before the batch, but for those that the forward pass has replaced. Weights that only decay and step take the core's own rule, if the
/// optimizer has one; for the others each new value is a node that is assigned in the end.
struct UpdatePipeline {
  /// What a batch does beside the ordinary: decided by the optimizer's count, before the batch.
  struct Stage: OptionSet, Hashable {
    let rawValue: Int
    /// Gradients are only added up.
    static let accumulates = Stage(rawValue: 1)
    /// The weights become their averages.
    static let overwrites = Stage(rawValue: 2)
  }

  private let state: OptimizerState
  private let stage: Stage
  private var graph: Graph
  /// 1 if all gradients of the batch are finite, else 0; nil where they may be anything.
  private let isFinite: Node?
  /// What weights are after the forward pass, where that is not what they were before it.
  private let begun: [VariableID: Node]
  /// What each variable will be, in order of first mention.
  private var values: [(variable: VariableID, node: Node)] = []

  /// Emits the update of the trained weights from the gradients of the scaled loss, `stages` holding one for each optimizer; `begun` are
  /// the values that the forward pass has given to some weights. Gives 1 if all gradients are finite and else 0, where that decides
  /// whether there is a step.
  static func emit(
    _ gradients: [VariableID: Node], of optimization: Optimization, from begun: [VariableID: Node] = [:], at stages: [Stage],
    into graph: inout Graph
  ) -> Node? {
    precondition(stages.count == optimization.optimizers.count, "each optimizer is at a stage of its own")
    var gradients = gradients
    if optimization.scalesLoss {
      let scale = graph.scalar(.lossScale)
      for weight in optimization.weights {
        if let gradient = gradients[weight.variable] { gradients[weight.variable] = graph.divide(gradient, scale) }
      }
    }
    var isFinite: Node?
    if optimization.lossScaling != nil {
      isFinite = allAreFinite(optimization.weights.compactMap { gradients[$0.variable] }, in: &graph)
    }
    for (state, stage) in zip(optimization.optimizers, stages) {
      var pipeline = UpdatePipeline(state: state, stage: stage, graph: graph, isFinite: isFinite, begun: begun)
      graph = Graph()  // one owner, so that nothing is copied
      pipeline.emit(gradients)
      graph = pipeline.graph
    }
    return isFinite
  }

  private static func allAreFinite(_ gradients: [Node], in graph: inout Graph) -> Node {
    graph.formula(gradients) { gradients in
      let odd = gradients.map { sum(1 - $0.isFinite) }
      let all = odd.dropFirst().reduce(odd[0], +)
      return (all .<= 0).node
    }
  }

  private init(state: OptimizerState, stage: Stage, graph: Graph, isFinite: Node?, begun: [VariableID: Node]) {
    self.state = state
    self.stage = stage
    self.graph = graph
    self.isFinite = isFinite
    self.begun = begun
    values = state.weights.compactMap { weight in begun[weight.variable].map { (weight.variable, $0) } }
  }

  private var options: OptimizerOptions { state.options }

  private mutating func emit(_ found: [VariableID: Node]) {
    let weights = state.weights
    let reached = weights.indices.filter { found[weights[$0].variable] != nil }
    var gradients = reached.compactMap { found[weights[$0].variable] }
    if stage.contains(.accumulates) {
      for (index, gradient) in zip(reached, gradients) {
        let sum = state.accumulators[index]
        set(sum, to: graph.add(graph.variable(sum), gradient))
      }
    } else {
      if options.accumulationSteps != nil { gradients = averaged(gradients, of: reached) }
      step(reached, options.clipped(gradients, in: &graph))
    }
    if let averages = options.averages { average(averages) }
    for index in reached {
      guard let constraint = weights[index].constraint else { continue }
      set(weights[index].variable, to: constraint.emit(value(of: weights[index].variable), into: &graph))
    }
    for (variable, node) in values {
      let kept = isFinite.map { graph.select($0, node, begun[variable] ?? graph.variable(variable)) }
      graph.assign(kept ?? node, to: variable)
    }
  }

  /// What a variable will be, as far as has been said.
  private mutating func value(of variable: VariableID) -> Node {
    values.first { $0.variable == variable }?.node ?? graph.variable(variable)
  }

  private mutating func set(_ variable: VariableID, to node: Node) {
    if let place = values.firstIndex(where: { $0.variable == variable }) {
      values[place].node = node
    } else {
      values.append((variable, node))
    }
  }

  // MARK: Gradients

  /// The means of the gradients since the last update; the sums begin anew.
  private mutating func averaged(_ gradients: [Node], of reached: [Int]) -> [Node] {
    let count = Double(options.accumulationSteps ?? 1)
    return zip(reached, gradients).map { index, gradient in
      let sum = state.accumulators[index]
      set(sum, to: graph.broadcast(graph.constant(0), to: sum.shape))
      return graph.divide(graph.add(gradient, graph.variable(sum)), graph.constant(count))
    }
  }

  // MARK: Steps

  private mutating func step(_ reached: [Int], _ gradients: [Node]) {
    let optimizer = state.optimizer
    let shared = WeightUpdate.Shared()
    let isPlain = options.averages == nil && isFinite == nil
    for (index, gradient) in zip(reached, gradients) {
      let weight = state.weights[index]
      let decay = state.decay(of: index)
      if isPlain, weight.constraint == nil, begun[weight.variable] == nil, let rule = optimizer.rule {
        graph.update(
          weight.variable, gradient: gradient, rule: rule, slots: rule.slotNames.map { state.slot($0, of: index) },
          weightDecay: decay, scalars: state.scalars)
      } else {
        composedStep(index, gradient, decay, shared)
      }
    }
  }

  private mutating func composedStep(_ index: Int, _ gradient: Node, _ decay: Double, _ shared: WeightUpdate.Shared) {
    let weight = state.weights[index]
    let state = state
    let nodes = [
      value(of: weight.variable), gradient, graph.scalar(state.scalars.learningRate), graph.scalar(state.scalars.iteration),
    ]
    let changes = graph.formula(nodes) { terms -> [(VariableID, Node)] in
      let (value, rate) = (terms[0], terms[2])
      var update = WeightUpdate(
        of: weight, value: decay == 0 ? value : value - value * (rate * decay), gradient: terms[1], rate: rate,
        count: terms[3] + 1,
        shared: shared
      ) { name in value.write { $0.variable(state.slot(name, of: index)) } }
      state.optimizer.step(&update)
      return [(weight.variable, update.value.node)]
        + update.changedSlots.map { (state.slot($0.name, of: index), $0.value.node) }
    }
    for (variable, node) in changes { set(variable, to: node) }
  }

  /// `average = m · average + (1 − m) · weight`, m = 0 before the first update; the weights become the averages if it is time.
  private mutating func average(_ averages: OptimizerOptions.Averages) {
    let momentum = graph.formula(graph.scalar(state.scalars.iteration)) { count in (count .!= 0) * averages.momentum }
    for (weight, average) in zip(state.weights, state.averages) {
      let moved = graph.formula([graph.variable(average), value(of: weight.variable), momentum]) { terms in
        (terms[2] * terms[0] + (1 - terms[2]) * terms[1]).node
      }
      set(average, to: moved)
      if stage.contains(.overwrites) { set(weight.variable, to: moved) }
    }
  }
}

extension OptimizerOptions {
  /// What a batch does beside the ordinary, if the optimizer has seen `batches` before it.
  func stage(afterBatches batches: Int) -> UpdatePipeline.Stage {
    var stage: UpdatePipeline.Stage = []
    if let steps = accumulationSteps, (batches + 1) % steps != 0 { stage.insert(.accumulates) }
    if let frequency = averages?.overwriteFrequency, (updates(afterBatches: batches) + 1) % frequency == 0 {
      stage.insert(.overwrites)
    }
    return stage
  }

  /// How many updates `batches` batches have made.
  func updates(afterBatches batches: Int) -> Int { batches / (accumulationSteps ?? 1) }

  /// The gradients after clipping: of one weight's norm, else of the norm of all, else of each value.
  func clipped(_ gradients: [Node], in graph: inout Graph) -> [Node] {
    guard !gradients.isEmpty else { return [] }
    return graph.formula(gradients) { gradients in
      if clipNorm > 0 {
        return gradients.map { ($0 * (clipNorm / max(sqrt(sum(square($0))), clipNorm))).node }
      }
      if globalClipNorm > 0 {
        let squares = gradients.map { sum(square($0)) }
        let norm = sqrt(squares.dropFirst().reduce(squares[0], +))
        // g · c · min(1/‖G‖, 1/c); an infinite norm gives NaN.
        let factor = min(1 / norm, 1 / globalClipNorm) * globalClipNorm + (norm - norm)
        return gradients.map { ($0 * factor).node }
      }
      if clipValue > 0 { return gradients.map { min(max($0, -clipValue), clipValue).node } }
      return gradients.map(\.node)
    }
  }
}
