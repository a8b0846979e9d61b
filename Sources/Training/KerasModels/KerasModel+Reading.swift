import Arrays
import Artifacts
import Lambdas
import Networks
import Plans

extension KerasModel {
  /// The plan of a configuration, and how it is compiled; nil where it is not.
  package static func plan(
    from configuration: JSON, catalog: Catalog
  ) throws(KerasModelFailure) -> (model: ModelPlan, compiled: CompilePlan?) {
    let plan = try PlanReader.plan(try KerasObject.Form(configuration, place: "model"), catalog: catalog, depth: 0)
    guard let compile = configuration["compile_config"]?.objectValue, compile["optimizer"] != nil else { return (plan, nil) }
    return (plan, try compilePlan(compile, for: plan, catalog: catalog))
  }
}

/// A plan while its layers are read and connected.
struct PlanReader {
  let catalog: Catalog
  let depth: Int
  private var layers: [ModelPlan.Layer] = []
  private var applications: [ModelPlan.Application] = []
  private var tensors: [TensorSpec] = []
  private var inputs: [Int] = []
  private var outputs: [Int] = []
  private var inputNames: [String] = []
  private var outputNames: [String] = []
  private var inputStructure: ModelPlan.Structure?
  private var outputStructure: ModelPlan.Structure?

  /// A tensor as configurations name it: the layer that makes it, the number of its call, and which of the things that gave.
  typealias Source = (layer: String, node: Int, position: Int)

  /// A call of a layer as it stands in the configuration.
  struct Call {
    var sources: [Source] = []
    var mask: Source?
    var isTraining: Bool?
    var call = LayerCall()
  }

  /// A layer as it stands in the configuration.
  private struct Described {
    let name: String
    let configured: Configured
    var nested: ModelObject?
    let isTrainable: Bool
    let isInput: Bool
    var calls: [Call]
    /// The form of an operation between layers.
    var operation: JSON?
  }

  private init(catalog: Catalog, depth: Int) {
    self.catalog = catalog
    self.depth = depth
  }

  /// Classes of models.
  static let modelClasses = ["Sequential", "Functional", "Model"]
  /// Models within models; a file could nest them without end.
  private static let depthLimit = 64

  static func plan(_ form: KerasObject.Form, catalog: Catalog, depth: Int) throws(KerasModelFailure) -> ModelPlan {
    guard depth < depthLimit else { throw .malformed(place: "model", expected: "nested less than \(depthLimit) deep") }
    var reader = PlanReader(catalog: catalog, depth: depth)
    switch form.className {
    case "Sequential": try reader.readSequential(form.config)
    case "Functional", "Model": try reader.readFunctional(form.config)
    default: throw .unknownClass(form.className, place: "the model")
    }
    var plan = try reader.plan(name: form.config["name"]?.stringValue ?? "model", isSequential: form.className == "Sequential")
    plan.isTrainable = form.config["trainable"]?.boolValue ?? true
    return plan
  }

  // MARK: Models

  mutating func readSequential(_ config: JSON.Object) throws(KerasModelFailure) {
    var described = try describedLayers(config)
    if described.first?.isInput != true {
      guard let shape = config["build_input_shape"]?.arrayValue else {
        throw .malformed(place: "first layer", expected: "an input, and no input shape is given")
      }
      var name = "input_layer"
      while described.contains(where: { $0.name == name }) { name += "_1" }
      described.insert(try inputLayer(name, shape, type: .float32), at: 0)
    }
    for layer in described {
      if layer.isInput {
        guard inputs.isEmpty else { throw .malformed(place: "layers", expected: "with one input, at the beginning") }
        try addInput(layer)
      } else {
        layers.append(planned(layer, weights: []))
        _ = try apply(layers.count - 1, to: [tensors.count - 1])
      }
    }
    outputs = [tensors.count - 1]
    outputNames = [layers[layers.count - 1].name]
  }

