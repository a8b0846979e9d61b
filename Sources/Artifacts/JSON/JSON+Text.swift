import Arrays

extension JSON {
  /// The text that Python's `json.dumps` writes: `, ` and `: ` between, floats as `repr`, everything beyond ASCII
  /// escaped, `NaN` and `Infinity` for what JSON has no number for.
  package var text: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): bytes.append(contentsOf: String(value).utf8)
    case .float(let value): bytes.append(contentsOf: Self.text(of: value).utf8)
    case .string(let value): Self.write(value, to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(contentsOf: ", ".utf8) }
        element.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, entry) in object.entries.enumerated() {
        if index > 0 { bytes.append(contentsOf: ", ".utf8) }
        Self.write(entry.key, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        entry.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return value.pythonDescription
  }

  private static func write(_ string: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    if string.utf8.allSatisfy({ 0x20..<0x7F ~= $0 && $0 != 0x22 && $0 != 0x5C }) {
      bytes.append(contentsOf: string.utf8)
    } else {
      for unit in string.utf16 { write(unit, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A code unit within quotes.
  private static func write(_ unit: UInt16, to bytes: inout [UInt8]) {
    switch unit {
    case 0x22: bytes.append(contentsOf: "\\\"".utf8)
    case 0x5C: bytes.append(contentsOf: "\\\\".utf8)
    case 0x08: bytes.append(contentsOf: "\\b".utf8)
    case 0x0C: bytes.append(contentsOf: "\\f".utf8)
    case 0x0A: bytes.append(contentsOf: "\\n".utf8)
    case 0x0D: bytes.append(contentsOf: "\\r".utf8)
    case 0x09: bytes.append(contentsOf: "\\t".utf8)
    case 0x20..<0x7F: bytes.append(UInt8(unit))
    default:
      let digits = String(unit, radix: 16)
      bytes.append(contentsOf: "\\u".utf8)
      bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
      bytes.append(contentsOf: digits.utf8)
    }
  }
}

extension JSON {
  /// The text on several lines, for reading: two blanks a level, and what fits stays on one line.
  package var indented: String { indented(by: 0, width: 130) }

  private func indented(by depth: Int, width: Int) -> String {
    let line = text
    if line.utf8.count + depth <= width { return line }
    let inner = String(repeating: " ", count: depth + 2)
    let outer = String(repeating: " ", count: depth)
    switch self {
    case .array(let elements):
      return "[\n" + elements.map { inner + $0.indented(by: depth + 2, width: width) }.joined(separator: ",\n") + "\n\(outer)]"
    case .object(let object):
      let entries = object.entries.map {
        "\(inner)\(JSON.string($0.key).text): \($0.value.indented(by: depth + 2, width: width))"
      }
      return "{\n" + entries.joined(separator: ",\n") + "\n\(outer)}"
    default: return line
    }
  }
}
