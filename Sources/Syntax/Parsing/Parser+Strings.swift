import Diagnostics

/// String literals and f-strings.
extension Parser {
  /// ```
  /// strings = string { string }
  /// string = STRING | formatted
  /// ```
  /// Literals side by side are one; with an f-string among them the whole is an f-string.
  mutating func parseStrings() -> Expression {
    let start = current.start
    var parts: [FormattedPart] = []
    var written: [String] = []
    var isFormatted = false
    var tallest = 1
    while !isPanicking, kind == .string || kind == .formattedStart {
      let literalStart = current.start
      if kind == .string {
        append(.text(value(of: current)), to: &parts)
        advance()
      } else {
        isFormatted = true
        for part in parseFormatted() { append(part, to: &parts) }
        tallest = max(tallest, height + 1)
      }
      written.append(text(literalStart, previousEnd))
    }
    height = tallest
    let spelling = written.joined(separator: " ")
    if isFormatted { return make(.formatted(parts, written: spelling), from: start) }
    if case .text(let value)? = parts.first { return make(.string(value, written: spelling), from: start) }
    return make(.string("", written: spelling), from: start)
  }

  private func append(_ part: FormattedPart, to parts: inout [FormattedPart]) {
    if case .text(let new) = part {
      if new.isEmpty, !parts.isEmpty { return }
      if case .text(var text)? = parts.last {
        // Taken out first, so that it grows in place.
        parts.removeLast()
        text += new
        parts.append(.text(text))
        return
      }
    } else if case .text("")? = parts.last {
      parts.removeLast()
    }
    parts.append(part)
  }

  /// The value of a plain string literal.
  private mutating func value(of token: Token) -> String {
    var start = token.start
    var isRaw = false
    while isNameByte(source.bytes[start]) {
      isRaw = isRaw || source.bytes[start] | 0x20 == UInt8(ascii: "r")
      start += 1
    }
    let quote = source.bytes[start]
    let isTriple = start + 2 < token.end && source.bytes[start + 1] == quote && source.bytes[start + 2] == quote
    let length = isTriple ? 3 : 1
    // An unclosed literal has no closing quotes to leave out.
    var end = token.end
    if end - length >= start + length, source.bytes[end - length..<end].allSatisfy({ $0 == quote }) { end -= length }
    return decode(min(start + length, end), end, isRaw: isRaw, doublesBraces: false)
  }

  private mutating func decode(_ start: Int, _ end: Int, isRaw: Bool, doublesBraces: Bool) -> String {
    var decoder = StringDecoder(source, doublesBraces: doublesBraces, findings: findings)
    let value = decoder.decode(start, end, isRaw: isRaw)
    findings = decoder.findings
    return value
  }

  /// ```
  /// formatted = FSTRING_START { FSTRING_TEXT | field } FSTRING_END
  /// ```
  mutating func parseFormatted() -> [FormattedPart] {
    let isRaw = text(current).utf8.contains { $0 | 0x20 == UInt8(ascii: "r") }
    return parseInside { parser, close in
      let parts = parser.parseFormattedParts(upTo: close, isRaw: isRaw, isFormat: false)
      return parts
    }
  }

  private mutating func parseFormattedParts(upTo close: Int, isRaw: Bool, isFormat: Bool) -> [FormattedPart] {
    var parts: [FormattedPart] = []
    var tallest = 0
    while index < close {
      if kind == .formattedText {
        append(.text(decode(current.start, current.end, isRaw: isRaw, doublesBraces: !isFormat)), to: &parts)
        advance()
      } else if kind == .fieldStart {
        parts.append(.field(parseField(isRaw: isRaw)))
        tallest = max(tallest, height)
      } else {
        skipToken()
      }
    }
    height = tallest + 1
    return parts
  }

  /// ```
  /// field = FIELD_START field_value { "," field_value } [ "=" ] [ "!" CONVERSION ] [ FIELD_FORMAT { FORMAT_TEXT | format_field } ] FIELD_END
  /// field_value = disjunction [ "if" disjunction "else" disjunction ]
  /// format_field = FIELD_START field_value FIELD_END
  /// ```
  mutating func parseField(isRaw: Bool) -> FormattedField {
    let contentStart = current.end
    return parseInside { parser, close in
      let value = parser.parseExpressions(after: "{")
      var field = FormattedField(value: value, selfDocumenting: nil, conversion: nil, format: [])
      var tallest = parser.height
      if !parser.isPanicking, parser.take(.equal) {
        field.selfDocumenting = parser.text(contentStart, parser.current.start)
      }
      if !parser.isPanicking, parser.take(.exclamation) {
        field.conversion = FormattedField.Conversion(rawValue: parser.text(parser.current))
        if field.conversion == nil {
          parser.complain(.unknownConversion(parser.currentRange, parser.kind == .name ? parser.text(parser.current) : nil))
        } else {
          parser.advance()
        }
      }
      if !parser.isPanicking, parser.take(.fieldFormat) {
        field.format = parser.parseFormattedParts(upTo: close, isRaw: isRaw, isFormat: true)
        tallest = max(tallest, parser.height)
      }
      if parser.index < close, !parser.isPanicking, !parser.tokens[close].isVirtual {
        parser.complain(.unexpectedText(parser.currentRange, clipped(parser.text(parser.current)), after: parser.lastText))
      }
      parser.height = tallest + 1
      return field
    }
  }
}
