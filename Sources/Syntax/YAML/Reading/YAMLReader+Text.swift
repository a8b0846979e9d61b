import Diagnostics

/// What is written in the language itself: the text of a scalar, read by the parser.
extension YAMLReader {
  /// Reads the whole text of a scalar with one of the parser's functions.
  ///
  /// - Parameters:
  ///   - before: What stands before the text in a script and is left out here: `lambda `.
  ///   - behind: What stands behind it.
  mutating func readText<Tree: Relocatable>(
    of scalar: YAMLScalar, before: String = "", behind: String = "", _ read: (inout Parser) -> Tree
  ) -> Tree {
    let piece = Source(name: source.name, text: before + scalar.text + behind)
    let relocation = Relocation(scalar, prefixLength: before.utf8.count)
    var parser = Parser(piece)
    // A line end in the text ends nothing.
    parser.bracketDepth = 1
    parser.nesting = nesting
    let tree = read(&parser)
    if !parser.isPanicking, parser.index < parser.tokens.count - 1 { parser.complainAboutTail() }
    if parser.height + valueDepth > Parser.heightLimit {
      parser.findings.add(.nestedTooDeeply(SourceRange(piece, 0, piece.bytes.count), limit: Parser.heightLimit))
    }
    if let comma = comma(endingTooSoon: scalar, parser) {
      report(.textCutShort(scalar.range, comma: comma))
      isCutShort = true
    } else {
      for finding in parser.findings.all { report(finding.moved(by: relocation)) }
    }
    innerComments += parser.comments.moved(by: relocation)
    return tree.moved(by: relocation)
  }

  /// The comma at which YAML ended a text in its own brackets, `{x: !expr f(a, b)}`, though the text has brackets open; nil elsewhere.
  private func comma(endingTooSoon scalar: YAMLScalar, _ parser: Parser) -> SourceRange? {
    guard scalar.style == .plain, parser.findings.all.contains(where: { $0.name == SyntaxComplaint.unclosedBracket.rawValue })
    else {
      return nil
    }
    let next = source.bytes[scalar.range.end...].firstIndex { !isBlank($0) && !isLineEnd($0) }
    guard let next, source.bytes[next] == UInt8(ascii: ",") else { return nil }
    return SourceRange(source, next, next + 1)
  }

  /// Reads a node whose text is an expression: that of `if`, `expect`, `fit`. A list, a mapping or a tagged value is what it is
  /// elsewhere; so are `true`, `false` and `null`, which a script spells otherwise.
  mutating func readExpression(_ node: YAMLNode, after word: String) -> Expression {
    guard let scalar = node.plainText else { return readValue(node) }
    if scalar.style == .plain, !scalar.text.isEmpty {
      switch CoreScalar(scalar.text) {
      case .null, .bool: return readValue(node)
      default: break
      }
    }
    return readExpression(scalar, after: word)
  }

  /// Reads a scalar whose text is an expression; `a, b` is a tuple.
  mutating func readExpression(_ scalar: YAMLScalar, after word: String, before: String = "") -> Expression {
    if before.isEmpty, isName(scalar.text) { return Expression(.name(scalar.text), scalar.range) }
    guard hasText(scalar, after: word) else { return Expression(.missing, scalar.range) }
    let wasCutShort = isCutShort
    isCutShort = false
    defer { isCutShort = isCutShort || wasCutShort }
    let expression = readText(of: scalar, before: before) { parser in parser.parseExpressions(after: word) }
    return isCutShort ? Expression(.missing, scalar.range) : expression
  }

  /// Reads a model: a name, and what may follow one.
  mutating func readReference(_ node: YAMLNode, after word: String) -> Expression {
    guard let scalar = textScalar(node, for: "`\(word)`", wanted: "a model's name") else {
      return Expression(.missing, node.range)
    }
    if isName(scalar.text) { return Expression(.name(scalar.text), scalar.range) }
    guard hasText(scalar, after: word) else { return Expression(.missing, scalar.range) }
    return readText(of: scalar) { parser in parser.parseReference(after: word) }
  }

  /// Reads what `for` binds in each round.
  mutating func readLoopTargets(_ node: YAMLNode) -> Expression {
    guard let scalar = textScalar(node, for: "`for`", wanted: "a name"), hasText(scalar, after: "for") else {
      return Expression(.missing, node.range)
    }
    return readText(of: scalar) { parser in parser.parseLoopTargets() }
  }

  /// What stands left of a value: names and places, or one of them with an operator, `count +=`.
  enum Binding: Relocatable {
    case targets([Expression])
    case augmented(Expression, BinaryOperator)

    func moved(by relocation: Relocation) -> Binding {
      switch self {
      case .targets(let targets): .targets(targets.moved(by: relocation))
      case .augmented(let target, let op): .augmented(target.moved(by: relocation), op)
      }
    }
  }

  mutating func readTargets(_ node: YAMLNode, after word: String) -> Binding {
    guard let scalar = textScalar(node, for: "`\(word)`", wanted: "a name"), hasText(scalar, after: word) else {
      return .targets([Expression(.missing, node.range)])
    }
    if isName(scalar.text) { return .targets([Expression(.name(scalar.text), scalar.range)]) }
    return readText(of: scalar) { parser in parser.parseBinding(after: word) }
  }

  /// A function's name and parameters, and its value where that follows a `=`.
  struct FunctionText: Relocatable {
    var name: Name
    var parameters: [Parameter]
    var value: Expression?

    func moved(by relocation: Relocation) -> FunctionText {
      FunctionText(
        name: name.moved(by: relocation), parameters: parameters.moved(by: relocation), value: value.moved(by: relocation))
    }
  }

