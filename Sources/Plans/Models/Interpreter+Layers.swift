import Arrays
import Diagnostics
import Lambdas

extension Interpreter {
  /// `Input((28, 28, 1))`: a tensor that a model takes.
  func makeInput(_ call: BoundCall, entry: Entry, at range: SourceRange) -> Meaning {
    if call.isPoisoned {
      state.block?.current = .poisoned
      return .poisoned
    }
    var dimensions: [Int?]?
    if case .tuple(let items)? = call["shape"]?.value { dimensions = items.map(\.asInteger) }
    if case .tuple(let items)? = call["batch_shape"]?.value { dimensions = items.dropFirst().map(\.asInteger) }
    guard let dimensions else {
      if call.missing.isEmpty {
        report(.missingArgument("shape", of: "Input", expects: ArgumentKind.shape.expectation, at: range))
      }
      state.block?.current = .poisoned
      return .poisoned
    }
    let type = call["dtype"]?.value?.asString.flatMap { ElementType(rawValue: $0) ?? ElementType.named($0) } ?? .float32
    let layer = Configured(entry, call.arguments, range: range, serial: nextSerial())
    return .object(inputTensor(TensorSpec(Shape(dimensions), type), of: layer, at: range))
  }

  /// The tensor of an input layer, which becomes the current one of the block.
  func inputTensor(_ spec: TensorSpec, of layer: Configured, at range: SourceRange) -> SymbolicTensor {
    let tensor = SymbolicTensor(from: .init(layer: .layer(layer), inputs: [], outputs: [spec]), range: range)
    if let block = state.block {
      block.inputs.append(tensor)
      block.current = .object(tensor)
    }
    return tensor
  }

  /// Applies a layer to the current tensor of a block, as a line that is a layer asks for.
  func applyImplicitly(_ layer: LayerReference, in block: ModelBlock, at range: SourceRange) throws(Interruption) {
    if block.inputs.count > 1, !block.hasExplicitCall {
      report(.implicitWithSeveralInputs(layer.className, at: range, inputs: block.inputs.map(\.range)))
      block.current = .poisoned
      return
    }
    if block.current == nil, case .layer(let configured) = layer, let tensor = firstInput(from: configured, at: range) {
      block.current = .object(tensor)
    }
    switch block.current {
    case .known(let value):
      guard let tensors = Self.tensors(in: .known(value))?.tensors else { return }
      block.current = try apply(layer, to: tensors, asList: false, at: range)
    case nil:
      if block.tellsMissingInput() { report(.modelWithoutInput(block.name, first: layer.className, at: range)) }
      block.current = .poisoned
    default: break
    }
  }

  /// The input that `input_shape=` or `input_dim=` on a first layer stands for.
  func firstInput(from layer: Configured, at range: SourceRange) -> SymbolicTensor? {
    guard let entry = catalog.inputEntry else { return nil }
    let dimensions: [Value]
    if case .tuple(let items)? = layer.arguments["input_shape"] {
      dimensions = items
    } else if let size = layer.arguments["input_dim"], case .integer = size {
      dimensions = [size]
    } else {
      return nil
    }
    let input = Configured(entry, Arguments(["shape": .tuple(dimensions)], given: ["shape"]), range: range, serial: nextSerial())
    return inputTensor(TensorSpec(Shape(dimensions.map(\.asInteger))), of: input, at: range)
  }

  /// Applies a layer or a nested model to tensors: its shape rule speaks, its weights are noted, what it gives becomes current.
  ///
  /// `asList`: whether the caller gave a list, which a `Lambda`'s function then gets too.
  func apply(
    _ layer: LayerReference, to inputs: [SymbolicTensor], _ settings: CallSettings = CallSettings(), asList: Bool,
    at range: SourceRange
  ) throws(Interruption) -> Meaning {
    switch layer {
    case .layer(let configured): try apply(configured, to: inputs, settings, asList: asList, at: range)
    case .model(let model, _): try apply(model, layer, to: inputs, settings, at: range)
    }
  }

