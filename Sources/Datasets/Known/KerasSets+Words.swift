import Arrays
import Artifacts
import Lambdas
import Plans

extension KerasSets {
  static let imdb = Entry(
    .dataset,
    Signature(
      "imdb.load_data",
      "50,000 reviews of films as lists of words' numbers, by how often the words occur, and whether they are praise (1) or not (0).",
      [imdbPath.description] + WordChoice.parameters,
      source: "A. Maas et al., 2011: Learning word vectors for sentiment analysis",
      example: "(x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=10000)"),
    .function(
      FunctionTraits(
        giving: nil,
        forecast: { arguments throws(Failure) in
          let count = arguments["maxlen"]?.isNone == true ? 25_000 : nil
          let pair = (x: wordLists, y: ValueType.array(.int64, shape: [count]))
          return pairs(pair, pair)
        },
        placedCall: { arguments, surroundings throws(Failure) in
          let path = try KnownFile(
            name: arguments[imdbPath], address: KnownFile.kerasAddress + "imdb.npz",
            digest: "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
          ).fetched(surroundings)
          let choice = WordChoice(arguments)
          // One generator shuffles both, as in Keras.
          var twister = MersenneTwister(seed: choice.seed)
          var train = try texts(path, "x_train", "y_train").shuffled(&twister)
          var test = try texts(path, "x_test", "y_test").shuffled(&twister)
          try choice.number(&train, &test)
          return pairs((train.value, .array(train.labels)), (test.value, .array(test.labels)))
        })))

  static let reuters = Entry(
    .dataset,
    Signature(
      "reuters.load_data",
      "11,228 newswires of 46 topics as lists of words' numbers, by how often the words occur.",
      [reutersPath.description] + WordChoice.parameters.prefix(3) + [testSplit.description] + WordChoice.parameters.dropFirst(3),
      example: "(x_train, y_train), (x_test, y_test) = reuters.load_data(num_words=10000)"),
    .function(
      FunctionTraits(
        giving: nil,
        forecast: { _ throws(Failure) in
          let pair = (x: wordLists, y: ValueType.array(.int64, shape: [nil]))
          return pairs(pair, pair)
        },
        placedCall: { arguments, surroundings throws(Failure) in
          let path = try KnownFile(
            name: arguments[reutersPath], address: KnownFile.kerasAddress + "reuters.npz",
            digest: "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
          ).fetched(surroundings)
          let choice = WordChoice(arguments)
          var twister = MersenneTwister(seed: choice.seed)
          var all = try texts(path, "x", "y").shuffled(&twister)
          var none = WordTexts(texts: [], labels: all.labels.gathered([]))
          try choice.number(&all, &none)
          let boundary = Int(Double(all.texts.count) * (1 - arguments[testSplit]))
          let (train, test) = (all.rows(0..<boundary), all.rows(boundary..<all.texts.count))
          return pairs((train.value, .array(train.labels)), (test.value, .array(test.labels)))
        })))

  static let imdbWords = wordIndex("imdb", "the reviews of films")
  static let reutersWords = wordIndex("reuters", "the newswires")

  static let reutersLabels = Entry(
    .dataset,
    Signature(
      "reuters.get_label_names", "The topics of the newswires, in the order of their numbers.", [],
      example: "topics = reuters.get_label_names()"),
    .function(
      FunctionTraits(
        forecast: { _ throws(Failure) in .value(.tuple(topics.map(Value.string))) },
        call: { _ throws(Failure) in .tuple(topics.map(Value.string)) })))

  private static let imdbPath = path("imdb.npz")
  private static let reutersPath = path("reuters.npz")
  static let testSplit = Parameter<Double>(
    "test_split", "the share that is kept for the test", min: 0, max: 1, excludesMax: true, default: 0.2)
  private static let wordLists = ValueType.list(.list(.integer))
  /// The reviews have 14 MB.
  private static let byteLimit = 1 << 30

  private static func texts(_ path: String, _ x: String, _ y: String) throws(Failure) -> WordTexts {
    try reading { () throws(FileFailure) in
      let labels = try NPZ.read(path, names: [y])
      let texts = try NPZ.objects(path, x, limit: byteLimit).map(\.integers)
      guard let labels = labels.first?.array, labels.shape == [texts.count], texts.allSatisfy({ $0 != nil }) else {
        throw FileFailure.damaged(path: path, reason: "`\(x)` and `\(y)` in it are not as many lists of whole numbers and labels")
      }
      return WordTexts(texts: texts.compactMap { $0 }, labels: labels)
    }
  }

