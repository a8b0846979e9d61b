import Diagnostics

/// Names, literals, calls, subscripts and attributes.
extension Parser {
  /// ```
  /// primary = atom { trailer }
  /// ```
  mutating func parsePrimary(after what: String) -> Expression {
    parseTrailers(on: parseAtom(after: what))
  }

  /// ```
  /// trailer = "." NAME | "(" [ arguments ] ")" | "[" subscripts "]"
  /// ```
  mutating func parseTrailers(on atom: Expression) -> Expression {
    var value = atom
    let start = atom.range.start
    while !isPanicking {
      let valueHeight = height
      switch kind {
      case .dot:
        advance()
        guard let name = parseName("an attribute", after: ".") else { return value }
        guard grow(over: valueHeight) else { return value }
        value = make(.attribute(value, name), from: start)
      case .leftParenthesis:
        let arguments = parseArguments()
        guard grow(over: valueHeight) else { return value }
        value = make(.call(callee: value, arguments: arguments), from: start)
      case .leftBracket:
        let subscripts = parseSubscripts()
        guard grow(over: valueHeight) else { return value }
        value = make(.subscripted(value, subscripts), from: start)
      default: return value
      }
    }
    return value
  }

  /// ```
  /// reference = NAME { trailer }
  /// ```
  /// A model: `nets[0]`, `mlp(width=32)`.
  mutating func parseReference(after what: String) -> Expression {
    let start = current.start
    guard let name = parseName("a model", after: what) else { return make(.missing, from: start) }
    height = 1
    return parseTrailers(on: make(.name(name.text), from: start))
  }

  /// Reads a name; nil, with a finding, where there is none. An empty `word` stands for the text of the token read last.
  mutating func parseName(_ what: String, after word: String) -> Name? {
    guard kind == .name else {
      if kind.isKeyword {
        complain(.reservedWord(currentRange, text(current), wanted: what))
      } else {
        complain(.missingName(expectedPlace, what, after: word.isEmpty ? precedingText : word, found: foundText))
      }
      return nil
    }
    let name = Name(text(current), currentRange)
    advance()
    return name
  }

  /// Where something is missing: the token that stands there instead, or the end of the line's last token.
  var expectedPlace: SourceRange {
    switch kind {
    case .newline, .endOfText: SourceRange(source, previousEnd, previousEnd)
    default: currentRange
    }
  }

  /// What stands where something else was expected; nil at the end of a line, bracket or text.
  var foundText: String? {
    switch kind {
    case .newline, .endOfText, .semicolon: nil
    case .fieldFormat: ":"
    case .fieldEnd: "}"
    case .formattedEnd, .formattedText: nil
    default: clipped(text(current))
    }
  }

  /// ```
  /// atom = NAME | INTEGER | FLOAT | strings | "None" | "True" | "False" | "..." | parenthesized | list | braces
  /// ```
  mutating func parseAtom(after what: String) -> Expression {
    let start = current.start
    let token = current
    height = 1
    switch token.kind {
    case .name:
      if let verb = runVerb, nextOnLine.kind == .name { return readRunAsHole(verb) }
      advance()
      return make(.name(text(token)), from: start)
    case .integer:
      advance()
      return parseInteger(token)
    case .float:
      advance()
      return make(.float(floatValue(text(token)), written: text(token)), from: start)
    case .string, .formattedStart: return parseStrings()
    case .none:
      advance()
      return make(.none, from: start)
    case .true, .false:
      advance()
      return make(.bool(token.kind == .true), from: start)
    case .ellipsis:
      advance()
      return make(.ellipsis, from: start)
    case .leftParenthesis: return parseParenthesized()
    case .leftBracket: return parseList()
    case .leftBrace: return parseBraces()
    case .unreadable:
      isPanicking = true
      return make(.missing, from: start)
    case .await, .yield:
      complain(.pythonExpression(currentRange, token.kind.rawValue))
      return make(.missing, from: start)
    default:
      complain(
        .missingExpression(expectedPlace, after: what.isEmpty ? precedingText : what, found: foundText, isKeyword: kind.isKeyword)
      )
      return Expression(.missing, SourceRange(source, previousEnd, previousEnd))
    }
  }