  /// Layers are applied as soon as what they are called with is there: calls may stand before those that feed them.
  mutating func readFunctional(_ config: JSON.Object) throws(KerasModelFailure) {
    var described = try describedLayers(config)
    leaveOutMasks(of: &described, givingTo: try ends(config["output_layers"], place: "output_layers").map(\.layer))
    let names = described.map(\.name)
    var made: [String: [[Int]]] = [:]

    inputNames = try ends(config["input_layers"], place: "input_layers").map(\.layer)
    inputStructure = structure(config["input_layers"])
    for name in inputNames {
      guard let layer = described.first(where: { $0.name == name && $0.isInput }) else {
        throw .malformed(place: "input_layers", expected: "a list of input layers: `\(name)` is none")
      }
      tensors.append(try inputSpec(layer))
      inputs.append(tensors.count - 1)
      made[name] = [[tensors.count - 1]]
    }
    for layer in described { layers.append(planned(layer, weights: [])) }

    var pending = described.enumerated().flatMap { index, layer in layer.calls.indices.map { (layer: index, call: $0) } }
    while !pending.isEmpty {
      var waiting: [(layer: Int, call: Int)] = []
      for (layer, call) in pending {
        let operation = described[layer].operation
        let described = described[layer].calls[call]
        let sources = described.sources.map { source in tensor(of: source, in: made) }
        let mask = described.mask.map { source in tensor(of: source, in: made) }
        let isNext = made[names[layer], default: []].count == call
        guard isNext, !sources.contains(nil), mask != .some(nil) else {
          waiting.append((layer, call))
          continue
        }
        if let operation { try settle(layer, on: sources.compactMap { $0 }, as: operation) }
        made[names[layer], default: []].append(
          try apply(
            layer, to: sources.compactMap { $0 }, mask: mask ?? nil, isTraining: described.isTraining, call: described.call))
      }
      guard waiting.count < pending.count else {
        throw .malformed(
          place: "inbound nodes", expected: "connected: `\(names[waiting[0].layer])` has inputs that nothing makes")
      }
      pending = waiting
    }
    for end in try ends(config["output_layers"], place: "output_layers") {
      guard let tensor = tensor(of: (end.layer, end.node - ownCalls(of: end.layer), end.position), in: made) else {
        throw .malformed(place: "output_layers", expected: "made by layers: nothing makes `\(end.layer)`")
      }
      outputs.append(tensor)
      outputNames.append(end.layer)
    }
    outputStructure = structure(config["output_layers"])
    if case .dict(let names)? = outputStructure { outputNames = names }
  }

  /// Makes a layer the operation that its form says, now that the tensors it is called on are known.
  private mutating func settle(_ layer: Int, on sources: [Int], as operation: JSON) throws(KerasModelFailure) {
    let name = layers[layer].name
    let function: TensorFunction
    let expression = try KerasOperation.expression(operation, place: "operation `\(name)`")
    do throws(ShapeError) {
      function = try TensorFunction.operation(expression, of: sources.map { tensors[$0] }, catalog: catalog)
    } catch {
      throw .shape(layer: name, problem: error.problem)
    }
    guard let made = catalog.make("Lambda", .layer, ["function": .object(function), "name": .string(name)]) else {
      throw .unknownClass("Lambda", place: "operation `\(name)`")
    }
    layers[layer] = ModelPlan.Layer(configured: made, name: name, weights: [])
  }

  /// Keras writes the operations that compute a mask beside the layers, and names their results where a layer takes a mask. Here
  /// masks follow from the layers again, so operations that lead to nothing else are left out.
  private func leaveOutMasks(of described: inout [Described], givingTo ends: [String]) {
    let sources = Dictionary(
      described.filter { $0.operation != nil }.map { ($0.name, $0.calls.flatMap(\.sources).map(\.layer)) },
      uniquingKeysWith: { first, _ in first })
    guard !sources.isEmpty else { return }
    var needed: Set<String> = []
    var waiting = ends + described.filter { $0.operation == nil }.flatMap(\.calls).flatMap(\.sources).map(\.layer)
    while let name = waiting.popLast() {
      guard let further = sources[name], needed.insert(name).inserted else { continue }
      waiting += further
    }
    described.removeAll { $0.operation != nil && !needed.contains($0.name) }
    for layer in described.indices {
      for call in described[layer].calls.indices {
        guard let mask = described[layer].calls[call].mask, sources[mask.layer] != nil else { continue }
        described[layer].calls[call].mask = nil
      }
    }
  }

  /// The tensor that a call of a layer made; nil if it has not been made.
  private func tensor(of source: Source, in made: [String: [[Int]]]) -> Int? {
    guard let calls = made[source.layer], calls.indices.contains(source.node),
      calls[source.node].indices.contains(source.position)
    else { return nil }
    return calls[source.node][source.position]
  }

  /// The calls of a layer that are not the model's: where a model's outputs are named, and only there, a nested functional model's
  /// own making counts as its first.
  private func ownCalls(of layer: String) -> Int {
    layers.first { $0.name == layer }?.asModel.map { $0.plan.isSequential ? 0 : 1 } ?? 0
  }

  private func plan(name: String, isSequential: Bool) throws(KerasModelFailure) -> ModelPlan {
    guard !outputs.isEmpty, !inputs.isEmpty else { throw .malformed(place: "model", expected: "one with inputs and outputs") }
    return ModelPlan(
      name: name, layers: layers, applications: applications, tensors: tensors, inputs: inputs, outputs: outputs,
      inputNames: inputNames, outputNames: outputNames, isSequential: isSequential, inputStructure: inputStructure,
      outputStructure: outputStructure)
  }

