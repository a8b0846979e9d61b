extension NDArray {
  /// What `str` gives: `[[1. 2.]\n [3. 4.]]`, abbreviated as NumPy does beyond a thousand elements.
  package var text: String { layOut(separator: "", prefix: "", suffix: "") }

  /// What `repr` gives: `array([1, 2], dtype=int32)`; the type is named unless the elements tell it.
  package var representation: String {
    let isTold = type == .float64 || type == .int64 || type == .bool
    let dtype = isTold && count > 0 ? "" : "dtype=\(type.rawValue)"
    if count == 0, type == .float64, rank == 1 { return "array([], dtype=float64)" }
    let isShort = count > Self.printLimit
    let body = count == 0 && rank > 1 ? "[]" : layOut(separator: ",", prefix: "array(", suffix: dtype.isEmpty ? ")" : ",")
    var extras = dtype
    if isShort || count == 0 && rank > 1 { extras = "shape=\(Self.pythonTuple(shape))" + (dtype.isEmpty ? "" : ", \(dtype)") }
    if extras.isEmpty { return "array(\(body))" }
    // The type goes on the last line if it fits 75 columns, else on a line of its own.
    let lastLine = body.split(separator: "\n", omittingEmptySubsequences: false).last.map(\.count) ?? 0
    let start = body.contains("\n") ? lastLine : lastLine + 6
    return start + extras.count + 2 + 1 <= Self.lineWidth ? "array(\(body), \(extras))" : "array(\(body),\n      \(extras))"
  }

  private static let printLimit = 1000
  private static let edgeCount = 3
  private static let lineWidth = 75

  private func layOut(separator: String, prefix: String, suffix: String) -> String {
    if rank == 0 {
      if !separator.isEmpty { return ElementWriter(self, positions: [0]).text(0) }
      // `str` of one number is that of the number.
      if type == .float32, let text = FloatText.parse(Float(doubles[0]).description) { return text.pythonDescription }
      switch element(at: 0) {
      case .bool(let flag): return flag ? "True" : "False"
      case .integer(let number): return String(number)
      case .float(let number): return number.pythonDescription
      }
    }
    if count == 0 { return "[]" }
    let isShort = count > Self.printLimit
    var shown: [Int] = []
    collect(0, 0, isShort, &shown)
    let writer = ElementWriter(self, positions: shown)
    let indent = String(repeating: " ", count: prefix.count)
    return layOut(axis: 0, base: 0, writer, separator, isShort, indent, Self.lineWidth - (separator.isEmpty ? 0 : suffix.count))
  }

  private func axisPositions(_ axis: Int, _ isShort: Bool) -> (leading: Range<Int>, trailing: Range<Int>) {
    let length = shape[axis]
    if isShort, length > 2 * Self.edgeCount { return (0..<Self.edgeCount, (length - Self.edgeCount)..<length) }
    return (0..<length, length..<length)
  }

  private func collect(_ axis: Int, _ base: Int, _ isShort: Bool, _ shown: inout [Int]) {
    guard axis < rank else { return shown.append(base) }
    let positions = axisPositions(axis, isShort)
    for index in Array(positions.leading) + Array(positions.trailing) {
      collect(axis + 1, base * shape[axis] + index, isShort, &shown)
    }
  }

  private func layOut(
    axis: Int, base: Int, _ writer: ElementWriter, _ separator: String, _ isShort: Bool, _ indent: String, _ width: Int
  ) -> String {
    if axis == rank { return writer.text(base) }
    let positions = axisPositions(axis, isShort)
    let isAbbreviated = !positions.trailing.isEmpty
    let inner = indent + " "
    let items = { (range: Range<Int>) in
      range.map { layOut(axis: axis + 1, base: base * shape[axis] + $0, writer, separator, isShort, inner, width) }
    }
    var parts = items(positions.leading)
    if isAbbreviated { parts.append("...") }
    parts += items(positions.trailing)
    if axis < rank - 1 {
      let gap = separator + String(repeating: "\n", count: rank - axis - 1) + inner
      return "[" + parts.joined(separator: gap) + "]"
    }
    // The last axis: words wrapped at the line width, leaving room for the closing brackets.
    var lines: [String] = []
    var line = inner
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let room = width - rank
      let word = index == 0 ? part : " " + part
      if line.count + word.count > room, line.count > inner.count {
        while line.last == " " { line.removeLast() }
        lines.append(line)
        line = inner + part
      } else {
        line += word
      }
      if !isLast { line += separator }
    }
    lines.append(line)
    let text = lines.joined(separator: "\n")
    return "[" + text.dropFirst(inner.count) + "]"
  }
}

/// Writes elements in one width, chosen from those that are shown, after NumPy's `FloatingFormat` with precision 8.
private struct ElementWriter {
  private let array: NDArray
  private var width = 0
  private var isScientific = false
  private var left = 0
  private var right = 0
  /// How many digits all exponents have.
  private var exponentDigits = 2

