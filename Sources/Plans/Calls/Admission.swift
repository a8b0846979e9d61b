import Arrays
import Diagnostics
import Lambdas

/// Whether an argument may stand where a parameter of some kind is, and what it then is: names of entries become objects,
/// 0 and 1 become bools.
enum Admission {
  case accepted(Meaning)
  case rejected(Rejection)

  /// Why not. The later a case, the more it says, so that of several alternatives the last one is told.
  enum Rejection {
    case wrongType
    case outOfRange
    /// A string that is none of the choices; the nearest one, if any is near.
    case unknownChoice(String, nearest: String?)
    case unknownEntry(String, Role, nearest: String?)
    /// `activation=Dense(3)`.
    case wrongRole(found: Entry, Role)
    /// An element of a list or dict.
    indirect case element(Meaning, ArgumentKind, Rejection)
    /// The finding has been made where the mistake is.
    case told

    fileprivate var weight: Int {
      switch self {
      case .wrongType: 0
      case .outOfRange: 2
      case .element(_, _, let inner): max(inner.weight, 1)  // a list was meant
      case .wrongRole: 1
      case .unknownEntry(_, _, nil): 0
      case .unknownChoice, .unknownEntry: 3
      case .told: 4
      }
    }
  }
}

/// Judges arguments by their kind. `make` gives the object of an entry with its defaults; `compile` a function for a type.
struct Admitter {
  let catalog: Catalog
  /// Makes `"relu"` the object it names; nil if the entry wants arguments.
  let make: (Entry) -> Configured?
  /// Compiles a function of the script for what it will be called with; nil if that was told to be wrong.
  let compile: (ScriptFunction, FunctionType) -> Meaning?

  func admit(_ meaning: Meaning, as kind: ArgumentKind) -> Admission {
    switch meaning {
    case .poisoned: .rejected(.told)
    case .known(let value): admit(value, as: kind.asList)
    case .unknown(let type): Self.couldBe(type, kind) ? .accepted(meaning) : .rejected(.wrongType)
    case .list(let parts), .tuple(let parts): admit(parts, of: meaning, as: kind.asList)
    }
  }

  private func admit(_ parts: [Meaning], of whole: Meaning, as kind: ArgumentKind) -> Admission {
    switch kind {
    case .any, .data, .array, .shape: return .accepted(whole)
    case .optional(let kind): return admit(parts, of: whole, as: kind)
    case .either(let kinds): return firstAccepted(kinds) { admit(parts, of: whole, as: $0) }
    case .list(let element, let min, let max):
      guard parts.count >= min, parts.count <= max else { return .rejected(.outOfRange) }
      var admitted: [Meaning] = []
      for part in parts {
        switch admit(part, as: element) {
        case .accepted(let meaning): admitted.append(meaning)
        case .rejected(let rejection): return .rejected(.element(part, element, rejection))
        }
      }
      return .accepted(.makeList(admitted))
    default: return .rejected(.wrongType)
    }
  }

  private func firstAccepted(_ kinds: [ArgumentKind], _ admit: (ArgumentKind) -> Admission) -> Admission {
    var told = Admission.Rejection.wrongType
    for kind in kinds {
      switch admit(kind) {
      case .accepted(let meaning): return .accepted(meaning)
      case .rejected(let rejection): if rejection.weight > told.weight { told = rejection }
      }
    }
    return .rejected(told)
  }

  private func admit(_ value: Value, as kind: ArgumentKind) -> Admission {
    let whole = Admission.accepted(.known(value))
    switch (kind, value) {
    case (.any, _), (.optional, .none): return whole
    case (.optional(let kind), _): return admit(value, as: kind)
    case (.either(let kinds), _): return firstAccepted(kinds) { admit(value, as: $0) }

    case (.bool, .bool): return whole
    case (.bool, .integer(let number)) where number == 0 || number == 1: return .accepted(.known(.bool(number == 1)))
    case (.integer(let min, let max), .integer(let number)):
      return number >= min ?? .min && number <= max ?? .max ? whole : .rejected(.outOfRange)
    case (.number(_, _, _, _, let rejectsIntegers), .integer) where rejectsIntegers: return .rejected(.wrongType)
    case (.number, .integer(let number)): return Self.isWithin(Double(number), kind) ? whole : .rejected(.outOfRange)
    case (.number, .float(let number)): return Self.isWithin(number, kind) ? whole : .rejected(.outOfRange)

    case (.string, .string), (.monitor, .string): return whole
    // `np.float32`, `float` and `x.dtype` name an element type.
    case (.string, .function), (.string, .object), (.choice, .function), (.choice, .object):
      guard let type = try? Operations.elementType(value) else { return .rejected(.wrongType) }
      return admit(Value.string(type.rawValue), as: kind)
    case (.pathTemplate, .string(let path)), (.outputPath, .string(let path)), (.inputPath, .string(let path)):
      return path.isEmpty ? .rejected(.outOfRange) : whole
    case (.choice(let names), .string(let text)):
      return names.contains(text) ? whole : .rejected(.unknownChoice(text, nearest: Spelling.nearest(to: text, among: names)))

    case (.list, .list(let values)), (.list, .tuple(let values)):
      return admit(values.map(Meaning.known), of: .known(value), as: kind)
    case (.dict(let element), .dict(let dict)):
      var admitted = DictValue()
      for (key, item) in zip(dict.keys, dict.values) {
        switch admit(item, as: element) {
        case .accepted(let meaning): if let item = meaning.value { admitted.set(item, for: key) }
        case .rejected(let rejection): return .rejected(.element(.known(item), element, rejection))
        }
      }
      return .accepted(.known(.dict(admitted)))
    case (.shape, .list(let values)), (.shape, .tuple(let values)):
      for value in values {
        switch value {
        case .none: continue
        case .integer(let size): if size < 1 { return .rejected(.outOfRange) }
        default: return .rejected(.wrongType)
        }
      }
      return .accepted(.known(.tuple(values)))

    case (.entry(let role), _): return admit(value, asEntryOf: role)
    case (.function(let type), .object(let object)):
      guard let function = object as? ScriptFunction else { return .rejected(.wrongType) }
      return compile(function, type).map(Admission.accepted) ?? .rejected(.told)
    case (.function, .function): return whole
    case (.model, .object(let object)): return object is ModelObject ? whole : .rejected(.wrongType)
    case (.data, .object(let object)): return object is DataObject ? whole : .rejected(.wrongType)
    case (.data, .array), (.data, .tuple), (.data, .list), (.data, .dict), (.array, .array), (.array, .integer),
      (.array, .float):
      return whole
    case (.array, .list), (.array, .tuple): return (try? Operations.makeArray(value)) == nil ? .rejected(.wrongType) : whole
    default: return .rejected(.wrongType)
    }
  }

