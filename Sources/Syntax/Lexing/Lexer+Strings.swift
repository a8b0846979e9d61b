import Diagnostics

/// What begins and ends a string literal.
struct Quotes {
  var quote: UInt8
  var isTriple: Bool
  var isRaw: Bool
  /// Where the literal, its prefix included, begins.
  var start: Int

  var length: Int { isTriple ? 3 : 1 }
}

extension Lexer {
  /// How many f-strings and fields may be open inside each other: a field in a field's format counts like an f-string in it.
  static let formattedDepthLimit = 24

  /// Reads a string literal whose prefix has `prefixLength` letters, up to its closing quotes or, without them, the line's end.
  mutating func lexString(prefixLength: Int) {
    let start = position
    let prefix = bytes[start..<start + prefixLength].map { $0 | 0x20 }
    position += prefixLength
    let quote = peek()
    let isTriple = peek(1) == quote && peek(2) == quote
    let quotes = Quotes(quote: quote, isTriple: isTriple, isRaw: prefix.contains(UInt8(ascii: "r")), start: start)
    position += quotes.length
    if prefix.contains(UInt8(ascii: "f")) { return lexFormatted(quotes) }
    while position < bytes.count, !isAtEnd(of: quotes) {
      if isLineEnd(peek()), !isTriple { break }
      passCharacter()
    }
    let isClosed = isAtEnd(of: quotes)
    if isClosed { position += quotes.length } else { reportUnclosed(quotes) }
    if prefix.contains(UInt8(ascii: "b")) { findings.add(.bytesLiteral(range(start, position))) }
    tokens.append(Token(.string, start, position, isVirtual: !isClosed))
  }

  /// Passes over one byte, or over a backslash with what it escapes: also in raw strings, where `\"` does not end them.
  private mutating func passCharacter() {
    if peek() == UInt8(ascii: "\\"), position + 1 < bytes.count {
      position += peek(1) == UInt8(ascii: "\r") && peek(2) == UInt8(ascii: "\n") ? 3 : 2
    } else {
      position += 1
    }
  }

  private func isAtEnd(of quotes: Quotes) -> Bool {
    guard position < bytes.count, peek() == quotes.quote else { return false }
    return !quotes.isTriple || (peek(1) == quotes.quote && peek(2) == quotes.quote)
  }

  private mutating func reportUnclosed(_ quotes: Quotes) {
    if hasGivenUp { return }
    // An unescaped line end would have ended the other kind before.
    let endsInLineEnd = position >= bytes.count && bytes.last.map(isLineEnd) ?? false
    if quotes.isTriple || endsInLineEnd { endsTooSoon = true }
    let opener = range(quotes.start, min(bytes.count, quotes.start + quotes.length))
    findings.add(.unclosedString(range(quotes.start, position), opener: opener, isTriple: quotes.isTriple))
  }

  // MARK: f-strings

  /// Reads an f-string as `formattedStart`, texts and fields, `formattedEnd`. Quotes may be used again inside fields (PEP 701).
  private mutating func lexFormatted(_ quotes: Quotes) {
    tokens.append(Token(.formattedStart, quotes.start, position))
    formattedDepth += 1
    defer {
      formattedDepth -= 1
      if formattedDepth == 0 { hasGivenUp = false }
    }
    guard formattedDepth <= Lexer.formattedDepthLimit else {
      findings.add(.nestedTooDeeply(range(quotes.start, position), limit: Lexer.formattedDepthLimit / 2))
      hasGivenUp = true
      while position < bytes.count, !isLineEnd(peek()) { position += 1 }
      tokens.append(Token(.formattedEnd, position, position, isVirtual: true))
      return
    }
    lexFormattedText(quotes, isFormat: false)
    if isAtEnd(of: quotes) {
      append(.formattedEnd, length: quotes.length)
    } else {
      reportUnclosed(quotes)
      tokens.append(Token(.formattedEnd, position, position, isVirtual: true))
    }
  }

  /// Reads literal text and fields up to the closing quotes, or, in a format, up to the field's `}`.
  private mutating func lexFormattedText(_ quotes: Quotes, isFormat: Bool) {
    var start = position
    func flush(_ lexer: inout Lexer) {
      if lexer.position > start { lexer.tokens.append(Token(.formattedText, start, lexer.position)) }
    }
    while position < bytes.count, !isAtEnd(of: quotes) {
      switch peek() {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if !quotes.isTriple {
          flush(&self)
          return
        }
        position += 1
      case UInt8(ascii: "\\"):
        passEscape(isRaw: quotes.isRaw)
      case UInt8(ascii: "{") where !isFormat && peek(1) == UInt8(ascii: "{"),
        UInt8(ascii: "}") where !isFormat && peek(1) == UInt8(ascii: "}"):
        position += 2
      case UInt8(ascii: "{"):
        flush(&self)
        lexField(quotes)
        start = position
      case UInt8(ascii: "}"):
        if isFormat {
          flush(&self)
          return
        }
        findings.add(.strayFieldBrace(range(position, position + 1)))
        position += 1
      default:
        position += 1
      }
    }
    flush(&self)
  }

