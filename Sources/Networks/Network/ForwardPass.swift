import Arrays
import Plans
import Tensors

/// The layers of a network while they are added to a graph, one after the other.
struct ForwardPass {
  /// By the numbers of the flat plan's tensors: what is computed so far, [batch, …], and which of its positions count; nil where all do.
  private(set) var nodes: [Node?]
  private(set) var masks: [Node?]
  private(set) var uses: [LayerUse]
  private let network: Network
  private let isTraining: Bool
  /// What enters through layers of words and numbers, and is there.
  private let entered: Set<Int>

  init(_ network: Network, _ form: StepGraph.Form, nodes: [Node?]) {
    self.network = network
    self.nodes = nodes
    masks = Array(repeating: nil, count: nodes.count)
    isTraining = form.mode == .train
    entered = network.entrances.outputs
    let stream = RandomStream(seed: network.seed, "layers", network.plan.name).substream(form.fit)
    uses = network.layers.indices.map { index in
      network.layers[index].use(
        isTraining: form.mode == .train, states: network.states(ofLayer: index, batch: form.batchSize), stream: stream)
    }
  }

  mutating func emit(_ works: [FlatPlan.Work], into graph: inout Graph) {
    for work in works {
      switch work {
      case .application(let application) where application.outputs.allSatisfy(entered.contains): continue
      case .application(let application): emit(application, into: &graph)
      case .steps(let steps): emit(steps, into: &graph)
      }
    }
  }

  private mutating func emit(_ application: ModelPlan.Application, into graph: inout Graph) {
    let layer = network.layers[application.layer]
    graph.tag = SourceTag(layer.name)
    let inputs = application.inputs.map { tensor in
      let node = node(tensor)
      return type(of: layer.layer).takesIntegers ? node : graph.cast(node, to: .float32)
    }
    let mask = application.mask.flatMap { nodes[$0] }.map { graph.cast($0, to: .float32) }
    uses[application.layer].begin(
      isTraining: application.isTraining ?? isTraining,
      masks: application.inputs.enumerated().map { $0 == 0 ? mask ?? masks[$1] : masks[$1] }, call: application.call,
      maskIsGiven: mask != nil)
    let outputs = layer.layer.emitAll(inputs, into: &graph, &uses[application.layer])
    let carried = layer.layer.emitMasks(inputs, outputs: outputs, into: &graph, uses[application.layer])
    if let regularizer = layer.activityRegularizer {
      for output in outputs { uses[application.layer].addLoss(regularizer.emit(output: output, into: &graph)) }
    }
    for (position, tensor) in application.outputs.enumerated() {
      nodes[tensor] = outputs[position]
      masks[tensor] = self.mask(carried[position], of: outputs[position], in: graph)
    }
  }

  private mutating func emit(_ steps: FlatPlan.Steps, into graph: inout Graph) {
    let mask = steps.mask.flatMap { nodes[$0] }.map { graph.cast($0, to: .float32) } ?? masks[steps.input]
    let output = graph.eachStep(of: node(steps.input), mask: mask, keepsRowsApart: steps.keepsRowsApart) { step, own, graph in
      nodes[steps.entrance] = step
      masks[steps.entrance] = own
      emit(steps.body, into: &graph)
      return node(steps.exit)
    }
    nodes[steps.output] = output
    masks[steps.output] = self.mask(mask, of: output, in: graph)
  }

  private func node(_ tensor: Int) -> Node {
    guard let node = nodes[tensor] else { preconditionFailure("layers stand in the order in which they are computed") }
    return node
  }

  /// A mask that a layer passes on: where it has made other positions, the mask of those before says nothing of them.
  private func mask(_ mask: Node?, of output: Node, in graph: Graph) -> Node? {
    mask.flatMap { isOfPositions($0, of: output, in: graph) ? $0 : nil }
  }
}
