import Glibc

extension Builtins {
  /// A function of one float; `domain` says for which arguments it has a value.
  private static func unary(
    _ name: String, _ help: String, _ function: @escaping @Sendable (Double) -> Double
  ) -> Builtin {
    Builtin(.math, "\(name)(x: number, /) -> float", help) { (_, arguments) throws(MachineError) in
      .float(try MathFunction.checked(real(arguments[0]), function))
    }
  }

  static func real(_ value: Value?) throws(MachineError) -> Double {
    let value = value ?? .none
    if let number = value.asDouble { return number }
    if case .array(let array) = value, array.count == 1 { return array.doubles[0] }
    if case .array = value {
      throw .init(.type, "only length-1 arrays can be converted to Python scalars; for every element use the function with `np.`")
    }
    throw .init(.type, "must be real number, not \(value.typeName)")
  }

  private static func whole(_ value: Value?) throws(MachineError) -> Int {
    guard let number = value?.asInteger else {
      throw .init(.type, "'\((value ?? .none).typeName)' object cannot be interpreted as an integer")
    }
    return number
  }

  /// Python's `math`.
  static let mathFunctions: [Builtin] = [
    unary("sqrt", "The square root.") { $0.squareRoot() },
    unary("exp", "e to the power x.") { Glibc.exp($0) },
    unary("exp2", "2 to the power x.") { Glibc.exp2($0) },
    unary("expm1", "exp(x) - 1, accurate near zero.") { Glibc.expm1($0) },
    unary("log1p", "log(1 + x), accurate near zero.") { $0 == -1 ? .nan : Glibc.log1p($0) },
    unary("log2", "The logarithm to base 2.") { $0 == 0 ? .nan : Glibc.log2($0) },
    unary("log10", "The logarithm to base 10.") { $0 == 0 ? .nan : Glibc.log10($0) },
    unary("sin", "The sine of an angle in radians.") { Glibc.sin($0) },
    unary("cos", "The cosine of an angle in radians.") { Glibc.cos($0) },
    unary("tan", "The tangent of an angle in radians.") { Glibc.tan($0) },
    unary("asin", "The angle of a sine, in radians.") { Glibc.asin($0) },
    unary("acos", "The angle of a cosine, in radians.") { Glibc.acos($0) },
    unary("atan", "The angle of a tangent, in radians.") { Glibc.atan($0) },
    unary("sinh", "The hyperbolic sine.") { Glibc.sinh($0) },
    unary("cosh", "The hyperbolic cosine.") { Glibc.cosh($0) },
    unary("tanh", "The hyperbolic tangent.") { Glibc.tanh($0) },
    unary("asinh", "The inverse hyperbolic sine.") { Glibc.asinh($0) },
    unary("acosh", "The inverse hyperbolic cosine.") { Glibc.acosh($0) },
    unary("atanh", "The inverse hyperbolic tangent.") { $0.magnitude == 1 ? .nan : Glibc.atanh($0) },
    unary("cbrt", "The cube root.") { Glibc.cbrt($0) },
    unary("erf", "The error function.") { Glibc.erf($0) },
    unary("erfc", "One minus the error function.") { Glibc.erfc($0) },
    unary("fabs", "The magnitude, as a float.") { $0.magnitude },
    Builtin(.math, "degrees(x: number, /) -> float", "Radians as degrees.") { (_, arguments) throws(MachineError) in
      .float(try real(arguments[0]) * (180 / Double.pi))
    },
    Builtin(.math, "radians(x: number, /) -> float", "Degrees as radians.") { (_, arguments) throws(MachineError) in
      .float(try real(arguments[0]) * (Double.pi / 180))
    },
    unary("gamma", "The gamma function.") { GammaFunction.value($0) },
    Builtin(.math, "lgamma(x: number, /) -> float", "The logarithm of the gamma function's magnitude.") {
      (_, arguments) throws(MachineError) in
      let x = try real(arguments[0])
      if x <= 0, x == x.rounded(), x.isFinite { throw .init(.value, "math domain error") }
      return .float(try MathFunction.checked(x) { GammaFunction.logarithm($0) })
    },
    Builtin(.math, "log(x: number, base: number = e, /) -> float", "The natural logarithm, or that to a base.") {
      (_, arguments) throws(MachineError) in
      let value = try MathFunction.checked(real(arguments[0])) { $0 == 0 ? .nan : Glibc.log($0) }
      guard let base = arguments[1] else { return .float(value) }
      let divisor = try MathFunction.checked(real(base)) { $0 == 0 ? .nan : Glibc.log($0) }
      if divisor == 0 { throw .init(.zeroDivision, "division by zero") }
      return .float(value / divisor)
    },
    Builtin(.math, "floor(x: number, /) -> int", "The largest whole number not above x.") { (_, arguments) throws(MachineError) in
      try rounding(arguments[0], .down)
    },
    Builtin(.math, "ceil(x: number, /) -> int", "The smallest whole number not below x.") { (_, arguments) throws(MachineError) in
      try rounding(arguments[0], .up)
    },
    Builtin(.math, "trunc(x: number, /) -> int", "x cut toward zero.") { (_, arguments) throws(MachineError) in
      try rounding(arguments[0], .towardZero)
    },
    Builtin(.math, "pow(x: number, y: number, /) -> float", "x to the power y, as floats.") {
      (_, arguments) throws(MachineError) in
      let (x, y) = (try real(arguments[0]), try real(arguments[1]))
      if x == 0, y < 0, y.isFinite { throw .init(.value, "math domain error") }
      let result = Glibc.pow(x, y)
      if result.isNaN, !x.isNaN, !y.isNaN { throw .init(.value, "math domain error") }
      if result.isInfinite, x.isFinite, y.isFinite { throw .init(.overflow, "math range error") }
      return .float(result)
    },
    Builtin(.math, "atan2(y: number, x: number, /) -> float", "The angle of the point (x, y).") {
      (_, arguments) throws(MachineError) in
      .float(Glibc.atan2(try real(arguments[0]), try real(arguments[1])))
    },
    Builtin(.math, "fmod(x: number, y: number, /) -> float", "The remainder with the sign of x.") {
      (_, arguments) throws(MachineError) in
      let (x, y) = (try real(arguments[0]), try real(arguments[1]))
      let result = Glibc.fmod(x, y)
      if result.isNaN, !x.isNaN, !y.isNaN { throw .init(.value, "math domain error") }
      return .float(result)
    },
    Builtin(.math, "copysign(x: number, y: number, /) -> float", "The magnitude of x with the sign of y.") {
      (_, arguments) throws(MachineError) in
      .float(Glibc.copysign(try real(arguments[0]), try real(arguments[1])))
    },
    Builtin(.math, "hypot(*coordinates: number) -> float", "The length of a vector.") { (_, arguments) throws(MachineError) in
      guard case .tuple(let items) = arguments[0] ?? .tuple([]) else { return .float(0) }
      return .float(vectorLength(try items.map { (item) throws(MachineError) in try real(item) }))
    },
    Builtin(.math, "isnan(x: number, /) -> bool", "Whether a number is not-a-number.") { (_, arguments) throws(MachineError) in
      .bool(try real(arguments[0]).isNaN)
    },
    Builtin(.math, "isinf(x: number, /) -> bool", "Whether a number is infinite.") { (_, arguments) throws(MachineError) in
      .bool(try real(arguments[0]).isInfinite)
    },
    Builtin(.math, "isfinite(x: number, /) -> bool", "Whether a number is neither infinite nor not-a-number.") {
      (_, arguments) throws(MachineError) in .bool(try real(arguments[0]).isFinite)
    },
    Builtin(
      .math, "isclose(a: number, b: number, *, rel_tol: number = 1e-09, abs_tol: number = 0.0) -> bool",
      "Whether two numbers are close."
    ) { (_, arguments) throws(MachineError) in
      let (a, b) = (try real(arguments[0]), try real(arguments[1]))
      let (relative, absolute) = (try arguments[2].map(real) ?? 1e-9, try arguments[3].map(real) ?? 0)
      if relative < 0 || absolute < 0 { throw .init(.value, "tolerances must be non-negative") }
      if a == b { return .bool(true) }
      if a.isInfinite || b.isInfinite { return .bool(false) }
      let difference = (a - b).magnitude
      return .bool(difference <= relative * b.magnitude || difference <= relative * a.magnitude || difference <= absolute)
    },
    Builtin(.math, "gcd(*integers: int) -> int", "The greatest common divisor.") { (_, arguments) throws(MachineError) in
      guard case .tuple(let items) = arguments[0] ?? .tuple([]) else { return .integer(0) }
      var result: UInt = 0
      for item in items {
        var other = try whole(item).magnitude
        while other != 0 { (result, other) = (other, result % other) }
      }
      guard let fitting = Int(exactly: result) else { throw Operations.overflow }
      return .integer(fitting)
    },
    Builtin(.math, "lcm(*integers: int) -> int", "The least common multiple.") { (_, arguments) throws(MachineError) in
      guard case .tuple(let items) = arguments[0] ?? .tuple([]) else { return .integer(1) }
      var result = 1
      let numbers = try items.map { (item) throws(MachineError) in try whole(item) }
      if numbers.contains(0) { return .integer(0) }
      for number in numbers {
        var (a, b) = (result, number)
        while b != 0 { (a, b) = (b, b == -1 ? 0 : a % b) }
        let product = try Operations.checked((result / a).multipliedReportingOverflow(by: number))
        if product == Int.min { throw Operations.overflow }
        result = abs(product)
      }
      return .integer(result)
    },
    Builtin(.math, "factorial(n: int, /) -> int", "n·(n − 1)·…·1.") { (_, arguments) throws(MachineError) in
      let n = try whole(arguments[0])
      if n < 0 { throw .init(.value, "factorial() not defined for negative values") }
      if n > 20 { throw Operations.overflow }
      return .integer((0..<n).reduce(1) { $0 * ($1 + 1) })
    },
    Builtin(.math, "comb(n: int, k: int, /) -> int", "How many ways there are to choose k of n.") {
      (_, arguments) throws(MachineError) in
      let (n, k) = (try whole(arguments[0]), try whole(arguments[1]))
      if n < 0 || k < 0 { throw .init(.value, "\(n < 0 ? "n" : "k") must be a non-negative integer") }
      if k > n { return .integer(0) }
      var result = 1
      for step in 0..<min(k, n - k) {
        // result·(n − step) is divisible by step + 1; the product is made wide.
        let wide = Int128(result) * Int128(n - step) / Int128(step + 1)
        guard let fitting = Int(exactly: wide) else { throw Operations.overflow }
        result = fitting
      }
      return .integer(result)
    },
    Builtin(.math, "isqrt(n: int, /) -> int", "The whole part of the square root.") { (_, arguments) throws(MachineError) in
      let n = try whole(arguments[0])
      if n < 0 { throw .init(.value, "isqrt() argument must be nonnegative") }
      var root = Int(Double(n).squareRoot())
      while root.multipliedReportingOverflow(by: root).overflow || root * root > n { root -= 1 }
      while !(root + 1).multipliedReportingOverflow(by: root + 1).overflow, (root + 1) * (root + 1) <= n { root += 1 }
      return .integer(root)
    },
    Builtin(.math, "fsum(seq: iterable[number], /) -> float", "The sum of floats, rounded once.") {
      (machine, arguments) throws(MachineError) in
      // Shewchuk's exact partial sums, as in CPython.
      var partials: [Double] = []
      var (words, infinities) = (0.0, 0.0)
      for item in try machine.elements(of: arguments[0] ?? .none) {
        try machine.spend(1)
        var x = try real(item)
        if !x.isFinite {
          words += x
          if x.isInfinite { infinities += x }
          continue
        }
        var kept: [Double] = []
        for partial in partials {
          var y = partial
          if x.magnitude < y.magnitude { swap(&x, &y) }
          let high = x + y
          let low = y - (high - x)
          if low != 0 { kept.append(low) }
          x = high
        }
        if !x.isFinite { throw .init(.overflow, "intermediate overflow in fsum") }
        partials = x == 0 ? kept : kept + [x]
      }
      if infinities.isNaN { throw .init(.value, "-inf + inf in fsum") }
      return .float(words == 0 ? exactSum(partials) : words)
    },
    Builtin(.math, "prod(iterable: iterable[any], /, *, start: any = 1)", "The product of numbers.") {
      (machine, arguments) throws(MachineError) in
      var total = arguments[1] ?? .integer(1)
      for item in try machine.elements(of: arguments[0] ?? .none) {
        try machine.spend(1)
        total = try Operations.binary(.multiply, total, item)
      }
      return total
    },
    Builtin(.math, "dist(p: iterable[number], q: iterable[number], /) -> float", "The distance between two points.") {
      (_, arguments) throws(MachineError) in
      let (p, q) = (try Operations.elements(of: arguments[0] ?? .none), try Operations.elements(of: arguments[1] ?? .none))
      if p.count != q.count { throw .init(.value, "both points must have the same number of dimensions") }
      var differences: [Double] = []
      for (a, b) in zip(p, q) { differences.append(try real(a) - real(b)) }
      return .float(vectorLength(differences))
    },
    Builtin(.math, "modf(x: number, /) -> tuple[float, float]", "The fraction and the whole part.") {
      (_, arguments) throws(MachineError) in
      let x = try real(arguments[0])
      if x.isInfinite { return .tuple([.float(Glibc.copysign(0, x)), .float(x)]) }
      let whole = x.rounded(.towardZero)
      return .tuple([.float(Glibc.copysign(x - whole, x)), .float(whole)])
    },
  ]

