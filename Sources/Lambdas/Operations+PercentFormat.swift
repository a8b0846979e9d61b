import Arrays

extension Operations {
  /// `text % values`, Python's older formatting.
  static func percentFormat(_ text: String, _ values: Value) throws(MachineError) -> String {
    let scalars = Array(text.unicodeScalars)
    var output = ""
    var position = 0
    let items: [Value] = if case .tuple(let items) = values { items } else { [values] }
    var used = 0
    var usedMapping = false

    func nextValue() throws(MachineError) -> Value {
      guard used < items.count else { throw .init(.type, "not enough arguments for format string") }
      used += 1
      return items[used - 1]
    }
    func number() throws(MachineError) -> Int? {
      if position < scalars.count, scalars[position] == "*" {
        position += 1
        guard case .integer(let value) = try nextValue() else { throw .init(.type, "* wants int") }
        guard value.magnitude <= FormatSpecification.numberLimit else { throw .init(.value, "width too big") }
        return value
      }
      var value: Int?
      while position < scalars.count, ("0"..."9").contains(scalars[position]) {
        value = (value ?? 0) * 10 + Int(scalars[position].value - 48)
        if (value ?? 0) > FormatSpecification.numberLimit { throw .init(.value, "width too big") }
        position += 1
      }
      return value
    }

    while position < scalars.count {
      let scalar = scalars[position]
      position += 1
      guard scalar == "%" else {
        output.unicodeScalars.append(scalar)
        continue
      }
      var value: Value?
      if position < scalars.count, scalars[position] == "(" {
        guard case .dict(let dict) = values else { throw .init(.type, "format requires a mapping") }
        guard let close = scalars[position...].firstIndex(of: ")") else { throw .init(.value, "incomplete format key") }
        let key = String(scalars: scalars[(position + 1)..<close])
        guard let found = dict[key] else { throw .init(.key, quoted(key)) }
        value = found
        usedMapping = true
        position = close + 1
      }
      var flags: Set<Unicode.Scalar> = []
      while position < scalars.count, "-+ #0".unicodeScalars.contains(scalars[position]) {
        flags.insert(scalars[position])
        position += 1
      }
      var width = try number() ?? 0
      if width < 0 {
        flags.insert("-")
        width = -width
      }
      var precision: Int?
      if position < scalars.count, scalars[position] == "." {
        position += 1
        precision = max(try number() ?? 0, 0)
      }
      while position < scalars.count, "hlL".unicodeScalars.contains(scalars[position]) { position += 1 }
      guard position < scalars.count else { throw .init(.value, "incomplete format") }
      let type = scalars[position]
      position += 1
      if type == "%" {
        output += "%"
        continue
      }
      let argument = if let value { value } else { try nextValue() }
      output += try percentField(argument, type, flags, width, precision, at: position - 1)
      try checkBytes(output.utf8.count)
    }
    if !usedMapping, used < items.count {
      switch values {
      case .dict, .list, .range: break  // what has elements may be a mapping of which nothing is used
      default: throw .init(.type, "not all arguments converted during string formatting")
      }
    }
    return output
  }

  private static func percentField(
    _ value: Value, _ type: Unicode.Scalar, _ flags: Set<Unicode.Scalar>, _ width: Int, _ precision: Int?, at position: Int
  ) throws(MachineError) -> String {
    var body: String
    var isNumber = true
    switch type {
    case "s", "r", "a":
      body = try type == "a" ? ascii(value) : written(value, asRepresentation: type == "r")
      if let precision { body = String(scalars: body.unicodeScalars.prefix(precision)) }
      isNumber = false
    case "c":
      if case .string(let text) = value, text.unicodeScalars.count == 1 {
        body = text
      } else if let number = value.asInteger {
        guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
          throw .init(.overflow, "%c arg not in range(0x110000)")
        }
        body = String(scalar)
      } else {
        throw .init(.type, "%c requires int or char")
      }
      isNumber = false
    case "d", "i", "u", "o", "x", "X":
      var number = value.asInteger
      if number == nil, "diu".unicodeScalars.contains(type), case .float(let float) = value {
        number = try integer(truncating: float)
      }
      guard let number else {
        let wanted = "diu".unicodeScalars.contains(type) ? "a real number" : "an integer"
        throw .init(.type, "%\(type) format: \(wanted) is required, not \(value.typeName)")
      }
      let radix = type == "o" ? 8 : type == "x" || type == "X" ? 16 : 10
      var digits = String(number.magnitude, radix: radix, uppercase: type == "X")
      if let precision { digits = String(repeating: "0", count: max(0, precision - digits.count)) + digits }
      let prefix = flags.contains("#") && radix != 10 ? "0\(type)" : ""
      body = (number < 0 ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + prefix + digits
    case "e", "E", "f", "F", "g", "G":
      guard let number = value.asDouble else { throw .init(.type, "must be real number, not \(value.typeName)") }
      var spec = try FormatSpecification("", for: "float")
      spec.type = type
      spec.precision = precision ?? 6
      spec.isAlternate = flags.contains("#")
      spec.sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "-"
      body = try format(number, spec)
    default:
      throw .init(.value, "unsupported format character '\(type)' (0x\(String(type.value, radix: 16))) at index \(position)")
    }
    let missing = width - body.unicodeScalars.count
    if missing <= 0 { return body }
    if flags.contains("-") { return body + String(repeating: " ", count: missing) }
    if flags.contains("0"), isNumber {
      var start = body.startIndex
      if let first = body.first, "+- ".contains(first) { start = body.index(after: start) }
      if body[start...].hasPrefix("0x") || body[start...].hasPrefix("0X") || body[start...].hasPrefix("0o") {
        start = body.index(start, offsetBy: 2)
      }
      return body[..<start] + String(repeating: "0", count: missing) + body[start...]
    }
    return String(repeating: " ", count: missing) + body
  }

  /// A float cut toward zero; Python's errors for what is not finite, and ours beyond 64 bits.
  static func integer(truncating value: Double) throws(MachineError) -> Int {
    if value.isNaN { throw .init(.value, "cannot convert float NaN to integer") }
    if value.isInfinite { throw .init(.overflow, "cannot convert float infinity to integer") }
    guard value > -0x1.0000000000001p63, value < 0x1p63 else { throw overflow }
    return Int(value)
  }
}
