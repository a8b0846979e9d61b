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
    let type = call["dtype"]?.value?.asString.flatMap { ElementType.named($0) } ?? .float32
    let layer = Configured(entry, call.arguments, range: range, serial: nextSerial())
    return .object(inputTensor(TensorSpec(Shape(dimensions), type), of: layer, at: range))
  }

  /// The tensor of an input layer, which becomes the current one of the block.
  func inputTensor(_ spec: TensorSpec, of layer: Configured, at range: SourceRange) -> SymbolicTensor {
    let tensor = SymbolicTensor(spec, from: .init(layer: .layer(layer), inputs: []), range: range)
    if let block = state.block {
      block.inputs.append(tensor)
      block.current = .object(tensor)
    }
    return tensor
  }

  /// Applies a layer to the current tensor of a block, as a line that is a layer asks for.
  func applyImplicitly(_ layer: LayerReference, in block: ModelBlock, at range: SourceRange) {
    if block.inputs.count > 1, !block.hasExplicitCall {
      report(.implicitWithSeveralInputs(layer.className, at: range, inputs: block.inputs.map(\.range)))
      block.current = .poisoned
      return
    }
    if block.current == nil, case .layer(let configured) = layer, let tensor = firstInput(from: configured, at: range) {
      block.current = .object(tensor)
    }
    switch block.current {
    case .known(.object(let object)):
      guard let tensor = object as? SymbolicTensor else { return }
      block.current = apply(layer, to: [tensor], at: range)
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

  /// Applies a layer or a nested model to tensors: its shape rule speaks, its weights are noted, the tensor it gives becomes current.
  func apply(_ layer: LayerReference, to inputs: [SymbolicTensor], at range: SourceRange) -> Meaning {
    switch layer {
    case .layer(let configured): apply(configured, to: inputs, at: range)
    case .model(let model, _): apply(model, layer, to: inputs, at: range)
    }
  }

  private func apply(_ layer: Configured, to inputs: [SymbolicTensor], at range: SourceRange) -> Meaning {
    guard case .layer(let rule) = layer.entry.meaning else { return .poisoned }
    let shape: LayerShape
    do { shape = try rule(layer.arguments, inputs.map(\.spec)) } catch {
      report(.impossibleShape(layer.entry.name, error, at: range, inputs: inputs))
      return .poisoned
    }
    if let oddity = shape.oddity { report(.oddShape(layer.entry.name, oddity, at: range, inputs: inputs)) }
    let reference = LayerReference.layer(layer)
    if let earlier = state.builds[reference.identity] {
      guard earlier.weights == shape.weights else {
        report(.sharedLayerShapes(layer.entry.name, at: range, first: earlier.range))
        return .poisoned
      }
    } else {
      state.builds[reference.identity] = LayerBuild(layer: reference, weights: shape.weights, range: range)
    }
    return produce(SymbolicTensor(shape.output, from: .init(layer: reference, inputs: inputs), range: range))
  }

  private func apply(_ model: ModelObject, _ layer: LayerReference, to inputs: [SymbolicTensor], at range: SourceRange) -> Meaning
  {
    if model.plan.outputs.isEmpty, let first = inputs.first {
      build(model, for: [first.spec], at: range)
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
    if state.builds[layer.identity] == nil {
      let weights = model.plan.layers.flatMap { layer in
        layer.weights.map { WeightSpec("\(layer.name)/\($0.name)", $0.shape, isTrainable: $0.isTrainable) }
      }
      state.builds[layer.identity] = LayerBuild(layer: layer, weights: weights, range: range)
    }
    let node = SymbolicTensor.Node(layer: layer, inputs: inputs)
    guard let output = model.plan.outputs.first, model.plan.outputs.count == 1 else {
      report(.nestedOutputs(model.plan.name, count: model.plan.outputs.count, at: range))
      return .poisoned
    }
    return produce(SymbolicTensor(model.plan.tensors[output], from: node, range: range))
  }

  private func produce(_ tensor: SymbolicTensor) -> Meaning {
    state.block?.current = .object(tensor)
    return .object(tensor)
  }

  /// `layer(tensor)`, `layer([a, b])`: an explicit call.
  func callLayer(_ layer: LayerReference, on arguments: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    state.block?.hasExplicitCall = true
    guard let first = arguments.first else {
      report(.layerCalledWithoutTensor(layer.className, at: range))
      return .poisoned
    }
    var tensors: [SymbolicTensor] = []
    for argument in arguments {
      // `training=` and `mask=` do not change shapes.
      if let name = argument.name, ["training", "mask"].contains(name.text) { continue }
      let meaning: Meaning
      switch argument.content {
      case .expression(let expression): meaning = try evaluate(expression)
      case .meaning(let known): meaning = known
      }
      if meaning.isPoisoned { return poisonCurrent() }
      guard let found = Self.tensors(in: meaning) else {
        if case .unknown(let type) = meaning, case .any = type { return poisonCurrent() }
        if case .unknown(.object(let type)) = meaning, type === SymbolicTensor.type { return .unknown(.object(type)) }
        report(.notATensor(layer.className, found: meaning.shownText, at: first.range))
        return poisonCurrent()
      }
      tensors += found
    }
    let result = apply(layer, to: tensors, at: range)
    if result.isPoisoned { state.block?.current = .poisoned }
    return result
  }

  private func poisonCurrent() -> Meaning {
    state.block?.current = .poisoned
    return .poisoned
  }

  /// A tensor, or the tensors of a list, tuple or dict.
  static func tensors(in meaning: Meaning) -> [SymbolicTensor]? {
    if let tensor = meaning.object(SymbolicTensor.self) { return [tensor] }
    let parts: [Meaning]
    if case .known(.dict(let dict)) = meaning {
      parts = dict.values.map(Meaning.known)
    } else if let elements = meaning.elements {
      parts = elements
    } else {
      return nil
    }
    let tensors = parts.compactMap { $0.object(SymbolicTensor.self) }
    return tensors.count == parts.count ? tensors : nil
  }
}

extension Shape {
  /// Whether data of this shape may be fed where the other is expected: equal dimensions where both are known.
  func couldBe(_ other: Shape) -> Bool {
    rank == other.rank && zip(dimensions, other.dimensions).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }
}

extension Catalog {
  /// The entry of `Input`, under either of its names.
  var inputEntry: Entry? { entry("InputLayer", .layer) ?? entry("Input", .layer) }
}
