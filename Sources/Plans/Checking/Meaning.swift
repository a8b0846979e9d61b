import Diagnostics
import Lambdas

/// What is known of an expression's value: the value itself, or before the run its type.
package indirect enum Meaning: Sendable {
  case known(Value)
  case unknown(ValueType)
  /// A list or tuple of which some elements are known only by type.
  case list([Meaning])
  case tuple([Meaning])
  /// A mistake here has been told; whatever follows from it stays silent.
  case poisoned

  /// The value, where all of it is known.
  package var value: Value? {
    if case .known(let value) = self { value } else { nil }
  }

  package var isPoisoned: Bool {
    switch self {
    case .poisoned: true
    case .list(let parts), .tuple(let parts): parts.contains(where: \.isPoisoned)
    case .known, .unknown: false
    }
  }

  /// The type, as exact as it is known.
  package var type: ValueType {
    switch self {
    case .known(let value): ValueType(of: value)
    case .unknown(let type): type
    case .list(let parts): .list(ValueType.oneOf(parts.map(\.type)))
    case .tuple(let parts): .tuple(parts.map(\.type))
    case .poisoned: .any
    }
  }

  /// The host object it is, if it is a known one of that class.
  package func object<Object: ObjectValue>(_: Object.Type = Object.self) -> Object? {
    if case .known(.object(let object)) = self { object as? Object } else { nil }
  }

  /// The elements of a list or tuple, known or not; nil for anything else.
  var elements: [Meaning]? {
    switch self {
    case .known(.list(let values)), .known(.tuple(let values)): values.map(Meaning.known)
    case .list(let parts), .tuple(let parts): parts
    case .unknown(.tuple(let types)): types.map(Meaning.unknown)
    case .unknown(.object(let type)) where type.name == ScoresObject.typeName:
      type.attributes.keys.map { _ in .unknown(type.element ?? .any) }
    default: nil
    }
  }

  /// Whether parts that are not known lie in others more than `depth` deep.
  func isDeeper(than depth: Int) -> Bool {
    switch self {
    case .list(let parts), .tuple(let parts): depth == 0 || parts.contains { $0.isDeeper(than: depth - 1) }
    default: false
    }
  }

  /// Whether it may be gone through.
  var isIterable: Bool {
    if type.isData { return true }
    if case .known(.object(let object)) = self { return (try? object.elements()) != nil }
    return type.elementType != nil
  }

  /// A list of these elements, known where all of them are.
  static func makeList(_ parts: [Meaning]) -> Meaning {
    let values = parts.compactMap(\.value)
    return values.count == parts.count ? .known(.list(values)) : .list(parts)
  }

  static func makeTuple(_ parts: [Meaning]) -> Meaning {
    let values = parts.compactMap(\.value)
    return values.count == parts.count ? .known(.tuple(values)) : .tuple(parts)
  }

  /// A dict of texts; of what is not known wholly the type alone.
  static func makeDict(_ entries: [(name: String, meaning: Meaning)]) -> Meaning {
    if entries.contains(where: \.meaning.isPoisoned) { return .poisoned }
    let known = entries.compactMap { entry in entry.meaning.value.map { (entry.name, $0) } }
    guard known.count == entries.count else {
      return .unknown(.dict(key: .string, value: .oneOf(entries.map(\.meaning.type))))
    }
    return .known(.dict(DictValue(known)))
  }

  static func string(_ text: String) -> Meaning { .known(.string(text)) }
  static func object(_ object: any ObjectValue) -> Meaning { .known(.object(object)) }
  static let none = Meaning.known(.none)

  /// What is known where either may be: after an `if` whose condition is a run value.
  func joined(with other: Meaning) -> Meaning {
    switch (self, other) {
    case (.poisoned, _), (_, .poisoned): return .poisoned
    case (.known(let a), .known(let b)) where a.isSame(as: b): return self
    default: return .unknown(ValueType.oneOf([type, other.type]))
    }
  }
}

extension ValueType {
  /// Whether it is that of data sets.
  fileprivate var isData: Bool { if case .object(let type) = self { type === DataObject.type } else { false } }
}

extension Value {
  /// Whether two values cannot be told apart: equal scalars of one type, or the same object. Collections are compared element by element.
  func isSame(as other: Value) -> Bool {
    switch (self, other) {
    case (.none, .none), (.ellipsis, .ellipsis): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.float(let a), .float(let b)): a == b || (a.isNaN && b.isNaN)
    case (.string(let a), .string(let b)): a == b
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
    case (.range(let a), .range(let b)): a == b
    case (.object(let a), .object(let b)): a === b
    case (.array(let a), .array(let b)): a.storage === b.storage && a.shape == b.shape
    case (.function(let a), .function(let b)): a === b
    default: false
    }
  }
}
