import Arrays
import Artifacts
import Networks
import Plans

extension KerasModel {
  /// A network as a `.keras` file: configuration, weights, and the optimizer's state if it is compiled.
  package static func archive(of network: Network) -> KerasArchive {
    KerasArchive(
      metadata: KerasArchive.metadata(),
      configuration: configuration(
        of: network.plan, compiled: network.compiled, learningRate: network.compiled == nil ? nil : network.learningRate),
      weights: variables(of: network))
  }

  /// All variables by group, as `.keras` and `.weights.h5` files hold them.
  ///
  /// Groups count per class in model order; a Sequential's input layer has none.
  package static func variables(of network: Network) -> WeightTree {
    var groups = [WeightGroup(path: "vars", name: network.plan.name)]
    for group in layerGroups(network.plan) {
      let weights = network.weights(ofLayer: group.layer).map { network.array(of: $0.variable) }
      groups.append(WeightGroup(path: group.path, name: group.name, variables: weights))
    }
    if network.compiled != nil {
      groups += optimizerGroups(of: network)
    }
    return WeightTree(groups)
  }

  /// Makes the weights of a file the network's, and the optimizer's state if the file has one that fits.
  ///
  /// Gives false where an optimizer's state is in the file but not taken, since it belongs to another; training then begins
  /// with a fresh one, as in Keras. Throws `variables`, and then has changed nothing.
  @discardableResult
  package static func load(_ tree: WeightTree, into network: Network) throws(KerasModelFailure) -> Bool {
    var arrays: [NDArray] = []
    for (path, layer, _) in layerGroups(network.plan) {
      let weights = network.weights(ofLayer: layer)
      let found = tree[path]?.variables ?? []
      guard weights.count == found.count else {
        throw .variables(group: path, expected: "\(weights.count)", found: "\(found.count)")
      }
      for (weight, array) in zip(weights, found) where weight.variable.shape != array.shape {
        throw .variables(
          group: "\(path): \(weight.name)", expected: "of shape \(weight.variable.shape)", found: "of \(array.shape)")
      }
      arrays += found
    }
    do { try network.setWeights(arrays) } catch {
      throw .variables(group: "layers", expected: "those of the model", found: error.message)
    }
    guard network.compiled != nil, let state = tree["optimizer/vars"]?.variables else { return true }
    return loadOptimizer(state, into: network)
  }

  /// The groups of layers, `layers/dense_1/vars`, with the paths and names of the layers. Counts restart in a nested model.
  private static func layerGroups(
    _ plan: ModelPlan, at root: String = "", path: String = ""
  ) -> [(path: String, layer: String, name: String)] {
    var counts: [String: Int] = [:]
    return plan.layers.flatMap { layer -> [(path: String, layer: String, name: String)] in
      let isInput = plan.inputNames.contains(layer.name)
      if isInput && plan.isSequential { return [] }
      let kind = isInput ? "input_layer" : LayerNames.snakeCase(layer.configured.entry.name)
      let count = counts[kind, default: 0]
      counts[kind] = count + 1
      let group = "\(root)layers/\(kind)\(count == 0 ? "" : "_\(count)")"
      if let nested = layer.nested { return layerGroups(nested.plan, at: group + "/", path: "\(path)\(layer.name)/") }
      return [("\(group)/vars", path + layer.name, layer.name)]
    }
  }

  // MARK: Optimizer

  private static func optimizerName(_ network: Network) -> String? {
    guard let optimizer = network.compiled?.optimizer else { return nil }
    if case .string(let name)? = optimizer.arguments["name"] { return name }
    return LayerNames.snakeCase(optimizer.entry.name)
  }

  /// An optimizer that wraps another writes its own variables before those of the other, and these once more for themselves.
  private static func optimizerGroups(of network: Network) -> [WeightGroup] {
    let variables = optimizerVariables(of: network)
    guard network.scalesLossByItself else {
      return [WeightGroup(path: "optimizer/vars", name: optimizerName(network), variables: variables)]
    }
    let own = [
      number(0, .int32), number(0, .float32), number(Double(network.goodSteps), .int32), number(network.lossScale, .float32),
    ]
    return [
      WeightGroup(path: "optimizer/vars", name: optimizerName(network), variables: own + variables),
      WeightGroup(path: "optimizer/inner_optimizer/vars", variables: variables),
    ]
  }

  /// Iteration, learning rate unless it follows a schedule, then the optimizer's own variables in file order.
  private static func optimizerVariables(of network: Network) -> [NDArray] {
    [number(Double(network.iterations), .int32)] + (network.followsSchedule ? [] : [number(network.learningRate, .float32)])
      + network.optimizerSlots.map { network.array(of: $0.variable) }
  }

  private static func number(_ value: Double, _ type: ElementType) -> NDArray {
    NDArray(doubles: [value], shape: []).converted(to: type)
  }

  /// False, and nothing changed, if these are not the variables of the network's optimizer.
  private static func loadOptimizer(_ state: [NDArray], into network: Network) -> Bool {
    var rest = state[...]
    func next() -> Double? { rest.popFirst()?.number }
    var scaling: (steps: Double, scale: Double)?
    if network.scalesLossByItself {
      guard next() != nil, next() != nil, let steps = next(), let scale = next(), steps >= 0, scale > 0 else { return false }
      scaling = (steps, scale)
    }
    guard let iteration = next().flatMap(Int.init(exactly:)), iteration >= 0 else { return false }
    let learningRate = network.followsSchedule ? network.learningRate : next()
    let slots = network.optimizerSlots
    guard let learningRate, rest.count == slots.count, zip(slots, rest).allSatisfy({ $0.variable.shape == $1.shape }) else {
      return false
    }
    for (slot, array) in zip(slots, rest) {
      do { try network.set(slot.variable, named: slot.path, to: array) } catch { return false }
    }
    network.iterations = iteration
    network.learningRate = learningRate
    if let scaling { (network.goodSteps, network.lossScale) = (Int(scaling.steps), scaling.scale) }
    return true
  }
}

extension NDArray {
  /// The one number of an array of a single element.
  fileprivate var number: Double? {
    guard count == 1 else { return nil }
    return switch type {
    case .float32: withElements(as: Float.self) { Double($0[0]) }
    case .float64: withElements(as: Double.self) { $0[0] }
    case .int64: withElements(as: Int64.self) { Double($0[0]) }
    case .int32: withElements(as: Int32.self) { Double($0[0]) }
    case .uint8, .bool: nil
    }
  }
}
