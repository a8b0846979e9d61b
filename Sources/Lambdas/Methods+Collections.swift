import Arrays

extension Operations {
  /// Calls a method of a built-in type or a host object. A method that changes its receiver changes it in place where its memory
  /// is not shared; after an error the receiver is as it was.
  package static func call(
    method name: String, on receiver: inout Value, _ positional: [Value], _ keywords: [(name: String, value: Value)] = [],
    machine: Machine
  ) throws(MachineError) -> Value {
    if case .object(let object) = receiver { return try callObject(object, name, positional, keywords, machine) }
    guard let kind = Methods.Receiver(receiver), let method = Methods.method(name, of: kind) else {
      throw .init(.attribute, "'\(receiver.typeName)' object has no attribute '\(name)'")
    }
    if case .string(let text) = receiver, name == "format" { return .string(try strFormat(text, positional, keywords, machine)) }
    var keywords = keywords
    var entries: [(name: String, value: Value)] = []
    if kind == .dict, name == "update" { swap(&entries, &keywords) }
    let arguments = try method.signature.type.bind(positional, keywords, of: name)
    switch receiver {
    case .string(let text): return try stringMethod(name, text, arguments)
    case .tuple(let items): return try searched(name, items, arguments, "tuple")
    case .range(let range):
      guard let number = arguments[0]?.asInteger, range.contains(number) else {
        if name == "count" { return .integer(0) }
        throw .init(.value, "\(representation(arguments[0] ?? .none)) is not in range")
      }
      return .integer(name == "count" ? 1 : (number - range.start) / range.step)
    case .list(var items):
      guard method.isMutating else { return name == "copy" ? receiver : try searched(name, items, arguments, "list") }
      if name == "sort" {
        let sorted = try self.sorted(items, key: arguments[0], isReversed: arguments[1].map(truth) ?? false, machine)
        receiver = .list(sorted)
        return .none
      }
      receiver = .none
      defer { receiver = .list(items) }
      return try changeList(name, &items, arguments)
    case .dict(var dict):
      guard method.isMutating else { return try dictMethod(name, dict, arguments, receiver) }
      receiver = .none
      defer { receiver = .dict(dict) }
      return try changeDict(name, &dict, arguments, entries)
    case .set(var set):
      guard method.isMutating else { return try setMethod(name, set, arguments) }
      receiver = .none
      defer { receiver = .set(set) }
      return try changeSet(name, &set, arguments)
    case .array(let array): return try arrayMethod(name, array, arguments, machine)
    case .float(let number): return .bool(number.isFinite && number == number.rounded())
    default:
      let number = receiver.asInteger ?? 0
      switch name {
      case "bit_length": return .integer(Int.bitWidth - number.magnitude.leadingZeroBitCount)
      case "bit_count": return .integer(number.magnitude.nonzeroBitCount)
      default: return .bool(true)
      }
    }
  }

  private static func callObject(
    _ object: any ObjectValue, _ name: String, _ positional: [Value], _ keywords: [(name: String, value: Value)],
    _ machine: Machine
  ) throws(MachineError) -> Value {
    if let type = object.objectType.methods[name] {
      let bound = try type.bind(positional, keywords, of: name)
      // Trailing arguments that were left out are the object's to fill in; one in the middle is None.
      let given = bound.lastIndex { $0 != nil }.map { $0 + 1 } ?? 0
      return try object.call(name, bound[..<given].map { $0 ?? .none })
    }
    if object.objectType.attributes[name] != nil, case .function(let function) = try object.attribute(name) {
      return try machine.call(function, positional, keywords)
    }
    throw .init(.attribute, "'\(object.objectType.name)' object has no attribute '\(name)'")
  }

  private static func searched(_ name: String, _ items: [Value], _ arguments: [Value?], _ kind: String) throws(MachineError)
    -> Value
  {
    let wanted = arguments[0] ?? .none
    let isWanted = { (item: Value) in isSame(item, wanted) || isEqual(item, wanted) }
    if name == "count" { return .integer(items.count(where: isWanted)) }
    let bounds = try sliceBounds(arguments[1] ?? .none, arguments[2] ?? .none, .none, items.count)
    guard let position = items[bounds.start..<(bounds.start + bounds.length)].firstIndex(where: isWanted) else {
      throw .init(.value, kind == "list" ? "\(representation(wanted)) is not in list" : "tuple.index(x): x not in tuple")
    }
    return .integer(position)
  }

  private static func changeList(_ name: String, _ items: inout [Value], _ arguments: [Value?]) throws(MachineError) -> Value {
    switch name {
    case "append":
      try checkLength(items.count + 1)
      items.append(arguments[0] ?? .none)
    case "clear": items.removeAll()
    case "extend":
      let more = try elements(of: arguments[0] ?? .none)
      try checkLength(items.count + more.count)
      items += more
    case "insert":
      guard let index = arguments[0]?.asInteger else {
        throw .init(.type, "'\(arguments[0]?.typeName ?? "")' object cannot be interpreted as an integer")
      }
      items.insert(arguments[1] ?? .none, at: min(max(index < 0 ? index + items.count : index, 0), items.count))
    case "pop":
      if items.isEmpty { throw .init(.index, "pop from empty list") }
      guard let index = (arguments[0] ?? .integer(-1)).asInteger else {
        throw .init(.type, "'\(arguments[0]?.typeName ?? "")' object cannot be interpreted as an integer")
      }
      let resolved = index < 0 ? index + items.count : index
      guard items.indices.contains(resolved) else { throw .init(.index, "pop index out of range") }
      return items.remove(at: resolved)
    case "remove":
      let wanted = arguments[0] ?? .none
      guard let index = items.firstIndex(where: { isEqual($0, wanted) }) else {
        throw .init(.value, "list.remove(x): x not in list")
      }
      items.remove(at: index)
    default: items.reverse()
    }
    return .none
  }

