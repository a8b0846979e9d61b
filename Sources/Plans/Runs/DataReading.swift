import Arrays
import Diagnostics
import Lambdas

/// What is known of the data of a run.
enum KnownData {
  case known(RunData)
  /// Arrays of which too little is known before the run.
  case unknown
  case poisoned
}

extension Interpreter {
  /// Reads DATA: a data set, an array, a pair `(x, y)` or a triple `(x, y, sample_weight)`.
  ///
  /// Several inputs or targets are a list or tuple in the model's order, or a dict by the names of its inputs and outputs.
  func readData(_ meaning: Meaning, for model: ModelObject, at range: SourceRange) -> KnownData {
    if meaning.isPoisoned { return .poisoned }
    if let data = meaning.object(DataObject.self) {
      guard let data = inOrder(data, of: model, at: range) else { return .poisoned }
      return .known(RunData(spec: data.spec, content: .dataset(data)))
    }
    if case .unknown(let type) = meaning {
      if type.isArrayOrRecord || type.textRank ?? 0 > 0 { return readArrays([meaning], for: model, at: range) }
      if Admitter.couldBe(type, .data) {
        if case .tuple = type {} else { return .unknown }
      } else {
        report(.notData(type.description, at: range))
        return .poisoned
      }
    }
    if case .known(.object) = meaning {
      report(.notData(meaning.shownText, at: range))
      return .poisoned
    }
    switch meaning {
    case .known(.tuple), .tuple, .unknown(.tuple):
      let parts = meaning.elements ?? []
      guard (1...3).contains(parts.count) else {
        report(.dataParts(parts.count, at: range))
        return .poisoned
      }
      return readArrays(parts, for: model, at: range)
    case .known(.array), .known(.list), .list, .known(.dict): return readArrays([meaning], for: model, at: range)
    default:
      report(.notData(meaning.shownText, at: range))
      return .poisoned
    }
  }

  /// Data whose inputs or targets have names, in the model's order; nil after telling a name that is missing or unknown.
  private func inOrder(_ data: DataObject, of model: ModelObject, at range: SourceRange) -> DataObject? {
    guard model.hasPlan else { return data }
    func order(_ given: [String]?, _ names: [String], _ count: Int, of what: String) -> [Int]? {
      guard let given, !names.isEmpty else { return Array(0..<count) }
      guard holds(given, all: names, of: what, at: range) else { return nil }
      return names.compactMap { given.firstIndex(of: $0) }
    }
    guard let inputs = order(data.spec.inputNames, model.plan.inputNames, data.spec.inputs.count, of: "input"),
      let targets = order(data.spec.targetNames, model.plan.outputNames, data.spec.targets.count, of: "output")
    else { return nil }
    return data.reordered(inputs: inputs, targets: targets)
  }

