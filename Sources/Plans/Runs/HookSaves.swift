import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// Notes the files that the hooks of a callback save the model to, `model.save("last.keras")`, where their names are known.
  func noteSaves(of instance: ScriptInstance, model: ModelObject, fit: SourceRange) {
    for hook in instance.hooks {
      for save in hook.body.saves {
        guard case .string(let path)? = known(save.path, in: instance.outer) else { continue }
        let endings = save.weightsOnly ? FileEndings.weights : FileEndings.model
        guard FileEndings.has(path, endings) else {
          report(.saveEnding(path, endings: endings, at: save.path.range))
          continue
        }
        if let reason = surroundings.reasonNotWritable(path) {
          report(.cannotWrite(path, reason, at: save.path.range))
          continue
        }
        let holdsModel = path.hasSuffix(".keras")
        noteWrite(
          .init(path: path, writer: "model.save", kind: .model, model: holdsModel ? model : nil), at: save.path.range)
      }
    }
  }

  /// The value of a literal, or of an outer name of a hook.
  private func known(_ expression: Expression, in outer: Scope) -> Value? {
    switch expression.kind {
    case .string(let text, _): .string(text)
    case .name(let name): outer[name]?.meaning.value
    default: nil
    }
  }
}

/// A call of `model.save(path)` or `model.save_weights(path)`.
private struct Save {
  let path: Expression
  let weightsOnly: Bool

  /// Nil where the expression is another one.
  init?(_ expression: Expression) {
    guard case .call(let callee, let arguments) = expression.kind, case .attribute(let base, let name) = callee.kind,
      case .name("model") = base.kind, name.text == "save" || name.text == "save_weights", let path = arguments.first?.value
    else { return nil }
    self.path = path
    weightsOnly = name.text == "save_weights"
  }
}

extension Block {
  fileprivate var saves: [Save] { statements.flatMap(\.saves) }
}

extension Statement {
  /// The saves among its expressions and those of its blocks.
  fileprivate var saves: [Save] {
    switch kind {
    case .assign(_, .expression(let value)), .augmentedAssign(_, _, let value), .expression(let value), .return(let value?):
      value.saves
    case .conditional(let branches, let otherwise):
      branches.flatMap { $0.condition.saves + $0.body.saves } + (otherwise?.saves ?? [])
    case .loop(_, let iterable, let body): iterable.saves + body.saves
    default: []
    }
  }
}

extension Expression {
  fileprivate var saves: [Save] { [Save(self)].compactMap { $0 } + children.flatMap(\.saves) }
}
