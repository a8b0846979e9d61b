import Diagnostics

extension Lexer {
  /// Reads an integer or a float as Python writes them: `7`, `1_000`, `0xff`, `.5`, `1.`, `1e-3`.
  mutating func lexNumber() {
    let start = position
    if peek() == UInt8(ascii: "0"), let radix = radix(ofPrefix: peek(1)) {
      return lexPrefixedInteger(start, radix)
    }
    var kind = Token.Kind.integer
    var isWellFormed = passDigits() || peek() == UInt8(ascii: ".")
    if peek() == UInt8(ascii: ".") {
      kind = .float
      position += 1
      if isDigit(peek()) || peek() == UInt8(ascii: "_") { isWellFormed = passDigits() && isWellFormed }
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      let signLength = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
      if isDigit(peek(1 + signLength)) {
        kind = .float
        position += 1 + signLength
        isWellFormed = passDigits() && isWellFormed
      }
    }
    let end = position
    finishNumber(start, kind, isWellFormed: isWellFormed, end: end)
  }

  private func radix(ofPrefix byte: UInt8) -> Int? {
    switch byte | 0x20 {
    case UInt8(ascii: "x"): 16
    case UInt8(ascii: "o"): 8
    case UInt8(ascii: "b"): 2
    default: nil
    }
  }

  /// Passes over digits with single underscores between them; false if an underscore stands wrong.
  private mutating func passDigits() -> Bool {
    var isWellFormed = isDigit(peek())
    while true {
      if isDigit(peek()) {
        position += 1
      } else if peek() == UInt8(ascii: "_") {
        isWellFormed = isDigit(peek(1)) && isWellFormed
        position += 1
      } else {
        return isWellFormed
      }
    }
  }

  private mutating func lexPrefixedInteger(_ start: Int, _ radix: Int) {
    position += 2
    let digits = position
    var isWellFormed = true
    while isNameByte(peek()), peek() != 0 {
      let byte = peek()
      if byte == UInt8(ascii: "_") {
        isWellFormed = isWellFormed && peek(1) != UInt8(ascii: "_") && isNameByte(peek(1))
      } else {
        isWellFormed = isWellFormed && Character(Unicode.Scalar(byte)).hexDigitValue.map { $0 < radix } ?? false
      }
      position += 1
    }
    finishNumber(start, .integer, isWellFormed: isWellFormed && position > digits, end: position)
  }

  /// Appends the number, unless letters are stuck to its end.
  private mutating func finishNumber(_ start: Int, _ kind: Token.Kind, isWellFormed: Bool, end: Int) {
    var wordEnd = end
    while wordEnd < bytes.count, isNameByte(bytes[wordEnd]) || bytes[wordEnd] >= 0x80 { wordEnd += 1 }
    let word = bytes[end..<wordEnd]
    position = end
    let whole = range(start, wordEnd)
    if wordEnd > end, word.count == 1, word.first.map({ $0 | 0x20 }) == UInt8(ascii: "j") {
      findings.add(.complexLiteral(whole))
    } else if wordEnd > end, let keyword = Token.Kind.keywords[Token.Kind.packed(word)], keyword != .from, isWellFormed {
      // `1if x else 2` is Python, if not beautiful.
      wordEnd = end
    } else if wordEnd > end || !isWellFormed {
      findings.add(.malformedNumber(whole, text(start, wordEnd)))
    } else if kind == .integer, bytes[start] == UInt8(ascii: "0"), end > start + 1, isDecimalWithLeadingZero(start, end) {
      findings.add(.leadingZero(whole, text(start, end)))
    }
    tokens.append(Token(kind, start, wordEnd))
    position = wordEnd
  }

  /// `007`, but not `00`, which Python accepts, nor `0x1`.
  private func isDecimalWithLeadingZero(_ start: Int, _ end: Int) -> Bool {
    radix(ofPrefix: bytes[start + 1]) == nil
      && bytes[start..<end].contains { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: "_") }
  }
}

/// The value of an integer literal's text; nil if it does not fit 64 bits.
func integerValue(_ text: String) -> Int? {
  if let plain = Int(text) { return plain }
  let digits = text.filter { $0 != "_" }
  switch digits.prefix(2).lowercased() {
  case "0x": return Int(digits.dropFirst(2), radix: 16)
  case "0o": return Int(digits.dropFirst(2), radix: 8)
  case "0b": return Int(digits.dropFirst(2), radix: 2)
  default: return Int(digits)
  }
}

/// The value of a float literal's text, rounded to nearest as in Python; infinite where Python's is.
func floatValue(_ text: String) -> Double {
  var digits = text.filter { $0 != "_" }
  if digits.hasPrefix(".") { digits = "0" + digits }
  // Swift wants a digit after the point: `1.` and `1.e5`.
  if let point = digits.firstIndex(of: ".") {
    let next = digits.index(after: point)
    if next == digits.endIndex || !digits[next].isNumber { digits.insert("0", at: next) }
  }
  return Double(digits) ?? .nan
}
