import Diagnostics
import Lambdas
import Syntax

/// Statements that give names a meaning: `a = b = v`, `(x, y), z = …`, `n += 1`.
extension Interpreter {
  /// `a = b = value`, but for names that the command line gives another.
  func assign(_ targets: [Expression], _ value: AssignedValue, in statement: Statement) throws(Interruption) {
    let stepsBefore = plan.steps.count
    let meaning: Meaning
    switch value {
    case .expression(let expression):
      // What is replaced whole is not even looked at: the file it would read need not be there.
      meaning = try overridesWhole(targets) ? .none : evaluate(expression)
      for target in targets { noteAlias(target, of: expression, meaning) }
    case .run(let run): meaning = try walkRun(run)
    }
    if !overridesWhole(targets) { for target in targets { try assign(meaning, to: target) } }
    guard state.context == .script, state.frames.count == 1 else { return }
    // Attributes are told by what sets them.
    let named = targets.filter { if case .attribute = $0.kind { false } else { true } }
    if !plan.isFull, !named.isEmpty, !overridesWhole(targets), var text = meaning.planText {
      // What only the run will know is told by how it is computed, unless a step has told that.
      if meaning.value == nil, plan.steps.count == stepsBefore, case .expression(let expression) = value {
        text = "\(expression.planText) -> \(text)"
      }
      plan.add(.bind(targets: named.map(\.planText).joined(separator: " = "), value: text), at: statement.range)
    }
    for target in targets { applyOverrides(to: target, in: statement) }
  }

  /// Whether `--set` replaces all that a statement binds: its only target is a name that it gives.
  private func overridesWhole(_ targets: [Expression]) -> Bool {
    guard state.context == .script, state.frames.count == 1, targets.count == 1, case .name(let name) = targets[0].kind else {
      return false
    }
    return state.overrides[name] != nil
  }

  /// Gives the names of a target that stand in `--set` their values, the first time each is bound.
  private func applyOverrides(to target: Expression, in statement: Statement) {
    switch target.kind {
    case .name(let name):
      guard let value = state.overrides.removeValue(forKey: name) else { return }
      bind(Name(name, target.range), to: .known(value))
      plan.add(.bind(targets: name, value: value.planText ?? "?"), at: statement.range)
    case .tuple(let targets), .list(let targets): for inner in targets { applyOverrides(to: inner, in: statement) }
    case .starred(let inner): applyOverrides(to: inner, in: statement)
    default: return
    }
  }

  /// Binds a target: a name, a nested tuple of targets, an index of a name, a settable attribute.
  func assign(_ meaning: Meaning, to target: Expression) throws(Interruption) {
    switch target.kind {
    case .name(let name):
      bind(Name(name, target.range), to: meaning)
    case .tuple(let targets), .list(let targets): try unpack(meaning, into: targets, at: target.range)
    case .starred(let inner): try assign(meaning, to: inner)
    case .subscripted(let container, let index): try assign(meaning, toIndex: index, of: container, at: target.range)
    case .attribute(let object, let name): try assign(meaning, toAttribute: name, of: object, at: target.range)
    // Anything else the reader has told.
    default: break
    }
  }

  private func unpack(_ meaning: Meaning, into targets: [Expression], at range: SourceRange) throws(Interruption) {
    let rest = targets.firstIndex { if case .starred = $0.kind { true } else { false } }
    guard let parts = try elements(of: meaning, at: range) else {
      let element = meaning.isPoisoned ? Meaning.poisoned : .unknown(meaning.type.elementType ?? .any)
      if meaning.isPoisoned || meaning.isIterable {
        for target in targets { try assign(element, to: target) }
      } else {
        report(.cannotUnpack(meaning.shownText, at: range))
        for target in targets { try assign(.poisoned, to: target) }
      }
      return
    }
    let plain = rest == nil ? targets.count : targets.count - 1
    guard rest == nil ? parts.count == plain : parts.count >= plain else {
      report(.unpackCount(expected: plain, found: parts.count, hasRest: rest != nil, at: range))
      for target in targets { try assign(.poisoned, to: target) }
      return
    }
    guard let rest else {
      for (target, part) in zip(targets, parts) { try assign(part, to: target) }
      return
    }
    let after = targets.count - rest - 1
    for (target, part) in zip(targets[..<rest], parts) { try assign(part, to: target) }
    try assign(.makeList(Array(parts[rest..<(parts.count - after)])), to: targets[rest])
    for (target, part) in zip(targets[(rest + 1)...], parts.suffix(after)) { try assign(part, to: target) }
  }

  /// The elements of a value that is gone through; nil where only its type is known, or where it has none.
  func elements(of meaning: Meaning, at range: SourceRange) throws(Interruption) -> [Meaning]? {
    if let elements = meaning.elements { return elements }
    guard case .known(let value) = meaning else { return nil }
    do { return try Operations.elements(of: value).map(Meaning.known) } catch {
      // What cannot be gone through at all is told by who asks.
      if error.kind == .memory || error.kind == .budget { _ = try failed(error, at: range, type: .any) }
      return nil
    }
  }

  /// `target op= value`.
  func augment(_ target: Expression, _ op: BinaryOperator, _ value: Expression, in statement: Statement)
    throws(Interruption)
  {
    switch target.kind {
    case .name, .attribute, .subscripted: break
    default: return
    }
    let old = try evaluate(target)
    let operand = try evaluate(value)
    if case .name(let name) = target.kind, case .known(let value) = old, value.isMutable { warnIfShared(name, at: target.range) }
    let result = try binary(op, old, operand, at: statement.range, isAugmented: true)
    try assign(result, to: target)
  }
}
