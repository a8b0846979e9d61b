import Arrays
import Plans

/// Uniform values for layers with a symmetric activation (Glorot and Bengio, 2010).
struct GlorotUniform: Initializer {
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "GlorotUniform", "Uniform values for layers with a symmetric activation (Glorot and Bengio, 2010).", [seed.description],
    formula: "uniform within ±√(6 / (inputs + outputs))", example: "Dense(10, kernel_initializer=\"glorot_uniform\")")
  static let aliases = ["glorot_uniform"]

  let seed: Int?
  init(_ arguments: Arguments) { seed = arguments[GlorotUniform.seed] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    VarianceScaling(scale: 1, fan: .average, distribution: .uniform).values(shape: shape, from: stream.seeded(seed))
  }
}

/// Normal values for layers with a symmetric activation (Glorot and Bengio, 2010).
struct GlorotNormal: Initializer {
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "GlorotNormal", "Normal values for layers with a symmetric activation (Glorot and Bengio, 2010).", [seed.description],
    formula: "normal, variance 2 / (inputs + outputs)", example: "Dense(10, kernel_initializer=\"glorot_normal\")")
  static let aliases = ["glorot_normal"]

  let seed: Int?
  init(_ arguments: Arguments) { seed = arguments[GlorotNormal.seed] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    VarianceScaling(scale: 1, fan: .average, distribution: .truncatedNormal).values(shape: shape, from: stream.seeded(seed))
  }
}

/// Uniform values for layers with a ReLU (He and others, 2015).
struct HeUniform: Initializer {
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "HeUniform", "Uniform values for layers with a ReLU (He and others, 2015).", [seed.description],
    formula: "uniform within ±√(6 / inputs)", example: "Dense(10, kernel_initializer=\"he_uniform\")")
  static let aliases = ["he_uniform"]

  let seed: Int?
  init(_ arguments: Arguments) { seed = arguments[HeUniform.seed] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    VarianceScaling(scale: 2, fan: .inputs, distribution: .uniform).values(shape: shape, from: stream.seeded(seed))
  }
}

/// Normal values for layers with a ReLU (He and others, 2015).
struct HeNormal: Initializer {
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "HeNormal", "Normal values for layers with a ReLU (He and others, 2015).", [seed.description],
    formula: "normal, variance 2 / inputs", example: "Dense(10, kernel_initializer=\"he_normal\")")
  static let aliases = ["he_normal"]

  let seed: Int?
  init(_ arguments: Arguments) { seed = arguments[HeNormal.seed] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    VarianceScaling(scale: 2, fan: .inputs, distribution: .truncatedNormal).values(shape: shape, from: stream.seeded(seed))
  }
}

/// Uniform values of variance one over the inputs (LeCun and others, 1998).
struct LecunUniform: Initializer {
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "LecunUniform", "Uniform values of variance one over the inputs (LeCun and others, 1998).", [seed.description],
    formula: "uniform within ±√(3 / inputs)", example: "Dense(10, kernel_initializer=\"lecun_uniform\")")
  static let aliases = ["lecun_uniform"]

  let seed: Int?
  init(_ arguments: Arguments) { seed = arguments[LecunUniform.seed] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    VarianceScaling(scale: 1, fan: .inputs, distribution: .uniform).values(shape: shape, from: stream.seeded(seed))
  }
}

/// Normal values of variance one over the inputs (LeCun and others, 1998).
struct LecunNormal: Initializer {
  static let seed = InitializerParameters.seed
  static let signature = Signature(
    "LecunNormal", "Normal values of variance one over the inputs (LeCun and others, 1998).", [seed.description],
    formula: "normal, variance 1 / inputs", example: "Dense(10, kernel_initializer=\"lecun_normal\")")
  static let aliases = ["lecun_normal"]

  let seed: Int?
  init(_ arguments: Arguments) { seed = arguments[LecunNormal.seed] }
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    VarianceScaling(scale: 1, fan: .inputs, distribution: .truncatedNormal).values(shape: shape, from: stream.seeded(seed))
  }
}
