import Lambdas
import Plans

/// Turns words into their places in a vocabulary, or encodings of those.
struct StringLookup: Layer {
  static let maskToken = Parameter<String?>.optional(Parameter<String>("mask_token", "a word that stands for nothing"))
  static let unknownToken = Parameter<String?>.optional(
    Parameter<String>("oov_token", "what stands for words that are not in the vocabulary", default: "[UNK]"))
  static let vocabulary = Parameter<[String]?>.optional(
    Parameter<[String]>(
      "vocabulary", "its words in order, or a file with one a line, instead of those that `adapt` learns",
      LookupParameters.tokens(.string)
    ) {
      switch $0 {
      case .list(let words), .tuple(let words):
        let strings = words.compactMap(\.asString)
        return strings.count == words.count ? strings : nil
      default: return nil
      }
    })
  static let encoding = Parameter<String>("encoding", "accepted: words are UTF-8", .choice(["utf-8"]), default: "utf-8")
  static let method = Parameter<String>(
    "oov_method", "accepted: words share several places by a hash", .choice(["floormod", "farmhash"]), default: "floormod"
  ).keywordOnly
  static let signature = Signature(
    "StringLookup", "Turns words into their places in a vocabulary.",
    [
      LookupParameters.maxTokens.description, LookupParameters.unknownCount.description, maskToken.description,
      unknownToken.description, vocabulary.description, LookupParameters.weights.description, LookupParameters.invert.description,
      LookupParameters.outputMode.description, LookupParameters.pads.description, CategoryOutput.sparse.description,
      encoding.description, method.description, HashBins.salt.description,
    ], example: "places = StringLookup(vocabulary=[\"a\", \"b\", \"c\"])([\"a\", \"c\", \"d\"])")
  static let abilities: Set<Ability> = [.adapts, .hasVocabulary, .takesValues]

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    let layer = StringLookup(arguments)
    return LookupParameters.conflict(arguments, hasVocabulary: layer.hasVocabulary, layer.lookup)
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let layer = StringLookup(arguments)
    if layer.lookup.isInverted {
      throw ShapeError("gives words, which a network cannot hold", hint: "call it on what the network gives.")
    }
    try checkTexts(inputs)
    return try LookupParameters.shape(arguments, inputs, layer.hasVocabulary ? layer.lookup : nil)
  }

  /// Throws unless the input of a network is texts.
  static func checkTexts(_ inputs: [TensorSpec]) throws(ShapeError) {
    guard try onlyInput(inputs).type != .string else { return }
    throw ShapeError(
      "works on texts, but gets numbers",
      hint:
        "let the model take texts, `Input((1,), dtype=\"string\")`, or call it on the data first and let the network take the places."
    )
  }

  let lookup: Lookup
  let hasVocabulary: Bool
  let maxTokens: Int?
  init(_ arguments: Arguments) {
    let vocabulary = arguments[StringLookup.vocabulary]
    hasVocabulary = vocabulary != nil
    maxTokens = arguments[LookupParameters.maxTokens]
    lookup = Lookup(
      maskToken: arguments[StringLookup.maskToken].map(Token.word),
      unknownToken: arguments[StringLookup.unknownToken].map(Token.word),
      unknownCount: arguments[LookupParameters.unknownCount], vocabulary: (vocabulary ?? []).map(Token.word),
      mode: CategoryOutput(arguments[LookupParameters.outputMode]), isInverted: arguments[LookupParameters.invert],
      paddedCount: arguments[LookupParameters.pads] ? maxTokens : nil, weights: arguments[LookupParameters.weights],
      bins: HashBins(salt: arguments[HashBins.salt]), hashesNumbers: true)
  }
}

extension StringLookup: LookupLayer {}
