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

  /// The first place of what is not in the vocabulary.
  var unknownStart: Int { maskToken != nil && mode == .numbers ? 1 : 0 }
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

  /// Whether the vocabulary holds what stands for nothing, but not where it begins.
  var hasMaskInside: Bool { maskToken.map(tokens.contains) ?? false }

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

  /// How often each token of data comes, and in how many examples.
  func learned(from data: TokenArray, limit: Int?) -> Vocabulary {
    var counts: [Token: Int] = [:]
    var examples: [Token: Int] = [:]
    let exampleCount = data.shape.first ?? 1
    let size = exampleCount == 0 ? 0 : data.tokens.count / exampleCount
    for example in 0..<exampleCount {
      let tokens = data.tokens[(example * size)..<((example + 1) * size)]
      for token in tokens { counts[token, default: 0] += 1 }
      for token in Set(tokens) { examples[token, default: 0] += 1 }
    }
    let all = counts.map { (token: $0.key, count: $0.value, examples: examples[$0.key, default: 0]) }
    return chosen(from: all, exampleCount: exampleCount, limit: limit)
  }

  /// Tokens in order, and how rare each is.
  typealias Vocabulary = (tokens: [Token], weights: [Double])

  /// The most frequent first, and among equals the larger; at most `limit` places in all. How rare a token is:
  /// `ln(1 + examples / (1 + examples with it))`.
  func chosen(from counts: [(token: Token, count: Int, examples: Int)], exampleCount: Int, limit: Int?) -> Vocabulary {
    var found = counts.filter { $0.token != maskToken && $0.token != unknownToken }
    found.sort { ($0.count, $0.token) > ($1.count, $1.token) }
    if let limit { found = Array(found.prefix(max(limit - start, 0))) }
    return (found.map(\.token), found.map { log(1 + Double(exampleCount) / Double(1 + $0.examples)) })
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
  /// A list of them, or the path of a file, which is a list by the time that a layer is made.
  static func tokens(_ kind: ArgumentKind) -> ArgumentKind { .either([.list(kind, min: 1), .inputPath]) }
  static let invert = Parameter<Bool>("invert", "whether to give tokens for numbers", default: false)
  static let outputMode = CategoryOutput.parameter(CategoryOutput.allCases, default: .numbers)
  static let pads = Parameter<Bool>("pad_to_max_tokens", "whether encodings have `max_tokens` places in any case", default: false)

  /// Why arguments cannot go together that these layers share; nil if they can.
  static func conflict(_ arguments: Arguments, hasVocabulary: Bool, _ lookup: Lookup) -> ArgumentConflict? {
    let isEncoding = lookup.mode != .numbers
    if arguments[CategoryOutput.sparse] {
      return ArgumentConflict(
        of: CategoryOutput.sparse.description.name, "gives plain tensors, and none that are sparse", hint: "leave it out.")
    }
    if lookup.isInverted, isEncoding {
      return ArgumentConflict(
        of: outputMode.description.name, "gives tokens for numbers, so that it cannot encode them", hint: "leave it out.")
    }
    if arguments[pads], arguments[maxTokens] == nil {
      return ArgumentConflict(
        of: pads.description.name, "pads to `max_tokens`, which is not given", hint: "give both, or neither.")
    }
    if !hasVocabulary, arguments[weights] != nil {
      return ArgumentConflict(
        of: weights.description.name, "takes `idf_weights` only beside a `vocabulary`", hint: "`adapt` learns both.")
    }
    guard hasVocabulary else { return nil }
    let name = "vocabulary"
    if let problem = lookup.weightProblem {
      return ArgumentConflict(
        of: arguments[weights] == nil ? name : weights.description.name, problem,
        hint: lookup.mode == .weightedCount
          ? "each is `ln(1 + texts / (1 + texts with the token))`; `adapt` learns them."
          : "leave it out, or use `output_mode=\"tf_idf\"`.")
    }
    if let token = lookup.repeated {
      return ArgumentConflict(
        of: name, "has `\(Operations.representation(token.value))` twice in its vocabulary", hint: "leave one of them out.")
    }
    if lookup.hasMaskInside, let mask = lookup.maskToken {
      return ArgumentConflict(
        of: name, "has what stands for nothing, `\(Operations.representation(mask.value))`, within its vocabulary",
        hint: "leave it out: it has a place of its own.")
    }
    if lookup.isInverted, let unknown = lookup.unknownToken, lookup.tokens.contains(unknown) {
      return ArgumentConflict(
        of: name, "has what it gives for unknown places, `\(Operations.representation(unknown.value))`, within its vocabulary",
        hint: "leave it out, or give another `oov_token`.")
    }
    if let limit = arguments[maxTokens], lookup.count > limit {
      return ArgumentConflict(
        of: maxTokens.description.name, "has a vocabulary of \(lookup.count) places, but `max_tokens` is \(limit)",
        hint: "leave `max_tokens` out, or make it \(lookup.count).")
    }
    return nil
  }

  /// The shape of what these layers give; the vocabulary is nil where it is not known yet.
  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec], _ lookup: Lookup?) throws(ShapeError) -> LayerShape {
    try shape(arguments, numbers: try onlyInput(inputs).shape, lookup)
  }

  /// The same of an example's places.
  static func shape(_ arguments: Arguments, numbers: Shape, _ lookup: Lookup?) throws(ShapeError) -> LayerShape {
    let mode = CategoryOutput(arguments[outputMode])
    let depth = arguments[pads] ? arguments[maxTokens] : lookup?.count
    var shape = LayerShape(
      TensorSpec(try mode.shape(numbers, depth: depth), mode == .weightedCount ? .float32 : .int64))
    shape.awaitsLearning = mode != .numbers && depth == nil
    return shape
  }
}

extension LookupLayer {
  func output(of inputs: [TokenArray]) throws(LearningFailure) -> Value { try lookup.output(of: only(inputs)) }

  func learned(from data: LearningData) throws(LearningFailure) -> Learned {
    try learned { () throws(LearningFailure) in lookup.learned(from: try TokenArray(try data.values()), limit: maxTokens) }
  }

  /// The vocabulary that is found, as arguments.
  func learned(_ find: () throws(LearningFailure) -> Lookup.Vocabulary) throws(LearningFailure) -> Learned {
    guard !hasVocabulary else { throw LearningFailure("has its `vocabulary` already", hint: "leave it out to have it learned.") }
    let (tokens, weights) = try find()
    guard !tokens.isEmpty else {
      throw LearningFailure("finds nothing to learn", hint: "the data has no tokens, or `max_tokens` leaves no place for one.")
    }
    var settled: [String: Value] = ["vocabulary": .list(tokens.map(\.value))]
    if lookup.mode == .weightedCount { settled["idf_weights"] = .list(weights.map(Value.float)) }
    return .arguments(settled)
  }
}
