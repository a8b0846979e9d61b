extension Double {
  /// Python's `repr` of a float: the shortest decimal that reads back as the same double, `1e-05` below 1e-4 and
  /// `1e+16` from 1e16 on, at least two exponent digits, `inf`, `-inf`, `nan`.
  package var pythonDescription: String {
    if isNaN { return "nan" }
    if isInfinite { return self < 0 ? "-inf" : "inf" }
    // Swift's description has the same shortest digits; only the choice and spelling of the exponent differ.
    let text = description
    // Both write these without one.
    if magnitude == 0 || (1e-4..<1e15).contains(magnitude) { return text }
    var digits = ""
    var exponent = 0
    var mantissa = Substring(text)
    if let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      exponent = Int(text[text.index(after: mark)...])!  // Swift wrote it: always a whole number
      mantissa = text[..<mark]
    }
    let isNegative = mantissa.hasPrefix("-")
    if isNegative { mantissa.removeFirst() }
    let point = mantissa.firstIndex(of: ".") ?? mantissa.endIndex
    digits = String(mantissa[..<point])
    var pointPosition = digits.count + exponent
    if point != mantissa.endIndex { digits += mantissa[mantissa.index(after: point)...] }
    while digits.count > 1, digits.hasPrefix("0") {
      digits.removeFirst()
      pointPosition -= 1
    }
    while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
    let sign = isNegative ? "-" : ""
    if pointPosition > 16 || pointPosition < -3 {
      let power = pointPosition - 1
      let magnitudeText = String(abs(power))
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      return "\(sign)\(digits.prefix(1))\(fraction)e\(power < 0 ? "-" : "+")\(magnitudeText.count < 2 ? "0" : "")\(magnitudeText)"
    }
    if pointPosition <= 0 { return "\(sign)0.\(String(repeating: "0", count: -pointPosition))\(digits)" }
    if digits.count <= pointPosition {
      return "\(sign)\(digits)\(String(repeating: "0", count: pointPosition - digits.count)).0"
    }
    return "\(sign)\(digits.prefix(pointPosition)).\(digits.dropFirst(pointPosition))"
  }
}
