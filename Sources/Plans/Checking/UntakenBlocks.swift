import Diagnostics
import Syntax

/// The blocks of `if` and `for` that no path came through: a name that is bound only in them has no value.
struct UntakenBlocks {
  private var places = PlaceList()
  private var blocks: [Block] = []

  mutating func add(_ block: Block) {
    if places.add(block.range) { blocks.append(block) }
  }

  /// Where one of them would bind a name; nil where none does.
  func place(binding name: String) -> SourceRange? {
    blocks.lazy.compactMap { Self.place(binding: name, in: $0.statements) }.first
  }

  private static func place(binding name: String, in statements: [Statement]) -> SourceRange? {
    for statement in statements {
      let found: SourceRange? =
        switch statement.kind {
        case .assign(let targets, _): targets.lazy.compactMap { place(of: name, in: $0) }.first
        case .model(let declared, _, _), .callback(let declared, _, _), .functionExpression(let declared, _, _),
          .functionBlock(let declared, _, _):
          declared.text == name ? declared.range : nil
        case .conditional(let branches, let otherwise):
          (branches.map(\.body) + [otherwise].compactMap { $0 }).lazy.compactMap { place(binding: name, in: $0.statements) }.first
        case .loop(let target, _, let body): place(of: name, in: target) ?? place(binding: name, in: body.statements)
        default: nil
        }
      if let found { return found }
    }
    return nil
  }

  private static func place(of name: String, in target: Expression) -> SourceRange? {
    switch target.kind {
    case .name(name): target.range
    case .tuple(let targets), .list(let targets): targets.lazy.compactMap { place(of: name, in: $0) }.first
    case .starred(let inner): place(of: name, in: inner)
    default: nil
    }
  }
}
