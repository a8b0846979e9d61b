import Arrays
import Diagnostics
import Lambdas

/// A network as it was meant: layers, how they are connected, shapes and weights. Plain data.
package struct ModelPlan: Sendable {
  /// A layer with its Keras name; it owns weights, and may be applied several times.
  package struct Layer: Sendable {
    package let configured: Configured
    /// The model that is used as this layer, or that this layer applies to each step of a sequence, with the weights it has; nil for
    /// other layers of the catalog.
    package let nested: ModelObject?
    /// `dense`, `dense_1`, or the script's `name=`.
    package let name: String
    package let weights: [WeightSpec]
    package let isTrainable: Bool
    package init(
      configured: Configured, nested: ModelObject? = nil, name: String, weights: [WeightSpec], isTrainable: Bool = true
    ) {
      self.configured = configured
      self.nested = nested
      self.name = name
      self.weights = weights
      self.isTrainable = isTrainable
    }

    /// The model that is used as this layer; nil for a layer that applies one to steps.
    package var asModel: ModelObject? { configured.steppedModel == nil ? nested : nil }
  }

  /// One application of a layer: tensors in, tensors out. Tensors are numbered through the plan, inputs first.
  package struct Application: Sendable, Equatable {
    /// Into `layers`.
    package let layer: Int
    package let inputs: [Int]
    package let outputs: [Int]
    /// The mask that the call names (`layer(x, mask=m)`) instead of those its inputs carry.
    package let mask: Int?
    /// What the call says of `training=`; nil where it follows the run.
    package let isTraining: Bool?
    /// What the inputs are to the layer, and what the call switches on.
    package let call: LayerCall
    package init(
      layer: Int, inputs: [Int], outputs: [Int], mask: Int? = nil, isTraining: Bool? = nil, call: LayerCall = LayerCall()
    ) {
      self.layer = layer
      self.inputs = inputs
      self.outputs = outputs
      self.mask = mask
      self.isTraining = isTraining
      self.call = call
    }
    package init(layer: Int, inputs: [Int], output: Int) { self.init(layer: layer, inputs: inputs, outputs: [output]) }
  }

  /// How a model's inputs or outputs are handed over.
  package enum Structure: Sendable, Equatable {
    case single, list
    /// By name; the tensors stand in the order of the sorted names, as in Keras.
    case dict([String])
  }

  package var name: String
  /// Input layers included, in model order.
  package var layers: [Layer]
  package var applications: [Application]
  package var tensors: [TensorSpec]
  /// Tensor numbers.
  package var inputs: [Int]
  package var outputs: [Int]
  /// Keras names of inputs and outputs: those of the layers that make them, or the keys of a dict.
  package var inputNames: [String]
  package var outputNames: [String]
  /// A list of layers without branches, saved as Keras's Sequential.
  package var isSequential: Bool
  /// Whether training changes any of it; its layers may say so of themselves.
  package var isTrainable = true
  package var inputStructure: Structure
  package var outputStructure: Structure

  package init(
    name: String, layers: [Layer], applications: [Application], tensors: [TensorSpec], inputs: [Int], outputs: [Int],
    inputNames: [String], outputNames: [String], isSequential: Bool, inputStructure: Structure? = nil,
    outputStructure: Structure? = nil
  ) {
    self.name = name
    self.layers = layers
    self.applications = applications
    self.tensors = tensors
    self.inputs = inputs
    self.outputs = outputs
    self.inputNames = inputNames
    self.outputNames = outputNames
    self.isSequential = isSequential
    self.inputStructure = inputStructure ?? (inputs.count == 1 ? .single : .list)
    self.outputStructure = outputStructure ?? (outputs.count == 1 ? .single : .list)
  }

  /// The layers as `model.layers` has them in Keras: without the input of a sequential model, and without operations between layers.
  package var listedLayers: [Layer] {
    layers.filter { layer in
      !(isSequential && inputNames.contains(layer.name)) && !(layer.configured.followed?.isOperation ?? false)
    }
  }

  /// All layers of it and of the models within.
  package var allLayers: [Configured] { layers.flatMap { [$0.configured] + ($0.nested?.plan.allLayers ?? []) } }

  /// Every weight in the order of `get_weights`, through models within, and whether training changes it. A layer that is reached in
  /// several ways counts once.
  var weightsInOrder: [(spec: WeightSpec, isTrained: Bool)] {
    var seen: Set<ObjectIdentifier> = []
    func weights(of plan: ModelPlan, trains: Bool) -> [(spec: WeightSpec, isTrained: Bool)] {
      plan.layers.flatMap { layer -> [(spec: WeightSpec, isTrained: Bool)] in
        let trains = trains && layer.isTrainable
        if let nested = layer.nested { return weights(of: nested.plan, trains: trains) }
        guard seen.insert(ObjectIdentifier(layer.configured)).inserted else { return [] }
        return layer.weights.inFileOrder.map { ($0, trains && $0.isTrainable) }
      }
    }
    return weights(of: self, trains: isTrainable)
  }

  /// The paths of all weights, by the names of their layers and the models around these: `encoder/dense/kernel`.
  var weightPaths: [String] {
    layers.flatMap { layer -> [String] in
      let inner = layer.nested?.plan.weightPaths ?? layer.weights.map(\.name)
      return inner.map { "\(layer.name)/\($0)" }
    }
  }

  package var parameterCount: Int { layers.lazy.flatMap(\.weights).totalCount }

  /// A layer, perhaps of a model within, whose function Keras could not read.
  var followedLayer: Layer? {
    for layer in layers {
      if layer.configured.entry.abilities.contains(.isFollowed), layer.configured.followed?.kerasOperation == nil { return layer }
      if let inner = layer.nested?.plan.followedLayer { return inner }
    }
    return nil
  }

  /// Whether two plans are of the same layer objects, connected alike, so that one network serves both.
  package func hasLayers(of other: ModelPlan) -> Bool {
    applications == other.applications && inputs == other.inputs && outputs == other.outputs && layers.count == other.layers.count
      && zip(layers, other.layers).allSatisfy { mine, theirs in
        mine.configured === theirs.configured && mine.nested === theirs.nested
      }
  }

  /// The same, which stays so whatever becomes of the models within it.
  var settled: ModelPlan {
    guard layers.contains(where: { $0.nested != nil }) else { return self }
    var copy = self
    copy.layers = layers.map { layer in
      guard let nested = layer.nested else { return layer }
      return Layer(
        configured: layer.configured, nested: nested.snapshot, name: layer.name, weights: layer.weights,
        isTrainable: layer.isTrainable)
    }
    return copy
  }

  /// The same model of new layer objects, as a file gives it when it is read.
  var withNewLayers: ModelPlan {
    var copy = self
    copy.layers = layers.map { layer in
      let old = layer.configured
      let nested = layer.nested.map { ModelObject(plan: $0.plan.withNewLayers) }
      let arguments = nested.map { old.arguments.applying($0) } ?? old.arguments
      return Layer(
        configured: old.renewed(with: arguments), nested: nested, name: layer.name,
        weights: layer.weights, isTrainable: layer.isTrainable)
    }
    return copy
  }

  /// The layer that makes a tensor; nil for an input.
  package func maker(of tensor: Int) -> Layer? {
    applications.last { $0.outputs.contains(tensor) }.map { layers[$0.layer] }
  }
}

