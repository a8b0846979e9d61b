import Arrays

extension Operations {
  /// `format(value, specification)`, as the fields of f-strings are formatted.
  package static func format(_ value: Value, _ specification: String) throws(MachineError) -> String {
    if specification.isEmpty { return string(value) }
    switch value {
    case .string(let text): return try format(text, FormatSpecification(specification, for: "str"))
    case .integer(let number): return try format(number, FormatSpecification(specification, for: "int"), typeName: "int")
    case .bool(let flag): return try format(flag ? 1 : 0, FormatSpecification(specification, for: "bool"), typeName: "bool")
    case .float(let number): return try format(number, FormatSpecification(specification, for: "float"), typeName: "float")
    default: throw .init(.type, "unsupported format string passed to \(value.typeName).__format__")
    }
  }

  private static func unknownCode(_ type: Unicode.Scalar, _ typeName: String) -> MachineError {
    .init(.value, "Unknown format code '\(type)' for object of type '\(typeName)'")
  }

  static func format(_ text: String, _ spec: FormatSpecification) throws(MachineError) -> String {
    if let type = spec.type, type != "s" { throw unknownCode(type, "str") }
    if spec.givesSign {
      throw .init(
        .value, spec.sign == " " ? "Space not allowed in string format specifier" : "Sign not allowed in string format specifier")
    }
    if spec.dropsNegativeZero { throw .init(.value, "Negative zero coercion (z) not allowed in string format specifier") }
    if spec.isAlternate { throw .init(.value, "Alternate form (#) not allowed in string format specifier") }
    if spec.align == "=" { throw .init(.value, "'=' alignment not allowed in string format specifier") }
    if let grouping = spec.grouping { throw .init(.value, "Cannot specify '\(grouping)' with 's'.") }
    let shown = spec.precision.map { String(scalars: text.unicodeScalars.prefix($0)) } ?? text
    return spec.aligned(shown, standard: "<")
  }

