/// A set; iteration follows insertion, since no order is promised.
package struct SetValue: Sendable {
  private var members = DictValue()
  package init() {}
  package init(_ elements: [Value]) { for element in elements { insert(element) } }

  package var elements: [Value] { members.keys }
  package var count: Int { members.count }
  package func contains(_ element: Value) -> Bool { members.contains(element) }
  /// The element that was put in first; nil where there is none.
  package var first: Value? { members.firstKey }
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
    case zip, map, filter, enumerate, reversed, generator, keys = "dict_keys", values = "dict_values", items = "dict_items"
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
