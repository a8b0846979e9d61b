/// A JSON value as Python's `json` reads and writes it: whole numbers and floats are told apart, an object keeps the
/// order of its keys, and NaN and the infinities are values.
///
/// Our own rather than FoundationEssentials': that one loses the order of keys and the difference between `1` and
/// `1.0`, both of which Keras's configurations show, and costs start-up time.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case array([JSON])
  case object(Object)

  /// Keys and values in the order they were put in.
  package struct Object: Sendable, Equatable {
    package typealias Entry = (key: String, value: JSON)

    /// The entries in order.
    package private(set) var entries: [Entry] = []
    /// Where each key stands, as soon as they are too many to look through.
    private var places: [String: Int] = [:]

    private static let fewEntries = 16

    package init() {}

    package static func == (left: Object, right: Object) -> Bool { left.entries.elementsEqual(right.entries, by: ==) }

    /// The value of a key; setting nil takes the key out, setting a key that is there keeps its place.
    package subscript(key: String) -> JSON? {
      get { place(of: key).map { entries[$0].value } }
      set {
        switch (place(of: key), newValue) {
        case (let place?, let value?): entries[place].value = value
        case (nil, let value?):
          entries.append((key, value))
          if !places.isEmpty { places[key] = entries.count - 1 } else if entries.count > Self.fewEntries { notePlaces() }
        case (let place?, nil):
          entries.remove(at: place)
          if !places.isEmpty { notePlaces() }
        case (nil, nil): break
        }
      }
    }

    private func place(of key: String) -> Int? {
      places.isEmpty ? entries.firstIndex { $0.key == key } : places[key]
    }

    private mutating func notePlaces() {
      places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.key, $0) })
    }

    package var keys: [String] { entries.map(\.key) }
    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }
  }
}

extension JSON {
  /// The value under a key, or nil if this is no object or has no such key.
  package subscript(key: String) -> JSON? {
    get {
      if case .object(let object) = self { return object[key] }
      return nil
    }
    set {
      guard case .object(var object) = self else {
        preconditionFailure("only an object has keys to set")
      }
      object[key] = newValue
      self = .object(object)
    }
  }

  /// The element at an index, or nil if this is no array or is shorter.
  package subscript(index: Int) -> JSON? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  package var isNull: Bool { self == .null }

  package var boolValue: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// A whole number; a float is none, however round.
  package var integerValue: Int? {
    if case .integer(let value) = self { return value }
    return nil
  }

  /// A number of either kind.
  package var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  package var stringValue: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  package var arrayValue: [JSON]? {
    if case .array(let value) = self { return value }
    return nil
  }

  package var objectValue: Object? {
    if case .object(let value) = self { return value }
    return nil
  }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .float(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral entries: (String, JSON)...) { self = .object(Object(entries)) }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral entries: (String, JSON)...) { self.init(entries) }

  /// An object of these entries in this order; of equal keys the last value wins, as in Python.
  package init(_ entries: [(String, JSON)]) {
    for (key, value) in entries { self[key] = value }
  }
}
