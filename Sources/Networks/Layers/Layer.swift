import Arrays
import Lambdas
import Plans
import Tensors

/// A layer of the catalog: its name and parameters, what it makes of shapes, and the operations that compute it.
///
/// A new layer is one file with a type like this, and one line in `layerTypes`.
protocol Layer: Sendable {
  static var signature: Signature { get }
  /// Other names that scripts use for it.
  static var aliases: [String] { get }
  static var abilities: Set<Ability> { get }
  /// The outputs' shapes and the weights, from arguments and inputs; shapes leave the batch out.
  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape
  /// Throws unless the layer can use a mask that a call names (`layer(x, mask=m)`); shapes leave the batch out.
  static func checkMask(_ mask: Shape, _ arguments: Arguments, on input: Shape) throws(ShapeError)
  /// What its calls take, where that is more than a tensor, or a list of those it joins.
  static var call: CallSignature? { get }
  /// Whether whole numbers reach it as they are; other layers get them as floats.
  static var takesIntegers: Bool { get }
  /// Why arguments that are each allowed cannot go together; nil if they can.
  static func conflict(_ arguments: Arguments) -> ArgumentConflict?
  /// What it carries from batch to batch beside its weights, for its first input's shape and batches of a size: names and shapes. It
  /// begins as zeros.
  func stateShapes(of input: Shape, batch: Int) -> [(name: String, shape: [Int])]
  /// Arguments that Keras's configurations hold in another form than scripts: inner layers under the names they have there.
  static func written(_ arguments: Arguments, in catalog: Catalog) -> [String: Value]
  /// Whether the mask of its first input is its output's too; other layers drop masks.
  static var passesMask: Bool { get }
  /// Whether an example's output follows from other examples of the batch too, or a batch changes what comes after it.
  static var mixesRows: Bool { get }
  /// Whether `activity_regularizer` is for what it computes on the way, so that it adds to the loss itself.
  static var regularizesItself: Bool { get }
  init(_ arguments: Arguments)
  /// How each weight begins and what it is held to, by its name.
  var weightRules: [String: WeightRules] { get }
  /// Adds the operations that compute a layer of one output: nodes are [batch, …].
  func emit(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> Node
  /// The same of a layer of several outputs, one node each.
  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node]
  /// The masks of the outputs, 1 where a position counts and 0 where not; nil where all count. Emitted after the outputs.
  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?]
}

/// A layer's place in a graph while that is built: its weights, and what is done with it.
struct LayerUse {
  /// Whether this application computes as in training.
  var isTraining: Bool
  /// Whether training changes its weights.
  let isTrainable: Bool
  let weights: [String: VariableID]
  /// The random numbers of this application in this fit.
  private(set) var stream: RandomStream
  /// The masks that the inputs of this application carry, [batch, …] of ones and zeros; nil where all positions count.
  private(set) var masks: [Node?] = []
  /// What the inputs of this application are, and what it switches on.
  private(set) var call = LayerCall()
  /// Whether the call named the first of them itself: `layer(x, mask=m)`.
  private(set) var maskIsGiven = false
  /// What the layer carries from batch to batch, by name, and what that will be after this one.
  private var states: [String: VariableID]
  private(set) var nextStates: [String: Node] = [:]
  /// What weights will be after the step, other than by the optimizer: moving averages.
  var assignments: [String: Node] = [:]
  /// What weights are from some place of the forward pass on, one value after the other: a layer may change them before it computes.
  private(set) var replacements: [String: [Node]] = [:]
  /// What the layer adds to the loss of the batch, single numbers.
  private(set) var losses: [Node] = []
  private let firstStream: RandomStream
  private var applications = 0

  init(
    isTraining: Bool, isTrainable: Bool, weights: [String: VariableID], states: [String: VariableID] = [:], stream: RandomStream
  ) {
    self.states = states
    self.isTraining = isTraining
    self.isTrainable = isTrainable
    self.weights = weights
    self.stream = stream
    firstStream = stream
  }

  /// Begins an application: each draws its own random numbers.
  mutating func begin(isTraining: Bool, masks: [Node?], call: LayerCall = LayerCall(), maskIsGiven: Bool = false) {
    self.call = call
    self.isTraining = isTraining
    self.masks = masks
    self.maskIsGiven = maskIsGiven
    stream = applications == 0 ? firstStream : firstStream.substream(applications)
    applications += 1
  }

  /// A weight as it is before the step, or has been replaced since; nil if the layer has none of that name.
  func weight(_ name: String, in graph: inout Graph) -> Node? {
    replacements[name]?.last ?? weights[name].map { graph.variable($0) }
  }

  /// Makes a node a weight's value from now on: what is computed, regularized and trained is that, and no derivative goes through it.
  mutating func replace(_ name: String, by node: Node) {
    precondition(weights[name] != nil, "a layer replaces a weight of its own: \(name)")
    replacements[name, default: []].append(node)
  }