  // MARK: Layers

  /// The layers in a model's list. Weights and calls are found by their names, so no two may have the same.
  private func describedLayers(_ config: JSON.Object) throws(KerasModelFailure) -> [Described] {
    guard let list = config["layers"]?.arrayValue else { throw .malformed(place: "layers", expected: "a list") }
    var described: [Described] = []
    var names: Set<String> = []
    for json in list {
      let layer = try describe(json)
      guard names.insert(layer.name).inserted else {
        throw .malformed(place: "layers", expected: "of different names: two are `\(layer.name)`")
      }
      described.append(layer)
    }
    return described
  }

  private func describe(_ json: JSON) throws(KerasModelFailure) -> Described {
    let form = try KerasObject.Form(layer: json)
    let place = "layer `\(form.config["name"]?.stringValue ?? form.className)`"
    guard let name = form.config["name"]?.stringValue ?? json["name"]?.stringValue else {
      throw .malformed(place: "layer of class `\(form.className)`", expected: "named")
    }
    // Weights stand under `layer/weight`.
    guard !name.contains("/") else { throw .malformed(place: place, expected: "named without `/`, as Keras names layers") }
    if form.className == "InputLayer" {
      guard let shape = (form.config["batch_shape"] ?? form.config["batch_input_shape"])?.arrayValue else {
        throw .malformed(place: place, expected: "given a `batch_shape`")
      }
      let typeName = form.config["dtype"]?.stringValue ?? "float32"
      guard let type = ElementType(rawValue: typeName) else {
        throw .unsupported(className: "InputLayer", argument: "dtype=\(typeName)")
      }
      return try inputLayer(name, shape, type: type)
    }
    var calls: [Call] = []
    let entry = catalog.entry(form.className, .layer)
    let signature = entry?.call
    for node in json["inbound_nodes"]?.arrayValue ?? [] {
      var call = Call()
      if let signature {
        try read(node, by: signature, into: &call)
        call.isTraining = training(node["kwargs"]?["training"], of: entry)
        calls.append(call)
        continue
      }
      try collect(node["args"] ?? node, into: &call.sources)
      for (name, value) in node["kwargs"]?.objectValue?.entries ?? [] {
        var sources: [Source] = []
        try collect(value, into: &sources)
        switch name {
        case "mask": call.mask = sources.first
        case "training": call.isTraining = training(value, of: entry)
        default: call.sources += sources
        }
      }
      calls.append(call)
    }
    if json["module"]?.stringValue?.hasPrefix(KerasOperation.modulePrefix) == true {
      guard let entry = catalog.entry("Lambda", .layer) else { throw .unknownClass(form.className, place: place) }
      return Described(
        name: name, configured: Configured(entry, Arguments([:], given: []), range: nil), isTrainable: true, isInput: false,
        calls: calls, operation: json)
    }
    let isTrainable = form.config["trainable"]?.boolValue ?? true
    if PlanReader.modelClasses.contains(form.className) {
      let model = ModelObject(plan: try PlanReader.plan(form, catalog: catalog, depth: depth + 1))
      let entry = Entry(
        .layer, Signature(model.plan.isSequential ? "Sequential" : "Functional", "A model used as a layer.", []))
      let standIn = Configured(entry, Arguments([:], given: []), range: nil)
      return Described(name: name, configured: standIn, nested: model, isTrainable: isTrainable, isInput: false, calls: calls)
    }
    guard let entry = catalog.entry(form.className, .layer) else { throw .unknownClass(form.className, place: place) }
    let configured = try KerasObject.read(form.config, of: entry, place: place, in: catalog)
    return Described(
      name: name, configured: configured, nested: configured.steppedModel, isTrainable: isTrainable, isInput: false, calls: calls)
  }

  /// The tensors in the arguments of a call, however deep in lists; those of a dict in the order of its sorted keys.
  func collect(_ json: JSON, into sources: inout [Source]) throws(KerasModelFailure) {
    if let history = json["config"]?["keras_history"] {
      sources += try ends(history, place: "inbound nodes")
      return
    }
    for element in json.arrayValue ?? [] { try collect(element, into: &sources) }
    for (_, element) in (json.objectValue?.entries ?? []).sorted(by: { $0.key < $1.key }) { try collect(element, into: &sources) }
  }

