/// A value as a key: equal where Python's `==` says so, hence `1`, `1.0` and `True` are one key.
struct HashKey: Hashable {
  let value: Value
  init(_ value: Value) { self.value = value }

  static func == (a: HashKey, b: HashKey) -> Bool { Operations.isEqual(a.value, b.value) }

  func hash(into hasher: inout Hasher) {
    switch value {
    case .none: hasher.combine(0 as UInt8)
    case .bool(let flag): hasher.combine(flag ? 1 : 0)
    case .integer(let number): hasher.combine(number)
    case .float(let number):
      if let whole = Int(exactly: number) { hasher.combine(whole) } else { hasher.combine(number) }
    case .string(let text): hasher.combine(text)
    case .tuple(let items): for item in items { HashKey(item).hash(into: &hasher) }
    case .range(let range): hasher.combine(range.count)
    case .function(let function): hasher.combine(ObjectIdentifier(function))
    case .object(let object): hasher.combine(ObjectIdentifier(object))
    case .list, .dict, .set, .array, .slice, .ellipsis, .iterator: break
    }
  }
}

/// A dict that keeps its order of insertion, as Python's does.
///
/// Up to `directLimit` entries are found by going through them; from there on a table finds them.
package struct DictValue: Sendable {
  package private(set) var keys: [Value] = []
  package private(set) var values: [Value] = []
  private var table: [HashKey: Int] = [:]
  private static let directLimit = 8

  package init() {}

  package init(_ entries: [(String, Value)]) {
    for (key, value) in entries { set(value, for: .string(key)) }
  }

  package var count: Int { keys.count }

  /// Where the entry of `key` stands; nil where there is none.
  package func position(of key: Value) -> Int? {
    if keys.count > Self.directLimit { return table[HashKey(key)] }
    for index in keys.indices where Operations.isEqual(keys[index], key) { return index }
    return nil
  }

  /// Where the entry of a text key stands, looked for at `hint` first.
  func position(of key: String, hint: Int) -> Int? {
    if hint < keys.count, case .string(let text) = keys[hint], text == key { return hint }
    return position(of: .string(key))
  }

  package subscript(key: Value) -> Value? { position(of: key).map { values[$0] } }
  package subscript(key: String) -> Value? { position(of: .string(key)).map { values[$0] } }

  package mutating func set(_ value: Value, for key: Value) {
    if let position = position(of: key) {
      values[position] = value
      return
    }
    keys.append(key)
    values.append(value)
    if keys.count == Self.directLimit + 1 {
      rebuild()
    } else if keys.count > Self.directLimit {
      table[HashKey(key)] = keys.count - 1
    }
  }

  /// Takes an entry out and gives its value; nil where there is none.
  @discardableResult
  package mutating func remove(_ key: Value) -> Value? {
    guard let position = position(of: key) else { return nil }
    if position == keys.count - 1 { table[HashKey(keys.removeLast())] = nil } else { keys.remove(at: position) }
    let value = values.remove(at: position)
    if position < keys.count { rebuild() }
    return value
  }

  /// Changes the value at a position in place.
  mutating func withValue<Result>(at position: Int, _ body: (inout Value) throws(MachineError) -> Result) throws(MachineError)
    -> Result
  {
    try body(&values[position])
  }

  private mutating func rebuild() {
    table = [:]
    guard keys.count > Self.directLimit else { return }
    for (index, key) in keys.enumerated() { table[HashKey(key)] = index }
  }
}

/// A set; iteration follows insertion, since no order is promised.
package struct SetValue: Sendable {
  private var members = DictValue()
  package init() {}
  package init(_ elements: [Value]) { for element in elements { insert(element) } }

  package var elements: [Value] { members.keys }
  package var count: Int { members.count }
  package func contains(_ element: Value) -> Bool { members.position(of: element) != nil }
  package mutating func insert(_ element: Value) { if !contains(element) { members.set(.none, for: element) } }
  @discardableResult
  package mutating func remove(_ element: Value) -> Bool { members.remove(element) != nil }
}

/// `range(start, stop, step)`; the step is never zero.
package struct RangeValue: Sendable, Equatable {
  package let start: Int
  package let stop: Int
  package let step: Int
  package init(start: Int, stop: Int, step: Int) {
    precondition(step != 0, "a range has a step other than zero")
    self.start = start
    self.stop = stop
    self.step = step
  }

  /// How many numbers it gives; `Int.max` where there are more.
  package var count: Int {
    guard step > 0 ? start < stop : start > stop else { return 0 }
    let distance =
      step > 0 ? UInt(bitPattern: stop) &- UInt(bitPattern: start) : UInt(bitPattern: start) &- UInt(bitPattern: stop)
    return Int(clamping: (distance - 1) / step.magnitude + 1)
  }

  /// The number at `index`, which must lie inside.
  package subscript(index: Int) -> Int { start &+ index &* step }

  package func contains(_ number: Int) -> Bool {
    guard step > 0 ? number >= start && number < stop : number <= start && number > stop else { return false }
    let distance =
      step > 0 ? UInt(bitPattern: number) &- UInt(bitPattern: start) : UInt(bitPattern: start) &- UInt(bitPattern: number)
    return distance % step.magnitude == 0
  }

  package static func == (a: RangeValue, b: RangeValue) -> Bool {
    a.count == b.count && (a.count == 0 || a.start == b.start && (a.count == 1 || a.step == b.step))
  }
}

/// What `zip`, `map`, `enumerate`, `reversed`, a generator and the views of a dict give.
///
/// A view (`d.keys()`) can be gone through again and has a length; the others are used up by going through them, as in Python.
package final class IteratorValue: @unchecked Sendable {
  // Sendable by discipline: a value reaches another thread only when the one that made it is done with it.
  package enum Kind: String, Sendable {
    case zip, map, enumerate, reversed, generator, keys = "dict_keys", values = "dict_values", items = "dict_items"
    package var isView: Bool { self == .keys || self == .values || self == .items }
  }
  package let kind: Kind
  package let elements: [Value]
  /// How many elements have been taken.
  package private(set) var position = 0

  package init(_ kind: Kind, _ elements: [Value]) {
    self.kind = kind
    self.elements = elements
  }

  /// The elements not yet taken; for a view, all.
  package func next() -> Value? {
    guard position < elements.count else { return nil }
    position += 1
    return elements[position - 1]
  }

  /// Gives elements back that were taken since a position.
  package func rewind(to position: Int) { self.position = min(self.position, position) }
}
