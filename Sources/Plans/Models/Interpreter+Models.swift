import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// `model NAME { … }`, or with parameters a class of models.
  func declareModel(_ name: Name, _ parameters: [Syntax.Parameter]?, _ body: Block) throws(Interruption) {
    if let parameters {
      let models = ScriptClass(
        .model, name: name, parameters: parameters, defaults: try evaluateDefaults(parameters), body: body, captured: capture())
      return declare(name, as: .object(models), .modelClass)
    }
    let model = try makeModel(named: name, body, frames: state.frames + [Scope()], at: name.range)
    declare(name, as: model, .model)
  }

  /// `NAME(…)` of a class of the script: a new model or callback.
  func instantiate(_ declared: ScriptClass, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    switch declared.kind {
    case .model: try makeModel(of: declared, given, at: range)
    case .callback: try makeCallback(of: declared, given, at: range)
    }
  }

  /// A new model of a class, with new weights.
  private func makeModel(of models: ScriptClass, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning
  {
    guard let scope = try bindParameters(models.parameters, models.defaults, given, of: models.name.text, at: range) else {
      return .poisoned
    }
    state.instantiated.insert(ObjectIdentifier(models))
    guard callDepth < 100 else {
      report(.recursion(models.name.text, at: range))
      return .poisoned
    }
    callDepth += 1
    state.calling.append(models.name.text)
    defer {
      callDepth -= 1
      state.calling.removeLast()
    }
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
      if let model { applyCompile(call, to: model, at: compile.range) } else { checkCompile(call, at: compile.range) }
    }
    guard let model else {
      let scope = state.frames.last
      let ends = [scope?["inputs"]?.meaning, scope?["outputs"]?.meaning ?? block.current].compactMap { $0 }
      let isForLater = ends.contains(where: \.isKnownLater) && !ends.contains(where: \.isPoisoned)
      return isForLater ? .unknown(.object(ModelObject.type)) : .poisoned
    }
    model.origin = range
    state.models.append(model)
    plan.add(.model(model.plan.settled), at: range)
    if let compiled = model.compiled { plan.add(.compile(model.plan.name, compiled), at: range) }
    return .object(model)
  }

  /// The model that a walked block describes; nil where a mistake was told, or a run value is needed.
  private func assemble(_ block: ModelBlock, name: Name, at range: SourceRange) -> ModelObject? {
    let scope = state.frames.last
    var ends = ModelAssembly.Ends(inputs: block.inputs, outputs: [])
    if let bound = scope?["inputs"] {
      guard let found = Self.tensors(in: bound.meaning) else {
        if bound.meaning.value != nil { report(.notTensors("inputs", found: bound.meaning.shownText, at: bound.range)) }
        return nil
      }
      (ends.inputs, ends.inputStructure) = found
    }
    if let bound = scope?["outputs"] {
      guard let found = Self.tensors(in: bound.meaning) else {
        if bound.meaning.value != nil { report(.notTensors("outputs", found: bound.meaning.shownText, at: bound.range)) }
        return nil
      }
      (ends.outputs, ends.outputStructure) = found
    } else {
      guard let current = block.current else {
        report(.emptyModel(block.name, at: name.range))
        return nil
      }
      guard let found = Self.tensors(in: current) else { return nil }
      (ends.outputs, ends.outputStructure) = found
    }
    let inputs = ends.inputs
    if ends.outputs.allSatisfy({ output in inputs.contains { $0 === output } }) {
      report(.emptyModel(block.name, at: name.range))
      return nil
    }
    let isSequential =
      !block.hasExplicitCall && inputs.count == 1 && ends.outputs.count == 1 && scope?["inputs"] == nil
      && scope?["outputs"] == nil
    guard let plan = makePlan(named: block.name, ends, isSequential: isSequential, at: range) else { return nil }
    warnOfUnused(in: block, plan: plan, inputs: inputs)
    let model = ModelObject(plan: plan)
    model.hasOwnName = true
    model.graph = (inputs, ends.outputs)
    noteOwner(model)
    return model
  }

  /// Assembles a plan, telling what is wrong with how the tensors hang together.
  func makePlan(
    named name: String, _ ends: ModelAssembly.Ends, isSequential: Bool, at range: SourceRange
  ) -> ModelPlan? {
    var ends = ends
    if let entry = catalog.inputEntry {
      // As in Keras, a model may begin at a tensor inside of another: data then enters in the place of what makes it.
      for input in ends.inputs where !input.node.inputs.isEmpty {
        ends.standIns[ObjectIdentifier(input)] = Self.plainInput(entry, nextSerial(), input.spec)
      }
    }
    let plan: ModelPlan
    do {
      plan = try ModelAssembly.assemble(
        name: name, ends, builds: state.builds, trainable: { self.isTrainable($0) }, isSequential: isSequential)
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

  func isTrainable(_ layer: LayerReference) -> Bool {
    if let set = state.trainable[layer.identity] { return set }
    if let model = layer.nested { return model.plan.isTrainable }
    if case .layer(let configured) = layer, case .bool(false)? = configured.arguments["trainable"] { return false }
    return true
  }

  private func warnOfUnused(in block: ModelBlock, plan: ModelPlan, inputs: [SymbolicTensor]) {
    let used = Set(
      plan.layers.map { ObjectIdentifier($0.configured) } + plan.layers.compactMap { $0.nested.map(ObjectIdentifier.init) })
    for (index, input) in inputs.enumerated()
    where !plan.applications.contains(where: { $0.inputs.contains(index) || $0.mask == index }) {
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
    case .unknown(.object(let type)) where type === Configured.type(of: .layer) || type === ModelObject.type:
      block.current = .unknown(.object(SymbolicTensor.type))
    case .unknown(.any): block.current = .unknown(.object(SymbolicTensor.type))
    case .known(.object(let object)):
      switch object {
      case let layer as Configured where layer.entry.role == .layer:
        try applyImplicitly(.layer(layer), in: block, at: layer.range ?? range)
      case let model as ModelObject: try applyImplicitly(reference(to: model), in: block, at: range)
      case let reference as EntryReference where reference.entries.contains { $0.role == .layer }:
        report(.layerNotCalled(reference.name, at: range))
        block.current = .poisoned
      case let models as ScriptClass where models.kind == .model:
        report(.modelClassUsed(models.name.text, at: range))
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
      .layer, Signature(model.className, "A model used as a layer.", []))
    let stand = Configured(entry, Arguments([:], given: []), range: model.origin, serial: nextSerial())
    state.nested[ObjectIdentifier(model)] = .model(model, stand)
    return .model(model, stand)
  }
}

extension Meaning {
  /// Whether it, or a part of it, is known only when it runs.
  fileprivate var isKnownLater: Bool {
    switch self {
    case .unknown: true
    case .list(let parts), .tuple(let parts): parts.contains(where: \.isKnownLater)
    case .known, .poisoned: false
    }
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
