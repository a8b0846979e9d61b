import Diagnostics
import Lambdas
import Syntax

// What a prompt asks about names and expressions: all of it in the check's world, so that asking changes nothing.
extension Interpreter {
  /// A name that has been bound at the top level.
  package struct BoundName: Sendable {
    package let name: String
    /// "model", "callback", "function", "value" …
    package let noun: String
    package let meaning: Meaning
    /// Where it was bound last.
    package let range: SourceRange
  }

  /// The names that have been bound at the top level, in alphabetical order.
  package var boundNames: [BoundName] {
    (state.frames.first ?? Scope()).bindings.sorted { $0.name < $1.name }.map { name, binding in
      BoundName(name: name, noun: binding.kind.noun, meaning: binding.meaning, range: binding.range)
    }
  }

  /// Whether numbers have been drawn from what `np.random` follows from.
  package var hasDrawnRandomNumbers: Bool { sharedMachine.random.position > 0 }

  /// What an expression means, as far as that is known before it runs, with what is wrong in it.
  package func meaning(of expression: Expression) -> (meaning: Meaning, findings: [Finding]) {
    onDeepStack {
      self.forecast {
        let meaning = try? self.evaluate(expression)
        return (meaning ?? .poisoned, self.findings.all)
      }
    }
  }

  /// The same of a text; nil where it is no sound expression.
  private func meaning(ofText text: String) -> Meaning? {
    let reading = parse(Source(name: "<question>", text: text))
    guard reading.findings.isEmpty, reading.script.statements.count == 1,
      case .expression(let expression) = reading.script.statements[0].kind
    else { return nil }
    let meaning = meaning(of: expression).meaning
    return meaning.isPoisoned ? nil : meaning
  }

  /// The names that may follow `receiver.`, in alphabetical order.
  package func memberNames(of receiver: String) -> [String] {
    guard let meaning = meaning(ofText: receiver) else { return [] }
    let names: [String]
    switch meaning {
    case .known(.object(let namespace as NamespaceReference)): names = Namespaces.names(of: namespace.path, in: catalog)
    case _ where meaning.isModel: names = Self.modelAttributes + Self.modelMethods
    case .known(.object(let data as DataObject)):
      names = data.parts.keys.sorted() + ["x", "y"] + methodNames(ofEntriesUnder: "Dataset")
    case .known(.object(let configured as Configured)):
      names = configured.entry.signature.parameters.map(\.name) + (configured.entry.role == .layer ? ["name", "trainable"] : [])
    case .known(.object(let reference as EntryReference)): names = methodNames(ofEntriesUnder: reference.name)
    case .known(.object(let callback as ScriptCallback)): names = callback.stateNames + callback.parameters.map(\.name)
    default: names = Typing.attributeNames(of: meaning.type)
    }
    return Set(names.filter { !$0.contains(".") }).sorted()
  }

  /// Entries such as `Dataset.take` are methods of what their prefix names.
  private func methodNames(ofEntriesUnder prefix: String) -> [String] {
    Role.allCases.flatMap { catalog.names($0) }.filter { $0.hasPrefix(prefix + ".") }.map {
      String($0.dropFirst(prefix.count + 1))
    }
  }

  /// The keys that `container["…"]` may have, as far as they are known.
  package func keys(of container: String) -> [String] {
    guard let meaning = meaning(ofText: container) else { return [] }
    switch meaning {
    case .known(.dict(let dict)): return dict.keys.compactMap(\.asString)
    case .known(.object(let history as HistoryObject)): return history.keys
    case .known(.object(let scores as ScoresObject)): return scores.scores.map(\.name)
    default:
      switch meaning.type {
      case .record(let record): return record.names
      case .object(let type):
        if case .record(let record)? = type.attributes["history"]?.type { return record.names }
        return type.name == "Scores" ? type.attributes.keys.sorted() : []
      default: return []
      }
    }
  }

  /// The parameters of what a call names, in order; empty where nothing is known of them.
  package func parameters(ofCall callee: String, expecting role: Role? = nil) -> [ParameterDescription] {
    if let dot = callee.lastIndex(of: "."),
      meaning(ofText: String(callee[..<dot]))?.isModel ?? false
    {
      let method = String(callee[callee.index(after: dot)...])
      if let parameters = BlockSettings.parameters(of: method), method != "settings" {
        return ["fit", "evaluate", "predict"].contains(method) ? RunParameters.of(method, asMethod: true) : parameters
      }
    }
    if let role, let entry = catalog.entry(callee, role) { return Self.allParameters(of: entry) }
    guard let meaning = meaning(ofText: callee) else { return [] }
    switch meaning {
    case .known(.function(let function)): return function.type.parameters.map(ParameterDescription.init)
    case .known(.object(let object)):
      switch object {
      case let reference as EntryReference: return reference.entries.first.map(Self.allParameters) ?? []
      case let declared as ScriptClass: return declared.parameters.map(ParameterDescription.init)
      case let function as ScriptFunction:
        return function.parameters.filter { !$0.isMarker && !$0.isRest }.map(ParameterDescription.init)
      case let form as SpecialForm where form.kind == .loadModel:
        return [.init("filepath", "the file to read", .inputPath, default: nil)]
      default: return []
      }
    default: return []
    }
  }

  private static func allParameters(of entry: Entry) -> [ParameterDescription] {
    entry.signature.parameters + CommonParameters.of(entry.role, beside: entry.signature)
  }

  /// The names that `logs` may hold in trainings of the models that are known now, for monitors.
  package var knownLogNames: [String] {
    let models = boundNames.compactMap { $0.meaning.object(ModelObject.self) }
    let names = models.flatMap { model in
      model.compiled.map { LogKeys.scores(of: $0, outputNames: model.plan.outputNames) } ?? []
    }
    let training = names.isEmpty ? ["loss"] : names
    return Set(training + training.map { "val_\($0)" }).sorted()
  }
}

extension Value {
  /// The entries of the catalog that a name such as `Dense` means before it is called; empty for anything else.
  package var catalogEntries: [Entry] {
    if case .object(let reference as EntryReference) = self { reference.entries } else { [] }
  }
}

extension Meaning {
  fileprivate var isModel: Bool { if case .object(let type) = type { type === ModelObject.type } else { false } }
}

extension ParameterDescription {
  /// A parameter of a function that is declared by its type alone.
  fileprivate init(_ parameter: FunctionType.Parameter) {
    self.init(
      parameter.name, parameter.type.description, .any, default: parameter.isOptional ? Value.none : nil,
      isKeywordOnly: parameter.kind == .keywordOnly)
  }

  /// A parameter of the script's own.
  fileprivate init(_ parameter: Syntax.Parameter) {
    self.init(parameter.name.text, "a parameter", .any, default: parameter.defaultValue == nil ? nil : Value.none)
  }
}
