import Diagnostics

/// The steps that are made of others, and those with settings.
extension YAMLReader {
  /// Reads what stands beside `model: NAME`, or below `NAME:` in `models`.
  mutating func readModel(_ name: YAMLNode, _ entries: [YAMLEntry], _ range: SourceRange) -> Statement.Kind {
    let name = readName(name, of: "`model`")
    var parameters: [Parameter]?
    var body = Block(statements: [], range: range)
    for entry in entries {
      switch entry.key.plainText?.text {
      case "params": parameters = readParameters(entry.value, of: "a model")
      case "layers":
        body.statements += readStatements(entry.value, of: "`layers`", in: Place(.model))
        body.trailingComments = commentsBelow(entry)
      case "compile":
        body.statements.append(
          statement(entry.range) { reader in
            .compile(model: nil, settings: reader.readSettings(entry, allowsCallbacks: false))
          })
      case let key:
        report(.unknownKey(entry.key.range, key, in: "a model", known: ["params", "layers", "compile"]))
        body.statements.append(Statement(.unreadable, entry.range))
      }
    }
    return .model(name: name, parameters: parameters, body: body)
  }

  /// Reads what stands beside `callback: NAME`, or below `NAME:` in `callbacks`.
  mutating func readCallback(_ name: YAMLNode, _ entries: [YAMLEntry], _ range: SourceRange) -> Statement.Kind {
    let name = readName(name, of: "`callback`")
    var parameters: [Parameter]?
    var rest = entries
    if let index = entries.firstIndex(where: { $0.key.plainText?.text == "params" }) {
      parameters = readParameters(entries[index].value, of: "a callback")
      rest.remove(at: index)
    }
    return .callback(name: name, parameters: parameters, body: readCallbackBody(rest, range, in: Place(.callback)))
  }

  /// Reads `state`, `on` and `do` in their order.
  private mutating func readCallbackBody(_ entries: [YAMLEntry], _ range: SourceRange, in place: Place) -> Block {
    var body = Block(statements: [], range: range)
    for entry in entries {
      switch entry.key.plainText?.text {
      case "state":
        for state in self.entries(of: entry.value, in: "`state`") {
          readBinding(state, into: &body.statements) { reader in reader.readValue(state.value) }
        }
        body.trailingComments = commentsBelow(entry)
      case "on":
        for hook in self.entries(of: entry.value, in: "`on`") {
          body.statements.append(statement(hook.range) { reader in reader.readHook(hook.key, hook, hook.range) })
        }
        body.trailingComments = commentsBelow(entry)
      case "do":
        body.statements += readStatements(entry.value, of: "`do`", in: place)
        body.trailingComments = commentsBelow(entry)
      case let key:
        let known = place.kind == .callback ? ["params", "state", "on", "do"] : ["state", "on", "do"]
        report(.unknownKey(entry.key.range, key, in: place.kind.rawValue, known: known))
      }
    }
    return body
  }

  /// Reads a hook from its header and the entry that holds its steps.
  mutating func readHook(_ header: YAMLNode, _ steps: YAMLEntry?, _ range: SourceRange) -> Statement.Kind {
    let text = readHookHeader(header)
    let body = steps.map { readBlock($0, in: Place(.hook)) } ?? hole(range)
    return .hook(name: text.name, parameters: text.parameters, body: body)
  }

  /// Reads the parameters of a model or a callback: a mapping to their defaults, a list of names and such mappings, or text.
  private mutating func readParameters(_ node: YAMLNode, of what: String) -> [Parameter] {
    if let scalar = node.plainText { return readParameters(scalar) }
    var parameters: [Parameter] = []
    for item in items(node) {
      if item.tag == nil, case .mapping(let entries) = item.content {
        for entry in entries {
          parameters.append(Parameter(name: readName(entry.key, of: "a parameter"), defaultValue: readValue(entry.value)))
        }
      } else {
        parameters.append(Parameter(name: readName(item, of: "a parameter"), defaultValue: nil))
      }
    }
    checkOrder(of: parameters)
    return parameters
  }

  /// No parameter twice, and none without a default behind one with.
  private mutating func checkOrder(of parameters: [Parameter]) {
    var order = Parser.ParameterOrder(allowsRest: false)
    for parameter in parameters where !parameter.name.text.isEmpty { if let finding = order.check(parameter) { report(finding) } }
  }

  /// `def: "f(x) = x + 1"`, or `def: f(x)` with `do`.
  mutating func readDefinition(_ step: Step, _ range: SourceRange) -> Statement.Kind {
    let errorCount = findings.all.count
    let text = readFunction(step.head.value)
    if let value = text.value {
      if let entry = step["do"] { report(.unknownKey(entry.key.range, "do", in: "`def` with `=`", known: [])) }
      return .functionExpression(name: text.name, parameters: text.parameters, value: value)
    }
    let steps = findings.all.count == errorCount ? need("do", step) : step["do"]
    let body = steps.map { readBlock($0, in: Place(.function)) } ?? hole(range)
    return .functionBlock(name: text.name, parameters: text.parameters, body: body)
  }

