import Arrays
import Lambdas
import Plans

/// `timeseries_dataset_from_array(…)`: stretches of a series and what follows from each, as Keras's function of that name gives them.
///
/// The order of what is shuffled is our own, another one of all stretches in each pass.
enum TimeSeries {
  private static let data = Parameter<NDArray>("data", "the series, its steps along the first axis", .array) { array($0) }
  private static let targets = Parameter<NDArray?>(
    "targets", "what belongs to the stretch that begins at each step; none for stretches alone", .optional(.array),
    default: Value.none
  ) { .some(array($0)) }
  private static let length = Parameter<Int>("sequence_length", "steps a stretch", min: 1)
  private static let stride = Parameter<Int>(
    "sequence_stride", "steps from the beginning of a stretch to that of the next", min: 1, default: 1)
  private static let rate = Parameter<Int>("sampling_rate", "steps from one in a stretch to the next in it", min: 1, default: 1)
  private static let batchSize = Parameter<Int?>.optional(
    Parameter<Int>("batch_size", "stretches a batch; none for single ones", min: 1, default: 128))
  private static let shuffle = Parameter<Bool>("shuffle", "whether each pass has another order", default: false)
  private static let seed = Parameter<Int?>.optional(
    Parameter<Int>("seed", "what the order follows from; none takes the run's", min: 0))
  private static let start = Parameter<Int?>.optional(
    Parameter<Int>("start_index", "the first step that is used; none for the series's first", min: 0))
  private static let end = Parameter<Int?>.optional(
    Parameter<Int>("end_index", "the step before which the use ends; none for the series's end", min: 1))

  private static let name = "timeseries_dataset_from_array"

  private static func array(_ value: Value) -> NDArray? {
    if case .array(let array) = value { return array }
    return try? Operations.makeArray(value)
  }

  static let entry = Entry(
    .dataset,
    Signature(
      name, "Batches of stretches of a series, each with its target.",
      [
        data.description, targets.description, length.description, stride.description, rate.description, batchSize.description,
        shuffle.description, seed.description, start.description, end.description,
      ],
      example: "series = np.arange(100.0)\ndata = timeseries_dataset_from_array(series[:-10], series[10:], sequence_length=10)"),
    .function(
      FunctionTraits(
        giving: .object(DataObject.type),
        forecast: { arguments throws(Failure) in .data(try source(arguments, stream: RandomStream(seed: 0)).spec) },
        placedCall: { arguments, surroundings throws(Failure) in
          .object(try source(arguments, stream: surroundings.stream).object())
        })))

  private static func source(_ arguments: Arguments, stream: RandomStream) throws(Failure) -> any ElementSource {
    let (series, targets) = (arguments[data], arguments[targets])
    guard let count = series.shape.first, targets.map({ $0.rank > 0 }) ?? true else {
      throw Failure("`\(name)` needs arrays with an axis of steps")
    }
    let first = arguments[start] ?? 0
    let last = arguments[end] ?? count
    guard first < count, last <= count, first < last else {
      throw Failure("`\(name)` uses the steps from \(first) to before \(last), and the series has \(count)")
    }
    for (name, value) in [("sampling_rate", arguments[rate]), ("sequence_stride", arguments[stride])] where value >= count {
      throw Failure("`\(name)=\(value)` leaps over all of the \(count) steps of the series")
    }
    let (reach, overflows) = (arguments[length] - 1).multipliedReportingOverflow(by: arguments[rate])
    guard !overflows, reach < last - first else {
      throw Failure("no stretch of \(arguments[length]) steps fits into the \(last - first) steps that are used")
    }
    var windows = last - first - reach
    if let targets { windows = min(windows, targets.shape[0] - first) }
    guard windows > 0 else { throw Failure("there are no targets for the steps from \(first)") }
    var source: any ElementSource = StretchSource(
      series, targets, first: first, count: (windows - 1) / arguments[stride] + 1, stride: arguments[stride],
      length: arguments[length], rate: arguments[rate])
    if arguments[shuffle] {
      source = ShuffledSource(source, stream: arguments[seed].map { RandomStream(seed: $0, name) } ?? stream)
    }
    return arguments[batchSize].map { BatchedSource(source, size: $0) } ?? source
  }
}

/// Stretches of a series: x is [length, …], and its target the one of its first step.
private final class StretchSource: BatchingSource {
  let spec: DataSpec
  let count: Int?
  private let series: NDArray
  private let targets: NDArray?
  private let (first, stride, length, rate): (Int, Int, Int, Int)

  init(_ series: NDArray, _ targets: NDArray?, first: Int, count: Int, stride: Int, length: Int, rate: Int) {
    self.series = series
    self.targets = targets
    self.count = count
    (self.first, self.stride, self.length, self.rate) = (first, stride, length, rate)
    func spec(_ array: NDArray, _ leading: [Int]) -> TensorSpec {
      TensorSpec(Shape((leading + array.shape.dropFirst()).map { $0 }), array.type)
    }
    self.spec = DataSpec(count: count, inputs: [spec(series, [length])], targets: targets.map { [spec($0, [])] } ?? [])
  }

  var fingerprint: String {
    "stretches of \(series.fingerprint) and \(targets?.fingerprint ?? 0), \(first) \(stride) \(length) \(rate) \(count ?? 0)"
  }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try makeBatch(of: [index], inPass: pass).alone()
  }

  func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    let starts = rows.map { first + $0 * stride }
    let steps = series.gathered(starts.flatMap { start in (0..<length).map { start + $0 * rate } })
    do throws(ArrayError) {
      let stretches = try steps.reshaped([rows.count, length] + series.shape.dropFirst())
      return Element(inputs: [stretches], targets: targets.map { [$0.gathered(starts)] } ?? [])
    } catch {
      throw .memory(MachineError(error).message)
    }
  }
}
