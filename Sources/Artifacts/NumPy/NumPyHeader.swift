import Arrays

/// The head of a `.npy` file: what its array is, without its elements.
package struct NumPyHeader: Sendable, Equatable {
  /// The element type as NumPy writes it, such as `<f4`.
  package let storedType: String
  package let shape: [Int]
  /// Whether the first axis varies fastest in the file.
  package let isFortranOrder: Bool
  /// The type that the array has once read: small integers become int32, those beyond int64, half floats float32.
  package let type: ElementType
  /// How the stored elements are read.
  let stored: StoredElement
  /// Where the elements begin in the file.
  let headerBytes: Int

  /// Bytes of the elements in the file.
  var contentBytes: Int { shape.reduce(stored.size, *) }
}

/// A number type in a `.npy` file.
struct StoredElement: Sendable, Equatable {
  enum Kind: Sendable { case signed, unsigned, float, bool }
  let kind: Kind
  let size: Int
  let isBigEndian: Bool

  /// Reads a descriptor such as `<f4`; nil if it is none of numbers we hold.
  init?(_ descriptor: String) {
    guard let order = descriptor.first, "<>|=".contains(order), let size = Int(descriptor.dropFirst(2)) else { return nil }
    isBigEndian = order == ">"
    self.size = size
    switch (descriptor.dropFirst().first, size) {
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): kind = .signed
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): kind = .unsigned
    case ("f", 2), ("f", 4), ("f", 8): kind = .float
    case ("b", 1): kind = .bool
    default: return nil
    }
  }

  /// The type of arrays that holds every such element.
  var type: ElementType {
    switch (kind, size) {
    case (.bool, _): .bool
    case (.float, 8): .float64
    case (.float, _): .float32
    case (.unsigned, 1): .uint8
    case (.signed, 8), (.unsigned, 4), (.unsigned, 8): .int64
    case (.signed, _), (.unsigned, _): .int32
    }
  }

  /// Whether elements in the file stand there as an array of `type` keeps them, whatever their values.
  var isAsKept: Bool {
    switch (kind, size) {
    case (.float, 4), (.float, 8), (.signed, 4), (.signed, 8): !isBigEndian
    case (.unsigned, 1): true
    default: false
    }
  }
}

extension NumPyHeader {
  /// The most that a header may take; real ones take a few hundred bytes.
  static let longestHeader = 1 << 16

  /// Reads the header at the beginning of a file. The reason of a failure fits after the file's name.
  ///
  /// ```
  /// "\x93NUMPY" major minor length(2 bytes, from version 2 on 4, little-endian) {'descr': …, 'fortran_order': …, 'shape': …}
  /// ```
  static func parse(_ bytes: [UInt8]) throws(NumPyFault) -> NumPyHeader {
    guard bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else { throw NumPyFault("it is not a NumPy array file") }
    guard bytes.count >= 10 else { throw .cutShort }
    guard (1...3).contains(bytes[6]) else { throw NumPyFault("its format version \(bytes[6]) is not known") }
    let isLong = bytes[6] > 1
    let start = isLong ? 12 : 10
    guard bytes.count >= start else { throw .cutShort }
    var length = Int(bytes[8]) | Int(bytes[9]) << 8
    if isLong { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
    guard length <= longestHeader else { throw NumPyFault("its header claims \(length) bytes") }
    guard bytes.count >= start + length else { throw .cutShort }

    var literal = PythonLiteral(bytes[start..<start + length])
    guard case .dictionary(let entries)? = literal.parse(), case .tuple(let sizes)? = entries["shape"],
      case .bool(let isFortranOrder)? = entries["fortran_order"], let descriptor = entries["descr"]
    else { throw NumPyFault("its header cannot be read") }
    guard case .string(let storedType) = descriptor else {
      throw NumPyFault("it holds records of several fields, not an array of numbers")
    }
    guard let stored = StoredElement(storedType) else { throw NumPyFault(refusal(of: storedType)) }
    var shape: [Int] = []
    for size in sizes {
      guard case .integer(let size) = size else { throw NumPyFault("its header cannot be read") }
      shape.append(size)
    }
    // Both must be numbers: the bytes in the file and the bytes in memory.
    guard shape.count <= 32, let kept = NDArray.byteCount(of: stored.type, shape: shape),
      !kept.multipliedReportingOverflow(by: 8).overflow
    else { throw NumPyFault("its header claims a shape that cannot be") }
    return NumPyHeader(
      storedType: storedType, shape: shape, isFortranOrder: isFortranOrder, type: stored.type, stored: stored,
      headerBytes: start + length)
  }

  /// How many bytes of a file it takes to know its header's length, and then the header; nil where these are enough.
  static func bytesNeeded(after beginning: [UInt8]) -> Int? {
    guard beginning.count >= 12 else { return 12 }
    let isLong = beginning[6] > 1
    var length = Int(beginning[8]) | Int(beginning[9]) << 8
    if isLong { length |= Int(beginning[10]) << 16 | Int(beginning[11]) << 24 }
    let needed = (isLong ? 12 : 10) + min(length, longestHeader)
    return beginning.count < needed ? needed : nil
  }

  /// Where what follows the header begins, whatever it describes; nil where there is none.
  static func endOfHeader(_ bytes: [UInt8]) -> Int? {
    guard bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), bytes.count >= 12, (1...3).contains(bytes[6]) else {
      return nil
    }
    let isLong = bytes[6] > 1
    let length = (isLong ? 8..<12 : 8..<10).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    let end = (isLong ? 12 : 10) + length
    return end <= bytes.count ? end : nil
  }

