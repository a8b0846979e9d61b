import Lambdas
import Plans

/// `repeat` and `prefetch`: how often a data set is gone through, and how far ahead.
enum PassMethods {
  private static let times = Parameter<Int?>.optional(
    Parameter<Int>("count", "how often its elements come; none or -1 for ever", min: -1))
  private static let bufferSize = Parameter<Int>(
    "buffer_size", "how many elements, batches where they come in such, are made before they are asked for; `AUTOTUNE` for two",
    min: DatasetMethod.autotune)

  static let `repeat` = DatasetMethod.entry(
    "repeat", "A data set several times over, each time as its next pass.", [times.description],
    example: "twice = load_digits().train.repeat(2)"
  ) { source, arguments, _ throws(Failure) in
    let times = arguments[times].flatMap { $0 < 0 ? nil : $0 }
    if let times, let count = source is ForecastSource ? source.spec.count : source.count {
      let (whole, overflow) = count.multipliedReportingOverflow(by: times)
      if overflow || whole > Int(Int32.max) {
        throw Failure("`repeat(\(times))` makes more elements than can be counted: write `repeat()`, which has no end")
      }
    }
    return RepeatedSource(source, times: times)
  }

  static let prefetch = DatasetMethod.entry(
    "prefetch", "The same data set; so many of its elements are made ahead, beside the training.", [bufferSize.description],
    example: "batches = load_digits().train.batch(32).prefetch(AUTOTUNE)"
  ) { source, arguments, _ throws(Failure) in
    let size = arguments[bufferSize]
    if size == 0 { throw Failure("`prefetch(0)` makes nothing ahead: leave it out, or write `prefetch(AUTOTUNE)`") }
    return PrefetchedSource(source, ahead: size == DatasetMethod.autotune ? nil : size)
  }
}
