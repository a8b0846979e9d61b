import Glibc

extension UnaryOperation {
  /// The function itself, in double precision.
  package func value(_ x: Double) -> Double {
    switch self {
    case .negate: -x
    case .exp: Glibc.exp(x)
    case .log: Glibc.log(x)
    case .log1p: Glibc.log1p(x)
    case .sqrt: x.squareRoot()
    case .reciprocalSqrt: 1 / x.squareRoot()
    case .square: x * x
    case .abs: Swift.abs(x)
    case .reciprocal: 1 / x
    case .relu: x > 0 || x.isNaN ? x : 0
    case .sigmoid: x >= 0 ? 1 / (1 + Glibc.exp(-x)) : Glibc.exp(x) / (1 + Glibc.exp(x))
    case .tanh: Glibc.tanh(x)
    case .erf: Glibc.erf(x)
    case .softplus: (x > 0 ? x : 0) + Glibc.log1p(Glibc.exp(-Swift.abs(x)))
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .floor: x.rounded(.down)
    case .round: x.rounded(.toNearestOrEven)
    }
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
}
