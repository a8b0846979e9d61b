import Lambdas
import Plans

/// `grammar/catalog.md`: everything a script can name, as a document.
enum CatalogDocument {
  /// The document, role by role, names in alphabetical order.
  static func text(of catalog: Catalog) -> String {
    var text = """
      # The catalog

      Everything a script can name, with its arguments. `train describe NAME` tells the same of one name; this page is written by
      `scripts/catalog` from the declarations that the checker reads.


      """
    let roles = Role.allCases.map { ($0, entries(of: $0, in: catalog)) }.filter { !$0.1.isEmpty }
    for (role, entries) in roles {
      let links = entries.map { "[`\($0.name)`](#\(anchor($0)))" }
      text += "- **\(role.title)**: \(links.joined(separator: ", "))\n"
    }
    text += "- **blocks**: \(BlockSettings.forms.map { "`\($0.name)`" }.joined(separator: ", "))\n"
    for (role, entries) in roles {
      text += "\n## \(role.title)\n"
      for entry in entries { text += "\n" + section(of: entry) }
    }
    text += "\n## blocks\n"
    for (name, form) in BlockSettings.forms {
      text += "\n### `\(form)`\n\n" + table(of: BlockSettings.parameters(of: name) ?? [])
    }
    return text
  }

  private static func entries(of role: Role, in catalog: Catalog) -> [Entry] {
    Set((catalog.entries[role] ?? [:]).values.map(\.name)).sorted().compactMap { catalog.entry($0, role) }
  }

  /// Unlike the name alone, it is the entry's own: roles share names.
  private static func anchor(_ entry: Entry) -> String { "\(entry.role.rawValue)-\(entry.name)" }

  private static func section(of entry: Entry) -> String {
    let signature = entry.signature
    var text = "### <a name=\"\(anchor(entry))\"></a>\(signature.name)\n\n\(signature.summary)\n\n"
    text += "```\n\(Description.call(of: signature).joined(separator: "\n"))\n```\n"
    if !signature.parameters.isEmpty { text += "\n" + table(of: signature.parameters) }
    if let call = entry.call { text += "\nCalled with:\n\n" + table(of: call.parameters) }
    if !signature.formula.isEmpty { text += "\nRule: \(escaped(signature.formula))\n" }
    if !signature.source.isEmpty { text += "\nSource: \(escaped(signature.source))\n" }
    if !signature.example.isEmpty { text += "\nExample:\n\n```\n\(signature.example)\n```\n" }
    let others = Description.otherNames(of: entry)
    if !others.isEmpty { text += "\nAlso written: \(others).\n" }
    return text
  }

  /// A list, since sentences make poor cells.
  private static func table(of parameters: [ParameterDescription]) -> String {
    parameters.map { "- `\($0.name)`: \(escaped($0.help)): \(escaped(Description.words(for: $0)))\n" }.joined()
  }

  /// What Markdown would take for markup, outside of backticks.
  private static func escaped(_ text: String) -> String {
    var result = ""
    var isCode = false
    for character in text {
      if character == "`" { isCode.toggle() }
      if !isCode, "*_<|".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
