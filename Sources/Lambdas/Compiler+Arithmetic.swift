import Diagnostics
import Syntax

extension FunctionCompiler {
  func compileUnary(_ op: UnaryOperator, _ expression: Expression) -> Operand {
    if op == .minus, case .integer(let number, _) = expression.kind { return constant(.integer(0 &- number)) }
    if op == .not {
      let before = flow
      let truth = asTruth(compile(expression))
      flow = before
      let result = newCell()
      emit(.not, result, truth)
      return cellOperand(result, .bool)
    }
    let operand = compile(expression)
    switch (op, operand.type) {
    case (.minus, .integer), (.minus, .bool), (.invert, .integer), (.invert, .bool):
      let result = newCell()
      emit(op == .minus ? .negateInteger : .invertInteger, result, asInteger(operand))
      return cellOperand(result, .integer)
    case (.minus, .float):
      let result = newCell()
      emit(.negateFloat, result, asFloat(operand))
      return cellOperand(result, .float)
    case (.plus, .integer), (.plus, .bool): return cellOperand(asInteger(operand), .integer)
    case (.plus, .float): return cellOperand(asFloat(operand), .float)
    default:
      let outcome = Typing.unary(op, operand.type)
      judge(outcome, at: expression.range, named: expression)
      let result = newValue()
      emit(.unary, x: OperatorTable.number(op), result, asValue(operand))
      return valueOperand(result, outcome.type)
    }
  }

  private static let integerOpcodes: [BinaryOperator: Opcode] = [
    .add: .addInteger, .subtract: .subtractInteger, .multiply: .multiplyInteger, .floorDivide: .floorDivideInteger,
    .modulo: .moduloInteger, .and: .andInteger, .or: .orInteger, .xor: .xorInteger, .shiftLeft: .shiftLeft,
    .shiftRight: .shiftRight,
  ]
  private static let floatOpcodes: [BinaryOperator: Opcode] = [
    .add: .addFloat, .subtract: .subtractFloat, .multiply: .multiplyFloat, .divide: .divideFloat, .floorDivide: .floorDivideFloat,
    .modulo: .moduloFloat, .power: .powerFloat,
  ]

  /// `a ∘ b`: typed instructions where both are scalars, `Operations` otherwise.
  func compileBinary(
    _ op: BinaryOperator, _ a: Operand, _ b: Operand, at range: SourceRange, _ left: Expression? = nil, _ right: Expression? = nil
  ) -> Operand {
    if a.type.isScalar, b.type.isScalar {
      if a.type == .float || b.type == .float {
        if let opcode = Self.floatOpcodes[op] {
          let (x, y) = (asFloat(a), asFloat(b))
          let result = newCell()
          emit(opcode, result, x, y, at: range)
          return cellOperand(result, .float)
        }
      } else if op == .divide {
        let (x, y) = (asInteger(a), asInteger(b))
        let result = newCell()
        emit(.divideInteger, result, x, y, at: range)
        return cellOperand(result, .float)
      } else {
        var opcode = Self.integerOpcodes[op]
        if op == .power, let exponent = right.flatMap(Self.literalInteger), exponent >= 0 { opcode = .powerInteger }
        if let opcode {
          let (x, y) = (asInteger(a), asInteger(b))
          let result = newCell()
          emit(opcode, result, x, y, at: range)
          let isTruth = a.type == .bool && b.type == .bool && (op == .and || op == .or || op == .xor)
          return cellOperand(result, isTruth ? .bool : .integer)
        }
      }
    }
    let outcome = Typing.binary(op, a.type, b.type)
    let isLeftNone = a.type.members.contains(.none)
    judge(outcome, at: range, named: isLeftNone ? left : right)
    let (x, y) = (asValue(a), asValue(b))
    let result = newValue()
    emit(.binary, x: OperatorTable.number(op), result, x, y, at: range)
    return valueOperand(result, outcome.type)
  }

  /// `a < b <= c`: each operand once, the first false link decides.
  func compileComparison(_ first: Expression, _ links: [ComparisonLink]) -> Operand {
    var left = compile(first)
    var leftExpression = first
    if links.count == 1, let link = links.first { return compileLink(left, leftExpression, link) }
    let result = newCell()
    var exits: [Int] = []
    for (index, link) in links.enumerated() {
      let right = compile(link.operand)
      let truth = asTruth(compileLink(left, leftExpression, link, right))
      emit(.moveCell, result, truth)
      if index < links.count - 1 { exits.append(emit(.jumpIfFalse, result)) }
      left = right
      leftExpression = link.operand
    }
    land(exits)
    return cellOperand(result, .bool)
  }

  private func compileLink(_ a: Operand, _ left: Expression, _ link: ComparisonLink, _ compiled: Operand? = nil) -> Operand {
    if compiled == nil, case .none = link.operand.kind, link.operator == .isSame || link.operator == .isNotSame {
      let result = newCell()
      emit(.isNone, result, asValue(a))
      if link.operator == .isNotSame { emit(.not, result, result) }
      return cellOperand(result, .bool)
    }
    let b = compiled ?? compile(link.operand)
    let range = left.range.through(link.operand.range)
    if let result = compileScalarComparison(link.operator, a, b, left, link.operand) { return result }
    let outcome = Typing.compare(link.operator, a.type, b.type)
    let isLeftNone = a.type.members.contains(.none)
    judge(outcome, at: range, named: isLeftNone ? left : link.operand)
    let (x, y) = (asValue(a), asValue(b))
    if outcome.type == .bool {
      let result = newCell()
      emit(.compareTruth, x: OperatorTable.number(link.operator), result, x, y, at: range)
      return cellOperand(result, .bool)
    }
    let result = newValue()
    emit(.compare, x: OperatorTable.number(link.operator), result, x, y, at: range)
    return valueOperand(result, outcome.type)
  }

  private func compileScalarComparison(
    _ op: ComparisonOperator, _ a: Operand, _ b: Operand, _ left: Expression, _ right: Expression
  ) -> Operand? {
    guard a.type.isScalar, b.type.isScalar else { return nil }
    var opcodes: (integer: Opcode, float: Opcode)
    var isSwapped = false
    switch op {
    case .less: opcodes = (.lessInteger, .lessFloat)
    case .lessOrEqual: opcodes = (.lessOrEqualInteger, .lessOrEqualFloat)
    case .greater:
      opcodes = (.lessInteger, .lessFloat)
      isSwapped = true
    case .greaterOrEqual:
      opcodes = (.lessOrEqualInteger, .lessOrEqualFloat)
      isSwapped = true
    case .equal: opcodes = (.equalInteger, .equalFloat)
    case .notEqual: opcodes = (.notEqualInteger, .notEqualFloat)
    case .isSame, .isNotSame, .isIn, .isNotIn: return nil
    }
    let isFloat = a.type == .float || b.type == .float
    // An int beside a float is compared exactly; only a small literal may simply become a float.
    if isFloat, a.type != .float, Self.literalInteger(left).map({ $0.magnitude > 1 << 53 }) ?? true { return nil }
    if isFloat, b.type != .float, Self.literalInteger(right).map({ $0.magnitude > 1 << 53 }) ?? true { return nil }
    let (x, y) = isFloat ? (asFloat(a), asFloat(b)) : (asInteger(a), asInteger(b))
    let result = newCell()
    emit(isFloat ? opcodes.float : opcodes.integer, result, isSwapped ? y : x, isSwapped ? x : y)
    return cellOperand(result, .bool)
  }
}
