/// How tightly an expression's outermost operator binds, from the loosest.
enum Precedence: Int, Comparable {
  case expression, disjunction, conjunction, not, comparison, or, xor, and, shift, sum, term, unary, power, primary

  static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }

  /// The next tighter one.
  var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .primary }

  init(of expression: Expression) {
    switch expression.kind {
    case .lambda, .conditional: self = .expression
    case .logical(.or, _, _): self = .disjunction
    case .logical(.and, _, _): self = .conjunction
    case .unary(.not, _): self = .not
    case .comparison: self = .comparison
    case .binary(let op, _, _): self = Precedence(of: op)
    case .unary: self = .unary
    case .integer(let value, _) where value < 0: self = .unary
    case .float(let value, _) where value < 0: self = .unary
    default: self = .primary
    }
  }

  private init(of op: BinaryOperator) {
    switch op {
    case .or: self = .or
    case .xor: self = .xor
    case .and: self = .and
    case .shiftLeft, .shiftRight: self = .shift
    case .add, .subtract: self = .sum
    case .multiply, .divide, .floorDivide, .modulo, .matrixMultiply: self = .term
    case .power: self = .power
    }
  }

  /// What the operands of an operator must bind at least as tightly as; `**` leans right, the others left.
  static func operands(of op: BinaryOperator) -> (left: Precedence, right: Precedence) {
    let precedence = Precedence(of: op)
    return op == .power ? (.primary, .unary) : (precedence, precedence.next)
  }
}