  /// Reads `f(x) = x + 1`, or `f(x)` alone.
  mutating func readFunction(_ node: YAMLNode) -> FunctionText {
    let hole = FunctionText(name: Name("", node.range), parameters: [], value: nil)
    guard let scalar = textScalar(node, for: "`def`", wanted: "`name(parameters)`"), hasText(scalar, after: "def") else {
      return hole
    }
    return readText(of: scalar, before: "def ") { parser in
      let (name, parameters) = parser.parseFunctionHeader()
      let value = !parser.isPanicking && parser.take(.equal) ? parser.parseExpressions(after: "=") : nil
      return FunctionText(name: name, parameters: parameters, value: value)
    }
  }

  /// Reads `epoch_end(epoch, logs)`; without parentheses it has no parameters.
  mutating func readHookHeader(_ node: YAMLNode) -> FunctionText {
    let hole = FunctionText(name: Name("", node.range), parameters: [], value: nil)
    guard let scalar = textScalar(node, for: "`on`", wanted: "a hook"), hasText(scalar, after: "on") else { return hole }
    return readText(of: scalar) { parser in
      let name = parser.parseName("a hook", after: "on") ?? Name("", parser.currentRange)
      let hasParameters = !parser.isPanicking && parser.kind == .leftParenthesis
      return FunctionText(
        name: name, parameters: hasParameters ? parser.parseParenthesizedParameters(allowsRest: true) : [], value: nil)
    }
  }

  /// Reads `width, depth=3`.
  mutating func readParameters(_ scalar: YAMLScalar) -> [Parameter] {
    readText(of: scalar, before: "(", behind: ")") { parser in parser.parseParenthesizedParameters(allowsRest: false) }
  }

  /// Reads a name alone.
  mutating func readName(_ node: YAMLNode, of what: String) -> Name {
    guard let scalar = textScalar(node, for: what, wanted: "a name") else { return Name("", node.range) }
    if isName(scalar.text) { return Name(scalar.text, scalar.range) }
    guard beginsName(scalar, of: what) else { return Name("", node.range) }
    return readText(of: scalar) { parser in parser.parseName(what, after: what) ?? Name("", parser.currentRange) }
  }

  /// Whether a name, or a word that is none, begins a text; else that is reported.
  mutating func beginsName(_ scalar: YAMLScalar, of what: String) -> Bool {
    if let first = scalar.text.unicodeScalars.first, first == "_" || first.properties.isXIDStart { return true }
    report(.noName(scalar.range, of: what, found: scalar.text))
    return false
  }

  /// What `import` or `from` gives.
  enum ImportText: Relocatable {
    case modules([ImportedName])
    case names(Name, [ImportedName])

    func moved(by relocation: Relocation) -> ImportText {
      switch self {
      case .modules(let names): .modules(names.moved(by: relocation))
      case .names(let module, let names): .names(module.moved(by: relocation), names.moved(by: relocation))
      }
    }
  }

  /// Reads what follows `import` or `from` in Python.
  mutating func readImport(_ node: YAMLNode, after word: String) -> Statement.Kind {
    guard let scalar = textScalar(node, for: "`\(word)`", wanted: "a module's name"), hasText(scalar, after: word) else {
      return .unreadable
    }
    let text = readText(of: scalar, before: word + " ") { parser -> ImportText in
      switch word == "import" ? parser.parseImport() : parser.parseFrom() {
      case .importFrom(let module, let names): .names(module, names)
      case .importModules(let names): .modules(names)
      default: .modules([])
      }
    }
    switch text {
    case .modules(let names): return .importModules(names)
    case .names(let module, let names): return .importFrom(module: module, names: names)
    }
  }

  // MARK: scalars

  /// The scalar of a node that has to be text; nil, with a finding, if it is something else.
  mutating func textScalar(_ node: YAMLNode, for what: String, wanted: String) -> YAMLScalar? {
    if let scalar = node.plainText { return scalar }
    if case .scalar(let scalar) = node.content, node.tag?.name == "expr" || node.tag?.name == "str" { return scalar }
    report(.wrongNode(node.range, wanted: wanted, for: what, found: node.noun))
    return nil
  }

  private mutating func hasText(_ scalar: YAMLScalar, after word: String) -> Bool {
    if scalar.text.utf8.contains(where: { !isBlank($0) && !isLineEnd($0) }) { return true }
    report(.missingText(scalar.range, after: word))
    return false
  }

  /// Whether a text is a plain ASCII name; other names are the parser's to know.
  func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !isDigit(first), text.utf8.allSatisfy(isNameByte) else { return false }
    return !reservedWords.contains(text)
  }
}

extension Parser {
  /// `targets { "=" targets }`, or a place and an operator such as `+=`.
  mutating func parseBinding(after word: String) -> YAMLReader.Binding {
    var targets: [Expression] = []
    repeat {
      let target = parseExpressions(after: targets.isEmpty ? word : "=")
      if targets.isEmpty, let op = kind.augmentedOperator, !isPanicking {
        checkAugmentedTarget(target, kind.rawValue)
        advance()
        return .augmented(target, op)
      }
      checkTarget(target)
      targets.append(target)
    } while !isPanicking && take(.equal)
    return .targets(targets)
  }

  /// Reports what is left of a text that should have ended.
  mutating func complainAboutTail() {
    let found = clipped(text(current))
    if kind == .equal {
      complain(.equalsInText(currentRange))
    } else {
      complain(.unexpectedText(currentRange, found, after: lastText))
    }
  }
}
