import Diagnostics

extension Parser {
  /// ```
  /// script = statements(script_statement) END
  /// ```
  mutating func parseScript() -> Script {
    let statements = parseStatements(upTo: tokens.count - 1, in: Place(.script))
    let comments = takeComments(before: .max, isTopLevel: true)
    return Script(source: source, statements: statements, trailingComments: comments)
  }

  /// ```
  /// statements(S) = { separator } [ S { separator { separator } S } { separator } ]
  /// separator = NEWLINE | ";"
  /// ```
  /// Up to the closer, or the end of the text, at `close`.
  mutating func parseStatements(upTo close: Int, in place: Place) -> [Statement] {
    parseStatements(upTo: close, isTopLevel: place.kind == .script && !place.isConditional) { parser in
      parser.parseStatement(in: place)
    }
  }

  /// Reads statements with `parse`, and gives each its comments; whatever is left of one is reported and passed over.
  mutating func parseStatements(
    upTo close: Int, isTopLevel: Bool, _ parse: (inout Parser) -> Statement
  ) -> [Statement] {
    let outerEnd = blockEnd
    let outerHeader = headerComment
    let outerStatement = statementIndex
    blockEnd = close
    defer {
      blockEnd = outerEnd
      headerComment = outerHeader
      statementIndex = outerStatement
    }
    var statements: [Statement] = []
    while true {
      while take(.newline) || take(.semicolon) {}
      guard index < close, !findings.isFull else { return statements }
      let leading = takeComments(isTopLevel: isTopLevel)
      let first = index
      statementIndex = index
      headerComment = nil
      var statement = parse(&self)
      finish(&statement)
      if index == first { skipToken() }
      statement.leadingComments = leading
      attachComments(to: &statement)
      statements.append(statement)
    }
  }

  /// Passes over what a statement left unread, with a finding if nothing has been said about it.
  private mutating func finish(_ statement: inout Statement) {
    guard isPanicking || !isAtStatementEnd else { return }
    complainAboutRest(of: statement)
    skipStatement()
    statement.range = rangeSince(statement.range.start)
    // What begins like an expression was meant to be something else.
    if case .expression = statement.kind { statement.kind = .unreadable }
  }

  private mutating func attachComments(to statement: inout Statement) {
    statement.innerComments = takeComments(before: previousEnd, isTopLevel: false)
    if let headerComment {
      statement.trailingComment = headerComment
    } else if statement.kind.blocks.allSatisfy({ isOnOneLine($0) }) {
      statement.trailingComment = takeTrailingComment()
    }
  }

  private func isOnOneLine(_ block: Block) -> Bool {
    source.line(at: block.range.start) == source.line(at: block.range.end)
  }

  /// What to say about text behind a statement: a misspelt statement word, a colon or an operator of another language.
  private mutating func complainAboutRest(of statement: Statement) {
    let found = clipped(text(current))
    if case .expression(let expression) = statement.kind, case .name(let word) = expression.kind, !isPanicking {
      switch kind {
      case .name, .string, .leftBrace, .integer, .float, .formattedStart:
        return complain(.unknownStatement(expression.range, word, next: found, opensBlock: kind == .leftBrace))
      case .colon:
        return complainAboutColon(after: word)
      default: break
      }
    }
    if kind == .colon, case .expression = statement.kind { return complain(.annotation(currentRange)) }
    complain(.unexpectedText(currentRange, found, after: lastText, isValue: endsValue && beginsValue))
  }

  /// Whether the current token begins a value and nothing else.
  private var beginsValue: Bool {
    switch kind {
    case .name, .integer, .float, .string, .formattedStart, .true, .false, .none: true
    default: false
    }
  }

  /// Whether the token read last can end a value.
  private var endsValue: Bool {
    switch index > 0 ? tokens[index - 1].kind : .newline {
    case .name, .integer, .float, .string, .formattedEnd, .rightParenthesis, .rightBracket, .true, .false, .none: true
    default: false
    }
  }

