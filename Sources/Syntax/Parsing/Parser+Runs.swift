import Diagnostics

/// The statements that do something with a model, and their settings.
extension Parser {
  /// The verb at hand, if it is one.
  var runVerb: Run.Verb? {
    if isWord(current, "fit") { return .fit }
    if isWord(current, "evaluate") { return .evaluate }
    return isWord(current, "predict") ? .predict : nil
  }

  /// ```
  /// run = ( "fit" | "evaluate" | "predict" ) reference "on" expression [ block(run_setting) ]
  /// run_setting = setting | callbacks
  /// ```
  mutating func parseRun(_ verb: Run.Verb) -> Run {
    let start = current.start
    advance()
    let model = parseReference(after: verb.rawValue)
    var data = make(.missing, from: previousEnd)
    if !isPanicking {
      if takeWord("on") {
        data = parseExpression(after: "on")
      } else {
        complain(.missingWord(expectedPlace, "on", in: "\(verb.rawValue) MODEL on DATA", found: foundText))
      }
    }
    if kind == .comma, !isPanicking, bracketDepth == 0 { complainAboutPair(from: data.range) }
    skipToBlock()
    var settings: Block?
    if kind == .leftBrace || kind == .colon || settingsFollow {
      settings = parseSettingsBlock(of: "`\(verb.rawValue)`", allowsCallbacks: true)
    } else if settingsFollowIndented {
      complain(.missingBlock(expectedPlace, of: "`\(verb.rawValue)`", found: nil, holds: "its settings"))
      skipIndentedBody()
    }
    return Run(verb: verb, model: model, data: data, settings: settings, range: rangeSince(start))
  }

  /// `print(predict m on x)`: a statement where a value belongs. Read as what it is, told once, and left as a hole.
  mutating func readRunAsHole(_ verb: Run.Verb) -> Expression {
    let start = current.start
    let word = currentRange
    let run = parseRun(verb)
    report(.runAsValue(SourceRange(source, word.start, max(word.end, run.data.range.end)), verb.rawValue))
    return make(.missing, from: start)
  }

  /// `fit m on x, y`: the pair wants parentheses.
  private mutating func complainAboutPair(from first: SourceRange) {
    let start = index
    while !isAtStatementEnd, kind != .leftBrace { skipToken() }
    let range = SourceRange(source, first.start, max(first.end, previousEnd))
    index = start
    complain(.unparenthesizedPair(range, text(range.start, range.end)))
  }

  /// Whether the next line begins with a `{` that opens settings, which should stand on this line.
  private var settingsFollow: Bool {
    guard kind == .newline, index + 3 < blockEnd, tokens[index + 1].kind == .leftBrace else { return false }
    let inside = tokens[index + 2].kind == .newline ? index + 3 : index + 2
    return tokens[inside].kind == .name && inside + 1 < tokens.count
      && (tokens[inside + 1].kind == .equal || isWord(tokens[inside], "callbacks"))
  }

  /// Whether the next line is a setting, indented deeper than this statement as in Python.
  private var settingsFollowIndented: Bool {
    guard kind == .newline, !isPanicking, index + 2 < blockEnd, tokens[index + 1].kind == .name else { return false }
    let opensCallbacks = isWord(tokens[index + 1], "callbacks") && tokens[index + 2].kind == .leftBrace
    return (tokens[index + 2].kind == .equal || opensCallbacks) && column(at: index + 1) > column(at: statementIndex)
  }

  /// Reads `{ name = value … }`.
  private mutating func parseSettingsBlock(of what: String, allowsCallbacks: Bool) -> Block {
    parseBlock(of: what) { parser, close in
      parser.parseStatements(upTo: close, isTopLevel: false) { parser in
        parser.parseSetting(allowsCallbacks: allowsCallbacks)
      }
    }
  }

