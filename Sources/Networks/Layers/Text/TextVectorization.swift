import Arrays
import Lambdas
import Plans

/// Turns texts into the places of their words in a vocabulary, or encodings of those.
struct TextVectorization: Layer {
  static let standardize = Parameter<TextTokens.Standard?>(
    "standardize", "what is done to a text before it is cut; none leaves it as it is",
    .optional(.choice(TextTokens.Standard.allCases.map(\.rawValue))), default: .string(TextTokens.Standard.both.rawValue)
  ) { value in .some(value.asString.flatMap { TextTokens.Standard(rawValue: $0) }) }
  static let split = Parameter<TextTokens.Split?>(
    "split", "what it is cut into: words between blanks, or characters; none leaves it whole",
    .optional(.choice(TextTokens.Split.allCases.map(\.rawValue))), default: .string(TextTokens.Split.whitespace.rawValue)
  ) { value in .some(value.asString.flatMap { TextTokens.Split(rawValue: $0) }) }
  static let ngrams = Parameter<[Int]?>(
    "ngrams", "how many neighbours are joined to a token: up to that many, or each number of a list",
    .optional(.either([.integer(min: 1, max: widthLimit), .list(.integer(min: 1, max: widthLimit), min: 1, max: widthLimit)])),
    default: Value.none
  ) { value in
    if case .integer(let most) = value { return .some(Array(1...max(most, 1))) }
    return .some(Axes.decode(value))
  }
  static let outputMode = CategoryOutput.parameter([.numbers, .multiHot, .count, .weightedCount], default: .numbers)
  static let length = Parameter<Int?>.optional(
    Parameter<Int>(
      "output_sequence_length",
      "how many places each text has: more are cut off, fewer filled up with 0; none takes those of the "
        + "longest text of a batch", min: 1, max: 1 << 24))
  static let vocabulary = StringLookup.vocabulary
  static let ragged = Parameter<Bool>("ragged", "accepted as False: there are no ragged tensors", default: false)
  static let encoding = StringLookup.encoding
  private static let widthLimit = 1000

  static let signature = Signature(
    "TextVectorization", "Turns texts into the places of their words in a vocabulary.",
    [
      LookupParameters.maxTokens.description, standardize.description, split.description, ngrams.description,
      outputMode.description, length.description, LookupParameters.pads.description, vocabulary.description,
      LookupParameters.weights.description, CategoryOutput.sparse.description, ragged.description, encoding.description,
    ], example: "places = TextVectorization(vocabulary=[\"a\", \"good\", \"film\"])([\"A good film!\", \"a bad one\"])")
  static let abilities: Set<Ability> = [.adapts, .hasVocabulary, .takesValues]

  static func conflict(_ arguments: Arguments) -> ArgumentConflict? {
    let mode = CategoryOutput(arguments[outputMode])
    if arguments[ragged] {
      return ArgumentConflict(of: ragged.description.name, "gives plain tensors, and none that are ragged", hint: "leave it out.")
    }
    if arguments[length] != nil, mode != .numbers {
      return ArgumentConflict(
        of: length.description.name,
        "gives a place for each token of its vocabulary with `output_mode=\"\(mode.rawValue)\"`, and no sequence",
        hint: "leave it out, or use `output_mode=\"int\"`.")
    }
    if arguments[split] == nil,
      let name = [ngrams.description, length.description].map(\.name).first(where: { arguments[$0]?.isNone == false })
    {
      return ArgumentConflict(
        of: name, "leaves texts whole with `split=None`, so that there is one token of each", hint: "leave one of the two out.")
    }
    return LookupParameters.conflict(arguments, hasVocabulary: arguments[vocabulary] != nil, lookup(arguments))
  }

  static func shape(_ arguments: Arguments, _ inputs: [TensorSpec]) throws(ShapeError) -> LayerShape {
    try StringLookup.checkTexts(inputs)
    let input = try onlyInput(inputs).shape
    guard input.rank == 0 || input.dimensions == [1] else {
      throw ShapeError("takes a text an example, but gets \(input.description) of them", hint: "`Input((1,), dtype=\"string\")`.")
    }
    let tokens = arguments[split] == nil ? input : Shape([arguments[length]])
    return try LookupParameters.shape(arguments, numbers: tokens, arguments[vocabulary] == nil ? nil : lookup(arguments))
  }

  /// The vocabulary of some arguments: texts are filled up with "".
  private static func lookup(_ arguments: Arguments) -> Lookup {
    Lookup(
      maskToken: .word(""), unknownToken: .word("[UNK]"), unknownCount: 1,
      vocabulary: (arguments[vocabulary] ?? []).map(Token.word), mode: CategoryOutput(arguments[outputMode]), isInverted: false,
      paddedCount: arguments[LookupParameters.pads] ? arguments[LookupParameters.maxTokens] : nil,
      weights: arguments[LookupParameters.weights], bins: HashBins(salt: nil), hashesNumbers: true)
  }

  let lookup: Lookup
  let hasVocabulary: Bool
  let maxTokens: Int?
  private let cutting: TextTokens
  private let length: Int?
  /// The tokens of the vocabulary.
  private let words: WordTable

