import Arrays

/// How large values may grow. What would exceed a limit is an error of its own, told before the memory is asked for.
extension Operations {
  /// The most bytes that one collection may take: 256 MiB. Arrays are held to the machine's memory.
  static let byteLimit = 1 << 28
  /// The most bytes of a text: 64 MiB. Its methods take it apart into code points of four bytes each.
  static let textLimit = 1 << 26
  /// The most elements of a list, tuple or range that is gone through as one.
  package static let elementLimit = byteLimit / elementBytes
  /// The most entries of a dict or set: a key, a value and their place in the table.
  package static let entryLimit = byteLimit / entryBytes
  private static let entryBytes = 2 * MemoryLayout<Value>.stride + 16
  /// How deep values may lie in values. What takes them apart (`repr`, `==`, a backup) calls itself for each level.
  package static let nestingLimit = 200

  /// Bytes that an element of a collection takes.
  package static let elementBytes = MemoryLayout<Value>.stride

  static func checkLength(_ count: Int) throws(MachineError) {
    if count > elementLimit { throw tooLarge("a list or tuple of \(count) elements", elementLimit) }
    try checkAllowance("a list or tuple of \(count) elements", count, elementBytes)
  }

  static func checkEntries(_ count: Int) throws(MachineError) {
    if count > entryLimit { throw tooLarge("a dict or set of \(count) entries", entryLimit) }
    try checkAllowance("a dict or set of \(count) entries", count, entryBytes)
  }

  static func checkBytes(_ count: Int) throws(MachineError) {
    if count > textLimit { throw tooLarge("a text of \(count) bytes", textLimit) }
    try checkAllowance("a text of \(count) bytes", count, 1)
  }

  /// Fails where nothing so large is to be made yet.
  @inline(__always)
  private static func checkAllowance(
    _ what: @autoclosure () -> String, _ count: Int, _ bytes: Int
  ) throws(MachineError) {
    // Nobody's allowance is so small that a few elements need asking.
    if count > 4096, let allowance = Allowance.current, !allowance.covers(count * bytes) {
      throw .init(.budget, "\(what()) is made only when the script runs")
    }
  }

  private static func tooLarge(_ what: String, _ limit: Int) -> MachineError {
    .init(.memory, "\(what) is too large: at most \(limit) fit the memory that one value of a script may take")
  }

  /// Puts an entry into a dict; an error where the key is none or the dict would be too large.
  package static func put(_ value: Value, for key: Value, into dict: inout DictValue) throws(MachineError) {
    try checkHashable(key)
    try checkEntries(dict.count + 1)
    dict.set(value, for: key)
  }

  /// Puts an element into a set; an error where it cannot be one or the set would be too large.
  package static func insert(_ element: Value, into set: inout SetValue) throws(MachineError) {
    try checkHashable(element)
    try checkEntries(set.count + 1)
    set.insert(element)
  }

  /// Fails where a value that is to be put into another one is nested too deeply already.
  ///
  /// - Returns: how many values were looked at, for those who count steps.
  @discardableResult
  package static func checkNesting(_ value: Value, lookingAt limit: Int = 1 << 26) throws(MachineError) -> Int {
    guard value.holdsValues else { return 0 }
    var walk = NestingWalk(remaining: limit)
    if walk.exceeds(nestingLimit - 1, value) {
      throw walk.remaining < 0
        ? .init(.memory, "a value of more than \(limit) parts is too large")
        : .init(.recursion, "values lie in values more than \(nestingLimit) deep")
    }
    return limit - walk.remaining
  }
}

/// A look at every value in a value. One that is there many times is looked at as often, hence the limit.
private struct NestingWalk {
  var remaining: Int

  /// Whether there are more than `depth` levels in the value, or more values than may be looked at.
  mutating func exceeds(_ depth: Int, _ value: Value) -> Bool {
    switch value {
    case .list(let items), .tuple(let items): return exceeds(depth, items)
    case .dict(let dict): return exceeds(depth, dict.keys) || exceeds(depth, dict.values)
    case .set(let set): return exceeds(depth, set.elements)
    case .iterator(let iterator): return exceeds(depth, iterator.elements)
    case .slice(let lower, let upper, let step): return exceeds(depth, [lower, upper, step])
    case .function(let function):
      switch function.body {
      case .code(_, let captured): return exceeds(depth, captured)
      case .method(let receiver, _): return exceeds(depth, [receiver])
      case .builtin, .host: return false
      }
    default: return false
    }
  }

  private mutating func exceeds(_ depth: Int, _ items: [Value]) -> Bool {
    if depth == 0 { return true }
    remaining -= items.count
    if remaining < 0 { return true }
    for item in items where item.holdsValues { if exceeds(depth - 1, item) { return true } }
    return false
  }
}

extension Value {
  /// Whether there may be values in this one.
  var holdsValues: Bool {
    switch self {
    case .list, .tuple, .dict, .set, .iterator, .slice, .function: true
    case .none, .bool, .integer, .float, .string, .range, .ellipsis, .array, .object: false
    }
  }
}

extension ValueType {
  /// Whether a value of this type may be nested deeper than types can tell, so that it is looked at before it is put into another one.
  var mayNestDeeply: Bool { levels(within: 16) == nil }

  /// How many levels a value of this type has; nil where that is not known, or where there are more than `limit`.
  private func levels(within limit: Int) -> Int? {
    func over(_ parts: [ValueType]) -> Int? {
      guard limit > 0 else { return nil }
      var most = 0
      for part in parts {
        guard let levels = part.levels(within: limit - 1) else { return nil }
        most = max(most, levels)
      }
      return most + 1
    }
    switch self {
    case .any, .function, .slice: return nil
    case .none, .bool, .integer, .float, .string, .range, .ellipsis, .array, .object, .never: return 0
    case .list(let element), .tupleOf(let element), .set(let element), .iterator(let element): return over([element])
    case .tuple(let elements): return over(elements)
    case .dict(let key, let value): return over([key, value])
    case .record(let record): return over(record.fields.values.map(\.type))
    case .union(let members): return over(members)
    }
  }
}