  private func apply(
    _ layer: Configured, to inputs: [SymbolicTensor], _ settings: CallSettings, asList: Bool, at range: SourceRange
  ) throws(Interruption) -> Meaning {
    guard case .layer(let rule) = layer.entry.meaning else { return .poisoned }
    if !layer.entry.abilities.contains(.takesValues), let input = inputs.first(where: { $0.spec.type == .string }) {
      report(.impossibleShape(layer.entry.name, .texts, at: range, inputs: [input]))
      return .poisoned
    }
    if layer.entry.abilities.contains(.takesValues), inputs.contains(where: { !$0.isData }) {
      let problem = ShapeError(
        "works on numbers as they enter a model, and not on what layers compute", hint: "call it on an `Input`.")
      report(.impossibleShape(layer.entry.name, problem, at: range, inputs: inputs))
      return .poisoned
    }
    if layer.entry.abilities.contains(.isFollowed) {
      switch try follow(layer, on: inputs.map(\.pythonSpec), asList: asList || inputs.count > 1, at: range) {
      case .known: break
      case .failed: return .poisoned
      case .open:
        deferCheck(of: range)
        state.block?.current = .unknown(.object(SymbolicTensor.type))
        return .unknown(.object(SymbolicTensor.type))
      }
    }
    if let model = layer.steppedModel, model.plan.outputs.isEmpty, let step = inputs.first?.spec.withoutAxes(layer.stepDepth) {
      try build(model, for: [step], at: range)
      if model.plan.outputs.isEmpty { return .poisoned }
    }
    let shape: LayerShape
    do { shape = try rule(layer.arguments.called(settings.call), inputs.map(\.spec)) } catch {
      report(.impossibleShape(layer.entry.name, error, at: range, inputs: inputs))
      return .poisoned
    }
    if let mask = settings.mask, let input = inputs.first {
      do { try layer.entry.checkMask(mask.spec.shape, layer.arguments, input.spec.shape) } catch {
        report(.impossibleShape(layer.entry.name, error, at: range, inputs: [input, mask]))
        return .poisoned
      }
    }
    if isChecking, shape.awaitsLearning {
      // How wide its output is follows from what it will have learned.
      deferCheck(of: range)
      state.block?.current = .unknown(.object(SymbolicTensor.type))
      return .unknown(.object(SymbolicTensor.type))
    }
    if let oddity = shape.oddity, !oddity.isOfData || inputs.allSatisfy(\.isAsEntered) {
      report(.oddShape(layer.entry.name, oddity, at: range, inputs: inputs))
    }
    let reference = LayerReference.layer(layer)
    noteBuilt(layer)
    if let earlier = state.builds[reference.identity] {
      guard earlier.weights == shape.weights else {
        report(.sharedLayerShapes(layer.entry.name, at: range, first: earlier.range))
        return .poisoned
      }
    } else {
      state.builds[reference.identity] = LayerBuild(layer: reference, weights: shape.weights, range: range)
    }
    return produce(
      .init(layer: reference, inputs: inputs, settings: settings, outputs: shape.outputs),
      as: shape.outputs.count == 1 ? .single : .list, at: range)
  }

  private func apply(
    _ model: ModelObject, _ layer: LayerReference, to inputs: [SymbolicTensor], _ settings: CallSettings, at range: SourceRange
  ) throws(Interruption) -> Meaning {
    if model.plan.outputs.isEmpty, let first = inputs.first {
      try build(model, for: [first.spec], at: range)
      if model.plan.outputs.isEmpty { return .poisoned }
    }
    let expected = model.plan.inputs.map { model.plan.tensors[$0] }
    guard expected.count == inputs.count else {
      report(.nestedInputCount(model.plan.name, expected: expected.count, found: inputs.count, at: range))
      return .poisoned
    }
    for (input, spec) in zip(inputs, expected) where !input.spec.shape.couldBe(spec.shape) {
      report(.nestedShape(model.plan.name, expected: spec.shape, input: input, at: range))
      return .poisoned
    }
    if let mask = settings.mask {
      let problem = ShapeError(
        "is a model, whose call takes no `mask`", hint: "let the model take it as an input, and name it inside.")
      report(.impossibleShape(model.plan.name, problem, at: range, inputs: [mask]))
      return .poisoned
    }
    if state.builds[layer.identity] == nil {
      state.builds[layer.identity] = LayerBuild(layer: layer, weights: model.plan.nestedWeights, range: range)
    }
    let outputs = model.plan.outputs.map { model.plan.tensors[$0] }
    return produce(
      .init(layer: layer, inputs: inputs, settings: settings, outputs: outputs), as: model.plan.outputStructure, at: range)
  }