  mutating func readConditional(_ step: Step, _ range: SourceRange, in place: Place) -> Statement.Kind {
    let inside = place.inside(loop: false)
    var branches = [readBranch(step, range, inside)]
    if let entry = step["elif"] {
      for item in items(entry.value) {
        guard item.tag == nil, case .mapping(let entries) = item.content, let branch = Step(entries), branch.word == "if" else {
          report(.wrongNode(item.range, wanted: "a mapping with `if` and `then`", for: "`elif`", found: item.noun))
          continue
        }
        branch.checkKeys(["then"], &self)
        branches.append(readBranch(branch, item.range, inside))
      }
    }
    return .conditional(branches: branches, otherwise: step["else"].map { readBlock($0, in: inside) })
  }

  private mutating func readBranch(_ step: Step, _ range: SourceRange, _ inside: Place) -> Statement.Branch {
    let condition = readExpression(step.head.value, after: "if")
    return Statement.Branch(condition: condition, body: need("then", step).map { readBlock($0, in: inside) } ?? hole(range))
  }

  // MARK: settings

  /// `fit: MODEL`, `on: DATA`, `as: NAME`; what else there is are settings.
  mutating func readRun(_ step: Step, _ range: SourceRange) -> Statement.Kind {
    guard let verb = Run.Verb(rawValue: step.word) else { preconditionFailure("`\(step.word)` is a verb") }
    let model = readReference(step.head.value, after: step.word)
    var data = Expression(.missing, step.head.range)
    var targets: [Expression] = []
    var settings: [Statement] = []
    var settingRange: SourceRange?
    var settingComments: [Comment] = []
    _ = need("on", step)
    for entry in step.others {
      switch entry.key.plainText?.text {
      case "on": data = readExpression(entry.value, after: "on")
      case "as": targets = readResultTargets(entry.value)
      case let key:
        settingRange = settingRange?.through(entry.range) ?? entry.range
        if key == "settings" {
          let block = readSettings(entry, allowsCallbacks: true)
          settings += block.statements
          settingComments = block.trailingComments
        } else {
          settings.append(readSetting(entry, allowsCallbacks: true))
        }
        continue
      }
      if let comment = comments.take(onLineOf: max(entry.range.start, entry.range.end - 1)) { innerComments.append(comment) }
    }
    let block = settingRange.map { Block(statements: settings, range: $0, trailingComments: settingComments) }
    let run = Run(verb: verb, model: model, data: data, settings: block, range: range)
    return targets.isEmpty ? .run(run) : .assign(targets: targets, value: .run(run))
  }

  private mutating func readResultTargets(_ node: YAMLNode) -> [Expression] {
    switch readTargets(node, after: "as") {
    case .targets(let targets): return targets
    case .augmented(let target, _):
      report(.wrongNode(node.range, wanted: "a name", for: "`as`", found: "an operator"))
      return [target]
    }
  }

  /// `compile: MODEL` with its settings beside it, or in a model `compile: {…}`.
  mutating func readCompile(_ step: Step, _ range: SourceRange, in place: Place) -> Statement.Kind {
    let isInModel = place.kind == .model
    if case .scalar = step.head.value.content, !step.head.value.isEmpty {
      if isInModel { report(.compileWithModel(step.head.value.range)) }
      let model = readReference(step.head.value, after: "compile")
      var block = Block(statements: [], range: range)
      for entry in step.others {
        if entry.key.plainText?.text == "settings" {
          let settings = readSettings(entry, allowsCallbacks: false)
          block.statements += settings.statements
          block.trailingComments = settings.trailingComments
        } else {
          block.statements.append(readSetting(entry, allowsCallbacks: false))
        }
      }
      return .compile(model: model, settings: block)
    }
    step.checkKeys([], &self)
    if !isInModel { report(.compileWithoutName(step.head.key.range)) }
    return .compile(model: nil, settings: readSettings(step.head, allowsCallbacks: false))
  }

  /// Reads the settings below a key.
  mutating func readSettings(_ entry: YAMLEntry, allowsCallbacks: Bool) -> Block {
    let settings = entries(of: entry.value, in: "`\(entry.key.plainText?.text ?? "")`")
    let statements = settings.map { readSetting($0, allowsCallbacks: allowsCallbacks) }
    return Block(statements: statements, range: entry.value.range, trailingComments: commentsBelow(entry))
  }

  private mutating func readSetting(_ entry: YAMLEntry, allowsCallbacks: Bool) -> Statement {
    statement(entry.range) { reader in
      let name = reader.readName(entry.key, of: "a setting")
      if allowsCallbacks, name.text == "callbacks", entry.value.tag == nil, case .mapping(let entries) = entry.value.content {
        return .callbacks(reader.readCallbackBody(entries, entry.value.range, in: Place(.callbacks)))
      }
      let value = reader.readNamedValue(name.text, entry.value)
      return .assign(targets: [Expression(.name(name.text), name.range)], value: .expression(value))
    }
  }
}
