import Diagnostics

/// What surrounds the end of an unfinished text: all that a completion has to know of it.
///
/// Made from tokens, not from a tree: the text before a cursor is seldom a script. Takes time in proportion to its length.
package struct Cursor: Sendable {
  /// What stands open around the cursor.
  package enum Surrounding: Sendable, Equatable {
    /// `callee(`: which arguments are given by name, how many stand before the one being typed, and its keyword if it has one.
    case call(callee: String, given: [String], position: Int, keyword: String?)
    /// `container[`.
    case index(container: String)
    /// A list, a dict, a tuple, parentheses around an expression.
    case display
    /// The block of a statement that begins with this word (`model`, `fit`, `on` …); which names are bound in it so far, and the
    /// one whose value is being typed.
    case block(word: String, given: [String], keyword: String?)
  }

  /// The byte at which the word being typed begins; in a string, the one after its quote.
  package let start: Int
  /// The word, or what the string holds so far; may be empty.
  package let word: String
  /// The quote of the string that is open.
  package let quote: String?
  /// Whether nothing can be completed here: in a comment or in a number.
  package let isOpaque: Bool
  /// What stands before the dot of `receiver.word`.
  package let receiver: String?
  /// From the innermost outwards.
  package let surroundings: [Surrounding]
  /// Whether a statement begins with the word.
  package let beginsStatement: Bool
  /// The words of the statement before the cursor, in order; the last few tell what may follow (`fit classifier on `).
  package let statementWords: [String]

  /// Looks at a text whose end is where the cursor stands.
  package init(endOf text: String) {
    let bytes = Array(text.utf8)
    let ending = TextEnding(bytes)
    var end = bytes.count
    switch ending {
    case .comment, .code:
      while end > 0, isNameByte(bytes[end - 1]) || bytes[end - 1] >= 0x80 { end -= 1 }
      start = end
      quote = nil
    case .string(let opening, let length):
      start = opening + length
      quote = String(decoding: bytes[opening..<opening + length], as: UTF8.self)
      end = opening
      // `f"`, `rb"`: the prefix belongs to the string.
      while end > 0, opening - end < 2, isStringPrefix(bytes[end - 1]) { end -= 1 }
    }
    word = String(decoding: bytes[start...], as: UTF8.self)
    var lexer = Lexer(Source(name: "", text: String(decoding: bytes[..<end], as: UTF8.self)))
    lexer.lex()
    let line = TokenLine(lexer.tokens.dropLast(), bytes)
    if case .comment = ending { isOpaque = true } else { isOpaque = quote == nil && word.first.map(\.isNumber) ?? false }
    receiver = quote == nil ? line.receiver : nil
    surroundings = line.surroundings
    statementWords = line.statementWords
    beginsStatement = quote == nil && receiver == nil && line.endsBeforeStatement
  }
}

private func isStringPrefix(_ byte: UInt8) -> Bool { "rRfFuUbB".utf8.contains(byte) }

/// Whether a text ends in code, in a comment or in a string.
private enum TextEnding {
  case code, comment
  /// The byte of its opening quote, and how many bytes that has: one or three.
  case string(opening: Int, length: Int)

  init(_ bytes: [UInt8]) {
    self = .code
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "#") {
        while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 }
        if position == bytes.count { self = .comment }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        let length = bytes[position...].starts(with: [byte, byte, byte]) ? 3 : 1
        guard let end = Self.end(ofString: position, byte, length, bytes) else {
          self = .string(opening: position, length: length)
          return
        }
        position = end
      } else {
        position += 1
      }
    }
  }

  /// The byte after a string; nil where it is not closed. One on a single line ends with it.
  private static func end(ofString opening: Int, _ quote: UInt8, _ length: Int, _ bytes: [UInt8]) -> Int? {
    var position = opening + length
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\\") {
        position += 2
      } else if length == 1, isLineEnd(bytes[position]) {
        return position
      } else if bytes[position] == quote, length == 1 || bytes[position...].starts(with: [quote, quote, quote]) {
        return position + length
      } else {
        position += 1
      }
    }
    return nil
  }
}

/// The tokens before a cursor, and what they leave open.
private struct TokenLine {
  private let tokens: [Token]
  private let bytes: [UInt8]
  /// The openers that have no closer, outermost first.
  private var open: [Int] = []
  /// For each closer its opener, and the other way round.
  private var openers: [Int: Int] = [:]
  private var closers: [Int: Int] = [:]

  init(_ tokens: some Collection<Token>, _ bytes: [UInt8]) {
    self.tokens = Array(tokens)
    self.bytes = bytes
    for (index, token) in self.tokens.enumerated() {
      if token.kind.closer != nil {
        open.append(index)
      } else if token.kind.isCloser, let opener = open.popLast() {
        openers[index] = opener
        closers[opener] = index
      }
    }
  }

  private func text(_ index: Int) -> String { String(decoding: bytes[tokens[index].start..<tokens[index].end], as: UTF8.self) }
  private func kind(_ index: Int) -> Token.Kind? { tokens.indices.contains(index) ? tokens[index].kind : nil }

  // MARK: Receivers

  var receiver: String? {
    guard kind(tokens.count - 1) == .dot else { return nil }
    return primary(before: tokens.count - 1)
  }

