import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// A function of the script, compiled for the types it will be called with; nil after telling its mistakes.
  ///
  /// While checking, a function that captures a value of the run is known by its type alone.
  func compile(_ function: ScriptFunction, for type: FunctionType) -> Meaning? {
    var objects = FunctionObjects()
    if let elements = type.elements {
      do throws(Interruption) { objects = try functionObjects(of: function, on: elements) } catch {
        reportMistakes(of: error, at: function.range)
        return nil
      }
    }
    guard let code = code(of: function, for: type, reaching: type.reachesModel ? .all : .none, with: objects) else { return nil }
    guard let captured = code.captured(in: function.captured) else { return .unknown(.function(code.type)) }
    let value = FunctionValue(code, captured: captured)
    state.compiled[ObjectIdentifier(value)] = (value, function)
    return .known(.function(value))
  }

  /// Tells why a function cannot be compiled. Where the user wanted the run to end, the next statement asks for that again.
  private func reportMistakes(of interruption: Interruption, at range: SourceRange) {
    switch interruption {
    case .mistakes(let found): for finding in found { report(finding) }
    case .failure(let failure): report(.forecastFails(failure.message, at: failure.range ?? range))
    case .expectation(let text, let range): report(.forecastFails(text, at: range))
    case .interrupted: break
    }
  }

  /// `reach` is the models that it may reach, as they are while they are trained.
  private func code(
    of function: ScriptFunction, for type: FunctionType, reaching reach: ModelsInReach = .none, use: SourceRange? = nil,
    with objects: FunctionObjects = FunctionObjects()
  ) -> FunctionCode? {
    var found: [Finding] = []
    let scope = CompilationScope(function.captured, reaching: reach, with: objects)
    let code: FunctionCode?
    let required = function.parameters.count { $0.kind == .plain && $0.defaultValue == nil }
    if required > type.parameters.count {
      report(
        .functionParameters(
          function.name ?? "lambda", takes: required, given: type.parameters.map(\.name), at: function.range))
      return nil
    }
    switch function.body {
    case .expression(let expression):
      code = compileLambda(
        function.parameters, body: expression, expecting: type, scope: scope, name: function.name ?? "<lambda>", findings: &found)
    case .block(let block):
      let definition = Definition(
        name: Name(function.name ?? "def", function.range), parameters: function.parameters, body: .block(block), scope: scope)
      code = compileDefinition(definition, calledAs: type.parameters, findings: &found)
    }
    if let result = code?.type.result, type.result == .float, !result.members.contains(where: { $0 == .float || $0 == .any }),
      !result.members.isEmpty
    {
      report(.functionResult(result.description, at: function.range))
      return nil
    }
    if let result = code?.type.result, type.result == .float, result.members.contains(.float),
      let other = result.members.first(where: { $0 != .float && $0 != .any })
    {
      report(.functionResult(other.description, onSomePaths: true, at: function.range))
    }
    for finding in found { report(use.map { finding.labelled($0, "called from here") } ?? finding) }
    return code
  }

  /// Holds a function that is called as a hook (`on_epoch_end=lambda epoch, logs: …`) to the `logs` of its place and to the model of
  /// this fit, and gives it compiled for them.
  func compileForLogs(
    _ function: FunctionValue, parameter: String, of callback: Configured, _ keys: LogKeys, model: ModelObject, verb: Run.Verb
  ) -> FunctionValue? {
    guard parameter.hasPrefix("on_"), let hook = Hook(rawValue: String(parameter.dropFirst(3))),
      let source = state.compiled[ObjectIdentifier(function)]?.source,
      hook.fires(in: verb.rawValue, withValidation: keys.validatesAlways != nil)
    else { return nil }
    let parameters = zip(hook.parameterNames, hook.types(with: keys)).map {
      FunctionType.Parameter($0, $1, isOptional: $0 == "end")
    }
    let called = source.givingLogs(of: hook) ?? source
    let type = FunctionType(parameters, returns: .any)
    guard let code = code(of: called, for: type, reaching: .one(model), use: callback.range) else { return nil }
    checkModelCalls(of: source, model: model)
    return code.captured(in: source.captured).map { FunctionValue(code, captured: $0) }
  }

  // MARK: Hooks

  /// Compiles the hooks of a script's callback against the `logs` of this fit and place; nil after telling a mistake.
  ///
  /// Only hooks that can fire in this kind of run are looked at. Where other callbacks are unknown (`isOpen`), so are the keys.
  func compileHooks(
    of instance: ScriptInstance, _ keys: LogKeys, model: ModelObject? = nil, verb: String, withValidation: Bool, isOpen: Bool,
    at range: SourceRange
  ) -> ScriptCallbackPlan? {
    let firing = instance.hooks.filter { verb.isEmpty || $0.hook.fires(in: verb, withValidation: withValidation) }
    let own = Set(instance.callback.parameters.map(\.name))
    let host = ["model": .object(HookObjects.model(trainedBy: model?.compiled?.optimizer)), "params": HookObjects.params]
    let scope = CompilationScope(
      instance.outer, host: host.filter { !own.contains($0.key) }, reaching: model.map { .one($0) } ?? .all)
    let sources = firing.map { hook in
      HookSource(
        name: hook.name, parameters: hook.parameters, body: hook.givesLogs ? hook.returningLogs : hook.body,
        types: isOpen ? hook.hook.types(with: nil) : hook.hook.types(with: keys))
    }
    let variables = zip(zip(instance.callback.stateNames, instance.stateMeanings), instance.stateRanges).map { variable, place in
      StateVariable(variable.0, variable.1.type, range: place)
    }
    var found: [Finding] = []
    let code = compileHooks(sources, variables, scope, &found)
    for finding in found { report(finding.labelled(range, "used here")) }
    let hooks = code.hooks.compactMap { $0 }
    guard hooks.count == firing.count else { return nil }

    var bodies: [Hook: ScriptCallbackPlan.Body] = [:]
    var codes: [Hook: FunctionCode] = [:]
    var logsRead: Set<Hook> = []
    var logsAfter: RecordType?
    for (source, hook) in zip(firing, hooks) {
      if !(hook.effects.readKeys["logs"] ?? []).isEmpty || source.namesLogs { logsRead.insert(source.hook) }
      if source.givesLogs { logsAfter = hook.type.result.logs }
      codes[source.hook] = hook
      bodies[source.hook] = Self.body(of: hook, source, outer: instance.outer)
    }
    let setsRate = hooks.contains { !$0.effects.setAttributes.isDisjoint(with: HookObjects.rateNames) }
    let generators = hooks.flatMap { hook in
      hook.generators(captured: hook.captures.compactMap { $0.value(in: instance.outer) })
    }
    return ScriptCallbackPlan(
      instance: instance.callback, bodies: bodies, codes: codes, logsRead: logsRead,
      addedLogs: (logsAfter?.names ?? []).filter { !keys.epochEnd.contains($0) }, logsAfter: logsAfter,
      setsLearningRate: setsRate,
      asksForEnd: firing.contains { $0.hook == .trainEnd && $0.parameters.count { $0.kind == .plain } > 1 },
      generators: generators)
  }

  /// A separate name, since the method above is called like the function of `Lambdas`.
  private func compileHooks(
    _ sources: [HookSource], _ state: [StateVariable], _ scope: CompilationScope, _ found: inout [Finding]
  ) -> CallbackCode {
    Lambdas.compileHooks(sources, state: state, scope: scope, findings: &found)
  }

  /// What calls a compiled hook.
  private static func body(of code: FunctionCode, _ source: ScriptInstance.HookSource, outer: Scope) -> ScriptCallbackPlan.Body {
    let takesAll = source.parameters.contains { $0.kind == .positionalRest }
    let names = source.hook.parameterNames.prefix(takesAll ? Int.max : source.parameters.count { $0.kind == .plain })
    let runner = HookRunner(
      code, captures: code.captures.map { ($0.name, $0.value(in: outer)) }, arguments: Array(names),
      givesLogs: source.givesLogs, at: source.name.range)
    return { call, state throws(Failure) in try runner.run(&call, &state) }
  }
}

