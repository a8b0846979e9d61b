/// An address of the web, as far as it must be known before anything is sent there.
struct WebAddress {
  /// The address with what may not stand in one written as `%20`.
  let text: String

  /// Nil for what is no address of a host by HTTP.
  init?(_ text: String) {
    guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return nil }
    let lowercase = text.lowercased()
    guard let scheme = ["http://", "https://"].first(where: lowercase.hasPrefix) else { return nil }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    guard Self.isHost(rest[..<end].split(separator: "@", omittingEmptySubsequences: false).last ?? "") else { return nil }
    self.text = Self.quoted(text)
  }

  /// An address as messages show it: without the name and password of a user.
  static func shown(_ text: String) -> String {
    guard let scheme = text.firstRange(of: "://") else { return text }
    let rest = text[scheme.upperBound...]
    let host = rest.prefix { !"/?#".contains($0) }
    guard let at = host.lastIndex(of: "@") else { return text }
    return String(text[..<scheme.upperBound] + rest[rest.index(after: at)...])
  }

  /// `name`, `name:9000`, `127.0.0.1:80`, `[::1]:80`.
  private static func isHost(_ text: Substring) -> Bool {
    var (name, port) = (text, Substring("80"))
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { return false }
      name = text[text.index(after: text.startIndex)..<bracket]
      let after = text[text.index(after: bracket)...]
      guard after.isEmpty || after.hasPrefix(":") else { return false }
      if !after.isEmpty { port = after.dropFirst() }
      return !name.isEmpty && name.allSatisfy { $0.isHexDigit || ":.".contains($0) } && isPort(port)
    }
    if let colon = text.firstIndex(of: ":") { (name, port) = (text[..<colon], text[text.index(after: colon)...]) }
    let isName = name.unicodeScalars.allSatisfy {
      $0.value >= 0x80 || $0.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains($0)
    }
    return !name.isEmpty && isName && isPort(port)
  }

  private static func isPort(_ text: Substring) -> Bool {
    guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text) else { return false }
    return 1...65_535 ~= number
  }

  /// What may not stand in an address, percent-encoded; a percent sign that encodes nothing, too.
  private static func quoted(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result = ""
    for (index, byte) in bytes.enumerated() {
      let encodes =
        byte == UInt8(ascii: "%") && index + 2 < bytes.count && isHexadecimal(bytes[index + 1]) && isHexadecimal(bytes[index + 2])
      if encodes || isUnreserved(byte) || "!#$&'()*+,/:;=?@[]".utf8.contains(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += percentEncoded(byte)
      }
    }
    return result
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "-._~".utf8.contains(byte)
    }
  }

  private static func percentEncoded(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "%" + (digits.count == 1 ? "0" : "") + digits
  }

  /// A field of a form with its value, as a browser sends it: `data=%7B%22epoch%22%3A+0%7D`.
  static func form(_ name: String, _ value: String) -> String {
    func encoded(_ text: String) -> String {
      text.utf8.map { byte in
        if byte == UInt8(ascii: " ") { return "+" }
        return isUnreserved(byte) ? String(Unicode.Scalar(byte)) : percentEncoded(byte)
      }.joined()
    }
    return "\(encoded(name))=\(encoded(value))"
  }
}
