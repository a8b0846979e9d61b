/// How scalars are spelled.
enum YAMLQuoting {
  /// A string's spelling: plain where nothing reads it otherwise, in quotes where it must be.
  ///
  /// - Parameters:
  ///   - isValue: Whether it must not look like a number, a bool or null, nor like what YAML 1.1 takes for one.
  ///   - isInFlow: Whether it stands inside brackets.
  static func spelled(_ text: String, isValue: Bool, isInFlow: Bool) -> String {
    let core = CoreScalar(text)
    let isMisread =
      switch core {
      case .text: isValue && OlderReading.isValue(text)
      case .null, .bool: true
      default: isValue
      }
    return !isMisread && canBePlain(text, isInFlow: isInFlow) ? text : quoted(text)
  }

  /// In double quotes, or, if those would need escapes and single ones none, in single quotes.
  static func quoted(_ text: String) -> String {
    let needsEscape = text.unicodeScalars.contains { !isPrintable($0) }
    if !needsEscape, text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
      return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
    return "\"" + text.unicodeScalars.map(escaped).joined() + "\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case _ where isPrintable(scalar): return String(scalar)
    default:
      let digits = String(scalar.value, radix: 16)
      let (mark, count) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
      return "\\\(mark)" + String(repeating: "0", count: count - digits.count) + digits
    }
  }

  /// Whether a character can stand for itself inside a line. What YAML takes for a line end cannot.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// Whether YAML reads the text without quotes as one scalar.
  private static func canBePlain(_ text: String, isInFlow: Bool) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, first != blank, last != blank, last != colon,
      text.unicodeScalars.allSatisfy(isPrintable), !text.hasPrefix("---"), !text.hasPrefix("...")
    else { return false }
    if "-?:".utf8.contains(first) {
      // libyaml takes a colon inside brackets for the end of a key without a name.
      guard !isInFlow || first != colon else { return false }
      guard bytes.count > 1, bytes[1] != blank, !",[]{}".utf8.contains(bytes[1]) else { return false }
    } else if "-?:,[]{}#&*!|>'\"%@`".utf8.contains(first) {
      return false
    }
    for (index, byte) in bytes.enumerated() {
      if isInFlow, ",[]{}?".utf8.contains(byte) { return false }
      guard index + 1 < bytes.count else { continue }
      if byte == colon, bytes[index + 1] == blank { return false }
      if byte == blank, bytes[index + 1] == UInt8(ascii: "#") { return false }
    }
    return true
  }

  private static let blank = UInt8(ascii: " ")
  private static let colon = UInt8(ascii: ":")
}
