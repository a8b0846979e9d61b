import Arrays
import Syntax

extension Builtins {
  static func array(_ value: Value?) throws(MachineError) -> NDArray {
    let value = value ?? .none
    if let scalar = value.asWeakScalar {
      return try Operations.numeric { () throws(ArrayError) in
        switch scalar {
        case .bool: try NDArray.scalar(scalar, as: .bool)
        case .integer: try NDArray.scalar(scalar, as: .int64)
        case .float: try NDArray.scalar(scalar, as: .float64)
        }
      }
    }
    return try Operations.makeArray(value)
  }

  private static func dtype(_ value: Value?) throws(MachineError) -> ElementType? {
    guard let value, !value.isNone else { return nil }
    return try Operations.elementType(value)
  }

  private static func map(_ name: String, _ help: String, _ function: ElementFunction) -> Builtin {
    Builtin(.numpy, "\(name)(x: any, /)", help, type: elementwiseType) { (_, arguments) throws(MachineError) in
      let operand = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try operand.mapped(function)) }
    }
  }

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

  private static func reduction(_ name: String, _ help: String, _ reduction: Reduction) -> Builtin {
    Builtin(.numpy, "\(name)(a: any, axis: any = None, keepdims: bool = False)", help) { (_, arguments) throws(MachineError) in
      try Operations.reduce(reduction, array(arguments[0]), axis: arguments[1], keepsDimensions: arguments[2])
    }
  }

  private static func spread(_ name: String, _ help: String, _ reduction: Reduction) -> Builtin {
    Builtin(.numpy, "\(name)(a: any, axis: any = None, ddof: number = 0, keepdims: bool = False)", help) {
      (_, arguments) throws(MachineError) in
      try Operations.reduce(
        reduction, array(arguments[0]), axis: arguments[1], keepsDimensions: arguments[3], deltaDegrees: arguments[2])
    }
  }

  private static func pair(_ name: String, _ help: String, _ operation: ElementOperation) -> Builtin {
    Builtin(.numpy, "\(name)(x1: any, x2: any, /)", help) { (_, arguments) throws(MachineError) in
      try elementwise(operation, arguments[0] ?? .none, arguments[1] ?? .none)
    }
  }

  private static func elementwise(_ operation: ElementOperation, _ a: Value, _ b: Value) throws(MachineError) -> Value {
    if case .array(let x) = a, let y = b.asWeakScalar {
      return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.elementwise(operation, x, y)) }
    }
    if case .array(let y) = b, let x = a.asWeakScalar {
      return try Operations.numeric { () throws(ArrayError) in
        Value(unwrapping: try NDArray.elementwise(operation, y, x, isScalarFirst: true))
      }
    }
    let (x, y) = (try array(a), try array(b))
    return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.elementwise(operation, x, y)) }
  }

  private static func filled(_ name: String, _ help: String, _ value: Double) -> Builtin {
    Builtin(.numpy, "\(name)(shape: any, dtype: any = None) -> array", help, type: { arguments in shaped(arguments[0]) }) {
      (_, arguments) throws(MachineError) in
      let shape = try Operations.shape(arguments[0] ?? .none)
      let type = try dtype(arguments[1]) ?? .float64
      return try Operations.numeric { () throws(ArrayError) in .array(try NDArray.full(type, shape: shape, value: .float(value)))
      }
    }
  }

  private static func shaped(_ shape: ValueType?) -> ValueType {
    switch shape {
    case .integer?: .array(nil, shape: [nil])
    case .tuple(let items)?: .array(nil, shape: [Int?](repeating: nil, count: items.count))
    default: .array
    }
  }

  /// numpy's usual names.
  static let numpyFunctions: [Builtin] = [
    map("abs", "The magnitude of each element.", .absolute), map("absolute", "The magnitude of each element.", .absolute),
    map("negative", "Each element with its sign turned.", .negative), map("sign", "-1, 0 or 1 as each element's sign.", .sign),
    map("square", "The square of each element.", .square), map("sqrt", "The square root of each element.", .sqrt),
    map("exp", "e to the power of each element.", .exp), map("expm1", "exp(x) - 1 of each element.", .expm1),
    map("log", "The natural logarithm of each element.", .log), map("log2", "The logarithm to base 2 of each element.", .log2),
    map("log10", "The logarithm to base 10 of each element.", .log10), map("log1p", "log(1 + x) of each element.", .log1p),
    map("sin", "The sine of each element.", .sin), map("cos", "The cosine of each element.", .cos),
    map("tan", "The tangent of each element.", .tan),
    map("arcsin", "The inverse sine of each element.", .arcsin), map("arccos", "The inverse cosine of each element.", .arccos),
    map("arctan", "The inverse tangent of each element.", .arctan), map("sinh", "The hyperbolic sine of each element.", .sinh),
    map("cosh", "The hyperbolic cosine of each element.", .cosh), map("tanh", "The hyperbolic tangent of each element.", .tanh),
    map("floor", "Each element rounded down.", .floor), map("ceil", "Each element rounded up.", .ceil),
    map("rint", "Each element rounded, halves to even.", .round),

    reduction("sum", "The sum of an array, or along an axis.", .sum),
    reduction("prod", "The product of an array, or along an axis.", .product),
    reduction("mean", "The mean of an array, or along an axis.", .mean),
    reduction("min", "The smallest element, or along an axis.", .minimum),
    reduction("max", "The largest element, or along an axis.", .maximum),
    reduction("amin", "The smallest element, or along an axis.", .minimum),
    reduction("amax", "The largest element, or along an axis.", .maximum),
    reduction("all", "Whether every element is true, or along an axis.", .all),
    reduction("any", "Whether some element is true, or along an axis.", .any),
    reduction("argmin", "The position of the smallest element, or along an axis.", .argumentOfMinimum),
    reduction("argmax", "The position of the largest element, or along an axis.", .argumentOfMaximum),
    spread("std", "The standard deviation, or along an axis.", .deviation),
    spread("var", "The variance, or along an axis.", .variance),

    pair("maximum", "The larger of two, element by element.", .maximum),
    pair("minimum", "The smaller of two, element by element.", .minimum),
    pair("add", "The sum of two, element by element.", .add),
    pair("subtract", "The difference of two, element by element.", .subtract),
    pair("multiply", "The product of two, element by element.", .multiply),
    pair("divide", "The quotient of two, element by element.", .divide),
    pair("power", "The power of two, element by element.", .power),
    pair("mod", "The remainder of two, element by element.", .modulo),

    Builtin(.numpy, "array(object: any, dtype: any = None) -> array", "An array of nested lists of numbers.") {
      (_, arguments) throws(MachineError) in
      let made = try array(arguments[0])
      return .array(try dtype(arguments[1]).map(made.converted) ?? made)
    },
    Builtin(.numpy, "asarray(a: any, dtype: any = None) -> array", "An array of nested lists of numbers.") {
      (_, arguments) throws(MachineError) in
      let made = try array(arguments[0])
      return .array(try dtype(arguments[1]).map(made.converted) ?? made)
    },
    filled("zeros", "An array of zeros.", 0), filled("ones", "An array of ones.", 1), filled("empty", "An array of zeros.", 0),
    Builtin(
      .numpy, "full(shape: any, fill_value: number, dtype: any = None) -> array", "An array of one value.",
      type: { arguments in shaped(arguments[0]) }
    ) { (_, arguments) throws(MachineError) in
      let shape = try Operations.shape(arguments[0] ?? .none)
      let value = arguments[1] ?? .none
      guard let scalar = value.asWeakScalar else { throw .init(.type, "full() fills with a number, not '\(value.typeName)'") }
      let natural: ElementType = if case .bool = scalar { .bool } else if case .integer = scalar { .int64 } else { .float64 }
      let type = try dtype(arguments[2]) ?? natural
      return try Operations.numeric { () throws(ArrayError) in .array(try NDArray.full(type, shape: shape, value: scalar)) }
    },
    Builtin(.numpy, "zeros_like(a: any) -> array", "Zeros in the shape and type of an array.") {
      (_, arguments) throws(MachineError) in
      let model = try array(arguments[0])
      return .array(NDArray(model.type, shape: model.shape))
    },
    Builtin(.numpy, "ones_like(a: any) -> array", "Ones in the shape and type of an array.") {
      (_, arguments) throws(MachineError) in
      let model = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        .array(try NDArray.full(model.type, shape: model.shape, value: .integer(1)))
      }
    },
    Builtin(.numpy, "eye(N: int, dtype: any = None) -> array", "Ones on the diagonal.") { (_, arguments) throws(MachineError) in
      let type = try dtype(arguments[1]) ?? .float64
      return try Operations.numeric { () throws(ArrayError) in
        .array(try NDArray.identity(arguments[0]?.asInteger ?? 0, type: type))
      }
    },
    Builtin(
      .numpy, "arange(start: number, stop: number | None = None, step: number = 1, dtype: any = None) -> array",
      "Numbers from `start` up to `stop` in steps."
    ) { (_, arguments) throws(MachineError) in
      let hasStop = arguments[1].map { !$0.isNone } ?? false
      let (start, stop, step) = (
        hasStop ? arguments[0] ?? .none : .integer(0), (hasStop ? arguments[1] : arguments[0]) ?? .none,
        arguments[2] ?? .integer(1)
      )
      var made: NDArray
      if let a = start.asInteger, let b = stop.asInteger, let c = step.asInteger {
        made = try Operations.numeric { () throws(ArrayError) in try NDArray.range(from: a, to: b, by: c) }
      } else {
        let (a, b, c) = (try real(start), try real(stop), try real(step))
        made = try Operations.numeric { () throws(ArrayError) in try NDArray.range(from: a, to: b, by: c) }
      }
      if let type = try dtype(arguments[3]) { made = made.converted(to: type) }
      return .array(made)
    },
    Builtin(
      .numpy, "linspace(start: number, stop: number, num: int = 50, endpoint: bool = True, dtype: any = None) -> array",
      "Evenly spaced numbers."
    ) { (_, arguments) throws(MachineError) in
      let (start, stop) = (try real(arguments[0]), try real(arguments[1]))
      let endpoint = try arguments[3].map(Operations.truth) ?? true
      let made = try Operations.numeric { () throws(ArrayError) in
        try NDArray.linspace(from: start, to: stop, count: arguments[2]?.asInteger ?? 50, includesEnd: endpoint)
      }
      return .array(try dtype(arguments[4]).map(made.converted) ?? made)
    },
    Builtin(.numpy, "reshape(a: any, shape: any) -> array", "The elements in another shape.") {
      (_, arguments) throws(MachineError) in
      let (source, shape) = (try array(arguments[0]), try Operations.shape(arguments[1] ?? .none))
      return try Operations.numeric { () throws(ArrayError) in .array(try source.reshaped(shape)) }
    },
    Builtin(.numpy, "transpose(a: any, axes: any = None) -> array", "The axes in another order, reversed by default.") {
      (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      let axes: [Int]? = if let given = arguments[1], !given.isNone { try Operations.shape(given) } else { nil }
      return try Operations.numeric { () throws(ArrayError) in .array(try source.transposed(axes)) }
    },
    Builtin(.numpy, "expand_dims(a: any, axis: int) -> array", "A new axis of length one.") {
      (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in .array(try source.expanded(at: arguments[1]?.asInteger ?? 0)) }
    },
    Builtin(.numpy, "squeeze(a: any, axis: int | None = None)", "Without the axes of length one.") {
      (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try source.squeezed(arguments[1]?.asInteger)) }
    },
    Builtin(
      .numpy, "clip(a: any, a_min: number | None = None, a_max: number | None = None)", "Each element moved into an interval."
    ) { (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        Value(unwrapping: try source.clipped(lower: arguments[1]?.asWeakScalar, upper: arguments[2]?.asWeakScalar))
      }
    },
    Builtin(.numpy, "round(a: any, decimals: int = 0)", "Each element rounded, halves to even.") {
      (_, arguments) throws(MachineError) in
      Value(unwrapping: try Operations.rounded(array(arguments[0]), arguments[1]?.asInteger ?? 0))
    },
    Builtin(
      .numpy, "where(condition: any, x: any = None, y: any = None)",
      "Elements of `x` where a condition holds, of `y` elsewhere; alone, the positions where it holds."
    ) { (_, arguments) throws(MachineError) in
      let condition = try array(arguments[0])
      guard let x = arguments[1], let y = arguments[2] else { return .tuple(condition.nonzero().map(Value.array)) }
      var (a, b) = (try array(x), try array(y))
      // A Python number takes the other side's type where its kind allows.
      if let scalar = x.asWeakScalar, y.asWeakScalar == nil { a = a.converted(to: b.type.promoted(with: scalar)) }
      if let scalar = y.asWeakScalar, x.asWeakScalar == nil { b = b.converted(to: a.type.promoted(with: scalar)) }
      return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.select(condition, a, b)) }
    },
    Builtin(.numpy, "concatenate(arrays: any, axis: int = 0) -> array", "Arrays joined along an axis.") {
      (_, arguments) throws(MachineError) in
      let parts = try arrays(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        .array(try NDArray.concatenate(parts, axis: arguments[1]?.asInteger ?? 0))
      }
    },
    Builtin(.numpy, "stack(arrays: any, axis: int = 0) -> array", "Arrays joined along a new axis.") {
      (_, arguments) throws(MachineError) in
      let parts = try arrays(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        .array(try NDArray.stack(parts, axis: arguments[1]?.asInteger ?? 0))
      }
    },
    Builtin(.numpy, "vstack(tup: any) -> array", "Arrays joined as rows.") { (_, arguments) throws(MachineError) in
      let parts = try arrays(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        var rows: [NDArray] = []
        for part in parts { rows.append(try part.rank < 2 ? part.reshaped([1, -1]) : part) }
        return .array(try NDArray.concatenate(rows))
      }
    },
    Builtin(.numpy, "hstack(tup: any) -> array", "Arrays joined side by side.") { (_, arguments) throws(MachineError) in
      let parts = try arrays(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        .array(try NDArray.concatenate(parts, axis: parts.first.map { $0.rank > 1 } ?? false ? 1 : 0))
      }
    },
    Builtin(.numpy, "dot(a: any, b: any)", "The product of two vectors or matrices.") { (_, arguments) throws(MachineError) in
      try Operations.binary(.matrixMultiply, .array(array(arguments[0])), .array(array(arguments[1])))
    },
    Builtin(.numpy, "matmul(x1: any, x2: any, /)", "The product of two matrices.") { (_, arguments) throws(MachineError) in
      try Operations.binary(.matrixMultiply, .array(array(arguments[0])), .array(array(arguments[1])))
    },
    Builtin(.numpy, "cumsum(a: any, axis: int | None = None) -> array", "Running sums.") { (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in .array(try source.cumulativeSum(axis: arguments[1]?.asInteger)) }
    },
    Builtin(.numpy, "sort(a: any) -> array", "The elements sorted along the last axis.") { (_, arguments) throws(MachineError) in
      .array(try array(arguments[0]).sorted())
    },
    Builtin(.numpy, "argsort(a: any) -> array", "The positions that sort the last axis.") { (_, arguments) throws(MachineError) in
      .array(try array(arguments[0]).sortedPositions())
    },
    Builtin(.numpy, "repeat(a: any, repeats: int, axis: int | None = None) -> array", "Each element several times.") {
      (_, arguments) throws(MachineError) in
      .array(try Operations.repeated(array(arguments[0]), arguments[1]?.asInteger ?? 1, axis: arguments[2]?.asInteger))
    },
    Builtin(.numpy, "isnan(x: any, /)", "Whether each element is not-a-number.") { (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.compare(.notEqual, source, source)) }
    },
    Builtin(.numpy, "isinf(x: any, /)", "Whether each element is infinite.") { (_, arguments) throws(MachineError) in
      let source = try array(arguments[0])
      return try Operations.numeric { () throws(ArrayError) in
        Value(unwrapping: try NDArray.compare(.equal, try source.mapped(.absolute), .float(.infinity)))
      }
    },
    Builtin(.numpy, "unique(ar: any) -> array", "The distinct elements, sorted.") { (_, arguments) throws(MachineError) in
      let source = try Operations.numeric { [value = try array(arguments[0])] () throws(ArrayError) in try value.reshaped([-1]) }
      var kept: [Int] = []
      let sorted = source.sorted()
      let values = sorted.doubles
      for index in values.indices where index == 0 || values[index] != values[index - 1] { kept.append(index) }
      return try Operations.numeric { () throws(ArrayError) in .array(try sorted.rows(kept)) }
    },
    Builtin(.linearAlgebra, "norm(x: any) -> float", "The square root of the sum of squares.") {
      (_, arguments) throws(MachineError) in
      let source = try array(arguments[0]).converted(to: .float64)
      let squares = try Operations.numeric { () throws(ArrayError) in try source.mapped(.square) }
      return .float(try Operations.float(Operations.reduce(.sum, squares, axis: nil, keepsDimensions: nil)).squareRoot())
    },
  ]

  private static func arrays(_ value: Value?) throws(MachineError) -> [NDArray] {
    var parts: [NDArray] = []
    for item in try Operations.elements(of: value ?? .none) { parts.append(try array(item)) }
    return parts
  }
}
