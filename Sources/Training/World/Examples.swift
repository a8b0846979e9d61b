import Arrays
import Datasets
import Lambdas
import Networks
import Plans

/// The examples that one phase goes through.
enum Examples {
  /// All of them in arrays.
  case memory(Dataset)
  /// Batches, made as they are asked for.
  case stream(any ElementSource)

  /// What a run is given. `title` says whose they are: "the training data".
  init(_ data: RunData, _ title: String) throws(Failure) {
    guard case .dataset(let object) = data.content, let source = object.examples as? any ElementSource else {
      self = .memory(try data.examples(title))
      return
    }
    self = .stream(source)
  }

  /// Examples, or batches where they come in such; nil without an end.
  var count: Int? {
    switch self {
    case .memory(let data): data.count
    case .stream(let source): source.count
    }
  }

  var isStream: Bool { if case .stream = self { true } else { false } }

  /// How many of what it counts a batch has: those that come in batches are one each.
  func batchSize(_ asked: Int?) -> Int { isStream ? 1 : asked ?? 32 }

  /// How it is gone through in order. Throws where it has no end and no limit is set.
  func tested(_ batchSize: Int, stepLimit: Int?) throws(Failure) -> TestData {
    guard let count = count ?? stepLimit else { throw Failure(DataFailure.endless("this, without a number of steps,").message) }
    return TestData(exampleCount: count, batchSize: self.batchSize(batchSize), stepLimit: stepLimit)
  }

  /// A source that gives examples gives batches of them from now on, in random order if asked. Throws where those are too many to count.
  func batched(_ size: Int, shuffledBy stream: RandomStream? = nil) throws(Failure) -> Examples {
    let batches = inBatches(size, shuffledBy: stream)
    try checkCount(batches.count ?? 0, of: batches.isStream ? "batches" : "examples")
    return batches
  }

  private func inBatches(_ size: Int, shuffledBy stream: RandomStream?) -> Examples {
    guard case .stream(let source) = self, !source.spec.isBatched else { return self }
    let isShuffled = stream != nil && !source.spec.isEndless
    let ordered = isShuffled ? stream.map { ShuffledSource(source, stream: $0) as any ElementSource } ?? source : source
    return .stream(BatchedSource(ordered, size: size))
  }

  /// All but the last share, and that.
  func split(validation fraction: Double) throws(DataFailure) -> (training: Examples, validation: Examples) {
    switch self {
    case .memory(let data):
      let (training, validation) = try data.split(validation: fraction)
      return (.memory(training), .memory(validation))
    case .stream(let source):
      guard let count = source.count else { throw .endless("`validation_split`") }
      let boundary = DataSpec.boundary(of: count, share: fraction)
      guard boundary > 0, boundary < count else { throw .split(fraction: fraction, count: count) }
      let source = source.inFixedOrder()
      return (.stream(SlicedSource(source, 0..<boundary)), .stream(SlicedSource(source, boundary..<count)))
    }
  }

  /// Looks through what is in memory; what is not is looked through as it is made.
  func check(for network: Network) throws(Failure) {
    guard case .memory(let data) = self else { return }
    do throws(DataFailure) { try Training.check(data, against: network.classRanges) } catch { throw Failure(error.message) }
  }

  /// What runs its batches; `classWeights` are for what is made as it is asked for, the others have them already.
  func feed(
    _ network: Network, _ mode: StepMode, threads: Int, classWeights: [Int: Double]? = nil
  ) throws(Failure) -> any BatchFeed {
    switch self {
    case .memory(let data):
      let arrays = mode == .predict ? BatchData(inputs: data.inputs) : BatchData(data)
      do throws(NetworkFailure) { return try MemoryFeed(network, mode, arrays) } catch { throw Failure(error.message) }
    case .stream(let source): return try StreamFeed(network, mode, source, threads: threads, classWeights: classWeights)
    }
  }

  /// What tells it from other data.
  var fingerprints: [String] {
    switch self {
    case .memory(let data): data.arrays.map { String($0.fingerprint) }
    case .stream(let source): [source.fingerprint]
    }
  }
}

/// Refuses more examples or batches than can be counted.
private func checkCount(_ count: Int, of what: String) throws(Failure) {
  guard count > BatchOrder.exampleLimit else { return }
  throw Failure("\(count) \(what) are too many: a network goes through at most \(BatchOrder.exampleLimit) of them")
}

/// Looks through examples before they are used, for a NaN, or a label that is none of its output's classes.
func check(_ data: Dataset, against ranges: [Network.ClassRange?]) throws(DataFailure) {
  try data.checkNumbers()
  for (output, range) in ranges.enumerated() {
    if let range { try data.checkLabels(output: output, classCount: range.count, ignoring: range.ignored) }
  }
}
