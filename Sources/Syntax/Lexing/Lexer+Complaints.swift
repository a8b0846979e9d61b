import Diagnostics

/// What the lexer and the pairing of brackets have to say.
extension Finding {
  static func unreadableCharacter(_ range: SourceRange, _ scalar: Unicode.Scalar) -> Finding {
    let code = String(scalar.value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
    let isVisible = scalar.properties.isWhitespace == false && scalar.value >= 0x20 && scalar.value != 0x7F
    let shown = isVisible && scalar.properties.generalCategory != .format ? "`\(scalar)` (\(name))" : "the character \(name)"
    let hint: String? =
      switch scalar {
      case "“", "”", "„", "«", "»": "write a straight `\"`."
      case "‘", "’", "‚", "`": "write a straight `'` or `\"`."
      case "–", "—", "−": "write `-`."
      case "×", "·": "write `*`."
      case "÷": "write `/`."
      case "≤": "write `<=`."
      case "≥": "write `>=`."
      case "≠": "write `!=`."
      case "…": "write three dots, `...`, or leave them out."
      case "\0": "this looks like a binary file."
      case "?": "Python writes a choice as `a if condition else b`."
      default: scalar.properties.isWhitespace ? "write an ordinary blank." : nil
      }
    return Finding(.unreadableCharacter, "\(sentence(shown)) means nothing outside a string or a comment.", at: range, hint: hint)
  }

  static func strayBackslash(_ range: SourceRange, beforeBlanks: Bool) -> Finding {
    beforeBlanks
      ? Finding(
        .strayBackslash, "`\\` continues a line only as its very last character, but blanks follow it.", at: range,
        hint: "delete the blanks after `\\`.")
      : Finding(
        .strayBackslash, "`\\` stands alone: outside a string it only continues a line, as its last character.", at: range)
  }

  static func malformedNumber(_ range: SourceRange, _ text: String) -> Finding {
    Finding(
      .malformedNumber, "`\(clipped(text))` begins like a number, but is none.", at: range,
      hint: "a name cannot begin with a digit; digits may be grouped as in `1_000`, and bases are `0x`, `0o`, `0b`.")
  }

  static func leadingZero(_ range: SourceRange, _ text: String) -> Finding {
    let digits = String(text.drop { $0 == "0" || $0 == "_" })
    return Finding(
      .leadingZero, "`\(clipped(text))` begins with a zero.", at: range, hint: "write `\(digits)`, or `0o…` in base 8.")
  }

  static func integerTooLarge(_ range: SourceRange) -> Finding {
    Finding(
      .integerTooLarge, "This integer does not fit 64 bits: the largest is 9223372036854775807.", at: range,
      hint: "write it as a float, such as `1e20`.")
  }

  static func complexLiteral(_ range: SourceRange) -> Finding {
    Finding(.complexLiteral, "A complex number has no use in a script.", at: range, hint: "leave out the `j`.")
  }

  static func bytesLiteral(_ range: SourceRange) -> Finding {
    Finding(.bytesLiteral, "A bytes literal has no use in a script.", at: range, hint: "leave out the `b`: text is a string.")
  }

  static func unclosedString(_ range: SourceRange, opener: SourceRange, isTriple: Bool) -> Finding {
    isTriple
      ? Finding(
        .unclosedString, "This string is never closed.", at: opener, remark: "opened here, and open to the end of the text",
        hint: "close it with the same three quotes.")
      : Finding(
        .unclosedString, "This string is not closed on its line.", at: range, hint: "put the closing quote where the text ends.")
  }

  static func unclosedField(_ place: SourceRange, opener: SourceRange) -> Finding {
    Finding(
      .unclosedField, "This field of the f-string is not closed.", at: place, remark: "`}` expected here",
      labels: [Label(opener, "opened here")], hint: "a literal brace is written `{{`.")
  }

  static func strayFieldBrace(_ range: SourceRange) -> Finding {
    Finding(.strayFieldBrace, "`}` closes nothing in this f-string.", at: range, hint: "a literal brace is written `}}`.")
  }

  static func unknownEscape(_ range: SourceRange, _ escaped: String) -> Finding {
    Finding(
      .unknownEscape, "`\\\(escaped)` is no escape, so the backslash stays in the text.", at: range, severity: .warning,
      hint: "write `\\\\\(escaped)`, or a raw string `r\"…\"`.")
  }

  static func malformedEscape(_ range: SourceRange, wantedDigits: Int) -> Finding {
    Finding(.malformedEscape, "This escape needs \(wantedDigits) hexadecimal digits.", at: range)
  }

  static func impossibleCodePoint(_ range: SourceRange, _ code: UInt32) -> Finding {
    Finding(
      .impossibleCodePoint, "There is no character with the code \(String(code, radix: 16, uppercase: true)).", at: range,
      hint: "characters go up to 10FFFF, without D800 to DFFF.")
  }

  static func namedEscape(_ range: SourceRange) -> Finding {
    Finding(.namedEscape, "`\\N` escapes are not read.", at: range, hint: "write the character itself, or its code as `\\u2014`.")
  }

  static func misplacedCell(_ range: SourceRange) -> Finding {
    Finding(
      .misplacedCell, "`# %%` begins a cell only at the start of a line, outside every block and bracket; here it is a comment.",
      at: range, severity: .warning)
  }

  static func textTooLong(_ range: SourceRange, limit: Int) -> Finding {
    Finding(.textTooLong, "This script is longer than \(limit >> 20) MB.", at: range, hint: "data belongs in files of its own.")
  }

  // MARK: brackets

  static func unclosedBracket(
    _ place: SourceRange, _ opener: Token.Kind, _ closer: Token.Kind, openers: [SourceRange], count: Int
  ) -> Finding {
    let message =
      count == 1
      ? "`\(opener.rawValue)` is never closed." : "`\(opener.rawValue)` and \(counted(count - 1)) before it are never closed."
    return Finding(
      .unclosedBracket, message, at: place, remark: "`\(closer.rawValue)` expected here",
      labels: openers.map { Label($0, "opened here") })
  }

  static func unclosedBlock(_ place: SourceRange, openers: [SourceRange], count: Int) -> Finding {
    let message = count == 1 ? "A block is never closed." : "A block and \(counted(count - 1)) before it are never closed."
    return Finding(
      .unclosedBlock, message, at: place, remark: "`}` expected here", labels: openers.map { Label($0, "opened here") })
  }

  private static func counted(_ count: Int) -> String { count == 1 ? "one bracket" : "\(count) brackets" }

  static func strayCloser(_ range: SourceRange, _ closer: Token.Kind) -> Finding {
    Finding(.strayCloser, "`\(closer.rawValue)` closes nothing.", at: range)
  }

  static func mismatchedCloser(_ range: SourceRange, _ found: Token.Kind, wanted: Token.Kind, opener: SourceRange) -> Finding {
    Finding(
      .mismatchedCloser, "`\(found.rawValue)` stands where `\(wanted.rawValue)` should close.", at: range,
      labels: [Label(opener, "opened here")], hint: "write `\(wanted.rawValue)`.")
  }

  static func nestedTooDeeply(_ range: SourceRange, limit: Int) -> Finding {
    Finding(.nestedTooDeeply, "This is nested more than \(limit) deep.", at: range, hint: "give the inner parts names.")
  }
}

/// A text short enough for a message.
func clipped(_ text: String) -> String { text.count <= 24 ? text : text.prefix(23) + "…" }
