/// What the bytes of a file are as a source.
package enum DecodedSource: Sendable {
  case source(Source)
  /// The bytes are no text; the finding says which byte shows it.
  case noText(Finding)
}

/// Reads the bytes of a file as UTF-8.
package func decodeSource(name: String, bytes: [UInt8]) -> DecodedSource {
  if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
    return .noText(.notUTF8(shown(bytes, around: 0, name), isUTF16: true))
  }
  if let offset = bytes.firstIndex(of: 0) { return .noText(.binaryFile(shown(bytes, around: offset, name))) }
  if let offset = firstMalformedByte(bytes) { return .noText(.notUTF8(shown(bytes, around: offset, name), isUTF16: false)) }
  return .source(Source(name: name, text: String(decoding: bytes, as: UTF8.self)))
}

/// The place of a byte in a source that shows the bytes as far as they go; up to there they are text.
private func shown(_ bytes: [UInt8], around offset: Int, _ name: String) -> SourceRange {
  let text = String(decoding: bytes.prefix(offset + 200), as: UTF8.self)
  let source = Source(name: name, text: text)
  return SourceRange(source, offset, min(offset + 1, source.bytes.count))
}

/// The offset of the first byte that is no part of well-formed UTF-8; nil if all are.
func firstMalformedByte(_ bytes: [UInt8]) -> Int? {
  var offset = 0
  while offset < bytes.count {
    let lead = bytes[offset]
    if lead < 0x80 {
      offset += 1
      continue
    }
    // The second byte's range keeps out overlong forms, surrogates, and codes past 10FFFF.
    let (length, second): (Int, ClosedRange<UInt8>)
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return offset
    }
    guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return offset }
    for tail in bytes[(offset + 2)..<(offset + length)] where tail & 0xC0 != 0x80 { return offset }
    offset += length
  }
  return nil
}

extension Finding {
  fileprivate static func binaryFile(_ range: SourceRange) -> Finding {
    Finding(.error, "binary-file", "this is a binary file: it has a byte 0, which no script has.", at: range)
  }

  fileprivate static func notUTF8(_ range: SourceRange, isUTF16: Bool) -> Finding {
    let what = isUTF16 ? "this file is UTF-16" : "this byte is not UTF-8"
    return Finding(.error, "not-utf8", "\(what), which every script has to be.", at: range, hint: "save the file as UTF-8.")
  }
}
