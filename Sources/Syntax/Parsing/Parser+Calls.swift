import Diagnostics

/// Arguments, subscripts and parameters.
extension Parser {
  /// ```
  /// arguments = positionals [ "," keywords ] [ "," ] | keywords [ "," ] | expression comprehension
  /// positionals = positional { "," positional }
  /// positional = "*" operation | expression
  /// keywords = named { "," ( named | "*" operation ) } { "," ( named | spread ) } | spread { "," ( named | spread ) }
  /// named = NAME "=" expression
  /// spread = "**" operation
  /// ```
  /// At the `(`; reads the `)` too.
  mutating func parseArguments() -> [Argument] {
    parseInside { parser, close in
      var arguments: [Argument] = []
      var order = ArgumentOrder()
      var tallest = 0
      _ = parser.parseItems(upTo: close) { parser in
        let argument = parser.parseArgument(isFirst: arguments.isEmpty)
        if let named = order.check(argument) { parser.report(.positionalAfterKeyword(argument.value.range, keyword: named)) }
        arguments.append(argument)
        tallest = max(tallest, parser.height)
        guard parser.kind == .for, !parser.isPanicking, case .positional = argument.kind else { return false }
        let value = argument.value
        let generator = parser.parseComprehension(.generator(value))
        arguments[arguments.count - 1].value = parser.make(.comprehension(generator), from: value.range.start)
        tallest = max(tallest, parser.height)
        if arguments.count > 1 || parser.index < close {
          parser.complain(.generatorOutsideCall(parser.rangeSince(value.range.start)))
        }
        return true
      }
      parser.height = tallest + 1
      return arguments
    }
  }

  private mutating func parseArgument(isFirst: Bool) -> Argument {
    switch kind {
    case .star:
      advance()
      return Argument(.spread, parseOperation(after: "*"))
    case .doubleStar:
      advance()
      return Argument(.keywordSpread, parseOperation(after: "**"))
    case .name where next.kind == .equal:
      let name = Name(text(current), currentRange)
      advance()
      advance()
      return Argument(.keyword(name), parseExpression(after: "="))
    default:
      if kind.isKeyword, next.kind == .equal {
        complain(.reservedWord(currentRange, text(current), wanted: "a parameter"))
      }
      let value = parseExpression(after: isFirst ? "(" : ",")
      if !isPanicking, kind == .equal {
        complain(.keywordNotAName(value.range))
      } else if !isPanicking, kind == .colon, case .name(let name) = value.kind {
        complain(.colonForEquals(currentRange, name: name))
      }
      return Argument(.positional, value)
    }
  }

  /// Python's order: what is positional, then what has a name.
  private struct ArgumentOrder {
    /// The first argument with a name, `**` included, and the first `**`.
    private var named: SourceRange?
    private var spread: SourceRange?

    /// What stands before the argument though it should follow; nil where the order is right.
    mutating func check(_ argument: Argument) -> SourceRange? {
      switch argument.kind {
      case .positional: return named
      case .spread: return spread
      case .keyword(let name): named = named ?? name.range
      case .keywordSpread:
        named = named ?? argument.value.range
        spread = spread ?? argument.value.range
      }
      return nil
    }
  }

  /// ```
  /// subscripts = subscript { "," subscript } [ "," ]
  /// subscript = [ expression ] ":" [ expression ] [ ":" [ expression ] ] | element
  /// ```
  /// At the `[`; reads the `]` too.
  mutating func parseSubscripts() -> Expression {
    let open = current
    return parseInside { parser, close in
      let start = parser.current.start
      var items: [Expression] = []
      var tallest = 0
      if parser.index >= close {
        parser.complain(.missingExpression(parser.currentRange, after: "[", found: "]", isKeyword: false))
      }
      let endsWithComma = parser.parseItems(upTo: close) { parser in
        items.append(parser.parseSubscript(after: items.isEmpty ? "[" : ","))
        tallest = max(tallest, parser.height)
        return false
      }
      parser.height = tallest + 1
      if items.count == 1, !endsWithComma {
        if case .starred = items[0].kind { return parser.make(.tuple(items), from: start) }
        return items[0]
      }
      return items.isEmpty ? Expression(.missing, parser.range(open)) : parser.make(.tuple(items), from: start)
    }
  }

  private mutating func parseSubscript(after what: String) -> Expression {
    let start = current.start
    var tallest = 0
    var lower: Expression?
    if kind != .colon {
      let element = parseElement(after: what)
      guard kind == .colon, !isPanicking else { return element }
      lower = element
      tallest = height
    }
    advance()
    var bounds: [Expression?] = [nil, nil]
    for position in 0..<2 where !isPanicking {
      if position == 1, !take(.colon) { break }
      if startsExpression {
        bounds[position] = parseExpression(after: ":")
        tallest = max(tallest, height)
      }
    }
    height = tallest + 1
    return make(.slice(lower: lower, upper: bounds[0], step: bounds[1]), from: start)
  }

