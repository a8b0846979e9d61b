/// A number as it stands in a table: whole where it is written without a point and an exponent and has 64 bits.
enum CSVNumber: Equatable {
  case integer(Int)
  /// The double that is nearest to what is written, of two the even one.
  case double(Double)

  var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    }
  }

  /// Reads the number at the beginning of a text whose end a byte marks that belongs to no number; nil for what takes a longer look.
  ///
  /// ```
  /// number = ["+" | "-"] digits ["." digits] [("e" | "E") ["+" | "-"] digits]
  /// ```
  @inline(__always)
  static func scanned(
    _ start: UnsafePointer<UInt8>, decimalPoint: UInt8
  ) -> (number: CSVNumber, end: UnsafePointer<UInt8>)? {
    var place = start
    let isNegative = place.pointee == UInt8(ascii: "-")
    if isNegative || place.pointee == UInt8(ascii: "+") { place += 1 }
    var mantissa: UInt64 = 0
    var digitCount = scanDigits(&place, &mantissa)
    var exponent = 0
    var isWhole = true
    if place.pointee == decimalPoint {
      place += 1
      isWhole = false
      let decimals = scanDigits(&place, &mantissa)
      digitCount += decimals
      exponent = -decimals
    }
    // Nineteen digits are always a number of 64 bits.
    if digitCount == 0 || digitCount > 19 { return nil }
    if place.pointee | 0x20 == UInt8(ascii: "e") {
      place += 1
      isWhole = false
      let isBelowOne = place.pointee == UInt8(ascii: "-")
      if isBelowOne || place.pointee == UInt8(ascii: "+") { place += 1 }
      var power: UInt64 = 0
      let count = scanDigits(&place, &power)
      if count == 0 || count > 4 { return nil }
      exponent += isBelowOne ? -Int(power) : Int(power)
    }
    if isWhole {
      guard mantissa <= UInt64(Int.max) else { return nil }
      return (.integer(isNegative ? -Int(mantissa) : Int(mantissa)), place)
    }
    guard let magnitude = exactly(mantissa, exponent) else { return nil }
    return (.double(isNegative ? -magnitude : magnitude), place)
  }

  /// Adds digits to a number; returns how many there are. After nineteen it may have overflowed.
  @inline(__always)
  private static func scanDigits(_ place: inout UnsafePointer<UInt8>, _ number: inout UInt64) -> Int {
    let start = place
    while true {
      let digit = place.pointee &- UInt8(ascii: "0")
      if digit > 9 { return place - start }
      number = number &* 10 &+ UInt64(digit)
      place += 1
    }
  }

  /// mantissa · 10^exponent, rounded once; nil where that takes more digits than are at hand.
  @inline(__always)
  private static func exactly(_ mantissa: UInt64, _ exponent: Int) -> Double? {
    // Both factors are doubles, so the one product or quotient is the only rounding (W. Clinger, 1990: How to read floating point numbers).
    if mantissa <= 1 << 53, exponent.magnitude <= 22 {
      let power = powersOfTen[Int(exponent.magnitude)]
      return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
    }
    #if arch(x86_64)
      // The same with 64 bits, of which the last eleven are then rounded off. The second rounding goes the way of the first unless those
      // eleven say exactly one half, which the true value may lie on either side of.
      if exponent.magnitude <= 27 {
        let power = widePowersOfTen[Int(exponent.magnitude)]
        let wide = exponent < 0 ? Float80(mantissa) / power : Float80(mantissa) * power
        return wide.significandBitPattern & 0x7FF == 0x400 ? nil : Double(wide)
      }
    #endif
    return nil
  }

  private static let powersOfTen: [Double] = (0...22).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }
  #if arch(x86_64)
    private static let widePowersOfTen: [Float80] = (0...27).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }
  #endif

  /// The number that a field is; nil for what is none. Spaces around it do not count, infinity is `inf` or `infinity` in any case.
  /// A byte that belongs to no number must follow the field in memory.
  static func parsed(_ field: UnsafeBufferPointer<UInt8>, decimalPoint: UInt8) -> CSVNumber? {
    let text = trimmed(field)
    guard let start = text.baseAddress, !text.isEmpty else { return nil }
    if let (number, end) = scanned(start, decimalPoint: decimalPoint), end == start + text.count { return number }
    guard isNumber(text, decimalPoint: decimalPoint) else { return infinity(text).map { .double($0) } }
    let plain = String(decoding: text.map { $0 == decimalPoint ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    return Int(plain).map { .integer($0) } ?? Double(withDigitsAroundPoint(plain)).map { .double($0) }
  }

  private static func trimmed(_ field: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    var (start, end) = (0, field.count)
    while start < end, field[start] == 0x20 || field[start] == 0x09 { start += 1 }
    while end > start, field[end - 1] == 0x20 || field[end - 1] == 0x09 { end -= 1 }
    return UnsafeBufferPointer(rebasing: field[start..<end])
  }

  /// Whether it is written as `scanned` has it, with any number of digits.
  private static func isNumber(_ text: UnsafeBufferPointer<UInt8>, decimalPoint: UInt8) -> Bool {
    var rest = text[...]
    func takeSign() { if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest.removeFirst() } }
    func takeDigits() -> Int {
      let count = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
      rest.removeFirst(count)
      return count
    }
    takeSign()
    var digits = takeDigits()
    if rest.first == decimalPoint {
      rest.removeFirst()
      digits += takeDigits()
    }
    if digits == 0 { return false }
    guard let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") else { return rest.isEmpty }
    rest.removeFirst()
    takeSign()
    return takeDigits() > 0 && rest.isEmpty
  }

  /// `.5` and `5.` with the zero that Swift asks for.
  private static func withDigitsAroundPoint(_ text: String) -> String {
    guard let point = text.firstIndex(of: ".") else { return text }
    let (before, after) = (text[..<point], text[text.index(after: point)...])
    let whole = before.last?.isNumber == true ? "" : "0"
    let decimals = after.first?.isNumber == true ? "" : "0"
    return "\(before)\(whole).\(decimals)\(after)"
  }

  private static func infinity(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    let isNegative = text.first == UInt8(ascii: "-")
    let word = text.dropFirst(isNegative || text.first == UInt8(ascii: "+") ? 1 : 0).map { $0 | 0x20 }
    guard word.elementsEqual("inf".utf8) || word.elementsEqual("infinity".utf8) else { return nil }
    return isNegative ? -.infinity : .infinity
  }
}
