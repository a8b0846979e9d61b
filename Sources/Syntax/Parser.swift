import Diagnostics

/// What reading a source gave: the tree as far as it could be read, and what was found on the way.
package struct Reading: Sendable {
  package var script: Script
  package var findings: [Finding]
  /// Whether the text merely ends too soon (an open bracket, block or string): the REPL then asks for another line.
  package var isIncomplete: Bool
  package init(script: Script, findings: [Finding], isIncomplete: Bool) {
    self.script = script
    self.findings = findings
    self.isIncomplete = isIncomplete
  }

  /// The findings that another line could not mend: all but those of what is still open.
  package var lastingFindings: [Finding] {
    guard isIncomplete else { return findings }
    // What a `\` at the end leaves open is missing after the last word.
    let bytes = script.source.bytes
    let end = bytes.lastIndex { !isBlank($0) && !isLineEnd($0) } ?? 0
    let isContinued = !bytes.isEmpty && bytes[end] == UInt8(ascii: "\\")
    let lastWord = bytes[..<end].lastIndex { !isBlank($0) && !isLineEnd($0) } ?? 0
    return findings.filter { finding in
      if isContinued, finding.range.start > lastWord { return false }
      switch SyntaxComplaint(rawValue: finding.name) {
      case .unclosedBlock, .unclosedBracket, .unclosedField: return false
      // One in triple quotes, told at its opening, or with an escaped line end.
      case .unclosedString: return finding.range.end - finding.range.start != 3 && finding.range.end < bytes.count
      default: return true
      }
    }
  }
}

/// Reads a script: YAML where the source's name says so, `.train` otherwise.
///
/// Takes time in proportion to the text's length, and survives any text: what cannot be read is reported and passed over.
///
/// - Parameter isBeginning: whether more of the text may follow, so that a bracket or block that is open at its end is merely open;
///   otherwise the layout tells where its closer is missing.
package func parse(_ source: Source, isBeginning: Bool = false) -> Reading {
  parse(source, isBeginning: isBeginning, longestText: Parser.longestText)
}

/// Reads a text of at most `longestText` bytes.
func parse(_ source: Source, isBeginning: Bool = false, longestText: Int) -> Reading {
  guard source.bytes.count <= longestText else {
    let finding = Finding.textTooLong(SourceRange(source, 0, 1), limit: longestText)
    return Reading(script: Script(source: source, statements: []), findings: [finding], isIncomplete: false)
  }
  if source.isYAML { return parseYAML(source) }
  return onDeepStack {
    var parser = Parser(source, isBeginning: isBeginning)
    let script = parser.parseScript()
    let findings = parser.findings.all.enumerated().sorted {
      ($0.element.range.start, $0.offset) < ($1.element.range.start, $1.offset)
    }
    return Reading(
      script: script, findings: Finding.withoutClosersOfMissingBlocks(findings.map(\.element)), isIncomplete: parser.endsTooSoon)
  }
}

extension Source {
  /// Whether the text is a script in its YAML form, which its name tells.
  package var isYAML: Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }
}

/// A recursive-descent parser over balanced tokens: a function for each production of `grammar/train.ebnf`.
///
/// A `parse…` function always returns what it is named after. If something is missing it reports that, returns a hole and *panics*:
/// until the next place where reading can go on (a comma or the closer of the bracket, the end of the statement) nothing more is
/// said, so that one mistake gives one message.
struct Parser {
  /// In bytes.
  static let longestText = 256 << 20
  /// How deep brackets, blocks, lambdas and operators may be nested; a person's limit is lower.
  static let nestingLimit = 200
  /// How high an expression's tree may grow, chains such as `a + b + c` included, since later phases walk it recursively.
  static let heightLimit = 500

  let source: Source
  let tokens: [Token]
  /// For each opening bracket's index the index of its closer.
  let partners: [Int32]
  let endsTooSoon: Bool
  var findings = FindingList()

  /// The current token's index.
  var index = 0
  /// The index of the token that ends the block being read: its `}` or the end of the text.
  var blockEnd: Int
  /// How many brackets are open around the current token: inside them line ends are passed over.
  var bracketDepth = 0
  /// Where the last token that was read ends.
  var previousEnd = 0
  var isPanicking = false
  var nesting = 0
  /// The height of the expression read last.
  var height = 0

  var comments: [Comment]
  /// The first comment that no statement has yet.
  var nextComment = 0
  /// The comment behind the `{` of the statement being read.
  var headerComment: Comment?
  /// The index of the first token of the statement being read.
  var statementIndex = 0

  init(_ source: Source, isBeginning: Bool = false) {
    self.source = source
    var lexer = Lexer(source)
    lexer.lex()
    let balance = BracketBalance(lexer.tokens, source, isBeginning: isBeginning)
    tokens = balance.tokens
    partners = balance.partners
    findings = lexer.findings
    findings.add(contentsOf: balance.findings.all)
    endsTooSoon = lexer.endsTooSoon || balance.endsTooSoon
    comments = lexer.comments
    blockEnd = balance.tokens.count - 1
    markCells()
    if tokens[0].kind == .newline { index = 1 }
  }
}

