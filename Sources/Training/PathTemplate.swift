import Lambdas

/// A path with fields to be filled in, as Python's `str.format` does: `run/{epoch:02d}-{val_loss:.2f}.keras`.
///
/// template = { text | "{{" | "}}" | "{" name [ ":" format ] "}" }
package struct PathTemplate: Sendable, Equatable {
  private enum Piece: Sendable, Equatable {
    case text(String)
    case field(name: String, format: String)
  }

  /// As it was written.
  package let text: String
  private let pieces: [Piece]

  /// Throws where a brace has no partner, or a format fits no number.
  package init(_ text: String) throws(CallbackFailure) {
    self.text = text
    var pieces: [Piece] = []
    var plain = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      if (character == "{" || character == "}") && rest.first == character {
        plain.append(character)
        rest.removeFirst()
      } else if character == "{" {
        guard let end = rest.firstIndex(of: "}") else { throw CallbackFailure("its path `\(text)` has a `{` without its `}`") }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = ""
        let parts = rest[..<end].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard !parts[0].isEmpty else { throw CallbackFailure("its path `\(text)` has a field without a name") }
        pieces.append(.field(name: String(parts[0]), format: parts.count > 1 ? String(parts[1]) : ""))
        rest = rest[rest.index(after: end)...]
      } else if character == "}" {
        throw CallbackFailure("its path `\(text)` has a `}` without its `{`")
      } else {
        plain.append(character)
      }
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.pieces = pieces
    var sample = Logs()
    for name in fields { sample[name] = name == "epoch" || name == "batch" ? .integer(1) : .float(0.5) }
    _ = try filled(with: sample)
  }

  /// The names it needs.
  package var fields: [String] {
    pieces.compactMap { if case .field(let name, _) = $0 { name } else { nil } }
  }

  /// The path with every field filled in.
  package func filled(with logs: Logs) throws(CallbackFailure) -> String {
    var path = ""
    for piece in pieces {
      switch piece {
      case .text(let text): path += text
      case .field(let name, let format):
        guard let value = logs[name] else { throw CallbackFailure("its path needs `\(name)`, which this epoch does not give") }
        do throws(MachineError) { path += try Operations.format(value, format) } catch {
          throw CallbackFailure("its path `\(text)` cannot show `\(name)`: \(error.message)")
        }
      }
    }
    return path
  }
}
