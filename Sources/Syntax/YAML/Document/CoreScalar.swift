/// What a plain scalar means by the core schema of YAML 1.2.
enum CoreScalar: Equatable {
  case null
  case bool(Bool)
  /// A whole number: its digits in a base, and whether a minus stands before them.
  case integer(digits: Substring, radix: Int, isNegative: Bool)
  /// A number with a point or an exponent, without its sign.
  case float(Substring, isNegative: Bool)
  case infinity(isNegative: Bool)
  case notANumber
  case text

  init(_ text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    case ".nan", ".NaN", ".NAN": self = .notANumber
    default: self = CoreScalar(number: text) ?? .text
    }
  }

  private init?(number text: String) {
    guard let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first) else { return nil }
    if text.hasPrefix("0x") || text.hasPrefix("0o") {
      let radix = text.hasPrefix("0x") ? 16 : 8
      let digits = text.dropFirst(2)
      guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.hexDigitValue.map { $0 < radix } ?? false) }) else {
        return nil
      }
      self = .integer(digits: digits, radix: radix, isNegative: false)
      return
    }
    let isNegative = first == UInt8(ascii: "-")
    let digits = isNegative || first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
    if [".inf", ".Inf", ".INF"].contains(digits) {
      self = .infinity(isNegative: isNegative)
    } else if !digits.isEmpty, digits.utf8.allSatisfy(isDigit) {
      self = .integer(digits: digits, radix: 10, isNegative: isNegative)
    } else if Self.isFloat(digits) {
      self = .float(digits, isNegative: isNegative)
    } else {
      return nil
    }
  }

  /// `( "." DIGITS | DIGITS [ "." [ DIGITS ] ] ) [ ( "e" | "E" ) [ "+" | "-" ] DIGITS ]`
  private static func isFloat(_ text: Substring) -> Bool {
    var rest = text.utf8[...]
    func takeDigits() -> Int {
      let count = rest.prefix(while: isDigit).count
      rest = rest.dropFirst(count)
      return count
    }
    var count = takeDigits()
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      count += takeDigits()
    }
    guard count > 0 else { return false }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}

/// What YAML 1.1, which many tools still read, makes of a plain scalar where it differs from what it means here.
enum OlderReading {
  /// Another value, in words: `no` is `false` to it, `1_000` is 1000.
  ///
  /// Numbers that only it takes for text (`1e3`, `0o17`) are not among these: here they are what everyone takes them for.
  static func value(of text: String) -> String? {
    switch text {
    case "yes", "Yes", "YES", "on", "On", "ON": return "true"
    case "no", "No", "NO", "off", "Off", "OFF": return "false"
    default: break
    }
    guard let first = text.utf8.first, isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else {
      return nil
    }
    let digits = isDigit(first) ? text[...] : text.dropFirst()
    guard let start = digits.utf8.first, isDigit(start) else { return nil }
    return date(text) ?? sexagesimal(digits) ?? octal(digits) ?? grouped(digits)
  }

  /// Whether it reads the text as anything but text.
  static func isValue(_ text: String) -> Bool {
    switch text {
    case "y", "Y", "n", "N", "=", "<<": true
    default: value(of: text) != nil
    }
  }

  /// `2001-01-01`, `2001-01-01 10:20:30`.
  private static func date(_ text: String) -> String? {
    let parts = text.prefix { $0 != " " && $0 != "T" && $0 != "t" }.split(separator: "-", omittingEmptySubsequences: false)
    let isDate = parts.count == 3 && parts[0].count == 4 && (1...2).contains(parts[1].count) && (1...2).contains(parts[2].count)
    return isDate && parts.allSatisfy { $0.utf8.allSatisfy(isDigit) } ? "a date" : nil
  }

  /// `1:30`, `1:30:00.5`: minutes and seconds.
  private static func sexagesimal(_ text: Substring) -> String? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1, parts.count <= 8 else { return nil }
    var value = 0
    for (index, part) in parts.enumerated() {
      let digits = index == parts.count - 1 ? part.prefix { $0 != "." } : part
      guard let number = Int(digits), digits.utf8.allSatisfy(isDigit), index == 0 || number < 60 && digits.count <= 2,
        !value.multipliedReportingOverflow(by: 60).overflow, number < 1 << 40, value < 1 << 50
      else { return nil }
      value = value * 60 + number
    }
    return "the number \(value)"
  }

  /// `0777`, but not `007`, which is seven to both; and the binary `0b101`.
  private static func octal(_ text: Substring) -> String? {
    guard text.hasPrefix("0"), text.count > 1 else { return nil }
    let isBinary = text.hasPrefix("0b")
    let digits = text.dropFirst(isBinary ? 2 : 1).filter { $0 != "_" }
    guard let value = Int(digits, radix: isBinary ? 2 : 8), isBinary || value > 7 else { return nil }
    return "the number \(value)"
  }

  /// `1_000`.
  private static func grouped(_ text: Substring) -> String? {
    guard text.contains("_") else { return nil }
    let digits = text.filter { $0 != "_" }
    if case .text = CoreScalar(digits) { return nil }
    return "the number \(digits)"
  }
}
