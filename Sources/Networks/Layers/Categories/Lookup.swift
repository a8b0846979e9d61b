import Arrays
import Glibc
import Lambdas
import Plans
import Tensors

/// A vocabulary: the places of its tokens, behind those of what is masked and of what is not in it.
struct Lookup {
  let maskToken: Token?
  let unknownToken: Token?
  let unknownCount: Int
  /// Without what stands for masked and unknown ones.
  let tokens: [Token]
  let mode: CategoryOutput
  let isInverted: Bool
  /// How many places an encoding has; nil for as many as there are.
  let paddedCount: Int?
  /// The weight of each place, where counts are weighted.
  let weights: [Double]?
  /// How tokens that are not in the vocabulary share their places: by a hash, or numbers by their remainder.
  let bins: HashBins
  let hashesNumbers: Bool
  private let places: [Token: Int]
  /// How many tokens the given vocabulary has, with what stands for masked and unknown ones where it names them.
  private let givenCount: Int
  /// How many weights are given.
  private let weightCount: Int?

  init(
    maskToken: Token?, unknownToken: Token?, unknownCount: Int, vocabulary: [Token], mode: CategoryOutput, isInverted: Bool,
    paddedCount: Int?, weights: [Double]?, bins: HashBins, hashesNumbers: Bool
  ) {
    self.maskToken = maskToken
    self.unknownToken = unknownToken
    self.unknownCount = unknownCount
    self.mode = mode
    self.isInverted = isInverted
    self.paddedCount = paddedCount
    self.bins = bins
    self.hashesNumbers = hashesNumbers
    givenCount = vocabulary.count
    weightCount = weights?.count
    let hasMaskPlace = maskToken != nil && mode == .numbers
    let special = (hasMaskPlace ? [maskToken] : []) + Array(repeating: unknownToken, count: unknownCount)
    let hasSpecial = vocabulary.count >= special.count && zip(special, vocabulary).allSatisfy { $0 == $1 } && !special.isEmpty
    tokens = hasSpecial ? Array(vocabulary.dropFirst(special.count)) : vocabulary
    places = Dictionary(tokens.enumerated().map { ($1, $0 + special.count) }, uniquingKeysWith: { first, _ in first })
    guard let weights else {
      self.weights = nil
      return
    }
    // What is said of no token itself has the mean of all weights; places to spare weigh nothing.
    let mean = weights.reduce(0, +) / Double(max(weights.count, 1))
    let all = (hasSpecial ? [] : Array(repeating: mean, count: special.count)) + weights
    self.weights = all + Array(repeating: 0, count: max((paddedCount ?? 0) - all.count, 0))
  }

  private var unknownStart: Int { maskToken != nil && mode == .numbers ? 1 : 0 }
  /// Where the vocabulary begins.
  var start: Int { unknownStart + unknownCount }
  /// How many places there are.
  var count: Int { start + tokens.count }
  /// How many an encoding has.
  var depth: Int { paddedCount ?? count }

  /// All tokens by place.
  func vocabulary(withSpecial: Bool) -> [Token?] {
    guard withSpecial else { return tokens }
    return (unknownStart == 1 ? [maskToken] : []) + Array(repeating: unknownToken, count: unknownCount) + tokens
  }

  /// The token, if a vocabulary holds it twice.
  var repeated: Token? {
    var seen: Set<Token> = []
    return tokens.first { !seen.insert($0).inserted }
  }

  /// Why its weights do not fit it; nil if they do. A clause that completes the layer's name.
  var weightProblem: String? {
    switch (mode == .weightedCount, weightCount) {
    case (false, nil): nil
    case (false, _): "takes `idf_weights` only with `output_mode=\"tf_idf\"`"
    case (true, nil): "needs `idf_weights` beside its `vocabulary`, one a token, for `output_mode=\"tf_idf\"`"
    case (true, let count?): count == givenCount ? nil : "has \(count) `idf_weights` for \(givenCount) tokens"
    }
  }

  // MARK: Looking up

  func output(of given: TokenArray) throws(LearningFailure) -> Value {
    if let weightProblem { throw LearningFailure(weightProblem) }
    return isInverted ? try words(of: given) : try encoded(given)
  }

  private func encoded(_ given: TokenArray) throws(LearningFailure) -> Value {
    var numbers: [Int] = []
    for token in given.tokens { numbers.append(try place(of: token)) }
    if mode == .numbers {
      return given.shape.isEmpty ? .integer(numbers[0]) : .array(NDArray(integers: numbers, shape: given.shape))
    }
    let (values, shape) = try mode.encoded(numbers, shape: given.shape, depth: depth, weights: weights)
    if mode == .weightedCount { return .array(NDArray(floats: values.map { Float($0) }, shape: shape)) }
    return .array(NDArray(integers: values.map { Int($0) }, shape: shape))
  }

  /// The place of a token; where an encoding leaves out what is masked, none of its places.
  private func place(of token: Token) throws(LearningFailure) -> Int {
    if let maskToken, token == maskToken { return mode == .numbers ? 0 : .max }
    if let place = places[token] { return place }
    switch (unknownCount, token) {
    case (0, _):
      throw LearningFailure(
        "has no place for `\(Operations.string(token.value))`, which is not in its vocabulary", hint: "give `num_oov_indices=1`.")
    case (1, _): return unknownStart
    case (_, .number(let number)) where !hashesNumbers:
      let rest = number % unknownCount
      return unknownStart + (rest < 0 ? rest + unknownCount : rest)
    default: return unknownStart + bins.number(of: token, count: unknownCount)
    }
  }

