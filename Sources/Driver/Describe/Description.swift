import Diagnostics
import Lambdas
import Plans

/// `train describe` and `:help`: what a name of the catalog, a built-in function or a statement is, from the declarations that the
/// checker reads too.
enum Description {
  /// The widest line; only what cannot be broken is longer.
  private static let width = 100

  /// What a name means, in every role that it has; nil where there is nothing of that name.
  static func text(for name: String, style: TextStyle) -> String? {
    var texts = [text(ofBlock: name, style: style)].compactMap { $0 }
    texts += standardCatalog.entries(named: name).map { text(of: $0, style: style) }
    if let builtin = Builtins.function(name) { texts.append(text(of: builtin, style: style)) }
    if texts.isEmpty, let form = StatementForm.all.first(where: { $0.word == name }) {
      texts.append("\(style.bold(form.form)) — \(form.summary)\n")
    }
    return texts.isEmpty ? nil : texts.joined(separator: "\n")
  }

  /// An entry with its call, what each argument means, its rule, where that is from, and an example.
  static func text(of entry: Entry, style: TextStyle) -> String {
    let signature = entry.signature
    var lines = [style.bold(signature.name) + " — " + signature.summary, ""]
    lines += call(of: signature, width: width - 4).map { "    " + $0 }
    if !signature.parameters.isEmpty { lines += [""] + table(of: signature.parameters, style: style) }
    if let call = entry.call { lines += ["", "Called with:"] + table(of: call.parameters, style: style) }
    if !signature.formula.isEmpty { lines += ["", "Rule: " + signature.formula] }
    if !signature.source.isEmpty {
      lines += [signature.formula.isEmpty ? "" : nil, "Source: " + signature.source].compactMap { $0 }
    }
    if !signature.example.isEmpty {
      lines += ["", "Example:"] + signature.example.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
    }
    lines += ["", place(of: entry)]
    let others = otherNames(of: entry)
    if !others.isEmpty { lines.append("Also written: \(others).") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "A layer, also reached as `layers.Dense`."
  static func place(of entry: Entry) -> String {
    let role = entry.role.withArticle
    return "\(role.prefix(1).uppercased())\(role.dropFirst()), also reached as `\(entry.role.namespace).\(entry.name)`."
  }

  /// The other spellings of an entry, in backticks.
  static func otherNames(of entry: Entry) -> String {
    entry.aliases.filter { $0 != entry.name }.map { "`\($0)`" }.joined(separator: ", ")
  }

  /// What may stand in the block of a statement; nil where the name is none.
  private static func text(ofBlock name: String, style: TextStyle) -> String? {
    guard let form = BlockSettings.forms.first(where: { $0.name == name })?.form,
      let parameters = BlockSettings.parameters(of: name)
    else { return nil }
    return ([style.bold(form), ""] + table(of: parameters, style: style)).joined(separator: "\n") + "\n"
  }

  /// A function of Python, `math` or numpy.
  private static func text(of builtin: Builtin, style: TextStyle) -> String {
    let prefix = builtin.namespace == .core ? "" : builtin.namespace.rawValue + "."
    return "\(style.bold(prefix + builtin.name)) — \(builtin.help)\n\n    \(prefix)\(builtin.signature.text)\n"
  }

  /// Everything there is, by role.
  static func overview(of catalog: Catalog, style: TextStyle) -> String {
    var lines: [String] = []
    for role in Role.allCases {
      let names = Set((catalog.entries[role] ?? [:]).values.map(\.name)).sorted()
      guard !names.isEmpty else { continue }
      lines.append(style.bold(role.title))
      lines += wrapped(names, separator: ", ").map { "  " + $0 }
    }
    lines.append(style.bold("blocks"))
    lines.append("  " + BlockSettings.forms.map(\.name).joined(separator: ", "))
    lines += ["", "`train describe NAME` tells about one of them, and about the functions of Python, `math` and numpy."]
    return lines.joined(separator: "\n") + "\n"
  }

  /// `Dense(units, activation=None, use_bias=True)`, on several lines where it is long.
  static func call(of signature: Signature, width: Int = width) -> [String] {
    let parameters = signature.parameters.map { parameter in
      parameter.defaultValue.map { "\(parameter.name)=\(Operations.representation($0))" } ?? parameter.name
    }
    let head = signature.name + "("
    let lines = wrapped(parameters, separator: ", ", width: width - head.count)
    let margin = String(repeating: " ", count: head.count)
    return lines.enumerated().map { index, line in
      (index == 0 ? head : margin) + line + (index == lines.count - 1 ? ")" : "")
    }
  }

  /// Each parameter on two lines: what it means, and what may be given.
  private static func table(of parameters: [ParameterDescription], style: TextStyle) -> [String] {
    let names = parameters.map(\.name.count).max() ?? 0
    let margin = String(repeating: " ", count: names + 4)
    return parameters.flatMap { parameter -> [String] in
      let padding = String(repeating: " ", count: names - parameter.name.count)
      let help = wrapped(parameter.help.split(separator: " ").map(String.init), separator: " ", width: width - margin.count)
      let words = wrapped(
        words(for: parameter).split(separator: " ").map(String.init), separator: " ", width: width - margin.count)
      let lines = help + words
      return ["  \(style.bold(parameter.name))\(padding)  \(lines.first ?? "")"] + lines.dropFirst().map { margin + $0 }
    }
  }

  /// What an argument may be, and what it is when left out.
  static func words(for parameter: ParameterDescription) -> String {
    guard let value = parameter.defaultValue else { return sentence(parameter.kind, "must be given") }
    switch value {
    case .none: return sentence(parameter.kind.unwrapped, "may be left out")
    case .string(let text): return sentence(parameter.kind, "`\"\(text)\"` if left out")
    default: return sentence(parameter.kind, "`\(Operations.representation(value))` if left out")
    }
  }

  private static func sentence(_ kind: ArgumentKind, _ rest: String) -> String { kind.choices.map { "\($0); \(rest)" } ?? rest }

  /// The words that statements and blocks begin with.
  static let words: [String] = {
    let words = BlockSettings.forms.map(\.name) + StatementForm.all.map(\.word)
    return Set(words).sorted()
  }()

  /// Words joined by a separator, broken before the width.
  private static func wrapped(_ words: [String], separator: String, width: Int = width) -> [String] {
    var lines = [""]
    for (index, word) in words.enumerated() {
      let ending = index == words.count - 1 ? "" : separator
      if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + word.count + ending.count > width { lines.append("") }
      lines[lines.count - 1] += word + ending
    }
    return lines.map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 }
  }
}

/// How emphasis is written: ANSI escapes, or not at all.
struct TextStyle {
  let isColored: Bool
  func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}
