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
        if case .object(let object) = item, let data = object as? DataObject { all?.append(data) } else { all = nil }
      }
    default: nil
    }
  }
}