  /// The tokens at places.
  private func words(of given: TokenArray) throws(LearningFailure) -> Value {
    var words: [Token] = []
    for token in given.tokens {
      guard case .number(let place) = token else { throw LearningFailure("gives words for numbers, but gets words") }
      let word = place >= start && place < count ? tokens[place - start] : place == 0 ? maskToken ?? unknownToken : unknownToken
      guard let word else { throw LearningFailure("has no token for \(place)") }
      words.append(word)
    }
    let numbers = words.compactMap { word -> Int? in if case .number(let number) = word { number } else { nil } }
    if numbers.count == words.count, !given.shape.isEmpty { return .array(NDArray(integers: numbers, shape: given.shape)) }
    return TokenArray(words, given.shape).value
  }

  // MARK: Learning

  /// The tokens of data, the most frequent first, and among equals the larger; at most `limit` places in all. With them how rare each is:
  /// `ln(1 + examples / (1 + examples with it))`.
  func learned(from data: TokenArray, limit: Int?) -> (tokens: [Token], weights: [Double]) {
    var counts: [Token: Int] = [:]
    var examples: [Token: Int] = [:]
    let exampleCount = data.shape.first ?? 1
    let size = exampleCount == 0 ? 0 : data.tokens.count / exampleCount
    for example in 0..<exampleCount {
      let tokens = data.tokens[(example * size)..<((example + 1) * size)]
      for token in tokens { counts[token, default: 0] += 1 }
      for token in Set(tokens) { examples[token, default: 0] += 1 }
    }
    for special in [maskToken, unknownToken] { if let special { counts[special] = nil } }
    var tokens = counts.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.map(\.key)
    if let limit { tokens = Array(tokens.prefix(max(limit - start, 0))) }
    return (tokens, tokens.map { log(1 + Double(exampleCount) / Double(1 + examples[$0, default: 0])) })
  }
}

/// A layer that looks tokens up in a vocabulary, which is given or learned from data by `adapt`.
protocol LookupLayer: ValueLayer, LearningLayer {
  var lookup: Lookup { get }
  var hasVocabulary: Bool { get }
  /// The most places that a learned vocabulary may have.
  var maxTokens: Int? { get }
}

/// Parameters that layers with a vocabulary share.
enum LookupParameters {
  static let maxTokens = Parameter<Int?>.optional(
    Parameter<Int>(
      "max_tokens", "the most places there may be, those of unknown and masked ones included", min: 2, max: 100_000_000))
  static let unknownCount = Parameter<Int>(
    "num_oov_indices", "how many places what is not in the vocabulary shares", min: 0, max: 1_000_000, default: 1)
  static let weights = Parameter<[Double]?>.optional(
    Parameter<[Double]>("idf_weights", "how rare each token is, for `output_mode=\"tf_idf\"`", .list(.number(min: 0))) {
      switch $0 {
      case .list(let weights), .tuple(let weights): weights.compactMap(\.asDouble)
      default: nil
      }
    })
  static let invert = Parameter<Bool>("invert", "whether to give tokens for numbers", default: false)
  static let outputMode = CategoryOutput.parameter(CategoryOutput.allCases, default: .numbers)
  static let pads = Parameter<Bool>("pad_to_max_tokens", "whether encodings have `max_tokens` places in any case", default: false)

  /// The shape rule of these layers; `tokens` says how many are in the vocabulary, nil where that is not known yet.
  static func shape(
    _ arguments: Arguments, _ inputs: [TensorSpec], lookup: Lookup?, problem: String?
  ) throws(ShapeError) -> LayerShape {
    try CategoryOutput.checkDense(arguments)
    let mode = CategoryOutput(arguments[outputMode])
    if let problem { throw ShapeError(problem) }
    if arguments[invert], mode != .numbers {
      throw ShapeError("gives tokens for numbers, so that it cannot encode them", hint: "leave `output_mode` out.")
    }
    if arguments[pads], arguments[maxTokens] == nil { throw ShapeError("pads to `max_tokens`, which is not given") }
    if let problem = lookup?.weightProblem { throw ShapeError(problem) }
    if let token = lookup?.repeated {
      throw ShapeError("has `\(Operations.string(token.value))` twice in its vocabulary")
    }
    if let limit = arguments[maxTokens], let count = lookup?.count, count > limit {
      throw ShapeError("has a vocabulary of \(count) places, but `max_tokens` is \(limit)")
    }
    let depth = arguments[pads] ? arguments[maxTokens] : lookup?.count
    let shape = try mode.shape(try onlyInput(inputs).shape, depth: depth)
    return LayerShape(TensorSpec(shape, mode == .weightedCount ? .float32 : .int64))
  }
}

extension LookupLayer {
  func output(of inputs: [TokenArray]) throws(LearningFailure) -> Value { try lookup.output(of: only(inputs)) }

  func learned(from data: LearningData) throws(LearningFailure) -> Learned {
    guard !hasVocabulary else { throw LearningFailure("has its `vocabulary` already", hint: "leave it out to have it learned.") }
    let (tokens, weights) = lookup.learned(from: try TokenArray(data.value), limit: maxTokens)
    guard !tokens.isEmpty else { throw LearningFailure("finds nothing to learn in the data") }
    var settled: [String: Value] = ["vocabulary": .list(tokens.map(\.value))]
    if lookup.mode == .weightedCount { settled["idf_weights"] = .list(weights.map(Value.float)) }
    return .arguments(settled)
  }
}
