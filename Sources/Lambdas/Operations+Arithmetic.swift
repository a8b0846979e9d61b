import Arrays
import Glibc
import Syntax

extension Operations {
  /// `a + b` and the other binary operators, on any two values.
  package static func binary(_ op: BinaryOperator, _ a: Value, _ b: Value) throws(MachineError) -> Value {
    if takesFloats(op) {
      if case .float(let x) = a, let y = b.asDouble { return try .float(float(op, x, y)) }
      if case .float(let y) = b, let x = a.asDouble { return try .float(float(op, x, y)) }
    }
    if let x = a.asInteger, let y = b.asInteger {
      if case .bool = a, case .bool = b, op == .and || op == .or || op == .xor {
        return .bool(op == .and ? x & y == 1 : op == .or ? x | y == 1 : x != y)
      }
      return try integer(op, x, y)
    }
    if let result = try arrays(op, a, b) { return result }
    switch (op, a, b) {
    case (.add, .string(let x), .string(let y)):
      try checkBytes(x.utf8.count + y.utf8.count)
      return .string(x + y)
    case (.add, .list(let x), .list(let y)):
      try checkLength(x.count + y.count)
      return .list(x + y)
    case (.add, .tuple(let x), .tuple(let y)):
      try checkLength(x.count + y.count)
      return .tuple(x + y)
    case (.multiply, .string, _), (.multiply, .list, _), (.multiply, .tuple, _):
      if let count = b.asInteger { return try repeated(a, count) }
    case (.multiply, _, .string), (.multiply, _, .list), (.multiply, _, .tuple):
      if let count = a.asInteger { return try repeated(b, count) }
    case (.modulo, .string(let text), _): return .string(try percentFormat(text, b))
    case (.or, .dict(var x), .dict(let y)):
      try checkEntries(x.count + y.count)
      for (key, value) in zip(y.keys, y.values) { x.set(value, for: key) }
      return .dict(x)
    case (.or, .set(let x), .set(let y)):
      try checkEntries(x.count + y.count)
      return .set(SetValue(x.elements + y.elements))
    case (.and, .set(let x), .set(let y)):
      // Of two that are equal (`1` and `True`) the one that the smaller set holds stays, as in CPython.
      return .set(SetValue(y.count > x.count ? x.elements.filter(y.contains) : y.elements.filter(x.contains)))
    case (.subtract, .set(let x), .set(let y)): return .set(SetValue(x.elements.filter { !y.contains($0) }))
    case (.xor, .set(let x), .set(let y)):
      return .set(SetValue(x.elements.filter { !y.contains($0) } + y.elements.filter { !x.contains($0) }))
    default: break
    }
    if op == .add, case .string = a { throw .init(.type, "can only concatenate str (not \"\(b.typeName)\") to str") }
    throw .init(.type, "unsupported operand type(s) for \(op.rawValue): '\(a.typeName)' and '\(b.typeName)'")
  }

  /// `a ∘= b`: an array keeps its shape and type, as in NumPy; a list takes in any iterable, a dict any pairs; everything else is `a ∘ b`.
  package static func augment(_ op: BinaryOperator, _ a: Value, _ b: Value) throws(MachineError) -> Value {
    switch (op, a) {
    case (.add, .list(let items)):
      let more = try elements(of: b)
      try checkLength(items.count + more.count)
      return .list(items + more)
    case (.or, .dict(var dict)):
      try merge(b, into: &dict)
      return .dict(dict)
    default: break
    }
    guard case .array(let old) = a, op != .matrixMultiply else { return try binary(op, a, b) }
    // The type is looked at before the shapes.
    if let operation = ElementOperation(rawValue: op.rawValue) {
      let type = try numeric { () throws(ArrayError) in
        if let scalar = b.asWeakScalar { return NDArray.type(of: operation, old.type.promoted(with: scalar)) }
        return NDArray.type(of: operation, old.type.promoted(with: try Given.array(b).type))
      }
      guard old.type.takes(type) else {
        throw .init(
          .type,
          "`\(op.rawValue)=` gives \(type.rawValue), which the \(old.type.rawValue) array cannot hold: write `x = x \(op.rawValue) …`"
        )
      }
    }
    let new = try numeric { [result = try binary(op, a, b)] () throws(ArrayError) in try Given.array(result) }
    guard new.shape == old.shape else {
      throw .init(
        .value,
        "non-broadcastable output operand with shape \(NDArray.pythonTuple(old.shape)) doesn't match the broadcast shape "
          + NDArray.pythonTuple(new.shape))
    }
    return .array(new.converted(to: old.type))
  }

