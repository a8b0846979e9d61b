import Glibc

/// The C library's functions of either float type, so that what works on elements is written once.
protocol FloatMath: BinaryFloatingPoint {
  static func exp(_ x: Self) -> Self
  static func exp2(_ x: Self) -> Self
  static func expm1(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log2(_ x: Self) -> Self
  static func log10(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func cbrt(_ x: Self) -> Self
  static func sin(_ x: Self) -> Self
  static func cos(_ x: Self) -> Self
  static func tan(_ x: Self) -> Self
  static func asin(_ x: Self) -> Self
  static func acos(_ x: Self) -> Self
  static func atan(_ x: Self) -> Self
  static func sinh(_ x: Self) -> Self
  static func cosh(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func asinh(_ x: Self) -> Self
  static func acosh(_ x: Self) -> Self
  static func atanh(_ x: Self) -> Self
  /// `base` to the power `exponent`; squares are made by multiplication.
  static func raise(_ base: Self, _ exponent: Self) -> Self
  /// What is left of `a` after taking off whole multiples of `b`, with the sign of `a`.
  static func remainder(_ a: Self, _ b: Self) -> Self
  /// The angle of the point (x, y).
  static func angle(_ y: Self, _ x: Self) -> Self
  /// The length of the vector (x, y).
  static func length(_ x: Self, _ y: Self) -> Self
}

extension Double: FloatMath {
  static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  static func exp2(_ x: Double) -> Double { Glibc.exp2(x) }
  static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
  static func log(_ x: Double) -> Double { Glibc.log(x) }
  static func log2(_ x: Double) -> Double { Glibc.log2(x) }
  static func log10(_ x: Double) -> Double { Glibc.log10(x) }
  static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  static func cbrt(_ x: Double) -> Double { Glibc.cbrt(x) }
  static func sin(_ x: Double) -> Double { Glibc.sin(x) }
  static func cos(_ x: Double) -> Double { Glibc.cos(x) }
  static func tan(_ x: Double) -> Double { Glibc.tan(x) }
  static func asin(_ x: Double) -> Double { Glibc.asin(x) }
  static func acos(_ x: Double) -> Double { Glibc.acos(x) }
  static func atan(_ x: Double) -> Double { Glibc.atan(x) }
  static func sinh(_ x: Double) -> Double { Glibc.sinh(x) }
  static func cosh(_ x: Double) -> Double { Glibc.cosh(x) }
  static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
  static func asinh(_ x: Double) -> Double { Glibc.asinh(x) }
  static func acosh(_ x: Double) -> Double { Glibc.acosh(x) }
  static func atanh(_ x: Double) -> Double { Glibc.atanh(x) }
  static func raise(_ base: Double, _ exponent: Double) -> Double { exponent == 2 ? base * base : pow(base, exponent) }
  static func remainder(_ a: Double, _ b: Double) -> Double { fmod(a, b) }
  static func angle(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
  static func length(_ x: Double, _ y: Double) -> Double { hypot(x, y) }
}

extension Float: FloatMath {
  static func exp(_ x: Float) -> Float { Glibc.expf(x) }
  static func exp2(_ x: Float) -> Float { Glibc.exp2f(x) }
  static func expm1(_ x: Float) -> Float { Glibc.expm1f(x) }
  static func log(_ x: Float) -> Float { Glibc.logf(x) }
  static func log2(_ x: Float) -> Float { Glibc.log2f(x) }
  static func log10(_ x: Float) -> Float { Glibc.log10f(x) }
  static func log1p(_ x: Float) -> Float { Glibc.log1pf(x) }
  static func cbrt(_ x: Float) -> Float { Glibc.cbrtf(x) }
  static func sin(_ x: Float) -> Float { Glibc.sinf(x) }
  static func cos(_ x: Float) -> Float { Glibc.cosf(x) }
  static func tan(_ x: Float) -> Float { Glibc.tanf(x) }
  static func asin(_ x: Float) -> Float { Glibc.asinf(x) }
  static func acos(_ x: Float) -> Float { Glibc.acosf(x) }
  static func atan(_ x: Float) -> Float { Glibc.atanf(x) }
  static func sinh(_ x: Float) -> Float { Glibc.sinhf(x) }
  static func cosh(_ x: Float) -> Float { Glibc.coshf(x) }
  static func tanh(_ x: Float) -> Float { Glibc.tanhf(x) }
  static func asinh(_ x: Float) -> Float { Glibc.asinhf(x) }
  static func acosh(_ x: Float) -> Float { Glibc.acoshf(x) }
  static func atanh(_ x: Float) -> Float { Glibc.atanhf(x) }
  static func raise(_ base: Float, _ exponent: Float) -> Float { exponent == 2 ? base * base : powf(base, exponent) }
  static func remainder(_ a: Float, _ b: Float) -> Float { fmodf(a, b) }
  static func angle(_ y: Float, _ x: Float) -> Float { atan2f(y, x) }
  static func length(_ x: Float, _ y: Float) -> Float { hypotf(x, y) }
}