  /// The items in Python's order, stable, by `key(item)` where there is a key.
  package static func sorted(_ items: [Value], key: Value?, isReversed: Bool, _ machine: Machine) throws(MachineError) -> [Value]
  {
    var keys = items
    if let key, !key.isNone {
      for index in items.indices { keys[index] = try machine.call(key, [items[index]]) }
    }
    try machine.spend(items.count * max(1, Int.bitWidth - items.count.leadingZeroBitCount))
    var failure: MachineError?
    // The standard sort is stable; a reversed one keeps equal items in their order, as Python's does.
    let order = items.indices.sorted { a, b in
      if failure != nil { return false }
      do {
        return try isReversed ? isLess(keys[b], keys[a]) : isLess(keys[a], keys[b])
      } catch {
        failure = error as? MachineError
        return false
      }
    }
    if let failure { throw failure }
    return order.map { items[$0] }
  }

  private static func dictMethod(_ name: String, _ dict: DictValue, _ arguments: [Value?], _ receiver: Value) throws(MachineError)
    -> Value
  {
    switch name {
    case "get":
      let key = arguments[0] ?? .none
      try checkHashable(key)
      return dict[key] ?? arguments[1] ?? .none
    case "keys": return .iterator(IteratorValue(.keys, dict.keys))
    case "values": return .iterator(IteratorValue(.values, dict.values))
    case "items": return .iterator(IteratorValue(.items, zip(dict.keys, dict.values).map { .tuple([$0, $1]) }))
    default: return receiver
    }
  }

  private static func changeDict(
    _ name: String, _ dict: inout DictValue, _ arguments: [Value?], _ entries: [(name: String, value: Value)]
  ) throws(MachineError) -> Value {
    switch name {
    case "clear": dict = DictValue()
    case "pop":
      let key = arguments[0] ?? .none
      try checkHashable(key)
      if let value = dict.remove(key) { return value }
      if let value = arguments[1] { return value }
      throw .init(.key, representation(key))
    case "popitem":
      guard let key = dict.keys.last, let value = dict.remove(key) else { throw .init(.key, "'popitem(): dictionary is empty'") }
      return .tuple([key, value])
    case "setdefault":
      let key = arguments[0] ?? .none
      try checkHashable(key)
      if let value = dict[key] { return value }
      dict.set(arguments[1] ?? .none, for: key)
      return arguments[1] ?? .none
    default:
      if case .tuple(let others) = arguments[0] ?? .tuple([]) {
        if others.count > 1 { throw .init(.type, "update expected at most 1 argument, got \(others.count)") }
        for other in others { try merge(other, into: &dict) }
      }
      for (name, value) in entries { dict.set(value, for: .string(name)) }
    }
    return .none
  }

  /// Puts the entries of a dict, or the pairs of an iterable, into `dict`.
  static func merge(_ other: Value, into dict: inout DictValue) throws(MachineError) {
    if case .dict(let entries) = other {
      for (key, value) in zip(entries.keys, entries.values) { dict.set(value, for: key) }
      return
    }
    for (index, pair) in try elements(of: other).enumerated() {
      guard let items = try? elements(of: pair) else {
        throw .init(.type, "cannot convert dictionary update sequence element #\(index) to a sequence")
      }
      guard items.count == 2 else {
        throw .init(.value, "dictionary update sequence element #\(index) has length \(items.count); 2 is required")
      }
      try checkHashable(items[0])
      dict.set(items[1], for: items[0])
    }
  }

  /// A set of what an iterable gives.
  static func makeSet(_ value: Value) throws(MachineError) -> SetValue {
    if case .set(let set) = value { return set }
    var set = SetValue()
    for element in try elements(of: value) {
      try checkHashable(element)
      set.insert(element)
    }
    return set
  }

  private static func setMethod(_ name: String, _ set: SetValue, _ arguments: [Value?]) throws(MachineError) -> Value {
    if name == "copy" { return .set(set) }
    switch name {
    case "isdisjoint": return .bool(try !makeSet(arguments[0] ?? .none).elements.contains(where: set.contains))
    case "issubset": return .bool(try set.elements.allSatisfy(makeSet(arguments[0] ?? .none).contains))
    case "issuperset": return .bool(try makeSet(arguments[0] ?? .none).elements.allSatisfy(set.contains))
    case "symmetric_difference": return try binary(.xor, .set(set), .set(makeSet(arguments[0] ?? .none)))
    default:
      guard case .tuple(let others) = arguments[0] ?? .tuple([]) else { return .set(set) }
      var result = Value.set(set)
      for other in others {
        result = try binary(name == "union" ? .or : name == "intersection" ? .and : .subtract, result, .set(makeSet(other)))
      }
      return result
    }
  }

  private static func changeSet(_ name: String, _ set: inout SetValue, _ arguments: [Value?]) throws(MachineError) -> Value {
    let element = arguments.first.flatMap { $0 } ?? .none
    switch name {
    case "add":
      try checkHashable(element)
      set.insert(element)
    case "discard", "remove":
      try checkHashable(element)
      if !set.remove(element), name == "remove" { throw .init(.key, representation(element)) }
    case "clear": set = SetValue()
    case "pop":
      guard let first = set.elements.first else { throw .init(.key, "'pop from an empty set'") }
      set.remove(first)
      return first
    default:
      guard case .tuple(let others) = element else { return .none }
      for other in others { for item in try makeSet(other).elements { set.insert(item) } }
    }
    return .none
  }
}
