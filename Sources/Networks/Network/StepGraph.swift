import Arrays
import Plans
import Tensors

/// What a network does with a batch.
package enum StepMode: Hashable, Sendable { case train, test, predict }

/// The graph of one batch of a network: forward, and as the mode has it loss, metrics, gradients and update.
struct StepGraph {
  /// Everything that makes one graph differ from another of the same network.
  struct Form: Hashable {
    let mode: StepMode
    let batchSize: Int
    /// Shapes of an example of each input and target, without open dimensions.
    let inputShapes: [[Int]]
    /// Shapes of an example of what enters through layers of words and numbers, and whether these are numbers to look up.
    var entered: [EnteredShape] = []
    let targetShapes: [[Int]]
    /// Shapes of an example's sample weights: none, one for all outputs, or one an output.
    let weightShapes: [[Int]]
    /// Random streams belong to one fit of the model.
    let fit: Int
    /// What each optimizer does beside the ordinary; empty where nothing is trained.
    var stages: [UpdatePipeline.Stage] = []
  }

  struct EnteredShape: Hashable {
    let shape: [Int]
    let isInteger: Bool
  }

  let form: Form
  private(set) var graph = Graph()
  /// The model's outputs, [batch, …].
  private(set) var predictions: [Node] = []
  /// Which positions of each output count; nil where all do.
  private var masks: [Node?] = []
  /// The loss of the batch, shape []; nil when predicting.
  private(set) var loss: Node?
  /// Whether the step was made: 1, or 0 where gradients were not finite; nil where it always is.
  private(set) var isFinite: Node?
  /// The weights that layers have replaced in this pass, with their values one after the other.
  private var replaced: [(variable: VariableID, values: [Node])] = []
  /// What layers add to the loss of the batch, single numbers.
  private(set) var layerLosses: [Node] = []

  static func input(_ index: Int) -> InputSlot { InputSlot("input \(index)") }
  static func entered(_ index: Int) -> InputSlot { InputSlot("entered \(index)") }
  static func target(_ index: Int) -> InputSlot { InputSlot("target \(index)") }
  static func weights(_ index: Int) -> InputSlot { InputSlot("sample weights \(index)") }

  init(_ network: Network, _ form: Form) {
    self.form = form
    emitForward(network)
    guard form.mode != .predict, let compilation = network.compilation else {
      for node in predictions { graph.output(node) }
      return  // to train or test asks for a compiled network
    }
    let loss = emitLoss(network, compilation)
    self.loss = loss
    emitMetrics(compilation)
    if form.mode == .train { emitUpdate(of: loss, compilation.optimization) }
  }

  // MARK: Forward

  private mutating func emitForward(_ network: Network) {
    let plan = network.plan
    let flat = network.flat
    var nodes = [Node?](repeating: nil, count: flat.tensorCount)
    // Texts enter as what layers make of them.
    for (index, tensor) in plan.inputs.enumerated() where plan.tensors[tensor].type != .string {
      let type: ScalarType = plan.tensors[tensor].type.isInteger ? .int32 : .float32
      nodes[tensor] = graph.input(StepGraph.input(index), shape: [form.batchSize] + form.inputShapes[index], type: type)
    }
    for (index, (entrance, entered)) in zip(network.entrances.all, form.entered).enumerated() {
      nodes[entrance.output] = graph.input(
        StepGraph.entered(index), shape: [form.batchSize] + entered.shape, type: entered.isInteger ? .int32 : .float32)
    }
    graph.precision = network.precision
    defer { graph.precision = .float32 }
    var pass = ForwardPass(network, form, nodes: nodes)
    pass.emit(flat.works, into: &graph)
    let uses = pass.uses
    layerLosses = uses.flatMap(\.losses)
    if form.mode == .train { emitAssignments(network, uses) }
    for (index, use) in uses.enumerated() {
      let states = network.states(ofLayer: index, batch: form.batchSize)
      for (name, node) in use.nextStates.sorted(by: { $0.key < $1.key }) {
        if let state = states[name] { graph.assign(node, to: state) }
      }
    }
    masks = flat.outputs.map { pass.masks[$0] }
    predictions = flat.outputs.map { tensor in
      guard let node = pass.nodes[tensor] else { preconditionFailure("every output is computed") }
      return graph.cast(node, to: .float32)
    }
  }

  /// Layers that do more in training than compute: moving averages take their next values.
  private mutating func emitAssignments(_ network: Network, _ uses: [LayerUse]) {
    for (layer, use) in zip(network.layers, uses) {
      for (spec, variable) in layer.weights {
        if let value = use.assignments[spec.name] { graph.assign(value, to: variable) }
        if let values = use.replacements[spec.name] { replaced.append((variable, values)) }
      }
    }
  }

  // MARK: Loss and metrics

  /// `Σ weight · loss` over the outputs, and what regularizers and layers add.
  private mutating func emitLoss(_ network: Network, _ compilation: Compilation) -> Node {
    graph.tag = SourceTag("loss")
    var total = graph.constant(0)
    for term in compilation.losses {
      let targets = emitTargets(of: term.output, asClasses: type(of: term.loss).targetsAreClasses, compilation)
      let (losses, mask) = emitLosses(of: term, targets: targets)
      let loss = term.reduction.emit(losses, weights: emitSampleWeights(of: term.output), mask: mask, into: &graph)
      if compilation.losses.count > 1 { accumulate(loss, into: term.sums) }
      total = graph.add(total, graph.multiply(loss, by: term.weight))
    }
    for layer in network.layers where layer.isTrainable {  // frozen weights are not held against the loss
      for (spec, variable) in layer.weights where spec.isTrainable {
        guard let regularizer = layer.layer.weightRules[spec.name]?.regularizer.map(Regularizer.init) else { continue }
        graph.tag = SourceTag(layer.name)
        let weight = replaced.first { $0.variable == variable }?.values.last ?? graph.variable(variable)
        total = graph.add(total, regularizer.emit(weight, into: &graph))
      }
    }
    for loss in layerLosses { total = graph.add(total, loss) }
    accumulate(total, into: compilation.lossSums)
    return total
  }

