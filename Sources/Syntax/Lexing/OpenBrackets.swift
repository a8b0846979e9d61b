import Diagnostics

/// How many brackets the lines read so far leave open, told line by line.
///
/// Enough to say that a statement cannot have ended yet; whether it has, only reading it tells.
package struct OpenBrackets {
  private var count = 0
  /// Whether a line ended in a string: what the next ones are then is not known.
  private var isLost = false

  package init() {}

  /// Whether more closers must come.
  package var isOpen: Bool { !isLost && count > 0 }

  package mutating func take(_ line: String) {
    if isLost { return }
    var lexer = Lexer(Source(name: "", text: line))
    lexer.lex()
    isLost = lexer.endsTooSoon
    for token in lexer.tokens {
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: count += 1
      case .rightParenthesis, .rightBracket, .rightBrace: count -= 1
      default: break
      }
    }
  }
}
