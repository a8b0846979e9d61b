import Diagnostics
import Lambdas
import Syntax

/// An element of a list of callbacks.
enum Watcher {
  case entry(Configured, SourceRange)
  case script(ScriptInstance, SourceRange)
  /// Known only when it runs.
  case unknown
  case poisoned
}

/// An instance of a script's callback with the code of its hooks, which is compiled anew for every fit and place.
final class ScriptInstance: Sendable {
  struct HookSource: Sendable {
    let hook: Hook
    let name: Name
    let parameters: [Syntax.Parameter]
    let body: Block
  }
  let callback: ScriptCallback
  let hooks: [HookSource]
  /// What the hooks see beside the state: the parameters over the captured names.
  let outer: Scope
  let stateMeanings: [Meaning]
  let stateRanges: [SourceRange]

  init(callback: ScriptCallback, hooks: [HookSource], outer: Scope, stateMeanings: [Meaning], stateRanges: [SourceRange]) {
    self.callback = callback
    self.hooks = hooks
    self.outer = outer
    self.stateMeanings = stateMeanings
    self.stateRanges = stateRanges
  }
}

extension Interpreter {
  /// `callback NAME(p, q=…) { … }`.
  func declareCallback(_ name: Name, _ parameters: [Syntax.Parameter]?, _ body: Block) throws(Interruption) {
    let callbacks = CallbackClass(
      name: name, parameters: parameters ?? [], defaults: try evaluateDefaults(parameters ?? []), body: body, captured: capture())
    _ = hookSources(in: body)
    declare(name, as: .object(callbacks), .callback)
  }

  /// `NAME(…)` of a callback class: an instance with its own state.
  func instantiate(_ callbacks: CallbackClass, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
    guard let scope = try bindParameters(callbacks.parameters, callbacks.defaults, given, of: callbacks.name.text, at: range)
    else {
      return .poisoned
    }
    state.instantiated.insert(ObjectIdentifier(callbacks))
    let parameters = callbacks.parameters.filter { $0.kind == .plain }.map(\.name.text)
    guard
      let instance = try makeInstance(
        named: callbacks.name.text, parameters: parameters, callbacks.body, frames: [callbacks.captured, scope], at: range)
    else { return .poisoned }
    return .object(instance.callback)
  }

  /// Initialises the state of a callback and notes its hooks.
  private func makeInstance(
    named name: String, parameters: [String], _ body: Block, frames: [Scope], at range: SourceRange
  ) throws(Interruption) -> ScriptInstance? {
    let hooks = hookSources(in: body)
    var names: [String] = []
    var ranges: [SourceRange] = []
    let scope: Scope = try inside(frames + [Scope()]) { () throws(Interruption) in
      for statement in body.statements {
        guard case .assign(let targets, .expression(let value)) = statement.kind else { continue }
        let meaning = try self.evaluate(value)
        for target in targets {
          guard case .name(let text) = target.kind else {
            self.report(.impossibleState(at: target.range))
            continue
          }
          self.bind(Name(text, target.range), to: meaning)
          if !names.contains(text) {
            names.append(text)
            ranges.append(target.range)
          }
        }
      }
      return self.state.frames.last ?? Scope()
    }
    let meanings = names.map { scope[$0]?.meaning ?? .poisoned }
    if meanings.contains(where: \.isPoisoned) { return nil }
    var outer = frames.first ?? Scope()
    for frame in frames.dropFirst() { for (name, binding) in frame.names { outer[name] = binding } }
    let callback = ScriptCallback(
      name: name, parameters: parameters.map { ($0, outer[$0]?.meaning.value ?? .none) }, stateNames: names,
      state: meanings.map { $0.value ?? .none }, stateTypes: meanings.map { $0.type.openedUp }, definition: body.definitionText,
      range: range)
    let instance = ScriptInstance(callback: callback, hooks: hooks, outer: outer, stateMeanings: meanings, stateRanges: ranges)
    state.instances[ObjectIdentifier(callback)] = instance
    return instance
  }

  /// The hooks of a block, unknown and doubled ones told.
  private func hookSources(in body: Block) -> [ScriptInstance.HookSource] {
    var sources: [ScriptInstance.HookSource] = []
    for statement in body.statements {
      guard case .hook(let name, let parameters, let body) = statement.kind else { continue }
      guard let hook = Hook(rawValue: name.text) else {
        let plain = name.text.hasPrefix("on_") ? String(name.text.dropFirst(3)) : name.text
        let known = Hook(rawValue: plain)?.rawValue
        report(
          .unknownHook(
            name.text, at: name.range, nearest: known ?? Spelling.nearest(to: plain, among: Hook.allCases.map(\.rawValue))))
        continue
      }
      if let earlier = sources.first(where: { $0.hook == hook }) {
        report(.hookTwice(name.text, at: name.range, earlier: earlier.name.range))
        continue
      }
      let names = hook.parameterNames
      if parameters.count > names.count {
        report(.hookParameters(name.text, expected: names, found: parameters.count, at: parameters[names.count].name.range))
        continue
      }
      sources.append(.init(hook: hook, name: name, parameters: parameters, body: body))
    }
    return sources
  }