  /// ```
  /// setting = NAME "=" expression
  /// ```
  mutating func parseSetting(allowsCallbacks: Bool) -> Statement {
    let start = current.start
    if allowsCallbacks, isWord(current, "callbacks"), nextOnLine.kind == .leftBrace {
      return Statement(parseCallbacks(), rangeSince(start))
    }
    guard kind == .name, nextOnLine.kind == .equal || nextOnLine.kind == .colon else {
      complain(
        kind.isKeyword && nextOnLine.kind == .equal
          ? .reservedWord(currentRange, text(current), wanted: "a setting")
          : .notASetting(restOfStatement, text(restOfStatement.start, restOfStatement.end)))
      return Statement(.unreadable, currentRange)
    }
    let name = Expression(.name(text(current)), currentRange)
    advance()
    if kind == .colon {
      let colon = currentRange
      advance()
      let lineEnd = restOfStatement.end
      findings.add(
        .colonForEquals(colon, name: text(start, name.range.end), value: text(current.start, max(current.start, lineEnd))))
    } else {
      advance()
    }
    let value = parseExpression(after: "=")
    if kind == .comma, !isPanicking {
      report(.commaAfterSetting(currentRange))
      if nextOnLine.kind == .newline || nextOnLine.kind == .rightBrace { advance() } else { isPanicking = true }
    }
    return Statement(.assign(targets: [name], value: .expression(value)), rangeSince(start))
  }

  /// From the current token to the end of its statement.
  var restOfStatement: SourceRange {
    var last = index
    var ahead = index
    while ahead < blockEnd, tokens[ahead].kind != .newline, tokens[ahead].kind != .semicolon {
      if partners[ahead] > ahead { ahead = Int(partners[ahead]) }
      last = ahead
      ahead += 1
    }
    let end = source.bytes[current.start..<tokens[last].end].firstIndex(where: isLineEnd) ?? tokens[last].end
    return SourceRange(source, current.start, end)
  }

  /// ```
  /// callbacks = "callbacks" block(callback_statement)
  /// ```
  mutating func parseCallbacks() -> Statement.Kind {
    advance()
    return .callbacks(parseBlock(of: "`callbacks`", in: Place(.callbacks)))
  }

  /// ```
  /// compile = "compile" reference block(setting)
  /// model_compile = "compile" block(setting)
  /// ```
  mutating func parseCompile(inModel: Bool) -> Statement.Kind {
    let word = currentRange
    advance()
    if inModel != (kind == .leftBrace) { report(.compileWithoutModel(word, inModel: inModel)) }
    let model = kind == .leftBrace ? nil : parseReference(after: "compile")
    return .compile(model: model, settings: parseSettingsBlock(of: "`compile`", allowsCallbacks: false))
  }

  /// ```
  /// settings = "settings" block(setting)
  /// ```
  mutating func parseSettings() -> Statement.Kind {
    advance()
    return .settings(parseSettingsBlock(of: "`settings`", allowsCallbacks: false))
  }

  /// ```
  /// save = "save" reference "to" expression
  /// ```
  mutating func parseSave() -> Statement.Kind {
    advance()
    let model = parseReference(after: "save")
    guard isPanicking || takeWord("to") else {
      complain(.missingWord(expectedPlace, "to", in: "save MODEL to \"path\"", found: foundText))
      return .save(model: model, path: make(.missing, from: previousEnd))
    }
    return .save(model: model, path: isPanicking ? make(.missing, from: previousEnd) : parseExpression(after: "to"))
  }

  /// ```
  /// expect = "expect" condition [ "," expression ]
  /// ```
  mutating func parseExpect() -> Statement.Kind {
    advance()
    let condition = parseCondition(after: "expect")
    let message = !isPanicking && take(.comma) ? parseExpression(after: ",") : nil
    return .expect(condition: condition, message: message)
  }

  /// ```
  /// return = "return" [ expressions ]
  /// ```
  mutating func parseReturn() -> Statement.Kind {
    advance()
    return .return(isAtStatementEnd ? nil : parseExpressions(after: "return"))
  }

  /// ```
  /// raise = "raise" expression
  /// ```
  mutating func parseRaise() -> Statement.Kind {
    advance()
    return .raise(parseExpression(after: "raise"))
  }

  /// ```
  /// include = "include" STRING { STRING }
  /// ```
  mutating func parseInclude() -> Statement.Kind {
    advance()
    return .include(path: parseStrings())
  }
}
