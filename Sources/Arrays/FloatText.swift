import Glibc

/// Decimal spellings of a double as C and Python's `format` make them, correctly rounded by the C library.
package enum FloatText {
  /// More digits than this are refused by callers: a script's format must not fill the memory.
  package static let precisionLimit = 10_000

  /// `%.*f`: `precision` digits after the point.
  package static func fixed(_ value: Double, precision: Int) -> String { print("%.*f", value, precision) }

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
