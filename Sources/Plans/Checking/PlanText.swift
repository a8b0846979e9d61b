import Arrays
import Diagnostics
import Lambdas
import Syntax

extension Expression {
  /// In canonical form, whatever its spelling.
  var planText: String { canonicalText(self) }
}

// How values and expressions are spelled in plans: alike where they mean alike, whatever their comments and spaces.

extension Meaning {
  /// As plans show it; nil for what has no spelling, such as a prefix.
  var planText: String? {
    switch self {
    case .known(let value): value.planText
    case .unknown(let type): "<\(type.description)>"
    case .list(let parts): "[\(parts.map { $0.planText ?? "?" }.joined(separator: ", "))]"
    case .tuple(let parts): "(\(parts.map { $0.planText ?? "?" }.joined(separator: ", ")))"
    case .poisoned: nil
    }
  }

  /// As findings show what was found: short.
  var shownText: String {
    switch self {
    case .known(.object(let object)):
      switch object {
      case let configured as Configured: return "`\(configured.entry.name)`, \(configured.entry.role.withArticle)"
      case let reference as EntryReference: return "the class `\(reference.name)`"
      case let declared as ScriptClass: return "the class `\(declared.name.text)`"
      case is ScriptFunction: return "a function"
      case let model as ModelObject: return "the model `\(model.plan.name)`"
      case is DataObject: return "a data set"
      default: return "`\(object.description)`"
      }
    case .known(let value):
      let text = Operations.representation(value)
      return text.count <= 40
        ? "`\(text)`" : "\(type.description.first.map { "aeiou".contains($0) ? "an " : "a " } ?? "")\(type.description)"
    case .unknown, .list, .tuple: return "`\(type.description)`"
    case .poisoned: return "something unknown"
    }
  }
}

extension Value {
  var planText: String? {
    switch self {
    case .object(let object):
      switch object {
      case let configured as Configured: configured.planText
      case let callback as ScriptCallback: callback.planText
      case let model as ModelObject: "model \(model.plan.name)"
      case let function as ScriptFunction: function.planText
      case let data as DataObject: data.planText
      case let function as TensorFunction: function.text
      case let function as TensorFunctionReference: function.name
      case is NamespaceReference, is EntryReference, is SpecialForm, is MergeFunction: nil
      default: object.description
      }
    case .function(let function): function.name
    case .array(let array): array.planText
    case .list(let items) where items.count <= Self.shownElements: "[\(Self.listed(items))]"
    case .tuple(let items) where items.count <= Self.shownElements: "(\(Self.listed(items))\(items.count == 1 ? "," : ""))"
    case .list(let items), .tuple(let items): plainText(items.count)
    case .dict(let dict) where dict.count <= Self.shownElements:
      "{\(zip(dict.keys, dict.values).map { "\(Operations.representation($0)): \($1.planText ?? "?")" }.joined(separator: ", "))}"
    case .dict(let dict): plainText(dict.count)
    case .set(let set): set.count <= Self.shownElements ? Operations.representation(self) : plainText(set.count)
    case .string(let text): text.utf8.count <= 4096 ? Operations.representation(self) : plainText(text.utf8.count)
    default: Operations.representation(self)
    }
  }

  private static func listed(_ items: [Value]) -> String { items.map { $0.planText ?? "?" }.joined(separator: ", ") }

  /// The most elements that a plan lists; it is for reading.
  private static let shownElements = 100

  /// Type and length, and a fingerprint of what is in it: `list of 30000 #1f8a0b44`.
  private func plainText(_ count: Int) -> String { "\(typeName) of \(count) #\(fingerprint.prefix(8))" }
}

extension NDArray {
  /// Shape and type, and a fingerprint of the numbers: `array of 3×2 float64 #1f8a0b44`.
  fileprivate var planText: String {
    let digits = String(fingerprint & 0xFFFF_FFFF, radix: 16)
    let shape = shape.map(String.init).joined(separator: "×")
    return "array of \(shape) \(type.rawValue) #\(String(repeating: "0", count: 8 - digits.count))\(digits)"
  }
}

extension DataObject {
  /// Where it is from, and what it has.
  fileprivate var planText: String { origin.isEmpty ? spec.description : "\(origin): \(spec.description)" }
}

extension SourceRange {
  /// The text there, on one line.
  var onOneLine: String {
    String(decoding: source.bytes[start..<end], as: UTF8.self).split { $0.isWhitespace }.joined(separator: " ")
  }
}

extension RunData {
  /// Where the data are from as far as that is known, and what they are.
  var planText: String {
    switch content {
    case .dataset(let data): data.planText
    case .arrays(let inputs, let targets, let sampleWeights):
      "\(spec.description): \((inputs + targets + sampleWeights).map { $0.planText ?? "?" }.joined(separator: ", "))"
    case .forecast: source.isEmpty ? spec.description : "\(source): \(spec.description)"
    }
  }
}

