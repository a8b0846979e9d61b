/// A format as after the colon of an f-string's field: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
package struct FormatSpecification: Sendable, Equatable {
  package var fill: Unicode.Scalar = " "
  /// One of `<`, `>`, `=`, `^`; nil where not given.
  package var align: Unicode.Scalar?
  package var sign: Unicode.Scalar = "-"
  /// Whether a sign option was written, be it the `-` that is assumed anyway.
  package var givesSign = false
  /// `z`: a result that rounds to negative zero loses its sign.
  package var dropsNegativeZero = false
  package var isAlternate = false
  package var hasZero = false
  package var width = 0
  /// `,` or `_`; nil where not given.
  package var grouping: Unicode.Scalar?
  package var precision: Int?
  /// The presentation type; nil where not given.
  package var type: Unicode.Scalar?

  /// Whether the number or text stands as it is: no width, sign, separator or other form is asked for.
  var isBare: Bool { width == 0 && sign == "-" && !givesSign && !dropsNegativeZero && !isAlternate && grouping == nil }

  /// Widths and precisions beyond this are refused: a format must not fill the memory.
  static let numberLimit = 10_000

  /// Reads a format; Python's `ValueError` where it is not one. `typeName` is that of the value, for the message.
  package init(_ text: String, for typeName: String) throws(MachineError) {
    let scalars = Array(text.unicodeScalars)
    var position = 0
    func peek(_ offset: Int = 0) -> Unicode.Scalar? { position + offset < scalars.count ? scalars[position + offset] : nil }
    func isAlign(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { "<>=^".unicodeScalars.contains($0) } ?? false }
    func number(isLimited: Bool = true) throws(MachineError) -> Int? {
      var value: Int?
      while let scalar = peek(), ("0"..."9").contains(scalar) {
        value = min((value ?? 0) * 10 + Int(scalar.value - 48), isLimited ? Self.numberLimit + 1 : Operations.textLimit)
        position += 1
      }
      // No text becomes longer by what it is cut to.
      if let value, value > Self.numberLimit, isLimited { throw .init(.value, "Too many decimal digits in format string") }
      return value
    }
    var hasFill = false
    if let first = peek(), isAlign(peek(1)) {
      hasFill = true
      fill = first
      align = peek(1)
      position = 2
    } else if isAlign(peek()) {
      align = peek()
      position = 1
    }
    if let scalar = peek(), "+- ".unicodeScalars.contains(scalar) {
      sign = scalar
      givesSign = true
      position += 1
    }
    if peek() == "z" {
      dropsNegativeZero = true
      position += 1
    }
    if peek() == "#" {
      isAlternate = true
      position += 1
    }
    if peek() == "0" {
      hasZero = true
      position += 1
      if !hasFill {
        fill = "0"
        if align == nil, typeName != "str" { align = "=" }
      }
    }
    width = try number() ?? 0
    while let scalar = peek(), scalar == "," || scalar == "_" {
      if let grouping {
        throw .init(
          .value, grouping == scalar ? "Cannot specify '\(scalar)' with '\(scalar)'." : "Cannot specify both ',' and '_'.")
      }
      grouping = scalar
      position += 1
    }
    if peek() == "." {
      position += 1
      precision = try number(isLimited: typeName != "str")
      if precision == nil { throw .init(.value, "Format specifier missing precision") }
    }
    if let scalar = peek() {
      type = scalar
      position += 1
    }
    if position < scalars.count { throw .init(.value, "Invalid format specifier '\(text)' for object of type '\(typeName)'") }
  }

  /// Puts a text into the width; `standard` is the alignment where none was given.
  func aligned(_ text: String, standard: Unicode.Scalar) -> String {
    let missing = width - text.unicodeScalars.count
    if missing <= 0 { return text }
    let filling = { (count: Int) in String(repeating: String(self.fill), count: count) }
    switch align ?? standard {
    case "<": return text + filling(missing)
    case "^": return filling(missing / 2) + text + filling(missing - missing / 2)
    default: return filling(missing) + text
    }
  }

  /// Puts a number together: sign, prefix (`0x`), digits with separators, and what follows them, in the width.
  func assembled(isNegative: Bool, prefix: String, digits: String, rest: String, groupSize: Int) -> String {
    let signText = isNegative ? "-" : sign == "+" ? "+" : sign == " " ? " " : ""
    let around = signText.count + prefix.count + rest.count
    let padsInside = (align ?? ">") == "=" && fill == "0"
    let body = grouping.map { Self.grouped(digits, String($0), groupSize, minimum: padsInside ? width - around : 0) } ?? digits
    if (align ?? ">") == "=" {
      let missing = max(0, width - around - body.unicodeScalars.count)
      return signText + prefix + String(repeating: String(fill), count: missing) + body + rest
    }
    return aligned(signText + prefix + body + rest, standard: ">")
  }

  /// Digits in groups from the right, led by zeros up to `minimum` characters, which may add one more, as in Python.
  static func grouped(_ digits: String, _ separator: String, _ size: Int, minimum: Int) -> String {
    var rest = Array(digits.utf8)
    var minimum = minimum
    var groups: [String] = []
    repeat {
      let length = min(size, max(max(rest.count, minimum), 1))
      let taken = Array(rest.suffix(length))
      rest.removeLast(taken.count)
      groups.append(String(repeating: "0", count: length - taken.count) + String(decoding: taken, as: UTF8.self))
      minimum -= length
      if rest.isEmpty, minimum <= 0 { break }
      minimum -= separator.count
    } while true
    return groups.reversed().joined(separator: separator)
  }
}