extension Hook {
  /// The types of its parameters; without keys nothing is known of `logs`.
  func types(with keys: LogKeys?) -> [ValueType] {
    parameterNames.map { name in
      switch name {
      case "logs": keys.map { .record($0.record(in: self)) } ?? .any
      case "end": HookObjects.end
      default: .integer
      }
    }
  }
}

extension ScriptInstance.HookSource {
  /// What the hook calls its `logs`; nil where it leaves the parameter out.
  private var logsName: Name? {
    guard let index = hook.parameterNames.firstIndex(of: "logs"), index < parameters.count, parameters[index].kind == .plain
    else { return nil }
    return parameters[index].name
  }

  /// Whether what it leaves of its `logs` is what callbacks after it see.
  var givesLogs: Bool { hook == .epochEnd && namesLogs }

  /// The body with `logs` as its result, since a call hands values in and not places: that is how changes come back.
  var returningLogs: Block { logsName.map { body.returning($0) } ?? body }

  /// Whether the body names its `logs` at all: then they must be there, even if no single key is known to be read.
  var namesLogs: Bool {
    guard let logsName else { return false }
    var names: Set<String> = []
    FreeNames.collect(body.statements, into: &names)
    return names.contains(logsName.text)
  }
}

extension Block {
  /// The same with the value of a name as its result, wherever it ends.
  fileprivate func returning(_ name: Name) -> Block {
    let value = Expression(.name(name.text), name.range)
    var block = returning(value)
    block.statements.append(Statement(.return(value), name.range))
    return block
  }