  private func inputLayer(_ name: String, _ batchShape: [JSON], type: ElementType) throws(KerasModelFailure) -> Described {
    var dimensions: [Value] = []
    for dimension in batchShape.dropFirst() {
      switch dimension {
      case .null: dimensions.append(.none)
      case .integer(let size) where size >= 0: dimensions.append(.integer(size))
      default: throw .malformed(place: "shape of `\(name)`", expected: "a list of whole numbers")
      }
    }
    var arguments: [String: Value] = ["shape": .tuple(dimensions), "dtype": .string(type.rawValue)]
    if case .integer(let batch)? = batchShape.first, batch > 0 { arguments["batch_size"] = .integer(batch) }
    guard let input = catalog.make("InputLayer", .layer, arguments) else {
      throw .unknownClass("InputLayer", place: "layer `\(name)`")
    }
    return Described(name: name, configured: input, isTrainable: true, isInput: true, calls: [])
  }

  private func planned(_ layer: Described, weights: [WeightSpec]) -> ModelPlan.Layer {
    ModelPlan.Layer(
      configured: layer.configured, nested: layer.nested, name: layer.name, weights: weights, isTrainable: layer.isTrainable)
  }

  private func inputSpec(_ layer: Described) throws(KerasModelFailure) -> TensorSpec {
    try shape(of: layer.configured, name: layer.name, []).output
  }

  private mutating func addInput(_ layer: Described) throws(KerasModelFailure) {
    layers.append(planned(layer, weights: []))
    tensors.append(try inputSpec(layer))
    inputs.append(tensors.count - 1)
    inputNames.append(layer.name)
  }

  /// Applies a layer, which the first time gets its weights; gives the tensors that it makes.
  private mutating func apply(
    _ layer: Int, to sources: [Int], mask: Int? = nil, isTraining: Bool? = nil, call: LayerCall = LayerCall()
  ) throws(KerasModelFailure) -> [Int] {
    let current = layers[layer]
    let inputs = sources.map { tensors[$0] }
    let shape: LayerShape
    if let model = current.asModel {
      shape = try self.shape(of: model, name: current.name, inputs)
    } else {
      shape = try self.shape(of: current.configured, name: current.name, inputs, call)
    }
    if current.weights.isEmpty {
      layers[layer] = ModelPlan.Layer(
        configured: current.configured, nested: current.nested, name: current.name, weights: shape.weights,
        isTrainable: current.isTrainable)
    } else if current.weights != shape.weights {
      throw .shape(layer: current.name, problem: "is applied to tensors of different shapes")
    }
    let first = tensors.count
    tensors += shape.outputs
    let outputs = Array(first..<tensors.count)
    applications.append(
      .init(layer: layer, inputs: sources, outputs: outputs, mask: mask, isTraining: isTraining, call: call))
    return outputs
  }

  private func shape(of model: ModelObject, name: String, _ inputs: [TensorSpec]) throws(KerasModelFailure) -> LayerShape {
    let plan = model.plan
    guard inputs.count == plan.inputs.count else {
      throw .shape(layer: name, problem: "takes \(plan.inputs.count) inputs, but gets \(inputs.count)")
    }
    return LayerShape(outputs: plan.outputs.map { plan.tensors[$0] }, weights: plan.nestedWeights)
  }

  private func shape(
    of layer: Configured, name: String, _ inputs: [TensorSpec], _ call: LayerCall = LayerCall()
  ) throws(KerasModelFailure) -> LayerShape {
    guard case .layer(let rule) = layer.entry.meaning else { preconditionFailure("an entry of a layer has its shape rule") }
    do { return try rule(layer.arguments.called(call), inputs) } catch { throw .shape(layer: name, problem: error.problem) }
  }

  /// How inputs or outputs are handed over.
  private func structure(_ json: JSON?) -> ModelPlan.Structure? {
    if let dict = json?.objectValue { return .dict(dict.entries.map(\.key).sorted()) }
    return json?.arrayValue?.first?.stringValue == nil ? .list : .single
  }

  /// `["dense", 0, 0]`, a list of those, or a dict by name (in the order of its sorted keys): layers, their calls, and which of
  /// the things they gave.
  private func ends(_ json: JSON?, place: String) throws(KerasModelFailure) -> [Source] {
    if let dict = json?.objectValue {
      var all: [Source] = []
      for (_, element) in dict.entries.sorted(by: { $0.key < $1.key }) { all += try ends(element, place: place) }
      return all
    }
    guard let list = json?.arrayValue else { throw .malformed(place: place, expected: "a list") }
    if let name = list.first?.stringValue {
      guard list.count >= 2, let node = list[1].integerValue, node >= 0 else {
        throw .malformed(place: place, expected: "a layer's name and two numbers")
      }
      return [(name, node, list.count > 2 ? list[2].integerValue ?? 0 : 0)]
    }
    var all: [Source] = []
    for element in list { all += try ends(element, place: place) }
    return all
  }
}
