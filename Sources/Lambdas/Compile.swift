import Diagnostics
import Syntax

/// Compiles a lambda. `expecting` is how it will be called: its parameters' types, in order.
///
/// - Returns: nil where there are errors, which are among `findings`.
package func compileLambda(
  _ parameters: [Parameter], body: Expression, expecting: FunctionType? = nil, scope: CompilationScope, name: String = "<lambda>",
  findings: inout [Finding]
) -> FunctionCode? {
  let compilation = Compilation()
  let compiler = FunctionCompiler(compilation, scope: scope, role: .lambda, name: name, place: body.range)
  let code = withStack(for: body.range) { compiler.lambda(parameters, body, expecting) }
  findings += compilation.findings
  return compilation.hasErrors ? nil : code
}

/// Compiles an expression as a function without parameters.
package func compileExpression(_ expression: Expression, scope: CompilationScope, findings: inout [Finding]) -> FunctionCode? {
  compileLambda([], body: expression, scope: scope, name: "<expression>", findings: &findings)
}

/// Compiles a `def` for use as a value: for arguments of any type, or of those of `given`, by position.
package func compileDefinition(
  _ definition: Definition, calledAs given: [FunctionType.Parameter] = [], findings: inout [Finding]
) -> FunctionCode? {
  let compilation = Compilation()
  let code = withStack(for: nil) {
    FunctionCompiler.compile(definition, FunctionCompiler.types(of: definition.parameters, calledAs: given), compilation)
  }
  findings += compilation.findings
  return compilation.hasErrors ? nil : code
}

/// Compiles the hooks of a callback together. The state's types are widened by what the hooks assign, until they stay.
///
/// The callback's parameters and the outer names come from `scope`.
package func compileHooks(
  _ hooks: [HookSource], state: [StateVariable], scope: CompilationScope, findings: inout [Finding]
) -> CallbackCode {
  let undeclared = undeclaredState(hooks, state, scope)
  for name in undeclared { findings.append(Complaint.undeclaredState(name.text).finding(at: name.range)) }
  var state = state + undeclared.map { StateVariable($0.text, .any, range: $0.range) }
  var compiled: [CompiledHook?] = hooks.map { _ in nil }
  // Types only widen; those that go on doing so are of any type in the end.
  var round = 0
  while compiled.contains(where: { $0 == nil }) {
    var widened = round < 8 ? state : state.map { StateVariable($0.name, .any, range: $0.range) }
    for (index, hook) in hooks.enumerated() where compiled[index] == nil {
      let result = CompiledHook(hook, state, scope)
      for (name, type) in result.assigned {
        if let slot = widened.firstIndex(where: { $0.name == name }) {
          widened[slot].type = widened[slot].type.joined(with: type)
        }
      }
      compiled[index] = result
    }
    // Hooks see what other hooks assign: those that use what has become wider are compiled again.
    let changed = Set(zip(state, widened).filter { $0.type != $1.type }.map(\.0.name))
    for index in compiled.indices where !(compiled[index]?.used.isDisjoint(with: changed) ?? true) { compiled[index] = nil }
    state = widened
    round += 1
  }
  findings += compiled.flatMap { $0?.findings ?? [] }
  return CallbackCode(state: state, hooks: compiled.map { undeclared.isEmpty ? $0?.code : nil })
}

/// What hooks set as `self.x` though the callback has no state `x`, nor one of a name that is near; each name once.
private func undeclaredState(_ hooks: [HookSource], _ state: [StateVariable], _ scope: CompilationScope) -> [Name] {
  var names: [Name] = []
  for name in hooks.flatMap({ $0.body.attributesOfSelf }) {
    guard scope.lookup(name.text) == nil, !(state.map(\.name) + names.map(\.text)).contains(name.text),
      Spelling.nearest(to: name.text, among: state.map(\.name)) == nil
    else { continue }
    names.append(name)
  }
  return names
}

extension Block {
  /// The `x` of assignments to `self.x` in its statements.
  fileprivate var attributesOfSelf: [Name] {
    statements.flatMap { statement -> [Name] in
      switch statement.kind {
      case .assign(let targets, _): targets.compactMap(Self.attributeOfSelf)
      case .augmentedAssign(let target, _, _): [target].compactMap(Self.attributeOfSelf)
      default: statement.kind.blocks.flatMap(\.attributesOfSelf)
      }
    }
  }

  private static func attributeOfSelf(_ target: Expression) -> Name? {
    guard case .attribute(let base, let name) = target.kind, case .name("self") = base.kind else { return nil }
    return name
  }
}

/// A hook as it was compiled for a state of these types.
private struct CompiledHook {
  /// Nil where it has a mistake.
  let code: FunctionCode?
  let findings: [Finding]
  /// The variables of the state that it assigns, with the types that they then have.
  let assigned: [String: ValueType]
  /// Those whose types the code depends on.
  let used: Set<String>

