import Diagnostics

/// Makes a plan from the tensors that a model is to take and give, by following them back through their layers.
///
/// Layers stand in Keras's order: by their distance from the outputs, farthest first, among equals in the order in which they are
/// met on the way back from the outputs. Weights are stored in files in this order.
struct ModelAssembly {
  /// An input that other inputs make needless: the outputs reach a tensor that nothing feeds.
  struct Unfed: Error { let input: SymbolicTensor }

  private let inputs: [SymbolicTensor]
  private var nodesInOrder: [SymbolicTensor.Node] = []
  private var firstMet: [ObjectIdentifier: Int] = [:]
  private var visited: Set<ObjectIdentifier> = []
  private var unfed: SymbolicTensor?

  /// The layers' weights by layer; filled when they are first applied.
  let weights: [ObjectIdentifier: [WeightSpec]]

  private init(inputs: [SymbolicTensor], weights: [ObjectIdentifier: [WeightSpec]]) {
    self.inputs = inputs
    self.weights = weights
  }

  /// The plan; throws the `Input` that the outputs need but `inputs` does not list.
  static func assemble(
    name: String, inputs: [SymbolicTensor], outputs: [SymbolicTensor], weights: [ObjectIdentifier: [WeightSpec]],
    trainable: (LayerReference) -> Bool, isSequential: Bool
  ) throws(Unfed) -> ModelPlan {
    var assembly = ModelAssembly(inputs: inputs, weights: weights)
    for output in outputs { assembly.visit(output) }
    if let unfed = assembly.unfed { throw Unfed(input: unfed) }
    return assembly.plan(name: name, outputs: outputs, trainable: trainable, isSequential: isSequential)
  }

  /// Depth first, inputs before their node; iterative, since a model may be thousands of layers deep.
  private mutating func visit(_ output: SymbolicTensor) {
    var stack: [(tensor: SymbolicTensor, next: Int)] = []
    func isKnown(_ node: SymbolicTensor.Node) -> Bool { visited.contains(ObjectIdentifier(node)) }
    enter(output)
    if !isKnown(output.node) { stack.append((output, 0)) }
    while let (tensor, next) = stack.last {
      let node = tensor.node
      let isFed = inputs.contains { $0 === tensor }
      if !isFed, next < node.inputs.count {
        stack[stack.count - 1].next += 1
        let input = node.inputs[next]
        if !isKnown(input.node) {
          enter(input)
          stack.append((input, 0))
        }
        continue
      }
      stack.removeLast()
      if !isFed, node.inputs.isEmpty { unfed = unfed ?? tensor }
      if visited.insert(ObjectIdentifier(node)).inserted { nodesInOrder.append(node) }
    }
  }

  private mutating func enter(_ tensor: SymbolicTensor) {
    let identity = tensor.node.layer.identity
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
      for input in node.inputs {
        let parent = ObjectIdentifier(input.node)
        nodeDepth[parent] = max(depth + 1, nodeDepth[parent, default: 0])
      }
    }

    var layers: [LayerReference] = []
    var seen: Set<ObjectIdentifier> = []
    let unused = inputs.filter { !visited.contains(ObjectIdentifier($0.node)) }.map(\.node)
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
    let outputSpecs = Dictionary(
      (outputs + nodesInOrder.flatMap(\.inputs)).map { (TensorKey($0), $0.spec) }, uniquingKeysWith: { first, _ in first })
    for (_, node) in order where !node.inputs.isEmpty {
      let key = TensorKey(node: ObjectIdentifier(node), position: 0)
      guard number[key] == nil, let spec = outputSpecs[key], let layer = layerIndex[node.layer.identity] else { continue }
      number[key] = tensors.count
      tensors.append(spec)
      applications.append(
        .init(layer: layer, inputs: node.inputs.compactMap { number[TensorKey($0)] }, output: tensors.count - 1))
    }

    func layerName(_ tensor: SymbolicTensor) -> String { names[tensor.node.layer.identity] ?? "" }
    return ModelPlan(
      name: name,
      layers: layers.map { layer in
        .init(
          configured: layer.configured, nested: layer.nested, name: names[layer.identity] ?? "",
          weights: weights[layer.identity] ?? [], isTrainable: trainable(layer))
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

extension LayerReference {
  var nested: ModelObject? {
    if case .model(let model, _) = self { model } else { nil }
  }
}
