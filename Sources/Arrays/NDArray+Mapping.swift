/// A function of one element.
package enum ElementFunction: String, Sendable, CaseIterable {
  case negative, absolute, sign, floor, ceil, truncate = "trunc", round = "rint", square, reciprocal
  case sqrt, cbrt, exp, exp2, expm1, log, log2, log10, log1p, degrees, radians
  case sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, tanh, arcsinh, arccosh, arctanh
}

extension NDArray {
  /// Applies a function to each element. Whole numbers stay whole under `negative`, `absolute`, `sign`, `floor`, `ceil`,
  /// `trunc`, `rint` and `square`, and become `float64` under the others.
  package func mapped(_ function: ElementFunction) throws(ArrayError) -> NDArray {
    switch function {
    case .square where type == .bool: return converted(to: .int64)
    case .negative, .absolute, .sign, .square:
      if type == .bool, function == .sign {
        throw .type("ufunc 'sign' did not contain a loop with signature matching types bool")
      }
      if type == .bool, function == .negative {
        throw .type(
          "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead."
        )
      }
      switch type {
      case .int64: return signed(function, Int.self)
      case .int32: return signed(function, Int32.self)
      case .uint8:
        return function == .negative || function == .square ? byte(function) : function == .sign ? byte(function) : self
      case .bool: return self
      default: break
      }
    case .floor, .ceil, .truncate, .round: if !type.isFloat { return self }
    default: break
    }
    if type == .float32 { return floats(function, Float.self) }
    return converted(to: .float64).floats(function, Double.self)
  }

  /// Each element rounded to a number of decimals, halves to even.
  package func rounded(decimals: Int) throws(ArrayError) -> NDArray {
    if type == .bool, decimals != 0 { throw .type("truth values are not rounded to decimals") }
    if type == .bool { return converted(to: .float64) }
    if !type.isFloat {
      return decimals >= 0 ? self : try converted(to: .float64).rounded(decimals: decimals).converted(to: type)
    }
    if decimals == 0 { return try mapped(.round) }
    var factor = 1.0
    for _ in 0..<Swift.min(decimals.magnitude, 300) { factor *= 10 }
    let scaled = try NDArray.elementwise(decimals > 0 ? .multiply : .divide, self, .float(factor)).mapped(.round)
    return try NDArray.elementwise(decimals > 0 ? .divide : .multiply, scaled, .float(factor))
  }

  /// `~a`: bits turned over, or truth.
  package func inverted() throws(ArrayError) -> NDArray {
    var result = self
    switch type {
    case .bool: result.withMutableElements(as: UInt8.self) { for index in $0.indices { $0[index] ^= 1 } }
    case .uint8: result.withMutableElements(as: UInt8.self) { for index in $0.indices { $0[index] = ~$0[index] } }
    case .int32: result.withMutableElements(as: Int32.self) { for index in $0.indices { $0[index] = ~$0[index] } }
    case .int64: result.withMutableElements(as: Int.self) { for index in $0.indices { $0[index] = ~$0[index] } }
    case .float32, .float64: throw .type("ufunc 'invert' not supported for the input types")
    case .string: textsAreNoNumbers()
    }
    return result
  }

  /// `np.where`: elements of `a` where `condition` is true, of `b` elsewhere, all three broadcast.
  package static func select(_ condition: NDArray, _ a: NDArray, _ b: NDArray) throws(ArrayError) -> NDArray {
    let type = a.type.promoted(with: b.type)
    let shape = try broadcastShape(broadcastShape(condition.shape, a.shape), b.shape)
    let mask = try condition.converted(to: .bool).broadcast(to: shape)
    var result = try a.converted(to: type).broadcast(to: shape)
    let other = try b.converted(to: type).broadcast(to: shape)
    let size = type.size
    let source = other.rawBytes
    mask.withElements(as: UInt8.self) { flags in
      result.withMutableElements(as: UInt8.self) { start in
        let target = UnsafeMutableRawPointer(start.baseAddress!)
        for index in flags.indices where flags[index] == 0 {
          (target + index * size).copyMemory(from: source.baseAddress! + index * size, byteCount: size)
        }
      }
    }
    return result
  }

  private func signed<T: FixedWidthInteger & SignedInteger>(_ function: ElementFunction, _: T.Type) -> NDArray {
    var result = self
    result.withMutableElements(as: T.self) { elements in
      for index in elements.indices {
        let x = elements[index]
        elements[index] =
          switch function {
          case .negative: 0 &- x
          case .absolute: x < 0 ? 0 &- x : x
          case .square: x &* x
          default: x.signum()
          }
      }
    }
    return result
  }

  private func byte(_ function: ElementFunction) -> NDArray {
    var result = self
    result.withMutableElements(as: UInt8.self) { elements in
      for index in elements.indices {
        let x = elements[index]
        elements[index] = function == .negative ? 0 &- x : function == .square ? x &* x : x == 0 ? 0 : 1
      }
    }
    return result
  }

  private func floats<T: FloatMath>(_ function: ElementFunction, _: T.Type) -> NDArray {
    var result = self
    result.withMutableElements(as: T.self) { elements in
      // Inlined into each case, so that every function has a loop of its own, vectorised where it can be.
      @inline(__always) func each(_ f: (T) -> T) {
        for index in elements.indices { elements[index] = f(elements[index]) }
      }
      switch function {
      case .negative: each { -$0 }
      case .absolute: each { $0.magnitude }
      case .sign: each { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
      case .floor: each { $0.rounded(.down) }
      case .ceil: each { $0.rounded(.up) }
      case .truncate: each { $0.rounded(.towardZero) }
      case .round: each { $0.rounded(.toNearestOrEven) }
      case .square: each { $0 * $0 }
      case .reciprocal: each { 1 / $0 }
      case .sqrt: each { $0.squareRoot() }
      case .cbrt: each { T.cbrt($0) }
      case .exp: each { T.exp($0) }
      case .exp2: each { T.exp2($0) }
      case .expm1: each { T.expm1($0) }
      case .log: each { T.log($0) }
      case .log2: each { T.log2($0) }
      case .log10: each { T.log10($0) }
      case .log1p: each { T.log1p($0) }
      case .sin: each { T.sin($0) }
      case .cos: each { T.cos($0) }
      case .tan: each { T.tan($0) }
      case .arcsin: each { T.asin($0) }
      case .arccos: each { T.acos($0) }
      case .arctan: each { T.atan($0) }
      case .sinh: each { T.sinh($0) }
      case .cosh: each { T.cosh($0) }
      case .tanh: each { T.tanh($0) }
      case .arcsinh: each { T.asinh($0) }
      case .arccosh: each { T.acosh($0) }
      case .arctanh: each { T.atanh($0) }
      case .degrees: each { $0 * (180 / T.pi) }
      case .radians: each { $0 * (T.pi / 180) }
      }
    }
    return result
  }
}
