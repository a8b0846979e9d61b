import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// `model NAME { … }`, or with parameters a class of models.
  func declareModel(_ name: Name, _ parameters: [Syntax.Parameter]?, _ body: Block) throws(Interruption) {
    if let parameters {
      let models = ModelClass(
        name: name, parameters: parameters, defaults: try evaluateDefaults(parameters), body: body, captured: capture())
      return declare(name, as: .object(models), .modelClass)
    }
    let model = try makeModel(named: name, body, frames: state.frames + [Scope()], at: name.range)
    declare(name, as: model, .model)
  }

  /// `NAME(…)` of a class of models: a new model with new weights.
  func instantiate(_ models: ModelClass, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    guard let scope = try bindParameters(models.parameters, models.defaults, given, of: models.name.text, at: range) else {
      return .poisoned
    }
    state.instantiated.insert(ObjectIdentifier(models))
    guard callDepth < 100 else {
      report(.recursion(models.name.text, at: range))
      return .poisoned
    }
    callDepth += 1
    defer { callDepth -= 1 }
    return try makeModel(named: models.name, models.body, frames: [models.captured, scope], at: range)
  }

  /// Walks a model's block and puts together what it describes.
  private func makeModel(named name: Name, _ body: Block, frames: [Scope], at range: SourceRange) throws(Interruption) -> Meaning
  {
    let (outerFrames, outerBlock, outerContext) = (state.frames, state.block, state.context)
    let block = ModelBlock(name: name.text)
    state.frames = frames
    state.block = block
    state.context = .model
    defer {
      state.frames = outerFrames
      state.block = outerBlock
      state.context = outerContext
    }
    _ = try walk(body.statements)

    let model = assemble(block, name: name, at: range)
    state.context = .script
    if let compile = block.compile {
      let call = try bindCompile(compile.settings, at: compile.range)
      if let call, let model { applyCompile(call, to: model, at: compile.range) }
    }
    guard let model else { return block.current.map { $0.isPoisoned ? .poisoned : $0.unlessKnown } ?? .poisoned }
    model.origin = range
    plan.add(.model(model.plan), at: range)
    if let compiled = model.compiled { plan.add(.compile(model.plan.name, compiled), at: range) }
    return .object(model)
  }

  /// The model that a walked block describes; nil where a mistake was told, or a run value is needed.
  private func assemble(_ block: ModelBlock, name: Name, at range: SourceRange) -> ModelObject? {
    let scope = state.frames.last
    var inputs = block.inputs
    var outputs: [SymbolicTensor]
    if let bound = scope?["inputs"] {
      guard let tensors = Self.tensors(in: bound.meaning) else {
        if bound.meaning.value != nil { report(.notTensors("inputs", found: bound.meaning.shownText, at: bound.range)) }
        return nil
      }
      inputs = tensors
    }
    if let bound = scope?["outputs"] {
      guard let tensors = Self.tensors(in: bound.meaning) else {
        if bound.meaning.value != nil { report(.notTensors("outputs", found: bound.meaning.shownText, at: bound.range)) }
        return nil
      }
      outputs = tensors
    } else {
      switch block.current {
      case .known(.object(let object)):
        guard let tensor = object as? SymbolicTensor else { return nil }
        outputs = [tensor]
      case nil:
        report(.emptyModel(block.name, at: name.range))
        return nil
      default: return nil
      }
    }
    if outputs.allSatisfy({ output in inputs.contains { $0 === output } }) {
      report(.emptyModel(block.name, at: name.range))
      return nil
    }
    let isSequential = !block.hasExplicitCall && inputs.count == 1 && scope?["inputs"] == nil && scope?["outputs"] == nil
    guard let plan = makePlan(named: block.name, inputs: inputs, outputs: outputs, isSequential: isSequential, at: range) else {
      return nil
    }
    warnOfUnused(in: block, plan: plan, inputs: inputs)
    let model = ModelObject(plan: plan)
    model.hasOwnName = true
    model.graph = (inputs, outputs)
    return model
  }

  /// Assembles a plan, telling what is wrong with how the tensors hang together.
  func makePlan(
    named name: String, inputs: [SymbolicTensor], outputs: [SymbolicTensor], isSequential: Bool, at range: SourceRange
  ) -> ModelPlan? {
    let plan: ModelPlan
    do {
      plan = try ModelAssembly.assemble(
        name: name, inputs: inputs, outputs: outputs, weights: state.builds.mapValues(\.weights),
        trainable: { self.isTrainable($0) }, isSequential: isSequential)
    } catch {
      report(.unlistedInput(name, at: error.input.range, model: range))
      return nil
    }
    var seen: [String: Configured] = [:]
    for layer in plan.layers {
      if let earlier = seen.updateValue(layer.configured, forKey: layer.name) {
        report(.sameLayerName(layer.name, at: layer.configured.range ?? range, earlier: earlier.range))
        return nil
      }
    }
    return plan
  }

  private func isTrainable(_ layer: LayerReference) -> Bool {
    if let set = state.trainable[layer.identity] { return set }
    if case .layer(let configured) = layer, case .bool(false)? = configured.arguments["trainable"] { return false }
    return true
  }

  private func warnOfUnused(in block: ModelBlock, plan: ModelPlan, inputs: [SymbolicTensor]) {
    let used = Set(
      plan.layers.map { ObjectIdentifier($0.configured) } + plan.layers.compactMap { $0.nested.map(ObjectIdentifier.init) })
    for (index, input) in inputs.enumerated() where !plan.applications.contains(where: { $0.inputs.contains(index) }) {
      if !plan.outputs.contains(index) { report(.unusedInput(at: input.range)) }
    }
    for input in block.inputs where !inputs.contains(where: { $0 === input }) { report(.unusedInput(at: input.range)) }
    for layer in block.made where !used.contains(ObjectIdentifier(layer)) {
      guard let range = layer.range else { continue }
      report(.unusedLayer(layer.entry.name, wasApplied: state.builds[ObjectIdentifier(layer)] != nil, at: range))
    }
  }

  /// The value of an expression statement in a model's block: a layer or a model is applied to the current tensor.
  func take(_ meaning: Meaning, into block: ModelBlock, at range: SourceRange) throws(Interruption) {
    switch meaning {
    case .poisoned: block.current = .poisoned
    case .unknown(.object(let type)) where type === Configured.type(of: .layer):
      block.current = .unknown(.object(SymbolicTensor.type))
    case .known(.object(let object)):
      switch object {
      case let layer as Configured where layer.entry.role == .layer:
        applyImplicitly(.layer(layer), in: block, at: layer.range ?? range)
      case let model as ModelObject: applyImplicitly(reference(to: model), in: block, at: range)
      case let reference as EntryReference where reference.entries.contains { $0.role == .layer }:
        report(.layerNotCalled(reference.name, at: range))
        block.current = .poisoned
      case let models as ModelClass:
        report(.modelClassUsed(models.description, name: models.name.text, at: range))
        block.current = .poisoned
      case let configured as Configured: report(.notALayer(configured.entry, at: range))
      default: break
      }
    default: break
    }
  }

  /// A model as a layer of another; one object a model, so that using it twice shares its weights.
  func reference(to model: ModelObject) -> LayerReference {
    if let known = state.nested[ObjectIdentifier(model)] { return known }
    let entry = Entry(
      .layer, Signature(model.plan.isSequential ? "Sequential" : "Functional", "A model used as a layer.", []))
    let stand = Configured(entry, Arguments([:], given: []), range: model.origin, serial: nextSerial())
    state.nested[ObjectIdentifier(model)] = .model(model, stand)
    return .model(model, stand)
  }

  // MARK: Sequential([…]) and Model(…)

  func callForm(_ form: SpecialForm.Kind, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    switch form {
    case .input:
      guard let entry = catalog.inputEntry else { return .poisoned }
      let call = try bind(given, to: Self.inputParameters, of: "Input", at: range)
      return makeInput(call, entry: entry, at: range)
    case .sequential: return try makeSequential(given, at: range)
    case .model: return try makeFunctional(given, at: range)
    case .loadModel: return try loadModel(given, at: range)
    }
  }

  private static let inputParameters: [ParameterDescription] = [
    .init("shape", "the shape of one example", .optional(.shape), default: Value.none),
    .init("batch_size", "a fixed number of examples", .optional(.integer(min: 1)), default: Value.none),
    .init("dtype", "the type of the elements", .optional(.string), default: Value.none),
    .init("sparse", "whether the tensor is sparse", .optional(.bool), default: Value.none),
    .init("ragged", "whether the tensor is ragged", .optional(.bool), default: Value.none),
    .init("batch_shape", "the shape with the batch first", .optional(.shape), default: Value.none),
    .init("name", "what it is called", .optional(.string), default: Value.none),
  ]

  private func makeSequential(_ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    let call = try outsideBlock { () throws(Interruption) in
      try self.bind(
        given,
        to: [
          .init("layers", "its layers in order", .optional(.any), default: Value.none),
          .init("trainable", "whether training changes its weights", .bool, default: .bool(true)),
          .init("name", "what it is called", .optional(.string), default: Value.none),
        ], of: "Sequential", at: range)
    }
    if call.isPoisoned { return .poisoned }
    let model = ModelObject(plan: .empty(named: call["name"]?.value?.asString ?? "sequential"))
    model.hasOwnName = call["name"]?.value?.asString != nil
    model.origin = range
    guard let layers = call["layers"], layers.value?.isNone != true else {
      model.sequence = []
      return .object(model)
    }
    guard let items = layers.elements else {
      if layers.isPoisoned { return .poisoned }
      if layers.value != nil { report(.notAListOfLayers(found: layers.shownText, at: call.ranges["layers"] ?? range)) }
      return .unknown(.object(ModelObject.type))
    }
    model.sequence = []
    for (index, item) in items.enumerated() {
      guard
        try add(item, to: model, at: item.object(Configured.self)?.range ?? call.range(of: "layers", element: index, else: range))
      else {
        return item.value == nil && !item.isPoisoned ? .unknown(.object(ModelObject.type)) : .poisoned
      }
    }
    rebuild(model, at: range)
    if model.isBroken { return .poisoned }
    plan.add(.model(model.plan), at: range)
    return .object(model)
  }

  /// Runs something whose layers and inputs are not part of the block around it.
  private func outsideBlock<Result>(_ body: () throws(Interruption) -> Result) throws(Interruption) -> Result {
    let (block, context) = (state.block, state.context)
    state.block = nil
    if context == .model { state.context = .script }
    defer {
      state.block = block
      state.context = context
    }
    return try body()
  }

  /// Appends a layer, an input or a model to a sequential model; false where it is none of these.
  func add(_ item: Meaning, to model: ModelObject, at range: SourceRange) throws(Interruption) -> Bool {
    let element: ModelObject.SequenceElement
    switch item {
    case .known(.object(let object)):
      switch object {
      case let layer as Configured where layer.entry.role == .layer: element = .layer(.layer(layer), layer.range ?? range)
      case let nested as ModelObject: element = .layer(reference(to: nested), range)
      case let tensor as SymbolicTensor: element = .input(tensor)
      case let reference as EntryReference:
        report(.layerNotCalled(reference.name, at: range))
        return false
      case let models as ModelClass:
        report(.modelClassUsed(models.description, name: models.name.text, at: range))
        return false
      default:
        report(.notAListOfLayers(found: item.shownText, at: range))
        return false
      }
    case .poisoned: return false
    case .unknown: return false
    default:
      report(.notAListOfLayers(found: item.shownText, at: range))
      return false
    }
    let (sequence, plan) = (model.sequence, model.plan)
    undoable {
      model.sequence = sequence
      model.plan = plan
    }
    model.sequence = (model.sequence ?? []) + [element]
    return true
  }

  /// Puts a sequential model together again after a layer was added; without an input it waits for the data.
  func rebuild(_ model: ModelObject, for data: [TensorSpec]? = nil, at range: SourceRange) {
    guard let sequence = model.sequence else { return }
    let outer = state.block
    defer { state.block = outer }
    let block = ModelBlock(name: model.plan.name)
    state.block = block
    for element in sequence {
      switch element {
      case .input(let tensor):
        block.inputs.append(tensor)
        block.current = .object(tensor)
      case .layer(let layer, let place):
        if block.current == nil {
          if case .layer(let configured) = layer { _ = firstInput(from: configured, at: place) }
          if block.current == nil, case .model(let nested, _) = layer, let entry = catalog.inputEntry,
            let first = nested.plan.inputs.first
          {
            _ = inputTensor(
              nested.plan.tensors[first], of: Self.plainInput(entry, nextSerial(), nested.plan.tensors[first]), at: place)
          }
          if block.current == nil, let entry = catalog.inputEntry, let spec = data?.first {
            _ = inputTensor(spec, of: Self.plainInput(entry, nextSerial(), spec), at: place)
          }
          if block.current == nil { return }
        }
        applyImplicitly(layer, in: block, at: place)
      }
    }
    guard let output = block.current?.object(SymbolicTensor.self) else {
      let wasBroken = model.isBroken
      undoable { model.isBroken = wasBroken }
      model.isBroken = block.current != nil
      return
    }
    guard !sequence.isEmpty, !(block.inputs.count == 1 && block.inputs[0] === output),
      let plan = makePlan(named: model.plan.name, inputs: block.inputs, outputs: [output], isSequential: true, at: range)
    else { return }
    let (old, graph) = (model.plan, model.graph)
    undoable {
      model.plan = old
      model.graph = graph
    }
    model.plan = plan
    model.graph = (block.inputs, [output])
  }

  /// Builds a sequential model that has no `Input` for the data it is given first, as Keras does.
  func build(_ model: ModelObject, for data: [TensorSpec], at range: SourceRange) {
    guard model.sequence != nil, model.plan.outputs.isEmpty else { return }
    rebuild(model, for: data, at: range)
  }

  private static func plainInput(_ entry: Entry, _ serial: Int, _ spec: TensorSpec) -> Configured {
    let shape = Value.tuple(spec.shape.dimensions.map { $0.map(Value.integer) ?? .none })
    return Configured(
      entry, Arguments(["shape": shape, "dtype": .none, "name": .none], given: ["shape"]), range: nil, serial: serial)
  }

  private func makeFunctional(_ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    let call = try bind(
      given,
      to: [
        .init("inputs", "the tensors it takes", .any, default: nil), .init("outputs", "the tensors it gives", .any, default: nil),
        .init("name", "what it is called", .optional(.string), default: Value.none),
      ], of: "Model", at: range)
    if call.isPoisoned { return .poisoned }
    var found: [[SymbolicTensor]] = []
    for name in ["inputs", "outputs"] {
      guard let meaning = call[name] else { return .poisoned }
      guard let tensors = Self.tensors(in: meaning), !tensors.isEmpty else {
        if meaning.value != nil { report(.notTensors(name, found: meaning.shownText, at: call.ranges[name] ?? range)) }
        return meaning.isPoisoned || meaning.value != nil ? .poisoned : .unknown(.object(ModelObject.type))
      }
      found.append(tensors)
    }
    let name = call["name"]?.value?.asString
    guard let plan = makePlan(named: name ?? "functional", inputs: found[0], outputs: found[1], isSequential: false, at: range)
    else {
      return .poisoned
    }
    let model = ModelObject(plan: plan)
    model.hasOwnName = name != nil
    model.graph = (found[0], found[1])
    model.origin = range
    self.plan.add(.model(plan), at: range)
    return .object(model)
  }

  /// `load_model(path)`: its configuration in the check, the whole file in the run.
  private func loadModel(_ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    let call = try bind(
      given,
      to: [
        .init("filepath", "the file to read", .inputPath, default: nil),
        .init("custom_objects", "nothing that a script could hold", .any, default: Value.none),
        .init("compile", "whether to take its optimizer, loss and metrics", .bool, default: .bool(true)),
        .init("safe_mode", "nothing that a script could hold", .bool, default: .bool(true)),
      ], of: "load_model", at: range)
    if call.isPoisoned { return .poisoned }
    guard let path = call["filepath"]?.value?.asString else {
      deferCheck(of: range)
      return .unknown(.object(ModelObject.type))
    }
    if let ending = FileEndings.problemLoading(path) {
      report(.fileEnding(path, problem: ending, at: call.ranges["filepath"] ?? range))
      return .poisoned
    }
    plan.add(.load(path), at: range)
    if let world {
      do {
        let model = try world.loadModel(path)
        if call["compile"]?.value?.isFalse ?? false { model.compiled = nil }
        return .object(model)
      } catch { throw .failure(Failure(error.message, at: error.range ?? range)) }
    }
    if let written = state.files.writtenModel(at: path) {
      let model = ModelObject(plan: written.plan)
      model.compiled = call["compile"]?.value?.isFalse ?? false ? nil : written.compiled
      model.hasOwnName = written.hasOwnName
      model.origin = range
      return .object(model)
    }
    if state.files.willExist(path) { return .unknown(.object(ModelObject.type)) }
    do {
      let model = try surroundings.inspectModel(path)
      model.origin = range
      return .object(model)
    } catch {
      report(.forecastFails(error.message, at: call.ranges["filepath"] ?? range))
      return .poisoned
    }
  }
}

extension Meaning {
  /// What remains when the value is put aside: only its type is to be used.
  var unlessKnown: Meaning {
    if case .unknown = self { .unknown(.object(ModelObject.type)) } else { .poisoned }
  }
}

extension Value {
  var isFalse: Bool { if case .bool(false) = self { true } else { false } }
}

extension ModelPlan {
  /// A model without layers yet.
  static func empty(named name: String) -> ModelPlan {
    ModelPlan(
      name: name, layers: [], applications: [], tensors: [], inputs: [], outputs: [], inputNames: [], outputNames: [],
      isSequential: true)
  }
}