  /// `name: value`, or `name: type = value`.
  private mutating func complainAboutColon(after name: String) {
    let colon = current
    let whole = restOfStatement
    var ahead = index
    while ahead < blockEnd, tokens[ahead].start < whole.end, tokens[ahead].kind != .equal { ahead += 1 }
    if tokens[ahead].kind == .equal, tokens[ahead].start < whole.end {
      complain(.annotation(range(colon), hint: "write `\(name) \(clipped(text(tokens[ahead].start, whole.end)))`."))
    } else {
      let value = text(colon.end, max(colon.end, whole.end)).drop { $0 == " " }
      complain(.colonForEquals(range(colon), name: name, value: value.isEmpty ? nil : String(value)))
    }
  }

  /// ```
  /// script_statement = settings | include | import | from | model | callback | function | compile | bound_run | save | expect | assignment | flow(script_statement)
  /// model_statement = model_compile | assignment | flow(model_statement)
  /// callback_statement = hook | plain_statement
  /// plain_statement = assignment | flow(plain_statement)
  /// action_statement = assignment | return | raise | flow(action_statement)
  /// flow(S) = conditional(S) | loop(S) | "pass"
  /// looped(S) = S | conditional(looped(S)) | "break" | "continue"
  /// ```
  mutating func parseStatement(in place: Place) -> Statement {
    let start = current.start
    let kind = nested { parser in parser.parseStatementKind(in: place) } ?? .unreadable
    return Statement(kind, rangeSince(start))
  }

  private mutating func parseStatementKind(in place: Place) -> Statement.Kind {
    if kind.isKeyword, nextOnLine.kind == .equal {
      complain(.reservedWord(currentRange, text(current), wanted: "a value"))
      return .unreadable
    }
    switch kind {
    case .name: return parseWordStatement(in: place) ?? parseAssignment(in: place)
    case .expect:
      allow("`expect`", in: place, [.script])
      return parseExpect()
    case .if: return parseConditional(in: place)
    case .for: return parseLoop(in: place)
    case .def where [.callback, .callbacks].contains(place.kind) && isMethodName(nextOnLine): return skipMethod()
    case .def:
      allow("a function", in: place, [.script])
      return parseFunction()
    case .break, .continue:
      let statement: Statement.Kind = kind == .break ? .break : .continue
      if !place.isInLoop { report(.misplacedStatement(currentRange, "`\(kind.rawValue)`", "has no loop to act on", hint: nil)) }
      advance()
      return statement
    case .pass:
      advance()
      return .pass
    case .return:
      allow("`return`", in: place, [.hook, .function])
      return parseReturn()
    case .raise:
      allow("`raise`", in: place, [.hook, .function])
      return parseRaise()
    case .import:
      allow("`import`", in: place, [.script])
      return parseImport()
    case .from:
      allow("`from`", in: place, [.script])
      return parseFrom()
    case .elif, .else:
      complain(.elseWithoutIf(currentRange, kind.rawValue))
      return skipOrphan()
    case .class, .while, .try, .except, .finally, .with, .assert, .del, .global, .nonlocal, .async, .await, .yield, .at:
      return skipPythonStatement()
    default: return parseAssignment(in: place)
    }
  }

