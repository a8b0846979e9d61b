import Arrays
import Datasets
import Lambdas
import Networks
import Plans
import Tensors

/// Runs the batches of one phase through a network, wherever they come from.
protocol BatchFeed: AnyObject {
  /// Makes ready for batches of this size. Throws where memory cannot hold a step.
  func prepare(batchSize: Int) throws(Failure)
  /// Runs the batch of these rows; `after` are those of the next, if they are known.
  func run(_ rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>?, inPass pass: Int) throws(Failure)
  /// What runs the last batch.
  var runner: BatchRunner { get }
}

/// Batches that are gathered from arrays in memory.
final class MemoryFeed: BatchFeed {
  let runner: BatchRunner

  init(_ network: Network, _ mode: StepMode, _ data: BatchData) throws(NetworkFailure) {
    runner = try network.runner(mode, data)
  }

  func prepare(batchSize: Int) throws(Failure) {
    do throws(TensorsError) { try runner.prepare(batchSize: batchSize) } catch { throw Failure(error.description) }
  }

  func run(_ rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>?, inPass pass: Int) throws(Failure) {
    do throws(TensorsError) { try runner.run(rows: rows, after: after) } catch { throw Failure(error.description) }
  }
}

/// Batches of a source, of which a row is the number. Where their examples lie in memory they are gathered there; else they are made, ahead of
/// the training and beside it.
final class StreamFeed: BatchFeed {
  private let runners: BatchRunners
  private(set) var runner: BatchRunner
  /// How many examples the first batch has.
  private let firstCount: Int
  /// 0, 1, …: all rows of a batch that was made.
  private var allRows: [Int32] = []
  /// Where the next batch lies, if that is known.
  private var next: (row: Int32, pass: Int, batch: BatchRunners.Stored)?

  /// Looks at the first batch, and holds it against the network. `batches` gives batches; what it is tested or predicted with comes in the
  /// order of its first pass, each time.
  init(
    _ network: Network, _ mode: StepMode, _ batches: any ElementSource, threads: Int, classWeights: [Int: Double]? = nil
  ) throws(Failure) {
    precondition(batches.spec.isBatched, "examples are put into batches before")
    if batches.count == 0 {
      throw Failure("there are no examples: nothing is left of the data by the time that it is gone through")
    }
    runners = BatchRunners(network, mode, batches, threads: threads, classWeights: classWeights)
    if let stored = runners.stored(0, inPass: 0) {
      (runner, firstCount) = (stored.runner, stored.rows.count)
    } else {
      runner = try runners.made(0, inPass: 0)
      firstCount = runner.data.count
    }
  }

  /// Of the size of the first one.
  func prepare(batchSize: Int) throws(Failure) {
    do throws(TensorsError) { try runner.prepare(batchSize: firstCount) } catch { throw Failure(error.description) }
  }

  func run(_ rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>?, inPass pass: Int) throws(Failure) {
    for row in rows {
      guard let batch = takeNext(row, inPass: pass) else {
        runner = try runners.made(Int(row), inPass: pass)
        let count = runner.data.count
        if allRows.count < count { allRows = Array(0..<Int32(count)) }
        try run(allRows[..<count])
        continue
      }
      runner = batch.runner
      next = after?.first.flatMap { row in runners.stored(Int(row), inPass: pass).map { (row, pass, $0) } }
      try run(batch.rows[...], after: next.flatMap { $0.batch.runner === runner ? $0.batch.rows : nil })
    }
  }

  private func takeNext(_ row: Int32, inPass pass: Int) -> BatchRunners.Stored? {
    defer { next = nil }
    if let next, next.row == row, next.pass == pass { return next.batch }
    return runners.stored(Int(row), inPass: pass)
  }

  private func run(_ rows: ArraySlice<Int32>, after: [Int32]? = nil) throws(Failure) {
    do throws(TensorsError) {
      try rows.withUnsafeBufferPointer { rows throws(TensorsError) in
        guard let after else { return try runner.run(rows: rows) }
        try after.withUnsafeBufferPointer { after throws(TensorsError) in try runner.run(rows: rows, after: after) }
      }
    } catch {
      throw Failure(error.description)
    }
  }
}

/// What runs the batches of a source: of examples that lie in memory one for all of them, of others one a batch, which is made.
private final class BatchRunners {
  typealias Stored = (runner: BatchRunner, rows: [Int32])

  private let network: Network
  private let mode: StepMode
  private let batches: any ElementSource
  private let threads: Int
  /// What is done with examples before they are used: they are looked through, and weighted.
  private let finish: @Sendable (Dataset) throws(DataFailure) -> Dataset
  /// Makes batches; nil where none had to be made.
  private var loader: ElementLoader?
  /// The data that lies in memory, and what runs it; nil where all of it cannot be run.
  private var known: (data: Dataset, runner: BatchRunner?)?

  init(_ network: Network, _ mode: StepMode, _ batches: any ElementSource, threads: Int, classWeights: [Int: Double]?) {
    self.network = network
    self.mode = mode
    self.batches = batches
    self.threads = threads
    let ranges = mode == .predict ? [] : network.classRanges
    finish = { data throws(DataFailure) in
      let data = mode == .predict ? try Dataset(inputs: data.inputs) : data
      try check(data, against: ranges)
      return try classWeights.map { weights throws(DataFailure) in try data.weighted(byClass: weights) } ?? data
    }
  }

  /// What runs a batch whose examples lie in memory, and their rows there; nil where they do not, or few of those that do are gone through:
  /// all of them are looked through first, and a fault of one that no batch has is none.
  func stored(_ index: Int, inPass pass: Int) -> Stored? {
    guard let place = batches.rows(of: [index], inPass: pass) else { return nil }
    if known?.data !== place.data { known = (place.data, makeRunner(of: place.data, batchSize: place.rows.count)) }
    guard let runner = known?.runner else { return nil }
    // Nothing is made any more.
    loader = nil
    return (runner, place.rows)
  }

  private func makeRunner(of data: Dataset, batchSize: Int) -> BatchRunner? {
    let used = (batches.count ?? .max).multipliedReportingOverflow(by: batchSize)
    guard used.overflow || used.partialValue >= data.count / 2, let finished = try? finish(data) else { return nil }
    return try? runner(BatchData(finished))
  }

  /// Batches that are made and not yet taken, where the script does not say; the one that the network computes with comes on top.
  private static let ahead = 2

  /// What runs a batch, which is made.
  func made(_ index: Int, inPass pass: Int) throws(Failure) -> BatchRunner {
    let batch: Element
    do throws(DataFailure) { batch = try currentLoader.take(index, inPass: pass) } catch { throw error.failure }
    return try runner(BatchData(inputs: batch.inputs, targets: batch.targets, sampleWeights: batch.sampleWeights))
  }

  private var currentLoader: ElementLoader {
    if let loader { return loader }
    // What is ahead of a whole pass would be of passes that nobody may ask for.
    let ahead = min(batches.ahead ?? Self.ahead, batches.count ?? .max)
    let made = ElementLoader(batches, threads: threads, ahead: ahead, then: mode == .train ? .nextPass : .samePass) {
      [finish] batch throws(DataFailure) in
      Element(try finish(try Dataset(inputs: batch.inputs, targets: batch.targets, sampleWeights: batch.sampleWeights)))
    }
    loader = made
    return made
  }

  private func runner(_ data: BatchData) throws(Failure) -> BatchRunner {
    do throws(NetworkFailure) { return try network.runner(mode, data) } catch { throw Failure(error.message) }
  }
}
