extension Expression {
  /// The expressions directly inside this one, in the order of the text, f-strings' fields included.
  package var children: [Expression] {
    switch kind {
    case .none, .bool, .integer, .float, .string, .ellipsis, .name, .missing: []
    case .formatted(let parts, _): parts.flatMap(\.expressions)
    case .tuple(let elements), .list(let elements), .set(let elements): elements
    case .dict(let entries):
      entries.flatMap { entry in
        switch entry {
        case .pair(let key, let value): [key, value]
        case .spread(let value): [value]
        }
      }
    case .starred(let value), .unary(_, let value), .attribute(let value, _): [value]
    case .binary(_, let left, let right), .logical(_, let left, let right), .subscripted(let left, let right): [left, right]
    case .comparison(let first, let links): [first] + links.map(\.operand)
    case .conditional(let condition, let then, let otherwise): [then, condition, otherwise]
    case .slice(let lower, let upper, let step): [lower, upper, step].compactMap { $0 }
    case .call(let callee, let arguments): [callee] + arguments.map(\.value)
    case .lambda(let parameters, let body): parameters.compactMap(\.defaultValue) + [body]
    case .comprehension(let comprehension): comprehension.expressions
    }
  }
}

extension FormattedPart {
  fileprivate var expressions: [Expression] {
    switch self {
    case .text: []
    case .field(let field): [field.value] + field.format.flatMap(\.expressions)
    }
  }
}

extension Comprehension {
  fileprivate var expressions: [Expression] {
    let results: [Expression] =
      switch result {
      case .list(let element), .set(let element), .generator(let element): [element]
      case .dict(let key, let value): [key, value]
      }
    return results + clauses.flatMap { [$0.target, $0.iterable] + $0.conditions }
  }
}
