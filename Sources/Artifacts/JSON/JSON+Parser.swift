/// Where a text stops being JSON, and how.
package struct JSONFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// Both count from 1; the column counts bytes.
  package let line: Int
  package let column: Int
  package let reason: String

  package init(line: Int, column: Int, reason: String) {
    self.line = line
    self.column = column
    self.reason = reason
  }

  /// `line 3, column 14: a comma or ']' is expected`
  package var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSON {
  /// Reads a text as Python's `json.loads` does: strict, but with `NaN`, `Infinity` and `-Infinity`; of equal keys the
  /// last value wins; a whole number beyond 64 bits becomes a float.
  package static func parse(_ text: String) throws(JSONFault) -> JSON {
    try parse(Array(text.utf8))
  }

  /// Reads UTF-8 bytes.
  package static func parse(_ bytes: [UInt8]) throws(JSONFault) -> JSON {
    var parser = JSONParser(bytes)
    return try parser.parseText()
  }
}

/// Recursive descent over the bytes of one text.
private struct JSONParser {
  /// Lists and objects in each other: deep enough for any network, far from the end of the stack.
  static let depthLimit = 512

  let bytes: [UInt8]
  var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// text = value, with nothing after it
  mutating func parseText() throws(JSONFault) -> JSON {
    let value = try parseValue(depth: 0)
    skipSpace()
    if position < bytes.count { throw fault("nothing more is expected after the value") }
    return value
  }

  /// value = object | array | string | number | "true" | "false" | "null" | "NaN" | ["-"] "Infinity"
  mutating func parseValue(depth: Int) throws(JSONFault) -> JSON {
    skipSpace()
    if depth > Self.depthLimit { throw fault("the lists and objects are nested more than \(Self.depthLimit) deep") }
    switch next {
    case UInt8(ascii: "{"): return try parseObject(depth: depth)
    case UInt8(ascii: "["): return try parseArray(depth: depth)
    case UInt8(ascii: "\""): return .string(try parseString())
    case let byte? where byte == UInt8(ascii: "-") || isDigit(byte):
      if take("-Infinity") { return .float(-.infinity) }
      return try parseNumber()
    default:
      if take("true") { return .bool(true) }
      if take("false") { return .bool(false) }
      if take("null") { return .null }
      if take("NaN") { return .float(.nan) }
      if take("Infinity") { return .float(.infinity) }
      throw fault(next == nil ? "the text ends where a value is expected" : "a value is expected")
    }
  }

  /// object = "{" [string ":" value {"," string ":" value}] "}"
  mutating func parseObject(depth: Int) throws(JSONFault) -> JSON {
    position += 1
    var object = JSON.Object()
    skipSpace()
    if take("}") { return .object(object) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("a key in double quotes is expected") }
      let key = try parseString()
      skipSpace()
      guard take(":") else { throw fault("a colon is expected after the key") }
      object[key] = try parseValue(depth: depth + 1)
      skipSpace()
      if take("}") { return .object(object) }
      guard take(",") else { throw fault("a comma or '}' is expected") }
    }
  }

  /// array = "[" [value {"," value}] "]"
  mutating func parseArray(depth: Int) throws(JSONFault) -> JSON {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if take("]") { return .array(elements) }
    while true {
      elements.append(try parseValue(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw fault("a comma or ']' is expected") }
    }
  }

  /// number = ["-"] ("0" | digit19 {digit}) ["." digit {digit}] [("e" | "E") ["+" | "-"] digit {digit}]
  mutating func parseNumber() throws(JSONFault) -> JSON {
    let start = position
    _ = take("-")
    if !take("0") { try takeDigits() }
    var isWhole = true
    if take(".") {
      isWhole = false
      try takeDigits()
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      try takeDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw fault("the number cannot be read") }
    return .float(value)
  }

  mutating func takeDigits() throws(JSONFault) {
    guard let first = next, isDigit(first) else { throw fault("a digit is expected") }
    while let byte = next, isDigit(byte) { position += 1 }
  }

  /// string = '"' {character | "\" escape} '"'
  mutating func parseString() throws(JSONFault) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let string = String(validating: content, as: UTF8.self) else { throw fault("the string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"):
        position += 1
        try parseEscape(into: &content)
      case 0..<0x20:
        throw fault("a control character stands in a string")
      default:
        content.append(byte)
        position += 1
      }
    }
    throw fault("the text ends inside a string")
  }

  /// escape = one of `"\/bfnrt` | "u" 4 hexadecimal digits
  mutating func parseEscape(into content: inout [UInt8]) throws(JSONFault) {
    guard let letter = next else { throw fault("the text ends inside a string") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      var code = try parseFourDigits()
      if 0xD800..<0xDC00 ~= code, take("\\u") {
        let low = try parseFourDigits()
        if 0xDC00..<0xE000 ~= low {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          position -= 6
        }
      }
      // Python keeps a lone half of a pair; a Swift string cannot, and shows the replacement character.
      content.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    default:
      position -= 1
      throw fault("a backslash is followed by a character that it does not escape")
    }
  }

  mutating func parseFourDigits() throws(JSONFault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw fault("four hexadecimal digits are expected after `\\u`")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  /// Steps over this text if it stands here.
  mutating func take(_ text: StaticString) -> Bool {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count else { return false }
    for offset in 0..<text.utf8CodeUnitCount where bytes[position + offset] != text.utf8Start[offset] { return false }
    position = end
    return true
  }

  func fault(_ reason: String) -> JSONFault {
    let before = bytes[..<position]
    let line = before.count { $0 == 0x0A } + 1
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONFault(line: line, column: position - lineStart + 1, reason: reason)
  }
}