  /// The tensors of an application, as its caller gets them: one, a list, or a dict.
  private func produce(_ node: SymbolicTensor.Node, as structure: ModelPlan.Structure, at range: SourceRange) -> Meaning {
    state.calls[node.layer.identity, default: []].append(node)
    let tensors = node.outputs.indices.map { Value.object(SymbolicTensor(from: node, position: $0, range: range)) }
    let result: Meaning
    switch structure {
    case .single: result = .known(tensors[0])
    case .list: result = .known(.list(tensors))
    case .dict(let names): result = .known(.dict(DictValue(Array(zip(names, tensors)))))
    }
    state.block?.current = result
    return result
  }

  // MARK: Explicit calls

  /// `layer(tensor)`, `layer([a, b])`, `model({"image": a, "text": b})`; on arrays, what the layer makes of them.
  func callLayer(_ layer: LayerReference, on arguments: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    if let signature = layer.configured.entry.call { return try callLayer(layer, by: signature, on: arguments, at: range) }
    var settings = CallSettings()
    var given: [(meaning: Meaning, range: SourceRange)] = []
    for argument in arguments {
      let meaning = try meaning(of: argument)
      switch argument.name?.text {
      case "training":
        if meaning.isPoisoned { return poisonCurrent() }
        if case .accepted(let admitted) = admitter.admit(meaning, as: .optional(.bool)) {
          if case .known(.bool(let flag)) = admitted { settings.isTraining = flag }
          continue
        }
        report(
          .wrongArgument(
            "training", of: layer.className, expects: ArgumentKind.optional(.bool).expectation, found: meaning.shownText,
            at: argument.range, isOutOfRange: false, hint: nil))
        return poisonCurrent()
      case "mask":
        state.block?.hasExplicitCall = true
        if meaning.isPoisoned { return poisonCurrent() }
        if let mask = meaning.object(SymbolicTensor.self) {
          settings.mask = mask
        } else if meaning.value == nil, meaning.holdsUnknown || meaning.type.holdsTensors {
          return tensorForLater()
        } else if meaning.value?.isNone != true {
          report(.notAMask(found: meaning.shownText, at: argument.range))
          return poisonCurrent()
        }
      case "initial_state" where meaning.value?.isNone == true: continue
      default: given.append((meaning, argument.range))
      }
    }
    guard let first = given.first else {
      state.block?.hasExplicitCall = true
      report(.layerCalledWithoutTensor(layer.className, at: range))
      return poisonCurrent()
    }
    if given.contains(where: \.meaning.isPoisoned) { return poisonCurrent() }
    let takesOneValue = layer.configured.entry.abilities.contains(.takesValues) && first.meaning.type == .string
    if given.count == 1, first.meaning.holdsArrays || takesOneValue {
      return try compute(layer, on: first.meaning, at: range, argument: first.range)
    }
    state.block?.hasExplicitCall = true
    var tensors: [SymbolicTensor] = []
    var asList = false
    for (meaning, place) in given {
      if let found = Self.tensors(in: meaning) {
        asList = asList || found.structure != .single
        guard let ordered = order(found, for: layer, at: place) else { return poisonCurrent() }
        tensors += ordered
        continue
      }
      if state.block != nil, meaning.holdsUnknown || meaning.type.holdsTensors { return tensorForLater() }
      if meaning.type.holdsTensors { return .unknown(.object(SymbolicTensor.type)) }
      if meaning.holdsUnknown {
        deferCheck(of: range)
        return .unknown(.any)
      }
      report(.notATensor(layer.className, found: meaning.shownText, at: place))
      return poisonCurrent()
    }
    let result = try apply(layer, to: tensors, settings, asList: asList, at: range)
    if result.isPoisoned { state.block?.current = .poisoned }
    return result
  }