  static func format(_ number: Int, _ spec: FormatSpecification, typeName: String) throws(MachineError) -> String {
    let type = spec.type ?? "d"
    if type == "d", spec.isBare, spec.precision == nil { return String(number) }
    switch type {
    case "e", "E", "f", "F", "g", "G", "%": return try format(Double(number), spec, typeName: "int")
    case "d", "n", "b", "o", "x", "X", "c": break
    default: throw unknownCode(type, typeName)
    }
    if spec.precision != nil { throw .init(.value, "Precision not allowed in integer format specifier") }
    if spec.dropsNegativeZero {
      throw .init(.value, "Negative zero coercion (z) not allowed in format specifier with integer presentation type")
    }
    if spec.grouping == ",", type != "d" { throw .init(.value, "Cannot specify ',' with '\(type)'.") }
    if spec.grouping != nil, type == "n" || type == "c" { throw .init(.value, "Cannot specify '_' with '\(type)'.") }
    if type == "c" {
      if spec.sign != "-" || spec.givesSign { throw .init(.value, "Sign not allowed with integer format specifier 'c'") }
      if spec.isAlternate { throw .init(.value, "Alternate form (#) not allowed with integer format specifier 'c'") }
      guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
        throw .init(.overflow, "%c arg not in range(0x110000)")
      }
      return spec.assembled(isNegative: false, prefix: "", digits: "", rest: String(scalar), groupSize: 3)
    }
    let radix = type == "b" ? 2 : type == "o" ? 8 : type == "x" || type == "X" ? 16 : 10
    let digits = String(number.magnitude, radix: radix, uppercase: type == "X")
    let prefix = spec.isAlternate && radix != 10 ? "0\(type)" : ""
    return spec.assembled(isNegative: number < 0, prefix: prefix, digits: digits, rest: "", groupSize: radix == 10 ? 3 : 4)
  }

  static func format(_ number: Double, _ spec: FormatSpecification, typeName: String = "float") throws(MachineError) -> String {
    if spec.type == "f", spec.isBare, number.isFinite { return FloatText.fixed(number, precision: spec.precision ?? 6) }
    if let type = spec.type, !"eEfFgGn%".unicodeScalars.contains(type) { throw unknownCode(type, typeName) }
    if spec.type == "n", let grouping = spec.grouping { throw .init(.value, "Cannot specify '\(grouping)' with 'n'.") }
    var (digits, rest) = floatText(number, spec)
    var isNegative = number.sign == .minus && !number.isNaN
    if spec.dropsNegativeZero, isNegative, number.isFinite,
      (digits + rest).prefix(while: { $0 != "e" && $0 != "E" }).allSatisfy({ !("1"..."9").contains($0) })
    {
      isNegative = false
    }
    if !number.isFinite {
      // Words are padded but never grouped.
      rest = digits + rest
      digits = ""
      var plain = spec
      plain.grouping = nil
      return plain.assembled(isNegative: isNegative, prefix: "", digits: "", rest: rest, groupSize: 3)
    }
    return spec.assembled(isNegative: isNegative, prefix: "", digits: digits, rest: rest, groupSize: 3)
  }

  /// The magnitude's digits before the point, and everything from the point on.
  private static func floatText(_ number: Double, _ spec: FormatSpecification) -> (digits: String, rest: String) {
    let type = spec.type
    let isUpper = type == "E" || type == "F" || type == "G"
    let percent = type == "%" ? "%" : ""
    let magnitude = number.magnitude
    if !number.isFinite {
      let word = number.isNaN ? "nan" : "inf"
      return ((isUpper ? word.uppercased() : word), percent)
    }
    var text: String
    switch type {
    case "f", "F", "%":
      text = FloatText.fixed(type == "%" ? magnitude * 100 : magnitude, precision: spec.precision ?? 6)
      if (type == "%") && (magnitude * 100).isInfinite { return ("inf", "%") }
      if spec.isAlternate, spec.precision == 0 { text += "." }
      text += percent
    case "e", "E":
      text = FloatText.scientific(magnitude, precision: spec.precision ?? 6)
      if spec.isAlternate, spec.precision == 0 { text = text.replacingFirst("e", with: ".e") }
    case nil where spec.precision == nil:
      text = magnitude.pythonDescription
      if spec.isAlternate, !text.contains(".") { text = text.replacingFirst("e", with: ".e") }
    default:
      // `g`, `n`, and no type with a precision, which keeps a digit after the point.
      text = general(magnitude, precision: spec.precision ?? 6, isAlternate: spec.isAlternate, addsPointZero: type == nil)
    }
    if isUpper { text = text.uppercased() }
    let end = text.firstIndex { !("0"..."9").contains($0) } ?? text.endIndex
    return (String(text[..<end]), String(text[end...]))
  }

  /// C's `%g`: `precision` significant digits, an exponent where it is below -4 or not below the precision.
  static func general(_ magnitude: Double, precision: Int, isAlternate: Bool, addsPointZero: Bool) -> String {
    let precision = max(precision, 1)
    var (digits, point) =
      magnitude == 0 ? (String(repeating: "0", count: precision), 1) : FloatText.digits(magnitude, count: precision)
    let usesExponent = point <= -4 || point > precision - (addsPointZero ? 1 : 0)
    if !isAlternate { while digits.count > 1, digits.last == "0" { digits.removeLast() } }
    if usesExponent {
      let power = point - 1
      let exponent = String(abs(power))
      let fraction = digits.count > 1 || isAlternate ? "." + digits.dropFirst() : ""
      return digits.prefix(1) + fraction + "e" + (power < 0 ? "-" : "+") + (exponent.count < 2 ? "0" : "") + exponent
    }
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
    if digits.count <= point {
      let whole = digits + String(repeating: "0", count: point - digits.count)
      return addsPointZero ? whole + ".0" : isAlternate ? whole + "." : whole
    }
    return digits.prefix(point) + "." + digits.dropFirst(point)
  }
}

extension String {
  fileprivate func replacingFirst(_ part: Character, with other: String) -> String {
    guard let index = firstIndex(of: part) else { return self }
    return self[..<index] + other + self[self.index(after: index)...]
  }
}