/// What `compile` says.
package struct CompilePlan: Sendable {
  /// A metric with its name in `logs`, resolved (`"accuracy"` is one of three by the shapes).
  package struct Metric: Sendable {
    package let configured: Configured
    package let logName: String
    /// Into the model's outputs.
    package let output: Int
    package let isWeighted: Bool
    /// The string it was typed as (`"accuracy"`), which saved files keep; nil for an object.
    package let written: String?
    package init(configured: Configured, logName: String, output: Int, isWeighted: Bool = false, written: String? = nil) {
      self.configured = configured
      self.logName = logName
      self.output = output
      self.isWeighted = isWeighted
      self.written = written
    }

    /// Whether its value is a list of numbers.
    package var isVector: Bool {
      if case .metric(let traits) = configured.entry.meaning, configured.missing.isEmpty {
        traits.isVector(configured.arguments)
      } else {
        false
      }
    }
  }
  package struct Loss: Sendable {
    package let configured: Configured
    package let output: Int
    package let weight: Double
    package init(configured: Configured, output: Int, weight: Double = 1) {
      self.configured = configured
      self.output = output
      self.weight = weight
    }
  }
  package var optimizer: Configured
  package var losses: [Loss]
  package var metrics: [Metric]
  /// What was typed, for `compile_config` of a saved model: strings are kept as typed.
  package var written: [String: Value]
  /// Where the arguments that are given stand.
  var ranges: [String: SourceRange] = [:]
  /// Which `compile` it came from: another one makes a new optimizer, and settles anew what is trained.
  package private(set) var event = CompileEvent()

  /// The same settings as a compilation of their own.
  var renewed: CompilePlan {
    var copy = self
    copy.event = CompileEvent()
    return copy
  }
  package init(optimizer: Configured, losses: [Loss], metrics: [Metric], written: [String: Value]) {
    self.optimizer = optimizer
    self.losses = losses
    self.metrics = metrics
    self.written = written
  }
}