  init(_ hook: HookSource, _ state: [StateVariable], _ scope: CompilationScope) {
    let compilation = Compilation()
    let compiler = FunctionCompiler(
      compilation, scope: scope, role: .hook, name: hook.name.text, state: state, place: hook.name.range)
    let code = withStack(for: hook.body.range) { compiler.hook(hook) }
    self.code = compilation.hasErrors ? nil : code
    findings = compilation.findings
    assigned = compiler.stateAssigned
    used = compiler.effects.readState.union(compiler.effects.changedState).union(compiler.stateAssigned.keys)
  }
}

/// Evaluates an expression whose names all have known values.
///
/// - Throws: what went wrong while it ran; mistakes found before are among `findings`, and the result is then nil.
package func evaluate(
  _ expression: Expression, scope: CompilationScope, on machine: Machine, findings: inout [Finding]
) throws(RuntimeFailure) -> Value? {
  guard let code = compileExpression(expression, scope: scope, findings: &findings), code.captures.isEmpty else { return nil }
  return try machine.call(FunctionValue(code))
}

/// Runs a compilation on a deep stack where the text is long enough to be nested deeply.
private func withStack<Result>(for range: SourceRange?, _ body: () -> Result) -> Result {
  if let range, range.end - range.start < 1000 { return body() }
  return onDeepStack(body)
}

extension Compilation {
  var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

extension FunctionCompiler {
  /// A default's value where it is known when the function is compiled.
  static func evaluate(_ expression: Expression, _ scope: CompilationScope) -> Value? {
    var findings: [Finding] = []
    guard let code = compileExpression(expression, scope: scope, findings: &findings), code.captures.isEmpty,
      !code.effects.usesTime, !code.effects.usesRandomNumbers, !code.effects.prints
    else { return nil }
    return try? Machine(budget: 100_000).call(FunctionValue(code))
  }

  /// Compiles a lambda's parameters and body.
  func lambda(_ parameters: [Parameter], _ expression: Expression, _ expecting: FunctionType?) -> FunctionCode {
    let declared = parameters.filter { !$0.isMarker }
    kinds = Self.kinds(of: parameters)
    if let expecting {
      let required = declared.count { $0.kind == .plain && $0.defaultValue == nil }
      let passed = expecting.parameters.count { !$0.isOptional }
      let isTooFew = declared.count < passed && !declared.contains { $0.kind == .positionalRest }
      if required > expecting.parameters.count || isTooFew {
        report(.wrongParameterCount(found: declared.count, passed: passed, name: name), at: declared.first?.name.range ?? place)
      }
    }
    let types = Self.types(of: parameters, calledAs: expecting?.parameters ?? [])
    declareParameters(declared, types)
    let defaults = makeDefaults(declared)
    emitReturn(compile(expression))
    return finish(declared, types, defaults)
  }

  /// Compiles a hook's parameters and body; what it returns counts for nothing.
  func hook(_ hook: HookSource) -> FunctionCode {
    let declared = hook.parameters.filter { !$0.isMarker }
    kinds = Self.kinds(of: hook.parameters)
    let plain = declared.filter { $0.kind == .plain }
    precondition(plain.count <= hook.types.count, "who gathers the hooks tells those that take more than they are told")
    let types = Self.types(of: hook.parameters, calledAs: hook.types.map { .init("", $0) })
    return compileBlock(declared, types, hook.body, defaults: declared.map { Self.restValue(of: $0) ?? .value(.none) })
  }

  /// Compiles a `def` for arguments of these types.
  static func compile(_ definition: Definition, _ types: [ValueType], _ compilation: Compilation) -> FunctionCode? {
    compilation.inProgress.append(definition)
    defer { compilation.inProgress.removeLast() }
    let compiler = FunctionCompiler(
      compilation, scope: definition.scope, role: .definition, name: definition.name.text, place: definition.name.range)
    let declared = definition.parameters.filter { !$0.isMarker }
    compiler.kinds = kinds(of: definition.parameters)
    switch definition.body {
    case .expression(let expression):
      compiler.declareParameters(declared, types)
      let defaults = compiler.makeDefaults(declared)
      compiler.emitReturn(compiler.compile(expression))
      return compiler.finish(declared, types, defaults)
    case .block(let block): return compiler.compileBlock(declared, types, block, defaults: nil)
    }
  }

  /// The types of parameters that are given arguments of these types by position.
  static func types(of parameters: [Parameter], calledAs given: [FunctionType.Parameter]) -> [ValueType] {
    type(of: parameters).parameters.enumerated().map { index, parameter in
      guard parameter.kind == .plain || parameter.kind == .positionalOnly || parameter.kind == .keywordOnly, index < given.count,
        (parameter.kind == .keywordOnly) == (given[index].kind == .keywordOnly)
      else { return parameter.type }
      return given[index].type
    }
  }

  /// What a parameter that takes all that remain is where nothing does; nil for any other.
  private static func restValue(of parameter: Parameter) -> FunctionCode.Default? {
    switch parameter.kind {
    case .positionalRest: .value(.tuple([]))
    case .keywordRest: .value(.dict(DictValue()))
    default: nil
    }
  }

