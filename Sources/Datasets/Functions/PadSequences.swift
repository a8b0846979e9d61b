import Arrays
import Lambdas
import Plans

/// `pad_sequences(sequences, maxlen)`: lists of numbers as the rows of one array.
enum PadSequences {
  private static let sequences = Parameter<Value>("sequences", "lists or arrays of numbers, of any lengths", .list(.any)) { $0 }
  private static let length = Parameter<Int?>.optional(
    Parameter<Int>("maxlen", "how long each becomes; none takes the length of the longest", min: 0))
  private static let type = Parameter<String>(
    "dtype", "the type of the numbers", .choice(ElementType.numbers.map(\.rawValue)), default: "int32")
  private static let padding = Parameter<String>(
    "padding", "whether shorter ones are filled up `\"pre\"` what they hold or `\"post\"` it", .choice(["pre", "post"]),
    default: "pre")
  private static let truncating = Parameter<String>(
    "truncating", "whether longer ones lose their beginning (`\"pre\"`) or their end (`\"post\"`)", .choice(["pre", "post"]),
    default: "pre")
  private static let value = Parameter<Double>("value", "what they are filled up with", default: 0)

  static let entry = Entry(
    .function,
    Signature(
      "pad_sequences", "Lists of numbers as the rows of one array, shorter ones filled up and longer ones cut.",
      [
        sequences.description, length.description, type.description, padding.description, truncating.description,
        value.description,
      ],
      example: "x = pad_sequences([[1, 2, 3], [4]], maxlen=2)"),
    .function(
      FunctionTraits(
        giving: nil,
        forecast: { arguments throws(Failure) in
          var count: Int?
          if case .list(let rows)? = arguments["sequences"] { count = rows.count }
          let type = arguments["dtype"] == nil ? nil : ElementType(rawValue: arguments[type])
          return .type(.array(type, shape: [count, arguments["maxlen"]?.asInteger]))
        },
        call: { arguments throws(Failure) in .array(try padded(arguments)) })))

  private static func padded(_ arguments: Arguments) throws(Failure) -> NDArray {
    let items: [Value] =
      switch arguments[sequences] {
      case .list(let items), .tuple(let items): items
      default: []
      }
    let longest = arguments[length] ?? items.reduce(0) { max($0, count(of: $1) ?? 0) }
    guard NDArray.fitsMemory(.float64, shape: [items.count, longest]) else {
      throw Failure("`pad_sequences` would make too large an array")
    }
    var result = NDArray(.float64, shape: [items.count, longest])
    let (fillsFront, cutsFront) = (arguments[padding] == "pre", arguments[truncating] == "pre")
    let value = arguments[value]
    var wrong: Int?
    result.withMutableElements(as: Double.self) { elements in
      if value != 0 { elements.update(repeating: value) }
      for (row, item) in items.enumerated() {
        guard let numbers = numbers(of: item) else {
          wrong = row
          return
        }
        let kept = cutsFront ? numbers.suffix(longest) : numbers.prefix(longest)
        let start = row * longest + (fillsFront ? longest - kept.count : 0)
        for (place, number) in kept.enumerated() { elements[start + place] = number }
      }
    }
    if let wrong { throw Failure("`pad_sequences` needs lists of numbers, but element \(wrong) is none") }
    return result.converted(to: ElementType(rawValue: arguments[type]) ?? .int32)
  }

  private static func count(of item: Value) -> Int? {
    switch item {
    case .list(let numbers), .tuple(let numbers): numbers.count
    case .array(let array) where array.rank == 1: array.count
    default: nil
    }
  }

  private static func numbers(of item: Value) -> [Double]? {
    switch item {
    case .list(let items), .tuple(let items):
      let numbers = items.compactMap { item -> Double? in
        switch item {
        case .integer(let number): Double(number)
        case .float(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
      }
      return numbers.count == items.count ? numbers : nil
    case .array(let array) where array.rank == 1: return array.doubles
    default: return nil
    }
  }
}
