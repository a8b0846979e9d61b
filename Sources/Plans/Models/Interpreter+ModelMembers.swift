import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  static let modelAttributes = [
    "name", "layers", "trainable", "optimizer", "inputs", "outputs", "input", "output", "input_shape", "output_shape", "history",
    "input_names", "output_names", "metrics_names", "loss", "weights", "variables", "trainable_weights", "trainable_variables",
    "non_trainable_weights", "non_trainable_variables",
  ]
  static let modelMethods = [
    "fit", "compile", "evaluate", "predict", "save", "save_weights", "load_weights", "summary", "get_layer", "add", "pop",
    "build",
    "get_config",
    "count_params",
    "get_weights", "set_weights", "reset_states",
  ]

  /// `M.name`, `M.layers`, `M.output_shape` …
  func modelAttribute(_ name: Name, of model: ModelObject) throws(Interruption) -> Meaning {
    if model.isBroken { return .poisoned }
    func shape(_ tensor: Int?) -> Meaning {
      guard let tensor else { return .unknown(.tupleOf(.any)) }
      return .known(.tuple([.none] + model.plan.tensors[tensor].shape.dimensions.map { $0.map(Value.integer) ?? .none }))
    }
    switch name.text {
    case "name": return .string(model.plan.name)
    case "layers":
      if !model.hasPlan, let sequence = model.sequence { return .makeList(sequence.compactMap(\.layer)) }
      return .makeList(handOutLayers(of: model, at: name.range).map(\.meaning))
    case "trainable": return .known(.bool(isTrainable(reference(to: model))))
    case "weights", "variables": return try weights(of: model, at: name.range)
    case "trainable_weights", "trainable_variables": return try weights(of: model, at: name.range, areTrained: true)
    case "non_trainable_weights", "non_trainable_variables": return try weights(of: model, at: name.range, areTrained: false)
    case "input_names": return .known(.list(model.plan.inputNames.map(Value.string)))
    case "output_names": return .known(.list(model.plan.outputNames.map(Value.string)))
    case "optimizer":
      guard let compiled = model.compiled else {
        tellNotCompiled(model, verb: "optimizer", at: name.range)
        return .poisoned
      }
      return .object(ModelOptimizer(of: model, compiled.optimizer, world: world))
    case "input_shape", "output_shape":
      let tensors = name.text == "input_shape" ? model.plan.inputs : model.plan.outputs
      return tensors.count == 1 ? shape(tensors[0]) : .makeList(tensors.map(shape))
    case "inputs", "outputs", "input", "output":
      guard let graph = graph(of: model, at: name.range) else { break }
      let areInputs = name.text.hasPrefix("input")
      let tensors = (areInputs ? graph.inputs : graph.outputs).map { Meaning.object($0) }
      switch areInputs ? model.plan.inputStructure : model.plan.outputStructure {
      case .single where !name.text.hasSuffix("s"): return tensors.first ?? .poisoned
      case .dict(let names) where !name.text.hasSuffix("s"):
        return .known(.dict(DictValue(zip(names, tensors).compactMap { pair in pair.1.value.map { (pair.0, $0) } })))
      default: return .makeList(tensors)
      }
    case "history": return model.history.map { .object($0) } ?? .unknown(.object(HistoryObject.type))
    case "loss": return model.compiled?.written["loss"].map { .known($0) } ?? .none
    case "metrics_names":
      guard let compiled = model.compiled else { return .unknown(.list(.string)) }
      return .known(.list(LogKeys.scores(of: compiled, outputNames: model.plan.outputNames).map(Value.string)))
    case "stop_training":
      report(.hookOnly(name.text, at: name.range))
      return .poisoned
    default: break
    }
    if Self.modelMethods.contains(name.text) {
      report(.methodNotCalled(name.text, of: "Model", at: name.range))
    } else if Self.modelAttributes.contains(name.text) {
      report(.attributeNotKnown(name.text, of: model.plan.name, at: name.range))
    } else {
      report(
        .unknownAttribute(
          name.text, of: "Model", at: name.range,
          nearest: Spelling.nearest(to: name.text, among: Self.modelAttributes + Self.modelMethods)))
    }
    return .poisoned
  }

  /// Keras's methods of a model, another spelling of the statements.
  func callModelMethod(_ name: Name, of model: ModelObject, _ given: [GivenArgument], at range: SourceRange) throws(Interruption)
    -> Meaning?
  {
    if model.isBroken {
      for argument in given { _ = try meaning(of: argument) }
      return .poisoned
    }
    switch name.text {
    case "fit", "evaluate", "predict":
      guard let verb = Run.Verb(rawValue: name.text) else { return nil }
      return try runByMethod(verb, of: .object(model), given, at: range, name: name.range)
    case "compile":
      applyCompile(try bindCompile(given, at: name.range), to: model, at: name.range)
      if let compiled = model.compiled { plan.add(.compile(model.plan.name, compiled), at: range) }
      return Meaning.none
    case "save", "save_weights": return try saveByMethod(name, .object(model), given, at: range)
    case "load_weights": return try loadWeights(of: model, given, at: range, name: name.range)
    case "summary":
      let call = try bind(
        given,
        to: [
          .init("line_length", "how wide the table is", .optional(.integer(min: 30)), default: Value.none),
          .init("expand_nested", "whether to show the layers of models within", .bool, default: .bool(false)),
          .init("show_trainable", "whether to say what training changes", .bool, default: .bool(false)),
        ], of: "summary", at: name.range)
      if let world {
        var summary = ModelSummary(model, columns: world.columns)
        summary.lineLength = call["line_length"]?.value?.asInteger
        summary.expandsNested = call["expand_nested"]?.value?.isTrue ?? false
        summary.showsTrainable = call["show_trainable"]?.value?.isTrue ?? false
        summary.optimizerNumberCount = world.optimizerNumberCount(of: model)
        world.write(summary.text)
      }
      return Meaning.none
    case "count_params": return model.hasPlan ? .known(.integer(model.plan.parameterCount)) : .unknown(.integer)
    case "get_layer":
      let call = try bind(
        given,
        to: [
          .init("name", "its name", .optional(.string), default: Value.none),
          .init("index", "its place", .optional(.integer()), default: Value.none),
        ], of: "get_layer", at: name.range)
      return layer(of: model, call, at: range)
    case "add":
      let call = try bind(given, to: [.init("layer", "the layer to append", .any, default: nil)], of: "add", at: name.range)
      guard model.sequence != nil else {
        report(.addToGraph(at: name.range))
        return .poisoned
      }
      guard let layer = call["layer"] else { return Meaning.none }
      if try add(layer, to: model, at: call.ranges["layer"] ?? range) { try rebuild(model, at: range) } else { breakModel(model) }
      return Meaning.none
    case "pop": return try popLayer(of: model, given, at: range, name: name.range)
    case "get_config":
      _ = try bind(given, to: [], of: name.text, at: name.range)
      return .known(configuration(of: model))
    case "build":
      _ = try bind(
        given, to: [.init("input_shape", "the shape, batch first", .any, default: Value.none)], of: "build", at: name.range)
      return Meaning.none
    case "get_weights": return try weights(of: model, at: range)
    case "set_weights":
      let weights = model.hasPlan ? model.plan.weightsInOrder.map(\.spec) : nil
      if let new = try bindWeights(given, of: model.plan.name, weights, at: name.range), let world {
        try carryOut(at: range) { () throws(Failure) in try world.setWeights(new, of: model) }
      }
      return Meaning.none
    case "reset_states":
      _ = try bind(given, to: [], of: name.text, at: name.range)
      if model.plan.carriesStates, let world {
        try carryOut(at: range) { () throws(Failure) in try world.resetStates(of: model, layer: nil) }
      }
      return Meaning.none
    default: return nil
    }
  }

  /// Takes the last layer of a sequential model away, and gives it.
  private func popLayer(of model: ModelObject, _ given: [GivenArgument], at range: SourceRange, name: SourceRange)
    throws(Interruption) -> Meaning
  {
    _ = try bind(given, to: [.init("rebuild", "accepted", .bool, default: .bool(true))], of: "pop", at: name)
    guard var sequence = model.sequence else {
      report(.addToGraph(at: name))
      return .poisoned
    }
    guard case .layer(let layer, _)? = sequence.last else {
      report(.nothingToPop(model.plan.name, at: name))
      return .poisoned
    }
    sequence.removeLast()
    let (old, plan, graph) = (model.sequence, model.plan, model.graph)
    undoable {
      model.sequence = old
      model.plan = plan
      model.graph = graph
    }
    model.sequence = sequence
    model.plan = .empty(named: plan.name)
    model.plan.isTrainable = plan.isTrainable
    model.graph = nil
    try rebuild(model, at: range)
    return layer.nested.map { .object($0) } ?? .object(layer.configured)
  }

  /// `model.get_config()`: its name and its layers with their arguments.
  private func configuration(of model: ModelObject) -> Value {
    let layers = model.plan.listedLayers.map { layer -> Value in
      let config = layer.asModel.map(configuration) ?? layer.configured.configuration(named: layer.name)
      return .dict(DictValue([("class_name", .string(layer.configured.entry.name)), ("config", config)]))
    }
    return .dict(
      DictValue([
        ("name", .string(model.plan.name)), ("trainable", .bool(model.plan.isTrainable)), ("layers", .list(layers)),
      ]))
  }

  /// The weights of a model in Keras's order; those that training changes, or the others, if that is asked for.
  private func weights(of model: ModelObject, at range: SourceRange, areTrained: Bool? = nil) throws(Interruption) -> Meaning {
    guard model.hasPlan || world != nil else { return .unknown(.list(.array(.float32, shape: nil))) }
    let planned = model.plan.weightsInOrder
    var all = Meaning.forecast(of: planned.map(\.spec))
    if let world {
      var values: Value = .none
      try carryOut(at: range) { () throws(Failure) in values = try world.weights(of: model) }
      all = .known(values)
    }
    guard let areTrained, let parts = all.elements, parts.count == planned.count else { return all }
    return .makeList(zip(parts, planned).filter { $1.isTrained == areTrained }.map(\.0))
  }

  /// The tensors that a model was made of; for one that was read from a file they are made now, so that its layers have theirs too.
  private func graph(of model: ModelObject, at range: SourceRange) -> (inputs: [SymbolicTensor], outputs: [SymbolicTensor])? {
    if let graph = model.graph { return graph }
    guard model.hasPlan else { return nil }
    var tensors: [Int: SymbolicTensor] = [:]
    let plan = model.plan
    for (input, name) in zip(plan.inputs, plan.inputNames) {
      guard let layer = plan.layers.first(where: { $0.name == name }) else { return nil }
      tensors[input] = SymbolicTensor(
        from: .init(layer: .layer(layer.configured), inputs: [], outputs: [plan.tensors[input]]), range: range)
    }
    for application in plan.applications {
      let layer = plan.layers[application.layer]
      let reference = layer.asModel.map { self.reference(to: $0) } ?? .layer(layer.configured)
      state.builds[reference.identity] = LayerBuild(layer: reference, weights: layer.weights, range: range)
      let node = SymbolicTensor.Node(
        layer: reference, inputs: application.inputs.compactMap { tensors[$0] },
        settings: CallSettings(
          mask: application.mask.flatMap { tensors[$0] }, isTraining: application.isTraining, call: application.call),
        outputs: application.outputs.map { plan.tensors[$0] })
      state.calls[reference.identity, default: []].append(node)
      for (position, output) in application.outputs.enumerated() {
        tensors[output] = SymbolicTensor(from: node, position: position, range: range)
      }
    }
    noteOwner(model)
    let made = (inputs: plan.inputs.compactMap { tensors[$0] }, outputs: plan.outputs.compactMap { tensors[$0] })
    undoable { model.graph = nil }
    model.graph = made
    return made
  }

  func breakModel(_ model: ModelObject) {
    let old = model.isBroken
    undoable { model.isBroken = old }
    model.isBroken = true
  }

  /// The layers that a model lists, from now on with their tensors and, if no other model has them, with this one as their owner.
  private func handOutLayers(of model: ModelObject, at range: SourceRange) -> [ModelPlan.Layer] {
    _ = graph(of: model, at: range)
    noteOwner(model)
    return model.plan.listedLayers
  }

  private func layer(of model: ModelObject, _ call: BoundCall, at range: SourceRange) -> Meaning {
    let layers = handOutLayers(of: model, at: range)
    if let name = call["name"]?.value?.asString {
      if let layer = layers.first(where: { $0.name == name }) { return layer.meaning }
      report(
        .unknownLayer(
          name, in: model.plan.name, at: call.ranges["name"] ?? range,
          nearest: Spelling.nearest(to: name, among: layers.map(\.name)),
          layers: layers.map(\.name)))
      return .poisoned
    }
    if let index = call["index"]?.value?.asInteger {
      let position = index < 0 ? layers.count + index : index
      guard layers.indices.contains(position) else {
        report(.layerIndex(index, count: layers.count, at: call.ranges["index"] ?? range))
        return .poisoned
      }
      return layers[position].meaning
    }
    return .unknown(.object(Configured.type(of: .layer)))
  }

  // MARK: Targets

  /// `M.trainable = False`, `LAYER.trainable = …`, `M.optimizer.learning_rate = …`.
  func assign(_ meaning: Meaning, toAttribute name: Name, of object: Expression, at range: SourceRange) throws(Interruption) {
    let target = try evaluate(object)
    if target.isPoisoned || meaning.isPoisoned { return }
    guard case .known(.object(let found)) = target else {
      if case .unknown(let type) = target, Admitter.couldBe(type, .model) || type == .object(Configured.type(of: .layer)) {
        return
      }
      return report(.attributeNotSettable(name.text, of: target.type.description, isDict: target.type.isDict, at: range))
    }
    switch (found, name.text) {
    case (let model as ModelObject, "trainable"):
      guard let value = try boolean(meaning, name, of: model.plan.name, at: range) else { return }
      setTrainable(value, of: model)
      plan.add(.set("\(model.plan.name).trainable", value ? "True" : "False"), at: range)
    case (let layer as Configured, "trainable") where layer.entry.role == .layer:
      guard let value = try boolean(meaning, name, of: layer.entry.name, at: range) else { return }
      state.trainable[ObjectIdentifier(layer)] = value
      retrainModels()
      plan.add(.set("\(layer.entry.name).trainable", value ? "True" : "False"), at: range)
    case (let optimizer as ModelOptimizer, _) where ModelOptimizer.isRate(name.text):
      try setLearningRate(meaning, name, of: optimizer, at: range)
    case (let callback as Configured, _) where callback.entry.role == .callback:
      try set(meaning, name, of: callback, at: range)
    case (let callback as ScriptCallback, _) where callback.stateNames.contains(name.text):
      setState(meaning, name, of: callback, at: range)
    case (is ModelObject, "stop_training"): report(.hookOnly(name.text, at: name.range))
    default: report(.attributeNotSettable(name.text, of: found.objectType.name, at: range))
    }
  }

  private func setLearningRate(
    _ meaning: Meaning, _ name: Name, of optimizer: ModelOptimizer, at range: SourceRange
  ) throws(Interruption) {
    guard let place = optimizer.place else { return report(.noSharedRate(of: optimizer.path, at: range)) }
    guard meaning.value == nil || meaning.value?.asDouble != nil else {
      return report(
        .wrongArgument(
          name.text, of: "optimizer", expects: "a number", found: meaning.shownText, at: range, isOutOfRange: false, hint: nil))
    }
    let target = "\(optimizer.path).learning_rate"
    if let rule = optimizer.configured.learningRateRule {
      return report(.twoLearningRates("\(target) = …", at: range, scheduleRange: rule.range))
    }
    plan.add(.set(target, meaning.planText ?? "?"), at: range)
    guard let world, let rate = meaning.value?.asDouble else { return }
    do { try world.setLearningRate(rate, of: optimizer.model, optimizer: place) } catch {
      throw .failure(error.placed(at: range))
    }
  }

  private func boolean(
    _ meaning: Meaning, _ name: Name, of owner: String, at range: SourceRange
  ) throws(Interruption) -> Bool? {
    guard case .known(let value) = meaning else { return nil }
    if case .bool(let flag) = value { return flag }
    report(
      .wrongArgument(
        name.text, of: owner, expects: "`True` or `False`", found: meaning.shownText, at: range, isOutOfRange: false,
        hint: nil))
    return nil
  }

  /// As in Keras this sets every layer of a model, and of the models in it.
  private func setTrainable(_ value: Bool, of model: ModelObject) {
    state.trainable[ObjectIdentifier(model)] = value
    func set(_ layers: [ModelPlan.Layer]) {
      for layer in layers {
        state.trainable[ObjectIdentifier(layer.configured)] = value
        if let nested = layer.nested {
          state.trainable[ObjectIdentifier(nested)] = value
          set(nested.plan.layers)
        }
      }
    }
    set(model.plan.layers)
    retrain(model)
    retrainModels()
  }

  /// Brings the plans of all models that the script holds up to what is trained; they are trained so when they are compiled next.
  private func retrainModels() {
    for frame in state.frames {
      for (_, binding) in frame.bindings {
        if let model = binding.meaning.object(ModelObject.self) { retrain(model) }
      }
    }
  }

  private func retrain(_ model: ModelObject) {
    let old = model.plan
    for layer in old.layers { if let nested = layer.nested { retrain(nested) } }
    undoable { model.plan = old }
    model.plan.isTrainable = state.trainable[ObjectIdentifier(model)] ?? old.isTrainable
    model.plan.layers = old.layers.map { layer in
      let identity = layer.asModel.map(ObjectIdentifier.init) ?? ObjectIdentifier(layer.configured)
      return .init(
        configured: layer.configured, nested: layer.nested, name: layer.name, weights: layer.weights,
        isTrainable: state.trainable[identity] ?? layer.isTrainable)
    }
  }

  /// `xs[0] = v`: an index of a name, at any depth; the value under the name is replaced.
  func assign(_ meaning: Meaning, toIndex index: Expression, of container: Expression, at range: SourceRange) throws(Interruption)
  {
    let place = try evaluateIndex(index)
    let whole = try evaluate(container)
    if case .name(let name) = container.kind { warnIfShared(name, at: range) }
    if place.isPoisoned || whole.isPoisoned || meaning.isPoisoned { return }
    if case .known(.object(let object)) = whole {
      if let map = object as? Configured, map.entry.role == .optimizerMap {
        return assign(meaning, toKey: place, of: map, at: range)
      }
      return report(.attributeNotSettable("[…]", of: object.objectType.name, at: range))
    }
    guard case .known(var value) = whole, let position = place.value, let element = meaning.value else {
      if case .name(let name) = container.kind { update(name, to: .unknown(whole.type.openedUp)) }
      return
    }
    do { try Operations.setIndex(&value, position, element) } catch { return try fail(error, at: range) }
    switch container.kind {
    case .name(let name): update(name, to: .known(value))
    case .subscripted(let outer, let outerIndex): try assign(.known(value), toIndex: outerIndex, of: outer, at: range)
    default: break
    }
  }
}
