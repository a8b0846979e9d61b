import Diagnostics

/// Operators, from the loosest to the tightest.
extension Parser {
  /// Makes an expression that begins at `start` and ends with the last token read.
  func make(_ kind: Expression.Kind, from start: Int) -> Expression { Expression(kind, rangeSince(start)) }

  /// ```
  /// expressions = expression | element "," [ element { "," element } [ "," ] ]
  /// ```
  /// With a comma it is a tuple, as on the right of `=`. Messages say that an expression is expected after `what`; empty, it stands
  /// for the text of the token read last, here and in the functions below.
  mutating func parseExpressions(after what: String) -> Expression {
    let start = current.start
    let first = parseElement(after: what)
    guard kind == .comma, !isPanicking else {
      // As a target it gets a finding that says more.
      if case .starred = first.kind, kind != .equal { report(.strayStar(first.range)) }
      return first
    }
    var elements = [first]
    var tallest = height
    while !isPanicking, take(.comma) {
      guard startsElement else { break }
      elements.append(parseElement(after: ","))
      tallest = max(tallest, height)
    }
    height = tallest + 1
    return make(.tuple(elements), from: start)
  }

  /// ```
  /// element = "*" operation | expression
  /// ```
  mutating func parseElement(after what: String) -> Expression {
    guard kind == .star else { return parseExpression(after: what) }
    let start = current.start
    advance()
    let value = parseOperation(after: "*")
    height += 1
    return make(.starred(value), from: start)
  }

  /// Whether the current token can begin an element.
  var startsElement: Bool { kind == .star || startsExpression }

  /// Whether the current token can begin an expression.
  var startsExpression: Bool {
    switch kind {
    case .name, .integer, .float, .string, .formattedStart, .leftParenthesis, .leftBracket, .leftBrace, .ellipsis, .plus,
      .minus, .tilde, .not, .lambda, .true, .false, .none:
      true
    default: false
    }
  }

  /// ```
  /// expression = lambda | disjunction [ "if" disjunction "else" expression ]
  /// ```
  mutating func parseExpression(after what: String) -> Expression {
    let start = current.start
    let expression = nested { parser in
      parser.kind == .lambda ? parser.parseLambda() : parser.parseConditionalExpression(after: what)
    }
    return expression ?? make(.missing, from: start)
  }

  private mutating func parseConditionalExpression(after what: String) -> Expression {
    let start = current.start
    let then = parseDisjunction(after: what)
    if kind == .walrus, !isPanicking { return skipWalrus(from: start) }
    guard kind == .if, !isPanicking else { return then }
    var tallest = height
    advance()
    let condition = parseDisjunction(after: "if")
    tallest = max(tallest, height)
    if kind == .equal { reportEqualsInCondition() }
    guard take(.else) else {
      complain(.missingElse(SourceRange(source, start, previousEnd)))
      return make(.conditional(condition: condition, then: then, otherwise: make(.missing, from: previousEnd)), from: start)
    }
    let otherwise = parseExpression(after: "else")
    height = max(tallest, height) + 1
    return make(.conditional(condition: condition, then: then, otherwise: otherwise), from: start)
  }

  /// Reports `name := value`, and reads the value for its mistakes. A hole stands for the whole, so that nothing is said about a
  /// name that it would have bound.
  private mutating func skipWalrus(from start: Int) -> Expression {
    let (mark, name) = (currentRange, text(start, previousEnd))
    advance()
    let valueStart = current.start
    _ = parseExpression(after: ":=")
    findings.add(.walrus(mark, name: name, value: text(valueStart, previousEnd)))
    return make(.missing, from: start)
  }

  /// ```
  /// condition = expression
  /// ```
  /// A `=` is reported and read as `==`.
  mutating func parseCondition(after what: String) -> Expression {
    let condition = parseExpression(after: what)
    if kind == .equal { reportEqualsInCondition() }
    return condition
  }

