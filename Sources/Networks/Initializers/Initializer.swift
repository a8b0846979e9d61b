import Arrays
import Plans

/// How a weight begins.
protocol Initializer: Sendable {
  static var signature: Signature { get }
  static var aliases: [String] { get }
  init(_ arguments: Arguments)
  /// The value at each position of a weight of that shape, drawn from the weight's stream.
  func values(shape: [Int], from stream: RandomStream) -> [Float]
}

/// Every initializer of the catalog.
let initializerTypes: [any Initializer.Type] = [
  Zeros.self, Ones.self, Constant.self, RandomNormal.self, RandomUniform.self, TruncatedNormal.self, GlorotUniform.self,
  GlorotNormal.self, HeUniform.self, HeNormal.self, LecunUniform.self, LecunNormal.self,
]

/// The initializer that a name or object of a script stands for.
func makeInitializer(_ configured: Configured) -> any Initializer {
  guard let type = initializerTypes.first(where: { $0.signature.name == configured.entry.name }) else {
    preconditionFailure("every initializer entry of the catalog is made from `initializerTypes`")
  }
  return type.init(configured.arguments)
}

/// The seed of a random initializer; None draws from the run's own.
enum InitializerParameters {
  static let seed = Parameter<Int?>.optional(Parameter<Int>("seed", "a seed of its own, instead of the run's"))
}

extension RandomStream {
  /// The stream of an initializer with a seed of its own, or this one.
  func seeded(_ seed: Int?) -> RandomStream { seed.map { RandomStream(seed: $0, "initializer") } ?? self }
}