  /// The statements that begin with a word that is a name elsewhere; nil if it is a name here too.
  private mutating func parseWordStatement(in place: Place) -> Statement.Kind? {
    let next = nextOnLine.kind
    if next == .name {
      if isWord(current, "model") {
        allow("a model", in: place, [.script])
        return parseModel()
      }
      if isWord(current, "callback") {
        allow("a class of callbacks", in: place, [.script])
        return parseCallback()
      }
      if let verb = runVerb {
        allow("`\(verb.rawValue)`", in: place, [.script])
        return .run(parseRun(verb))
      }
      if isWord(current, "save") {
        allow("`save`", in: place, [.script])
        return parseSave()
      }
      if isWord(current, "on"), index + 2 < tokens.count, tokens[index + 2].kind == .leftParenthesis {
        allow("a hook", in: place, [.callback, .callbacks])
        if place.isConditional { report(.misplacedStatement(currentRange, "a hook", "cannot depend on a condition", hint: nil)) }
        return parseHook()
      }
    }
    if isWord(current, "compile"), next == .name || next == .leftBrace {
      allow("`compile`", in: place, [.script, .model])
      return parseCompile(inModel: place.kind == .model)
    }
    if next == .leftBrace, isWord(current, "settings") {
      allow("`settings`", in: place, [.script])
      return parseSettings()
    }
    if next == .leftBrace, isWord(current, "callbacks") {
      report(
        .misplacedStatement(
          currentRange, "a `callbacks` block", "belongs in the settings of `fit`, `evaluate` or `predict`", hint: nil))
      return parseCallbacks()
    }
    if next == .string, isWord(current, "include") {
      allow("`include`", in: place, [.script])
      return parseInclude()
    }
    return nil
  }

  /// Reports a statement that stands where it has no meaning; it is read all the same.
  private mutating func allow(_ what: String, in place: Place, _ kinds: [Place.Kind]) {
    guard !kinds.contains(place.kind) else { return }
    let homes = kinds.map(\.rawValue).sorted().joined(separator: " or ")
    report(.misplacedStatement(currentRange, what, "cannot stand in \(place.kind.rawValue)", hint: "it belongs in \(homes)."))
  }

  /// ```
  /// assignment = { targets "=" } expressions | place augmented expressions
  /// bound_run = { targets "=" } run
  /// augmented = "+=" | "-=" | "*=" | "/=" | "//=" | "%=" | "**=" | "@=" | "&=" | "|=" | "^=" | "<<=" | ">>="
  /// ```
  /// An expression alone is a statement too.
  mutating func parseAssignment(in place: Place) -> Statement.Kind {
    var value = parseExpressions(after: "")
    if let op = kind.augmentedOperator, !isPanicking {
      let mark = kind.rawValue
      advance()
      checkAugmentedTarget(value, mark)
      let operand = parseExpressions(after: mark)
      if kind == .equal || kind.augmentedOperator != nil {
        complain(.unexpectedText(currentRange, kind.rawValue, after: lastText))
      }
      return .augmentedAssign(target: value, operator: op, value: operand)
    }
    var targets: [Expression] = []
    while kind == .equal, !isPanicking {
      advance()
      if case .name(let name) = value.kind, kind == .equal { complain(.unexpectedText(currentRange, "=", after: "\(name) =")) }
      checkTarget(value)
      targets.append(value)
      if nextOnLine.kind == .name, let verb = runVerb {
        allow("`\(verb.rawValue)`", in: place, [.script])
        return .assign(targets: targets, value: .run(parseRun(verb)))
      }
      value = parseExpressions(after: "=")
    }
    return targets.isEmpty ? .expression(value) : .assign(targets: targets, value: .expression(value))
  }

  mutating func checkAugmentedTarget(_ target: Expression, _ mark: String) {
    if case .tuple = target.kind {
      report(.impossibleTarget(target.range, "a tuple left of `\(mark)`", hint: nil))
    } else {
      checkTarget(target)
    }
  }
}

extension Statement.Kind {
  /// The blocks directly in the statement, in the order of the text.
  package var blocks: [Block] {
    switch self {
    case .model(_, _, let body), .callback(_, _, let body), .hook(_, _, let body), .functionBlock(_, _, let body),
      .loop(_, _, let body), .compile(_, let body), .settings(let body), .callbacks(let body):
      [body]
    case .conditional(let branches, let otherwise): branches.map(\.body) + (otherwise.map { [$0] } ?? [])
    case .run(let run), .assign(_, .run(let run)): run.settings.map { [$0] } ?? []
    case .assign, .augmentedAssign, .expression, .functionExpression, .save, .expect, .break, .continue, .pass, .return, .raise,
      .include, .importModules, .importFrom, .unreadable:
      []
    }
  }
}