  private static func arrays(_ op: BinaryOperator, _ a: Value, _ b: Value) throws(MachineError) -> Value? {
    if op == .matrixMultiply {
      switch (a, b) {
      case (.array(let x), .array(let y)):
        return try numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.matrixProduct(x, y)) }
      case (.array, _) where b.sequenceItems != nil: return try arrays(op, a, .array(makeArray(b)))
      case (_, .array) where a.sequenceItems != nil: return try arrays(op, .array(makeArray(a)), b)
      case (.array, _) where b.asDouble != nil, (_, .array) where a.asDouble != nil:
        throw .init(.value, "matmul: an operand is a number; `*` multiplies by one")
      default: return nil
      }
    }
    guard let operation = ElementOperation(rawValue: op.rawValue) else { return nil }
    switch (a, b) {
    case (.array(let x), .array(let y)):
      return try numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.elementwise(operation, x, y)) }
    case (.array(let x), _):
      if let y = b.asWeakScalar {
        return try numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.elementwise(operation, x, y)) }
      }
      guard b.sequenceItems != nil else { return nil }
      return try arrays(op, a, .array(makeArray(b)))
    case (_, .array(let y)):
      if let x = a.asWeakScalar {
        return try numeric { () throws(ArrayError) in
          Value(unwrapping: try NDArray.elementwise(operation, y, x, isScalarFirst: true))
        }
      }
      guard a.sequenceItems != nil else { return nil }
      return try arrays(op, .array(makeArray(a)), b)
    default: return nil
    }
  }

  private static func repeated(_ value: Value, _ times: Int) throws(MachineError) -> Value {
    let times = max(times, 0)
    func total(_ count: Int) -> Int {
      let (total, overflow) = count.multipliedReportingOverflow(by: times)
      return overflow ? Int.max : total
    }
    switch value {
    case .string(let text):
      try checkBytes(total(text.utf8.count))
      return .string(String(repeating: text, count: times))
    case .list(let items):
      try checkLength(total(items.count))
      return .list(Array(repeatElement(items, count: times).joined()))
    case .tuple(let items):
      try checkLength(total(items.count))
      return .tuple(Array(repeatElement(items, count: times).joined()))
    default: preconditionFailure("only a text, list or tuple is repeated")
    }
  }

  /// Whether an operator works on floats; what is left goes on to tell both types.
  private static func takesFloats(_ op: BinaryOperator) -> Bool {
    switch op {
    case .and, .or, .xor, .shiftLeft, .shiftRight, .matrixMultiply: false
    default: true
    }
  }

  /// Arithmetic of two whole numbers; a result beyond 64 bits is an error.
  package static func integer(_ op: BinaryOperator, _ a: Int, _ b: Int) throws(MachineError) -> Value {
    switch op {
    case .add: return .integer(try checked(a.addingReportingOverflow(b)))
    case .subtract: return .integer(try checked(a.subtractingReportingOverflow(b)))
    case .multiply: return .integer(try checked(a.multipliedReportingOverflow(by: b)))
    case .divide:
      if b == 0 { throw .init(.zeroDivision, "division by zero") }
      return .float(trueDivide(a, b))
    case .floorDivide: return .integer(try floorDivide(a, b))
    case .modulo: return .integer(try modulo(a, b))
    case .power:
      if b < 0 {
        if a == 0 { throw .init(.zeroDivision, "0.0 cannot be raised to a negative power") }
        return .float(try power(Double(a), Double(b)))
      }
      return .integer(try integerPower(a, b))
    case .and: return .integer(a & b)
    case .or: return .integer(a | b)
    case .xor: return .integer(a ^ b)
    case .shiftLeft:
      if b < 0 { throw .init(.value, "negative shift count") }
      if a == 0 { return .integer(0) }
      guard b < 64, (a << b) >> b == a else { throw overflow }
      return .integer(a << b)
    case .shiftRight:
      if b < 0 { throw .init(.value, "negative shift count") }
      return .integer(a >> min(b, 63))
    case .matrixMultiply: throw .init(.type, "unsupported operand type(s) for @: 'int' and 'int'")
    }
  }

  /// Arithmetic of two floats.
  package static func float(_ op: BinaryOperator, _ a: Double, _ b: Double) throws(MachineError) -> Double {
    switch op {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide:
      if b == 0 { throw .init(.zeroDivision, "float division by zero") }
      return a / b
    case .floorDivide: return try floorDivide(a, b)
    case .modulo: return try modulo(a, b)
    case .power: return try power(a, b)
    default: throw .init(.type, "unsupported operand type(s) for \(op.rawValue): 'float' and 'float'")
    }
  }

  @inline(__always)
  static func checked(_ result: (partialValue: Int, overflow: Bool)) throws(MachineError) -> Int {
    if result.overflow { throw overflow }
    return result.partialValue
  }

  /// `a / b` of whole numbers, correctly rounded even where they exceed 53 bits.
  @inline(__always)
  static func trueDivide(_ a: Int, _ b: Int) -> Double {
    let limit = 1 << 53
    if a.magnitude <= limit, b.magnitude <= limit { return Double(a) / Double(b) }
    return divideLarge(a, b)
  }

  @inline(never)
  private static func divideLarge(_ a: Int, _ b: Int) -> Double {
    // At least 64 bits of quotient, the remainder as a sticky last bit, so that one rounding remains.
    let (x, y) = (a.magnitude, b.magnitude)
    if x == 0 { return b < 0 ? -0.0 : 0 }
    let shift = 64 + x.leadingZeroBitCount
    let (quotient, remainder) = (UInt128(x) << UInt128(shift)).quotientAndRemainder(dividingBy: UInt128(y))
    let magnitude = scalbn(Double(quotient | (remainder == 0 ? 0 : 1)), Int32(-shift))
    return (a < 0) != (b < 0) ? -magnitude : magnitude
  }

  /// The greatest whole number that is no greater than a float.
  @inline(__always)
  static func floored(_ value: Double) throws(MachineError) -> Int {
    // Truncating is an instruction, where rounding may be a call.
    guard value.magnitude < 0x1p62 else { return try integer(truncating: value.rounded(.down)) }
    let whole = Int(value)
    return Double(whole) > value ? whole - 1 : whole
  }

  static func floorDivide(_ a: Int, _ b: Int) throws(MachineError) -> Int {
    if b == 0 { throw .init(.zeroDivision, "integer division or modulo by zero") }
    let (quotient, overflows) = a.dividedReportingOverflow(by: b)
    if overflows { throw overflow }
    return (a ^ b) < 0 && quotient * b != a ? quotient - 1 : quotient
  }

  static func modulo(_ a: Int, _ b: Int) throws(MachineError) -> Int {
    if b == 0 { throw .init(.zeroDivision, "integer modulo by zero") }
    if b == -1 { return 0 }
    let rest = a % b
    return rest != 0 && (rest ^ b) < 0 ? rest + b : rest
  }

  static func integerPower(_ base: Int, _ exponent: Int) throws(MachineError) -> Int {
    var (result, square, rest) = (1, base, exponent)
    if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
    if base == -1 { return exponent & 1 == 0 ? 1 : -1 }
    while true {
      if rest & 1 == 1 { result = try checked(result.multipliedReportingOverflow(by: square)) }
      rest >>= 1
      if rest == 0 { return result }
      square = try checked(square.multipliedReportingOverflow(by: square))
    }
  }

  static func modulo(_ a: Double, _ b: Double) throws(MachineError) -> Double {
    if b == 0 { throw .init(.zeroDivision, "float modulo") }
    let rest = fmod(a, b)
    if rest == 0 { return copysign(0, b) }
    return (b < 0) != (rest < 0) ? rest + b : rest
  }

  static func floorDivide(_ a: Double, _ b: Double) throws(MachineError) -> Double {
    if b == 0 { throw .init(.zeroDivision, "float floor division by zero") }
    let rest = fmod(a, b)
    var quotient = (a - rest) / b
    if rest != 0, (b < 0) != (rest < 0) { quotient -= 1 }
    if quotient == 0 { return copysign(0, a / b) }
    let floored = quotient.rounded(.down)
    return quotient - floored > 0.5 ? floored + 1 : floored
  }

  /// `a ** b`; where Python would give a complex number, a `ValueError`.
  @inline(__always)
  static func power(_ a: Double, _ b: Double) throws(MachineError) -> Double {
    let result = pow(a, b)
    if !result.isFinite { try checkPower(result, a, b) }
    return result
  }

  /// Fails where a power that is no number, or infinite, is an error in Python.
  @inline(never)
  private static func checkPower(_ result: Double, _ a: Double, _ b: Double) throws(MachineError) {
    if a == 0, b < 0, b.isFinite { throw .init(.zeroDivision, "0.0 cannot be raised to a negative power") }
    if result.isNaN, !a.isNaN, !b.isNaN {
      throw .init(.value, "a negative number raised to a fraction is a complex number, which the language does not have")
    }
    if result.isInfinite, a.isFinite, b.isFinite { throw .init(.overflow, "(34, 'Numerical result out of range')") }
  }
}
