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
      var tallest = 0
      _ = parser.parseItems(upTo: close) { parser in
        let argument = parser.parseArgument(isFirst: arguments.isEmpty)
        parser.checkOrder(of: argument, after: arguments)
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
  private mutating func checkOrder(of argument: Argument, after arguments: [Argument]) {
    var keyword: Argument?
    switch argument.kind {
    case .positional:
      keyword = arguments.first {
        if case .keyword = $0.kind { true } else if case .keywordSpread = $0.kind { true } else { false }
      }
    case .spread:
      keyword = arguments.first { if case .keywordSpread = $0.kind { true } else { false } }
    default: break
    }
    guard let keyword else { return }
    if case .keyword(let name) = keyword.kind {
      report(.positionalAfterKeyword(argument.value.range, keyword: name.range))
    } else {
      report(.positionalAfterKeyword(argument.value.range, keyword: keyword.value.range))
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
    func read(_ parser: inout Parser) {
      guard let parameter = parser.parseParameter() else { return }
      parser.check(parameter, after: parameters, allowsRest: allowsRest)
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
      guard let name = parseName("a parameter", after: lastText) else { return nil }
      let value = take(.equal) ? parseExpression(after: "=") : nil
      return Parameter(name: name, defaultValue: value)
    }
  }

  /// Python's order: required, with a default, `*rest`, by keyword only, `**rest`; no name twice.
  private mutating func check(_ parameter: Parameter, after earlier: [Parameter], allowsRest: Bool) {
    let place = parameter.name.range
    let isMarker = parameter.kind == .positionalOnlyMarker || parameter.kind == .keywordOnlyMarker
    if !allowsRest, parameter.kind != .plain {
      report(.restParameter(place, parameter.name.text))
    } else if let same = earlier.first(where: { $0.name.text == parameter.name.text }) {
      report(.repeatedParameter(place, parameter.name.text, first: same.name.range))
    } else if let rest = earlier.last, rest.kind == .keywordRest {
      report(.parameterOrder(place, "nothing can follow `**\(rest.name.text)`"))
    } else if isMarker || parameter.kind == .positionalRest {
      let hasRest = earlier.contains { $0.kind == .positionalRest || $0.kind == .keywordOnlyMarker }
      if hasRest || (parameter.kind == .positionalOnlyMarker && earlier.isEmpty) {
        report(.parameterOrder(place, "`\(parameter.name.text)` cannot stand here"))
      }
    } else if parameter.kind == .plain, parameter.defaultValue == nil,
      !earlier.contains(where: { $0.kind == .positionalRest || $0.kind == .keywordOnlyMarker }),
      let defaulted = earlier.last(where: { $0.defaultValue != nil })
    {
      report(
        .parameterOrder(
          place, "`\(parameter.name.text)` needs a default, since `\(defaulted.name.text)` before it has one",
          label: defaulted.name.range))
    }
  }
}
