import Diagnostics
import Lambdas
import Plans

/// `train describe`: what an entry of the catalog is, from the declaration that the checker reads too.
enum Description {
  /// An entry with its call, what each argument means, formula and example.
  static func text(of entry: Entry, style: TextStyle) -> String {
    let signature = entry.signature
    var lines = [style.bold(signature.name) + " — " + signature.summary, ""]
    lines.append("    " + call(of: signature))
    if !signature.parameters.isEmpty { lines += [""] + table(of: signature.parameters, style: style) }
    if !signature.formula.isEmpty { lines += ["", "Rule: " + signature.formula] }
    if !signature.source.isEmpty {
      lines += [signature.formula.isEmpty ? "" : nil, "Source: " + signature.source].compactMap { $0 }
    }
    if !signature.example.isEmpty {
      lines += ["", "Example:"] + signature.example.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
    }
    lines += ["", "A \(entry.role.rawValue), also reached as `\(entry.role.namespace).\(signature.name)`."]
    let others = entry.aliases.filter { $0 != signature.name }
    if !others.isEmpty { lines.append("Also written: " + others.map { "`\($0)`" }.joined(separator: ", ") + ".") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What may stand in the block of a statement; nil where the name is none.
  static func text(ofBlock name: String, style: TextStyle) -> String? {
    guard let form = BlockSettings.forms.first(where: { $0.name == name })?.form,
      let parameters = BlockSettings.parameters(of: name)
    else { return nil }
    return ([style.bold(form), ""] + table(of: parameters, style: style)).joined(separator: "\n") + "\n"
  }

  private static func table(of parameters: [ParameterDescription], style: TextStyle) -> [String] {
    let width = parameters.map(\.name.count).max() ?? 0
    return parameters.map { parameter in
      let padding = String(repeating: " ", count: width - parameter.name.count)
      return "  \(style.bold(parameter.name))\(padding)  \(parameter.help): \(words(for: parameter))"
    }
  }

  /// Everything there is, by role.
  static func overview(of catalog: Catalog, style: TextStyle) -> String {
    var lines: [String] = []
    for role in Role.allCases {
      let names = Set((catalog.entries[role] ?? [:]).values.map(\.name)).sorted()
      guard !names.isEmpty else { continue }
      lines.append(style.bold(role.namespace))
      lines += wrapped(names, width: 96).map { "  " + $0 }
    }
    lines.append(style.bold("blocks"))
    lines.append("  " + BlockSettings.forms.map(\.name).joined(separator: ", "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// `Dense(units, activation=None, use_bias=True)`.
  static func call(of signature: Signature) -> String {
    let parameters = signature.parameters.map { parameter in
      parameter.defaultValue.map { "\(parameter.name)=\(Operations.representation($0))" } ?? parameter.name
    }
    return "\(signature.name)(\(parameters.joined(separator: ", ")))"
  }

  /// What an argument may be, and what it is when left out.
  private static func words(for parameter: ParameterDescription) -> String {
    let kind = parameter.kind.expectation
    guard let value = parameter.defaultValue else { return "\(kind); must be given" }
    return "\(kind); \(Operations.representation(value)) if left out"
  }

  /// Names joined by commas, broken before `width`.
  private static func wrapped(_ names: [String], width: Int) -> [String] {
    var lines = [""]
    for (index, name) in names.enumerated() {
      let word = index == names.count - 1 ? name : name + ", "
      if lines[lines.count - 1].count + word.count > width { lines.append("") }
      lines[lines.count - 1] += word
    }
    return lines
  }
}

/// How emphasis is written: ANSI escapes, or not at all.
struct TextStyle {
  let isColored: Bool
  func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}
