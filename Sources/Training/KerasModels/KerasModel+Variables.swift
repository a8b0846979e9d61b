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
        of: network.plan, compiled: network.compiled, learningRates: network.learningRates),
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
}
