import Diagnostics

/// Makes a plan from the tensors that a model is to take and give, by following them back through their layers.
///
/// Layers stand in Keras's order: by their distance from the outputs, farthest first, among equals in the order in which they are
/// met on the way back from the outputs. Weights are stored in files in this order.
struct ModelAssembly {
  /// An input that other inputs make needless: the outputs reach a tensor that nothing feeds.
  struct Unfed: Error { let input: SymbolicTensor }

  private let inputs: [SymbolicTensor]
  /// Where data enters: the node of each input, or a stand-in for one that another layer makes.
  private let entrances: [TensorKey: SymbolicTensor.Node]
  private var nodesInOrder: [SymbolicTensor.Node] = []
  private var firstMet: [ObjectIdentifier: Int] = [:]
  private var visited: Set<ObjectIdentifier> = []
  private var unfed: SymbolicTensor?

  /// The layers that have been applied, with their weights.
  private let builds: [ObjectIdentifier: LayerBuild]

  /// What a model is to be made of.
  struct Ends {
    var inputs: [SymbolicTensor]
    var outputs: [SymbolicTensor]
    var inputStructure: ModelPlan.Structure?
    var outputStructure: ModelPlan.Structure?
    /// An input layer for each of the inputs that is made by another layer.
    var standIns: [ObjectIdentifier: Configured] = [:]
  }

