import Diagnostics

/// An expression of the Python subset, with its place.
package struct Expression: Sendable {
  package var kind: Kind
  package var range: SourceRange
  package init(_ kind: Kind, _ range: SourceRange) {
    self.kind = kind
    self.range = range
  }

  package indirect enum Kind: Sendable {
    case none
    case bool(Bool)
    /// A whole number that fits 64 bits; a larger one is a finding of the lexer. `written` keeps `0xff` and `1_000`.
    case integer(Int, written: String)
    case float(Double, written: String)
    /// A string literal's value, adjacent literals joined. `written` keeps the quotes and prefixes for the printer.
    case string(String, written: String)
    case formatted([FormattedPart], written: String)
    case ellipsis
    case name(String)
    case tuple([Expression])
    case list([Expression])
    case set([Expression])
    case dict([DictEntry])
    /// `*value` in a display, a call or a target.
    case starred(Expression)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    /// `a and b`, `a or b`; chains lean left.
    case logical(LogicalOperator, Expression, Expression)
    /// `a < b <= c`: one operand more than operators.
    case comparison(Expression, [ComparisonLink])
    case conditional(condition: Expression, then: Expression, otherwise: Expression)
    case attribute(Expression, Name)
    /// `value[index]`; several subscripts are a tuple.
    case subscripted(Expression, Expression)
    /// `a:b:c`, inside a subscript only.
    case slice(lower: Expression?, upper: Expression?, step: Expression?)
    case call(callee: Expression, arguments: [Argument])
    case lambda(parameters: [Parameter], body: Expression)
    case comprehension(Comprehension)
    /// A hole that the parser has reported; follow-on findings about it are silenced.
    case missing
  }
}

package enum UnaryOperator: String, Sendable { case plus = "+", minus = "-", not, invert = "~" }

package enum BinaryOperator: String, Sendable {
  case add = "+", subtract = "-", multiply = "*", divide = "/", floorDivide = "//", modulo = "%", power = "**"
  case matrixMultiply = "@", and = "&", or = "|", xor = "^", shiftLeft = "<<", shiftRight = ">>"
}

package enum LogicalOperator: String, Sendable { case and, or }

package enum ComparisonOperator: String, Sendable {
  case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=", equal = "==", notEqual = "!="
  case isSame = "is", isNotSame = "is not", isIn = "in", isNotIn = "not in"
}

package struct ComparisonLink: Sendable {
  package var `operator`: ComparisonOperator
  package var operand: Expression
  package init(_ op: ComparisonOperator, _ operand: Expression) {
    self.operator = op
    self.operand = operand
  }
}

package enum DictEntry: Sendable {
  case pair(key: Expression, value: Expression)
  /// `**mapping`.
  case spread(Expression)
}

package struct Argument: Sendable {
  package enum Kind: Sendable {
    case positional
    case keyword(Name)
    case spread  // *values
    case keywordSpread  // **mapping
  }
  package var kind: Kind
  package var value: Expression
  package init(_ kind: Kind, _ value: Expression) {
    self.kind = kind
    self.value = value
  }
}

/// A piece of an f-string.
package enum FormattedPart: Sendable {
  case text(String)
  case field(FormattedField)
}

/// `{value!conversion:format}`; with `=` its own source text comes first.
package struct FormattedField: Sendable {
  package enum Conversion: String, Sendable { case string = "s", representation = "r", ascii = "a" }
  package var value: Expression
  /// The text to print before the value for `{x=}`, as written; nil without `=`.
  package var selfDocumenting: String?
  package var conversion: Conversion?
  /// The format after `:`, which may hold fields itself; empty where there is none.
  package var format: [FormattedPart]
  package init(value: Expression, selfDocumenting: String?, conversion: Conversion?, format: [FormattedPart]) {
    self.value = value
    self.selfDocumenting = selfDocumenting
    self.conversion = conversion
    self.format = format
  }
}

package struct Comprehension: Sendable {
  package enum Result: Sendable {
    case list(Expression)
    case set(Expression)
    case dict(key: Expression, value: Expression)
    /// A generator, accepted as a call's only argument.
    case generator(Expression)
  }
  package struct Clause: Sendable {
    package var target: Expression
    package var iterable: Expression
    package var conditions: [Expression]
    package init(target: Expression, iterable: Expression, conditions: [Expression]) {
      self.target = target
      self.iterable = iterable
      self.conditions = conditions
    }
  }
  package var result: Result
  package var clauses: [Clause]
  package init(result: Result, clauses: [Clause]) {
    self.result = result
    self.clauses = clauses
  }
}
