import Arrays
import Plans

/// Weights drawn from a distribution that is the same for every shape.
extension InitializerFunction {
  static let distributions = [
    InitializerFunction(
      "RandomNormal", "Normally distributed values.", [mean.description, deviation.description, seed.description],
      example: "Dense(10, kernel_initializer=RandomNormal(stddev=0.01))", aliases: ["random_normal", "normal"]
    ) { shape, arguments, stream in
      drawn(shape) { arguments[mean] + arguments[deviation] * stream.normal($0) }
    },
    InitializerFunction(
      "TruncatedNormal", "Normally distributed values; those beyond two deviations are drawn again.",
      [mean.description, deviation.description, seed.description],
      example: "Dense(10, kernel_initializer=TruncatedNormal(stddev=0.02))", aliases: ["truncated_normal"]
    ) { shape, arguments, stream in
      drawn(shape) { arguments[mean] + arguments[deviation] * stream.truncatedNormal($0) }
    },
    InitializerFunction(
      "RandomUniform", "Uniformly distributed values.", [minimum.description, maximum.description, seed.description],
      example: "Dense(10, kernel_initializer=RandomUniform(-0.1, 0.1))", aliases: ["random_uniform", "uniform"]
    ) { shape, arguments, stream in
      let (low, high) = (arguments[minimum], arguments[maximum])
      return drawn(shape) { low + (high - low) * stream.uniform($0) }
    },
  ]

  private static let mean = Parameter<Double>("mean", "the mean", default: 0)
  private static let deviation = Parameter<Double>("stddev", "the standard deviation, before any cut", min: 0, default: 0.05)
  private static let minimum = Parameter<Double>("minval", "the lower bound", default: -0.05)
  private static let maximum = Parameter<Double>("maxval", "the upper bound", default: 0.05)

  /// A value for each position.
  static func drawn(_ shape: [Int], _ value: (Int) -> Double) -> [Float] { (0..<shape.reduce(1, *)).map { Float(value($0)) } }
}
