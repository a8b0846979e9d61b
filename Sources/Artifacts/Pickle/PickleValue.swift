import Arrays

/// What a pickle holds, of the few kinds that data sets are made of.
package enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  /// Python 2's strings, and bytes.
  case bytes(ArraySlice<UInt8>)
  case text(String)
  case tuple(PickleTuple)
  case list(PickleList)
  case dict(PickleDict)
  case array(PickleArray)
  /// A type of NumPy's, as `|u1`; its byte order comes a little later.
  case type(PickleType)
  /// A function or class that the pickle names: one of those that make arrays.
  case maker(PickleMaker)

  package var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// A text or Python 2's string.
  package var string: String? {
    switch self {
    case .text(let text): text
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// What was put under a name into a dict.
  package subscript(_ name: String) -> PickleValue? {
    guard case .dict(let dict) = self else { return nil }
    return dict.entries.last { $0.key.string == name }?.value
  }

  /// Whole numbers: of a list, or of an array of one dimension.
  package var integers: [Int]? {
    switch self {
    case .list(let list): list.integers
    default: nil
    }
  }

  /// What it is part of changes no more, so that nothing lies in itself and nothing deeper than it was when it was put there.
  var container: PickleContainer? {
    switch self {
    case .tuple(let tuple): tuple
    case .list(let list): list
    case .dict(let dict): dict
    case .array(let array): array
    default: nil
    }
  }
}

/// Something with values in it.
package class PickleContainer {
  /// How deep values lie in values in it.
  fileprivate(set) var depth = 1
  fileprivate(set) var isClosed = false

  static let depthLimit = 16

  /// Puts a value in. False where nothing more can be.
  final func hold(_ value: PickleValue) -> Bool {
    guard !isClosed else { return false }
    guard let inner = value.container else { return true }
    guard inner !== self else { return false }
    inner.isClosed = true
    depth = max(depth, inner.depth + 1)
    return depth <= Self.depthLimit
  }
}

package final class PickleTuple: PickleContainer {
  package let items: [PickleValue]
  init(_ items: [PickleValue]) { self.items = items }
}

package final class PickleList: PickleContainer {
  /// Where all of it is whole numbers.
  package private(set) var integers: [Int]? = []
  private var others: [PickleValue] = []

  package var items: [PickleValue] { integers.map { $0.map(PickleValue.integer) } ?? others }

  func append(_ values: ArraySlice<PickleValue>) -> Bool {
    guard !isClosed else { return false }
    if integers != nil {
      for (place, value) in zip(values.indices, values) {
        guard case .integer(let number) = value else {
          others = (integers ?? []).map(PickleValue.integer)
          integers = nil
          return append(others: values[place...])
        }
        integers?.append(number)
      }
      return true
    }
    return append(others: values)
  }

  private func append(others values: ArraySlice<PickleValue>) -> Bool {
    others.append(contentsOf: values)
    return values.allSatisfy(hold)
  }
}

package final class PickleDict: PickleContainer {
  package private(set) var entries: [(key: PickleValue, value: PickleValue)] = []

  func set(_ key: PickleValue, _ value: PickleValue) -> Bool {
    entries.append((key, value))
    return hold(key) && hold(value)
  }
}

package final class PickleType {
  /// As NumPy writes it in `.npy` files, such as `<f4`; `|O8` for objects.
  fileprivate(set) var name: String
  init(_ name: String) { self.name = "|" + name }

  /// Takes the byte order from NumPy's state of a type.
  func setState(_ state: PickleValue) -> Bool {
    guard case .tuple(let tuple) = state, tuple.items.count >= 2, let order = tuple.items[1].string, "<>|=".contains(order) else {
      return false
    }
    name = order + name.dropFirst()
    return true
  }
}

package enum PickleMaker { case reconstruct, array, type }

package final class PickleArray: PickleContainer {
  package private(set) var shape: [Int] = []
  private var storedType = ""
  private var isFortranOrder = false
  private var bytes: ArraySlice<UInt8> = []
  /// The elements of an array of objects.
  package private(set) var objects: [PickleValue]?

  /// Takes NumPy's state of an array: (version, shape, type, whether it is in Fortran order, elements).
  func setState(_ state: PickleValue) -> Bool {
    guard case .tuple(let tuple) = state, tuple.items.count == 5, case .tuple(let sizes) = tuple.items[1],
      case .type(let type) = tuple.items[2], hold(state)
    else { return false }
    shape = sizes.items.compactMap(\.integer)
    storedType = type.name
    if case .bool(true) = tuple.items[3] { isFortranOrder = true }
    switch tuple.items[4] {
    case .bytes(let bytes): self.bytes = bytes
    case .list(let list) where storedType.hasPrefix("|O"): objects = list.items
    default: return false
    }
    return shape.count == sizes.items.count && shape.allSatisfy { $0 >= 0 }
  }

  /// The array of numbers that it is.
  func numbers(_ path: String) throws(FileFailure) -> NDArray {
    let fault = { (reason: String) in FileFailure.damaged(path: path, reason: reason) }
    guard objects == nil, let stored = StoredElement(storedType) else {
      throw fault("it holds an array of other things than numbers")
    }
    let header = NumPyHeader(
      storedType: storedType, shape: shape, isFortranOrder: isFortranOrder, type: stored.type, stored: stored, headerBytes: 0)
    guard let count = NDArray.byteCount(of: .uint8, shape: shape + [stored.size]), count == bytes.count,
      NDArray.byteCount(of: stored.type, shape: shape) != nil
    else { throw fault("an array in it has \(bytes.count) bytes, which are not those of its shape") }
    var rest = bytes
    return try header.makeArray { buffer throws(FileFailure) in
      buffer.copyBytes(from: rest.prefix(buffer.count))
      rest = rest.dropFirst(buffer.count)
    } fault: {
      fault($0.reason)
    }
  }
}

extension PickleValue {
  /// The array of numbers that it is. Throws `damaged` where it is none.
  package func numbers(of path: String) throws(FileFailure) -> NDArray {
    guard case .array(let array) = self else { throw .damaged(path: path, reason: "it holds no array where one should be") }
    return try array.numbers(path)
  }
}
