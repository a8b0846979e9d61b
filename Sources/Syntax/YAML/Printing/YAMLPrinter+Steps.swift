import Diagnostics

/// Steps that bind names and follow each other with nothing between: one `let`, or one `set`, of them all.
private struct Bindings {
  private var whole: YAMLForm.Part
  private let word: String
  private var entries: [YAMLForm.Part]
  private var keys: Set<String>

  /// Begins with a step; nil if that binds nothing.
  init?(_ part: YAMLForm.Part) {
    guard let (word, entry, key) = Self.binding(part) else { return nil }
    whole = part
    self.word = word
    entries = [entry]
    keys = [key]
  }

  /// Takes a step that can be joined to those before; false for one that cannot.
  mutating func take(_ part: YAMLForm.Part) -> Bool {
    guard !part.hasGap, part.comments.isEmpty, let (word, added, key) = Self.binding(part), word == self.word,
      keys.insert(key).inserted
    else { return false }
    if entries.count == 1 {
      entries[0].comment = whole.comment
      whole.comment = nil
    }
    entries.append(added)
    entries[entries.count - 1].comment = part.comment
    return true
  }

  /// The one step.
  var part: YAMLForm.Part {
    var part = whole
    if entries.count > 1 { part.value = .block([YAMLForm.Part(word, .mapping(entries))]) }
    return part
  }

  private static func binding(_ part: YAMLForm.Part) -> (word: String, entry: YAMLForm.Part, key: String)? {
    guard case .mapping(let parts) = part.value.content, parts.count == 1, let word = text(parts[0].key),
      word == "let" || word == "set", case .mapping(let entries) = parts[0].value.content, let key = text(entries.first?.key)
    else { return nil }
    return (word, entries[0], key)
  }

  private static func text(_ form: YAMLForm?) -> String? {
    if case .code(let text)? = form?.content { text } else { nil }
  }
}

/// Statements as steps.
extension YAMLPrinter {
  /// A list of steps, cells among them where they begin one.
  mutating func steps(
    _ statements: [Statement], trailing: [Comment], in place: Place, after end: SourceRange? = nil
  ) -> YAMLForm {
    var parts: [YAMLForm.Part] = []
    var previous = end
    var wantsGap = false
    var bindings: Bindings?
    for statement in statements {
      var statement = statement
      let cells = takeCells(from: &statement.leadingComments, after: previous)
      if !cells.isEmpty {
        parts += bindings.map { [$0.part] } ?? []
        parts += cells
        bindings = nil
        previous = nil
      }
      let isSection = isLong(statement) && place.kind == .script
      let isFirst = parts.isEmpty && bindings == nil
      var part = withComments(
        of: statement, after: previous, isSection: (isSection || wantsGap) && !isFirst && cells.isEmpty
      ) { printer in
        YAMLForm.Part(nil, printer.step(statement, in: place))
      }
      previous = statement.range
      wantsGap = isSection
      if parts.isEmpty, bindings == nil, end == nil { part.hasGap = false }
      if bindings?.take(part) ?? false { continue }
      parts += bindings.map { [$0.part] } ?? []
      bindings = Bindings(part)
      if bindings == nil { parts.append(part) }
    }
    parts += bindings.map { [$0.part] } ?? []
    var trailing = trailing
    let cells = takeCells(from: &trailing, after: previous)
    var list = YAMLForm.list(parts + cells)
    list.closing = lines(trailing, after: cells.isEmpty ? previous : nil)
    return list
  }

