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
  /// `inputCount` says how many inputs the model has, so that a list of arrays is told from a list of numbers.
  func readData(_ meaning: Meaning, inputCount: Int, at range: SourceRange) -> KnownData {
    if meaning.isPoisoned { return .poisoned }
    if let data = meaning.object(DataObject.self) {
      return .known(RunData(spec: data.spec, content: data.examples == nil && isChecking ? .forecast : .dataset(data)))
    }
    if case .unknown(let type) = meaning {
      if case .array = type { return readArrays([meaning], inputCount: inputCount, at: range) }
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
      return readArrays(parts, inputCount: inputCount, at: range)
    case .known(.array), .known(.list), .list, .known(.dict): return readArrays([meaning], inputCount: inputCount, at: range)
    default:
      report(.notData(meaning.shownText, at: range))
      return .poisoned
    }
  }

  private func readArrays(_ parts: [Meaning], inputCount: Int, at range: SourceRange) -> KnownData {
    func group(_ meaning: Meaning, allowsSeveral: Bool) -> [Meaning] {
      if case .known(.dict(let dict)) = meaning { return dict.values.map(Meaning.known) }
      if allowsSeveral, let items = meaning.elements, items.contains(where: { if case .array = $0.type { true } else { false } })
      {
        return items
      }
      return [meaning]
    }
    let inputs = group(parts[0], allowsSeveral: true)
    let targets = parts.count > 1 && parts[1].value?.isNone != true ? group(parts[1], allowsSeveral: true) : []
    let weights = parts.count > 2 && parts[2].value?.isNone != true ? [parts[2]] : []

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
          values.append(.array(array))
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
      isKnown ? .arrays(inputs: arrays[0], targets: arrays[1], sampleWeight: arrays[2].first) : .forecast
    return .known(RunData(spec: spec, content: content))
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
      guard let array = try? Operations.makeArray(value) else { return .nothing }
      return .array(array)
    case .unknown(.array(let type, let shape)): return .type(type, shape)
    case .unknown(let type):
      if case .any = type { return .unknown }
      return Admitter.couldBe(type, .array) ? .unknown : .nothing
    case .list, .tuple: return .unknown
    case .poisoned: return .unknown
    }
  }
}
