import Glibc

/// A function of one element.
package enum ElementFunction: String, Sendable, CaseIterable {
  case negative, absolute, sign, floor, ceil, round = "rint", square
  case sqrt, exp, expm1, log, log2, log10, log1p, sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, tanh
}

extension NDArray {
  /// Applies a function to each element. Whole numbers stay whole under `negative`, `absolute`, `sign`, `floor`, `ceil`,
  /// `rint` and `square`, and become `float64` under the others.
  package func mapped(_ function: ElementFunction) throws(ArrayError) -> NDArray {
    switch function {
    case .negative, .absolute, .sign, .square:
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
    case .floor, .ceil, .round: if !type.isFloat { return self }
    default: break
    }
    if type == .float32 { return floats(function) }
    return converted(to: .float64).doubles(function)
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
    }
    return result
  }

  /// `np.clip`: each element moved into `lower...upper`; nil leaves a side open.
  package func clipped(lower: WeakScalar?, upper: WeakScalar?) throws(ArrayError) -> NDArray {
    var result = self
    if let lower { result = try NDArray.elementwise(.maximum, result, lower) }
    if let upper { result = try NDArray.elementwise(.minimum, result, upper) }
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

  private func doubles(_ function: ElementFunction) -> NDArray {
    var result = self
    result.withMutableElements(as: Double.self) { elements in
      @inline(__always) func each(_ f: (Double) -> Double) {
        for index in elements.indices { elements[index] = f(elements[index]) }
      }
      switch function {
      case .negative: each { -$0 }
      case .absolute: each { $0.magnitude }
      case .sign: each { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
      case .floor: each { $0.rounded(.down) }
      case .ceil: each { $0.rounded(.up) }
      case .round: each { $0.rounded(.toNearestOrEven) }
      case .square: each { $0 * $0 }
      case .sqrt: each { $0.squareRoot() }
      case .exp: each { Glibc.exp($0) }
      case .expm1: each { Glibc.expm1($0) }
      case .log: each { Glibc.log($0) }
      case .log2: each { Glibc.log2($0) }
      case .log10: each { Glibc.log10($0) }
      case .log1p: each { Glibc.log1p($0) }
      case .sin: each { Glibc.sin($0) }
      case .cos: each { Glibc.cos($0) }
      case .tan: each { Glibc.tan($0) }
      case .arcsin: each { asin($0) }
      case .arccos: each { acos($0) }
      case .arctan: each { atan($0) }
      case .sinh: each { Glibc.sinh($0) }
      case .cosh: each { Glibc.cosh($0) }
      case .tanh: each { Glibc.tanh($0) }
      }
    }
    return result
  }

  private func floats(_ function: ElementFunction) -> NDArray {
    var result = self
    result.withMutableElements(as: Float.self) { elements in
      @inline(__always) func each(_ f: (Float) -> Float) {
        for index in elements.indices { elements[index] = f(elements[index]) }
      }
      switch function {
      case .negative: each { -$0 }
      case .absolute: each { $0.magnitude }
      case .sign: each { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
      case .floor: each { $0.rounded(.down) }
      case .ceil: each { $0.rounded(.up) }
      case .round: each { $0.rounded(.toNearestOrEven) }
      case .square: each { $0 * $0 }
      case .sqrt: each { $0.squareRoot() }
      case .exp: each { expf($0) }
      case .expm1: each { expm1f($0) }
      case .log: each { logf($0) }
      case .log2: each { log2f($0) }
      case .log10: each { log10f($0) }
      case .log1p: each { log1pf($0) }
      case .sin: each { sinf($0) }
      case .cos: each { cosf($0) }
      case .tan: each { tanf($0) }
      case .arcsin: each { asinf($0) }
      case .arccos: each { acosf($0) }
      case .arctan: each { atanf($0) }
      case .sinh: each { sinhf($0) }
      case .cosh: each { coshf($0) }
      case .tanh: each { tanhf($0) }
      }
    }
    return result
  }
}