  // MARK: Lists

  /// `callbacks = [ … ]`; nested lists are flattened, as in Keras.
  func readCallbacks(_ meaning: Meaning?, at range: SourceRange, elements ranges: [SourceRange] = []) throws(Interruption)
    -> [Watcher]
  {
    guard let meaning, meaning.value?.isNone != true else { return [] }
    if meaning.isPoisoned, meaning.elements == nil { return [.poisoned] }
    if case .unknown = meaning { return [.unknown] }
    guard let items = meaning.elements else { return [watcher(meaning, at: range)] }
    var watchers: [Watcher] = []
    for (index, item) in items.enumerated() {
      let place = ranges.count == items.count ? ranges[index] : range
      if item.elements != nil {
        watchers += try readCallbacks(item, at: place)
      } else {
        watchers.append(watcher(item, at: place))
      }
    }
    return watchers
  }

  private func watcher(_ meaning: Meaning, at range: SourceRange) -> Watcher {
    switch meaning {
    case .poisoned: return .poisoned
    case .unknown(let type):
      if case .object(let object) = type, object === Configured.type(of: .callback) { return .unknown }
      if case .any = type { return .unknown }
      report(.notACallback(type.description, at: range, hint: nil))
      return .poisoned
    case .known(.object(let object)):
      if let configured = object as? Configured, configured.entry.role == .callback {
        return .entry(configured, configured.range ?? range)
      }
      if let callback = object as? ScriptCallback, let instance = state.instances[ObjectIdentifier(callback)] {
        return .script(instance, callback.range)
      }
      let name = (object as? CallbackClass)?.name.text ?? (object as? EntryReference)?.name
      report(.notACallback(meaning.shownText, at: range, hint: name.map { "write `\($0)(…)`: a call makes one." }))
      return .poisoned
    default:
      report(.notACallback(meaning.shownText, at: range, hint: nil))
      return .poisoned
    }
  }

  /// `callbacks { … }`: one a line, with hooks and state of the block's own, which stand where the first hook does.
  func readCallbacks(_ block: Block, at range: SourceRange) throws(Interruption) -> [Watcher] {
    var watchers: [Watcher] = []
    var inlinePosition: Int?
    let outer = capture()
    for statement in block.statements {
      switch statement.kind {
      case .expression(let expression):
        watchers += try readCallbacks(try evaluate(expression, expecting: .callback), at: expression.range)
      case .hook: inlinePosition = inlinePosition ?? watchers.count
      case .conditional(let branches, let otherwise): watchers += try readBranches(branches, otherwise, at: range)
      default: break
      }
    }
    if let inlinePosition {
      let place = SourceRange(block.range.source, range.start, block.range.start).trimmed
      if let instance = try makeInstance(named: "callbacks", parameters: [], block, frames: [outer], at: place) {
        watchers.insert(.script(instance, place), at: min(inlinePosition, watchers.count))
      } else {
        watchers.append(.poisoned)
      }
    }
    return watchers
  }

  private func readBranches(_ branches: [Statement.Branch], _ otherwise: Block?, at range: SourceRange) throws(Interruption)
    -> [Watcher]
  {
    for branch in branches {
      switch try truth(of: try evaluate(branch.condition), at: branch.condition.range) {
      case true?: return try readCallbacks(branch.body, at: range)
      case false?: continue
      case nil: return [.unknown]
      }
    }
    return try otherwise.map { block throws(Interruption) in try readCallbacks(block, at: range) } ?? []
  }

  // MARK: Checks in a run