  /// The name, call, index or literal that ends before a token: `nets[0].layers`; nil where there is none.
  private func primary(before index: Int) -> String? {
    var first = index
    scan: while true {
      switch kind(first - 1) {
      case .name, .string, .true, .false:
        first -= 1
      case .rightParenthesis, .rightBracket, .rightBrace, .formattedEnd:
        guard let opener = openers[first - 1] else { return nil }
        first = opener
        // What is called or indexed belongs to it.
        if tokens[opener].kind == .leftParenthesis || tokens[opener].kind == .leftBracket, endsPrimary(opener - 1) { continue }
      default: break scan
      }
      guard kind(first - 1) == .dot else { break }
      first -= 1
    }
    return first < index ? String(decoding: bytes[tokens[first].start..<tokens[index - 1].end], as: UTF8.self) : nil
  }

  private func endsPrimary(_ index: Int) -> Bool {
    switch kind(index) {
    case .name, .string, .rightParenthesis, .rightBracket: true
    default: false
    }
  }

  // MARK: Surroundings

  var surroundings: [Cursor.Surrounding] {
    open.indices.reversed().map { depth in
      let opener = open[depth]
      let (items, keyword) = self.items(after: opener)
      switch tokens[opener].kind {
      case .leftParenthesis where endsPrimary(opener - 1) && !isDeclared(opener):
        return .call(
          callee: primary(before: opener) ?? "", given: items.names, position: items.count, keyword: keyword)
      case .leftBracket where endsPrimary(opener - 1): return .index(container: primary(before: opener) ?? "")
      case .leftBrace:
        guard let word = blockWord(of: opener) else { return .display }
        return .block(word: word, given: items.names, keyword: keyword)
      default: return .display
      }
    }
  }

  /// Whether a parenthesis holds the parameters of what is being declared: `model mlp(`.
  private func isDeclared(_ opener: Int) -> Bool {
    guard opener >= 2, let first = firstOfStatement(before: opener), first == opener - 2 else { return false }
    return ["model", "callback", "def", "on"].contains(text(first))
  }

  /// The arguments (or settings, in a block) between an opener and the cursor: the names of those that have one, how many are
  /// whole, and the name of the one being typed.
  private func items(after opener: Int) -> (items: (names: [String], count: Int), keyword: String?) {
    let isBlock = tokens[opener].kind == .leftBrace
    var names: [String] = []
    var count = 0
    var keyword: String?
    var index = opener + 1
    var isFirst = true
    while index < tokens.count {
      if isFirst, kind(index) == .name, kind(index + 1) == .equal {
        keyword = text(index)
        names.append(text(index))
        index += 2
        isFirst = false
        continue
      }
      switch tokens[index].kind {
      case .comma where !isBlock:
        count += 1
        keyword = nil
        isFirst = true
      case .newline, .semicolon:
        if isBlock {
          keyword = nil
          isFirst = true
        }
      default:
        isFirst = false
        // Over a bracket and all that is in it.
        if tokens[index].kind.closer != nil {
          guard let closer = closers[index] else { return ((names, count), keyword) }
          index = closer
        }
      }
      index += 1
    }
    return ((names, count), keyword)
  }

  /// The word that a block's statement begins with; nil for a dict or a set.
  private func blockWord(of opener: Int) -> String? {
    guard let first = firstOfStatement(before: opener), first < opener else { return nil }
    // `history = fit …`: the run's word says what the block holds.
    for index in first..<opener {
      let isRun = ["fit", "evaluate", "predict"].contains(text(index))
      if kind(index) == .name, isRun, kind(index + 1) == .name, index == first || kind(index - 1) == .equal { return text(index) }
    }
    switch kind(first) {
    case .if, .elif, .else, .for, .def: return text(first)
    case .rightBrace: return "else"
    case .name:
      let word = text(first)
      switch word {
      case "settings", "callbacks": return first == opener - 1 ? word : nil
      case "compile": return word
      case "model", "callback", "on": return kind(first + 1) == .name ? word : nil
      default: return nil
      }
    default: return nil
    }
  }

  /// The first token of the statement that a token stands in, with no look into brackets.
  private func firstOfStatement(before index: Int) -> Int? {
    var first = index
    while first > 0 {
      switch tokens[first - 1].kind {
      case .newline, .semicolon: return first
      case .leftBrace, .leftParenthesis, .leftBracket, .formattedStart, .fieldStart: return first
      case .rightBrace, .rightParenthesis, .rightBracket, .formattedEnd, .fieldEnd:
        guard let opener = openers[first - 1] else { return first }
        first = opener
      default: first -= 1
      }
    }
    return 0
  }

  // MARK: Statements

  var endsBeforeStatement: Bool {
    guard let last = tokens.last else { return true }
    switch last.kind {
    case .newline, .semicolon:
      guard let opener = open.last else { return true }
      return blockWord(of: opener) != nil
    case .leftBrace: return blockWord(of: tokens.count - 1) != nil
    default: return false
    }
  }

  var statementWords: [String] {
    guard let first = firstOfStatement(before: tokens.count) else { return [] }
    return (first..<tokens.count).map(text)
  }
}
