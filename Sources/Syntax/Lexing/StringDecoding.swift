import Diagnostics

/// Turns the inside of a string literal into its value, reporting escapes that mean nothing.
struct StringDecoder {
  let source: Source
  /// Whether `{{` and `}}` stand for single braces: the text of an f-string outside its formats.
  var doublesBraces = false
  private(set) var findings: FindingList

  /// Adds what it finds to `findings`.
  init(_ source: Source, doublesBraces: Bool = false, findings: FindingList) {
    self.source = source
    self.findings = findings
    self.doublesBraces = doublesBraces
  }

  /// The value of the bytes from `start` to `end`; line ends become `\n`, as in Python.
  mutating func decode(_ start: Int, _ end: Int, isRaw: Bool) -> String {
    let bytes = source.bytes
    var value: [UInt8] = []
    value.reserveCapacity(end - start)
    var offset = start
    while offset < end {
      let byte = bytes[offset]
      let next: UInt8 = offset + 1 < end ? bytes[offset + 1] : 0
      if byte == UInt8(ascii: "\\"), !isRaw, offset + 1 < end {
        decodeEscape(at: &offset, end, into: &value)
      } else if byte == UInt8(ascii: "\r") {
        value.append(UInt8(ascii: "\n"))
        offset += next == UInt8(ascii: "\n") ? 2 : 1
      } else if doublesBraces, byte == next, byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") {
        value.append(byte)
        offset += 2
      } else {
        value.append(byte)
        offset += 1
      }
    }
    return String(decoding: value, as: UTF8.self)
  }

  private mutating func decodeEscape(at offset: inout Int, _ end: Int, into value: inout [UInt8]) {
    let start = offset
    let bytes = source.bytes
    offset += 2
    switch bytes[start + 1] {
    case UInt8(ascii: "\n"): break
    case UInt8(ascii: "\r"): if offset < end, bytes[offset] == UInt8(ascii: "\n") { offset += 1 }
    case UInt8(ascii: "\\"): value.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "'"): value.append(UInt8(ascii: "'"))
    case UInt8(ascii: "\""): value.append(UInt8(ascii: "\""))
    case UInt8(ascii: "a"): value.append(0x07)
    case UInt8(ascii: "b"): value.append(0x08)
    case UInt8(ascii: "f"): value.append(0x0C)
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "r"): value.append(0x0D)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "v"): value.append(0x0B)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      offset = start + 1
      var code: UInt32 = 0
      while offset < min(end, start + 4), bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "7") {
        code = code * 8 + UInt32(bytes[offset] - UInt8(ascii: "0"))
        offset += 1
      }
      append(code, start, offset, into: &value)
    case UInt8(ascii: "x"): decodeCode(digits: 2, start, at: &offset, end, into: &value)
    case UInt8(ascii: "u"): decodeCode(digits: 4, start, at: &offset, end, into: &value)
    case UInt8(ascii: "U"): decodeCode(digits: 8, start, at: &offset, end, into: &value)
    case UInt8(ascii: "N"):
      if offset < end, bytes[offset] == UInt8(ascii: "{") {
        while offset < end, bytes[offset] != UInt8(ascii: "}") { offset += 1 }
        if offset < end { offset += 1 }
      }
      findings.add(.namedEscape(SourceRange(source, start, offset)))
    default:
      // Python keeps the backslash too, with a warning.
      value.append(UInt8(ascii: "\\"))
      offset = start + 1
      guard findings.keeps(.warning) else { break }
      let escaped = String(decoding: bytes[offset..<end].prefix(4), as: UTF8.self).first.map(String.init) ?? ""
      let escapedEnd = min(end, offset + escaped.utf8.count)
      findings.add(.unknownEscape(SourceRange(source, start, escapedEnd), escaped))
    }
  }

  private mutating func decodeCode(digits: Int, _ start: Int, at offset: inout Int, _ end: Int, into value: inout [UInt8]) {
    var code: UInt32 = 0
    var count = 0
    while count < digits, offset < end, let digit = Character(Unicode.Scalar(source.bytes[offset])).hexDigitValue {
      code = code << 4 | UInt32(digit)
      offset += 1
      count += 1
    }
    guard count == digits else {
      findings.add(.malformedEscape(SourceRange(source, start, offset), wantedDigits: digits))
      return
    }
    append(code, start, offset, into: &value)
  }

  private mutating func append(_ code: UInt32, _ start: Int, _ end: Int, into value: inout [UInt8]) {
    guard let scalar = Unicode.Scalar(code) else {
      findings.add(.impossibleCodePoint(SourceRange(source, start, end), code))
      return
    }
    value.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}
