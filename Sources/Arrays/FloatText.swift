import Glibc

/// Decimal spellings of a double as C and Python's `format` make them, correctly rounded by the C library.
package enum FloatText {
  /// More digits than this are refused by callers: a script's format must not fill the memory.
  package static let precisionLimit = 10_000

  /// `%.*f`: `precision` digits after the point.
  package static func fixed(_ value: Double, precision: Int) -> String {
    quick(value, precision: precision) ?? print("%.*f", value, precision)
  }

  /// The same without the C library, where `value · 10^precision` is small enough to be split exactly; nil elsewhere and near a tie.
  private static func quick(_ value: Double, precision: Int) -> String? {
    guard (0...15).contains(precision), value.isFinite else { return nil }
    let scale = powers[precision]
    let scaled = value.magnitude * scale
    guard scaled < 0x1p52 else { return nil }
    // scaled + residue is the exact product, whole + fraction the scaled part: what decides is known but for one rounding.
    let residue = (-scaled).addingProduct(value.magnitude, scale)
    let whole = scaled.rounded(.down)
    let fraction = (scaled - whole) + residue
    guard (fraction - 0.5).magnitude > 0x1p-30 else { return nil }
    var rest = UInt64(whole) + (fraction > 0.5 ? 1 : 0)
    // From the last digit to the sign: at most 16 digits, 15 zeros that lead them, a point, a sign.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { buffer in
      var start = buffer.count
      var digits = 0
      func write(_ byte: UInt8) {
        start -= 1
        buffer[start] = byte
      }
      repeat {
        if digits == precision, precision > 0 { write(UInt8(ascii: ".")) }
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        write(UInt8(ascii: "0") + UInt8(digit))
        rest = quotient
        digits += 1
      } while rest > 0 || digits <= precision
      if value.sign == .minus { write(UInt8(ascii: "-")) }
      return String(decoding: buffer[start...], as: UTF8.self)
    }
  }

  private static let powers: [Double] = (0...15).map { exponent in (0..<exponent).reduce(1) { power, _ in power * 10 } }

  /// `%.*e`: one digit, `precision` digits after the point, an exponent of at least two digits.
  package static func scientific(_ value: Double, precision: Int) -> String { print("%.*e", value, precision) }

  /// The digits and the decimal exponent of `value`, finite and not negative, rounded to `count` significant digits:
  /// `0.d₁d₂… × 10^point`.
  package static func digits(_ value: Double, count: Int) -> (digits: String, point: Int) {
    let text = scientific(value, precision: max(count, 1) - 1)
    let mark = text.firstIndex(of: "e") ?? text.endIndex
    let exponent = mark < text.endIndex ? Int(text[text.index(after: mark)...]) ?? 0 : 0
    return (text[..<mark].filter { $0 != "." }, exponent + 1)
  }

  /// The double that a decimal text spells; nil where the whole text is not one.
  package static func parse(_ text: String) -> Double? {
    guard !text.isEmpty else { return nil }
    return text.withCString { start in
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(start, &end)
      return end.map { $0 - UnsafeMutablePointer(mutating: start) } == text.utf8.count ? value : nil
    }
  }

  private static func print(_ format: String, _ value: Double, _ precision: Int) -> String {
    let precision = Int32(clamping: min(max(precision, 0), precisionLimit))
    // The longest double has 309 digits before the point.
    return String(unsafeUninitializedCapacity: Int(precision) + 330) { buffer in
      withVaList([precision, value]) { arguments in
        buffer.withMemoryRebound(to: CChar.self) { Int(vsnprintf($0.baseAddress, $0.count, format, arguments)) }
      }
    }
  }
}