  init(_ arguments: Arguments) {
    lookup = TextVectorization.lookup(arguments)
    hasVocabulary = arguments[TextVectorization.vocabulary] != nil
    maxTokens = arguments[LookupParameters.maxTokens]
    cutting = TextTokens(
      standard: arguments[TextVectorization.standardize], split: arguments[TextVectorization.split],
      widths: arguments[TextVectorization.ngrams])
    length = arguments[TextVectorization.length]
    words = WordTable(lookup.tokens.map { Operations.string($0.value) })
  }
}

extension TextVectorization: LookupLayer {
  /// Texts [count], [count, 1] or one alone become places [count, length] or encodings [count, depth], or those of the one text. Where they
  /// are left whole, places have the shape of the texts, and as in Keras texts [count] are one example of an encoding.
  func output(of inputs: [TokenArray]) throws(LearningFailure) -> Value {
    let texts = try only(inputs)
    if let problem = lookup.weightProblem { throw LearningFailure(problem) }
    guard texts.shape.count <= 1 || texts.shape.dropFirst() == [1] else {
      throw LearningFailure("takes a text an example, but gets \(Shape(texts.shape.dropFirst().map { $0 }).description) of them")
    }
    var places: [[Int32]] = []
    places.reserveCapacity(texts.tokens.count)
    var scratch = TextTokens.Scratch()
    for token in texts.tokens {
      guard case .word(let text) = token else { throw LearningFailure("works on texts, but gets a number") }
      places.append(self.places(in: text, &scratch))
    }
    var shape = texts.shape
    if cutting.split == nil {
      if lookup.mode == .numbers {
        let numbers = places.flatMap { $0 }.map(Int.init)
        return shape.isEmpty ? .integer(numbers[0]) : .array(NDArray(integers: numbers, shape: shape))
      }
      if shape.count == 1 { (places, shape) = ([places.flatMap { $0 }], []) }
    }
    let rows = lookup.mode == .numbers ? try sequences(places) : try encodings(places)
    if !shape.isEmpty { return .array(rows) }
    do throws(ArrayError) { return .array(try rows.squeezed([0])) } catch { throw LearningFailure(MachineError(error).message) }
  }

  /// The places of the tokens of a text; those that no encoding counts are left out.
  private func places(in text: String, _ scratch: inout TextTokens.Scratch) -> [Int32] {
    let (unknown, start, mask) = (Int32(lookup.unknownStart), Int32(lookup.start), lookup.mode == .numbers ? Int32(0) : nil)
    var places: [Int32] = []
    cutting.cut(text, &scratch) { word in
      if word.isEmpty {
        if let mask { places.append(mask) }
      } else {
        places.append(words.number(of: word).map { start + Int32($0) } ?? unknown)
      }
    }
    return places
  }

  /// int64 [texts, length], filled up with zeros.
  private func sequences(_ places: [[Int32]]) throws(LearningFailure) -> NDArray {
    let length = length ?? places.map(\.count).max() ?? 0
    var rows = try zeros(.int64, [places.count, length])
    rows.withMutableElements(as: Int.self) { elements in
      for (row, places) in places.enumerated() {
        for (column, place) in places.prefix(length).enumerated() { elements[row * length + column] = Int(place) }
      }
    }
    return rows
  }

  /// int64 [texts, depth], or float32 where counts are weighted.
  private func encodings(_ places: [[Int32]]) throws(LearningFailure) -> NDArray {
    let depth = lookup.depth
    var rows = try zeros(.float32, [places.count, depth])
    let weights = lookup.weights?.map { Float($0) }
    rows.withMutableElements(as: Float.self) { elements in
      for (row, places) in places.enumerated() {
        for place in places.lazy.map({ row * depth + Int($0) }) {
          elements[place] = lookup.mode == .multiHot ? 1 : elements[place] + 1
        }
        guard let weights else { continue }
        for place in 0..<depth { elements[row * depth + place] *= weights[place] }
      }
    }
    return lookup.mode == .weightedCount ? rows : rows.converted(to: .int64)
  }

  private func zeros(_ type: ElementType, _ shape: [Int]) throws(LearningFailure) -> NDArray {
    guard NDArray.fitsMemory(type, shape: shape) else {
      throw LearningFailure("would give \(shape[0]) rows of \(shape[1]) places, more than memory can hold")
    }
    return NDArray(type, shape: shape)
  }

  func learned(from data: LearningData) throws(LearningFailure) -> Learned {
    try learned { () throws(LearningFailure) in
      var words = WordTable()
      var (counts, examples, last): ([Int], [Int], [Int]) = ([], [], [])
      var (scratch, textCount) = (TextTokens.Scratch(), 0)
      try data.forEachText { text in
        cutting.cut(text, &scratch) { word in
          let number = words.insert(word)
          if number == counts.count {
            counts.append(0)
            examples.append(0)
            last.append(-1)
          }
          counts[number] += 1
          if last[number] != textCount { examples[number] += 1 }
          last[number] = textCount
        }
        textCount += 1
      }
      let all = counts.indices.map { (token: Token.word(words[$0]), count: counts[$0], examples: examples[$0]) }
      return lookup.chosen(from: all, exampleCount: textCount, limit: maxTokens)
    }
  }
}
