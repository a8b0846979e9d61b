import Arrays
import Lambdas

/// A layer, or a model that is a row of layers, where a function of the script names it that a data set calls: `ds.map(lambda x, y: (augment(x), y))`.
///
/// In the check it gives zeros of the right shapes.
final class LayerFunction: ObjectValue {
  private let layers: [Configured]
  /// What the data set calls the function with: single examples go through the layers as batches of one.
  private let elements: FunctionType.Elements
  /// Nil while only checking.
  private let chain: (any LayerChain)?

  init(_ layers: [Configured], on elements: FunctionType.Elements, _ chain: (any LayerChain)?) {
    self.layers = layers
    self.elements = elements
    self.chain = chain
  }

  static let type = ObjectType(
    "Layer",
    methods: [
      ObjectType.callMethod: FunctionType([.init("inputs", .any), .init("training", .any, isOptional: true)], returns: .any)
    ], absence: absence)

  /// What layers and models do elsewhere, and not for each element.
  @Sendable private static func absence(of name: String) -> (reason: String, hint: String)? {
    let hint: String
    switch name {
    case "predict", "predict_on_batch", "call": hint = "call the model, or the layer, itself: `net(x)`."
    case "set_weights", "adapt", "load_weights", "assign", "reset_states": hint = "do it before the data set is gone through."
    case "fit", "evaluate", "compile", "train_on_batch", "test_on_batch", "save", "summary":
      hint = "write it outside of the function."
    default: return nil
    }
    return ("`\(name)` is not there in functions of data sets, which are called for elements in any order.", hint)
  }

  var objectType: ObjectType { Self.type }
  var description: String { layers.map(\.planText).joined(separator: ", ") }
  var fingerprint: String { chain?.fingerprint ?? description }
  var drawsRandomNumbers: Bool { layers.contains { $0.entry.abilities.contains(.disturbs) } }
  var mayChange: Bool { !layers.allSatisfy { $0.entry.abilities.contains(.disturbs) || Self.weightless.contains($0.entry.name) } }

  /// Of layers that compute each number of an example by itself, or from few of its others, the same kernels serve one and many.
  var keepsExamplesApart: Bool { layers.allSatisfy { Self.apart.contains($0.entry.name) } }
  private static let apart: Set<String> = weightless.subtracting(["Resizing"]).union(["Normalization"])
  /// Some layers that compute with their arguments alone.
  private static let weightless: Set<String> = ["Rescaling", "Resizing", "CenterCrop", "Flatten", "Reshape", "Permute"]

  func call(_ arguments: [Value], on machine: Machine) throws(MachineError) -> Value {
    let isTraining: Bool?
    switch arguments.count > 1 ? arguments[1] : .none {
    case .none: isTraining = nil
    case .bool(let flag): isTraining = flag
    case .array, .list, .tuple: throw .init(.type, "`\(name)` takes one input in functions of data sets, and `training`")
    default: throw .init(.type, "`training` is True or False")
    }
    if isTraining == true, let layer = layers.first(where: \.learnsWhenCalled) {
      throw .init(
        .value,
        "`\(layer.shownClassName)` changes its weights when it is called with `training=True`, and elements are made in any order"
      )
    }
    for layer in layers where layer.lacksVocabulary {
      throw .init(.runtime, "`\(layer.entry.name)` has no vocabulary yet: \(Configured.vocabularyHint)")
    }
    if layers.count == 1, let call = layers[0].entry.callOnValues { return try output(of: layers[0], call, arguments[0]) }
    var inputs = try self.inputs(arguments[0])
    var isSingle = elements == .examples && !machine.takesBatches
    // A function may make a batch of an example itself.
    if isSingle, inputs.allSatisfy({ $0.rank > 0 }), !fits(inputs.map(\.shape)), fits(inputs.map { Array($0.shape.dropFirst()) })
    {
      isSingle = false
    }
    do throws(ArrayError) {
      if isSingle { inputs = try inputs.map { input throws(ArrayError) in try input.reshaped([1] + input.shape) } }
    } catch {
      throw MachineError(error)
    }
    if inputs.contains(where: { $0.rank == 0 }) {
      throw .init(.value, "`\(name)` is called on batches here, and a number has no axis of examples")
    }
    guard let count = inputs.first?.shape.first, inputs.allSatisfy({ $0.shape.first == count }) else {
      throw .init(.value, "`\(name)` is called on arrays with different numbers of examples")
    }
    var outputs = try outputs(of: inputs, count: count, isTraining: isTraining, on: machine)
    do throws(ArrayError) {
      if isSingle { outputs = try outputs.map { output throws(ArrayError) in try output.squeezed([0]) } }
    } catch {
      throw MachineError(error)
    }
    let values = outputs.map(Value.init(unwrapping:))
    return values.count == 1 ? values[0] : .list(values)
  }

