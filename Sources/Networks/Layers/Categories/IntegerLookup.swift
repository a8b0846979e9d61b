import Lambdas
import Plans

/// Turns whole numbers into their places in a vocabulary, or encodings of those.
struct IntegerLookup: Layer {
  static let maskToken = Parameter<Int?>.optional(Parameter<Int>("mask_token", "a number that stands for nothing"))
  static let unknownToken = Parameter<Int?>.optional(
    Parameter<Int>("oov_token", "what stands for numbers that are not in the vocabulary", default: -1))
  static let vocabulary = Parameter<[Int]?>.optional(
    Parameter<[Int]>(
      "vocabulary", "its numbers in order, or a file with one a line, instead of those that `adapt` learns",
      LookupParameters.tokens(.integer()), decode: Axes.decode))
  static let vocabularyType = Parameter<String>("vocabulary_dtype", "accepted", .choice(["int64"]), default: "int64")
  static let method = Parameter<String>(
    "oov_method", "how unknown numbers share several places", .choice(["floormod", "farmhash"]), default: "floormod")
  static let signature = Signature(
    "IntegerLookup", "Turns whole numbers into their places in a vocabulary.",
    [
      LookupParameters.maxTokens.description, LookupParameters.unknownCount.description, maskToken.description,
      unknownToken.description, vocabulary.description, vocabularyType.description, LookupParameters.weights.description,
      LookupParameters.invert.description, LookupParameters.outputMode.description, CategoryOutput.sparse.description,
      LookupParameters.pads.description, method.description, HashBins.salt.description,
    ], example: "places = IntegerLookup(vocabulary=[12, 36, 1138])([12, 1138, 7])")
  static let abilities: Set<Ability> = [.adapts, .hasVocabulary, .takesValues]

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    if arguments[HashBins.salt] != nil, arguments[method] != "farmhash" {
      return ArgumentConflict(
        of: HashBins.salt.description.name, "uses its `salt` only with `oov_method=\"farmhash\"`", hint: "give both, or neither.")
    }
    let layer = IntegerLookup(arguments)
    return LookupParameters.conflict(arguments, hasVocabulary: layer.hasVocabulary, layer.lookup)
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    let layer = IntegerLookup(arguments)
    if try onlyInput(inputs).type == .string {
      throw ShapeError("works on whole numbers, but gets texts", hint: "`StringLookup` works on texts.")
    }
    return try LookupParameters.shape(arguments, inputs, layer.hasVocabulary ? layer.lookup : nil)
  }

  let lookup: Lookup
  let hasVocabulary: Bool
  let maxTokens: Int?
  init(_ arguments: Arguments) {
    let vocabulary = arguments[IntegerLookup.vocabulary]
    hasVocabulary = vocabulary != nil
    maxTokens = arguments[LookupParameters.maxTokens]
    lookup = Lookup(
      maskToken: arguments[IntegerLookup.maskToken].map(Token.number),
      unknownToken: arguments[IntegerLookup.unknownToken].map(Token.number),
      unknownCount: arguments[LookupParameters.unknownCount], vocabulary: (vocabulary ?? []).map(Token.number),
      mode: CategoryOutput(arguments[LookupParameters.outputMode]), isInverted: arguments[LookupParameters.invert],
      paddedCount: arguments[LookupParameters.pads] ? maxTokens : nil, weights: arguments[LookupParameters.weights],
      bins: HashBins(salt: arguments[HashBins.salt]), hashesNumbers: arguments[IntegerLookup.method] == "farmhash")
  }
}

extension IntegerLookup: LookupLayer {}