  private mutating func parseInteger(_ token: Token) -> Expression {
    let written = text(token)
    if let value = integerValue(written) { return make(.integer(value, written: written), from: token.start) }
    // What the lexer reported as no number at all has no value either.
    let isNumber = written.allSatisfy { $0.isHexDigit || $0 == "_" || $0 == "x" || $0 == "X" || $0 == "o" || $0 == "O" }
    if isNumber, !findings.all.contains(where: { $0.range == range(token) }) { report(.integerTooLarge(range(token))) }
    return make(.missing, from: token.start)
  }

  /// ```
  /// parenthesized = "(" [ expressions ] ")"
  /// ```
  /// Parentheses leave no trace in the tree but in the range, which has them.
  mutating func parseParenthesized() -> Expression {
    let start = current.start
    let inside = parseInside { parser, close -> Expression in
      if parser.index >= close {
        parser.height = 1
        return parser.make(.tuple([]), from: start)
      }
      let items = parser.parseElements(upTo: close)
      if parser.kind == .for, items.elements.count == 1 {
        parser.complain(.generatorOutsideCall(parser.currentRange))
        return items.elements[0]
      }
      guard items.elements.count == 1, !items.endsWithComma else {
        parser.height = items.height + 1
        return parser.make(.tuple(items.elements), from: start)
      }
      parser.height = items.height
      if case .starred(let inner) = items.elements[0].kind {
        parser.report(.strayStar(items.elements[0].range))
        return inner
      }
      return items.elements[0]
    }
    return Expression(inside.kind, rangeSince(start))
  }

  /// ```
  /// list = "[" [ elements ] "]" | "[" expression comprehension "]"
  /// ```
  mutating func parseList() -> Expression {
    let start = current.start
    let kind = parseInside { parser, close -> Expression.Kind in
      let items = parser.parseElements(upTo: close)
      parser.height = items.height + 1
      if parser.kind == .for, items.elements.count == 1, !parser.isPanicking {
        return .comprehension(parser.parseComprehension(.list(items.elements[0])))
      }
      return .list(items.elements)
    }
    return make(kind, from: start)
  }

  struct Elements {
    var elements: [Expression] = []
    var endsWithComma = false
    var height = 0
  }

  /// ```
  /// elements = element { "," element } [ "," ]
  /// ```
  /// Stops before a `for`, which makes a comprehension of a single element.
  mutating func parseElements(upTo close: Int) -> Elements {
    var result = Elements()
    result.endsWithComma = parseItems(upTo: close) { parser in
      result.elements.append(parser.parseElement(after: result.elements.isEmpty ? "the bracket" : ","))
      result.height = max(result.height, parser.height)
      return parser.kind == .for && result.elements.count == 1
    }
    return result
  }

  /// Reads items with commas between them up to the closer at `close`; true if the last thing is a comma. A missing comma is
  /// reported and supplied, and after a mistake the next item is read as if nothing had been. Stops early if `item` says so.
  mutating func parseItems(upTo close: Int, _ item: (inout Parser) -> Bool) -> Bool {
    while index < close, !findings.isFull {
      let stops = item(&self)
      if isPanicking { skipItem(upTo: close) } else if stops { return false }
      if index >= close { return false }
      if take(.comma) {
        if index >= close { return true }
        continue
      }
      if kind == .equal {
        reportMisplacedEqual()
        skipItem(upTo: close)
        _ = take(.comma)
      } else if startsElement {
        report(.missingComma(SourceRange(source, previousEnd, previousEnd), before: currentRange, text: clipped(text(current))))
      } else {
        complain(.unexpectedText(currentRange, clipped(text(current)), after: lastText))
        skipItem(upTo: close)
        _ = take(.comma)
      }
    }
    return false
  }

  /// A `=` in a place that takes no keyword is a comparison misspelt.
  private mutating func reportMisplacedEqual() {
    complain(.equalsInCondition(currentRange))
  }

