import Artifacts
import Lambdas
import Plans
import Syntax

/// Finds what may be typed next: from the catalog, from the names of the session, and from the folder for paths.
struct Completer {
  let interpreter: Interpreter

  private var catalog: Catalog { interpreter.catalog }

  /// What may follow a text; `start` counts from its beginning.
  func completion(of text: String) -> Completion {
    if text.hasPrefix(":") { return commandCompletion(of: text) }
    let cursor = Cursor(endOf: text)
    if cursor.isOpaque { return Completion(start: cursor.start) }
    if let quote = cursor.quote { return stringCompletion(at: cursor, quote) }
    if let receiver = cursor.receiver { return matching(cursor, [interpreter.memberNames(of: receiver)]) }
    return nameCompletion(at: cursor)
  }

  /// The candidates that begin with the cursor's word; if none does, those that do in any case of letters.
  private func matching(_ cursor: Cursor, _ lists: [[String]], ending: String = "") -> Completion {
    let candidates = lists.joined().filter { !$0.hasPrefix("_") || cursor.word.hasPrefix("_") }
    var found = candidates.filter { $0.hasPrefix(cursor.word) }
    if found.isEmpty { found = candidates.filter { $0.lowercased().hasPrefix(cursor.word.lowercased()) } }
    var seen: Set<String> = []
    return Completion(start: cursor.start, candidates: found.filter { seen.insert($0).inserted }, ending: ending)
  }

  // MARK: Commands

  private func commandCompletion(of text: String) -> Completion {
    guard let space = text.firstIndex(of: " ") else {
      let names = PromptCommand.allCases.map(\.rawValue).filter { $0.hasPrefix(text.dropFirst()) }
      return Completion(start: 1, candidates: names, ending: " ")
    }
    let start = text[...space].utf8.count
    let argument = String(text[text.index(after: space)...])
    switch PromptCommand.named(String(text[text.index(after: text.startIndex)..<space])) {
    case .load, .save: return paths(beginningWith: argument, start: start, ending: "")
    case .type:
      var completion = completion(of: argument)
      completion.start += start
      return completion
    case .help:
      let names = Description.words + interpreter.boundNames.map(\.name) + catalog.names.sorted() + Builtins.names
      var seen: Set<String> = []
      return Completion(start: start, candidates: names.filter { $0.hasPrefix(argument) && seen.insert($0).inserted })
    case .why:
      let names = catalog.entries[.callback]?.keys.sorted() ?? []
      return Completion(start: start, candidates: names.filter { $0.hasPrefix(argument) })
    case .names, .quit, nil: return Completion(start: start)
    }
  }

  // MARK: Strings

  private func stringCompletion(at cursor: Cursor, _ quote: String) -> Completion {
    if case .index(let container)? = cursor.surroundings.first {
      return matching(cursor, [interpreter.keys(of: container)], ending: quote)
    }
    if cursor.statementWords.last == "to" || cursor.statementWords.last == "include" { return paths(at: cursor, quote) }
    guard let kind = parameter(at: cursor)?.kind else { return paths(at: cursor, quote) }
    let strings = strings(of: kind)
    return strings.isEmpty ? paths(at: cursor, quote) : matching(cursor, [strings], ending: quote)
  }

  /// What a string may say as an argument of this kind.
  private func strings(of kind: ArgumentKind) -> [String] {
    switch kind {
    case .choice(let names): names
    case .entry(let role): stringNames(of: role)
    case .monitor: interpreter.knownLogNames
    case .optional(let kind), .list(let kind, _, _), .dict(let kind), .rest(let kind): strings(of: kind)
    case .either(let kinds): kinds.flatMap(strings)
    default: []
    }
  }

  /// The names of a role as they are written in strings: `relu`, `adam`; class names where there is nothing shorter.
  private func stringNames(of role: Role) -> [String] {
    let names = catalog.names(role)
    if role == .optimizer { return names.map { $0.lowercased() } }
    let short = names.filter { $0.first?.isLowercase ?? false }
    return role == .metric ? ["accuracy"] + short : short.isEmpty ? names : short
  }

  private func paths(at cursor: Cursor, _ quote: String) -> Completion {
    paths(beginningWith: cursor.word, start: cursor.start, ending: quote)
  }

  /// Files and folders; hidden ones only where a dot has been typed.
  private func paths(beginningWith text: String, start: Int, ending: String) -> Completion {
    let slash = text.lastIndex(of: "/")
    let folder = slash.map { String(text[...$0]) } ?? ""
    let name = slash.map { String(text[text.index(after: $0)...]) } ?? text
    let names = (namesInFolder(folder.isEmpty ? "." : folder) ?? []).filter {
      $0.hasPrefix(name) && (!$0.hasPrefix(".") || name.hasPrefix(".")) && !$0.contains("\n")
    }
    return Completion(start: start, candidates: names.map { folder + $0 }, ending: ending, arePaths: true)
  }

  // MARK: Names