  /// The losses of an output's positions, and which of these count.
  private mutating func emitLosses(of term: Compilation.LossTerm, targets: Node) -> (losses: Node, mask: Node?) {
    let predictions = predictions[term.output]
    let losses = term.loss.emit(targets: targets, predictions: predictions, into: &graph)
    let shape = graph.shape(of: losses)
    let isMixed = term.loss.mixesExamples(ofRank: graph.shape(of: predictions).count)
    let carried = masks[term.output]
    if let carried, shape.isEmpty { return (losses, carried) }
    if let carried, type(of: term.loss).addsPositions, isMixed || !isOfPositions(carried, of: losses, in: graph),
      let kept = maskSpread(carried, over: graph.shape(of: predictions), in: &graph)
    {
      // No loss is of these positions alone: they are left out of what is added up.
      let (targets, predictions) = (graph.multiply(targets, kept), graph.multiply(predictions, kept))
      return (term.loss.emit(targets: targets, predictions: predictions, into: &graph), nil)
    }
    let own = term.loss.emitMask(targets: targets, predictions: predictions, losses: losses, into: &graph)
    // Of what is added up over the examples no position can be left out.
    return (losses, product(of: isMixed ? nil : carried, own, over: shape, in: &graph))
  }

  /// The sample weights of an output, [batch, …]; nil where there are none.
  private mutating func emitSampleWeights(of output: Int) -> Node? {
    guard !form.weightShapes.isEmpty else { return nil }
    let index = form.weightShapes.count > 1 ? output : 0
    return graph.input(StepGraph.weights(index), shape: [form.batchSize] + form.weightShapes[index])
  }

  /// The targets of an output as its loss or metric wants them, [batch, …].
  private mutating func emitTargets(of output: Int, asClasses: Bool, _ compilation: Compilation) -> Node {
    let type: ScalarType = compilation.takesClasses(output: output) ? .int32 : .float32
    let targets = graph.input(StepGraph.target(output), shape: [form.batchSize] + form.targetShapes[output], type: type)
    return graph.cast(targets, to: asClasses ? .int32 : .float32)
  }

  /// Adds `loss · batch` and `batch` to a mean over examples.
  private mutating func accumulate(_ loss: Node, into sums: StateID) {
    let count = graph.broadcast(graph.constant(Double(form.batchSize)), to: [1])
    graph.accumulateMean(of: graph.reshape(loss, [1]), weights: count, into: sums)
  }

  private mutating func emitMetrics(_ compilation: Compilation) {
    for term in compilation.metrics {
      graph.tag = SourceTag(term.logName)
      let targets = emitTargets(of: term.output, asClasses: type(of: term.metric).targetsAreClasses, compilation)
      let batch = MetricBatch(
        targets: targets, predictions: predictions[term.output],
        weights: term.isWeighted ? emitSampleWeights(of: term.output) : nil, mask: masks[term.output])
      term.metric.accumulate(batch, into: term.sums, &graph)
    }
  }

  // MARK: Update

  private mutating func emitUpdate(of loss: Node, _ optimization: Optimization) {
    let scaled = optimization.scalesLoss ? graph.multiply(loss, graph.scalar(.lossScale)) : loss
    let trained = optimization.weights.map(\.variable)
    let gradients = gradients(of: scaled, trained)
    graph.tag = SourceTag("optimizer")
    var begun: [VariableID: Node] = [:]
    for (variable, values) in replaced {
      guard let last = values.last else { continue }
      if gradients.isEmpty || !trained.contains(variable) { graph.assign(last, to: variable) } else { begun[variable] = last }
    }
    guard !gradients.isEmpty else { return }
    isFinite = UpdatePipeline.emit(gradients, of: optimization, from: begun, at: form.stages, into: &graph)
    if let isFinite { graph.output(isFinite) }
  }

  /// The derivatives in weights; of one that was replaced those in all its values together.
  private mutating func gradients(of loss: Node, _ weights: [VariableID]) -> [VariableID: Node] {
    guard !replaced.isEmpty else { return graph.gradients(of: loss, withRespectTo: weights) }
    let values = weights.map { weight in replaced.first { $0.variable == weight }?.values ?? [graph.variable(weight)] }
    let found = graph.gradients(of: loss, withRespectTo: values.flatMap { $0 })
    var gradients: [VariableID: Node] = [:]
    for (weight, values) in zip(weights, values) {
      for part in values.compactMap({ found[$0] }) { gradients[weight] = gradients[weight].map { graph.add($0, part) } ?? part }
    }
    return gradients
  }
}

extension ElementType {
  /// Whether its elements are whole numbers, which enter a network as indices.
  var isInteger: Bool {
    switch self {
    case .float32, .float64, .string: false
    case .int64, .int32, .uint8, .bool: true
    }
  }
}