  /// ```
  /// parameters = positional_parameters [ "," rest_parameters ] [ "," ] | rest_parameters [ "," ]
  /// positional_parameters = required { "," required } [ "," "/" ] { "," defaulted } | defaulted { "," defaulted } [ "," "/" ]
  /// rest_parameters = "*" NAME { "," ( required | defaulted ) } [ "," "**" NAME ] | "*" "," ( required | defaulted ) [ "," "**" NAME ] | "**" NAME
  /// plain_parameters = required { "," required } { "," defaulted } [ "," ] | defaulted { "," defaulted } [ "," ]
  /// required = NAME
  /// defaulted = NAME "=" expression
  /// ```
  /// Inside parentheses up to the closer at `close`; a lambda's up to its `:`. Only functions take a rest.
  mutating func parseParameters(upTo close: Int?, allowsRest: Bool) -> [Parameter] {
    var parameters: [Parameter] = []
    var order = ParameterOrder(allowsRest: allowsRest)
    func read(_ parser: inout Parser) {
      guard let parameter = parser.parseParameter() else { return }
      if let finding = order.check(parameter) { parser.report(finding) }
      parameters.append(parameter)
    }
    if let close {
      _ = parseItems(upTo: close) { parser in
        read(&parser)
        if parser.kind == .colon, !parser.isPanicking { parser.complain(.annotation(parser.currentRange)) }
        return false
      }
    } else {
      repeat { read(&self) } while !isPanicking && take(.comma) && kind != .colon
    }
    if let last = parameters.last, case .keywordOnlyMarker = last.kind {
      report(.missingName(last.name.range, "a parameter", after: "*", found: nil))
    }
    return parameters
  }

  private mutating func parseParameter() -> Parameter? {
    let marker = currentRange
    switch kind {
    case .slash:
      advance()
      return Parameter(name: Name("/", marker), defaultValue: nil, kind: .positionalOnlyMarker)
    case .star:
      advance()
      if kind == .comma || kind == .colon || kind == .rightParenthesis {
        return Parameter(name: Name("*", marker), defaultValue: nil, kind: .keywordOnlyMarker)
      }
      return parseName("a parameter", after: "*").map { Parameter(name: $0, defaultValue: nil, kind: .positionalRest) }
    case .doubleStar:
      advance()
      return parseName("a parameter", after: "**").map { Parameter(name: $0, defaultValue: nil, kind: .keywordRest) }
    default:
      guard let name = parseName("a parameter", after: "") else { return nil }
      let value = take(.equal) ? parseExpression(after: "=") : nil
      return Parameter(name: name, defaultValue: value)
    }
  }

  /// Python's order: required, with a default, `*rest`, by keyword only, `**rest`; no name twice.
  struct ParameterOrder {
    private let allowsRest: Bool
    private var places: [String: SourceRange] = [:]
    private var last: Parameter?
    private var lastDefaulted: Name?
    private var hasRest = false

    init(allowsRest: Bool) { self.allowsRest = allowsRest }

    /// What is wrong with a parameter where it stands; nil if nothing is.
    mutating func check(_ parameter: Parameter) -> Finding? {
      defer { note(parameter) }
      let name = parameter.name
      if !allowsRest, parameter.kind != .plain { return .restParameter(name.range, name.text) }
      if let first = places[name.text] { return .repeatedParameter(name.range, name.text, first: first) }
      if let last, last.kind == .keywordRest {
        return .parameterOrder(name.range, "nothing can follow `**\(last.name.text)`")
      }
      switch parameter.kind {
      case .positionalRest, .keywordOnlyMarker, .positionalOnlyMarker:
        let isFirst = parameter.kind == .positionalOnlyMarker && last == nil
        return hasRest || isFirst ? .parameterOrder(name.range, "`\(name.text)` cannot stand here") : nil
      case .plain where parameter.defaultValue == nil && !hasRest:
        return lastDefaulted.map { defaulted in
          .parameterOrder(
            name.range, "`\(name.text)` needs a default, since `\(defaulted.text)` before it has one", label: defaulted.range)
        }
      case .keywordRest where last?.kind == .keywordOnlyMarker:
        return .missingName(name.range, "a parameter", after: "*", found: "**\(name.text)")
      case .plain, .keywordRest: return nil
      }
    }

    private mutating func note(_ parameter: Parameter) {
      places[parameter.name.text] = places[parameter.name.text] ?? parameter.name.range
      last = parameter
      if parameter.defaultValue != nil { lastDefaulted = parameter.name }
      hasRest = hasRest || parameter.kind == .positionalRest || parameter.kind == .keywordOnlyMarker
    }
  }
}
