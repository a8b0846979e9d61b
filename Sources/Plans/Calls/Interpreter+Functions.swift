import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// A lambda or `def`: its defaults are evaluated and the names it can see are captured now.
  func makeFunction(
    _ name: String?, _ parameters: [Syntax.Parameter], _ body: ScriptFunction.Body, at range: SourceRange
  ) throws(Interruption) -> ScriptFunction {
    ScriptFunction(
      name: name, parameters: parameters, defaults: try evaluateDefaults(parameters), body: body, captured: capture(),
      range: range)
  }

  func evaluateDefaults(_ parameters: [Syntax.Parameter]) throws(Interruption) -> [String: Meaning] {
    var defaults: [String: Meaning] = [:]
    for parameter in parameters {
      if let value = parameter.defaultValue { defaults[parameter.name.text] = try evaluate(value) }
    }
    return defaults
  }

  func declareFunction(
    _ name: Name, _ parameters: [Syntax.Parameter], _ body: ScriptFunction.Body, at range: SourceRange
  ) throws(Interruption) {
    declare(name, as: .object(try makeFunction(name.text, parameters, body, at: range)), .function)
  }

  /// Calls a function of the script by walking its body with its parameters bound.
  func callFunction(_ function: ScriptFunction, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    if hasCheckedEnough { return .unknown(.any) }
    warnIfStale(function, at: range)
    guard
      let bound = try bindParameters(function.parameters, function.defaults, given, of: function.name ?? "lambda", at: range)
    else { return .poisoned }
    if isRunning, let result = try runWhole(function, with: bound, at: range) { return result }
    if try exhausted(at: range) { return .unknown(.any) }
    guard callDepth < 100 else {
      report(.recursion(function.name ?? "lambda", at: range))
      return .poisoned
    }
    if let name = function.name { state.calling.append(name) }
    defer { if function.name != nil { state.calling.removeLast() } }
    return try inside([function.captured, bound], own: function.ownNames) { () throws(Interruption) in
      switch function.body {
      case .expression(let expression): return try self.evaluate(expression)
      case .block(let block):
        if case .returned(let meaning) = try self.walk(block.statements) { return meaning }
        return .none
      }
    }
  }

  /// In the run: what the machine makes of a function whose arguments are plain values; nil where it is to be walked.
  private func runWhole(_ function: ScriptFunction, with bound: Scope, at range: SourceRange) throws(Interruption) -> Meaning? {
    var arguments: [Value] = []
    for parameter in function.parameters where !parameter.isMarker {
      guard let value = bound[parameter.name.text]?.meaning.value, value.isPlain else { return nil }
      arguments.append(value)
    }
    guard let code = code(of: function) else { return nil }
    do throws(RuntimeFailure) {
      return .known(try onMachine { machine throws(RuntimeFailure) in try machine.call(code, bound: arguments) })
    } catch {
      return try failed(error.error, at: error.range ?? range, type: .any)
    }
  }

  /// Walks something that sees only these scopes, as a function's body does; names of its `own` are none of the first scope's.
  func inside<Result>(
    _ frames: [Scope], own: Set<String> = [], _ body: () throws(Interruption) -> Result
  ) throws(Interruption) -> Result {
    let (outer, context, outerNames) = (state.frames, state.context, state.ownNames)
    state.frames = frames
    state.context = .function
    state.ownNames = own
    callDepth += 1
    defer {
      state.frames = outer
      state.context = context
      state.ownNames = outerNames
      callDepth -= 1
    }
    return try body()
  }

  /// The scope of a call: every parameter with its argument or default; nil after telling what is wrong with the call.
  func bindParameters(
    _ parameters: [Syntax.Parameter], _ defaults: [String: Meaning], _ given: [GivenArgument], of callee: String,
    at range: SourceRange
  ) throws(Interruption) -> Scope? {
    var descriptions: [ParameterDescription] = []
    var isKeywordOnly = false
    for parameter in parameters {
      switch parameter.kind {
      case .plain:
        descriptions.append(
          .init(
            parameter.name.text, "", .any, default: parameter.defaultValue == nil ? nil : .some(.none),
            isKeywordOnly: isKeywordOnly))
      case .keywordOnlyMarker, .positionalRest: isKeywordOnly = true
      case .positionalOnlyMarker, .keywordRest: break
      }
    }
    let (own, remaining) = try gathering(given, parameters)
    let call = try bind(own, to: descriptions, of: callee, at: range)
    if call.isPoisoned { return nil }
    var scope = Scope()
    for (parameter, meaning) in remaining { scope[parameter.text] = Binding(meaning, parameter.range) }
    for parameter in parameters where parameter.kind == .plain {
      let name = parameter.name.text
      let meaning = call.given.contains(name) ? call[name] : defaults[name]
      scope[name] = Binding(meaning ?? .none, parameter.name.range)
    }
    return scope
  }

  /// The arguments for parameters of their own, and what `*rest` and `**rest` hold of the others.
  private func gathering(
    _ given: [GivenArgument], _ parameters: [Syntax.Parameter]
  ) throws(Interruption) -> (own: [GivenArgument], remaining: [(Name, Meaning)]) {
    guard parameters.contains(where: \.isRest) else { return (given, []) }
    let rest = parameters.first { $0.kind == .positionalRest }
    let keywordRest = parameters.first { $0.kind == .keywordRest }
    let positionalCount = parameters.prefix { $0.kind != .positionalRest && $0.kind != .keywordOnlyMarker }
      .count { $0.kind == .plain }
    let marker = parameters.firstIndex { $0.kind == .positionalOnlyMarker } ?? 0
    let names = Set(parameters[marker...].filter { $0.kind == .plain }.map(\.name.text))
    var own: [GivenArgument] = []
    var items: [Meaning] = []
    var entries: [(name: String, meaning: Meaning)] = []
    for argument in given {
      if let name = argument.name {
        let isOther = keywordRest != nil && !names.contains(name.text) && !entries.contains { $0.name == name.text }
        if isOther { entries.append((name.text, try meaning(of: argument, as: .any))) } else { own.append(argument) }
      } else if rest != nil, own.count(where: { $0.name == nil }) == positionalCount {
        items.append(try meaning(of: argument, as: .any))
      } else {
        own.append(argument)
      }
    }
    var remaining: [(Name, Meaning)] = []
    if let rest { remaining.append((rest.name, .makeTuple(items))) }
    if let keywordRest { remaining.append((keywordRest.name, .makeDict(entries))) }
    return (own, remaining)
  }

  /// Warns where a function is used after a name it captured means something else: Python would use the new meaning.
  func warnIfStale(_ function: ScriptFunction, at range: SourceRange) {
    guard let globals = state.frames.first else { return }
    for name in FreeNames.of(function) {
      guard let then = function.captured[name], let now = globals[name],
        then.range != now.range || !then.meaning.isSame(as: now.meaning)
      else { continue }
      if case .poisoned = now.meaning { continue }
      if then.meaning.isSame(as: now.meaning) { continue }
      report(.staleCapture(name, function: function, at: range, rebound: now.range))
    }
  }

  // MARK: Values that Python would share

  /// Notes that two names would mean one list, dict or set in Python.
  func noteAlias(_ target: Expression, of source: Expression, _ meaning: Meaning) {
    guard case .name(let new) = target.kind, case .name(let old) = source.kind, new != old, meaning.value?.isMutable ?? false
    else { return }
    state.aliases[new, default: []].insert(old)
    state.aliases[old, default: []].insert(new)
  }

  /// Warns where a value is changed in place that Python would change under another name too.
  func warnIfShared(_ name: String, at range: SourceRange) {
    guard let others = state.aliases.removeValue(forKey: name) else { return }
    for other in others.sorted() {
      state.aliases[other]?.remove(name)
      if binding(of: other) != nil { report(.sharedValue(name, with: other, at: range)) }
    }
  }
}