  private func readArrays(_ parts: [Meaning], for model: ModelObject, at range: SourceRange) -> KnownData {
    let (inputNames, outputNames) = model.hasPlan ? (model.plan.inputNames, model.plan.outputNames) : ([], [])
    let weighs = parts.count > 2 && parts[2].value?.isNone != true
    guard let inputs = group(parts[0], names: inputNames, of: "input", at: range),
      let targets = parts.count > 1 && parts[1].value?.isNone != true
        ? group(parts[1], names: outputNames, of: "output", at: range) : [],
      let weights = weighs ? group(parts[2], names: outputNames, of: "output", at: range) : []
    else { return .poisoned }

    var arrays: [[Value]] = []
    var specs: [[TensorSpec]] = []
    var counts: [(what: String, count: Int)] = []
    var isKnown = true
    for (what, group) in [("x", inputs), ("y", targets), ("sample_weight", weights)] {
      var values: [Value] = []
      var shapes: [TensorSpec] = []
      for part in group {
        switch arrayOf(part, at: range) {
        case .array(let array):
          values.append(array.type == .string ? part.value ?? .none : .array(array))
          guard let count = array.shape.first else {
            report(.notData("a single number", at: range))
            return .poisoned
          }
          shapes.append(TensorSpec(Shape(array.shape.dropFirst().map { $0 }), array.type))
          counts.append((what, count))
        case .type(let type, let shape):
          isKnown = false
          guard let shape, !shape.isEmpty else { return .unknown }
          shapes.append(TensorSpec(Shape(Array(shape.dropFirst())), type ?? .float32))
          if let count = shape[0] { counts.append((what, count)) }
        case .nothing:
          report(.notData(part.shownText, at: range))
          return .poisoned
        case .unknown: return .unknown
        }
      }
      arrays.append(values)
      specs.append(shapes)
    }
    if let first = counts.first, let other = counts.first(where: { $0.count != first.count }) {
      report(.exampleCounts(first, other, at: range))
      return .poisoned
    }
    let spec = DataSpec(
      count: counts.first?.count, inputs: specs[0], targets: specs[1], hasSampleWeights: !weights.isEmpty,
      classCount: nil)
    let content: RunData.Content =
      isKnown ? .arrays(inputs: arrays[0], targets: arrays[1], sampleWeights: arrays[2]) : .forecast
    return .known(RunData(spec: spec, content: content))
  }

  /// The arrays of one part of the data: one alone, those of a list or tuple, or those of a dict in the order of the names; nil
  /// after telling a name that is missing or unknown.
  func group(_ meaning: Meaning, names: [String], of what: String, at range: SourceRange) -> [Meaning]? {
    if case .known(.dict(let dict)) = meaning {
      guard !names.isEmpty else { return dict.values.map(Meaning.known) }
      guard holds(dict.keys.map { $0.asString ?? Operations.representation($0) }, all: names, of: what, at: range) else {
        return nil
      }
      return names.compactMap { dict[.string($0)].map(Meaning.known) }
    }
    if case .unknown(.record(let record)) = meaning {
      guard !names.isEmpty else { return record.names.map { .unknown(record.fields[$0]?.type ?? .any) } }
      guard holds(record.names, all: names, of: what, at: range) else { return nil }
      return names.map { .unknown(record.fields[$0]?.type ?? .any) }
    }
    guard let items = meaning.elements, items.contains(where: { if case .array = $0.type { true } else { false } }) else {
      return [meaning]
    }
    return items
  }

  /// Whether a dict names exactly a model's inputs or outputs; tells the first name that is unknown or missing.
  func holds(_ given: [String], all names: [String], of what: String, at range: SourceRange) -> Bool {
    for name in given where !names.contains(name) {
      report(.unknownArrayName(name, what, names: names, at: range, nearest: Spelling.nearest(to: name, among: names)))
      return false
    }
    for name in names where !given.contains(name) {
      report(.missingArrayName(name, what, at: range))
      return false
    }
    return true
  }

  private enum ArrayReading {
    case array(NDArray)
    case type(ElementType?, [Int?]?)
    case unknown, nothing
  }

  private func arrayOf(_ meaning: Meaning, at range: SourceRange) -> ArrayReading {
    switch meaning {
    case .known(.array(let array)): return .array(array)
    case .known(let value):
      switch value {
      case .list, .tuple, .range: break
      default: return .nothing
      }
      guard let array = Operations.makeTexts(value) ?? (try? Operations.makeArray(value)) else { return .nothing }
      return .array(array)
    case .unknown(.array(let type, let shape)): return .type(type, shape)
    case .unknown(let type):
      if case .any = type { return .unknown }
      if let rank = type.textRank { return .type(.string, Array(repeating: nil, count: rank)) }
      return Admitter.couldBe(type, .array) ? .unknown : .nothing
    case .list, .tuple: return .unknown
    case .poisoned: return .unknown
    }
  }
}

extension ValueType {
  /// Whether its parts are known though its values are not: an array, or a dict with known keys.
  fileprivate var isArrayOrRecord: Bool {
    switch self {
    case .array, .record: true
    default: false
    }
  }
}
