import Arrays
import Lambdas
import Plans

/// `shuffle`: another order.
enum OrderMethods {
  private static let bufferSize = Parameter<Int>(
    "buffer_size", "from how many of the next elements each one is drawn; as many as there are, or more, shuffles all", min: 1)
  private static let seed = Parameter<Int?>.optional(
    Parameter<Int>("seed", "what the order follows from; none takes the run's", min: 0))
  private static let reshuffles = Parameter<Bool>(
    "reshuffle_each_iteration", "whether each pass has another order", default: true)

  static let shuffle = DatasetMethod.entry(
    "shuffle", "The elements of a data set in random order, as a buffer of so many would mix them; only numbers are kept in it.",
    [bufferSize.description, seed.description, reshuffles.description],
    example: "mixed = load_digits().train.shuffle(1000)"
  ) { source, arguments, surroundings throws(Failure) in
    let stream = arguments[seed].map { RandomStream(seed: $0, "shuffle") } ?? surroundings.stream
    return ShuffledSource(source, stream: stream, buffer: arguments[bufferSize], isReshuffled: arguments[reshuffles])
  }
}