  /// What a message calls the text before the current token.
  private var precedingText: String {
    let text = lastText
    return text.isEmpty ? "the line's start" : text
  }

  /// The text of the token that was read last.
  var lastText: String {
    guard index > 0 else { return "" }
    var last = index - 1
    while last > 0, tokens[last].kind == .newline { last -= 1 }
    return clipped(text(tokens[last]))
  }

  /// ```
  /// braces = "{" [ entry { "," entry } [ "," ] ] "}" | "{" elements "}" | "{" expression [ ":" expression ] comprehension "}"
  /// entry = expression ":" expression | "**" operation
  /// ```
  /// A dict, a set, or a comprehension of one.
  mutating func parseBraces() -> Expression {
    let start = current.start
    let kind = parseInside { parser, close -> Expression.Kind in
      var entries: [DictEntry] = []
      var elements: [Expression] = []
      var comprehension: Expression.Kind?
      var tallest = 0
      let isDict = parser.index >= close
      _ = parser.parseItems(upTo: close) { parser in
        let isFirst = entries.isEmpty && elements.isEmpty
        let itemStart = parser.current.start
        if parser.kind == .doubleStar {
          parser.advance()
          entries.append(.spread(parser.parseOperation(after: "**")))
        } else {
          let key = parser.parseElement(after: isFirst ? "{" : ",")
          if parser.kind == .colon, !parser.isPanicking {
            let keyHeight = parser.height
            if case .starred = key.kind { parser.report(.strayStar(key.range)) }
            parser.advance()
            let value = parser.parseExpression(after: ":")
            parser.height = max(parser.height, keyHeight)
            entries.append(.pair(key: key, value: value))
          } else if parser.kind == .equal, entries.count > 0 || elements.isEmpty, !parser.isPanicking {
            parser.complain(.missingColon(parser.currentRange, after: "this key"))
            entries.append(.pair(key: key, value: key))
          } else {
            elements.append(key)
          }
        }
        if !entries.isEmpty, !elements.isEmpty, !parser.isPanicking {
          parser.complain(.mixedDisplay(parser.rangeSince(itemStart)))
        }
        tallest = max(tallest, parser.height)
        guard parser.kind == .for, isFirst, !parser.isPanicking else { return false }
        parser.height = tallest
        if case .pair(let key, let value)? = entries.first {
          comprehension = .comprehension(parser.parseComprehension(.dict(key: key, value: value)))
        } else if let element = elements.first {
          comprehension = .comprehension(parser.parseComprehension(.set(element)))
        } else {
          parser.complain(.spreadInComprehension(parser.rangeSince(itemStart)))
        }
        return true
      }
      if let comprehension { return comprehension }
      parser.height = tallest + 1
      return isDict || !entries.isEmpty || elements.isEmpty ? .dict(entries) : .set(elements)
    }
    return make(kind, from: start)
  }

  /// ```
  /// comprehension = clause { clause }
  /// clause = "for" loop_targets "in" disjunction { "if" disjunction }
  /// ```
  mutating func parseComprehension(_ result: Comprehension.Result) -> Comprehension {
    switch result {
    case .list(let element), .set(let element), .generator(let element):
      if case .starred = element.kind { report(.spreadInComprehension(element.range)) }
    case .dict: break
    }
    var clauses: [Comprehension.Clause] = []
    var tallest = height
    while kind == .for, !isPanicking {
      advance()
      let target = parseLoopTargets()
      if !take(.in) { complain(.missingIn(expectedPlace, found: foundText)) }
      let iterable = isPanicking ? nil : nested { $0.parseDisjunction(after: "in") }
      tallest = max(tallest, height)
      var conditions: [Expression] = []
      while !isPanicking, take(.if) {
        conditions.append(nested { $0.parseDisjunction(after: "if") } ?? make(.missing, from: previousEnd))
        if kind == .equal { complain(.equalsInCondition(currentRange)) }
        tallest = max(tallest, height)
      }
      clauses.append(.init(target: target, iterable: iterable ?? make(.missing, from: previousEnd), conditions: conditions))
    }
    height = tallest + 1
    return Comprehension(result: result, clauses: clauses)
  }
}
