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
  if let offset = bytes.firstIndex(of: 0) {
    let kind = fileSignatures.first { bytes.starts(with: $0.signature) }?.kind
    return .noText(.binaryFile(shown(bytes, around: kind == nil ? offset : 0, name), kind: kind))
  }
  if let offset = firstMalformedByte(bytes) { return .noText(.notUTF8(shown(bytes, around: offset, name), isUTF16: false)) }
  return .source(Source(name: name, text: String(decoding: bytes, as: UTF8.self)))
}

/// How files begin that are easily taken for a script.
private let fileSignatures: [(signature: [UInt8], kind: String)] = [
  (Array("PK".utf8) + [3, 4], "a zip archive, as `.keras` and `.npz` files are"),
  ([0x89] + Array("HDF".utf8), "an HDF5 file, as `.h5` files are"),
  ([0x93] + Array("NUMPY".utf8), "an array file (`.npy`)"),
  ([0x89] + Array("PNG".utf8), "a picture (PNG)"),
  ([0xFF, 0xD8, 0xFF], "a picture (JPEG)"),
  ([0x1F, 0x8B], "a gzip archive"),
  ([0x7F] + Array("ELF".utf8), "a program"),
  (Array("%PDF".utf8), "a PDF document"),
]

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
  fileprivate static func binaryFile(_ range: SourceRange, kind: String?) -> Finding {
    let what = kind.map { "This file is no script, but \($0)." } ?? "This file is no text, and so no script: here is a byte 0."
    return Finding(.error, "binary-file", what, at: range, hint: "give the script itself, a `.train` or `.yaml` file.")
  }

  fileprivate static func notUTF8(_ range: SourceRange, isUTF16: Bool) -> Finding {
    let what =
      isUTF16
      ? "This file is UTF-16, but a script is UTF-8."
      : "A script is UTF-8, but this byte is none: the file is damaged or was saved in another encoding."
    return Finding(.error, "not-utf8", what, at: range, hint: "save it again as UTF-8, in many editors `Save with Encoding`.")
  }
}