  /// Checks each callback at its place in the list, and compiles the script's own for it.
  ///
  /// `isComplete` is false where one is not known yet; `keys` are those that History will have.
  func checkCallbacks(
    _ watchers: [Watcher], _ call: BoundCall, of model: ModelObject, verb: Run.Verb, data: RunData?, at range: SourceRange
  ) -> (plans: [CallbackPlan], isComplete: Bool, keys: [String]?) {
    guard model.compiled != nil || verb == .predict else { return ([], false, nil) }
    let validation = verb == .fit ? validationState(call) : .none
    var keys = LogKeys(model.compiled, outputNames: model.plan.outputNames, validatesAlways: validation.always)
    let isOpen =
      watchers.contains { if case .entry = $0 { false } else if case .script = $0 { false } else { true } }
      || validation == .unknown
    var plans: [CallbackPlan] = []
    var isComplete = !isOpen
    let schedule = model.compiled?.optimizer.arguments["learning_rate"]?.configured(.schedule)
    for (index, watcher) in watchers.enumerated() {
      switch watcher {
      case .entry(let callback, let place):
        guard case .callback(let traits) = callback.entry.meaning else { continue }
        let made = checkEntry(callback, traits, keys, of: model, verb: verb, isOpen: isOpen, at: place, fit: range)
        if traits.setsLearningRate, let schedule {
          report(.twoLearningRates(callback.entry.name, schedule: schedule.entry.name, at: place, scheduleRange: schedule.range))
        }
        if traits.recordsLogs { warnOfLaterKeys(callback, watchers[(index + 1)...], keys, at: place) }
        for key in traits.addedLogs where !keys.added.contains(key) { keys.added.append(key) }
        if !callback.missing.isEmpty { isComplete = false }
        plans.append(.entry(made))
      case .script(let instance, let place):
        if let plan = compileHooks(
          of: instance, keys, verb: verb.rawValue, withValidation: keys.validatesAlways != nil, isOpen: isOpen, at: place)
        {
          for key in plan.addedLogs where !keys.added.contains(key) { keys.added.append(key) }
          plans.append(.script(plan))
        } else {
          isComplete = false
        }
      case .unknown, .poisoned: isComplete = false
      }
    }
    return (plans, isComplete, isOpen ? nil : keys.epochEnd)
  }

  /// How often a fit validates, as far as it is known.
  private enum Validation {
    case none, sometimes, always, unknown
    var always: Bool? {
      switch self {
      case .none, .unknown: nil
      case .sometimes: false
      case .always: true
      }
    }
  }

  private func validationState(_ call: BoundCall) -> Validation {
    // A setting that is absent was told to be wrong.
    guard let data = call["validation_data"], let split = call["validation_split"] else { return .unknown }
    if data.value?.isNone ?? false {
      guard let part = split.value?.asDouble else { return .unknown }
      if part == 0 { return .none }
    }
    if case .known(.integer(1))? = call["validation_freq"] { return .always }
    return .sometimes
  }

  /// Checks a callback of the catalog; gives it with its functions compiled for the `logs` of its place, where it has any.
  private func checkEntry(
    _ callback: Configured, _ traits: CallbackTraits, _ keys: LogKeys, of model: ModelObject, verb: Run.Verb, isOpen: Bool,
    at range: SourceRange, fit: SourceRange
  ) -> Configured {
    var functions: [String: Value] = [:]
    for parameter in callback.entry.signature.parameters {
      let isGiven = callback.arguments.given.contains(parameter.name)
      let place = callback.argumentRanges[parameter.name] ?? range
      switch parameter.kind.unwrapped {
      case .monitor where verb == .fit && !isOpen:
        guard let monitor = callback.arguments[parameter.name]?.asString else { continue }
        checkMonitor(monitor, isGiven: isGiven, of: callback, keys, model: model, at: place, fit: fit)
      case .pathTemplate:
        guard let path = callback.arguments[parameter.name]?.asString else { continue }
        checkTemplate(path, of: callback, keys, isOpen: isOpen, at: place)
        checkCheckpointEnding(path, of: callback, at: place)
        noteCallbackWrite(path, of: callback, traits, model: model, at: place)
      case .outputPath:
        guard let path = callback.arguments[parameter.name]?.asString else { continue }
        if traits.backupFolder != parameter.name {
          noteCallbackWrite(path, of: callback, traits, model: nil, at: place)
        } else {
          if let reason = surroundings.reasonNotWritable(path) { report(.cannotWrite(path, reason, at: place)) }
          noteWrite(.init(path: path, writer: callback.entry.name, kind: .backup), at: place)
        }
      case .function where !isOpen:
        guard case .function(let function)? = callback.arguments[parameter.name] else { continue }
        if let compiled = compileForLogs(function, parameter: parameter.name, of: callback, keys, verb: verb) {
          functions[parameter.name] = .function(compiled)
        }
      default: continue
      }
    }
    if functions.isEmpty { return callback }
    let arguments = Arguments(callback.arguments.values.merging(functions) { $1 }, given: callback.arguments.given)
    return Configured(
      callback.entry, arguments, range: callback.range, serial: callback.serial, missing: callback.missing,
      argumentRanges: callback.argumentRanges, functionTexts: callback.functionTexts)
  }

