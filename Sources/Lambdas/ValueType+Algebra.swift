import Arrays

extension ValueType {
  /// Whether `x += y` may do otherwise than `x = x + y` where `x` is of this type.
  var mayChangeInPlace: Bool {
    members.contains {
      switch $0 {
      case .any, .array, .list, .dict: true
      default: false
      }
    }
  }

  /// `int | float | bool`.
  package static let number = ValueType.union([.integer, .float, .bool])
  /// An array of which nothing more is known.
  package static let array = ValueType.array(nil, shape: nil)

  /// The type of a value that exists; of what lies deeper than types go, and of the last parts of a very large value, nothing is known.
  package init(of value: Value) {
    var remaining = 1 << 22
    self = Self.type(of: value, Self.depthLimit, &remaining)
  }

  /// Types of collections in collections go so deep; below stands `any`.
  private static let depthLimit = 6

  private static func type(of value: Value, _ depth: Int, _ remaining: inout Int) -> ValueType {
    switch value {
    case .none: return .none
    case .bool: return .bool
    case .integer: return .integer
    case .float: return .float
    case .string: return .string
    case .range: return .range
    case .slice: return .slice
    case .ellipsis: return .ellipsis
    case .array(let array): return .array(array.type, shape: array.shape)
    case .function(let function): return .function(function.type)
    case .object(let object): return .object(object.objectType)
    case .list, .tuple, .dict, .set, .iterator: if depth == 0 { return .any }
    }
    func join(_ values: [Value]) -> ValueType {
      var result = ValueType.never
      for value in values {
        remaining -= 1
        if remaining < 0 { return .any }
        result = result.joined(with: type(of: value, depth - 1, &remaining))
        if result == .any { break }
      }
      return result
    }
    switch value {
    case .list(let items): return .list(join(items))
    case .tuple(let items) where items.count <= 32:
      remaining -= items.count
      if remaining < 0 { return .any }
      return .tuple(items.map { type(of: $0, depth - 1, &remaining) })
    case .tuple(let items): return .tupleOf(join(items))
    case .dict(let dict): return .dict(key: join(dict.keys), value: join(dict.values))
    case .set(let set): return .set(join(set.elements))
    case .iterator(let iterator): return .iterator(join(iterator.elements))
    default: return .any
    }
  }

  /// A tuple of one element from each of several sources: never there where one of them is empty.
  static func row(_ elements: [ValueType]) -> ValueType { elements.contains(.never) ? .never : .tuple(elements) }

  /// The members of a union; a type that is none is its own only member.
  package var members: [ValueType] {
    switch self {
    case .union(let members): members
    case .never: []
    default: [self]
    }
  }

  /// The type of a value that has one of `types`.
  package static func oneOf(_ types: [ValueType]) -> ValueType { types.reduce(.never) { $0.joined(with: $1) } }

  /// The type of a value that has this type or `other`: collections of one kind are joined element by element.
  package func joined(with other: ValueType) -> ValueType {
    if self == other { return self }
    if self == .any || other == .any { return .any }
    if self == .never { return other }
    if other == .never { return self }
    var result = members
    for member in other.members {
      if let index = result.firstIndex(where: { $0.merged(with: member) != nil }), let merged = result[index].merged(with: member)
      {
        result[index] = merged
      } else {
        result.append(member)
      }
    }
    // Beyond a handful of kinds nothing is gained by telling them apart.
    if result.count > 8 { return .any }
    return result.count == 1 ? result[0] : .union(result)
  }

