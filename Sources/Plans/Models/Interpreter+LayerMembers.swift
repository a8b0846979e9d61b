import Arrays
import Diagnostics
import Lambdas
import Syntax

/// Attributes and methods of layers: `layer.name`, `layer.output`, `layer.get_weights()`, `layer.adapt(data)`.
extension Interpreter {
  private static let layerAttributes = [
    "name", "built", "trainable", "input", "output", "input_shape", "output_shape", "weights", "variables", "trainable_weights",
    "trainable_variables", "non_trainable_weights", "non_trainable_variables",
  ]
  private static let layerMethods = ["get_weights", "set_weights", "count_params", "get_config"]

  /// Notes which model a layer's weights are made with: the first that it is part of.
  func noteOwner(_ model: ModelObject) {
    for layer in model.plan.layers where layer.asModel == nil {
      let identity = ObjectIdentifier(layer.configured)
      if state.owners[identity] != nil { continue }
      state.owners[identity] = model
      let configured = layer.configured
      undoable { configured.nameInModel = nil }
      configured.nameInModel = layer.name
      noteBuilt(configured)
    }
  }

  /// Notes that a layer was applied to something.
  func noteBuilt(_ layer: Configured) {
    if layer.isBuilt { return }
    undoable { layer.isBuilt = false }
    layer.isBuilt = true
  }

  func layerAttribute(_ name: Name, of layer: Configured) throws(Interruption) -> Meaning {
    let identity = ObjectIdentifier(layer)
    switch name.text {
    case "name": return .string(layer.layerName)
    case "built": return .known(.bool(layer.isBuilt))
    case "trainable": return .known(.bool(isTrainable(.layer(layer))))
    case "weights", "variables": return try weights(of: layer, at: name.range)
    case "trainable_weights", "trainable_variables": return try weights(of: layer, at: name.range, areTrained: true)
    case "non_trainable_weights", "non_trainable_variables": return try weights(of: layer, at: name.range, areTrained: false)
    case "input_shape", "output_shape":
      let ends = try layerAttribute(Name(name.text == "input_shape" ? "input" : "output", name.range), of: layer)
      let shapes = ends.symbolicTensors.compactMap { try? $0.attribute("shape") }
      return shapes.isEmpty ? .poisoned : shapes.count == 1 ? .known(shapes[0]) : .known(.list(shapes))
    case "input", "output":
      let nodes = state.calls[identity] ?? []
      guard nodes.count == 1, let node = nodes.first, let range = layer.range ?? statementRange else {
        report(.layerEnds(name.text, of: layer.entry.name, calls: nodes.count, at: name.range))
        return .poisoned
      }
      let tensors =
        name.text == "input"
        ? node.inputs : node.outputs.indices.map { SymbolicTensor(from: node, position: $0, range: range) }
      return tensors.count == 1 ? .object(tensors[0]) : .makeList(tensors.map { .object($0) })
    default: break
    }
    let specs = (state.builds[identity]?.weights ?? []).inFileOrder
    let place = specs.firstIndex { $0.name == name.text }
    if let value = layer.arguments[name.text], !value.isNone || place == nil {
      let isLearned = isChecking && value.isNone && layer.entry.abilities.contains(.adapts)
      return isLearned ? .unknown(.any) : .known(value)
    }
    if let place {
      return try weights(of: layer, at: name.range).elements.map { $0[place] } ?? .poisoned
    }
    let known =
      Self.layerAttributes + methods(of: layer) + layer.entry.signature.parameters.map(\.name) + specs.map(\.name)
    report(
      .unknownAttribute(
        name.text, of: layer.entry.name, at: name.range, nearest: Spelling.nearest(to: name.text, among: known)))
    return .poisoned
  }

  private func methods(of layer: Configured) -> [String] {
    var methods = Self.layerMethods
    if layer.entry.abilities.contains(.adapts) { methods.append("adapt") }
    if layer.entry.abilities.contains(.takesStates) { methods += ["reset_states", "reset_state"] }
    if layer.entry.abilities.contains(.hasVocabulary) { methods += ["get_vocabulary", "set_vocabulary", "vocabulary_size"] }
    return methods
  }