extension Meaning {
  /// Whether two names mean the same as far as is known.
  func isSame(as other: Meaning) -> Bool {
    switch (self, other) {
    case (.known(let a), .known(let b)): a.isSame(as: b)
    case (.unknown(let a), .unknown(let b)): a == b
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
    case (.poisoned, .poisoned): true
    default: false
    }
  }
}

/// The names that a function reads and does not bind itself.
enum FreeNames {
  static func of(_ function: ScriptFunction) -> Set<String> {
    var names: Set<String> = []
    switch function.body {
    case .expression(let expression): collect(expression, into: &names)
    case .block(let block): collect(block.statements, into: &names)
    }
    return names.subtracting(function.parameters.map(\.name.text))
  }

  static func collect(_ statements: [Statement], into names: inout Set<String>) {
    for statement in statements {
      switch statement.kind {
      case .assign(let targets, .expression(let value)):
        collect(value, into: &names)
        for target in targets { if case .name = target.kind { continue } else { collect(target, into: &names) } }
      case .augmentedAssign(let target, _, let value):
        collect(target, into: &names)
        collect(value, into: &names)
      case .expression(let expression), .return(let expression?), .raise(let expression): collect(expression, into: &names)
      case .conditional(let branches, let otherwise):
        for branch in branches {
          collect(branch.condition, into: &names)
          collect(branch.body.statements, into: &names)
        }
        if let otherwise { collect(otherwise.statements, into: &names) }
      case .loop(_, let iterable, let body):
        collect(iterable, into: &names)
        collect(body.statements, into: &names)
      default: break
      }
    }
  }

  static func collect(_ expression: Expression, into names: inout Set<String>) {
    if case .name(let name) = expression.kind { names.insert(name) }
    for part in expression.children { collect(part, into: &names) }
  }
}