  /// Two types of one kind as one; nil where they stay apart in a union.
  private func merged(with other: ValueType) -> ValueType? {
    switch (self, other) {
    case (.list(let a), .list(let b)): .list(a.widened(with: b))
    case (.set(let a), .set(let b)): .set(a.widened(with: b))
    case (.iterator(let a), .iterator(let b)): .iterator(a.widened(with: b))
    case (.dict(let k, let v), .dict(let l, let w)): .dict(key: k.widened(with: l), value: v.widened(with: w))
    case (.record(let record), .dict(let k, let v)), (.dict(let k, let v), .record(let record)):
      .dict(key: ValueType.string.joined(with: k), value: record.anyField.joined(with: v))
    case (.record(let a), .record(let b)): .record(a.merged(with: b))
    case (.tuple(let a), .tuple(let b)) where a.count == b.count: .tuple(zip(a, b).map { $0.widened(with: $1) })
    case (.tuple(let a), .tuple(let b)): .tupleOf(Self.oneOf(a + b))
    case (.tuple(let a), .tupleOf(let b)), (.tupleOf(let b), .tuple(let a)): .tupleOf(Self.oneOf(a + [b]))
    case (.tupleOf(let a), .tupleOf(let b)): .tupleOf(a.widened(with: b))
    case (.array(let t, let s), .array(let u, let r)): .array(t == u ? t : nil, shape: s == r ? s : nil)
    case (.function, .function): self == other ? self : .function(.init([.init("arguments", .any, kind: .rest)], returns: .any))
    default: self == other ? self : nil
    }
  }

  /// Joins, giving up at a depth where nesting would grow without end (`x = [x]` in a loop).
  private func widened(with other: ValueType) -> ValueType {
    let joined = joined(with: other)
    return joined.depth > Self.depthLimit ? .any : joined
  }

  private var depth: Int {
    switch self {
    case .list(let element), .set(let element), .iterator(let element), .tupleOf(let element): element.depth + 1
    case .tuple(let elements), .union(let elements): (elements.map(\.depth).max() ?? 0) + 1
    case .dict(let key, let value): max(key.depth, value.depth) + 1
    default: 0
    }
  }

  /// This type without those of its members that `isExcluded` names.
  package func without(_ isExcluded: (ValueType) -> Bool) -> ValueType {
    if self == .any { return .any }
    return Self.oneOf(members.filter { !isExcluded($0) })
  }

  /// Whether a value of this type can be one of `wanted`: no only where the two have nothing in common. A whole number goes for a float.
  package func mayBe(_ wanted: ValueType) -> Bool {
    if self == .any || wanted == .any { return true }
    if self == .never { return true }
    return members.contains { member in wanted.members.contains { member.fits($0) } }
  }

