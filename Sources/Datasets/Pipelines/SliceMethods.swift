import Lambdas
import Plans

/// `take`, `skip` and `split`: parts of a data set.
enum SliceMethods {
  private static let count = Parameter<Int>(
    "count", "how many elements: examples, or batches where they come in such; -1 for all", min: -1, max: 1 << 48)
  private static let fraction = Parameter<Double>(
    "fraction", "the share of the elements that the second part has", min: 0, max: 1, excludesMin: true, excludesMax: true)

  static let take = DatasetMethod.entry(
    "take", "The first elements of a data set.", [count.description], example: "few = load_digits().train.take(100)"
  ) { source, arguments, _ in SlicedSource(source, 0..<(arguments[allIfNegative: count] ?? .max)) }

  static let skip = DatasetMethod.entry(
    "skip", "A data set without its first elements.", [count.description], example: "rest = load_digits().train.skip(100)"
  ) { source, arguments, _ in
    guard let count = arguments[allIfNegative: count] else { return SlicedSource(source, 0..<0) }
    return SlicedSource(source, count..<Int.max)
  }

  /// The parts have nothing in common in any pass, so the order of what is shuffled before is that of the first pass.
  static let split = DatasetMethod.entry(
    "split", "Two parts of a data set: all but the last share of its elements, and that.", [fraction.description],
    example: "rest, part = load_digits().train.split(0.2)",
    several: { source, arguments, _ throws(Failure) in
      if source.spec.isEndless { throw Failure(DataFailure.endless("`split`").message) }
      let share = arguments[fraction]
      guard let count = source is ForecastSource ? source.spec.count : source.count else {
        // How many there are is known in the run.
        let unknown = source.spec.counted { $0 }
        return [ForecastSource(unknown), ForecastSource(unknown)]
      }
      let boundary = DataSpec.boundary(of: count, share: share)
      guard boundary > 0, boundary < count else {
        throw Failure("`split(\(share.pythonDescription))` of what has the length \(count) leaves one part empty")
      }
      let source = source.inFixedOrder()
      return [SlicedSource(source, 0..<boundary), SlicedSource(source, boundary..<Int.max)]
    })
}