  private func declareParameters(_ parameters: [Parameter], _ types: [ValueType]) {
    for (parameter, type) in zip(parameters, types) {
      let kind = storage[parameter.name.text] ?? Register.kind(for: type)
      let register = newRegister(kind)
      locals[parameter.name.text] = register
      inputs.append(register)
      flow.types[parameter.name.text] = type
      if case .record(let record) = type, record.sharing == .shared { sharedNames.insert(parameter.name.text) }
      flow.bound.insert(parameter.name.text)
      flow.maybeBound.insert(parameter.name.text)
      parameterNames.insert(parameter.name.text)
    }
  }

  private func makeDefaults(_ parameters: [Parameter]) -> [FunctionCode.Default?] {
    parameters.map { parameter in
      guard let expression = parameter.defaultValue else { return Self.restValue(of: parameter) }
      // A default that names something of an enclosing function is taken when this one is made.
      if parent == nil, let value = Self.evaluate(expression, scope) { return .value(value) }
      if Self.literalInteger(expression) != nil || expression.literalText != nil, let value = Self.evaluate(expression, .empty) {
        return .value(value)
      }
      _ = capture("\(parameter.name.text)=", .any, expression)
      return .capture(captures.count - 1)
    }
  }

  /// Compiles a block twice: silently, to learn how locals are stored and what is captured, and then in earnest.
  private func compileBlock(
    _ parameters: [Parameter], _ types: [ValueType], _ block: Block, defaults: [FunctionCode.Default?]?
  ) -> FunctionCode {
    let names = Self.boundNames(block).filter { name in
      if parameters.contains(where: { $0.name.text == name }) { return false }
      if role != .hook { return true }
      return !state.contains { $0.name == name } && scope.lookup(name) == nil
    }
    let silent = FunctionCompiler(compilation, scope: scope, role: role, name: name, parent: parent, state: state, place: place)
    compilation.muted += 1
    silent.declareState()
    silent.declareParameters(parameters, types)
    if defaults == nil { _ = silent.makeDefaults(parameters) }
    for name in names where silent.locals[name] == nil { silent.locals[name] = silent.newRegister(.value) }
    silent.reserveInputs(parameters)
    silent.compile(block)
    compilation.muted -= 1

    for (parameter, type) in zip(parameters, types) {
      let name = parameter.name.text
      storage[name] = Register.kind(for: silent.assigned[name].map { $0.joined(with: type) } ?? type)
    }
    declareState()
    declareParameters(parameters, types)
    let standards = defaults ?? makeDefaults(parameters)
    for capture in silent.captures where captureRegisters[capture.name] == nil {
      _ = self.capture(capture.name, capture.type, capture.expression, known: capture.known)
    }
    for name in names where locals[name] == nil {
      let kind = silent.assigned[name].map(Register.kind(for:)) ?? .value
      locals[name] = newRegister(silent.needsFlag.contains(name) ? .value : kind)
      if silent.needsFlag.contains(name) {
        let flag = newCell()
        boundFlags[name] = flag
        emit(.moveCell, flag, constant(.bool(false)).register.index)
      }
    }
    compile(block)
    emitReturn()
    for name in Set(names) where !read.contains(name) && !name.hasPrefix("_") {
      let near = Spelling.nearest(to: name, among: state.map(\.name))
      report(unread: name, near)
    }
    return finish(parameters, types, standards)
  }

  /// Gives the state's numbers and truths their cells.
  private func declareState() {
    for variable in state where variable.type.isScalar {
      stateCells[variable.name] = newRegister(Register.kind(for: variable.type))
    }
  }

  private func stateUses() -> [StateUse] {
    state.enumerated().compactMap { slot, variable in
      let name = variable.name
      let isChanged = effects.changedState.contains(name)
      guard isChanged || effects.readState.contains(name) else { return nil }
      return StateUse(name: name, slot: slot, cell: stateCells[name], isChanged: isChanged)
    }
  }

  private func report(unread name: String, _ state: String?) {
    guard let range = firstAssignment[name] else { return }
    compilation.report(.unreadLocal(name, state: state), at: range)
  }

  /// In the silent pass everything is a value: parameters come in boxed, whatever their types.
  private func reserveInputs(_ parameters: [Parameter]) {
    for parameter in parameters { locals[parameter.name.text] = newRegister(.value) }
  }

  private func finish(_ parameters: [Parameter], _ types: [ValueType], _ defaults: [FunctionCode.Default?]) -> FunctionCode {
    // What a `def` reads, it has told already.
    effects.names.formUnion(captures.filter { $0.known == nil }.map(\.name))
    let type = FunctionType(
      zip(parameters, types).enumerated().map { index, pair in
        .init(pair.0.name.text, pair.1, isOptional: defaults[index] != nil, kind: kinds[pair.0.name.text] ?? .plain)
      }, returns: returned == .never ? .none : returned)
    return FunctionCode(
      name: name, type: type, defaults: defaults, captures: captures, effects: effects, body: body,
      inputs: inputs + captures.compactMap { captureRegisters[$0.name]?.register },
      readsParameter: parameters.map { read.contains($0.name.text) }, stateUses: stateUses())
  }
}
