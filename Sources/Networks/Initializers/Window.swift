import Glibc
import Lambdas
import Plans

/// How the samples of a frame are weighted before its Fourier transform: fading at both ends, mostly.
///
/// Source: Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", 1978; names and constants are those
/// of `scipy.signal.windows`.
enum Window: Sendable {
  case named(String)
  case samples([Double])

  /// The argument `window`; None weighs all samples alike.
  static let parameter = Parameter<Window?>(
    "window", "how the samples of a frame are weighted: a window of SciPy's, a weight for each, or None",
    .optional(.either([.choice(functions.keys.sorted()), .list(.number(), min: 1)])), default: .string("hann")
  ) {
    switch $0 {
    case .none: .some(.none)
    case .string(let name): .named(name)
    case .list(let samples), .tuple(let samples): .samples(samples.compactMap(\.asDouble))
    default: nil
    }
  }

  /// The weights of a frame of that length. One that is periodic is a symmetric window of one sample more, without its last.
  func weights(length: Int, isPeriodic: Bool) -> [Double] {
    switch self {
    case .samples(let samples): return samples
    case .named(let name):
      guard length > 1, let function = Window.functions[name] else { return [Double](repeating: 1, count: length) }
      let count = Double(isPeriodic ? length + 1 : length)
      return (0..<length).map { function(Double($0), count) }
    }
  }

  /// The weight of a sample, counted from 0, in a symmetric window of a number of samples.
  private typealias Function = @Sendable (_ sample: Double, _ count: Double) -> Double

  private static let functions: [String: Function] = [
    "barthann": { sample, count in
      let offset = abs(sample / (count - 1) - 0.5)
      return 0.62 - 0.48 * offset + 0.38 * cos(2 * .pi * offset)
    },
    "bartlett": { 1 - abs(position($0, $1)) },
    "blackman": cosines([0.42, 0.5, 0.08]),
    "blackmanharris": cosines([0.35875, 0.48829, 0.14128, 0.01168]),
    "bohman": { sample, count in
      if sample == 0 || sample == count - 1 { return 0 }
      let offset = abs(position(sample, count))
      return (1 - offset) * cos(.pi * offset) + sin(.pi * offset) / .pi
    },
    "boxcar": { _, _ in 1 },
    "cosine": { sin(.pi / $1 * ($0 + 0.5)) },
    "exponential": { exp(-abs($0 - ($1 - 1) / 2)) },
    "flattop": cosines([0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368]),
    "hamming": cosines([0.54, 0.46]),
    "hann": cosines([0.5, 0.5]),
    "lanczos": { sample, count in
      let angle = Double.pi * position(sample, count)
      return angle == 0 ? 1 : sin(angle) / angle
    },
    "nuttall": cosines([0.3635819, 0.4891775, 0.1365995, 0.0106411]),
    "parzen": { sample, count in
      let distance = abs(sample - (count - 1) / 2)
      let offset = distance / (count / 2)
      return distance <= (count - 1) / 4 ? 1 - 6 * offset * offset * (1 - offset) : 2 * pow(1 - offset, 3)
    },
    "taylor": taylor,
    "triang": { sample, count in
      let offset = abs(sample - (count - 1) / 2)
      return 1 - offset / (count.truncatingRemainder(dividingBy: 2) == 0 ? count / 2 : (count + 1) / 2)
    },
    "tukey": { sample, count in
      // The outer halves of each half are those of a Hann window.
      let fromEnd = min(sample, count - 1 - sample) / (count - 1)
      return fromEnd >= 0.25 ? 1 : 0.5 * (1 - cos(4 * .pi * fromEnd))
    },
  ]

  /// Where a sample lies between the ends, which are at -1 and 1.
  private static func position(_ sample: Double, _ count: Double) -> Double { 2 * sample / (count - 1) - 1 }

  /// A sum of cosines with alternating signs, the first one constant.
  private static func cosines(_ coefficients: [Double]) -> Function {
    { sample, count in
      let angle = Double.pi * position(sample, count)
      return coefficients.enumerated().reduce(0) { $0 + $1.element * cos(Double($1.offset) * angle) }
    }
  }

  /// Taylor's, with four side lobes of nearly one height, 30 dB below the main lobe, which is 1 at its highest
  /// (Carrara, Goodman and Majewski, "Spotlight synthetic aperture radar", 1995).
  private static let taylor: Function = { sample, count in
    func height(_ sample: Double) -> Double {
      1 + 2
        * taylorCoefficients.enumerated().reduce(0) {
          $0 + $1.element * cos(2 * .pi * Double($1.offset + 1) * (sample - count / 2 + 0.5) / count)
        }
    }
    return height(sample) / height((count - 1) / 2)
  }

  private static let taylorCoefficients: [Double] = {
    let lobes = 4.0
    let a = acosh(pow(10, 30.0 / 20)) / .pi
    let dilation = lobes * lobes / (a * a + (lobes - 0.5) * (lobes - 0.5))
    let orders = [1.0, 2.0, 3.0]
    return orders.map { order in
      let square = order * order
      let numerator = orders.reduce(1) { $0 * (1 - square / dilation / (a * a + ($1 - 0.5) * ($1 - 0.5))) }
      let denominator = orders.reduce(2) { $1 == order ? $0 : $0 * (1 - square / ($1 * $1)) }
      return (order == 2 ? -1 : 1) * numerator / denominator
    }
  }()
}