  private func fits(_ wanted: ValueType) -> Bool {
    switch (self, wanted) {
    case (_, .any), (.any, _): true
    case (.integer, .float), (.bool, .integer), (.bool, .float): true
    case (.list(let a), .list(let b)), (.set(let a), .set(let b)), (.iterator(let a), .iterator(let b)): a == .never || a.mayBe(b)
    case (.dict(let k, let v), .dict(let l, let w)): k.mayBe(l) && v.mayBe(w)
    case (.record, .dict), (.dict, .record), (.record, .record): true
    case (.tuple(let a), .tuple(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.mayBe($1) }
    case (.tuple(let a), .tupleOf(let b)): a.allSatisfy { $0.mayBe(b) }
    case (.tupleOf, .tuple): true
    case (.tupleOf(let a), .tupleOf(let b)): a.mayBe(b)
    case (.array, .array), (.function, .function): true
    case (_, .iterator(let element)): elementType.map { $0.mayBe(element) } ?? false
    default: self == wanted
    }
  }

  /// What going through a value of this type gives; nil where that cannot be done.
  package var elementType: ValueType? {
    switch self {
    case .any, .object: .any
    case .list(let element), .set(let element), .iterator(let element), .tupleOf(let element): element
    case .tuple(let elements): Self.oneOf(elements)
    case .dict(let key, _): key
    case .record, .string: .string
    case .range: .integer
    case .array(let type, let shape):
      switch shape {
      case nil: Self.oneOf([.array(type, shape: nil), Self.scalar(of: type)])
      case let shape? where shape.isEmpty: nil
      case let shape?: shape.count == 1 ? Self.scalar(of: type) : .array(type, shape: Array(shape.dropFirst()))
      }
    case .union(let members):
      members.contains { $0.elementType == nil } ? nil : Self.oneOf(members.compactMap(\.elementType))
    case .never: .never
    case .none, .bool, .integer, .float, .slice, .ellipsis, .function: nil
    }
  }

  /// The same where going through it can be done with some of the types that it may have; nil where with none.
  var possibleElementType: ValueType? {
    guard case .union(let members) = self, elementType == nil, !members.contains(.none) else { return elementType }
    let found = members.compactMap(\.elementType)
    return found.isEmpty ? nil : .oneOf(found)
  }

  /// The Python number that an element of an array is.
  package static func scalar(of type: ElementType?) -> ValueType {
    guard let type else { return .number }
    return type == .bool ? .bool : type.isFloat ? .float : .integer
  }

  /// Whether every value of this type has a length, but for an array without dimensions.
  var hasLength: Bool {
    switch self {
    case .string, .list, .tuple, .tupleOf, .dict, .record, .set, .range, .array: true
    default: false
    }
  }

  /// Whether an index of a value of this type gives the element at a place: a list or an array.
  var isSequence: Bool {
    switch self {
    case .list, .array: true
    default: false
    }
  }

  /// Whether the type is one number type, for which the machine has instructions of its own.
  var isScalar: Bool { self == .integer || self == .float || self == .bool }

  /// The type as findings show it: `int`, `list of float`, `int or None`.
  package var description: String {
    switch self {
    case .any: "anything"
    case .none: "None"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list(let element): element == .any || element == .never ? "list" : "list of \(element.description)"
    case .tuple(let elements): "(\(elements.map(\.description).joined(separator: ", ")))"
    case .tupleOf(let element): "tuple of \(element.description)"
    case .dict(let key, let value):
      key == .any || key == .never ? "dict" : "dict of \(key.description) to \(value.description)"
    case .record(let record): record.title
    case .set(let element): element == .any || element == .never ? "set" : "set of \(element.description)"
    case .range: "range"
    case .slice: "slice"
    case .ellipsis: "..."
    case .iterator(let element): element == .any || element == .never ? "iterable" : "iterable of \(element.description)"
    case .array(let type, let shape):
      [type?.rawValue, "array", shape.map { "of shape (\($0.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")))" }]
        .compactMap { $0 }.joined(separator: " ")
    case .function: "function"
    case .object(let object): object.name
    case .union(let members):
      self == Self.number ? "number" : members.map(\.description).joined(separator: " or ")
    case .never: "nothing"
    }
  }

  /// The Python class of a value of this type, for messages that quote Python's; nil where it is not known.
  var className: String? {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple, .tupleOf: "tuple"
    case .dict, .record: "dict"
    case .set: "set"
    case .range: "range"
    case .slice: "slice"
    case .ellipsis: "ellipsis"
    case .array: "array"
    case .function: "function"
    case .object(let object): object.name
    case .any, .iterator, .union, .never: nil
    }
  }
}

extension RecordType {
  /// The type of a value under any of the keys.
  package var anyField: ValueType { hasOtherKeys ? .any : .oneOf(fields.values.map(\.type)) }

  /// A record that may be either: keys of one of them alone are there only sometimes.
  func merged(with other: RecordType) -> RecordType {
    var result = self
    for name in names where other.fields[name] == nil { result.fields[name]?.isAlwaysPresent = false }
    for name in other.names {
      guard let theirs = other.fields[name] else { continue }
      if let mine = fields[name] {
        result.fields[name] = Field(
          mine.type.joined(with: theirs.type), isAlwaysPresent: mine.isAlwaysPresent && theirs.isAlwaysPresent)
      } else {
        result.names.append(name)
        result.fields[name] = Field(theirs.type, isAlwaysPresent: false)
      }
    }
    result.isOpen = isOpen || other.isOpen
    result.hasOtherKeys = hasOtherKeys || other.hasOtherKeys
    if sharing != other.sharing { result.sharing = .copy }
    return result
  }
}