  /// Reports the `=` at hand and passes over its right side, which the author meant to compare with.
  private mutating func reportEqualsInCondition() {
    let equals = currentRange
    advance()
    if let bound = [Token.Kind.greater: ">=", .less: "<="][kind], equals.end == current.start {
      report(.foreignOperator(equals.through(currentRange), "=\(kind.rawValue)", meant: bound))
      advance()
    } else {
      report(.equalsInCondition(equals))
    }
    _ = parseDisjunction(after: "=")
  }

  /// ```
  /// disjunction = conjunction { "or" conjunction }
  /// ```
  mutating func parseDisjunction(after what: String) -> Expression {
    parseLogical(.or, .or, after: what) { parser, what in parser.parseConjunction(after: what) }
  }

  /// ```
  /// conjunction = inversion { "and" inversion }
  /// ```
  mutating func parseConjunction(after what: String) -> Expression {
    parseLogical(.and, .and, after: what) { parser, what in parser.parseInversion(after: what) }
  }

  private mutating func parseLogical(
    _ token: Token.Kind, _ op: LogicalOperator, after what: String, _ operand: (inout Parser, String) -> Expression
  ) -> Expression {
    let start = current.start
    var left = operand(&self, what)
    while kind == token, !isPanicking {
      let leftHeight = height
      advance()
      let right = operand(&self, token.rawValue)
      guard grow(over: leftHeight) else { return left }
      left = make(.logical(op, left, right), from: start)
    }
    return left
  }

  /// Makes the height that of a node over a left side of height `left` and the expression read last; false, with a finding,
  /// where the tree would grow too high.
  mutating func grow(over left: Int) -> Bool {
    height = max(left, height) + 1
    guard height > Parser.heightLimit else { return true }
    complain(.nestedTooDeeply(currentRange, limit: Parser.heightLimit))
    return false
  }

  /// ```
  /// inversion = "not" inversion | comparison
  /// ```
  mutating func parseInversion(after what: String) -> Expression {
    guard kind == .not else { return parseComparison(after: what) }
    let start = current.start
    advance()
    let operand = nested { $0.parseInversion(after: "not") }
    height += 1
    return make(.unary(.not, operand ?? make(.missing, from: previousEnd)), from: start)
  }

  /// ```
  /// comparison = operation { comparison_operator operation }
  /// comparison_operator = "<" | "<=" | ">" | ">=" | "==" | "!=" | "in" | "not" "in" | "is" [ "not" ]
  /// ```
  mutating func parseComparison(after what: String) -> Expression {
    let start = current.start
    let first = parseOperation(after: what)
    var tallest = height
    var links: [ComparisonLink] = []
    while !isPanicking, let op = takeComparisonOperator() {
      links.append(ComparisonLink(op, parseOperation(after: op.rawValue)))
      tallest = max(tallest, height)
    }
    if links.isEmpty { return first }
    height = tallest + 1
    return make(.comparison(first, links), from: start)
  }

  private mutating func takeComparisonOperator() -> ComparisonOperator? {
    switch kind {
    case .less: advance(); return .less
    case .lessOrEqual: advance(); return .lessOrEqual
    case .greater: advance(); return .greater
    case .greaterOrEqual: advance(); return .greaterOrEqual
    case .doubleEqual: advance(); return .equal
    case .notEqual: advance(); return .notEqual
    case .in: advance(); return .isIn
    case .is:
      advance()
      return take(.not) ? .isNotSame : .isSame
    case .not where next.kind == .in:
      advance()
      advance()
      return .isNotIn
    default: return nil
    }
  }