  private func noteCallbackWrite(
    _ path: String, of callback: Configured, _ traits: CallbackTraits, model: ModelObject?, at range: SourceRange
  ) {
    if let reason = surroundings.reasonNotWritable(path) { return report(.cannotWrite(path, reason, at: range)) }
    let weightsOnly = callback.arguments["save_weights_only"]?.isTrue ?? false
    let appends = callback.arguments["append"]?.isTrue ?? false
    noteWrite(
      .init(
        path: path, writer: callback.entry.name, kind: model == nil ? .other : .model, model: weightsOnly ? nil : model,
        appends: appends),
      at: range)
  }

  /// A monitor must be a key that can exist, and its direction must be known (`keras/reference.md` §5).
  private func checkMonitor(
    _ monitor: String, isGiven: Bool, of callback: Configured, _ keys: LogKeys, model: ModelObject, at range: SourceRange,
    fit: SourceRange
  ) {
    // A checkpoint that saves every time reads no monitor.
    if !isGiven, let best = callback.arguments["save_best_only"], !best.isTrue { return }
    let known = keys.epochEnd
    guard known.contains(monitor) else {
      if monitor.hasPrefix("val_"), keys.validatesAlways == nil, keys.training.contains(String(monitor.dropFirst(4))) {
        return report(.monitorWithoutValidation(monitor, callback.entry.name, isGiven: isGiven, at: range, fit: fit))
      }
      return report(
        .unknownMonitor(
          monitor, callback.entry.name, keys: known, at: range, nearest: Spelling.nearest(to: monitor, among: known)))
    }
    guard case .string(let mode)? = callback.arguments["mode"], mode == "auto" else { return }
    let plain = monitor.hasPrefix("val_") ? String(monitor.dropFirst(4)) : monitor
    if plain == "loss" { return }
    if let metric = model.compiled?.metrics.first(where: { $0.logName == plain }),
      case .metric(let traits) = metric.configured.entry.meaning,
      traits.direction != nil
    {
      return
    }
    report(.unknownDirection(monitor, callback.entry.name, at: range))
  }

  private func checkTemplate(_ path: String, of callback: Configured, _ keys: LogKeys, isOpen: Bool, at range: SourceRange) {
    let template = PathTemplate(path)
    if template.isMalformed { return report(.malformedTemplate(path, at: range)) }
    var known = ["epoch"] + keys.epochEnd
    if case .integer? = callback.arguments["save_freq"] { known = ["epoch", "batch"] + keys.training }
    for field in template.fields {
      guard known.contains(field.name) else {
        if isOpen { continue }
        return report(
          .unknownField(field.name, in: path, known: known, at: range, nearest: Spelling.nearest(to: field.name, among: known)))
      }
      let sample = ["epoch", "batch"].contains(field.name) ? Value.integer(1) : .float(0.5)
      do { _ = try Operations.format(sample, field.format) } catch {
        return report(.badFieldFormat(field.name, field.format, error.message, at: range))
      }
    }
  }

  private func checkCheckpointEnding(_ path: String, of callback: Configured, at range: SourceRange) {
    guard let weightsOnly = callback.arguments["save_weights_only"] else { return }
    let endings = weightsOnly.isTrue ? FileEndings.weights : FileEndings.checkpoint
    guard FileEndings.has(path, endings), weightsOnly.isTrue || !path.hasSuffix(".weights.h5") else {
      return report(.checkpointEnding(path, callback.entry.name, weightsOnly: weightsOnly.isTrue, at: range))
    }
  }

  private func warnOfLaterKeys(_ recorder: Configured, _ later: ArraySlice<Watcher>, _ keys: LogKeys, at range: SourceRange) {
    for watcher in later {
      guard case .entry(let callback, let place) = watcher, case .callback(let traits) = callback.entry.meaning else { continue }
      for key in traits.addedLogs where !keys.added.contains(key) {
        return report(
          .recordedTooEarly(key, recorder: recorder.entry.name, adder: callback.entry.name, at: range, adderRange: place))
      }
    }
  }
}

extension Value {
  var isTrue: Bool { if case .bool(true) = self { true } else { false } }

  /// The catalog object of a role that it is.
  func configured(_ role: Role) -> Configured? {
    if case .object(let object) = self, let configured = object as? Configured, configured.entry.role == role {
      configured
    } else {
      nil
    }
  }
}

extension ValueType {
  /// The type of a state variable as far as its first value tells: what may be put in later is not known.
  var openedUp: ValueType {
    switch self {
    case .list: .list(.any)
    case .dict: .dict(key: .any, value: .any)
    case .set: .set(.any)
    case .none: .any
    default: self
    }
  }
}

extension SourceRange {
  /// Without spaces at its end.
  var trimmed: SourceRange {
    var last = end
    while last > start, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n")].contains(source.bytes[last - 1]) { last -= 1 }
    return SourceRange(source, start, last)
  }
}
