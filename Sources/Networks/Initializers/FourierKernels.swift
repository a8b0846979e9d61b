import Glibc
import Plans

/// Kernels that compute a Fourier transform of a frame of a signal, so that a layer that begins so gives its spectrum.
extension InitializerFunction {
  static let fourierKernels = [
    InitializerFunction(
      "STFT", "One part of a short-time Fourier transform, as a kernel [samples, 1, filters] over a signal of one channel.",
      [side.description, Window.parameter.description, scaling.description, periodic.description],
      rule: "window[t] · cos(-2πtf) / norm, or sin; f = filter / (2 · (filters - 1))",
      source: "Allen and Rabiner, 1977",
      example: "Reshape((4, 1))\nEinsumDense(\"btc,tcf->bf\", 3, kernel_initializer=STFT(\"imag\", window=\"hamming\"))",
      aliases: ["STFTInitializer", "stft"], problem: problem
    ) { shape, arguments, _ in
      let (length, filters) = (shape[0], shape[2])
      let weights = weights(arguments, length).map { $0.map(Float.init) } ?? [Float](repeating: 1, count: length)
      let norm = Float(norm(arguments, length))
      let part = arguments[side] == "real" ? cosf : sinf
      // The angle is rounded to single precision at each step, as Keras does: at the end of a long frame that is seen in the values.
      return drawn(shape) { place in
        let (sample, filter) = (place / filters, place % filters)
        let frequency = Float(filter) / Float(2 * (filters - 1))
        return Double(part(Float(-2 * sample) * frequency * Float(Double.pi)) * weights[sample] / norm)
      }
    }
  ]

  private static let side = Parameter<String>("side", "which part", .choice(["real", "imag"]), default: "real")
  private static let scaling = Parameter<String?>.optional(
    Parameter<String>(
      "scaling", "what the window is divided by: \"density\" the root of the sum of its squares, \"spectrum\" its sum",
      .choice(["density", "spectrum"]), default: "density"))
  private static let periodic = Parameter<Bool>("periodic", "whether the window is that of a periodic signal", default: false)

  /// The window of a frame; nil where there is none.
  private static func weights(_ arguments: Arguments, _ length: Int) -> [Double]? {
    arguments[Window.parameter]?.weights(length: length, isPeriodic: arguments[periodic])
  }

  /// What the weights of a window are divided by; without a window nothing is.
  private static func norm(_ arguments: Arguments, _ length: Int) -> Double {
    guard let weights = weights(arguments, length) else { return 1 }
    return switch arguments[scaling] {
    case nil: 1
    case "density": weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    default: weights.reduce(0) { $0 + abs($1) }
    }
  }

  private static func problem(_ shape: [Int], _ arguments: Arguments) -> String? {
    guard shape.count == 3, shape[1] == 1 else { return "needs three dimensions, for one channel" }
    guard shape[2] > 1 else { return "needs two filters or more" }
    if let count = weights(arguments, shape[0])?.count, count != shape[0] {
      return "has a window of \(count) samples for a kernel of \(shape[0])"
    }
    return norm(arguments, shape[0]) == 0 ? "has a window that is 0 everywhere" : nil
  }
}