  /// A method of a layer; nil where it has none of that name.
  func callLayerMethod(_ name: Name, of layer: Configured, _ given: [GivenArgument], at range: SourceRange) throws(Interruption)
    -> Meaning?
  {
    guard methods(of: layer).contains(name.text) else { return nil }
    switch name.text {
    case "get_weights": return try weights(of: layer, at: range)
    case "reset_states", "reset_state":
      guard state.builds[ObjectIdentifier(layer)] != nil else { return Meaning.none }
      guard let owner = try owner(of: layer, at: range) else { return .poisoned }
      if let world { try carryOut(at: range) { () throws(Failure) in try world.resetStates(of: owner, layer: layer) } }
      return Meaning.none
    case "set_weights":
      guard let owner = try owner(of: layer, at: range) else { return .poisoned }
      let weights = state.builds[ObjectIdentifier(layer)]?.weights.inFileOrder
      if let new = try bindWeights(given, of: layer.entry.name, weights, at: name.range), let world {
        try carryOut(at: range) { () throws(Failure) in try world.setWeights(new, of: layer, in: owner) }
      }
      return Meaning.none
    case "count_params":
      guard let build = state.builds[ObjectIdentifier(layer)] else {
        report(.layerNotBuilt(layer.entry.name, at: range))
        return .poisoned
      }
      return .known(.integer(build.weights.totalCount))
    case "get_config":
      let own = try layerAttribute(Name("name", name.range), of: layer).value?.asString
      return .known(layer.configuration(named: own ?? ""))
    case "adapt": return try adapt(layer, given, at: range, name: name.range)
    case "get_vocabulary", "vocabulary_size":
      let call = try bind(
        given,
        to: [.init("include_special_tokens", "whether to list those for unknown and masked values", .bool, default: .bool(true))],
        of: name.text, at: name.range)
      guard let world else { return .unknown(name.text == "vocabulary_size" ? .integer : .list(.any)) }
      let includesSpecial = !(call["include_special_tokens"]?.value?.isFalse ?? false)
      var words: Value = .none
      try carryOut(at: range) { () throws(Failure) in words = try world.vocabulary(of: layer, includesSpecial: includesSpecial) }
      guard name.text == "vocabulary_size", case .list(let list) = words else { return .known(words) }
      return .known(.integer(list.count))
    case "set_vocabulary":
      try setVocabulary(of: layer, given, at: range, name: name.range)
      return Meaning.none
    default: return nil
    }
  }

  /// `layer.set_vocabulary(words)`: what `adapt` would have learned is given, and held to what the layer's arguments are.
  private func setVocabulary(of layer: Configured, _ given: [GivenArgument], at range: SourceRange, name: SourceRange)
    throws(Interruption)
  {
    let names = ["vocabulary", "idf_weights"]
    let parameters = layer.entry.signature.parameters.filter { names.contains($0.name) }.map { parameter in
      let isNeeded = parameter.name == names[0]
      guard isNeeded, case .optional(let kind) = parameter.kind else { return parameter }
      return ParameterDescription(parameter.name, parameter.help, kind, default: nil)
    }
    let bound = try bind(given, to: parameters.sorted { $0.name > $1.name }, of: "set_vocabulary", at: name)
    guard !bound.isPoisoned, bound.missing.isEmpty,
      let call = readingVocabulary(bound, of: layer.entry, settings: layer.arguments, at: range)
    else { return }
    let values = call.arguments.values.filter { names.contains($0.key) }
    if let conflict = layer.entry.conflict(Arguments(layer.arguments.values.merging(values) { $1 }, given: [])) {
      return report(.argumentConflict(conflict, of: layer.entry.name, at: call.ranges[conflict.parameter] ?? range))
    }
    isRunning ? layer.settle(values) : expectLearning(of: layer)
  }

  /// Notes in the check that a layer will know more in the run.
  private func expectLearning(of layer: Configured) {
    guard isChecking, !layer.awaitsLearning else { return }
    undoable { layer.awaitsLearning = false }
    layer.awaitsLearning = true
  }

