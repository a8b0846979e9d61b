import Arrays
import Lambdas
import Plans
import Tensors

/// Puts words or numbers into a fixed number of bins by a hash: the same word always into the same.
struct Hashing: Layer {
  static let numBins = Parameter<Int>("num_bins", "how many bins", min: 1)
  static let maskValue = Parameter<Value>(
    "mask_value", "a word or number that has bin 0 to itself", .optional(.either([.string, .integer()])), default: Value.none
  ) { $0 }
  static let salt = HashBins.salt
  static let outputMode = CategoryOutput.parameter([.numbers, .oneHot, .multiHot, .count], default: .numbers)
  static let sparse = CategoryOutput.sparse
  static let signature = Signature(
    "Hashing", "Puts words or numbers into bins by a hash.",
    [numBins.description, maskValue.description, salt.description, outputMode.description, sparse.description],
    formula: "hash(text of the input) mod num_bins",
    source: "FarmHash64 (Google, 2014); with a salt SipHash (Aumasson and Bernstein, 2012)",
    example: "bins = Hashing(num_bins=3)([\"a\", \"b\", \"c\"])")
  static let abilities: Set<Ability> = [.takesValues]

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try CategoryOutput.checkDense(arguments)
    let mode = CategoryOutput(arguments[outputMode])
    let shape = try mode.shape(try onlyInput(inputs).shape, depth: arguments[numBins])
    return LayerShape(TensorSpec(shape, mode == .numbers ? .int64 : .float32))
  }

  let bins: HashBins
  let mask: Token?
  let mode: CategoryOutput
  let count: Int
  init(_ arguments: Arguments) {
    count = arguments[Hashing.numBins]
    mask = Token(arguments[Hashing.maskValue])
    bins = HashBins(salt: arguments[Hashing.salt])
    mode = CategoryOutput(arguments[Hashing.outputMode])
  }
}

extension Hashing: ValueLayer {
  func output(of inputs: [TokenArray]) throws(LearningFailure) -> Value {
    let tokens = try only(inputs)
    let masks = mask != nil && count > 1
    let numbers = tokens.tokens.map { token in
      guard masks else { return bins.number(of: token, count: count) }
      return token == mask ? 0 : bins.number(of: token, count: count - 1) + 1
    }
    let shape = mode == .oneHot && tokens.shape.last == 1 ? Array(tokens.shape.dropLast()) : tokens.shape
    if mode == .numbers { return .array(NDArray(integers: numbers, shape: shape)) }
    let (values, encoded) = try mode.encoded(numbers, shape: shape, depth: count)
    return .array(NDArray(floats: values.map { Float($0) }, shape: encoded))
  }
}

/// Numbers of bins by a hash of a token's text, under a key if there is a salt.
struct HashBins {
  static let salt = Parameter<[Int]?>.optional(
    Parameter<[Int]>(
      "salt", "a key, or two, that changes the bins", .either([.integer(), .list(.integer(), min: 2, max: 2)]),
      decode: Axes.decode))

  private let key: (UInt64, UInt64)?

  init(salt: [Int]?) {
    key = salt.flatMap { salt in
      guard let first = salt.first, let last = salt.last else { return nil }
      return (UInt64(bitPattern: Int64(first)), UInt64(bitPattern: Int64(last)))
    }
  }

  func number(of token: Token, count: Int) -> Int {
    let hash = key.map { SipHash.hash(token.text, key: $0) } ?? FarmHash.fingerprint(token.text)
    return Int(hash % UInt64(max(count, 1)))
  }
}
