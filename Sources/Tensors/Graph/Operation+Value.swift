import Glibc

extension UnaryOperation {
  /// The function itself, in double precision.
  package func value(_ x: Double) -> Double {
    switch self {
    case .negate: -x
    case .exp: Glibc.exp(x)
    case .expm1: Glibc.expm1(x)
    case .log: Glibc.log(x)
    case .log1p: Glibc.log1p(x)
    case .sqrt: x.squareRoot()
    case .reciprocalSqrt: 1 / x.squareRoot()
    case .square: x * x
    case .abs: Swift.abs(x)
    case .reciprocal: 1 / x
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tan: Glibc.tan(x)
    case .asin: Glibc.asin(x)
    case .acos: Glibc.acos(x)
    case .atan: Glibc.atan(x)
    case .sinh: Glibc.sinh(x)
    case .cosh: Glibc.cosh(x)
    case .asinh: Glibc.asinh(x)
    case .acosh: Glibc.acosh(x)
    case .atanh: Glibc.atanh(x)
    case .relu: x > 0 || x.isNaN ? x : 0
    case .sigmoid: x >= 0 ? 1 / (1 + Glibc.exp(-x)) : Glibc.exp(x) / (1 + Glibc.exp(x))
    case .tanh: Glibc.tanh(x)
    case .erf: Glibc.erf(x)
    case .erfInverse: UnaryOperation.inverseOfErf(x)
    case .softplus: (x > 0 ? x : 0) + Glibc.log1p(Glibc.exp(-Swift.abs(x)))
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .trunc: x.rounded(.towardZero)
    case .round: x.rounded(.toNearestOrEven)
    case .not: x == 0 ? 1 : 0
    case .isNaN: x.isNaN ? 1 : 0
    case .isFinite: x.isFinite ? 1 : 0
    }
  }

  /// Newton's method on erf from Winitzki's approximation.
  private static func inverseOfErf(_ x: Double) -> Double {
    guard Swift.abs(x) < 1 else { return Swift.abs(x) == 1 ? x * .infinity : .nan }
    let logarithm = Glibc.log1p(-x * x)
    let middle = 2 / (Double.pi * 0.147) + logarithm / 2
    var y = ((middle * middle - logarithm / 0.147).squareRoot() - middle).squareRoot()
    if x < 0 { y = -y }
    for _ in 0..<6 { y -= (Glibc.erf(y) - x) * Double.pi.squareRoot() / 2 * Glibc.exp(y * y) }
    return y
  }
}

extension BinaryOperation {
  /// The function itself, in double precision.
  package func value(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a.isNaN || a >= b ? a : b
    case .minimum: a.isNaN || a <= b ? a : b
    case .power: Glibc.pow(a, b)
    case .atan2: Glibc.atan2(a, b)
    case .remainder: BinaryOperation.remainder(a, b)
    case .and: a != 0 && b != 0 ? 1 : 0
    case .or: a != 0 || b != 0 ? 1 : 0
    case .equal: a == b ? 1 : 0
    case .notEqual: a != b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .lessEqual: a <= b ? 1 : 0
    case .greater: a > b ? 1 : 0
    case .greaterEqual: a >= b ? 1 : 0
    case .softplusGradient: a * UnaryOperation.sigmoid.value(b)
    case .reluGradient: b > 0 ? a : 0
    case .sigmoidGradient: a * b * (1 - b)
    case .tanhGradient: a * (1 - b * b)
    }
  }

  private static func remainder(_ a: Double, _ b: Double) -> Double {
    let rest = Glibc.fmod(a, b)
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }
}
