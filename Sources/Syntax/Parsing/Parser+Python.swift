import Diagnostics

/// Python's statements that a script says otherwise: one finding each, with the translation of their first line.
extension Parser {
  /// At the `:` behind a header that wants a block in braces: reports it and passes over the indented body.
  mutating func skipIndentedBlock() {
    var header = headerText
    let first = tokens[statementIndex]
    if kindBeforeHeader == .else { header = "} else" } else if kindBeforeHeader == .elif { header = "} " + header }
    report(.indentedBlock(currentRange, hint: header.contains("\n") ? nil : header + " {", header: range(first)))
    skipIndentedBody()
  }

  /// The header's text up to the current `:`.
  private var headerText: String {
    var start = index
    while start > statementIndex, tokens[start - 1].kind != .newline, tokens[start - 1].kind != .rightBrace { start -= 1 }
    return text(tokens[start].start, previousEnd)
  }

  private var kindBeforeHeader: Token.Kind {
    var start = index
    while start > statementIndex, tokens[start - 1].kind != .newline, tokens[start - 1].kind != .rightBrace { start -= 1 }
    return tokens[start].kind
  }

  /// From the `:` of a header passes over the rest of its line and all lines indented deeper than the statement, and over what
  /// belongs to them: `else:`, `except …:` and their bodies.
  mutating func skipIndentedBody() {
    let column = column(at: statementIndex)
    skipLine()
    while kind == .newline, index + 1 < blockEnd {
      let line = tokens[index + 1]
      let lineColumn = self.column(at: index + 1)
      let belongs = [.elif, .else, .except, .finally].contains(line.kind) && lineColumn == column
      guard lineColumn > column || belongs else { break }
      advance()
      skipLine()
    }
    _ = takeComments(before: previousEnd, isTopLevel: false)
    isPanicking = false
  }

  private mutating func skipLine() {
    while index < blockEnd, kind != .newline, kind != .endOfText { skipToken() }
  }

  /// Reports a statement that scripts do not have, and passes over it with its body.
  mutating func skipPythonStatement() -> Statement.Kind {
    let word = kind
    let wordRange = currentRange
    let line = firstLine
    complain(.pythonStatement(wordRange, word.rawValue, hint: translation(of: word, line)))
    return skipLineAndBody(of: word)
  }

  /// Whether a `def` in a callback is a method of one of Keras's.
  func isMethodName(_ token: Token) -> Bool {
    token.kind == .name && (text(token).hasPrefix("on_") || text(token).hasPrefix("__"))
  }

  /// A method where a hook should stand: one finding, with the hook to write.
  mutating func skipMethod() -> Statement.Kind {
    let name = text(nextOnLine)
    let hint =
      name.hasPrefix("on_")
      ? "write `on \(name.dropFirst(3))(\(name.contains("epoch") ? "epoch, " : name.contains("batch") ? "batch, " : "")logs) {`, without `self`."
      : "write the parameters behind the callback's name, `callback NAME(target=0.9) {`, and state as `best = 0.0`, a line each."
    complain(.methodInCallback(currentRange, name, hint: hint))
    return skipLineAndBody(of: .def)
  }

  private mutating func skipLineAndBody(of word: Token.Kind) -> Statement.Kind {
    let opener = index
    while index < blockEnd, kind != .newline, kind != .semicolon, kind != .endOfText { skipToken() }
    let endsWithColon = index > opener && tokens[index - 1].kind == .colon
    let isCompound = [.def, .class, .while, .try, .except, .finally, .with, .async, .at].contains(word)
    if isCompound, endsWithColon || word == .at || bodyIsDeeper { skipIndentedBody() }
    if word == .at, kind == .newline, index + 1 < blockEnd, [.def, .class, .at].contains(nextOnLine.kind) {
      advance()
      statementIndex = index
      skipIndentedBody()
    }
    isPanicking = false
    return .unreadable
  }

  /// Whether the next line is indented deeper than the statement.
  var bodyIsDeeper: Bool {
    kind == .newline && index + 1 < blockEnd && column(at: index + 1) > column(at: statementIndex)
  }

  /// The statement's first line, from its word to the colon or the line's end; no more of it than a hint can hold.
  private var firstLine: String {
    let start = current.start
    let ends = "\n\r#{".utf8
    let longest = source.bytes[start...].prefix(200)
    let end = longest.firstIndex { ends.contains($0) } ?? longest.endIndex
    var line = text(start, end)[...]
    while let last = line.last, last == " " || last == ":" || last == "\t" || last == ";" { line.removeLast() }
    return line.count <= 100 ? String(line) : line.prefix(99) + "…"
  }

  /// What to write instead of a Python line.
  private func translation(of word: Token.Kind, _ line: String) -> String? {
    let rest = String(line.dropFirst(word.rawValue.count).drop { $0 == " " })
    switch word {
    case .assert: return rest.isEmpty ? nil : "write `expect \(rest)`."
    case .class:
      let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
      let base = rest.dropFirst(name.count)
      if base.contains("Callback") {
        return "write `callback \(name) {`, with a hook `on epoch_end(epoch, logs) {` for each method."
      }
      if base.contains("Model") || base.contains("Layer") || base.contains("Module") {
        return "write `model \(name) {`, with the layers in order."
      }
      return "write `model \(name) {` or `callback \(name) {`."
    case .while where ["True", "(True)", "1"].contains(rest):
      return "loops are bounded: write `for step in range(1000) {`, with `break` where it ends."
    case .while: return "loops are bounded: write `for step in range(1000) {` with `if not (\(rest)) { break }` first."
    case .try, .except, .finally: return "test before with `if`: a failure ends the run and loses nothing."
    case .with: return withTranslation(rest)
    case .del: return "leave the line out: a name may be bound again, and memory is freed by itself."
    case .global, .nonlocal: return "leave the line out: in a hook, assigning a name of the callback's state sets the state."
    case .async, .await: return "leave out `\(word.rawValue)`: a script runs from top to bottom."
    case .yield: return "build a list and return it."
    case .at: return "leave the line out: functions and models are compiled already."
    default: return nil
    }
  }

  private func withTranslation(_ rest: String) -> String {
    if rest.hasPrefix("open(") {
      return "scripts open no files: data come by `read_csv` and `load_npz`, and `CSVLogger`, `save` and `plot` write."
    }
    guard let range = rest.firstRange(of: " as ") else { return "leave the line out, and write its body unindented." }
    return "write `\(rest[range.upperBound...]) = \(rest[..<range.lowerBound])`, and its body unindented."
  }
}