  /// The weights of a layer in Keras's order; those that training changes, or the others, if that is asked for.
  private func weights(of layer: Configured, at range: SourceRange, areTrained: Bool? = nil) throws(Interruption) -> Meaning {
    guard let specs = state.builds[ObjectIdentifier(layer)]?.weights.inFileOrder, let owner = try owner(of: layer, at: range)
    else {
      return state.builds[ObjectIdentifier(layer)] == nil ? .makeList([]) : .poisoned
    }
    var all = Meaning.forecast(of: specs)
    if let world {
      var values: Value = .none
      try carryOut(at: range) { () throws(Failure) in values = try world.weights(of: layer, in: owner) }
      all = .known(values)
    }
    guard let areTrained, let parts = all.elements, parts.count == specs.count else { return all }
    let trains = isTrainable(.layer(layer))
    return .makeList(zip(parts, specs).filter { ($1.isTrainable && trains) == areTrained }.map(\.0))
  }

  /// The argument of `set_weights`, one array a weight and each of its shape; nil where it is not known, or after telling what is wrong.
  func bindWeights(_ given: [GivenArgument], of owner: String, _ weights: [WeightSpec]?, at range: SourceRange)
    throws(Interruption) -> Value?
  {
    let call = try bind(
      given, to: [.init("weights", "one array a weight", .list(.array), default: nil)], of: "set_weights", at: range)
    let place = call.ranges["weights"] ?? range
    guard !call.isPoisoned, let weights, let new = call["weights"]?.elements else { return call["weights"]?.value }
    guard new.count == weights.count else {
      report(.weightCount(owner, expected: weights.count, found: new.count, at: place))
      return nil
    }
    for (weight, new) in zip(weights, new) {
      guard case .array(_, let shape?) = new.type, !Shape(shape).couldBe(Shape(weight.shape)) else { continue }
      report(.weightShape("\(owner).\(weight.name)", expected: weight.shape, found: shape, at: place))
      return nil
    }
    return call["weights"]?.value
  }

  /// The model that a layer is part of; told where it is part of none.
  private func owner(of layer: Configured, at range: SourceRange) throws(Interruption) -> ModelObject? {
    if let owner = state.owners[ObjectIdentifier(layer)] { return owner }
    report(.layerNotBuilt(layer.entry.name, at: range))
    return nil
  }

  private func adapt(_ layer: Configured, _ given: [GivenArgument], at range: SourceRange, name: SourceRange) throws(Interruption)
    -> Meaning
  {
    let call = try bind(
      given,
      to: [
        .init("data", "what it learns from", .any, default: nil),
        .init("batch_size", "accepted: the data is read whole", .optional(.integer(min: 1)), default: Value.none),
        .init("steps", "accepted as None", .optional(.integer(min: 1)), default: Value.none),
      ], of: "adapt", at: name)
    guard let data = call["data"] else { return Meaning.none }
    expectLearning(of: layer)
    plan.add(.call("adapt \(layer.entry.name) to \(data.planText ?? "data of the run")"), at: range)
    guard let world, let value = data.value else { return Meaning.none }
    try carryOut(at: range) { () throws(Failure) in
      try world.adapt(layer, of: self.state.owners[ObjectIdentifier(layer)], to: value)
    }
    return Meaning.none
  }

  /// Does something of the world; a failure is told at that place if it names none.
  func carryOut(at range: SourceRange, _ body: () throws(Failure) -> Void) throws(Interruption) {
    do { try body() } catch { throw .failure(error.placed(at: range)) }
  }
}

extension Meaning {
  /// A list of arrays that are known by their shapes.
  static func forecast(of weights: [WeightSpec]) -> Meaning {
    .makeList(weights.map { .unknown(.array(.float32, shape: $0.shape)) })
  }
}

extension Configured {
  /// A layer's name and arguments.
  func configuration(named name: String) -> Value {
    let pairs = entry.signature.parameters.map { ($0.name, arguments[$0.name] ?? .none) }
    return .dict(DictValue([("name", .string(name))] + pairs))
  }
}

extension ModelPlan.Layer {
  /// The layer or model as scripts have it.
  var meaning: Meaning { asModel.map { .object($0) } ?? .object(configured) }
}

extension [WeightSpec] {
  /// As files and `get_weights` have them: those that are trained, then the others.
  package var inFileOrder: [WeightSpec] { filter(\.isTrainable) + filter { !$0.isTrainable } }
}