  /// Partial sums of growing magnitude as one float, correctly rounded (halves decided by the next partial).
  private static func exactSum(_ partials: [Double]) -> Double {
    guard var high = partials.last else { return 0 }
    var index = partials.count - 1
    var low = 0.0
    while index > 0 {
      let x = high
      index -= 1
      let y = partials[index]
      high = x + y
      low = y - (high - x)
      if low != 0 { break }
    }
    if index > 0, low < 0 && partials[index - 1] < 0 || low > 0 && index > 0 && partials[index - 1] > 0 {
      let doubled = low * 2
      let candidate = high + doubled
      if doubled == candidate - high { high = candidate }
    }
    return high
  }

  /// The length of a vector, rounded once: the sum of the squares is carried in twice the digits, and the root of it mended.
  private static func vectorLength(_ coordinates: [Double]) -> Double {
    if coordinates.contains(where: \.isInfinite) { return .infinity }
    if coordinates.contains(where: \.isNaN) { return .nan }
    let largest = coordinates.reduce(0) { max($0, $1.magnitude) }
    if largest == 0 { return 0 }
    // By a power of two, exactly, into a range where no square is too large or too small.
    let scale = Int32(largest.exponent)
    var (high, low) = (0.0, 0.0)
    func add(_ x: Double) {
      let sum = high + x
      low += high.magnitude >= x.magnitude ? (high - sum) + x : (x - sum) + high
      high = sum
    }
    for coordinate in coordinates {
      let x = scalbn(coordinate, -scale)
      add(x * x)
      low += (-(x * x)).addingProduct(x, x)
    }
    let root = (high + low).squareRoot()
    // What the square of the root misses: root² = product + its error.
    let product = root * root
    add(-product)
    let missing = high + (low - (-product).addingProduct(root, root))
    return scalbn(root + missing / (2 * root), scale)
  }

  static func rounding(_ value: Value?, _ rule: FloatingPointRoundingRule) throws(MachineError) -> Value {
    if let number = value?.asInteger { return .integer(number) }
    return .integer(try Operations.integer(truncating: real(value).rounded(rule)))
  }
}

/// The functions of a float that have an instruction, and how Python reports those that have no value.
enum MathFunction {
  /// `function(x)`; a `ValueError` where it has no value, an `OverflowError` where that is too large.
  @inline(__always)
  static func checked(_ x: Double, _ function: (Double) -> Double) throws(MachineError) -> Double {
    let result = function(x)
    if result.isNaN, !x.isNaN { throw .init(.value, "math domain error") }
    if result.isInfinite, x.isFinite { throw .init(.overflow, "math range error") }
    return result
  }
}