extension CompilePlan {
  /// The names in `logs` of each output's loss: none where there is one loss, which is the whole.
  package func lossNames(_ outputNames: [String]) -> [String] {
    guard losses.count > 1 else { return [] }
    var counts: [String: Int] = [:]
    return losses.map { loss in
      // One layer may make two outputs; Keras then reports one of their losses under the name of both.
      let name = outputNames.indices.contains(loss.output) ? outputNames[loss.output] : ""
      let count = counts[name, default: 0]
      counts[name] = count + 1
      return count == 0 ? "\(name)_loss" : "\(name)_\(count)_loss"
    }
  }
}

/// One execution of `compile`, known by its identity.
package final class CompileEvent: Sendable {}

/// One model of the script: a plan, and once training begins the network that carries its weights.
package final class ModelObject: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: the session's one thread changes it, between statements.
  package var plan: ModelPlan
  package var compiled: CompilePlan?
  /// The network, owned by the run; nil while only checking.
  package var network: AnyObject?

  /// An element of a `Sequential([…])`, which is put together again when a layer is added.
  enum SequenceElement: Sendable {
    case input(SymbolicTensor)
    case layer(LayerReference, SourceRange)

    /// The layer or model as scripts have it; nil for an input.
    var layer: Meaning? {
      switch self {
      case .input: nil
      case .layer(.layer(let configured), _): .object(configured)
      case .layer(.model(let model, _), _): .object(model)
      }
    }
  }
  /// Nil for a model that is no growing list of layers.
  var sequence: [SequenceElement]?
  /// Whether a mistake in it was told, so that what follows from it stays silent.
  var isBroken = false
  /// Whether what it is compiled with depends on values of the run, while checking.
  var isCompiledLater = false
  /// The tensors it was made of; nil for a model that was read from a file.
  var graph: (inputs: [SymbolicTensor], outputs: [SymbolicTensor])?
  /// What the last `fit` gave.
  package var history: HistoryObject?
  /// Whether the script named it; else it is counted like a layer where it is used as one.
  package var hasOwnName = false
  /// What made it.
  package var origin: SourceRange?

  package init(plan: ModelPlan) { self.plan = plan }

  /// Its layers as they are now, which stay so whatever becomes of it.
  var snapshot: ModelObject {
    let copy = ModelObject(plan: plan.settled)
    copy.sequence = sequence
    copy.compiled = compiled
    return copy
  }
  package var objectType: ObjectType { ModelObject.type }
  package static let type = ObjectType("Model") { name in
    (
      "`\(name)` of a model can be reached only in callbacks, and of the model in training.",
      "in a hook of a `callback` that is `model`: `model.optimizer.learning_rate`, `model.stop_training = True`."
    )
  }
  package var description: String { "<\(className) name=\(plan.name), built=\(plan.outputs.isEmpty ? "False" : "True")>" }

  /// Its class as Keras calls it.
  var className: String { plan.isSequential ? "Sequential" : "Functional" }
}