extension Configured {
  /// `Dense(units=64, activation=relu)`: what was given, in the order of the signature.
  package var planText: String { planText(without: []) }

  /// The same but for some arguments.
  func planText(without left: Set<String>) -> String {
    let shown = entry.signature.parameters.map(\.name) + CommonParameters.of(entry.role, beside: entry.signature).map(\.name)
    let given = shown.filter { arguments.given.contains($0) && $0 != "verbose" && !left.contains($0) }
    if given.isEmpty { return range == nil ? entry.name : "\(entry.name)()" }
    return
      "\(entry.name)(\(given.map { "\($0)=\(functionTexts[$0] ?? arguments[$0]?.planText ?? "?")" }.joined(separator: ", ")))"
  }
}

extension ScriptCallback {
  /// The call, and what the hooks do: two callbacks of one name are told apart.
  package var planText: String {
    "\(name)(\(parameters.map { "\($0.name)=\($0.value.planText ?? "?")" }.joined(separator: ", ")))"
  }
}

extension ScriptFunction {
  var planText: String { definition(named: "").planText }
}

extension Definition {
  fileprivate var planText: String {
    let head = parameters.planText
    switch body {
    case .expression(let expression):
      return head.isEmpty ? "lambda: \(expression.planText)" : "lambda \(head): \(expression.planText)"
    case .block(let block): return "def(\(head)) \(block.planText)"
    }
  }
}

extension CallbackPlan {
  /// The outer names that its hooks or functions read, with what they mean: "`limit` = 0.5"; empty where they read none.
  var outerNamesText: String {
    var codes: [FunctionCode] = []
    var own: Set<String> = []
    switch self {
    case .entry(let configured):
      for case .function(let function) in configured.arguments.values.values {
        if case .code(let code, _) = function.body { codes.append(code) }
      }
    case .script(let plan):
      codes = Array(plan.codes.values)
      own = Set(plan.instance.parameters.map(\.name))
    }
    var texts: [String: String] = [:]
    for code in codes {
      for (name, value) in code.effects.constants { texts[name] = value.planText }
      for (name, definition) in code.effects.definitions { texts[name] = definition.planText }
    }
    return texts.filter { !own.contains($0.key) }.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(
      separator: ", ")
  }
}

extension [Syntax.Parameter] {
  fileprivate var planText: String {
    map { parameter in
      let stars =
        switch parameter.kind {
        case .positionalRest: "*"
        case .keywordRest: "**"
        default: ""
        }
      return stars + parameter.name.text + (parameter.defaultValue.map { "=\($0.planText)" } ?? "")
    }.joined(separator: ", ")
  }
}

extension Block {
  /// The statements of a hook or function on one line, without comments.
  var planText: String { "{ \(statements.map(\.planText).joined(separator: "; ")) }" }
}

extension Block {
  /// State and hooks of a callback; in a `callbacks` block other callbacks stand between them.
  var definitionText: String {
    let own = statements.filter { statement in
      switch statement.kind {
      case .assign, .hook: true
      default: false
      }
    }
    return "{ \(own.map(\.planText).joined(separator: "; ")) }"
  }
}

extension Run {
  /// As it was written, without `verbose`: for a run of which too little is known to say what it means.
  var planText: String {
    let settings = settings?.statements.filter { statement in
      if case .assign(let targets, _) = statement.kind { targets.map(\.planText) != ["verbose"] } else { true }
    }
    let block = settings.map { " { \($0.map(\.planText).joined(separator: "; ")) }" } ?? ""
    return "\(verb.rawValue) \(model.planText) on \(data.planText)\(block)"
  }
}

extension Statement {
  fileprivate var planText: String {
    switch kind {
    case .callbacks(let block): return "callbacks \(block.planText)"
    case .assign(let targets, .expression(let value)):
      return (targets.map(\.planText) + [value.planText]).joined(separator: " = ")
    case .augmentedAssign(let target, let op, let value): return "\(target.planText) \(op.rawValue)= \(value.planText)"
    case .expression(let expression): return expression.planText
    case .conditional(let branches, let otherwise):
      let ways = branches.map { "if \($0.condition.planText) \($0.body.planText)" }.joined(separator: " el")
      return ways + (otherwise.map { " else \($0.planText)" } ?? "")
    case .loop(let target, let iterable, let body): return "for \(target.planText) in \(iterable.planText) \(body.planText)"
    case .return(let value): return "return" + (value.map { " \($0.planText)" } ?? "")
    case .raise(let error): return "raise \(error.planText)"
    case .break: return "break"
    case .continue: return "continue"
    case .hook(let name, let parameters, let body): return "on \(name.text)(\(parameters.planText)) \(body.planText)"
    // What else there is cannot stand in a hook or function.
    default: return "pass"
    }
  }
}
