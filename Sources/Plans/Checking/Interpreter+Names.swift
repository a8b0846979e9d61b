import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// The binding of a name in the innermost scope that has one.
  func binding(of name: String) -> Binding? {
    let frames = state.ownNames.contains(name) ? state.frames.dropFirst() : state.frames[...]
    for frame in frames.reversed() { if let binding = frame[name] { return binding } }
    return nil
  }

  /// Binds a name in the current scope.
  func bind(_ name: Name, to meaning: Meaning, _ kind: Binding.Kind = .value) {
    let last = state.frames.count - 1
    state.frames[last][name.text] = Binding(meaning, name.range, kind)
  }

  /// Replaces what a bound name means, in the scope that has it, after its value was changed in place.
  func update(_ name: String, to meaning: Meaning) {
    for index in state.frames.indices.reversed() where state.frames[index][name] != nil {
      state.frames[index][name]?.meaning = meaning
      return
    }
  }

  /// Declares a model, callback or def; a second one of its name in a file is an error, and replaces what was typed before.
  func declare(_ name: Name, as meaning: Meaning, _ kind: Binding.Kind) {
    if let earlier = state.frames.last?[name.text], earlier.kind.isDeclaration, kind.isDeclaration, earlier.range != name.range {
      if isTyped {
        report(.replaced(name.text, earlier.kind, lost: loss(of: earlier, under: name.text), at: name.range))
      } else {
        return report(.declaredTwice(name.text, at: name.range, earlier: earlier.range))
      }
    }
    bind(name, to: meaning, kind)
  }

  /// What no name leads to any more when another meaning takes this one's.
  private func loss(of binding: Binding, under name: String) -> ReplacementLoss {
    guard let model = binding.meaning.object(ModelObject.self) else { return .nothingLearnt }
    let others = (state.frames.first ?? Scope()).bindings.filter { other, binding in
      other != name && binding.meaning.object(ModelObject.self) === model
    }
    if let other = others.map(\.name).min() { return .nothing(stillKnownAs: other) }
    if model.network == nil { return .nothingLearnt }
    return .weights(epochs: model.history?.epochs.count)
  }

  /// What a name means: the script's own, Python's and numpy's, the catalog's; with a role that its place expects, the catalog first.
  func evaluateName(_ name: String, at range: SourceRange, expecting role: Role?) -> Meaning {
    if let binding = binding(of: name) {
      if !binding.isCertain {
        report(.boundOnSomePaths(name, at: range, bound: binding.range))
        confirm(name)
      }
      if case .known(.iterator(let iterator)) = binding.meaning, isChecking {
        let position = iterator.position
        undoable { iterator.rewind(to: position) }
      }
      return binding.meaning
    }
    if let role, let entry = catalog.entry(name, role) { return .object(EntryReference(name: name, entries: [entry])) }
    if let value = Python.builtin(named: name) { return .known(value) }
    if name == Namespaces.autotune.name { return .known(Namespaces.autotune.value) }
    if let form = SpecialForm.Kind(rawValue: name) { return .object(SpecialForm(form)) }
    if name == "InputLayer" { return .object(SpecialForm(.input)) }
    let entries = catalog.roles(of: name).compactMap { catalog.entry(name, $0) }
    if !entries.isEmpty { return .object(EntryReference(name: name, entries: entries)) }
    if let entry = catalog.merging(name) { return .object(MergeFunction(entry)) }
    if Namespaces.isPrefix([name], in: catalog) { return .object(NamespaceReference([name])) }
    if state.unreadWords.contains(name) { return .poisoned }
    if state.calling.contains(name) {
      report(.recursion(name, at: range))
      return .poisoned
    }
    if let place = state.untaken.place(binding: name) {
      report(.boundOnNoPath(name, at: range, bound: place))
    } else if state.ownNames.contains(name) {
      report(.readBeforeBound(name, at: range))
    } else if !findings.isFull {
      let candidates = visibleNames(expecting: role) + range.wordsInPlace
      report(.unknownName(name, at: range, nearest: Spelling.nearest(to: name, among: candidates)))
    }
    return .poisoned
  }

  /// A name that was told to be unbound on some paths is told once.
  private func confirm(_ name: String) {
    for index in state.frames.indices.reversed() where state.frames[index][name] != nil {
      state.frames[index][name]?.isCertain = true
      return
    }
  }

  /// Names that could have been meant, the likeliest kinds first.
  private func visibleNames(expecting role: Role?) -> [String] {
    // So many names were not written by hand, and going through all of them for each unknown one would take minutes.
    var names = state.frames.reversed().filter { $0.count <= 2_000 }.flatMap(\.sortedNames)
    if let role { names += catalog.names(role) }
    names += Python.builtinNames
    names += SpecialForm.Kind.allCases.map(\.rawValue)
    for role in Role.allCases { names += catalog.names(role) }
    return names
  }

  /// A member of a prefix: `layers.Dense`, `keras.callbacks`, `np.zeros`.
  func member(_ member: Name, of namespace: NamespaceReference, at range: SourceRange) -> Meaning {
    switch Namespaces.member(member.text, of: namespace.path, in: catalog) {
    case .entries(let entries): return .object(EntryReference(name: member.text, entries: entries))
    case .merging(let entry): return .object(MergeFunction(entry))
    case .tensorFunction(let name): return .object(TensorFunctionReference(name))
    case .value(let value): return .known(value)
    case .form(let form): return .object(SpecialForm(form))
    case .namespace(let path): return .object(NamespaceReference(path, shown: "\(namespace.shown).\(member.text)"))
    case .notYet:
      report(.unknownYet(member.text, of: namespace.shown, at: member.range))
      return .poisoned
    case .nothing(let candidates):
      report(
        .unknownMember(
          member.text, of: namespace.shown, at: member.range,
          nearest: Spelling.nearest(to: member.text, among: candidates)))
      return .poisoned
    }
  }

  /// What a text given by `--set name=text` stands for: a Python literal or expression of built-ins, else, if it is a plain word or
  /// path, the text itself; nil for what is neither, such as `0.0l` and `1/`.
  package static func value(ofText text: String) -> Value? {
    let plain: Value? = isPlain(text) ? .string(text) : nil
    let reading = parse(Source(name: "--set", text: text))
    guard reading.findings.isEmpty, reading.script.statements.count == 1,
      case .expression(let expression) = reading.script.statements[0].kind
    else { return plain }
    var findings: [Finding] = []
    let value = try? Lambdas.evaluate(expression, scope: .empty, on: Machine(), findings: &findings)
    if case .function? = value { return plain }
    return value ?? plain
  }

  /// Whether a text reads as words or a path: letters, digits and what stands between them, with no digit first.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.first, first.isLetter || "_./~".contains(first) else { return false }
    return text.allSatisfy { $0.isLetter || $0.isNumber || "_-./~: ".contains($0) }
  }

  /// All names now visible, as a function captures them when it is made.
  func capture() -> Scope {
    var scope = state.frames.first ?? Scope()
    for frame in state.frames.dropFirst() { for (name, binding) in frame.bindings { scope[name] = binding } }
    return scope
  }
}

extension Binding.Kind {
  var isDeclaration: Bool {
    switch self {
    case .model, .modelClass, .callback, .function: true
    case .value, .module, .overridden: false
    }
  }

  var noun: String {
    switch self {
    case .model: "model"
    case .modelClass: "class of models"
    case .callback: "callback"
    case .function: "function"
    case .module: "module"
    case .value, .overridden: "value"
    }
  }
}