/// A data set of the script: what is known of it, and once it is read the examples.
package final class DataObject: ObjectValue, @unchecked Sendable {
  // Sendable by discipline: its examples are set once, by the reader that makes it.
  package let spec: DataSpec
  package let parts: [String: DataObject]
  /// What is known before it is read: `class_names`.
  package let facts: [String: Value]
  /// What is known once it is read, by type.
  let laterFacts: [String: ValueType]
  /// The data set of module `Datasets`; nil while only checking.
  package let examples: AnyObject?
  /// The call that makes it, and which of its parts it is, as plans show it: `load_digits().train`.
  package private(set) var origin = ""
  /// Whether all that it is made of is known, so that the text of `origin` is what it will be in the run.
  package private(set) var isOriginKnown = true

  package init(
    spec: DataSpec, parts: [String: DataObject] = [:], facts: [String: Value] = [:], laterFacts: [String: ValueType] = [:],
    examples: AnyObject? = nil
  ) {
    self.laterFacts = laterFacts
    self.spec = spec
    self.facts = facts
    self.parts = parts
    self.examples = examples
  }

  /// The attribute that says how many examples of each class it has, where that is known without reading them.
  package static let classCountsName = "class_counts"
  package var classCounts: [Int]? {
    if case .list(let counts)? = facts[Self.classCountsName] { counts.compactMap(\.asInteger) } else { nil }
  }

  /// Says where it and its parts are from.
  func come(from origin: String, isKnown: Bool) {
    self.origin = origin
    isOriginKnown = isKnown
    for (name, part) in parts { part.come(from: "\(origin).\(name)", isKnown: isKnown) }
  }

  package var objectType: ObjectType { DataObject.type }
  /// What the names of the catalog's entries begin with that are methods of data sets.
  package static let methodPrefix = "Dataset."
  package static let type = ObjectType("Dataset", attributes: ["x": .init(.any), "y": .init(.any)]) { name in
    (
      "`\(name)` of a data set cannot be reached in the functions and hooks that a training calls.",
      "bind what they need before: `x = data.test.x`."
    )
  }

  package var fingerprint: String {
    if let elements = examples as? any ExampleElements { return elements.fingerprint }
    return parts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.fingerprint)" }.joined(separator: " ")
  }

  package func attribute(_ name: String) throws(MachineError) -> Value {
    if let part = parts[name] { return .object(part) }
    if let fact = facts[name] { return fact }
    if let arrays = try (examples as? any ExampleElements)?.arrays(named: name), !arrays.isEmpty {
      let values = arrays.map(Value.init(unwrapping:))
      if let names = name == "x" ? spec.inputNames : spec.targetNames { return .dict(DictValue(Array(zip(names, values)))) }
      return values.count == 1 ? values[0] : .list(values)
    }
    throw MachineError(.attribute, "`Dataset` has no attribute `\(name)`")
  }
  /// All of its elements, which must have an end; nil while only checking.
  package func elements() throws(MachineError) -> [Value]? {
    guard let elements = examples as? any ExampleElements else { return nil }
    guard let count = elements.elementCount else { throw MachineError(.type, "data without an end have no last element") }
    let element = elements.inOrder()
    var values: [Value] = []
    var memory = FreeMemory.Watch()
    for index in 0..<count {
      values.append(try element(index))
      if !memory.holds(values[index].arrayBytes) {
        throw MachineError(
          .memory, "the elements of a data set take nearly all of this machine's memory: go through them by `for`")
      }
    }
    return values
  }

  /// Whether only the run will know its elements.
  var isForecast: Bool { examples == nil }

  /// The same with its inputs and targets in another order: what stands at each place stood at these before.
  func reordered(inputs: [Int], targets: [Int]) -> DataObject {
    if inputs == Array(spec.inputs.indices), targets == Array(spec.targets.indices) { return self }
    let object = DataObject(
      spec: spec.reordered(inputs: inputs, targets: targets), parts: parts, facts: facts, laterFacts: laterFacts,
      examples: (examples as? any ExampleElements)?.reordered(inputs: inputs, targets: targets))
    (object.origin, object.isOriginKnown) = (origin, isOriginKnown)
    return object
  }

  package var description: String {
    "<Dataset of \(spec.isEndless ? "endless" : spec.count.map(String.init) ?? "?") \(spec.isBatched ? "batches" : "examples")>"
  }
}

extension Value {
  /// What an element of a data set takes, its arrays and itself.
  fileprivate var arrayBytes: Int {
    switch self {
    case .array(let array): array.rawBytes.count + 64
    case .tuple(let items), .list(let items): items.reduce(64) { $0 + $1.arrayBytes }
    default: 64
    }
  }
}

/// Data that can be gone through, an element after the other.
package protocol ExampleElements: AnyObject, Sendable {
  /// How many there are; nil without an end. It may take a pass to count them.
  var elementCount: Int? { get }
  /// What tells this data from other data.
  var fingerprint: String { get }
  /// What gives a loop its elements by number, from 0 to below `elementCount`: `x`, or a tuple of `x`, `y` and perhaps weights.
  func inOrder() -> (Int) throws(MachineError) -> Value
  /// The inputs or targets of all examples, for an attribute: one array an input or output; empty where there is none.
  func arrays(named name: String) throws(MachineError) -> [NDArray]
  /// The same with inputs and targets in another order: what stands at each place stood at these before.
  func reordered(inputs: [Int], targets: [Int]) -> any ExampleElements
}

/// Examples that lie in memory, so that looking at all of them costs little.
package protocol ExampleArrays: ExampleElements {}
