/// A path with fields to be filled in, as Python's `str.format` does: `run/{epoch:02d}-{val_loss:.2f}.keras`.
///
/// template = { text | "{{" | "}}" | "{" name [ "!" conversion ] [ ":" format ] "}" }
///
/// A conversion changes nothing: numbers read the same under all of them.
package struct PathTemplate: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package let name: String
    /// What stands after `:`; empty where there is none.
    package let format: String
  }

  enum Piece: Sendable, Equatable {
    case text(String)
    case field(Field)
  }

  /// As it was written.
  package let text: String
  /// Whether a brace has no partner, or a field stands within another.
  package let isMalformed: Bool
  var hasNestedFields: Bool { fields.contains { $0.format.contains("{") } }
  let pieces: [Piece]

  package init(_ text: String) {
    var pieces: [Piece] = []
    var plain = ""
    var isMalformed = false
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "{" where rest.first == "{", "}" where rest.first == "}": plain.append(rest.removeFirst())
      case "{":
        guard let end = rest.firstIndex(of: "}") else {
          isMalformed = true
          rest = ""
          break
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = ""
        pieces.append(.field(Field(rest[..<end])))
        rest = rest[rest.index(after: end)...]
      case "}": isMalformed = true
      default: plain.append(character)
      }
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.text = text
    self.isMalformed = isMalformed
    self.pieces = pieces
  }

  package var fields: [Field] { pieces.compactMap { if case .field(let field) = $0 { field } else { nil } } }

  /// The folders that it begins with, up to the first field, as they are written: `run/` of `run/{epoch}/best.keras`; may be empty.
  package var fixedFolder: String {
    let beginning = text.prefix { $0 != "{" }
    return beginning.lastIndex(of: "/").map { String(beginning[...$0]) } ?? ""
  }

  /// The path with every field replaced by what `spelling` gives for it.
  package func filled<Failure: Error>(_ spelling: (Field) throws(Failure) -> String) throws(Failure) -> String {
    var path = ""
    for piece in pieces {
      switch piece {
      case .text(let text): path += text
      case .field(let field): path += try spelling(field)
      }
    }
    return path
  }
}

extension PathTemplate.Field {
  /// What stands between the braces.
  fileprivate init(_ inside: Substring) {
    let parts = inside.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0].prefix { $0 != "!" })
    format = parts.count > 1 ? String(parts[1]) : ""
  }
}