  private func admit(_ value: Value, asEntryOf role: Role) -> Admission {
    switch value {
    case .string(let name):
      guard let entry = catalog.entry(named: name, role), let object = make(entry) else {
        return .rejected(.unknownEntry(name, role, nearest: Spelling.nearest(to: name, among: catalog.names(role))))
      }
      return .accepted(.object(object))
    case .object(let object as Configured):
      return object.entry.role == role ? .accepted(.object(object)) : .rejected(.wrongRole(found: object.entry, role))
    case .object(let reference as EntryReference):
      // A class instead of an object, as Keras accepts it: `optimizer=Adam`.
      guard let entry = reference.entries.first(where: { $0.role == role }) else {
        return reference.entries.first.map { .rejected(.wrongRole(found: $0, role)) } ?? .rejected(.wrongType)
      }
      return make(entry).map { .accepted(.object($0)) } ?? .rejected(.wrongType)
    default: return .rejected(.wrongType)
    }
  }

  private static func isWithin(_ number: Double, _ kind: ArgumentKind) -> Bool {
    guard case .number(let min, let max, let excludesMin, let excludesMax, _) = kind else { return true }
    if number.isNaN { return false }
    if number.magnitude > ArgumentKind.largestNumber, min != -.infinity, max != .infinity { return false }
    if let min, excludesMin ? number <= min : number < min { return false }
    if let max, excludesMax ? number >= max : number > max { return false }
    return true
  }

  /// Whether a value of this type may turn out to be of that kind.
  static func couldBe(_ type: ValueType, _ kind: ArgumentKind) -> Bool {
    switch (type, kind) {
    case (.any, _), (.never, _), (_, .any): return true
    case (.union(let types), _): return types.contains { couldBe($0, kind) }
    case (_, .optional(let kind)): return type == .none || couldBe(type, kind)
    case (_, .either(let kinds)): return kinds.contains { couldBe(type, $0) }
    case (.bool, .bool), (.integer, .bool), (.integer, .integer): return true
    case (.integer, .number(_, _, _, _, let rejectsIntegers)): return !rejectsIntegers
    case (.float, .number): return true
    case (.string, .string), (.string, .choice), (.string, .monitor), (.string, .pathTemplate), (.string, .outputPath),
      (.string, .inputPath), (.string, .entry):
      return true
    case (.list, .list), (.tuple, .list), (.tupleOf, .list), (.dict, .dict), (.record, .dict): return true
    case (.list, .shape), (.tuple, .shape), (.tupleOf, .shape): return true
    case (.list, .array), (.tuple, .array), (.tupleOf, .array), (.array, .array), (.float, .array), (.integer, .array):
      return true
    case (.list, .data), (.tuple, .data), (.tupleOf, .data), (.array, .data), (.dict, .data), (.record, .data): return true
    case (.function, .function): return true
    case (.object(let object), .entry(let role)): return object === Configured.type(of: role)
    case (.object(let object), .model): return object === ModelObject.type
    case (.object(let object), .data): return object === DataObject.type
    case (.object(let object), .function): return object === ScriptFunction.type
    default: return false
    }
  }
}

extension ArgumentKind {
  /// What a value that a file gives is as an argument of this kind, by the rules that scripts follow; nil where it cannot be one.
  package func admitted(_ value: Value, in catalog: Catalog) -> Value? {
    let admitter = Admitter(catalog: catalog, make: { _ in nil }, compile: { _, _ in nil })
    guard case .accepted(let meaning) = admitter.admit(.known(value), as: self) else { return nil }
    return meaning.value
  }
}

extension ValueType {
  var isDict: Bool { if case .dict = self { true } else { false } }
}
