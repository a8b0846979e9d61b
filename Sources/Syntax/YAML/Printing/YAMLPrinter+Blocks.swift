import Diagnostics

/// Models, callbacks and settings.
extension YAMLPrinter {
  /// What stands beside a model's name.
  mutating func modelParts(_ parameters: [Parameter]?, _ body: Block) -> [YAMLForm.Part] {
    var parts = parameterPart(parameters)
    var statements = body.statements
    var compile: Statement?
    if let last = statements.last, case .compile(nil, _) = last.kind { compile = statements.removeLast() }
    if !statements.isEmpty || compile == nil || !body.trailingComments.isEmpty {
      parts.append(YAMLForm.Part("layers", steps(statements, trailing: body.trailingComments, in: Place(.model))))
    }
    if let compile, case .compile(nil, let settings) = compile.kind {
      parts.append(
        withComments(of: compile, after: statements.last?.range) { YAMLForm.Part("compile", $0.settings(settings)) })
      parts[parts.count - 1].hasGap = false
    }
    return parts
  }

  /// What stands beside a callback's name: its state, then its hooks, or where they are mixed all as steps.
  mutating func callbackParts(_ parameters: [Parameter]?, _ body: Block) -> [YAMLForm.Part] {
    var parts = parameterPart(parameters)
    let statements = body.statements
    let stateCount = statements.prefix { isState($0) }.count
    let (state, hooks) = (statements.prefix(stateCount), statements.dropFirst(stateCount))
    let names = state.map { stateName($0) } + hooks.map { hookHeader($0) ?? "" }
    guard !statements.isEmpty, hooks.allSatisfy({ hookHeader($0) != nil }), Set(names).count == names.count else {
      parts.append(YAMLForm.Part("do", steps(statements, trailing: body.trailingComments, in: Place(.callbacks))))
      return parts
    }
    if !state.isEmpty {
      parts.append(
        YAMLForm.Part(
          "state",
          entries(Array(state)) { printer, statement in
            guard case .assign(_, .expression(let value)) = statement.kind else { return .literal("null") }
            return printer.value(value)
          }))
    }
    if !hooks.isEmpty {
      var form = entries(Array(hooks), after: state.last?.range) { printer, statement in
        guard case .hook(_, _, let body) = statement.kind else { return .literal("null") }
        return printer.block(body, in: Place(.hook))
      }
      form.isOpen = true
      parts.append(YAMLForm.Part("on", form))
    }
    if case .mapping = parts[parts.count - 1].value.content {
      parts[parts.count - 1].value.closing = lines(body.trailingComments, after: statements.last?.range)
    }
    return parts
  }

  private mutating func entries(
    _ statements: [Statement], after end: SourceRange? = nil, _ value: (inout YAMLPrinter, Statement) -> YAMLForm
  ) -> YAMLForm {
    var parts: [YAMLForm.Part] = []
    var previous = end
    for statement in statements {
      let key = hookHeader(statement) ?? stateName(statement)
      var part = withComments(of: statement, after: previous) { YAMLForm.Part(key, value(&$0, statement)) }
      if parts.isEmpty { part.hasGap = false }
      parts.append(part)
      previous = statement.range
    }
    return .mapping(parts)
  }

  private func isState(_ statement: Statement) -> Bool {
    guard case .assign(let targets, .expression) = statement.kind, targets.count == 1, case .name = targets[0].kind else {
      return false
    }
    return true
  }

  private func stateName(_ statement: Statement) -> String {
    if case .assign(let targets, _) = statement.kind, case .name(let name) = targets[0].kind { name } else { "" }
  }

  private func hookHeader(_ statement: Statement) -> String? {
    guard case .hook(let name, let parameters, _) = statement.kind else { return nil }
    return "\(name.text)(\(ExpressionPrinter(comments: []).flat(parameters)))"
  }

  /// A mapping where every parameter has a default; else a list, the names without one alone.
  private mutating func parameterPart(_ parameters: [Parameter]?) -> [YAMLForm.Part] {
    guard let parameters else { return [] }
    func entry(_ parameter: Parameter, _ value: Expression) -> YAMLForm.Part {
      part(.code(parameter.name.text), at: parameter.name.range.through(value.range)) { $0.value(value) }
    }
    if parameters.allSatisfy({ $0.defaultValue != nil }) {
      return [YAMLForm.Part("params", .mapping(parameters.compactMap { p in p.defaultValue.map { entry(p, $0) } }))]
    }
    let items = parameters.map { parameter in
      YAMLForm.Part(nil, parameter.defaultValue.map { .mapping([entry(parameter, $0)]) } ?? .code(parameter.name.text))
    }
    return [YAMLForm.Part("params", YAMLForm(.sequence(items)))]
  }

  // MARK: settings

  /// `fit`, `evaluate` or `predict` with its settings beside it, and the name of what it gives.
  mutating func run(_ run: Run, as targets: [Expression]) -> YAMLForm {
    var parts = [YAMLForm.Part(run.verb.rawValue, code(run.model)), YAMLForm.Part("on", code(run.data))]
    if let settings = run.settings {
      let besides: Set<String> = ["on", "as", "settings", run.verb.rawValue]
      parts += settings.statements.isEmpty ? [YAMLForm.Part("settings", .mapping([]))] : settingParts(settings, besides: besides)
    }
    if !targets.isEmpty {
      let text = targets.map { ExpressionPrinter(comments: []).flatBare($0) }.joined(separator: " = ")
      parts.append(YAMLForm.Part("as", .code(text)))
    }
    return .block(parts)
  }

  /// Settings as entries beside a step's own; those in a mapping of their own that one of these, or another setting, is named like.
  mutating func settingParts(_ block: Block, besides reserved: Set<String>) -> [YAMLForm.Part] {
    let parts = settingEntries(block)
    let names = parts.map(\.name)
    let isClear =
      Set(names).count == names.count && reserved.isDisjoint(with: names) && !names.contains { YAMLReader.isStepWord($0) }
      && block.trailingComments.isEmpty
    return isClear ? parts.map(\.part) : [YAMLForm.Part("settings", settings(parts, block))]
  }

  /// Settings as a mapping, or, where a name stands twice, a list of mappings.
  mutating func settings(_ block: Block) -> YAMLForm { settings(settingEntries(block), block) }

  private func settings(_ entries: [(name: String, part: YAMLForm.Part)], _ block: Block) -> YAMLForm {
    let isUnique = Set(entries.map(\.name)).count == entries.count
    var form =
      isUnique
      ? YAMLForm.mapping(entries.map(\.part)) : .list(entries.map { YAMLForm.Part(nil, .mapping([$0.part])) })
    form.closing = lines(block.trailingComments, after: block.statements.last?.range)
    return form
  }

  private mutating func settingEntries(_ block: Block) -> [(name: String, part: YAMLForm.Part)] {
    var entries: [(name: String, part: YAMLForm.Part)] = []
    for statement in block.statements {
      var name = "callbacks"
      var part = withComments(of: statement, after: nil) { printer in
        switch statement.kind {
        case .callbacks(let body):
          return YAMLForm.Part("callbacks", body.statements.isEmpty ? .mapping([]) : .block(printer.callbackParts(nil, body)))
        case .assign(let targets, .expression(let value)):
          if case .name(let target) = targets[0].kind { name = target }
          return YAMLForm.Part(name, printer.namedValue(name, value))
        default: return YAMLForm.Part("callbacks", .literal("null"))
        }
      }
      part.hasGap = false
      entries.append((name, part))
    }
    return entries
  }
}
