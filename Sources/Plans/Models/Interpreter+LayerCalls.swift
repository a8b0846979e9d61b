import Arrays
import Diagnostics
import Lambdas
import Syntax

/// Layers and models that are called on values instead of on tensors of a model: `layer(["a", "b"])`, `net(x)`.
extension Interpreter {
  /// What a layer or model makes of arrays: an array. In the check only its type.
  func compute(_ layer: LayerReference, on meaning: Meaning, at range: SourceRange, argument: SourceRange) throws(Interruption)
    -> Meaning
  {
    switch layer {
    case .model(let model, _): return try predict(with: model, on: meaning, at: range, argument: argument)
    case .layer(let configured):
      var meaning = meaning
      noteBuilt(configured)
      if configured.entry.abilities.contains(.isFollowed) {
        if meaning.arraySpecs == nil, let array = meaning.value.flatMap({ try? Operations.makeArray($0) }) {
          meaning = .known(.array(array))
        }
        guard let specs = meaning.arraySpecs else { return .unknown(.array(nil, shape: nil)) }
        let isList = if case .array = meaning.type { false } else { true }
        switch try follow(configured, on: specs, asList: isList, at: range) {
        case .known: break
        case .failed: return .poisoned
        case .open: return .unknown(.array(nil, shape: nil))
        }
      }
      if configured.lacksVocabulary {
        report(.noVocabulary(configured.entry.name, at: range, made: configured.range))
        return .poisoned
      }
      guard let world else {
        checkShape(of: configured, on: meaning, at: range)
        return .unknown(configured.valueType(on: meaning))
      }
      guard let value = meaning.value else { return .unknown(.any) }
      do { return .known(try world.apply(configured, of: state.owners[layer.identity], to: value)) } catch {
        throw .failure(error.placed(at: range))
      }
    }
  }

  /// Tells a layer that cannot take arrays of these shapes, as far as they are known.
  private func checkShape(of layer: Configured, on meaning: Meaning, at range: SourceRange) {
    guard case .layer(let rule) = layer.entry.meaning, !layer.entry.abilities.contains(.takesValues) else { return }
    guard let specs = meaning.arraySpecs else {
      if meaning.textSpec != nil { report(.impossibleShape(layer.entry.name, .texts, at: range, inputs: [])) }
      return
    }
    do { _ = try rule(layer.arguments, specs) } catch {
      report(.impossibleShape(layer.entry.name, error, at: range, inputs: []))
    }
  }

  private func predict(with model: ModelObject, on meaning: Meaning, at range: SourceRange, argument: SourceRange)
    throws(Interruption) -> Meaning
  {
    try perform(
      .predict, .object(model), data: meaning, dataRange: argument,
      [GivenArgument(Name("verbose", range), .known(.integer(0)), range)], callbacksBlock: nil, at: range, model: range)
  }
}

extension Meaning {
  /// Whether it is data rather than tensors of a model: an array, or a list of arrays, numbers or strings.
  var holdsArrays: Bool {
    switch self {
    case .known(.array), .unknown(.array): true
    case .known(.list(let parts)), .known(.tuple(let parts)): !parts.isEmpty && parts.allSatisfy(\.isData)
    case .unknown(.list(let element)), .unknown(.tupleOf(let element)): element.isData
    case .unknown(.tuple(let parts)): !parts.isEmpty && parts.allSatisfy(\.isData)
    case .list(let parts), .tuple(let parts):
      !parts.isEmpty && parts.allSatisfy { $0.holdsArrays || ($0.value?.isData ?? $0.type.isData) }
    case .known, .unknown, .poisoned: false
    }
  }

  /// Whether it, or an element of it, may be anything.
  var holdsUnknown: Bool {
    switch self {
    case .unknown(.any): true
    case .list(let parts), .tuple(let parts): parts.contains(where: \.holdsUnknown)
    case .unknown(.list(let element)), .unknown(.tupleOf(let element)): element == .any
    default: false
    }
  }

  /// A list of texts, or a text, as an array is known by its shape; nil where it is none.
  var textSpec: (count: Int?, spec: TensorSpec)? {
    let known = value.flatMap(Operations.makeTexts)
    guard let shape = known?.shape.map({ $0 }) ?? type.textRank.map({ Array(repeating: nil, count: $0) }) else { return nil }
    return (shape.first ?? nil, TensorSpec(Shape(Array(shape.dropFirst())), .string))
  }

  /// The shapes that arrays have without their first axis: of one array, or of each of a list; nil where too little is known.
  var arraySpecs: [TensorSpec]? {
    switch type {
    case .array(let type, let shape?) where !shape.isEmpty: [TensorSpec(Shape(Array(shape.dropFirst())), type ?? .float32)]
    default:
      elements.flatMap { parts in
        let specs = parts.compactMap { part -> TensorSpec? in
          guard case .array(let type, let shape?) = part.type, !shape.isEmpty else { return nil }
          return TensorSpec(Shape(Array(shape.dropFirst())), type ?? .float32)
        }
        return !specs.isEmpty && specs.count == parts.count ? specs : nil
      }
    }
  }
}

extension Value {
  fileprivate var isData: Bool {
    switch self {
    case .array, .integer, .float, .string, .bool: true
    case .list(let parts), .tuple(let parts): !parts.isEmpty && parts.allSatisfy(\.isData)
    default: false
    }
  }
}

extension ValueType {
  fileprivate var isData: Bool {
    switch self {
    case .array, .integer, .float, .string, .bool: true
    case .list(let element), .tupleOf(let element): element.isData
    case .tuple(let parts): !parts.isEmpty && parts.allSatisfy(\.isData)
    default: false
    }
  }
}

extension Configured {
  /// What the layer gives for values: an array, its shape where the layer's rule tells it.
  fileprivate func valueType(on meaning: Meaning) -> ValueType {
    guard case .layer(let rule) = entry.meaning else { return .array(nil, shape: nil) }
    if let (count, spec) = meaning.textSpec, let shape = try? rule(arguments, [spec]), !shape.awaitsLearning {
      let isAlone = meaning.type.textRank == 0
      return .array(shape.output.type, shape: (isAlone ? [] : [count]) + shape.output.shape.dimensions)
    }
    guard !entry.abilities.contains(.takesValues), let specs = meaning.arraySpecs,
      let shape = try? rule(arguments, specs), case .array(_, let given?) = meaning.type
    else { return .array(nil, shape: nil) }
    return .array(shape.output.type, shape: [given[0]] + shape.output.shape.dimensions)
  }
}
