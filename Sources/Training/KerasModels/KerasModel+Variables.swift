import Arrays
import Artifacts
import Networks
import Plans
import Tensors

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
    for group in weightGroups(of: network) {
      groups.append(
        WeightGroup(path: group.path, name: group.name, variables: group.weights.map { network.array(of: $0.variable) }))
    }
    var tree = WeightTree(groups)
    for group in vocabularyGroups(network.plan) {
      guard let rarities = Networks.rarities(of: group.layer) else { continue }
      for path in group.paths {
        tree["\(path)/vars"] = WeightGroup(
          path: "\(path)/vars", name: group.name, variables: [rarities], variableName: WeightGroup.rarities)
      }
    }
    if network.compiled != nil {
      for group in optimizerGroups(of: network) { tree[group.path] = group }
    }
    return tree
  }

  /// The layers with a vocabulary, nested ones among them, with the groups that they have in files: a `TextVectorization` has the one
  /// within it, too.
  static func vocabularyGroups(_ plan: ModelPlan) -> [(layer: Configured, name: String, paths: [String])] {
    layerGroups(plan).compactMap { group in
      guard group.configured.entry.abilities.contains(.hasVocabulary) else { return nil }
      let holdsLookup = group.configured.entry.name == "TextVectorization"
      return (group.configured, group.name, [group.path] + (holdsLookup ? ["\(group.path)/_lookup_layer"] : []))
    }
  }

  /// Makes the weights of a file the network's, and the optimizer's state if the file has one that fits.
  ///
  /// Gives false where an optimizer's state is in the file but not taken, since it belongs to another; training then begins
  /// with a fresh one, as in Keras. Throws `variables`, and then has changed nothing.
  @discardableResult
  package static func load(_ tree: WeightTree, into network: Network) throws(KerasModelFailure) -> Bool {
    var arrays: [VariableID: NDArray] = [:]
    for (path, _, weights) in weightGroups(of: network) {
      let found = tree[path].map { $0.variableName == nil ? $0.variables : [] } ?? []
      guard weights.count == found.count else {
        throw .variables(group: path, expected: "\(weights.count)", found: "\(found.count)")
      }
      for (weight, array) in zip(weights, found) where weight.variable.shape != array.shape {
        throw .variables(
          group: "\(path): \(weight.name)", expected: "of shape \(weight.variable.shape)", found: "of \(array.shape)")
      }
      for (weight, array) in zip(weights, found) { arrays[weight.variable] = array }
    }
    do { try network.setWeights(network.weightsByLayer.joined().compactMap { arrays[$0.variable] }) } catch {
      throw .variables(group: "layers", expected: "those of the model", found: error.message)
    }
    guard network.compiled != nil, let state = tree["optimizer/vars"]?.variables else { return true }
    return loadOptimizer(state, into: network)
  }

  /// What Keras calls a weight: by its layer, and a Sequential before that, which is what makes its layers' weights.
  static func path(of weight: Network.Weight, in model: ModelPlan) -> String {
    var (plan, name) = (model, model.name)
    var path = weight.layer[...]
    while let slash = path.firstIndex(of: "/"), let layer = plan.layers.first(where: { $0.name == path[..<slash] }),
      let nested = layer.nested
    {
      (plan, name) = (nested.plan, layer.name)
      path = path[path.index(after: slash)...]
    }
    return (plan.isSequential ? "\(name)/" : "") + "\(path)/\(weight.name)"
  }

  /// The groups of a network's weights: one for each layer, and behind it one for each inner layer that owns some.
  private static func weightGroups(of network: Network) -> [(path: String, name: String, weights: [Network.Weight])] {
    layerGroups(network.plan).flatMap { group in
      let weights = network.weights(ofLayer: group.layer)
      var inner: [String] = []
      for weight in weights where !inner.contains(weight.group) && !weight.group.isEmpty { inner.append(weight.group) }
      func held(by path: String) -> [Network.Weight] { weights.filter { $0.group == path || $0.holder == path } }
      return [("\(group.path)/vars", group.name, held(by: ""))]
        + inner.map { path in
          let name = path.split(separator: "/").last.map(String.init) ?? path
          return ("\(group.path)/\(path)/vars", name, held(by: path))
        }
    }
  }

  /// The groups of layers, `layers/dense_1`, with the paths and names of the layers. Counts restart in a nested model.
  private static func layerGroups(
    _ plan: ModelPlan, at root: String = "", path: String = ""
  ) -> [(path: String, layer: String, name: String, configured: Configured)] {
    var counts: [String: Int] = [:]
    return plan.layers.flatMap { layer -> [(path: String, layer: String, name: String, configured: Configured)] in
      let isInput = plan.inputNames.contains(layer.name)
      if isInput && plan.isSequential { return [] }
      let kind = isInput ? "input_layer" : LayerNames.snakeCase(layer.configured.shownClassName)
      let count = counts[kind, default: 0]
      counts[kind] = count + 1
      let group = "\(root)layers/\(kind)\(count == 0 ? "" : "_\(count)")"
      if let nested = layer.nested {
        // A layer that applies a model to steps has it in a folder of that name.
        let folders = String(repeating: "layer/", count: layer.configured.stepDepth)
        return layerGroups(nested.plan, at: "\(group)/\(folders)", path: "\(path)\(layer.name)/")
      }
      return [(group, path + layer.name, layer.name, layer.configured)]
    }
  }
}
