import Diagnostics
import Lambdas
import Syntax

extension Interpreter {
  /// Looks at what the hooks of a callback ask of the model of this fit, where their arguments are known: the files that it is saved to
  /// are noted, and the layers that are asked for must be there.
  func checkModelCalls(of instance: ScriptInstance, in hooks: Set<Hook>, model: ModelObject) {
    let isShadowed = instance.callback.parameters.contains { $0.name == "model" }
    for hook in instance.hooks where hooks.contains(hook.hook) {
      check(hook.body.modelCalls, of: isShadowed ? nil : "model", in: instance.outer, model: model)
    }
  }

  /// The same of a function that is called as a hook.
  func checkModelCalls(of function: ScriptFunction, model: ModelObject) {
    let calls =
      switch function.body {
      case .expression(let expression): expression.modelCalls
      case .block(let block): block.modelCalls
      }
    check(calls, of: nil, in: function.captured, model: model)
  }

  /// `name` is what the model in training is called beside the names that the script has given it.
  private func check(_ calls: [ModelCall], of name: String?, in outer: Scope, model: ModelObject) {
    for call in calls where call.receiver == name || outer[call.receiver]?.meaning.object(ModelObject.self) === model {
      guard let argument = call.arguments.first?.value else { continue }
      guard case .string(let text)? = known(argument, in: outer) else {
        if ["save", "save_weights"].contains(call.method) {
          let pattern = PathPattern(argument) { known($0, in: outer) }
          state.files.expect(pattern, model: pattern.holdsModel && call.method == "save" ? model : nil)
        }
        continue
      }
      switch call.method {
      case "save", "save_weights": noteSave(to: text, weightsOnly: call.method == "save_weights", of: model, at: argument.range)
      case "get_layer":
        let names = model.plan.listedLayers.map(\.name)
        if !model.hasPlan || names.contains(text) { continue }
        report(
          .unknownLayer(
            text, in: model.plan.name, at: argument.range, nearest: Spelling.nearest(to: text, among: names), layers: names))
      default: continue
      }
    }
  }

  private func noteSave(to path: String, weightsOnly: Bool, of model: ModelObject, at range: SourceRange) {
    let endings = weightsOnly ? FileEndings.weights : FileEndings.model
    guard FileEndings.has(path, endings) else { return report(.saveEnding(path, endings: endings, at: range)) }
    if let reason = surroundings.reasonNotWritable(path) { return report(.cannotWrite(path, reason, at: range)) }
    noteWrite(
      .init(path: path, writer: "model.save", kind: .model, model: FileEndings.holdsModel(path) ? model : nil), at: range)
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

/// A call of a method of something with a name, as of `model` in a hook: `model.save("last.keras")`.
private struct ModelCall {
  let receiver: String
  let method: String
  let arguments: [Argument]

  /// Nil where the expression is another one.
  init?(_ expression: Expression) {
    guard case .call(let callee, let arguments) = expression.kind, case .attribute(let base, let name) = callee.kind,
      case .name(let receiver) = base.kind
    else { return nil }
    self.receiver = receiver
    method = name.text
    self.arguments = arguments
  }
}

extension Block {
  fileprivate var modelCalls: [ModelCall] { statements.flatMap(\.modelCalls) }
}

extension Statement {
  /// The calls among its expressions and those of its blocks.
  fileprivate var modelCalls: [ModelCall] {
    switch kind {
    case .assign(_, .expression(let value)), .augmentedAssign(_, _, let value), .expression(let value), .return(let value?):
      value.modelCalls
    case .conditional(let branches, let otherwise):
      branches.flatMap { $0.condition.modelCalls + $0.body.modelCalls } + (otherwise?.modelCalls ?? [])
    case .loop(_, let iterable, let body): iterable.modelCalls + body.modelCalls
    default: []
    }
  }
}

extension Expression {
  fileprivate var modelCalls: [ModelCall] { [ModelCall(self)].compactMap { $0 } + children.flatMap(\.modelCalls) }
}