  /// Passes over a backslash and what it escapes; braces after it still open and close fields, but those of `\N{…}` do not.
  private mutating func passEscape(isRaw: Bool) {
    let next = peek(1)
    if !isRaw, next == UInt8(ascii: "N"), peek(2) == UInt8(ascii: "{") {
      position += 3
      while isNameByte(peek()) || peek() == UInt8(ascii: " ") || peek() == UInt8(ascii: "-") { position += 1 }
      if peek() == UInt8(ascii: "}") { position += 1 }
    } else if next == UInt8(ascii: "{") || next == UInt8(ascii: "}") {
      position += 1
    } else {
      passCharacter()
    }
  }

  /// Reads `{ … }` with its tokens; the `:` before a format and a conversion's `!` count only outside every bracket.
  private mutating func lexField(_ quotes: Quotes) {
    let start = position
    append(.fieldStart, length: 1)
    formattedDepth += 1
    defer { formattedDepth -= 1 }
    var brackets: [UInt8] = []
    var braces = 0
    /// Up to where line ends are known to lie inside the field.
    var innerEnd = 0
    while position < bytes.count, formattedDepth <= Lexer.formattedDepthLimit, !hasGivenUp {
      let byte = peek()
      switch byte {
      case UInt8(ascii: "}") where braces == 0:
        return append(.fieldEnd, length: 1)
      case UInt8(ascii: ":") where brackets.isEmpty:
        append(.fieldFormat, length: 1)
        lexFormattedText(quotes, isFormat: true)
        if peek() == UInt8(ascii: "}"), position < bytes.count { return append(.fieldEnd, length: 1) }
        return closeField(start)
      case UInt8(ascii: "!") where brackets.isEmpty && peek(1) != UInt8(ascii: "="):
        append(.exclamation, length: 1)
      case quotes.quote where endsLiteralEarly(quotes):
        return closeField(start)
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if !quotes.isTriple, position >= innerEnd {
          guard let end = endOfField(quotes) else { return closeField(start) }
          innerEnd = end
        }
        lexToken()
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets.append(byte)
        if byte == UInt8(ascii: "{") { braces += 1 }
        lexToken()
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        if let last = brackets.last, last == opener(of: byte) {
          brackets.removeLast()
          if byte == UInt8(ascii: "}") { braces -= 1 }
        } else if byte == UInt8(ascii: "}") {
          brackets.removeAll()
          braces = 0
        }
        lexToken()
      default:
        lexToken()
      }
    }
    closeField(start)
  }

  private mutating func closeField(_ start: Int) {
    if formattedDepth > Lexer.formattedDepthLimit, !hasGivenUp {
      findings.add(.nestedTooDeeply(range(start, start + 1), limit: Lexer.formattedDepthLimit / 2))
      hasGivenUp = true
      while position < bytes.count, !isLineEnd(peek()) { position += 1 }
    }
    if !hasGivenUp { findings.add(.unclosedField(range(position, position), opener: range(start, start + 1))) }
    tokens.append(Token(.fieldEnd, position, position, isVirtual: true))
  }

  private func opener(of closer: UInt8) -> UInt8 {
    switch closer {
    case UInt8(ascii: ")"): UInt8(ascii: "(")
    case UInt8(ascii: "]"): UInt8(ascii: "[")
    default: UInt8(ascii: "{")
    }
  }

  /// Whether a quote inside a field must be the f-string's own end, since no string that it could begin ends on the line.
  private func endsLiteralEarly(_ quotes: Quotes) -> Bool {
    if quotes.isTriple { return isAtEnd(of: quotes) }
    var offset = position + 1
    while offset < bytes.count, !isLineEnd(bytes[offset]) {
      if bytes[offset] == UInt8(ascii: "\\") { offset += 1 } else if bytes[offset] == quotes.quote { return false }
      offset += 1
    }
    return true
  }

  /// Where a field that meets a line end is closed, if that is soon and the string's quote follows: fields may span lines.
  private func endOfField(_ quotes: Quotes) -> Int? {
    var depth = 1
    var offset = position
    let limit = min(bytes.count, position + 2_000)
    while offset < limit {
      switch bytes[offset] {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      case quotes.quote where depth == 0: return offset
      case UInt8(ascii: "\n") where depth == 0: return nil
      default: break
      }
      offset += 1
    }
    return nil
  }
}
