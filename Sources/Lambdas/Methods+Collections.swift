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
    if method.isMutating { return try change(&receiver, kind, name, arguments, entries, machine) }
    switch receiver {
    case .string(let text):
      try machine.allot(bytes: text.utf8.count * MemoryLayout<Unicode.Scalar>.stride)
      let result = try stringMethod(name, text, arguments)
      try machine.charge(result)
      return result
    case .tuple(let items):
      try machine.spend(items.count >> 3)
      return try searched(name, items, arguments, "tuple")
    case .range(let range):
      guard let number = wholeNumber(arguments[0]), range.contains(number) else {
        if name == "count" { return .integer(0) }
        throw .init(.value, "\(representation(arguments[0] ?? .none)) is not in range")
      }
      return .integer(name == "count" ? 1 : (number - range.start) / range.step)
    case .list(let items):
      try machine.spend(items.count >> 3)
      return name == "copy" ? receiver : try searched(name, items, arguments, "list")
    case .dict(let dict):
      if name == "items" { try machine.charge(receiver) }
      return try dictMethod(name, dict, arguments, receiver)
    case .set(let set):
      try machine.charge(receiver)
      return try setMethod(name, set, arguments)
    case .array(let array):
      try machine.chargeElements(of: array)
      if name == "dot", let dot = Builtins.function("np.dot") {
        return try Builtins.call(dot, [receiver, arguments[0] ?? .none], on: machine)
      }
      return try numeric { () throws(ArrayError) in try arrayMethod(name, array, arguments) }
    case .float(let number) where name == "is_integer": return .bool(number.isFinite && number == number.rounded())
    default:
      // What reductions of arrays give are plain numbers here: they answer to the methods that scripts call on NumPy's.
      switch name {
      case "tolist": return receiver
      case "item":
        return try numeric { [receiver] () throws(ArrayError) in
          try arrayMethod("item", Given.array(receiver), arguments)
        }
      case "round":
        return try numeric { [receiver] () throws(ArrayError) in
          Value(unwrapping: try Given.array(receiver).rounded(decimals: Given(arguments).integer(0, 0)))
        }
      case "astype":
        return try numeric { [receiver] () throws(ArrayError) in
          Value(unwrapping: try Given.array(receiver).converted(to: Given(arguments).type(0) ?? .float64))
        }
      default: break
      }
      let number = receiver.asInteger ?? 0
      switch name {
      case "bit_length": return .integer(Int.bitWidth - number.magnitude.leadingZeroBitCount)
      case "bit_count": return .integer(number.magnitude.nonzeroBitCount)
      default: return .bool(true)
      }
    }
  }

  /// Calls a method that changes its receiver. The receiver lets go of its memory meanwhile, which would be copied if it was shared.
  private static func change(
    _ receiver: inout Value, _ kind: Methods.Receiver, _ name: String, _ arguments: [Value?],
    _ entries: [(name: String, value: Value)], _ machine: Machine
  ) throws(MachineError) -> Value {
    switch kind {
    case .list:
      var items = receiver.takeItems()
      defer { receiver = .list(items) }
      if name != "append", name != "pop" || arguments[0] != nil { try machine.spend(items.count >> 3) }
      if name != "sort" { return try changeList(name, &items, arguments, machine) }
      items = try sorted(items, key: arguments[0], isReversed: arguments[1].map(truth) ?? false, machine)
      return .none
    case .dict:
      if name == "update" { for argument in arguments { if let argument { try machine.charge(argument) } } }
      var dict = receiver.takeDict()
      defer { receiver = .dict(dict) }
      return try changeDict(name, &dict, arguments, entries)
    case .set:
      if name == "update" { try machine.charge(receiver) }
      var set = receiver.takeSet()
      defer { receiver = .set(set) }
      return try changeSet(name, &set, arguments)
    default:
      var array = receiver.takeArray()
      defer { receiver = .array(array) }
      try machine.chargeElements(of: array)
      try numeric { () throws(ArrayError) in try changeArray(name, &array, arguments) }
      return .none
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
      let result = try object.call(name, bound[..<given].map { $0 ?? .none })
      try machine.charge(result)
      return result
    }
    if object.objectType.attributes[name] != nil, case .function(let function) = try object.attribute(name) {
      return try machine.call(function, positional, keywords)
    }
    throw .init(.attribute, "'\(object.objectType.name)' object has no attribute '\(name)'")
  }

  /// The whole number that a value equals; nil for any other.
  private static func wholeNumber(_ value: Value?) -> Int? {
    if case .float(let number)? = value { return Int(exactly: number) }
    return value?.asInteger
  }

  private static func searched(_ name: String, _ items: [Value], _ arguments: [Value?], _ kind: String) throws(MachineError)
    -> Value
  {
    let wanted = arguments[0] ?? .none
    if name == "count" {
      var count = 0
      for item in items { if try matches(item, wanted) { count += 1 } }
      return .integer(count)
    }
    let bounds = try sliceBounds(arguments[1] ?? .none, arguments[2] ?? .none, .none, items.count)
    guard let position = try firstIndex(of: wanted, in: items[bounds.start..<(bounds.start + bounds.length)]) else {
      throw .init(.value, kind == "list" ? "\(representation(wanted)) is not in list" : "tuple.index(x): x not in tuple")
    }
    return .integer(position)
  }

  private static func firstIndex(of wanted: Value, in items: ArraySlice<Value>) throws(MachineError) -> Int? {
    for index in items.indices { if try matches(items[index], wanted) { return index } }
    return nil
  }

  private static func changeList(
    _ name: String, _ items: inout [Value], _ arguments: [Value?], _ machine: Machine
  ) throws(MachineError) -> Value {
    switch name {
    case "append":
      try checkLength(items.count + 1)
      items.append(arguments[0] ?? .none)
    case "clear": items.removeAll()
    case "extend":
      let more = try machine.elements(of: arguments[0] ?? .none)
      try checkLength(items.count + more.count)
      items += more
    case "insert":
      try checkLength(items.count + 1)
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
      guard let index = try firstIndex(of: wanted, in: items[...]) else {
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
      // Python looks at no key where there is none to find.
      if dict.count > 0 { try checkHashable(key) }
      if let value = dict.remove(key) { return value }
      if let value = arguments[1] { return value }
      throw .init(.key, representation(key))
    case "popitem":
      guard let key = dict.lastKey, let value = dict.remove(key) else { throw .init(.key, "'popitem(): dictionary is empty'") }
      return .tuple([key, value])
    case "setdefault":
      let key = arguments[0] ?? .none
      try checkHashable(key)
      if let value = dict[key] { return value }
      try put(arguments[1] ?? .none, for: key, into: &dict)
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
      if dict.count == 0 {
        dict = entries
        return
      }
      try checkEntries(max(dict.count, entries.count))
      for (key, value) in zip(entries.keys, entries.values) { dict.set(value, for: key) }
      return try checkEntries(dict.count)
    }
    for (index, pair) in try elements(of: other).enumerated() {
      guard let items = try? elements(of: pair) else {
        throw .init(.type, "cannot convert dictionary update sequence element #\(index) to a sequence")
      }
      guard items.count == 2 else {
        throw .init(.value, "dictionary update sequence element #\(index) has length \(items.count); 2 is required")
      }
      try put(items[1], for: items[0], into: &dict)
    }
  }

  /// A set of what an iterable gives.
  static func makeSet(_ value: Value) throws(MachineError) -> SetValue {
    if case .set(let set) = value { return set }
    var set = SetValue()
    for element in try elements(of: value) { try insert(element, into: &set) }
    return set
  }

  private static func setMethod(_ name: String, _ set: SetValue, _ arguments: [Value?]) throws(MachineError) -> Value {
    if name == "copy" { return .set(set) }
    switch name {
    case "isdisjoint", "issuperset":
      // The first element that decides ends the search.
      var others = try iterate(arguments[0] ?? .none)
      while let next = others.next() {
        try checkHashable(next)
        if set.contains(next) != (name == "issuperset") { return .bool(false) }
      }
      return .bool(true)
    case "issubset": return .bool(try set.elements.allSatisfy(makeSet(arguments[0] ?? .none).contains))
    case "symmetric_difference": return try binary(.xor, .set(set), .set(makeSet(arguments[0] ?? .none)))
    default:
      guard case .tuple(let others) = arguments[0] ?? .tuple([]) else { return .set(set) }
      var result = Value.set(set)
      for other in others {
        if name == "intersection", case .set(let held) = result {
          if case .set = other {
            result = try binary(.and, result, other)
          } else {
            // What the iterable gives stays, of `1` and `True` that which it has.
            result = .set(SetValue(try makeSet(other).elements.filter(held.contains)))
          }
          continue
        }
        result = try binary(name == "union" ? .or : .subtract, result, .set(makeSet(other)))
      }
      return result
    }
  }

  private static func changeSet(_ name: String, _ set: inout SetValue, _ arguments: [Value?]) throws(MachineError) -> Value {
    let element = arguments.first.flatMap { $0 } ?? .none
    switch name {
    case "add":
      try insert(element, into: &set)
    case "discard", "remove":
      // Python looks for a set as for one that cannot change, which no set here holds.
      if case .set = element {} else { try checkHashable(element) }
      if !set.remove(element), name == "remove" { throw .init(.key, representation(element)) }
    case "clear": set = SetValue()
    case "pop":
      guard let first = set.first else { throw .init(.key, "'pop from an empty set'") }
      set.remove(first)
      return first
    default:
      guard case .tuple(let others) = element else { return .none }
      for other in others { for item in try makeSet(other).elements { try insert(item, into: &set) } }
    }
    return .none
  }
}
