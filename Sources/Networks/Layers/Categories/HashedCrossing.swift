import Arrays
import Lambdas
import Plans
import Tensors

/// Puts what two or more words or numbers are together into a fixed number of bins by a hash.
struct HashedCrossing: Layer {
  static let numBins = Hashing.numBins
  static let outputMode = CategoryOutput.parameter([.numbers, .oneHot], default: .numbers)
  static let sparse = CategoryOutput.sparse
  static let signature = Signature(
    "HashedCrossing", "Puts what two or more words or numbers are together into bins by a hash.",
    [numBins.description, outputMode.description, sparse.description],
    formula: "hash = cat(… cat(cat(key, hash(a)), hash(b)) …) mod num_bins; a number is its own hash",
    source: "FarmHash64 (Google, 2014), joined as TensorFlow does",
    example: "bins = HashedCrossing(num_bins=5)(([\"a\", \"b\"], [101, 102]))")
  static let abilities: Set<Ability> = [.takesValues, .merges]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try CategoryOutput.checkDense(arguments)
    guard inputs.count > 1 else {
      throw ShapeError("crosses two inputs or more, but gets \(inputs.count)", hint: "call it on a list: `([a, b])`.")
    }
    guard inputs.allSatisfy({ $0.shape == inputs[0].shape && [Shape([]), Shape([1])].contains($0.shape) }) else {
      let shapes = inputs.map(\.shape.description).joined(separator: " and ")
      throw ShapeError("crosses single words or numbers, but gets \(shapes)")
    }
    let mode = CategoryOutput(arguments[outputMode])
    let shape = try mode.shape(inputs[0].shape, depth: arguments[numBins])
    return LayerShape(TensorSpec(shape, mode == .numbers ? .int64 : .float32))
  }

  let mode: CategoryOutput
  let count: Int
  init(_ arguments: Arguments) {
    count = arguments[HashedCrossing.numBins]
    mode = CategoryOutput(arguments[HashedCrossing.outputMode])
  }

  /// What TensorFlow begins every crossing with.
  private static let key: UInt64 = 0xDE_CAFC_AFFE
}

extension HashedCrossing: ValueLayer {
  func output(of inputs: [TokenArray]) throws(LearningFailure) -> Value {
    guard inputs.count > 1 else { throw LearningFailure("crosses two inputs or more, but gets \(inputs.count)") }
    let shape = inputs[0].shape
    guard inputs.allSatisfy({ $0.shape == shape }), shape.dropFirst().isEmpty || shape.dropFirst() == [1] else {
      throw LearningFailure("crosses single words or numbers, as many in each input")
    }
    let numbers = inputs[0].tokens.indices.map { place in
      let hash = inputs.reduce(HashedCrossing.key) { FarmHash.joined($0, HashedCrossing.hash(of: $1.tokens[place])) }
      return Int(hash % UInt64(count))
    }
    if mode == .numbers { return .array(NDArray(integers: numbers, shape: shape)) }
    // Single values are encoded as a batch of one, as Keras does it.
    let (values, encoded) = try mode.encoded(numbers, shape: shape.isEmpty ? [1] : shape, depth: count)
    return .array(NDArray(floats: values.map { Float($0) }, shape: encoded))
  }

  private static func hash(of token: Token) -> UInt64 {
    switch token {
    case .number(let number): UInt64(bitPattern: Int64(number))
    case .word: FarmHash.fingerprint(token.text)
    }
  }
}
