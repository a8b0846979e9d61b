import Lambdas
import Syntax

/// A path of which parts are known when it is filled in: what a template or an f-string will give.
struct PathPattern {
  enum Piece {
    case text(String)
    /// Digits: the number of an epoch or a batch.
    case number
    /// A score, in any format.
    case figure
    case anything
  }

  let pieces: [Piece]

  init(_ pieces: [Piece]) { self.pieces = pieces }

  init(_ template: PathTemplate) {
    pieces = template.pieces.map { piece in
      switch piece {
      case .text(let text): .text(text)
      case .field(let field): ["epoch", "batch"].contains(field.name) ? .number : .figure
      }
    }
  }

  /// Whether a path that it becomes ends as that of a whole model.
  var holdsModel: Bool { if case .text(let text)? = pieces.last { FileEndings.holdsModel(text) } else { false } }

  /// Whether it may become this path.
  func mayBecome(_ path: String) -> Bool { Self.match(pieces[...], path[...]) }

  private static func match(_ pieces: ArraySlice<Piece>, _ path: Substring) -> Bool {
    guard let piece = pieces.first else { return path.isEmpty }
    let rest = pieces.dropFirst()
    switch piece {
    case .text(let text): return path.hasPrefix(text) && match(rest, path.dropFirst(text.count))
    case .number: return match(rest, path, after: path.prefix(while: \.isNumber).count)
    case .figure: return match(rest, path, after: path.prefix { $0.isNumber || "+-.,%_einfa ".contains($0) }.count)
    case .anything: return match(rest, path, after: path.count) || match(rest, path)
    }
  }

  /// Whether the rest follows some characters, one at least and so many at most.
  private static func match(_ pieces: ArraySlice<Piece>, _ path: Substring, after most: Int) -> Bool {
    most > 0 && (1...most).contains { match(pieces, path.dropFirst($0)) }
  }
}

extension PathPattern {
  /// What an expression of a hook gives, whose values are known to `known` where they are.
  init(_ expression: Expression, known: (Expression) -> Value?) {
    self.init(Self.pieces(of: expression, known))
  }

  private static func pieces(of expression: Expression, _ known: (Expression) -> Value?) -> [Piece] {
    if case .string(let text)? = known(expression) { return [.text(text)] }
    switch expression.kind {
    case .formatted(let parts, _):
      return parts.flatMap { part -> [Piece] in
        switch part {
        case .text(let text): [.text(text)]
        case .field(let field):
          field.format.isEmpty && field.selfDocumenting == nil ? pieces(of: field.value, known) : [.anything]
        }
      }
    case .binary(.add, let left, let right): return pieces(of: left, known) + pieces(of: right, known)
    default: return [.anything]
    }
  }
}
