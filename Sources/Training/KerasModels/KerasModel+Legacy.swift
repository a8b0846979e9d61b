import Arrays
import Artifacts
import Networks
import Plans
import Tensors

/// Whole models in Keras's old format, `.h5`. Its configurations say the same with fewer words: layers name no module, optimizer, losses and
/// metrics neither, and how a model is compiled stands beside it.
extension KerasModel {
  /// A network as an old file: configuration, weights, and the optimizer's state if it is compiled.
  package static func legacyFile(of network: Network) -> LegacyModelFile {
    let whole = configuration(of: network.plan, compiled: network.compiled, learningRates: network.learningRates)
    return LegacyModelFile(
      configuration: legacyModel(whole),
      training: network.compiled.map { legacyTraining($0, whole["compile_config"] ?? [:], outputs: network.plan.outputs.count) },
      layers: legacyLayers(of: network).map { layer in
        .init(
          name: layer.name, weights: layer.weights.map { (path(of: $0, in: network.plan), network.array(of: $0.variable)) })
      },
      optimizer: legacyOptimizer(of: network))
  }

  /// The plan of an old file's configurations, and how it is compiled; nil where it is not.
  package static func plan(
    ofLegacy configurations: LegacyModelFile.Configurations, catalog: Catalog
  ) throws(KerasModelFailure) -> (model: ModelPlan, compiled: CompilePlan?) {
    var (whole, training, version) = configurations
    if Keras2Configuration.isOf(version: version) {
      training = training.map { Keras2Configuration.training($0, of: whole, catalog: catalog) }
      whole = Keras2Configuration.model(whole)
    }
    if whole.objectValue != nil, var compiling = training, compiling.objectValue != nil {
      compiling["optimizer"] = compiling["optimizer_config"]
      whole["compile_config"] = compiling
    }
    return try plan(from: whole, catalog: catalog)
  }

  /// Makes the weights of an old file the network's, layer by layer in model order, and the optimizer's state if the file has one that
  /// fits.
  ///
  /// Gives false where an optimizer's state is in the file but not taken, since it belongs to another or is in the order of Keras 2;
  /// training then begins with a fresh one, as in Keras 3. Throws `variables`, and then has changed nothing.
  @discardableResult
  package static func load(_ file: LegacyModelFile, into network: Network) throws(KerasModelFailure) -> Bool {
    let layers = legacyLayers(of: network).filter { !$0.weights.isEmpty }
    let found = file.layers.filter { !$0.weights.isEmpty }
    guard layers.count == found.count else {
      throw .variables(group: "layers", expected: "those of \(layers.count) layers", found: "of \(found.count)")
    }
    var arrays: [VariableID: NDArray] = [:]
    for (layer, found) in zip(layers, found) {
      guard layer.weights.count == found.weights.count else {
        throw .variables(group: layer.name, expected: "\(layer.weights.count)", found: "\(found.weights.count)")
      }
      for (weight, (_, array)) in zip(layer.weights, found.weights) {
        guard weight.variable.shape == array.shape else {
          throw .variables(
            group: "\(layer.name): \(weight.name)", expected: "of shape \(weight.variable.shape)", found: "of \(array.shape)")
        }
        arrays[weight.variable] = array
      }
    }
    do { try network.setWeights(network.weightsByLayer.joined().compactMap { arrays[$0.variable] }) } catch {
      throw .variables(group: "layers", expected: "those of the model", found: error.message)
    }
    guard network.compiled != nil, !file.optimizer.isEmpty else { return true }
    return !Keras2Configuration.isOf(version: file.version) && loadOptimizer(file.optimizer.map(\.array), into: network)
  }

  // MARK: Weights

  /// The weights of each layer, those that are trained first; those of models in it are its own. A Sequential's input layer is none.
  private static func legacyLayers(of network: Network) -> [(name: String, weights: [Network.Weight])] {
    let plan = network.plan
    let weights = Dictionary(grouping: network.weightsByLayer.joined()) { weight in
      String(weight.layer.prefix { $0 != "/" })
    }
    return plan.layers.map(\.name).filter { !plan.isSequential || !plan.inputNames.contains($0) }.map { name in
      let own = weights[name] ?? []
      return (name, own.filter(\.isTrainable) + own.filter { !$0.isTrainable })
    }
  }

  /// The optimizer's variables under Keras's names; by number those of one that leads others.
  private static func legacyOptimizer(of network: Network) -> [LegacyModelFile.Weight] {
    guard let compiled = network.compiled, let group = optimizerGroups(of: network).first else { return [] }
    let name = LayerNames.snakeCase(compiled.optimizer.entry.name)
    let leadsOthers = compiled.optimizer.innerOptimizer != nil || compiled.optimizer.optimizerMap != nil
    let names =
      leadsOthers
      ? group.variables.indices.map { "variable_\($0)" }
      : ["iteration"] + (network.followsSchedule(0) ? [] : ["learning_rate"])
        + network.slots(of: 0).map { String($0.path.map { $0 == "/" ? "_" : $0 }) }
    return zip(names, group.variables).map { ("\(name)/\($0)", $1) }
  }

  // MARK: Configurations

  /// A model without what only new files say. A layer that Keras knows by its module alone keeps it.
  private static func legacyModel(_ model: JSON) -> JSON {
    var config = model["config"] ?? [:]
    config["layers"] = .array(
      (config["layers"]?.arrayValue ?? []).map { layer in
        guard let module = layer["module"]?.stringValue, ["keras", "keras.layers", modelModule].contains(module) else {
          return layer
        }
        var old = PlanReader.modelClasses.contains(layer["class_name"]?.stringValue ?? "") ? legacyModel(layer) : form(of: layer)
        for key in ["name", "inbound_nodes"] { if let value = layer[key] { old[key] = value } }
        return old
      })
    return ["class_name": model["class_name"] ?? nil, "config": config]
  }

  private static let modelModule = "keras.src.models.functional"

  /// Class and configuration alone; a layer's class under its own name.
  private static func form(of object: JSON) -> JSON {
    let name = object["class_name"]?.stringValue.map { JSON.string(Configured.classNames[$0] ?? $0) }
    return ["class_name": name ?? nil, "config": object["config"] ?? nil]
  }

  /// How a model is compiled. A loss that was given by its short name is its class here: Keras cannot find `mse` again.
  private static func legacyTraining(_ compiled: CompilePlan, _ compiling: JSON, outputs: Int) -> JSON {
    func short(_ json: JSON) -> JSON {
      switch json {
      case .array(let elements): .array(elements.map(short))
      case .object(let object) where object["class_name"] == nil:
        .object(JSON.Object(object.entries.map { ($0.key, short($0.value)) }))
      case .object: form(of: json)
      default: json
      }
    }
    let losses = (0..<outputs).map { output in
      compiled.losses.first { $0.output == output }.map { form(of: KerasObject.object($0.configured)) } ?? .null
    }
    var training: JSON = [:]
    for (key, value) in compiling.objectValue?.entries ?? [] where key != "optimizer" { training[key] = short(value) }
    training["loss"] = losses.count == 1 ? losses[0] : .array(losses)
    training["optimizer_config"] = form(of: compiling["optimizer"] ?? nil)
    return training
  }
}
