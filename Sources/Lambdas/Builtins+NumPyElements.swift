import Arrays

extension Builtins {
  /// Numbers give a number, arrays an array of their shape.
  private static let elementwiseType: Builtin.TypeRule = { arguments in
    switch arguments[0] {
    case .array(let type, let shape)?: .array(type.map { $0.isFloat ? $0 : nil } ?? nil, shape: shape)
    case .float?: .float
    case .integer?, .bool?: .number
    case .list?, .tuple?, .tupleOf?: .array
    default: .any
    }
  }

  private static func map(_ name: String, _ help: String, _ function: ElementFunction) -> Builtin {
    .numpy("\(name)(x: any, /)", help, type: elementwiseType) { given throws(ArrayError) in
      Value(unwrapping: try given.array(0).mapped(function))
    }
  }

  private static func pair(_ name: String, _ help: String, _ operation: ElementOperation) -> Builtin {
    .numpy("\(name)(x1: any, x2: any, /)", help) { given throws(ArrayError) in
      let (first, second) = (given[0]?.asWeakScalar, given[1]?.asWeakScalar)
      if first == nil, let second { return Value(unwrapping: try NDArray.elementwise(operation, given.array(0), second)) }
      if second == nil, let first {
        return Value(unwrapping: try NDArray.elementwise(operation, given.array(1), first, isScalarFirst: true))
      }
      return Value(unwrapping: try NDArray.elementwise(operation, given.array(0), given.array(1)))
    }
  }

  private static func compare(_ name: String, _ help: String, _ comparison: ElementComparison) -> Builtin {
    .numpy("\(name)(x1: any, x2: any, /)", help) { given throws(ArrayError) in
      if case .array(let x)? = given[0], let y = given[1]?.asWeakScalar {
        return Value(unwrapping: try NDArray.compare(comparison, x, y))
      }
      let (a, b) = try given.pair(0, 1)
      return Value(unwrapping: try NDArray.compare(comparison, a, b))
    }
  }

  private static func logical(_ name: String, _ help: String, _ operation: ElementOperation) -> Builtin {
    .numpy("\(name)(x1: any, x2: any, /)", help) { given throws(ArrayError) in
      Value(
        unwrapping: try NDArray.elementwise(operation, given.array(0).converted(to: .bool), given.array(1).converted(to: .bool)))
    }
  }

  private static func test(_ name: String, _ help: String, _ test: ElementTest) -> Builtin {
    .numpy("\(name)(x: any, /)", help) { given throws(ArrayError) in Value(unwrapping: try given.array(0).tested(test)) }
  }

  /// Whether elements differ by less than `atol + rtol·|b|`; infinities are close to themselves.
  private static func areClose(_ given: Given) throws(ArrayError) -> NDArray {
    let (a, b) = try given.pair(0, 1)
    let (rtol, atol) = (try given.number(2, 1e-5), try given.number(3, 1e-8))
    let (x, y) = (a.converted(to: .float64), b.converted(to: .float64))
    let distance = try NDArray.elementwise(.subtract, x, y).mapped(.absolute)
    let bound = try NDArray.elementwise(.add, NDArray.elementwise(.multiply, y.mapped(.absolute), .float(rtol)), .float(atol))
    let isNear = try NDArray.elementwise(.and, NDArray.compare(.lessOrEqual, distance, bound), y.tested(.isFinite))
    var result = try NDArray.elementwise(.or, isNear, NDArray.compare(.equal, x, y))
    if try given.flag(4) {
      result = try NDArray.elementwise(.or, result, NDArray.elementwise(.and, x.tested(.isNaN), y.tested(.isNaN)))
    }
    return result
  }

