import Lambdas
import Plans

/// `batch` and `unbatch`: examples as batches, and back.
enum BatchMethods {
  private static let size = Parameter<Int>("batch_size", "examples a batch", min: 1, max: 1 << 24)
  private static let dropsRemainder = Parameter<Bool>(
    "drop_remainder", "whether a last batch of fewer examples is left out", default: false)

  static let batch = DatasetMethod.entry(
    "batch", "Batches of neighbouring examples.",
    [
      size.description, dropsRemainder.description, DatasetMethod.parallelCalls.description,
      DatasetMethod.deterministic.description,
    ],
    example: "batches = load_digits().train.batch(32)"
  ) { source, arguments, _ throws(Failure) in
    guard !source.spec.isBatched else {
      throw Failure("`batch` puts examples together, and these are batches already: put `.unbatch()` before it")
    }
    return BatchedSource(source, size: arguments[size], dropsRemainder: arguments[dropsRemainder])
  }

  static let unbatch = DatasetMethod.entry(
    "unbatch", "The examples of batches, one by one.", [],
    example: "examples = load_digits().train.batch(32).unbatch()"
  ) { source, _, _ throws(Failure) in
    guard source.spec.isBatched else { throw Failure("`unbatch` takes batches apart, and these are examples already") }
    return UnbatchedSource.make(source)
  }
}
