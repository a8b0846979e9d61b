/// A dict that keeps its order of insertion, as Python's does.
///
/// The entries stand in order. One that is removed leaves a hole behind, and the holes go when there are more of them than entries, so
/// that removing costs no more than adding. Up to `directLimit` entries are found by going through them; from there on a table does.
package struct DictValue: Sendable {
  private var entries: Entries

  package init() { entries = .none }

  package init(_ entries: [(String, Value)]) {
    self.init()
    for (key, value) in entries { set(value, for: .string(key)) }
  }

  /// Entries of different names, in order.
  package init(names: [String], values: [Value]) { entries = Entries(keys: names.map(Value.string), values: values) }

  package var count: Int { entries.keys.count - entries.holes }

  /// The keys in order of insertion.
  package var keys: [Value] { entries.holes == 0 ? entries.keys : entries.positions.map { entries.keys[$0] } }
  /// The values in the order of their keys.
  package var values: [Value] { entries.holes == 0 ? entries.values : entries.positions.map { entries.values[$0] } }

  var firstKey: Value? { count == 0 ? nil : entries.keys[entries.head] }
  var lastKey: Value? { entries.keys.last }

  package func contains(_ key: Value) -> Bool { entries.find(key) != nil }
  package subscript(key: Value) -> Value? { entries.find(key).map { entries.values[$0.position] } }
  package subscript(key: String) -> Value? { self[.string(key)] }

  /// The value of a text key, looked for in the place `hint` first.
  func value(of key: String, hint: Int) -> Value? {
    if hint < entries.keys.count, case .string(let text) = entries.keys[hint], text.isSame(as: key) {
      return entries.values[hint]
    }
    return self[.string(key)]
  }

  /// The float of a text key that stands in the place `hint`; nil where something else does.
  @inline(__always)
  func float(of key: String, hint: Int) -> Double? {
    guard hint < entries.keys.count, case .string(let text) = entries.keys[hint], text == key,
      case .float(let number) = entries.values[hint]
    else { return nil }
    return number
  }

  package mutating func set(_ value: Value, for key: Value) {
    own()
    entries.set(value, for: key)
  }

  /// Takes an entry out and gives its value; nil where there is none.
  @discardableResult
  package mutating func remove(_ key: Value) -> Value? {
    guard let place = entries.find(key) else { return nil }
    own()
    return entries.remove(at: place)
  }

  /// Copies the entries if another value shares them.
  private mutating func own() { if !isKnownUniquelyReferenced(&entries) { entries = Entries(entries) } }
}

/// Where an entry stands, and the slot of the table that says so; -1 without a table.
private struct Place {
  var position: Int
  var slot: Int
}

private final class Entries: @unchecked Sendable {
  // Sendable by discipline: written only through a `DictValue` that holds the only reference.
  // Nobody changes them while somebody reads them, and finding that out would cost more than the reading.
  @exclusivity(unchecked) var keys: [Value] = []
  @exclusivity(unchecked) var values: [Value] = []
  /// How many of the keys are holes.
  var holes = 0
  /// The first key that is no hole.
  var head = 0
  /// By hash, then one after the other: a position plus one, 0 for a slot that was never used, -1 for one whose entry is gone.
  private var table: [Int32] = []
  private var usedSlots = 0
  private static let directLimit = 8
  static let none = Entries()

  init() {}

  init(keys: [Value], values: [Value]) {
    precondition(keys.count == values.count, "each key has a value")
    (self.keys, self.values) = (keys, values)
    rebuild()
  }

  init(_ other: Entries) {
    (keys, values, holes, head) = (other.keys, other.values, other.holes, other.head)
    (table, usedSlots) = (other.table, other.usedSlots)
  }

  /// What stands where an entry was: no list is ever a key.
  private static let hole = Value.list([])
  private static func isHole(_ key: Value) -> Bool { if case .list = key { true } else { false } }

  /// The positions of entries, in order.
  var positions: [Int] { (head..<keys.count).filter { !Self.isHole(keys[$0]) } }

  func find(_ key: Value) -> Place? { Self.isHole(key) ? nil : table.isEmpty ? findDirectly(key) : find(key, hash: key.keyHash) }

  /// Whether two keys are one: equal, or both not-a-number, which equals nothing and is found all the same.
  private static func isOne(_ a: Value, _ b: Value) -> Bool { Operations.isEqual(a, b) || Operations.isSame(a, b) }