  /// The tensors of a dict in the order of a model's inputs; nil after telling a missing or unknown name.
  private func order(
    _ found: (tensors: [SymbolicTensor], structure: ModelPlan.Structure), for layer: LayerReference, at range: SourceRange
  ) -> [SymbolicTensor]? {
    guard case .dict(let names) = found.structure, let model = layer.nested else { return found.tensors }
    guard holds(names, all: model.plan.inputNames, of: "input", at: range) else { return nil }
    let byName = Dictionary(zip(names, found.tensors), uniquingKeysWith: { first, _ in first })
    return model.plan.inputNames.compactMap { byName[$0] }
  }

  /// What a model's block goes on from where a layer, or what it is called on, is known only when it runs.
  func tensorForLater() -> Meaning {
    let tensor = Meaning.unknown(.object(SymbolicTensor.type))
    state.block?.hasExplicitCall = true
    state.block?.current = tensor
    return tensor
  }

  func poisonCurrent() -> Meaning {
    if state.block != nil { state.block?.current = .poisoned }
    return .poisoned
  }

  /// A tensor, or the tensors of a list, tuple or dict; those of a dict in the order of its sorted keys, as in Keras.
  static func tensors(in meaning: Meaning) -> (tensors: [SymbolicTensor], structure: ModelPlan.Structure)? {
    if let tensor = meaning.object(SymbolicTensor.self) { return ([tensor], .single) }
    if case .known(.dict(let dict)) = meaning {
      let names = dict.keys.compactMap(\.asString).sorted()
      let tensors = names.compactMap { name -> SymbolicTensor? in
        guard case .object(let object)? = dict[.string(name)] else { return nil }
        return object as? SymbolicTensor
      }
      return tensors.count == dict.keys.count ? (tensors, .dict(names)) : nil
    }
    guard let parts = meaning.elements else { return nil }
    var tensors: [SymbolicTensor] = []
    for part in parts {
      guard let found = Self.tensors(in: part) else { return nil }
      tensors += found.tensors
    }
    return (tensors, .list)
  }
}

extension ModelPlan {
  /// The weights of a model that is used as a layer, under the names of its layers.
  package var nestedWeights: [WeightSpec] {
    layers.flatMap { layer in
      layer.weights.map { WeightSpec("\(layer.name)/\($0.name)", $0.shape, isTrainable: $0.isTrainable) }
    }
  }
}

extension ShapeError {
  /// What layers of numbers say of texts.
  static let texts = ShapeError(
    "works on numbers, but gets texts", hint: "let `TextVectorization`, `StringLookup` or `Hashing` make numbers of them before.")
}

extension SymbolicTensor {
  /// Whether it is data as they enter a model, perhaps through layers of words and numbers.
  fileprivate var isData: Bool {
    node.inputs.isEmpty || (node.layer.configured.entry.abilities.contains(.takesValues) && node.inputs.allSatisfy(\.isData))
  }
}

extension SymbolicTensor {
  /// Whether it has the shape in which it entered the model: through layers at most that scale or drop numbers.
  fileprivate var isAsEntered: Bool {
    guard let input = node.inputs.first else { return true }
    return node.inputs.count == 1 && input.spec.shape == spec.shape && input.isAsEntered
  }
}

extension TensorSpec {
  /// What is left of an example at each place of its first axes; nil where it has no more.
  fileprivate func withoutAxes(_ count: Int) -> TensorSpec? {
    shape.rank > count ? TensorSpec(Shape(Array(shape.dimensions.dropFirst(count))), type) : nil
  }
}

extension Shape {
  /// Whether data of this shape may be fed where the other is expected: equal dimensions where both are known.
  package func couldBe(_ other: Shape) -> Bool {
    rank == other.rank && zip(dimensions, other.dimensions).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }
}

extension Catalog {
  /// The entry of `Input`, under either of its names.
  var inputEntry: Entry? { entry("InputLayer", .layer) ?? entry("Input", .layer) }
}
