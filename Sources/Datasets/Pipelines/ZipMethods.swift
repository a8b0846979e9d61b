import Arrays
import Lambdas
import Plans

/// `zip`: data sets side by side.
enum ZipMethods {
  private static let others = Parameter<[DataObject]?>(
    "others", "one or two data sets: what gives the targets, and the weights of examples",
    .either([.data, .list(.data, min: 1, max: 2)])
  ) { .some($0.dataObjects) }

  static let zip = DatasetMethod.entry(
    "zip", "Data sets side by side: the first gives the inputs, the second the targets, a third the weights of the examples.",
    [others.description],
    example: "pairs = load_digits().train.zip(load_digits().train)"
  ) { source, arguments, _ throws(Failure) in
    // What may be data may also be arrays.
    guard let others = arguments[others] else { throw Failure("`zip` takes data sets alone") }
    let isForecast = source is ForecastSource
    return try zipped([source] + others.map { isForecast ? ForecastSource($0.spec) : $0.source })
  }

  private static let parts = Parameter<[DataObject]>(
    "datasets", "up to three data sets, one by one or in a tuple", .rest(.data)
  ) { $0.dataObjects }

  /// `Dataset.zip((a, b))`, as in tf.data.
  static let zipFunction = Entry(
    .dataset,
    Signature(
      "Dataset.zip", "Data sets side by side: the first gives the inputs, the second the targets, a third the weights.",
      [parts.description], example: "pairs = Dataset.zip((load_digits().train, load_digits().train))"),
    .function(
      FunctionTraits(
        giving: .object(DataObject.type),
        forecast: { arguments throws(Failure) in
          .data(try zipped(checked(arguments).map { ForecastSource($0.spec) }).spec)
        },
        call: { arguments throws(Failure) in .object(try zipped(checked(arguments).map(\.source)).object()) })))

  private static func checked(_ arguments: Arguments) throws(Failure) -> [DataObject] {
    let data = (arguments["datasets"] ?? .none).dataObjects ?? []
    guard (1...3).contains(data.count) else {
      throw Failure("`Dataset.zip` takes one, two or three data sets: `Dataset.zip((a, b))`")
    }
    return data
  }

  private static func zipped(_ parts: [any ElementSource]) throws(Failure) -> ZippedSource {
    guard parts.allSatisfy({ $0.spec.isBatched == parts[0].spec.isBatched }) else {
      throw Failure("`zip` puts examples beside examples or batches beside batches, and of these some are batches")
    }
    return ZippedSource(parts)
  }
}

extension Value {
  /// The data sets that it is, or has as elements; nil where another value is among them.
  var dataObjects: [DataObject]? {
    switch self {
    case .object(let object): (object as? DataObject).map { [$0] }
    case .list(let items), .tuple(let items):
      items.reduce(into: [DataObject]?.some([])) { all, item in
        if let data = item.dataObjects { all? += data } else { all = nil }
      }
    default: nil
    }
  }
}