  private static func wordIndex(_ name: String, _ what: String) -> Entry {
    let path = path("\(name)_word_index.json")
    return Entry(
      .dataset,
      Signature(
        "\(name).get_word_index", "The words of \(what) with their numbers, which in texts are larger by `index_from`.",
        [path.description], example: "words = \(name).get_word_index()"),
      .function(
        FunctionTraits(
          giving: .dict(key: .string, value: .integer),
          forecast: { _ throws(Failure) in .type(.dict(key: .string, value: .integer)) },
          placedCall: { arguments, surroundings throws(Failure) in
            let file = KnownFile(name: arguments[path], address: KnownFile.kerasAddress + "\(name)_word_index.json")
            let place = try file.fetched(surroundings)
            let bytes = try reading { () throws(FileFailure) in try readFile(place, limit: 1 << 28) }
            guard let words = (try? JSON.parse(bytes))?.objectValue else {
              throw Failure("`\(place)` is not what its name says: a JSON object of words with their numbers")
            }
            return .dict(DictValue(words.keys.map { ($0, .integer(words[$0]?.integerValue ?? 0)) }))
          })))
  }

  private static let topics = [
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply", "coffee", "sugar", "trade",
    "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi", "money-fx", "interest", "gnp", "meal-feed", "alum",
    "oilseed", "gold", "tin", "strategic-metal", "livestock", "retail", "ipi", "iron-steel", "rubber", "heat", "jobs", "lei",
    "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog", "lead",
  ]
}

/// Texts as lists of words' numbers, with a label each.
private struct WordTexts {
  var texts: [[Int]]
  var labels: NDArray

  func shuffled(_ twister: inout MersenneTwister) -> WordTexts { rows(twister.shuffled(texts.count)) }

  func rows(_ order: some Collection<Int>) -> WordTexts {
    WordTexts(texts: order.map { texts[$0] }, labels: labels.gathered(Array(order)))
  }

  var value: Value { .list(texts.map { .list($0.map(Value.integer)) }) }
}

/// Which words of texts are kept, and by which numbers.
private struct WordChoice {
  let wordCount: Int?
  let skipped: Int
  let lengthLimit: Int?
  let seed: UInt32
  let start: Int?
  let unknown: Int?
  let firstNumber: Int

  private static let numWords = Parameter<Int?>.optional(
    Parameter<Int>("num_words", "numbers from here on stand for rare words, which are not told apart; none keeps all", min: 0))
  private static let skipTop = Parameter<Int>("skip_top", "numbers below are not told apart either", min: 0, default: 0)
  private static let maxLength = Parameter<Int?>.optional(
    Parameter<Int>("maxlen", "texts of so many words, the start among them, or more are left out", min: 0))
  private static let seed = Parameter<Int>("seed", "what the order follows from", min: 0, max: Int(UInt32.max), default: 113)
  private static let startChar = Parameter<Int?>.optional(
    Parameter<Int>("start_char", "the number that each text begins with", default: 1))
  private static let oovChar = Parameter<Int?>.optional(
    Parameter<Int>("oov_char", "the number of words that are not told apart; none leaves them out", default: 2))
  private static let indexFrom = Parameter<Int>("index_from", "what is added to the numbers of words", default: 3)

  static let parameters = [
    numWords.description, skipTop.description, maxLength.description, seed.description, startChar.description,
    oovChar.description, indexFrom.description,
  ]

  init(_ arguments: Arguments) {
    wordCount = arguments[Self.numWords]
    skipped = arguments[Self.skipTop]
    lengthLimit = arguments[Self.maxLength]
    seed = UInt32(truncatingIfNeeded: arguments[Self.seed])
    start = arguments[Self.startChar]
    unknown = arguments[Self.oovChar]
    firstNumber = arguments[Self.indexFrom]
  }

  /// Numbers the words of both parts. Without `num_words` the limit is the largest number of both, which thereby counts as rare: in Keras, too.
  func number(_ train: inout WordTexts, _ test: inout WordTexts) throws(Failure) {
    let hasTest = !test.texts.isEmpty
    shift(&train)
    shift(&test)
    if let lengthLimit, train.texts.isEmpty || (hasTest && test.texts.isEmpty) {
      throw Failure("no text has fewer than \(lengthLimit) words: give a larger `maxlen`")
    }
    let given = wordCount ?? 0
    let limit = given > 0 ? given : (train.texts + test.texts).reduce(0) { max($0, $1.max() ?? 0) }
    train.texts = train.texts.map { chosen($0, below: limit) }
    test.texts = test.texts.map { chosen($0, below: limit) }
  }

  private func shift(_ part: inout WordTexts) {
    if start != nil || firstNumber != 0 {
      part.texts = part.texts.map { text in (start.map { [$0] } ?? []) + text.map { $0 &+ firstNumber } }
    }
    guard let lengthLimit, lengthLimit > 0 else { return }
    part = part.rows(part.texts.indices.filter { part.texts[$0].count < lengthLimit })
  }

  private func chosen(_ text: [Int], below limit: Int) -> [Int] {
    guard let unknown else { return text.filter { $0 >= skipped && $0 < limit } }
    return text.map { $0 >= skipped && $0 < limit ? $0 : unknown }
  }
}