  private func returning(_ value: Expression) -> Block {
    var block = self
    block.statements = statements.map { statement in
      var changed = statement
      switch statement.kind {
      // What it gave is computed all the same.
      case .return(let given?): changed.kind = .return(Expression.last(of: given, value))
      case .return: changed.kind = .return(value)
      case .conditional(let branches, let otherwise):
        changed.kind = .conditional(
          branches: branches.map { branch in
            var branch = branch
            branch.body = branch.body.returning(value)
            return branch
          }, otherwise: otherwise.map { $0.returning(value) })
      case .loop(let target, let iterable, let body):
        changed.kind = .loop(target: target, iterable: iterable, body: body.returning(value))
      default: break
      }
      return changed
    }
    return block
  }
}

extension Expression {
  /// Computes both, one after the other, and is the second.
  fileprivate static func last(of first: Expression, _ second: Expression) -> Expression {
    Expression(
      .subscripted(Expression(.tuple([first, second]), first.range), Expression(.integer(1, written: "1"), first.range)),
      first.range)
  }
}

extension ScriptFunction {
  /// The same function with what it leaves of its `logs` as its result, as a hook gives it to the callbacks after it; nil where it takes
  /// none.
  fileprivate func givingLogs(of hook: Hook) -> ScriptFunction? {
    let plain = parameters.filter { $0.kind == .plain }
    guard hook == .epochEnd, let place = hook.parameterNames.firstIndex(of: "logs"), place < plain.count else { return nil }
    let name = plain[place].name
    let body: Body =
      switch self.body {
      case .expression(let expression): .expression(.last(of: expression, Expression(.name(name.text), name.range)))
      case .block(let block): .block(block.returning(name))
      }
    return ScriptFunction(
      name: self.name, parameters: parameters, defaults: defaults, body: body, captured: captured, range: range)
  }
}

extension ValueType {
  /// The `logs` that a hook leaves; nil where it leaves none, or nothing is known of them.
  fileprivate var logs: RecordType? {
    if case .record(let record) = self, record.sharing == .shared { record } else { nil }
  }
}

extension Configured {
  /// What its function leaves of `logs` at the end of an epoch; nil where it has none.
  package var logsAfter: RecordType? {
    if case .function(let function)? = arguments["on_epoch_end"] { function.logsAfter } else { nil }
  }
}

extension FunctionValue {
  /// What it leaves of the `logs` that it is given, which it then returns; nil where it returns something else.
  package var logsAfter: RecordType? { type.result.logs }
}

/// The models that a function reaches as they are while they are trained, by the names that the script has given them.
enum ModelsInReach {
  case none
  case one(ModelObject)
  /// Which one is trained is not known yet.
  case all