  private init(ends: Ends, builds: [ObjectIdentifier: LayerBuild]) {
    inputs = ends.inputs
    self.builds = builds
    entrances = Dictionary(
      ends.inputs.map { input in
        let standIn = ends.standIns[ObjectIdentifier(input)].map {
          SymbolicTensor.Node(layer: .layer($0), inputs: [], outputs: [input.spec])
        }
        return (TensorKey(input), standIn ?? input.node)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The plan; throws the `Input` that the outputs need but `inputs` does not list.
  static func assemble(
    name: String, _ ends: Ends, builds: [ObjectIdentifier: LayerBuild], trainable: (LayerReference) -> Bool,
    isSequential: Bool
  ) throws(Unfed) -> ModelPlan {
    var assembly = ModelAssembly(ends: ends, builds: builds)
    for output in ends.outputs { assembly.visit(output) }
    if let unfed = assembly.unfed { throw Unfed(input: unfed) }
    var plan = assembly.plan(name: name, outputs: ends.outputs, trainable: trainable, isSequential: isSequential)
    if let structure = ends.inputStructure { plan.inputStructure = structure }
    if let structure = ends.outputStructure { plan.outputStructure = structure }
    if case .dict(let names) = plan.outputStructure { plan.outputNames = names }
    return plan
  }

  /// The node that a tensor comes from in this model.
  private func node(of tensor: SymbolicTensor) -> SymbolicTensor.Node { entrances[TensorKey(tensor)] ?? tensor.node }

  /// Depth first, inputs before their node; iterative, since a model may be thousands of layers deep.
  private mutating func visit(_ output: SymbolicTensor) {
    var stack: [(tensor: SymbolicTensor, next: Int)] = []
    func isKnown(_ node: SymbolicTensor.Node) -> Bool { visited.contains(ObjectIdentifier(node)) }
    enter(output)
    if !isKnown(node(of: output)) { stack.append((output, 0)) }
    while let (tensor, next) = stack.last {
      let node = node(of: tensor)
      let isFed = entrances[TensorKey(tensor)] != nil
      let sources = node.sources
      if !isFed, next < sources.count {
        stack[stack.count - 1].next += 1
        let input = sources[next]
        if !isKnown(self.node(of: input)) {
          enter(input)
          stack.append((input, 0))
        }
        continue
      }
      stack.removeLast()
      if !isFed, sources.isEmpty { unfed = unfed ?? tensor }
      if visited.insert(ObjectIdentifier(node)).inserted { nodesInOrder.append(node) }
    }
  }

  private mutating func enter(_ tensor: SymbolicTensor) {
    let identity = node(of: tensor).layer.identity
    if firstMet[identity] == nil { firstMet[identity] = firstMet.count }
  }

  private func plan(
    name: String, outputs: [SymbolicTensor], trainable: (LayerReference) -> Bool, isSequential: Bool
  ) -> ModelPlan {
    var nodeDepth: [ObjectIdentifier: Int] = [:]
    var layerDepth: [ObjectIdentifier: Int] = [:]
    for node in nodesInOrder.reversed() {
      let identity = node.layer.identity
      let depth = max(nodeDepth[ObjectIdentifier(node), default: 0], layerDepth[identity, default: 0])
      layerDepth[identity] = depth
      nodeDepth[ObjectIdentifier(node)] = depth
      for input in node.sources {
        let parent = ObjectIdentifier(self.node(of: input))
        nodeDepth[parent] = max(depth + 1, nodeDepth[parent, default: 0])
      }
    }

    var layers: [LayerReference] = []
    var seen: Set<ObjectIdentifier> = []
    let unused = inputs.map(node(of:)).filter { !visited.contains(ObjectIdentifier($0)) }
    for node in nodesInOrder + unused where seen.insert(node.layer.identity).inserted { layers.append(node.layer) }
    func rank(_ layer: LayerReference) -> (Int, Int) {
      (-layerDepth[layer.identity, default: 0], firstMet[layer.identity] ?? -1)
    }
    layers.sort { rank($0) < rank($1) }
    let names = LayerNames.assign(to: layers)
    let layerIndex = Dictionary(layers.enumerated().map { ($1.identity, $0) }, uniquingKeysWith: { first, _ in first })

    var tensors = inputs.map(\.spec)
    var number: [TensorKey: Int] = [:]
    for (index, input) in inputs.enumerated() { number[TensorKey(input)] = index }
    let order = nodesInOrder.enumerated().sorted { a, b in
      let (depthA, depthB) = (
        nodeDepth[ObjectIdentifier(a.element), default: 0], nodeDepth[ObjectIdentifier(b.element), default: 0]
      )
      return depthA == depthB ? a.offset < b.offset : depthA > depthB
    }
    var applications: [ModelPlan.Application] = []
    for (_, node) in order where !node.inputs.isEmpty {
      guard let layer = layerIndex[node.layer.identity] else { continue }
      let outputs = node.outputs.indices.map { position in
        tensors.append(node.outputs[position])
        let key = TensorKey(node: ObjectIdentifier(node), position: position)
        if number[key] == nil { number[key] = tensors.count - 1 }  // one that is fed is read where it enters
        return tensors.count - 1
      }
      applications.append(
        .init(
          layer: layer, inputs: node.inputs.compactMap { number[TensorKey($0)] }, outputs: outputs,
          mask: node.settings.mask.flatMap { number[TensorKey($0)] }, isTraining: node.settings.isTraining,
          call: node.settings.call))
    }

    func layerName(_ tensor: SymbolicTensor) -> String { names[node(of: tensor).layer.identity] ?? "" }
    return ModelPlan(
      name: name,
      layers: layers.map { layer in
        .init(
          configured: layer.configured, nested: layer.nested ?? layer.configured.steppedModel, name: names[layer.identity] ?? "",
          weights: builds[layer.identity]?.weights ?? [], isTrainable: trainable(layer))
      },
      applications: applications, tensors: tensors,
      inputs: Array(inputs.indices), outputs: outputs.compactMap { number[TensorKey($0)] },
      inputNames: inputs.map(layerName), outputNames: outputs.map(layerName), isSequential: isSequential)
  }
}

/// A tensor as a key: its node and which of the node's outputs it is.
private struct TensorKey: Hashable {
  let node: ObjectIdentifier
  let position: Int
  init(node: ObjectIdentifier, position: Int) {
    self.node = node
    self.position = position
  }
  init(_ tensor: SymbolicTensor) { self.init(node: ObjectIdentifier(tensor.node), position: tensor.position) }
}
