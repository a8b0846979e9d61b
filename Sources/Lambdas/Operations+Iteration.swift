import Arrays
import Glibc

/// Where going through a value stands.
package struct ValueCursor {
  private enum Source {
    case values([Value])
    case range(RangeValue, count: Int)
    case text(String.UnicodeScalarView)
    case rows(NDArray)
    case iterator(IteratorValue)
  }
  private let source: Source
  private var position = 0
  private var scalar: String.UnicodeScalarView.Index?

  fileprivate init(values: [Value]) { source = .values(values) }
  fileprivate init(range: RangeValue) { source = .range(range, count: range.count) }
  fileprivate init(text: String) {
    source = .text(text.unicodeScalars)
    scalar = text.unicodeScalars.startIndex
  }
  fileprivate init(rows: NDArray) { source = .rows(rows) }
  fileprivate init(iterator: IteratorValue) { source = iterator.kind.isView ? .values(iterator.elements) : .iterator(iterator) }

  /// The next element; nil at the end.
  package mutating func next() -> Value? {
    switch source {
    case .values(let values):
      guard position < values.count else { return nil }
      position += 1
      return values[position - 1]
    case .range(let range, let count):
      guard position < count else { return nil }
      position += 1
      return .integer(range[position - 1])
    case .text(let scalars):
      guard let index = scalar, index < scalars.endIndex else { return nil }
      scalar = scalars.index(after: index)
      return .string(String(scalars[index]))
    case .rows(let array):
      guard position < array.shape[0] else { return nil }
      position += 1
      return (try? array[[.integer(position - 1)]]).map { Value(unwrapping: $0) }
    case .iterator(let iterator): return iterator.next()
    }
  }
}

extension Operations {
  /// Goes through a value; a `TypeError` where that cannot be done.
  package static func iterate(_ value: Value) throws(MachineError) -> ValueCursor {
    switch value {
    case .list(let items), .tuple(let items): return ValueCursor(values: items)
    case .dict(let dict): return ValueCursor(values: dict.keys)
    case .set(let set): return ValueCursor(values: set.elements)
    case .range(let range): return ValueCursor(range: range)
    case .string(let text): return ValueCursor(text: text)
    case .array(let array):
      if array.rank == 0 { throw .init(.type, "iteration over a 0-d array") }
      return ValueCursor(rows: array)
    case .iterator(let iterator): return ValueCursor(iterator: iterator)
    case .object(let object):
      if let elements = try object.elements() { return ValueCursor(values: elements) }
      throw .init(.type, "'\(value.typeName)' object is not iterable")
    default: throw .init(.type, "'\(value.typeName)' object is not iterable")
    }
  }

  /// Everything that going through a value gives.
  package static func elements(of value: Value) throws(MachineError) -> [Value] {
    switch value {
    case .list(let items), .tuple(let items): return items
    case .range(let range): try checkLength(range.count)
    case .string(let text): try checkLength(text.codePointCount)
    case .array(let array): try checkLength(array.shape.first ?? 0)
    default: break
    }
    var cursor = try iterate(value)
    var items: [Value] = []
    while let next = cursor.next() { items.append(next) }
    return items
  }

  /// `len(value)`.
  package static func length(of value: Value) throws(MachineError) -> Int {
    switch value {
    case .string(let text): return text.codePointCount
    case .list(let items), .tuple(let items): return items.count
    case .dict(let dict): return dict.count
    case .set(let set): return set.count
    case .range(let range): return range.count
    case .array(let array):
      guard let first = array.shape.first else { throw .init(.type, "len() of unsized object") }
      return first
    case .iterator(let iterator) where iterator.kind.isView: return iterator.elements.count
    case .object(let object):
      if let elements = try object.elements() { return elements.count }
    default: break
    }
    throw .init(.type, "object of type '\(value.typeName)' has no len()")
  }