  /// NumPy's functions of one element or of two.
  static let elementFunctions: [Builtin] = [
    map("abs", "The magnitude of each element.", .absolute), map("absolute", "The magnitude of each element.", .absolute),
    .numpy("fabs(x: any, /)", "The magnitude of each element, as a float.", type: elementwiseType) { given throws(ArrayError) in
      let x = try given.array(0)
      return Value(unwrapping: try (x.type.isFloat ? x : x.converted(to: .float64)).mapped(.absolute))
    },
    map("negative", "Each element with its sign turned.", .negative), map("sign", "-1, 0 or 1 as each element's sign.", .sign),
    map("square", "The square of each element.", .square), map("sqrt", "The square root of each element.", .sqrt),
    map("cbrt", "The cube root of each element.", .cbrt),
    .numpy("reciprocal(x: any)", "One divided by each element; of whole numbers the whole part.") { given throws(ArrayError) in
      let given = try given.array(0)
      let x = given.type == .bool ? given.converted(to: .int64) : given
      let result = try x.mapped(.reciprocal)
      return Value(unwrapping: x.type.isInteger ? result.converted(to: x.type) : result)
    },
    map("exp", "e to the power of each element.", .exp), map("exp2", "2 to the power of each element.", .exp2),
    map("expm1", "exp(x) - 1 of each element.", .expm1),
    map("log", "The natural logarithm of each element.", .log), map("log2", "The logarithm to base 2 of each element.", .log2),
    map("log10", "The logarithm to base 10 of each element.", .log10), map("log1p", "log(1 + x) of each element.", .log1p),
    map("sin", "The sine of each element.", .sin), map("cos", "The cosine of each element.", .cos),
    map("tan", "The tangent of each element.", .tan),
    map("arcsin", "The inverse sine of each element.", .arcsin), map("arccos", "The inverse cosine of each element.", .arccos),
    map("arctan", "The inverse tangent of each element.", .arctan), map("sinh", "The hyperbolic sine of each element.", .sinh),
    map("cosh", "The hyperbolic cosine of each element.", .cosh), map("tanh", "The hyperbolic tangent of each element.", .tanh),
    map("arcsinh", "The inverse hyperbolic sine of each element.", .arcsinh),
    map("arccosh", "The inverse hyperbolic cosine of each element.", .arccosh),
    map("arctanh", "The inverse hyperbolic tangent of each element.", .arctanh),
    map("degrees", "Radians as degrees.", .degrees), map("rad2deg", "Radians as degrees.", .degrees),
    map("radians", "Degrees as radians.", .radians), map("deg2rad", "Degrees as radians.", .radians),
    map("floor", "Each element rounded down.", .floor), map("ceil", "Each element rounded up.", .ceil),
    map("trunc", "Each element cut toward zero.", .truncate), map("fix", "Each element cut toward zero.", .truncate),
    .numpy("rint(x: any, /)", "Each element rounded, halves to even.", type: elementwiseType) { given throws(ArrayError) in
      let x = try given.array(0)
      return Value(unwrapping: try (x.type.isFloat ? x : x.converted(to: .float64)).mapped(.round))
    },

    pair("maximum", "The larger of two, element by element.", .maximum),
    pair("minimum", "The smaller of two, element by element.", .minimum),
    pair("fmax", "The larger of two, element by element; a number is larger than not-a-number.", .fmax),
    pair("fmin", "The smaller of two, element by element; a number is smaller than not-a-number.", .fmin),
    pair("add", "The sum of two, element by element.", .add),
    pair("subtract", "The difference of two, element by element.", .subtract),
    pair("multiply", "The product of two, element by element.", .multiply),
    pair("divide", "The quotient of two, element by element.", .divide),
    pair("true_divide", "The quotient of two, element by element.", .divide),
    pair("floor_divide", "The quotient rounded down, element by element.", .floorDivide),
    pair("power", "The power of two, element by element.", .power),
    pair("mod", "The remainder with the divisor's sign, element by element.", .modulo),
    pair("remainder", "The remainder with the divisor's sign, element by element.", .modulo),
    pair("fmod", "The remainder with the dividend's sign, element by element.", .fmod),
    pair("arctan2", "The angle of the point (x2, x1), element by element.", .arctan2),
    pair("hypot", "The length of the vector (x1, x2), element by element.", .hypot),
    pair("bitwise_and", "The bits that both have, element by element.", .and),
    pair("bitwise_or", "The bits that one of them has, element by element.", .or),
    pair("bitwise_xor", "The bits that only one of them has, element by element.", .xor),

    compare("less", "Whether x1 < x2, element by element.", .less),
    compare("less_equal", "Whether x1 <= x2, element by element.", .lessOrEqual),
    compare("greater", "Whether x1 > x2, element by element.", .greater),
    compare("greater_equal", "Whether x1 >= x2, element by element.", .greaterOrEqual),
    compare("equal", "Whether x1 == x2, element by element.", .equal),
    compare("not_equal", "Whether x1 != x2, element by element.", .notEqual),
    logical("logical_and", "Whether both are true, element by element.", .and),
    logical("logical_or", "Whether one of them is true, element by element.", .or),
    logical("logical_xor", "Whether only one of them is true, element by element.", .xor),
    .numpy("logical_not(x: any, /)", "Whether each element is false.") { given throws(ArrayError) in
      Value(unwrapping: try given.array(0).converted(to: .bool).inverted())
    },
    test("isnan", "Whether each element is not-a-number.", .isNaN),
    test("isinf", "Whether each element is infinite.", .isInfinite),
    test("isfinite", "Whether each element is neither infinite nor not-a-number.", .isFinite),

    .numpy(
      "isclose(a: any, b: any, rtol: number = 1e-05, atol: number = 1e-08, equal_nan: bool = False)",
      "Whether elements are close: |a - b| <= atol + rtol * |b|."
    ) { given throws(ArrayError) in Value(unwrapping: try areClose(given)) },
    .numpy(
      "allclose(a: any, b: any, rtol: number = 1e-05, atol: number = 1e-08, equal_nan: bool = False) -> bool",
      "Whether all elements are close: |a - b| <= atol + rtol * |b|."
    ) { given throws(ArrayError) in .bool(try areClose(given).bools.allSatisfy { $0 }) },
    .numpy(
      "array_equal(a1: any, a2: any, equal_nan: bool = False) -> bool", "Whether two arrays have one shape and equal elements."
    ) {
      given throws(ArrayError) in
      // What makes no array equals none.
      guard let a = try? given.array(0), let b = try? given.array(1), a.shape == b.shape else { return .bool(false) }
      var same = try NDArray.compare(.equal, a, b)
      if try given.flag(2) {
        same = try NDArray.elementwise(.or, same, NDArray.elementwise(.and, a.tested(.isNaN), b.tested(.isNaN)))
      }
      return .bool(same.bools.allSatisfy { $0 })
    },
    .numpy(
      "clip(a: any, a_min: any = None, a_max: any = None, *, min: any = None, max: any = None)",
      "Each element moved into an interval."
    ) { given throws(ArrayError) in
      try clipped(given.array(0), lower: given[1] ?? given[3], upper: given[2] ?? given[4])
    },
    .numpy("round(a: any, decimals: int = 0)", "Each element rounded, halves to even.") { given throws(ArrayError) in
      Value(unwrapping: try given.array(0).rounded(decimals: given.integer(1, 0)))
    },
    .numpy("around(a: any, decimals: int = 0)", "Each element rounded, halves to even.") { given throws(ArrayError) in
      Value(unwrapping: try given.array(0).rounded(decimals: given.integer(1, 0)))
    },
    .numpy(
      "nan_to_num(x: any, copy: bool = True, nan: number = 0.0, posinf: number | None = None, neginf: number | None = None)",
      "Not-a-number as zero and infinities as the largest floats, or as what is given."
    ) { given throws(ArrayError) in
      let x = try given.array(0)
      guard x.type.isFloat else { return Value(unwrapping: x) }
      let largest = x.type == .float32 ? Double(Float.greatestFiniteMagnitude) : Double.greatestFiniteMagnitude
      func number(_ value: Double) throws(ArrayError) -> NDArray { try NDArray.scalar(.float(value), as: x.type) }
      let isInfinite = x.tested(.isInfinite)
      var result = try NDArray.select(x.tested(.isNaN), number(given.number(2, 0)), x)
      let isPositive = try NDArray.compare(.greater, x, .float(0))
      result = try NDArray.select(
        NDArray.elementwise(.and, isInfinite, isPositive), number(given.number(3, largest)), result)
      result = try NDArray.select(
        NDArray.elementwise(.and, isInfinite, isPositive.inverted()), number(given.number(4, -largest)), result)
      return Value(unwrapping: result)
    },
    .numpy(
      "where(condition: any, x: any = None, y: any = None)",
      "Elements of `x` where a condition holds, of `y` elsewhere; alone, the positions where it holds."
    ) { given throws(ArrayError) in
      let condition = try given.array(0)
      guard given.has(1) || given.has(2) else { return .tuple(try positions(of: condition)) }
      guard given.has(1), given.has(2) else { throw .value("either both or neither of x and y should be given") }
      let (a, b) = try given.pair(1, 2)
      return .array(try NDArray.select(condition, a, b))
    },
  ]

  /// `np.clip` with bounds that are numbers or arrays.
  static func clipped(_ array: NDArray, lower: Value?, upper: Value?) throws(ArrayError) -> Value {
    var result = array
    for bound in [lower, upper] {
      guard let bound else { continue }
      if let scalar = bound.asWeakScalar {
        result = result.converted(to: result.type.promoted(with: scalar))
      } else {
        result = result.converted(to: result.type.promoted(with: try Given.array(bound).type))
      }
    }
    for (bound, operation) in [(lower, ElementOperation.maximum), (upper, .minimum)] {
      guard let bound else { continue }
      // A bound beyond what the array's elements can be is none.
      if case .integer(let number) = bound,
        operation == .maximum ? array.type.isUnbounded(below: number) : array.type.isUnbounded(above: number)
      {
        continue
      }
      if let scalar = bound.asWeakScalar {
        result = try NDArray.elementwise(operation, result, scalar)
      } else {
        result = try NDArray.elementwise(operation, result, Given.array(bound))
      }
    }
    return Value(unwrapping: result)
  }
}