  /// ```
  /// operation = exclusive_or { "|" exclusive_or }
  /// exclusive_or = bitwise_and { "^" bitwise_and }
  /// bitwise_and = shift { "&" shift }
  /// shift = sum { ( "<<" | ">>" ) sum }
  /// sum = term { ( "+" | "-" ) term }
  /// term = factor { ( "*" | "/" | "//" | "%" | "@" ) factor }
  /// ```
  /// One loop over precedences instead of six functions, to spare the stack.
  mutating func parseOperation(after what: String, above precedence: Int = 0) -> Expression {
    let start = current.start
    var left = parseFactor(after: what)
    while !isPanicking, let (op, tightness) = binaryOperator(kind), tightness > precedence {
      let leftHeight = height
      let mark = kind
      let markRange = currentRange
      advance()
      if kind == mark, mark == .plus || mark == .minus, previousEnd == current.start, endsLine(nextOnLine.kind) {
        complain(.foreignOperator(markRange.through(currentRange), mark.rawValue + mark.rawValue, meant: "\(mark.rawValue)= 1"))
        return left
      }
      if kind == mark, mark == .ampersand || mark == .bar, previousEnd == current.start {
        let meant = mark == .bar ? "or" : "and"
        report(.foreignOperator(markRange.through(currentRange), mark.rawValue + mark.rawValue, meant: meant))
        advance()
      }
      let right = parseOperation(after: mark.rawValue, above: tightness)
      guard grow(over: leftHeight) else { return left }
      left = make(.binary(op, left, right), from: start)
    }
    return left
  }

  private func endsLine(_ kind: Token.Kind) -> Bool {
    kind == .newline || kind == .endOfText || kind == .semicolon || kind == .rightBrace
  }

  /// The operator and how tightly it binds.
  private func binaryOperator(_ kind: Token.Kind) -> (BinaryOperator, Int)? {
    switch kind {
    case .bar: (.or, 1)
    case .caret: (.xor, 2)
    case .ampersand: (.and, 3)
    case .shiftLeft: (.shiftLeft, 4)
    case .shiftRight: (.shiftRight, 4)
    case .plus: (.add, 5)
    case .minus: (.subtract, 5)
    case .star: (.multiply, 6)
    case .slash: (.divide, 6)
    case .doubleSlash: (.floorDivide, 6)
    case .percent: (.modulo, 6)
    case .at: (.matrixMultiply, 6)
    default: nil
    }
  }

  /// ```
  /// factor = ( "+" | "-" | "~" ) factor | power
  /// ```
  mutating func parseFactor(after what: String) -> Expression {
    let op: UnaryOperator
    switch kind {
    case .plus: op = .plus
    case .minus: op = .minus
    case .tilde: op = .invert
    case .exclamation where nextOnLine.kind == .name || nextOnLine.kind == .leftParenthesis:
      report(.foreignOperator(currentRange, "!", meant: "not"))
      op = .not
    default: return parsePower(after: what)
    }
    let start = current.start
    advance()
    if op == .minus, kind == .integer, next.kind != .doubleStar, integerValue(text(current)) == nil,
      integerValue("-" + text(current)) == Int.min
    {
      // The one integer whose digits alone do not fit.
      advance()
      height = 1
      return make(.integer(.min, written: text(start, previousEnd)), from: start)
    }
    let operand = nested { $0.parseFactor(after: op.rawValue) }
    height += 1
    return make(.unary(op, operand ?? make(.missing, from: previousEnd)), from: start)
  }

  /// ```
  /// power = primary [ "**" factor ]
  /// ```
  mutating func parsePower(after what: String) -> Expression {
    let start = current.start
    let base = parsePrimary(after: what)
    guard kind == .doubleStar, !isPanicking else { return base }
    let baseHeight = height
    advance()
    let exponent = nested { $0.parseFactor(after: "**") }
    height = max(height, baseHeight) + 1
    return make(.binary(.power, base, exponent ?? make(.missing, from: previousEnd)), from: start)
  }

  /// ```
  /// lambda = "lambda" [ parameters ] ":" expression
  /// ```
  mutating func parseLambda() -> Expression {
    let start = current.start
    advance()
    let parameters = kind == .colon || kind == .fieldFormat ? [] : parseParameters(upTo: nil, allowsRest: true)
    guard take(.colon) else {
      if kind == .fieldFormat { complain(.lambdaInField(rangeSince(start))) }
      complain(.missingColon(SourceRange(source, previousEnd, previousEnd), after: "the parameters of this lambda"))
      return make(.missing, from: start)
    }
    let body = parseExpression(after: ":")
    height += 1
    return make(.lambda(parameters: parameters, body: body), from: start)
  }
}