  /// What a layer of words and whole numbers makes of values as they are. In the check it is tried, as far as it knows enough for that.
  private func output(
    of layer: Configured, _ call: Entry.ValueCall, _ values: Value
  ) throws(MachineError) -> Value {
    if chain != nil { return try call(layer, values) }
    if layer.isForecast { throw unknown }
    do throws(MachineError) { return try call(layer, values) } catch { throw layer.awaitsLearning ? unknown : error }
  }

  /// A failure of this kind tells the check nothing: only the run knows what comes out.
  private var unknown: MachineError { .init(.budget, "what `\(name)` gives is known in the run") }

  private var name: String { layers.first?.shownClassName ?? "Sequential" }

  private func outputs(
    of inputs: [NDArray], count: Int, isTraining: Bool?, on machine: Machine
  ) throws(MachineError) -> [NDArray] {
    let specs: [TensorSpec]?
    do throws(ShapeError) {
      specs = try self.specs(of: inputs.map { TensorSpec(Shape($0.shape.dropFirst().map { $0 }), $0.layerType) })
    } catch { throw .init(.value, "`\(name)` \(error.problem)") }
    guard let chain else {
      guard let specs else { throw unknown }
      var made: [NDArray] = []
      for spec in specs {
        let shape = [count] + spec.shape.dimensions.map { $0 ?? -1 }
        guard !shape.contains(-1), NDArray.fitsMemory(spec.type, shape: shape) else { throw unknown }
        made.append(NDArray(spec.type, shape: shape))
      }
      return made
    }
    // 48 bits, which the run keeps as a double.
    let draw = drawsRandomNumbers ? Int(machine.random.nextPair().0 >> 16) : 0
    do throws(Failure) { return try chain.outputs(of: inputs, isTraining: isTraining, draw: draw) } catch {
      throw .init(.failure, error.message)
    }
  }

  private func fits(_ shapes: [[Int]]) -> Bool {
    (try? specs(of: shapes.map { TensorSpec(Shape($0.map { $0 }), .float32) })) != nil
  }

  /// What comes out of the last layer; nil where that does not follow from what goes in.
  private func specs(of inputs: [TensorSpec]) throws(ShapeError) -> [TensorSpec]? {
    var specs = inputs
    for layer in layers {
      guard case .layer(let rule) = layer.entry.meaning, layer.missing.isEmpty, !layer.entry.abilities.contains(.takesValues),
        !layer.entry.abilities.contains(.isFollowed)
      else { return nil }
      specs = try rule(layer.arguments, specs).outputs
    }
    return specs
  }

  /// One array, or those that a merging layer takes.
  private func inputs(_ value: Value) throws(MachineError) -> [NDArray] {
    switch value {
    case .tuple(let parts), .list(let parts):
      guard layers.first?.entry.abilities.contains(.merges) == true else { fallthrough }
      var arrays: [NDArray] = []
      for part in parts { arrays.append(try array(of: part)) }
      return arrays
    default: return [try array(of: value)]
    }
  }

  private func array(of value: Value) throws(MachineError) -> NDArray {
    guard let texts = Operations.makeTexts(value) else { return try Operations.makeArray(value) }
    if layers.first?.entry.callOnValues == nil { throw .init(.type, "`\(name)` \(ShapeError.texts.problem)") }
    return texts
  }
}

extension Configured {
  /// Whether it keeps averages of what it is called on while training.
  fileprivate var learnsWhenCalled: Bool {
    holdsInside { ["BatchNormalization", "SpectralNormalization"].contains($0.entry.name) }
  }
}

extension NDArray {
  /// As which type it enters a layer.
  fileprivate var layerType: ElementType { type == .string ? .string : type.isInteger ? .int64 : .float32 }
}