  /// Whether it is called while a run goes on, so that it reaches the callbacks of that, too.
  var isInTraining: Bool { if case .none = self { false } else { true } }

  func contains(_ model: ModelObject) -> Bool {
    switch self {
    case .none: false
    case .one(let reached): model === reached
    case .all: true
    }
  }
}

extension CompilationScope {
  /// The names of a scope, over them those that the host gives when a hook is called.
  init(
    _ scope: Scope, host: [String: ValueType] = [:], reaching reach: ModelsInReach = .none,
    with objects: FunctionObjects = FunctionObjects()
  ) {
    // What the first name of a dotted one leads to, where that is a prefix.
    @Sendable func prefix(_ name: String) -> [String]? {
      let parts = name.split(separator: ".").map(String.init)
      guard parts.count > 1, host[parts[0]] == nil else { return nil }
      guard let binding = scope[parts[0]] else { return parts }
      return binding.meaning.object(NamespaceReference.self).map { $0.path + parts.dropFirst() }
    }
    self.init(
      names: { scope.sortedNames + host.keys.sorted() }, kerasPath: { prefix($0).flatMap(Namespaces.kerasPath) },
      madeBefore: objects.made(at:)
    ) { name in
      if let type = host[name] { return .captured(type) }
      guard let binding = scope[name] else {
        if let function = objects.function(at: prefix(name).flatMap(Namespaces.kerasPath) ?? [name]) {
          return .constant(function)
        }
        return prefix(name).flatMap(Namespaces.builtin).map { .constant($0) }
      }
      switch binding.meaning {
      case .known(.object(let object)):
        if let function = objects.function(for: object) { return .constant(.object(function)) }
        switch object {
        case let function as ScriptFunction:
          return .definition(function.definition(named: name, reaching: reach, with: objects))
        case let reference as EntryReference: return objects.function(at: [reference.name]).map { .constant($0) }
        case let model as ModelObject where reach.contains(model):
          return .captured(
            .object(HookObjects.model(trainedBy: model.compiled?.optimizer)), known: .object(model))
        case let callback as Configured where reach.isInTraining:
          return callback.entry.hookType.map { .captured(.object($0), known: .object(callback)) } ?? .constant(.object(callback))
        case is NamespaceReference, is SpecialForm: return nil
        default: return .constant(.object(object))
        }
      case .known(let value): return .constant(objects.callable(value))
      case .unknown, .list, .tuple: return .captured(binding.meaning.type)
      case .poisoned: return .captured(.any)
      }
    }
  }
}

extension ScriptFunction {
  /// The function as the compiler takes one that other functions call; it reaches the models that they reach.
  func definition(
    named name: String, reaching reach: ModelsInReach = .none, with objects: FunctionObjects = FunctionObjects()
  ) -> Definition {
    let body: Definition.Body =
      switch self.body {
      case .expression(let expression): .expression(expression)
      case .block(let block): .block(block)
      }
    return Definition(
      name: Name(name, range), parameters: parameters, body: body,
      scope: CompilationScope(captured, reaching: reach, with: objects))
  }
}

extension FunctionCode.Capture {
  /// What the name means where the function was made; nil while that is not known.
  fileprivate func value(in scope: Scope) -> Value? { known ?? scope[name]?.meaning.value }
}

extension FunctionCode {
  /// The values of its captures; nil while one is not known, or what a function of the script among them captures.
  fileprivate func captured(in scope: Scope) -> [Value]? {
    let values = captures.compactMap { $0.value(in: scope) }.filter { value in
      if case .object(let object) = value { !(object is ScriptFunction) } else { true }
    }
    return values.count == captures.count ? values : nil
  }
}

extension Finding {
  /// The same finding with one label more; a place in the label's own line adds nothing.
  func labelled(_ range: SourceRange, _ text: String) -> Finding {
    if range.start <= self.range.start, self.range.end <= range.end { return self }
    return Finding(severity, name, message, at: self.range, remark: remark, labels: labels + [.init(range, text)], hint: hint)
  }
}
