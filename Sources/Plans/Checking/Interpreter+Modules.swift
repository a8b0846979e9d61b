import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  // MARK: settings

  static let settingParameters: [ParameterDescription] = [
    .init("seed", "what all random numbers follow from", .integer(min: 0), default: Value.none),
    .init("threads", "how many threads compute", .integer(min: 1, max: 1024), default: Value.none),
    .init(
      "precision", "how the operands of layers' products and convolutions enter them; weights, sums and losses are float32",
      .choice(["float32", "mixed_bfloat16"]), default: Value.none),
  ]

  /// `settings { seed = 7 }`: once, before everything else.
  func walkSettings(_ block: Block, at range: SourceRange) throws(Interruption) {
    let place = range.upToBrace
    if !isTyped, state.isPastSettings || !state.settings.isEmpty {
      report(.settingsNotFirst(isSecond: !state.settings.isEmpty, at: place))
    }
    let call = try bind(settingArguments(block), to: Self.settingParameters, of: "settings", at: place)
    for name in call.given { state.settings[name] = call[name]?.value }
    if call.given.contains("seed") { state.seedRange = call.ranges["seed"] ?? place }
    for name in call.given.sorted() { plan.add(.set(name, call[name]?.planText ?? "?"), at: range) }
  }

  /// What the script's `settings { … }` say, as far as it has been walked.
  package var settings: [String: Value] { state.settings }

  // MARK: include

  /// How deep files may include each other: every level takes a part of the stack.
  private static let includeLimit = 32

  /// `include "file.train"`: its models, callbacks, functions and plain binds, once.
  func walkInclude(_ path: Expression) throws(Interruption) {
    // The reader takes nothing else here.
    guard case .string(let written, _) = path.kind else { return }
    let full = Self.path(written, relativeTo: path.range.source.name)
    let identity = Self.withoutDots(full)
    if state.including.contains(identity) || identity == Self.withoutDots(path.range.source.name) {
      return report(.includeCycle(written, at: path.range))
    }
    // Over a link a file may include itself by a new name every time.
    guard state.including.count < Self.includeLimit else {
      return report(.includesTooDeep(limit: Self.includeLimit, at: path.range))
    }
    guard state.included.insert(identity).inserted || isTyped else { return report(.includedTwice(written, at: path.range)) }
    let source: Source
    do { source = try surroundings.read(full) } catch { return report(.cannotInclude(written, error.message, at: path.range)) }
    state.files.noteRead(full, at: path.range, isScript: true)
    let reading = parse(source)
    for finding in reading.findings { report(finding) }
    state.including.append(identity)
    defer { state.including.removeLast() }
    for statement in reading.script.statements {
      switch statement.kind {
      case .assign(let targets, .expression):
        for target in targets { if case .name(let name) = target.kind { tellClash(Name(name, target.range)) } }
      case .model(let name, _, _), .callback(let name, _, _), .functionExpression(let name, _, _), .functionBlock(let name, _, _):
        if !(state.frames.last?[name.text]?.kind.isDeclaration ?? false) { tellClash(name) }
      case .include, .importModules, .importFrom, .pass, .unreadable: break
      default:
        report(.actsInInclude(at: statement.range.firstLine))
        continue
      }
      _ = try walk(statement)
    }
  }

  private func tellClash(_ name: Name) {
    if isTyped { return }
    guard let earlier = state.frames.last?[name.text], earlier.range.source != name.range.source, earlier.kind != .module else {
      return
    }
    report(.includeClash(name.text, at: name.range, earlier: earlier.range))
  }

  /// A path relative to the folder of a file.
  package static func path(_ path: String, relativeTo file: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let slash = file.lastIndex(of: "/") else { return path }
    return file[...slash] + path
  }

  /// A path by which a file is known again: `./a.train` and `b/../a.train` are `a.train`.
  private static func withoutDots(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  // MARK: import

  func importModule(_ imported: ImportedName, at range: SourceRange) {
    let path = imported.name.text.split(separator: ".").map(String.init)
    guard Namespaces.isKnownModule(imported.name.text) else {
      // What the module would have given is not told again.
      if let first = path.first { bind(imported.alias ?? Name(first, imported.name.range), to: .poisoned, .module) }
      return report(.unknownModule(imported.name.text, at: imported.name.range))
    }
    tellImport(at: range)
    if let alias = imported.alias {
      bind(alias, to: .object(NamespaceReference(path, shown: alias.text)), .module)
    } else if let first = path.first {
      bind(Name(first, imported.name.range), to: .object(NamespaceReference([first])), .module)
    }
  }

  func importNames(from module: Name, _ names: [ImportedName], at range: SourceRange) {
    guard Namespaces.isKnownModule(module.text) else {
      for imported in names where evaluatesToNothing(imported.name.text) {
        bind(imported.alias ?? imported.name, to: .poisoned, .module)
      }
      return report(.unknownModule(module.text, at: module.range))
    }
    tellImport(at: range)
    if module.text == "__future__" { return }
    let namespace = NamespaceReference(module.text.split(separator: ".").map(String.init))
    for imported in names where imported.name.text != "*" {
      if isChecking, findings.isFull { return }
      let meaning = member(imported.name, of: namespace, at: imported.name.range)
      bind(imported.alias ?? imported.name, to: meaning, .module)
    }
  }

  /// A script is told once that its imports do nothing.
  private func tellImport(at range: SourceRange) {
    if state.hasImports { return }
    state.hasImports = true
    report(.importAccepted(at: range))
  }

  /// Whether a name is neither bound nor known: `from sklearn.datasets import load_digits` still means our own.
  private func evaluatesToNothing(_ name: String) -> Bool {
    binding(of: name) == nil && Python.builtin(named: name) == nil && catalog.roles(of: name).isEmpty
      && SpecialForm.Kind(rawValue: name) == nil
  }

  // MARK: The end of a check

  /// The objects that the script's own names mean.
  var topLevelObjects: Set<ObjectIdentifier> {
    Set(
      (state.frames.first?.bindings ?? []).compactMap { _, binding in
        if case .known(.object(let object)) = binding.meaning { ObjectIdentifier(object) } else { nil }
      })
  }

  /// What can be told only when everything has been walked: classes that nobody called are checked with their defaults, but for
  /// those that an earlier check has seen.
  func finishCheck(except earlier: Set<ObjectIdentifier>) {
    for (object, range) in uncalledClasses where !findings.isFull && !earlier.contains(ObjectIdentifier(object)) {
      steps = 0
      do {
        guard let declared = object as? ScriptClass else { continue }
        let made = try instantiate(declared, Self.stand(for: declared.parameters), at: declared.name.range)
        if let callback = made.object(ScriptCallback.self), let instance = state.instances[ObjectIdentifier(callback)] {
          let keys = LogKeys(nil, outputNames: [], validatesAlways: nil)
          _ = compileHooks(of: instance, keys, verb: "", withValidation: true, isOpen: true, at: declared.name.range)
        }
      } catch {
        if case .failure(let failure) = error { report(.forecastFails(failure.message, at: failure.range ?? range)) }
      }
    }
    for (name, _) in state.overrides.sorted(by: { $0.key < $1.key }) {
      guard let range = statementRange else { continue }
      report(
        .unusedOverride(
          name, at: SourceRange(range.source, 0, 0),
          nearest: Spelling.nearest(to: name, among: state.frames[0].sortedNames)))
    }
  }

  /// The classes of models and callbacks that nobody called, with the places of their names, in the order of the text.
  private var uncalledClasses: [(object: any ObjectValue, range: SourceRange)] {
    var classes: [(object: any ObjectValue, range: SourceRange)] = []
    for (_, binding) in state.frames.first?.bindings ?? [] {
      guard case .known(.object(let object)) = binding.meaning, object is ScriptClass,
        !state.instantiated.contains(ObjectIdentifier(object))
      else { continue }
      classes.append((object, binding.range))
    }
    return classes.sorted { $0.range.start < $1.range.start }
  }

  /// Unknown arguments for the parameters that have no default.
  private static func stand(for parameters: [Syntax.Parameter]) -> [GivenArgument] {
    var names: Set<String> = []
    return parameters.filter { $0.kind == .plain && $0.defaultValue == nil && names.insert($0.name.text).inserted }.map {
      GivenArgument($0.name, .unknown(.any), $0.name.range)
    }
  }
}