// MARK: - Tokens

extension Parser {
  var current: Token { tokens[index] }
  var kind: Token.Kind { tokens[index].kind }

  /// The token after the current one; brackets' line ends are passed over like by `advance`.
  var next: Token {
    var ahead = min(index + 1, tokens.count - 1)
    while bracketDepth > 0, tokens[ahead].kind == .newline { ahead += 1 }
    return tokens[ahead]
  }

  /// The token after the current one on the same line.
  var nextOnLine: Token { tokens[min(index + 1, tokens.count - 1)] }

  var currentRange: SourceRange { range(current) }

  func range(_ token: Token) -> SourceRange { SourceRange(source, token.start, token.end) }

  /// From `start` to the end of the last token that was read.
  func rangeSince(_ start: Int) -> SourceRange { SourceRange(source, start, max(start, previousEnd)) }

  func text(_ token: Token) -> String { String(decoding: source.bytes[token.start..<token.end], as: UTF8.self) }

  func text(_ start: Int, _ end: Int) -> String { String(decoding: source.bytes[start..<max(start, end)], as: UTF8.self) }

  /// Whether a token is a name with this spelling.
  func isWord(_ token: Token, _ word: StaticString) -> Bool {
    guard token.kind == .name, token.end - token.start == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { source.bytes[token.start..<token.end].elementsEqual($0) }
  }

  mutating func advance() {
    guard index < tokens.count - 1 else { return }
    previousEnd = tokens[index].end
    index += 1
    while bracketDepth > 0, tokens[index].kind == .newline { index += 1 }
  }

  /// Reads the token if it is of this kind.
  mutating func take(_ kind: Token.Kind) -> Bool {
    guard self.kind == kind else { return false }
    advance()
    return true
  }

  mutating func takeWord(_ word: StaticString) -> Bool {
    guard isWord(current, word) else { return false }
    advance()
    return true
  }

  /// The index of the closer of the current opening bracket.
  var closer: Int { Int(partners[index]) }

  /// Reads the current opening bracket, what is inside with `body`, and its closer; what `body` left unread is passed over.
  mutating func parseInside<Result>(_ body: (inout Parser, _ close: Int) -> Result) -> Result {
    let close = closer
    bracketDepth += 1
    advance()
    let result = body(&self, close)
    if index < close {
      previousEnd = tokens[close - 1].end
      index = close
    }
    isPanicking = false
    bracketDepth -= 1
    advance()
    return result
  }
}

// MARK: - Complaints and recovery

extension Parser {
  /// Reports a mistake after which reading goes on right here.
  mutating func report(_ finding: Finding) {
    if !isPanicking { findings.add(finding) }
  }

  /// Reports a mistake that leaves a hole, and panics. Silent before a closer that was put in: its absence has been reported.
  mutating func complain(_ finding: Finding) {
    if !isPanicking, !current.isVirtual, kind != .unreadable, !isBehindMistake { findings.add(finding) }
    isPanicking = true
  }

  /// Whether something before the current token, and behind the one before it, could not be read, which is told.
  private var isBehindMistake: Bool {
    findings.all.contains { $0.severity == .error && $0.range.start >= previousEnd && $0.range.start < current.start }
  }

  /// Whether the current token ends a statement.
  var isAtStatementEnd: Bool {
    index >= blockEnd || kind == .newline || kind == .semicolon || kind == .rightBrace || kind == .endOfText
  }

  /// Passes over the rest of a statement, brackets and blocks as a whole.
  mutating func skipStatement() {
    while !isAtStatementEnd { skipToken() }
    isPanicking = false
  }

  /// Passes over one token, or over a bracket with all that is in it.
  mutating func skipToken() {
    if partners[index] > index { index = closer }
    advance()
  }

  /// Passes over the rest of an item of a bracketed list, up to a comma or to the closer at `close`.
  mutating func skipItem(upTo close: Int) {
    while index < close, kind != .comma { skipToken() }
    isPanicking = false
  }

  /// Passes over the rest of a block's header, so that its body is read even if the header could not be.
  mutating func skipToBlock() {
    guard isPanicking else { return }
    while !isAtStatementEnd, kind != .leftBrace { skipToken() }
    if kind == .leftBrace { isPanicking = false }
  }

  /// Runs `body` one level deeper; nil, with a finding, where that would be too deep.
  mutating func nested<Result>(_ body: (inout Parser) -> Result) -> Result? {
    guard nesting < Parser.nestingLimit else {
      // A bracket that is never closed has its finding already.
      if partners[index] > index, tokens[closer].isVirtual { isPanicking = true }
      complain(.nestedTooDeeply(currentRange, limit: Parser.nestingLimit))
      return nil
    }
    nesting += 1
    defer { nesting -= 1 }
    return body(&self)
  }

  /// How many bytes stand before the token on its line.
  func column(at tokenIndex: Int) -> Int {
    let start = tokens[tokenIndex].start
    return start - source.lineStart(at: start)
  }
}
