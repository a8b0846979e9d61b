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
      groups.append(WeightGroup(path: "optimizer/vars", name: optimizerName(network), variables: optimizerVariables(of: network)))
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

  /// Iteration, learning rate, then the slots in file order.
  private static func optimizerVariables(of network: Network) -> [NDArray] {
    var iteration = NDArray(.int32, shape: [])
    iteration.withMutableElements(as: Int32.self) { $0[0] = Int32(clamping: network.iterations) }
    var learningRate = NDArray(.float32, shape: [])
    learningRate.withMutableElements(as: Float.self) { $0[0] = Float(network.learningRate) }
    return [iteration, learningRate] + network.optimizerSlots.map { network.array(of: $0.variable) }
  }

  /// False, and nothing changed, if these are not the variables of the network's optimizer.
  private static func loadOptimizer(_ state: [NDArray], into network: Network) -> Bool {
    let slots = network.optimizerSlots
    guard state.count == slots.count + 2, zip(slots, state.dropFirst(2)).allSatisfy({ $0.variable.shape == $1.shape }),
      let iteration = state[0].number.flatMap(Int.init(exactly:)), iteration >= 0, let learningRate = state[1].number
    else { return false }
    for (slot, array) in zip(slots, state.dropFirst(2)) {
      do { try network.set(slot.variable, named: slot.name, to: array) } catch { return false }
    }
    network.iterations = iteration
    network.learningRate = learningRate
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
