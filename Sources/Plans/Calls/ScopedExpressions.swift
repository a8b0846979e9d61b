import Syntax

extension ScriptFunction {
  /// The outermost expressions in it, each with the names that the function binds there: its parameters and its own.
  var scopedExpressions: [(expression: Expression, bound: Set<String>)] {
    let bound = ownNames.union(parameters.map(\.name.text))
    switch body {
    case .expression(let expression): return [(expression, bound)]
    case .block(let block): return block.scopedExpressions(bound)
    }
  }
}

extension Block {
  fileprivate func scopedExpressions(_ bound: Set<String>) -> [(expression: Expression, bound: Set<String>)] {
    statements.flatMap { statement -> [(expression: Expression, bound: Set<String>)] in
      switch statement.kind {
      case .assign(_, .expression(let value)), .augmentedAssign(_, _, let value), .expression(let value), .return(let value?),
        .raise(let value):
        return [(value, bound)]
      case .conditional(let branches, let otherwise):
        return branches.flatMap { [($0.condition, bound)] + $0.body.scopedExpressions(bound) }
          + (otherwise?.scopedExpressions(bound) ?? [])
      case .loop(_, let iterable, let body): return [(iterable, bound)] + body.scopedExpressions(bound)
      default: return []
      }
    }
  }
}

extension Expression {
  /// The expressions directly in it, each with the names that are bound around it there: those of a lambda or a comprehension.
  var scopedChildren: [(expression: Expression, bound: Set<String>)] {
    switch kind {
    case .lambda(let parameters, let body):
      return parameters.compactMap(\.defaultValue).map { ($0, []) } + [(body, Set(parameters.map(\.name.text)))]
    case .comprehension(let comprehension):
      let targets = Set(comprehension.clauses.flatMap { $0.target.freeNames })
      // The first iterable is evaluated outside.
      let first = comprehension.clauses.first?.iterable
      return children.map { ($0, $0.range == first?.range ? [] : targets) }
    default: return children.map { ($0, []) }
    }
  }

  /// The names that it reads and does not bind itself.
  var freeNames: Set<String> {
    if case .name(let name) = kind { return [name] }
    return scopedChildren.reduce(into: []) { $0.formUnion($1.expression.freeNames.subtracting($1.bound)) }
  }
}
