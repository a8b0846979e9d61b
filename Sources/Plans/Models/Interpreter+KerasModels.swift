import Arrays
import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  func callForm(_ form: SpecialForm.Kind, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    switch form {
    case .input:
      guard let entry = catalog.inputEntry else { return .poisoned }
      let call = try bind(given, to: Self.inputParameters, of: "Input", at: range)
      return makeInput(call, entry: entry, at: range)
    case .sequential: return try makeSequential(given, at: range)
    case .model: return try makeFunctional(given, at: range)
    case .loadModel: return try loadModel(given, at: range)
    case .cloneModel: return try cloneModel(given, at: range)
    }
  }

  private static let inputParameters: [ParameterDescription] = [
    .init("shape", "the shape of one example", .optional(.shape), default: Value.none),
    .init("batch_size", "a fixed number of examples", .optional(.integer(min: 1)), default: Value.none),
    .init(
      "dtype", "the type of the elements", .optional(.choice(ElementType.allCases.map(\.rawValue))), default: Value.none),
    .init("sparse", "whether the tensor is sparse", .optional(.bool), default: Value.none),
    .init("ragged", "whether the tensor is ragged", .optional(.bool), default: Value.none),
    .init("batch_shape", "the shape with the batch first", .optional(.shape), default: Value.none),
    .init("name", "what it is called", .optional(.string), default: Value.none),
  ]

  private func makeSequential(_ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    let isSpread = given.count { argument in
      if argument.name == nil, case .expression(let expression) = argument.content { expression.isCall } else { false }
    }
    if isSpread > 1 {
      report(.layersWithoutList(at: given[1].range))
      return .poisoned
    }
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
    model.plan.isTrainable = !(call["trainable"]?.value?.isFalse ?? false)
    state.models.append(model)
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
    try rebuild(model, at: range)
    if model.isBroken { return .poisoned }
    plan.add(.model(model.plan.settled), at: range)
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
      case let models as ScriptClass where models.kind == .model:
        report(.modelClassUsed(models.name.text, at: range))
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
  func rebuild(_ model: ModelObject, for data: [TensorSpec]? = nil, at range: SourceRange) throws(Interruption) {
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
        try applyImplicitly(layer, in: block, at: place)
      }
    }
    guard let output = block.current?.object(SymbolicTensor.self) else {
      let wasBroken = model.isBroken
      undoable { model.isBroken = wasBroken }
      model.isBroken = block.current != nil
      return
    }
    guard !sequence.isEmpty, !(block.inputs.count == 1 && block.inputs[0] === output),
      let plan = makePlan(
        named: model.plan.name, .init(inputs: block.inputs, outputs: [output]), isSequential: true, at: range)
    else { return }
    let (old, graph) = (model.plan, model.graph)
    undoable {
      model.plan = old
      model.graph = graph
    }
    model.plan = plan
    model.plan.isTrainable = old.isTrainable
    model.graph = (block.inputs, [output])
    noteOwner(model)
  }

  /// Builds a sequential model that has no `Input` for the data it is given first, as Keras does.
  func build(_ model: ModelObject, for data: [TensorSpec], at range: SourceRange) throws(Interruption) {
    guard model.sequence != nil, model.plan.outputs.isEmpty else { return }
    try rebuild(model, for: data, at: range)
  }

  static func plainInput(_ entry: Entry, _ serial: Int, _ spec: TensorSpec) -> Configured {
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
    var found: [(tensors: [SymbolicTensor], structure: ModelPlan.Structure)] = []
    for name in ["inputs", "outputs"] {
      guard let meaning = call[name] else { return .poisoned }
      guard let part = Self.tensors(in: meaning), !part.tensors.isEmpty else {
        if meaning.value != nil { report(.notTensors(name, found: meaning.shownText, at: call.ranges[name] ?? range)) }
        return meaning.isPoisoned || meaning.value != nil ? .poisoned : .unknown(.object(ModelObject.type))
      }
      found.append(part)
    }
    let name = call["name"]?.value?.asString
    let ends = ModelAssembly.Ends(
      inputs: found[0].tensors, outputs: found[1].tensors, inputStructure: found[0].structure, outputStructure: found[1].structure
    )
    guard let plan = makePlan(named: name ?? "functional", ends, isSequential: false, at: range) else { return .poisoned }
    let model = ModelObject(plan: plan)
    model.hasOwnName = name != nil
    model.graph = (ends.inputs, ends.outputs)
    model.origin = range
    state.models.append(model)
    noteOwner(model)
    self.plan.add(.model(plan.settled), at: range)
    return .object(model)
  }

  /// `clone_model(net)`: the same layers with new weights, not compiled.
  private func cloneModel(_ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    let call = try bind(
      given,
      to: [
        .init("model", "what is copied", .model, default: nil),
        .init("input_tensors", "accepted as None", .optional(.string), default: Value.none),
        .init("clone_function", "accepted as None", .optional(.string), default: Value.none),
      ], of: "clone_model", at: range)
    if call.isPoisoned { return .poisoned }
    guard let model = call["model"]?.object(ModelObject.self) else {
      if call["model"] == nil || call["model"]?.value != nil { return .poisoned }
      deferCheck(of: range)
      return .unknown(.object(ModelObject.type))
    }
    if model.isBroken { return .poisoned }
    let copy = try cloned(model, at: range)
    state.models.append(copy)
    plan.add(.model(copy.plan.settled), at: range)
    return .object(copy)
  }

  private func cloned(_ model: ModelObject, at range: SourceRange) throws(Interruption) -> ModelObject {
    let copy = ModelObject(plan: model.plan.withNewLayers)
    copy.hasOwnName = model.hasOwnName
    copy.origin = range
    guard let sequence = model.sequence else { return copy }
    var elements: [ModelObject.SequenceElement] = []
    for element in sequence {
      switch element {
      case .input: elements.append(element)
      case .layer(.layer(let old), let place):
        let inner = try old.steppedModel.map { stepped throws(Interruption) in try cloned(stepped, at: range) }
        let arguments = inner.map { old.arguments.applying($0) } ?? old.arguments
        let new = old.renewed(with: arguments)
        elements.append(.layer(.layer(new), place))
      case .layer(.model(let nested, _), let place): elements.append(.layer(reference(to: try cloned(nested, at: range)), place))
      }
    }
    copy.sequence = elements
    if model.hasPlan { try rebuild(copy, for: model.plan.inputs.map { model.plan.tensors[$0] }, at: range) }
    return copy
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
        model.hasOwnName = !LayerNames.isMade(model.plan.name)
        if call["compile"]?.value?.isFalse ?? false { model.compiled = nil }
        return .object(model)
      } catch { throw .failure(error.placed(at: range)) }
    }
    if let written = state.files.writtenModel(at: path) {
      let model = ModelObject(plan: written.plan.withNewLayers)
      model.compiled = call["compile"]?.value?.isFalse ?? false ? nil : written.compiled?.renewed
      model.hasOwnName = !LayerNames.isMade(written.plan.name)
      model.origin = range
      return .object(model)
    }
    if state.files.willExist(path) { return .unknown(.object(ModelObject.type)) }
    do {
      let model = try surroundings.inspectModel(path)
      model.hasOwnName = !LayerNames.isMade(model.plan.name)
      model.origin = range
      return .object(model)
    } catch {
      report(.forecastFails(error.message, at: call.ranges["filepath"] ?? range))
      return .poisoned
    }
  }
}
