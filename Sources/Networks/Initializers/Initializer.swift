import Arrays
import Plans

/// How a weight begins: an entry of the catalog, and the values it gives a shape.
///
/// A new initializer is one element of a list like those in the files beside.
struct InitializerFunction: Sendable {
  /// The value at each position of a weight of that shape, drawn from the weight's stream.
  typealias Values = @Sendable (_ shape: [Int], _ arguments: Arguments, _ stream: RandomStream) -> [Float]

  let signature: Signature
  let aliases: [String]
  /// Why it cannot begin a weight of a shape: "needs …"; nil if it can.
  let problem: @Sendable (_ shape: [Int], _ arguments: Arguments) -> String?
  let values: Values

  init(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription] = [], rule: String = "", source: String = "",
    example: String, aliases: [String], problem: @escaping @Sendable ([Int], Arguments) -> String? = { _, _ in nil },
    _ values: @escaping Values
  ) {
    signature = Signature(name, summary, parameters, formula: rule, source: source, example: example)
    self.aliases = aliases
    self.problem = problem
    self.values = values
  }

  /// A seed of its own; None draws from the run's.
  static let seed = Parameter<Int?>.optional(Parameter<Int>("seed", "a seed of its own, instead of the run's"))

  /// Every initializer of the catalog.
  static let all = constants + distributions + scaledDistributions + matrices + fourierKernels
}

/// An initializer with its arguments, as a layer holds it for a weight.
struct Initializer: Sendable {
  let function: InitializerFunction
  let arguments: Arguments

  /// The initializer that a name or object of a script stands for.
  init(_ configured: Configured) {
    guard let function = InitializerFunction.all.first(where: { $0.signature.name == configured.entry.name }) else {
      preconditionFailure("every initializer entry of the catalog is made from `InitializerFunction.all`")
    }
    self.function = function
    arguments = configured.arguments
  }

  /// Why it cannot begin a weight of that shape; nil if it can.
  func problem(with shape: [Int]) -> String? { function.problem(shape, arguments).map { "`\(function.signature.name)` \($0)" } }

  /// The first values of a weight; one whose shape does not tell how many inputs and outputs meet in it is scaled by what it says.
  func values(of weight: WeightSpec, from stream: RandomStream) -> [Float] {
    let isScaled = InitializerFunction.scaledDistributions.contains { $0.signature.name == function.signature.name }
    return values(shape: isScaled ? weight.fans ?? weight.shape : weight.shape, from: stream)
  }

  /// The values of a weight of that shape, from the weight's stream or from a seed of the initializer's own.
  func values(shape: [Int], from stream: RandomStream) -> [Float] {
    var stream = stream
    if case .integer(let seed)? = arguments[InitializerFunction.seed.description.name] {
      stream = RandomStream(seed: seed, "initializer")
    }
    return function.values(shape, arguments, stream)
  }
}