  /// What the layer carries, as it is before this application; nil if it carries nothing of that name.
  func state(_ name: String, in graph: inout Graph) -> Node? { nextStates[name] ?? states[name].map { graph.variable($0) } }

  /// Carries a value on to the next batch.
  mutating func carry(_ node: Node, as name: String) {
    if states[name] != nil { nextStates[name] = node }
  }

  /// A weight that the layer has.
  func needed(_ name: String, in graph: inout Graph) -> Node {
    guard let node = weight(name, in: &graph) else { preconditionFailure("a layer has the weight `\(name)`") }
    return node
  }

  /// Emits an inner layer, which sees its own weights under their own names and draws random numbers of its own.
  mutating func within<Result>(
    _ inner: String, masks: [Node?]? = nil, _ emit: (inout LayerUse) -> Result
  ) -> Result {
    let prefix = inner + "/"
    func own<Element>(_ all: [String: Element]) -> [String: Element] {
      Dictionary(
        uniqueKeysWithValues: all.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    var use = LayerUse(
      isTraining: isTraining, isTrainable: isTrainable, weights: own(weights), states: own(states),
      stream: stream.substream(inner))
    use.nextStates = own(nextStates)
    use.masks = masks ?? self.masks
    use.maskIsGiven = maskIsGiven
    use.assignments = own(assignments)
    use.replacements = own(replacements)
    let result = emit(&use)
    for (name, nodes) in use.replacements { replacements[prefix + name] = nodes }
    for (name, node) in use.assignments { assignments[prefix + name] = node }
    for (name, node) in use.nextStates { nextStates[prefix + name] = node }
    losses += use.losses
    return result
  }

  /// The mask of the first input, if it is one of a sequence's steps: [batch, steps]. Of other positions it says nothing of steps.
  func stepMask(_ batch: Int, steps: Int, in graph: Graph) -> Node? {
    (masks.first ?? nil).flatMap { graph.shape(of: $0) == [batch, steps] ? $0 : nil }
  }

  /// Adds a single number to the loss of the batch, as `ActivityRegularization` does.
  mutating func addLoss(_ loss: Node) { losses.append(loss) }

  /// Moves a weight towards a value: `weight · momentum + value · (1 − momentum)`; a layer applied twice moves it twice.
  mutating func move(_ name: String, towards value: Node, momentum: Double, in graph: inout Graph) {
    guard let current = assignments[name] ?? weight(name, in: &graph) else { return }
    assignments[name] = graph.add(graph.multiply(current, by: momentum), graph.multiply(value, by: 1 - momentum))
  }
}

extension Layer {
  static var aliases: [String] { [] }
  static var abilities: Set<Ability> { [] }
  static var call: CallSignature? { nil }
  static var takesIntegers: Bool { false }
  static func conflict(_ arguments: Arguments) -> ArgumentConflict? { nil }
  static var passesMask: Bool { false }
  static func written(_ arguments: Arguments, in catalog: Catalog) -> [String: Value] { [:] }
  func stateShapes(of input: Shape, batch: Int) -> [(name: String, shape: [Int])] { [] }
  static var mixesRows: Bool { false }
  static var regularizesItself: Bool { false }
  var weightRules: [String: WeightRules] { [:] }

  func emitAll(_ inputs: [Node], into graph: inout Graph, _ use: inout LayerUse) -> [Node] {
    [emit(inputs, into: &graph, &use)]
  }

  func emitMasks(_ inputs: [Node], outputs: [Node], into graph: inout Graph, _ use: LayerUse) -> [Node?] {
    outputs.map { _ in Self.passesMask ? use.masks.first ?? nil : nil }
  }

  /// What the catalog says of the layer.
  static var entry: Entry {
    Entry(
      .layer, signature, aliases: aliases, conflict: conflict,
      .layer { arguments, inputs throws(ShapeError) in
        let shape = try shape(arguments, inputs)
        try check(shape, arguments)
        return shape
      }, abilities: abilities, call: call, checkMask: checkMask,
      callOnValues: self is any ValueLayer.Type ? outputOfValues : nil)
  }

  /// Throws where a weight or the output has not the shape that its initializer, regularizer or constraint needs.
  private static func check(_ shape: LayerShape, _ arguments: Arguments) throws(ShapeError) {
    let rules = shape.weights.isEmpty ? [:] : Self(arguments).weightRules
    for weight in shape.weights {
      guard let problem = rules[weight.name]?.problem(with: weight.shape) else { continue }
      let size = Shape(weight.shape.map { $0 }).description
      throw ShapeError("cannot make its `\(weight.name)` of \(size): \(problem)")
    }
    let output = [2] + shape.output.shape.dimensions.map { $0 ?? 2 }  // a batch of some size
    if !regularizesItself, let problem = ActivityRegularizer.of(arguments)?.problem(with: output) {
      throw ShapeError("gives \(shape.output.shape.description) for each example: \(problem)")
    }
  }
}

/// Every layer of the catalog.
let layerTypes: [any Layer.Type] = [
  InputLayer.self, Lambda.self,
  Dense.self, EinsumDense.self, Embedding.self, Identity.self, Masking.self,
  Flatten.self, Reshape.self, Permute.self, RepeatVector.self,
  Add.self, Subtract.self, Multiply.self, Average.self, Maximum.self, Minimum.self, Concatenate.self, Dot.self,
  MultiHeadAttention.self, GroupQueryAttention.self, DotAttention.self, AdditiveAttention.self,
  ActivationLayer.self, ReLU.self, LeakyReLU.self, PReLU.self, ELU.self, Softmax.self,
  Dropout.self, AlphaDropout.self, GaussianDropout.self, GaussianNoise.self,
  SpatialDropout1D.self, SpatialDropout2D.self, SpatialDropout3D.self, ActivityRegularization.self,
  BatchNormalization.self, LayerNormalization.self, GroupNormalization.self, UnitNormalization.self, RMSNormalization.self,
  Normalization.self, Rescaling.self,
  Conv1D.self, Conv2D.self, Conv3D.self, DepthwiseConv1D.self, DepthwiseConv2D.self, SeparableConv1D.self, SeparableConv2D.self,
  Conv1DTranspose.self, Conv2DTranspose.self, Conv3DTranspose.self,
  SimpleRNN.self, LSTM.self, GRU.self, RNN.self, ConvLSTM1D.self, ConvLSTM2D.self, ConvLSTM3D.self, Bidirectional.self,
  TimeDistributed.self, SpectralNormalization.self,
  SimpleRNNCell.self, LSTMCell.self, GRUCell.self, StackedRNNCells.self,
  MaxPooling1D.self, MaxPooling2D.self, MaxPooling3D.self, AveragePooling1D.self, AveragePooling2D.self, AveragePooling3D.self,
  GlobalMaxPooling1D.self, GlobalMaxPooling2D.self, GlobalMaxPooling3D.self,
  GlobalAveragePooling1D.self, GlobalAveragePooling2D.self, GlobalAveragePooling3D.self,
  AdaptiveMaxPooling1D.self, AdaptiveMaxPooling2D.self, AdaptiveMaxPooling3D.self,
  AdaptiveAveragePooling1D.self, AdaptiveAveragePooling2D.self, AdaptiveAveragePooling3D.self,
  ZeroPadding1D.self, ZeroPadding2D.self, ZeroPadding3D.self, Cropping1D.self, Cropping2D.self, Cropping3D.self,
  UpSampling1D.self, UpSampling2D.self, UpSampling3D.self, Resizing.self, CenterCrop.self,
  RandomFlip.self, RandomRotation.self, RandomZoom.self, RandomTranslation.self, RandomShear.self, RandomCrop.self,
  RandomContrast.self, RandomBrightness.self, RandomGrayscale.self, RandomInvert.self, RandomColorDegeneration.self,
  RandomSaturation.self, RandomHue.self, RandomPosterization.self, Solarization.self, AutoContrast.self,
  RandomSharpness.self, RandomGaussianBlur.self, RandomErasing.self, RandomColorJitter.self, Equalization.self,
  RandomPerspective.self, RandomElasticTransform.self,
  CategoryEncoding.self, Discretization.self, Hashing.self, HashedCrossing.self, IntegerLookup.self, StringLookup.self,
  TextVectorization.self,
]

/// The layer that an object of the script stands for.
func makeLayer(_ configured: Configured) -> any Layer {
  // A vocabulary is not read anew at each call.
  guard configured.entry.abilities.contains(.takesValues) else { return makeLayer(configured.entry, configured.arguments) }
  return configured.made { makeLayer(configured.entry, configured.arguments) }
}

/// What the names in arguments of layers stand for.
private let ownCatalog = Catalog([networkEntries])

/// The arguments of a layer as Keras's configurations hold them.
package func writtenArguments(of layer: Configured) -> Arguments {
  let changed = layerTypesByName[layer.entry.name]?.written(layer.arguments, in: ownCatalog) ?? [:]
  guard !changed.isEmpty else { return layer.arguments }
  return Arguments(layer.arguments.values.merging(changed) { $1 }, given: layer.arguments.given)
}

/// The layer of an entry with arguments.
func makeLayer(_ entry: Entry, _ arguments: Arguments) -> any Layer {
  guard let type = layerTypesByName[entry.name] else {
    preconditionFailure("every layer entry of the catalog is made from `layerTypes`")
  }
  return type.init(arguments)
}

/// The type behind a layer of the catalog; nil for a model that stands for one.
func layerType(of configured: Configured) -> (any Layer.Type)? { layerTypesByName[configured.entry.name] }
private let layerTypesByName = Dictionary(uniqueKeysWithValues: layerTypes.map { ($0.signature.name, $0) })

/// The one input of a layer that takes one.
func onlyInput(_ inputs: [TensorSpec]) throws(ShapeError) -> TensorSpec {
  guard inputs.count == 1 else { throw ShapeError("takes one input, but gets \(inputs.count)") }
  return inputs[0]
}