  /// `[*values]` and its like: an array of nested lists of numbers, all of one shape. The type follows from the numbers.
  package static func makeArray(_ value: Value, type: ElementType? = nil) throws(MachineError) -> NDArray {
    if case .array(let array) = value { return type.map(array.converted) ?? array }
    if case .range(let range) = value {
      _ = try numeric { () throws(ArrayError) in try NDArray.count(of: [range.count]) }
      let array = NDArray(integers: (0..<range.count).map { range[$0] }, shape: [range.count])
      return type.map(array.converted) ?? array
    }
    var shape: [Int] = []
    var probe = value
    while let items = probe.sequenceItems {
      shape.append(items.count)
      if shape.count > NDArray.rankLimit { break }
      guard let first = items.first else { break }
      if case .array(let array) = first {
        shape += array.shape
        break
      }
      probe = first
    }
    let count = try numeric { () throws(ArrayError) in try NDArray.count(of: shape) }
    var arrays: [NDArray] = []
    var numbers: [Value] = []
    try flatten(value, shape[...], &numbers, &arrays)
    if !arrays.isEmpty, !numbers.isEmpty { throw ragged }
    if !arrays.isEmpty {
      let joined = try numeric { () throws(ArrayError) in try NDArray.stack(arrays).reshaped(shape) }
      return type.map(joined.converted) ?? joined
    }
    let hasFloats = numbers.contains { if case .float = $0 { true } else { false } }
    let isTruth = count > 0 && numbers.allSatisfy { if case .bool = $0 { true } else { false } }
    let array =
      if hasFloats || count == 0 {
        NDArray(doubles: numbers.map { $0.asDouble ?? 0 }, shape: shape)
      } else if isTruth {
        NDArray(bools: numbers.map { $0.asInteger == 1 }, shape: shape)
      } else {
        NDArray(integers: numbers.map { $0.asInteger ?? 0 }, shape: shape)
      }
    return type.map(array.converted) ?? array
  }

  private static let ragged = MachineError(
    .value, "setting an array element with a sequence. The requested array has an inhomogeneous shape")

  private static func flatten(
    _ value: Value, _ shape: ArraySlice<Int>, _ numbers: inout [Value], _ arrays: inout [NDArray]
  ) throws(MachineError) {
    if case .array(let array) = value {
      // An array without axes is a number where there are numbers beside it.
      if array.rank == 0, shape.isEmpty, !numbers.isEmpty { return numbers.append(Value(unwrapping: array)) }
      guard Array(shape) == array.shape else { throw ragged }
      return arrays.append(array)
    }
    guard let count = shape.first else {
      guard value.asDouble != nil else {
        throw value.sequenceItems == nil ? .init(.type, "an array holds numbers, not '\(value.typeName)'") : ragged
      }
      if arrays.allSatisfy({ $0.rank == 0 }) {
        numbers += arrays.map(Value.init(unwrapping:))
        arrays = []
      }
      return numbers.append(value)
    }
    guard let items = value.sequenceItems, items.count == count else { throw ragged }
    for item in items { try flatten(item, shape.dropFirst(), &numbers, &arrays) }
  }
}

extension String {
  /// Whether two texts are the same code points: Swift's `==` takes é for e with an accent behind it, too.
  func isSame(as other: String) -> Bool {
    let count = utf8.count
    if count != other.utf8.count { return false }
    if count == 0 { return true }
    let compared = utf8.withContiguousStorageIfAvailable { a in
      other.utf8.withContiguousStorageIfAvailable { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return false }
        return memcmp(a, b, count) == 0
      }
    }
    return (compared ?? nil) ?? utf8.elementsEqual(other.utf8)
  }

  /// How many code points the text has: Python's length.
  var codePointCount: Int {
    let counted = utf8.withContiguousStorageIfAvailable { bytes in
      var count = 0
      // Every byte but those that continue a code point.
      for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
      return count
    }
    return counted ?? unicodeScalars.count
  }
}

extension Value {
  /// How deep lists lie in the first elements of lists; no list is 0 deep.
  var depth: Int {
    switch self {
    case .list(let items), .tuple(let items): 1 + (items.first?.depth ?? 0)
    case .range: 1
    default: 0
    }
  }

  /// The elements of a list, tuple or range.
  var sequenceItems: [Value]? {
    switch self {
    case .list(let items), .tuple(let items): items
    case .range(let range) where range.count <= Operations.elementLimit: (0..<range.count).map { .integer(range[$0]) }
    default: nil
    }
  }
}