  private func findDirectly(_ key: Value) -> Place? {
    for position in head..<keys.count where Self.isOne(keys[position], key) { return Place(position: position, slot: -1) }
    return nil
  }

  private func find(_ key: Value, hash: Int) -> Place? {
    let mask = table.count - 1
    var slot = hash & mask
    while table[slot] != 0 {
      let position = Int(table[slot]) - 1
      if position >= 0, Self.isOne(keys[position], key) { return Place(position: position, slot: slot) }
      slot = (slot + 1) & mask
    }
    return nil
  }

  func set(_ value: Value, for key: Value) {
    if let place = find(key) {
      values[place.position] = value
      return
    }
    keys.append(key)
    values.append(value)
    if table.isEmpty ? keys.count > Self.directLimit : (usedSlots + 1) * 3 > table.count * 2 {
      rebuild()
    } else if !table.isEmpty {
      enter(keys.count - 1, hash: key.keyHash)
    }
  }

  private func enter(_ position: Int, hash: Int) {
    let mask = table.count - 1
    var slot = hash & mask
    while table[slot] > 0 { slot = (slot + 1) & mask }
    if table[slot] == 0 { usedSlots += 1 }
    table[slot] = Int32(position + 1)
  }

  func remove(at place: Place) -> Value {
    let value = values[place.position]
    keys[place.position] = Self.hole
    values[place.position] = .none
    holes += 1
    if place.slot >= 0 { table[place.slot] = -1 }
    while let last = keys.last, Self.isHole(last) {
      keys.removeLast()
      values.removeLast()
      holes -= 1
    }
    head = min(head, keys.count)
    while head < keys.count, Self.isHole(keys[head]) { head += 1 }
    if holes > max(keys.count - holes, Self.directLimit) { rebuild() }
    return value
  }

  /// Closes the holes and makes the table anew, at most half full.
  private func rebuild() {
    if holes > 0 {
      let kept = positions
      keys = kept.map { keys[$0] }
      values = kept.map { values[$0] }
      (holes, head) = (0, 0)
    }
    usedSlots = 0
    guard keys.count > Self.directLimit else {
      table = []
      return
    }
    var size = 32
    while size < keys.count * 2 { size *= 2 }
    table = [Int32](repeating: 0, count: size)
    for (position, key) in keys.enumerated() { enter(position, hash: key.keyHash) }
  }
}

extension Value {
  /// A number that is the same for keys that Python's `==` calls equal: `1`, `1.0` and `True` are one key.
  var keyHash: Int { Int(truncatingIfNeeded: keyBits(0x2545_F491_4F6C_DD1D)) }

  private func keyBits(_ seed: UInt64) -> UInt64 {
    switch self {
    case .none: return Self.mixed(seed, 1)
    case .bool(let flag): return Self.mixed(seed, flag ? 1 : 0)
    case .integer(let number): return Self.mixed(seed, UInt64(bitPattern: Int64(number)))
    case .float(let number):
      let bits = number.isNaN ? Double.nan.bitPattern : number.bitPattern
      return Self.mixed(seed, Int(exactly: number).map { UInt64(bitPattern: Int64($0)) } ?? bits)
    case .string(let text):
      var text = text
      return text.withUTF8 { bytes in
        var bits = Self.mixed(seed, UInt64(bytes.count))
        var start = 0
        while start + 8 <= bytes.count {
          bits = Self.mixed(bits, UnsafeRawPointer(bytes.baseAddress! + start).loadUnaligned(as: UInt64.self))
          start += 8
        }
        var rest: UInt64 = 0
        while start < bytes.count {
          rest = rest << 8 | UInt64(bytes[start])
          start += 1
        }
        return Self.mixed(bits, rest)
      }
    case .tuple(let items): return items.reduce(Self.mixed(seed, UInt64(items.count))) { $1.keyBits($0) }
    case .range(let range): return Self.mixed(seed, UInt64(bitPattern: Int64(range.count)))
    // Two values that name one built-in are equal.
    case .function(let function): return Self.mixed(seed, UInt64(function.name.utf8.count))
    case .object(let object): return Self.mixed(seed, UInt64(UInt(bitPattern: ObjectIdentifier(object))))
    case .list, .dict, .set, .array, .slice, .ellipsis, .iterator: return seed
    }
  }

  /// Both halves of a product of 128 bits: each bit of either argument reaches the result.
  private static func mixed(_ seed: UInt64, _ value: UInt64) -> UInt64 {
    let product = (seed ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: value ^ 0xD1B5_4A32_D192_ED03)
    return product.high ^ product.low
  }
}