  private static func refusal(of storedType: String) -> String {
    switch storedType.dropFirst().first {
    case "O": "it holds Python objects (a pickle), which could run anything and are not read"
    case "U", "S", "a": "it holds strings (`\(storedType)`), not numbers"
    case "c": "it holds complex numbers (`\(storedType)`)"
    case "M", "m": "it holds dates or times (`\(storedType)`), not numbers"
    default: "it holds elements of type `\(storedType)`, which arrays do not have"
    }
  }

  /// The header of an array as NumPy 1.9 and later write it: padded so that the elements begin at a multiple of 64.
  static func bytes(for array: NDArray) -> [UInt8] { bytes(array.type, shape: array.shape, at: 0) }

  /// The same of one that stands at a place of another file, where its elements begin at a multiple of 64.
  static func bytes(_ type: ElementType, shape: [Int], at place: Int) -> [UInt8] {
    let descriptor =
      switch type {
      case .float32: "<f4"
      case .float64: "<f8"
      case .int32: "<i4"
      case .int64: "<i8"
      case .uint8: "|u1"
      case .bool: "|b1"
      case .string: preconditionFailure("texts are no array of a script, so none is written")
      }
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    while (place + 10 + text.count + 1) % 64 != 0 { text.append(UInt8(ascii: " ")) }
    text.append(UInt8(ascii: "\n"))
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
  }
}

/// Why bytes are no array that can be read; fits after the file's name.
struct NumPyFault: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
  static let cutShort = NumPyFault("it is cut short")
}

/// The few Python literals that a header consists of.
private struct PythonLiteral {
  indirect enum Value {
    case string(String), bool(Bool), integer(Int), tuple([Value]), list([Value]), dictionary([String: Value])
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private static let depthLimit = 8

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The literal, with nothing but space after it; nil if it is none.
  mutating func parse() -> Value? {
    guard let value = parseValue(depth: 0) else { return nil }
    skipSpace()
    return position == bytes.endIndex ? value : nil
  }

  private mutating func parseValue(depth: Int) -> Value? {
    skipSpace()
    guard depth < Self.depthLimit, position < bytes.endIndex else { return nil }
    switch bytes[position] {
    case UInt8(ascii: "{"): return parseDictionary(depth: depth)
    case UInt8(ascii: "("): return parseElements(until: ")", depth: depth).map(Value.tuple)
    case UInt8(ascii: "["): return parseElements(until: "]", depth: depth).map(Value.list)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return parseString()
    default:
      if take("True") { return .bool(true) }
      if take("False") { return .bool(false) }
      let digits = bytes[position...].prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      position += digits.count
      _ = take("L")  // Python 2 wrote long sizes so
      return Int(String(decoding: digits, as: UTF8.self)).map(Value.integer)
    }
  }

  private mutating func parseDictionary(depth: Int) -> Value? {
    position += 1
    var entries: [String: Value] = [:]
    while true {
      skipSpace()
      if take("}") { return .dictionary(entries) }
      guard case .string(let key)? = parseValue(depth: depth + 1) else { return nil }
      skipSpace()
      guard take(":"), let value = parseValue(depth: depth + 1) else { return nil }
      entries[key] = value
      skipSpace()
      if !take(",") { return take("}") ? .dictionary(entries) : nil }
    }
  }

  private mutating func parseElements(until end: StaticString, depth: Int) -> [Value]? {
    position += 1
    var elements: [Value] = []
    while true {
      skipSpace()
      if take(end) { return elements }
      guard let element = parseValue(depth: depth + 1) else { return nil }
      elements.append(element)
      skipSpace()
      if !take(",") { return take(end) ? elements : nil }
    }
  }

  private mutating func parseString() -> Value? {
    let quote = bytes[position]
    let content = bytes[(position + 1)...].prefix { $0 != quote && $0 != UInt8(ascii: "\\") }
    guard content.endIndex < bytes.endIndex, bytes[content.endIndex] == quote else { return nil }
    position = content.endIndex + 1
    return .string(String(decoding: content, as: UTF8.self))
  }

  private mutating func skipSpace() {
    while position < bytes.endIndex, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.endIndex else { return false }
    for offset in 0..<text.utf8CodeUnitCount where bytes[position + offset] != text.utf8Start[offset] { return false }
    position = end
    return true
  }
}
