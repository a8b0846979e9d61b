import Glibc

/// The gamma function and its logarithm by Lanczos' approximation with g ≈ 6.02 and 13 terms, in the order of operations that CPython's
/// `math` has, so that the last bits are the same; the C library's differ.
enum GammaFunction {
  private static let g = 6.024680040776729583740234375
  private static let numerator: [Double] = [
    23531376880.410759688572007674451636754734846804940, 42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843, 17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708, 1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801, 31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768, 186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024, 210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
  ]
  private static let denominator: [Double] = [
    0, 39_916_800, 120_543_840, 150_917_976, 105_258_076, 45_995_730, 13_339_535, 2_637_558, 357_423, 32_670, 1925, 66, 1,
  ]

  /// Γ(x); not-a-number where it has no value.
  static func value(_ x: Double) -> Double {
    if !x.isFinite { return x < 0 ? .nan : x }
    if x == 0 { return .nan }
    if x == x.rounded() {
      if x < 0 { return .nan }
      if x <= 23 { return factorial(Int(x) - 1) }
    }
    let magnitude = x.magnitude
    if magnitude < 1e-20 { return 1 / x }
    if magnitude > 200 { return x < 0 ? 0 / sineOfPi(x) : .infinity }
    let y = magnitude + g - 0.5
    // What rounding took from y.
    let lost = magnitude > g - 0.5 ? (y - magnitude) - (g - 0.5) : (y - (g - 0.5)) - magnitude
    let correction = lost * g / y
    var result: Double
    if x < 0 {
      result = -Double.pi / sineOfPi(magnitude) / magnitude * exp(y) / sum(magnitude)
      result -= correction * result
      if magnitude < 140 { return result / pow(y, magnitude - 0.5) }
      let root = pow(y, magnitude / 2 - 0.25)
      return result / root / root
    }
    result = sum(magnitude) / exp(y)
    result += correction * result
    if magnitude < 140 { return result * pow(y, magnitude - 0.5) }
    let root = pow(y, magnitude / 2 - 0.25)
    return result * root * root
  }

  /// ln |Γ(x)|; for whole numbers that are not positive it has none, and callers ask first.
  static func logarithm(_ x: Double) -> Double {
    if !x.isFinite { return x.isNaN ? x : .infinity }
    if x == 1 || x == 2 { return 0 }
    let magnitude = x.magnitude
    if magnitude < 1e-20 { return -log(magnitude) }
    var result = log(sum(magnitude)) - g
    result += (magnitude - 0.5) * (log(magnitude + g - 0.5) - 1)
    if x < 0 { result = 1.144729885849400174143427351353058711647 - log(sineOfPi(magnitude).magnitude) - log(magnitude) - result }
    return result
  }

  private static func factorial(_ n: Int) -> Double { (0..<n).reduce(1) { $0 * Double($1 + 1) } }

  /// The rational function of the approximation, in the direction in which its terms stay small.
  private static func sum(_ x: Double) -> Double {
    var (above, below) = (0.0, 0.0)
    if x < 5 {
      for index in numerator.indices.reversed() {
        above = above * x + numerator[index]
        below = below * x + denominator[index]
      }
    } else {
      for index in numerator.indices {
        above = above / x + numerator[index]
        below = below / x + denominator[index]
      }
    }
    return above / below
  }

  /// sin πx, exact at whole and half numbers.
  private static func sineOfPi(_ x: Double) -> Double {
    let y = fmod(x.magnitude, 2)
    let result =
      switch Int((2 * y).rounded()) {
      case 0: sin(.pi * y)
      case 1: cos(.pi * (y - 0.5))
      case 2: sin(.pi * (1 - y))
      case 3: -cos(.pi * (y - 1.5))
      default: sin(.pi * (y - 2))
      }
    return x < 0 ? -result : result
  }
}