  private func nameCompletion(at cursor: Cursor) -> Completion {
    let words = cursor.statementWords
    let names = interpreter.boundNames.map(\.name)
    switch cursor.surroundings.first {
    case .block(let word, let given, nil)? where cursor.beginsStatement:
      return matching(cursor, beginnings(ofStatementsIn: word, given: given))
    case .block("callback", _, _)? where words.last == "on", .block("callbacks", _, _)? where words.last == "on":
      return matching(cursor, [Hook.allCases.map { "\($0.rawValue)(\($0.parameterNames.joined(separator: ", "))) {" }])
    case .call(let callee, let given, _, nil)?:
      let keywords = parameters(ofCall: callee).map(\.name).filter { !given.contains($0) }.map { $0 + "=" }
      if isArgumentStart(cursor) { return matching(cursor, [keywords, expected(at: cursor), names] + everything(cursor)) }
    default: break
    }
    if let last = words.last, words.count == 1 || words.dropLast().last == "=" {
      if ["fit", "evaluate", "predict", "compile", "save"].contains(last) {
        let models = interpreter.boundNames.filter { $0.meaning.object(ModelObject.self) != nil }.map(\.name)
        return matching(cursor, [models, names])
      }
    }
    let openings = cursor.beginsStatement ? Self.statementOpenings : []
    return matching(cursor, [expected(at: cursor), names, openings] + everything(cursor))
  }

  /// Whether an argument of a call begins with the word: its keyword may be typed.
  private func isArgumentStart(_ cursor: Cursor) -> Bool {
    guard let last = cursor.statementWords.last else { return true }
    return last == "," || last == "(" || last == "\n"
  }

  private static let statementOpenings = [
    "model ", "callback ", "fit ", "evaluate ", "predict ", "compile ", "save ", "def ", "for ", "if ", "expect ", "include ",
    "settings {",
  ]

  /// What the lines of a block begin with.
  private func beginnings(ofStatementsIn word: String, given: [String]) -> [[String]] {
    let names = interpreter.boundNames.map(\.name)
    switch word {
    case "fit", "evaluate", "predict", "compile", "settings":
      let settings = (BlockSettings.parameters(of: word) ?? []).map(\.name).filter { !given.contains($0) }.map { $0 + " = " }
      return [settings, ["fit", "evaluate", "predict"].contains(word) ? ["callbacks {"] : []]
    case "model": return [["compile {"], catalog.names(.layer), names, ["for ", "if ", "inputs = ", "outputs = "]]
    case "callback": return [["on "]]
    case "callbacks": return [["on "], catalog.names(.callback), names]
    case "on", "def": return [["if ", "for ", "return ", "print("], given, names, Builtins.names.filter { !$0.contains(".") }]
    default: return [names, Self.statementOpenings, catalogNames, Builtins.names.filter { !$0.contains(".") }]
    }
  }

  /// What the parameter that is being given takes: names of its role, its choices, truth values.
  private func expected(at cursor: Cursor) -> [String] {
    guard let kind = parameter(at: cursor)?.kind else { return [] }
    return values(of: kind)
  }

  private func values(of kind: ArgumentKind) -> [String] {
    switch kind {
    case .bool: ["True", "False"]
    case .choice(let names): names.map { "\"\($0)\"" }
    case .entry(let role): role == .activation ? stringNames(of: role).map { "\"\($0)\"" } : classNames(of: role)
    case .optional(let kind): values(of: kind) + ["None"]
    case .list(let kind, _, _), .dict(let kind), .rest(let kind): values(of: kind)
    case .either(let kinds): kinds.flatMap(values)
    case .model: interpreter.boundNames.filter { $0.meaning.object(ModelObject.self) != nil }.map(\.name)
    default: []
    }
  }

  private func classNames(of role: Role) -> [String] {
    let names = catalog.names(role)
    let classes = names.filter { $0.first?.isUppercase ?? false }
    return classes.isEmpty ? names : classes
  }

  /// Every name there is; nothing for an empty word, where hundreds of names would help nobody.
  private func everything(_ cursor: Cursor) -> [[String]] {
    if cursor.word.isEmpty { return [] }
    return [
      Builtins.names.filter { !$0.contains(".") }, catalogNames, Role.allCases.map(\.namespace), ["np", "math", "keras"],
      ["True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "for", "lambda "],
    ]
  }

  private var catalogNames: [String] {
    catalog.names.filter { !$0.contains(".") }.sorted() + ["Sequential", "Model", "load_model"]
  }

  // MARK: Parameters

  private func parameters(ofCall callee: String) -> [ParameterDescription] { interpreter.parameters(ofCall: callee) }

  /// The parameter that what is being typed is for, displays around it left out of account.
  private func parameter(at cursor: Cursor) -> ParameterDescription? {
    for surrounding in cursor.surroundings {
      switch surrounding {
      case .display: continue
      case .index: return nil
      case .call(let callee, _, let position, let keyword):
        let parameters = parameters(ofCall: callee)
        if let keyword { return parameters.first { $0.name == keyword } }
        if let first = parameters.first, case .rest = first.kind { return first }
        return parameters.indices.contains(position) && !parameters[position].isKeywordOnly ? parameters[position] : nil
      case .block(let word, _, let keyword?):
        let parameter = BlockSettings.parameters(of: word)?.first { $0.name == keyword }
        return parameter.map(Self.withRole)
      case .block: return nil
      }
    }
    return nil
  }

  /// Losses and metrics of `compile` take strings, lists and dicts; what stands in them is of one role.
  private static func withRole(_ parameter: ParameterDescription) -> ParameterDescription {
    let roles: [String: Role] = ["loss": .loss, "metrics": .metric, "weighted_metrics": .metric, "callbacks": .callback]
    guard let role = roles[parameter.name] else { return parameter }
    return ParameterDescription(parameter.name, parameter.help, .list(.entry(role)), default: parameter.defaultValue)
  }
}
