import Diagnostics

/// Blocks, and the statements that are made of them.
extension Parser {
  /// ```
  /// block(S) = "{" statements(S) "}"
  /// ```
  mutating func parseBlock(of what: String, in place: Place) -> Block {
    parseBlock(of: what) { parser, close in parser.parseStatements(upTo: close, in: place) }
  }

  /// Reads a block whose statements are read by `body`; reports where there is none.
  mutating func parseBlock(of what: String, _ body: (inout Parser, _ close: Int) -> [Statement]) -> Block {
    skipToBlock()
    guard !isPanicking, openBlock(of: what) else {
      return Block(statements: [], range: SourceRange(source, previousEnd, previousEnd))
    }
    let open = current
    let close = closer
    advance()
    if headerComment == nil, kind == .newline { headerComment = takeTrailingComment() }
    let statements = nested { body(&$0, close) } ?? []
    index = close
    isPanicking = false
    let comments = takeComments(isTopLevel: false)
    advance()
    return Block(statements: statements, range: rangeSince(open.start), trailingComments: comments)
  }

  /// Goes to the `{` of a block; false, with a finding, where there is none.
  private mutating func openBlock(of what: String) -> Bool {
    switch kind {
    case .leftBrace: return true
    case .newline where nextOnLine.kind == .leftBrace:
      report(.braceOnOwnLine(range(nextOnLine), of: what))
      advance()
      return true
    case .colon:
      skipIndentedBlock()
      return false
    default:
      complain(.missingBlock(expectedPlace, of: what, found: foundText))
      if bodyIsDeeper { skipIndentedBody() }
      return false
    }
  }

  /// ```
  /// conditional(S) = "if" condition block(S) { "elif" condition block(S) } [ "else" block(S) ]
  /// ```
  mutating func parseConditional(in place: Place) -> Statement.Kind {
    let inside = place.inside(loop: false)
    var branches = [parseBranch(inside)]
    while true {
      if continueConditional(with: .elif) {
        branches.append(parseBranch(inside))
      } else if continueConditional(with: .else) {
        advance()
        guard kind == .if else { return .conditional(branches: branches, otherwise: parseOtherwise(inside)) }
        report(.elseIf(range(tokens[index - 1]).through(currentRange)))
        branches.append(parseBranch(inside))
      } else {
        return .conditional(branches: branches, otherwise: nil)
      }
    }
  }

  /// At `if` or `elif`.
  private mutating func parseBranch(_ inside: Place) -> Statement.Branch {
    let word = kind.rawValue
    advance()
    let condition = parseCondition(after: word)
    return .init(condition: condition, body: parseBlock(of: "`\(word)`", in: inside))
  }

  /// Behind `else`; nothing of the statement can follow its block.
  private mutating func parseOtherwise(_ inside: Place) -> Block {
    let block = parseBlock(of: "`else`", in: inside)
    if continueConditional(with: .elif) || continueConditional(with: .else) {
      complain(.elseWithoutIf(currentRange, kind.rawValue))
      _ = skipOrphan()
    }
    return block
  }

  /// Whether the statement goes on with this word, which should stand on the line of the `}` before.
  private mutating func continueConditional(with word: Token.Kind) -> Bool {
    if isPanicking { return false }
    if kind == word { return true }
    guard kind == .newline, nextOnLine.kind == word, index + 1 < blockEnd, tokens[index - 1].kind == .rightBrace else {
      return false
    }
    report(.elseOnOwnLine(range(nextOnLine), word.rawValue))
    advance()
    return true
  }

  /// Passes over an `else` or `elif` that belongs to nothing, whatever follows it.
  mutating func skipOrphan() -> Statement.Kind {
    while !isAtStatementEnd, kind != .colon { skipToken() }
    if kind == .colon { skipIndentedBody() }
    isPanicking = false
    return .unreadable
  }

  /// ```
  /// loop(S) = "for" loop_targets "in" expression { "," element } block(looped(S))
  /// ```
  mutating func parseLoop(in place: Place) -> Statement.Kind {
    advance()
    let target = parseLoopTargets()
    if !isPanicking, !take(.in) { complain(.missingIn(expectedPlace, found: foundText)) }
    let iterable = isPanicking ? make(.missing, from: previousEnd) : parseExpressions(after: "in")
    return .loop(target: target, iterable: iterable, body: parseBlock(of: "`for`", in: place.inside(loop: true)))
  }

  /// ```
  /// model = "model" NAME [ "(" [ plain_parameters ] ")" ] block(model_statement)
  /// ```
  mutating func parseModel() -> Statement.Kind {
    let (name, parameters) = parseClassHeader()
    return .model(name: name, parameters: parameters, body: parseBlock(of: "a model", in: Place(.model)))
  }

  /// ```
  /// callback = "callback" NAME [ "(" [ plain_parameters ] ")" ] block(callback_statement)
  /// ```
  mutating func parseCallback() -> Statement.Kind {
    let (name, parameters) = parseClassHeader()
    return .callback(name: name, parameters: parameters, body: parseBlock(of: "a callback", in: Place(.callback)))
  }

  /// Reads the word, the name and the parameters of a model or a callback.
  private mutating func parseClassHeader() -> (Name, [Parameter]?) {
    advance()
    let name = Name(text(current), currentRange)
    advance()
    return (name, kind == .leftParenthesis ? parseParenthesizedParameters(allowsRest: false) : nil)
  }

  /// Reads parameters with the parentheses around them.
  mutating func parseParenthesizedParameters(allowsRest: Bool) -> [Parameter] {
    parseInside { parser, close in parser.parseParameters(upTo: close, allowsRest: allowsRest) }
  }

  /// ```
  /// hook = "on" NAME "(" [ parameters ] ")" block(action_statement)
  /// ```
  mutating func parseHook() -> Statement.Kind {
    advance()
    let name = Name(text(current), currentRange)
    advance()
    let parameters = parseParenthesizedParameters(allowsRest: true)
    return .hook(name: name, parameters: parameters, body: parseBlock(of: "a hook", in: Place(.hook)))
  }

  /// ```
  /// function = "def" NAME "(" [ parameters ] ")" ( "=" expressions | block(action_statement) )
  /// ```
  mutating func parseFunction() -> Statement.Kind {
    let (name, parameters) = parseFunctionHeader()
    if !isPanicking, take(.equal) {
      return .functionExpression(name: name, parameters: parameters, value: parseExpressions(after: "="))
    }
    return .functionBlock(name: name, parameters: parameters, body: parseBlock(of: "a function", in: Place(.function)))
  }

  /// Reads `def`, the name and the parameters.
  mutating func parseFunctionHeader() -> (Name, [Parameter]) {
    advance()
    let name = parseName("a function", after: "def") ?? Name("", SourceRange(source, previousEnd, previousEnd))
    var parameters: [Parameter] = []
    if kind == .leftParenthesis, !isPanicking {
      parameters = parseParenthesizedParameters(allowsRest: true)
    } else {
      complain(.missingParameters(expectedPlace, name.text))
    }
    if kind == .arrow, !isPanicking { complain(.annotation(currentRange)) }
    return (name, parameters)
  }
}
