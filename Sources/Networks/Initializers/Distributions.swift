import Arrays
import Plans

/// Normally distributed.
struct RandomNormal: Initializer {
  static let mean = Parameter<Double>("mean", "the mean", default: 0)
  static let deviation = Parameter<Double>("stddev", "the standard deviation", min: 0, default: 0.05)
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "RandomNormal", "Normally distributed values.", [mean.description, deviation.description, seed.description],
    example: "Dense(10, kernel_initializer=RandomNormal(stddev=0.01))")
  static let aliases = ["random_normal", "normal"]

  let mean: Double
  let deviation: Double
  let seed: Int?
  init(_ arguments: Arguments) {
    mean = arguments[RandomNormal.mean]
    deviation = arguments[RandomNormal.deviation]
    seed = arguments[RandomNormal.seed]
  }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    let stream = stream.seeded(seed)
    return (0..<shape.reduce(1, *)).map { Float(mean + deviation * stream.normal($0)) }
  }
}

/// Normally distributed, redrawn beyond two deviations.
struct TruncatedNormal: Initializer {
  static let mean = Parameter<Double>("mean", "the mean", default: 0)
  static let deviation = Parameter<Double>("stddev", "the standard deviation before cutting", min: 0, default: 0.05)
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "TruncatedNormal", "Normally distributed values within two deviations.",
    [mean.description, deviation.description, seed.description],
    example: "Dense(10, kernel_initializer=TruncatedNormal(stddev=0.02))")
  static let aliases = ["truncated_normal"]

  let mean: Double
  let deviation: Double
  let seed: Int?
  init(_ arguments: Arguments) {
    mean = arguments[TruncatedNormal.mean]
    deviation = arguments[TruncatedNormal.deviation]
    seed = arguments[TruncatedNormal.seed]
  }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    let stream = stream.seeded(seed)
    return (0..<shape.reduce(1, *)).map { Float(mean + deviation * stream.truncatedNormal($0)) }
  }
}

/// Uniformly distributed.
struct RandomUniform: Initializer {
  static let minimum = Parameter<Double>("minval", "the lower bound", default: -0.05)
  static let maximum = Parameter<Double>("maxval", "the upper bound", default: 0.05)
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "RandomUniform", "Uniformly distributed values.", [minimum.description, maximum.description, seed.description],
    example: "Dense(10, kernel_initializer=RandomUniform(-0.1, 0.1))")
  static let aliases = ["random_uniform", "uniform"]

  let minimum: Double
  let maximum: Double
  let seed: Int?
  init(_ arguments: Arguments) {
    minimum = arguments[RandomUniform.minimum]
    maximum = arguments[RandomUniform.maximum]
    seed = arguments[RandomUniform.seed]
  }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    let stream = stream.seeded(seed)
    return (0..<shape.reduce(1, *)).map { Float(minimum + (maximum - minimum) * stream.uniform($0)) }
  }
}