  /// The cells that comments begin, as steps; what is left belongs to the statement that follows.
  private func takeCells(from comments: inout [Comment], after end: SourceRange?) -> [YAMLForm.Part] {
    var parts: [YAMLForm.Part] = []
    var plain: [Comment] = []
    var rest = comments[...]
    while let comment = rest.popFirst() {
      guard let cell = comment.cell else {
        plain.append(comment)
        continue
      }
      var entries: [YAMLForm.Part]
      switch cell {
      case .code(let title): entries = [YAMLForm.Part("cell", title.isEmpty ? .literal("") : .text(title))]
      case .markdown(let title):
        // From `.train` all comments up to the next cell; from YAML those that were made of the cell's text.
        let isWritten = comment.range.source.bytes[comment.range.start...].first == UInt8(ascii: "#")
        let text = rest.prefix { $0.cell == nil && (isWritten || $0.range == comment.range) }
        rest = rest.dropFirst(text.count)
        entries = [YAMLForm.Part("markdown", markdown(text))]
        if !title.isEmpty { entries.append(YAMLForm.Part("title", .text(title))) }
      }
      var part = YAMLForm.Part(nil, .block(entries))
      part.comments = lines(plain, after: parts.isEmpty ? end : nil)
      plain = []
      let isFirst = parts.isEmpty && end == nil
      if part.comments.isEmpty { part.hasGap = !isFirst } else if !isFirst { part.comments[0].hasGap = true }
      parts.append(part)
    }
    comments = plain
    return parts
  }

  private func markdown(_ comments: ArraySlice<Comment>) -> YAMLForm {
    var lines = comments.map { comment in
      let text = comment.text.dropFirst()
      return String(text.first == " " ? text.dropFirst() : text)
    }
    while lines.last?.isEmpty ?? false { lines.removeLast() }
    let isPlain = lines.allSatisfy { $0.unicodeScalars.allSatisfy(YAMLQuoting.isPrintable) && $0.last != " " }
    guard let first = lines.first, isPlain, !first.isEmpty, first.first != " " else {
      return .text(lines.joined(separator: "\n"))
    }
    return YAMLForm(.lines(lines))
  }

  // MARK: one step

  private mutating func step(_ statement: Statement, in place: Place) -> YAMLForm {
    switch statement.kind {
    case .assign(let targets, .expression(let value)):
      let isName = targets.allSatisfy(\.isNames)
      return binding(isName ? "let" : "set", targetText(targets), value)
    case .augmentedAssign(let target, let op, let value):
      return binding("set", targetText([target]) + " \(op.rawValue)=", value)
    case .assign(let targets, .run(let run)): return self.run(run, as: targets)
    case .run(let run): return self.run(run, as: [])
    case .expression(let expression): return expressionStep(expression, in: place)
    case .model(let name, let parameters, let body):
      return .block([YAMLForm.Part("model", .code(name.text))] + modelParts(parameters, body))
    case .callback(let name, let parameters, let body):
      return .block([YAMLForm.Part("callback", .code(name.text))] + callbackParts(parameters, body))
    case .compile(let model?, let settings):
      return .block([YAMLForm.Part("compile", code(model))] + settingParts(settings, besides: ["settings", "compile"]))
    case .compile(nil, let settings): return .block([YAMLForm.Part("compile", self.settings(settings))])
    case .hook(let name, let parameters, let body):
      return .block([YAMLForm.Part("on", .code(header(name, parameters))), doPart(body, in: Place(.hook))])
    case .functionExpression(let name, let parameters, let value):
      return .block([
        YAMLForm.Part("def", .code(header(name, parameters) + " = " + ExpressionPrinter(comments: []).flatBare(value)))
      ])
    case .functionBlock(let name, let parameters, let body):
      return .block([YAMLForm.Part("def", .code(header(name, parameters))), doPart(body, in: Place(.function))])
    case .save(let model, let path): return .block([YAMLForm.Part("save", code(model)), YAMLForm.Part("to", self.path(path))])
    case .expect(let condition, let message):
      let parts = [YAMLForm.Part("expect", code(condition))]
      return .block(parts + (message.map { [YAMLForm.Part("message", value($0))] } ?? []))
    case .conditional(let branches, let otherwise): return conditional(branches, otherwise, in: place.inside(loop: false))
    case .loop(let target, let iterable, let body):
      return .block([
        YAMLForm.Part("for", code(target)), YAMLForm.Part("in", loopValues(iterable)), doPart(body, in: place.inside(loop: true)),
      ])
    case .break: return .code("break")
    case .continue: return .code("continue")
    case .pass: return .code("pass")
    case .return(nil): return .code("return")
    case .return(let value?): return .block([YAMLForm.Part("return", code(value))])
    case .raise(let value): return .block([YAMLForm.Part("raise", code(value))])
    case .settings(let block): return .block([YAMLForm.Part("settings", settings(block))])
    case .callbacks(let block): return .block(callbackParts(nil, block))
    case .include(let path): return .block([YAMLForm.Part("include", self.path(path))])
    case .importModules(let names): return .block([YAMLForm.Part("import", .code(list(names)))])
    case .importFrom(let module, let names):
      return .block([YAMLForm.Part("from", .code("\(module.text) import \(list(names))"))])
    case .unreadable:
      let bytes = statement.range.source.bytes[statement.range.start..<statement.range.end]
      return .block([YAMLForm.Part("expr", .code(String(decoding: bytes, as: UTF8.self)))])
    }
  }