  init(_ array: NDArray, positions: [Int]) {
    self.array = array
    guard array.type.isFloat else {
      // Truth values are always as wide as `False`.
      width = array.type == .bool && array.rank > 0 ? 5 : positions.map { plain($0).count }.max() ?? 0
      return
    }
    let values = positions.map { double($0) }
    let finite = values.filter(\.isFinite)
    let magnitudes = finite.map(\.magnitude).filter { $0 != 0 }
    if let largest = magnitudes.max(), let smallest = magnitudes.min() {
      // Single precision has six digits for sure.
      isScientific = largest >= (array.type == .float32 ? 1e6 : 1e8) || smallest < 1e-4 || largest / smallest > 1000
    }
    let texts = finite.map { isScientific ? scientific($0) : positional($0) }
    let halves = texts.map { text in
      let mantissa = text.prefix { $0 != "e" }
      let point = mantissa.firstIndex(of: ".") ?? mantissa.endIndex
      return (mantissa[..<point].count, mantissa[point...].count - 1, text.count - mantissa.count)
    }
    left = halves.map(\.0).max() ?? 0
    right = max(halves.map(\.1).max() ?? 0, 0)
    let exponent = halves.map(\.2).max() ?? 0
    exponentDigits = max(exponent - 2, 2)
    if finite.count < values.count {
      let offset = isScientific ? right + 1 + exponent : right + 1
      for value in values where !value.isFinite { left = max(left, word(value).count - offset) }
    }
    width = left + 1 + right + (isScientific ? exponent : 0)
  }

  func text(_ position: Int) -> String {
    guard array.type.isFloat else { return plain(position).leftPadded(to: width) }
    let value = double(position)
    if !value.isFinite { return word(value).leftPadded(to: width) }
    if isScientific {
      let text = scientific(value)
      let mark = text.firstIndex(of: "e") ?? text.endIndex
      let mantissa = String(text[..<mark])
      let point = mantissa.firstIndex(of: ".").map { mantissa.distance(from: $0, to: mantissa.endIndex) - 1 } ?? 0
      // Missing digits are those of the element's exact value, as NumPy prints them.
      return widened(point < right ? exact(value) : text).leftPadded(to: width)
    }
    let text = positional(value)
    let point = text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
    return (text + String(repeating: " ", count: right - point)).leftPadded(to: width)
  }

  private func double(_ position: Int) -> Double {
    if case .float(let value) = array.element(at: position) { value } else { 0 }
  }

  private func word(_ value: Double) -> String { value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }

  private func plain(_ position: Int) -> String {
    switch array.element(at: position) {
    case .bool(let flag): flag ? "True" : "False"
    case .integer(let number): String(number)
    case .float(let number): number.pythonDescription
    }
  }

  /// The shortest digits that read back as the element (in its own type): `digits × 10^(point − count)`.
  private func shortest(_ value: Double) -> (digits: String, point: Int) {
    let text = array.type == .float32 ? Float(value.magnitude).description : value.magnitude.description
    let mark = text.firstIndex { $0 == "e" || $0 == "E" } ?? text.endIndex
    let exponent = mark < text.endIndex ? Int(text[text.index(after: mark)...]) ?? 0 : 0
    let mantissa = text[..<mark]
    let whole = mantissa.prefix { $0 != "." }
    var digits = mantissa.filter { $0 != "." }
    var point = whole.count + exponent
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      point -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    if digits == "0" { point = 1 }
    return (digits, point)
  }

  /// At most eight digits after the point, no trailing zeros: `0.1`, `2.`
  private func positional(_ value: Double) -> String {
    var text: String
    let (digits, point) = shortest(value)
    if digits.count - point > 8 {
      text = FloatText.fixed(value.magnitude, precision: 8)
      while text.last == "0" { text.removeLast() }
    } else if point <= 0 {
      text = digits == "0" ? "0." : "0." + String(repeating: "0", count: -point) + digits
    } else if digits.count <= point {
      text = digits + String(repeating: "0", count: point - digits.count) + "."
    } else {
      text = digits.prefix(point) + "." + digits.dropFirst(point)
    }
    return (value.sign == .minus ? "-" : "") + text
  }

  /// A number with as many digits in its exponent as all have.
  private func widened(_ text: String) -> String {
    guard let mark = text.firstIndex(where: { $0 == "+" || $0 == "-" && $0 != text.first || $0 == "e" }) else { return text }
    let start = text[mark] == "e" ? text.index(mark, offsetBy: 2) : text.index(after: mark)
    let digits = text[start...]
    return text[..<start] + String(repeating: "0", count: max(0, exponentDigits - digits.count)) + digits
  }

  private func exact(_ value: Double) -> String {
    FloatText.scientific(value, precision: right)
  }

  /// At most eight digits after the first: `1.e-10`, `2.5e+03`.
  private func scientific(_ value: Double) -> String {
    var (digits, point) = shortest(value)
    if digits.count > 9 {
      (digits, point) = FloatText.digits(value.magnitude, count: 9)
      while digits.count > 1, digits.last == "0" { digits.removeLast() }
    }
    let power = digits == "0" ? 0 : point - 1
    let exponent = String(abs(power))
    return (value.sign == .minus ? "-" : "") + digits.prefix(1) + "." + digits.dropFirst() + "e" + (power < 0 ? "-" : "+")
      + (exponent.count < 2 ? "0" : "") + exponent
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
