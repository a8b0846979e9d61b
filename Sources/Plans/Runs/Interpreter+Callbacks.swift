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
    let parameters = withoutSelf(parameters ?? [])
    let callbacks = ScriptClass(
      .callback, name: name, parameters: parameters, defaults: try evaluateDefaults(parameters), body: body, captured: capture())
    _ = hookSources(in: body)
    tellUselessLines(in: body)
    tellStateBoundTwice(in: body)
    declare(name, as: .object(callbacks), .callback)
  }

  /// A new callback of a class, with state of its own.
  func makeCallback(of callbacks: ScriptClass, _ given: [GivenArgument], at range: SourceRange) throws(Interruption) -> Meaning {
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
    var isPossible = true
    let scope: Scope = try inside(frames + [Scope()]) { () throws(Interruption) in
      for statement in body.statements {
        for target in statement.targets {
          guard case .name(let text) = target.kind else {
            self.report(.impossibleState(at: target.range))
            isPossible = false
            continue
          }
          if parameters.contains(text), !names.contains(text) { self.report(.stateOfParameter(text, at: target.range)) }
          if !names.contains(text) {
            names.append(text)
            ranges.append(target.range)
          }
        }
        if isPossible, !statement.targets.isEmpty { _ = try self.walk(statement) }
      }
      return self.state.frames.last ?? Scope()
    }
    // What only a branch that is not taken would bind is no state.
    let isBound = names.map { scope[$0] != nil }
    names = zip(names, isBound).filter(\.1).map(\.0)
    ranges = zip(ranges, isBound).filter(\.1).map(\.0)
    let meanings = names.map { scope[$0]?.meaning ?? .poisoned }
    // Hooks would miss what was meant as state.
    if !isPossible || meanings.contains(where: \.isPoisoned) { return nil }
    var outer = frames.first ?? Scope()
    for frame in frames.dropFirst() { for (name, binding) in frame.bindings { outer[name] = binding } }
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
      guard case .hook(let name, let written, let body) = statement.kind else { continue }
      guard let hook = Hook(rawValue: name.text) else {
        report(.unknownHook(name.text, at: name.range, nearest: Hook.nearest(to: name.text)?.rawValue))
        continue
      }
      if let earlier = sources.first(where: { $0.hook == hook }) {
        report(.hookTwice(name.text, at: name.range, earlier: earlier.name.range))
        continue
      }
      let names = hook.parameterNames
      let parameters = withoutSelf(written)
      let plain = parameters.filter { $0.kind == .plain }
      if plain.count > names.count {
        report(.hookParameters(name.text, expected: names, found: plain.count, at: plain[names.count].name.range))
        continue
      }
      let misnamed = zip(plain, names).first { $0.name.text != $1 && Hook.toldNames.contains($0.name.text) }
      if let parameter = misnamed?.0 {
        report(.misnamedParameter(parameter.name.text, of: name.text, told: names, at: parameter.name.range))
      }
      sources.append(.init(hook: hook, name: name, parameters: parameters, body: body))
    }
    return sources
  }

  /// Parameters without the `self` that Python's methods begin with, which nothing is passed for here.
  private func withoutSelf(_ parameters: [Syntax.Parameter]) -> [Syntax.Parameter] {
    guard let own = parameters.first(where: { $0.kind == .plain && $0.name.text == "self" }) else { return parameters }
    report(.selfAsParameter(at: own.name.range))
    return parameters.filter { $0.name.text != "self" }
  }

  /// Tells the lines of a callback's body that are neither state nor hook, and would never be carried out.
  private func tellUselessLines(in block: Block) {
    for statement in block.statements {
      switch statement.kind {
      case .expression(let expression):
        // A string alone is a comment, as in Python.
        if case .string = expression.kind { continue }
        report(.uselessInCallback(at: statement.range))
      case .conditional, .loop: for inner in statement.kind.blocks { tellUselessLines(in: inner) }
      default: continue
      }
    }
  }

  /// Tells state that is given another value by a line of its own before anything could read the first.
  private func tellStateBoundTwice(in block: Block) {
    var unread: [String: SourceRange] = [:]
    for statement in block.statements {
      guard case .assign(let targets, .expression(let value)) = statement.kind else {
        if case .hook = statement.kind { continue }
        // A branch or a loop may read any of it.
        unread = [:]
        continue
      }
      var read: Set<String> = []
      FreeNames.collect(value, into: &read)
      for name in read { unread[name] = nil }
      for target in targets {
        guard case .name(let name) = target.kind else { continue }
        if let earlier = unread[name] { report(.stateTwice(name, at: target.range, earlier: earlier)) }
        unread[name] = target.range
      }
    }
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
      let name =
        (object as? ScriptClass).flatMap { $0.kind == .callback ? $0.name.text : nil } ?? (object as? EntryReference)?.name
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
}

extension Statement {
  /// What it binds, and the statements of its branches and loops; of a loop its variables, too.
  fileprivate var targets: [Expression] {
    switch kind {
    case .assign(let targets, .expression): targets
    case .augmentedAssign(let target, _, _): [target]
    case .conditional: kind.blocks.flatMap(\.statements).flatMap(\.targets)
    case .loop(let target, _, let body): [target] + body.statements.flatMap(\.targets)
    default: []
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
    case .dict, .record: .dict(key: .any, value: .any)
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