  private func list(_ names: [ImportedName]) -> String {
    names.map { $0.name.text + ($0.alias.map { " as \($0.text)" } ?? "") }.joined(separator: ", ")
  }

  private mutating func binding(_ word: String, _ target: String, _ value: Expression) -> YAMLForm {
    .block([YAMLForm.Part(word, .mapping([YAMLForm.Part(target, self.value(value))]))])
  }

  private func targetText(_ targets: [Expression]) -> String {
    targets.map { ExpressionPrinter(comments: []).flatBare($0) }.joined(separator: " = ")
  }

  private func header(_ name: Name, _ parameters: [Parameter]) -> String {
    "\(name.text)(\(ExpressionPrinter(comments: []).flat(parameters)))"
  }

  /// A call in its own words where that reads well; else `expr`.
  private mutating func expressionStep(_ expression: Expression, in place: Place) -> YAMLForm {
    let isHome = place.kind == .model || place.kind == .callbacks
    guard let call = nativeCall(expression), isHome || call.values.allSatisfy({ isSimple($0) }) else {
      return .block([YAMLForm.Part("expr", code(expression))])
    }
    if !call.values.isEmpty, YAMLReader.isStepWord(call.name) { return .block([YAMLForm.Part("expr", code(expression))]) }
    return callOrExpression(expression)
  }

  private func isSimple(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .none, .bool, .integer, .float, .string, .name, .lambda: true
    case .unary(.minus, let operand): isSimple(operand)
    case .list(let elements), .tuple(let elements): elements.allSatisfy { isSimple($0) }
    default: false
    }
  }

  /// What a loop goes over: numbers and strings in a list, or an expression.
  private mutating func loopValues(_ iterable: Expression) -> YAMLForm {
    if case .list = iterable.kind { value(iterable) } else { code(iterable) }
  }

  mutating func doPart(_ body: Block, in place: Place) -> YAMLForm.Part { YAMLForm.Part("do", block(body, in: place)) }

  mutating func block(_ body: Block, in place: Place) -> YAMLForm {
    steps(body.statements, trailing: body.trailingComments, in: place)
  }

  private mutating func conditional(_ branches: [Statement.Branch], _ otherwise: Block?, in inside: Place) -> YAMLForm {
    var forms = branches.map { branch in
      [YAMLForm.Part("if", code(branch.condition)), YAMLForm.Part("then", block(branch.body, in: inside))]
    }
    var parts = forms.removeFirst()
    if !forms.isEmpty { parts.append(YAMLForm.Part("elif", .list(forms.map { YAMLForm.Part(nil, .block($0)) }))) }
    if let otherwise { parts.append(YAMLForm.Part("else", block(otherwise, in: inside))) }
    return .block(parts)
  }
}

extension Expression {
  /// Whether it is a name, or a tuple of names.
  fileprivate var isNames: Bool {
    switch kind {
    case .name: true
    case .tuple(let elements): elements.allSatisfy(\.isNames)
    case .starred(let value): value.isNames
    default: false
    }
  }
}
