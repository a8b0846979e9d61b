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
  private let maker: BatchMaker
  private(set) var runner: BatchRunner
  /// How many examples the first batch has.
  private let firstCount: Int
  /// 0, 1, …: all rows of a batch that was made.
  private var allRows: [Int32] = []
  /// Where the next batch lies, if that is known.
  private var next: (row: Int32, pass: Int, place: StoredRows)?

  /// Looks at the first batch, and holds it against the network. `batches` gives batches; what it is tested or predicted with comes in the
  /// order of its first pass, each time.
  init(
    _ network: Network, _ mode: StepMode, _ batches: any ElementSource, threads: Int, classWeights: [Int: Double]? = nil
  ) throws(Failure) {
    precondition(batches.spec.isBatched, "examples are put into batches before")
    if batches.count == 0 {
      throw Failure("there are no examples: nothing is left of the data by the time that it is gone through")
    }
    maker = BatchMaker(network, mode, batches, threads: threads, classWeights: classWeights)
    if let place = maker.place(of: 0, inPass: 0) {
      (runner, firstCount) = (try maker.runner(of: place.data), place.rows.count)
    } else {
      runner = try maker.makeBatch(0, inPass: 0)
      firstCount = runner.data.count
    }
  }

  /// Of the size of the first one.
  func prepare(batchSize: Int) throws(Failure) {
    do throws(TensorsError) { try runner.prepare(batchSize: firstCount) } catch { throw Failure(error.description) }
  }

  func run(_ rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>?, inPass pass: Int) throws(Failure) {
    for row in rows {
      guard let place = takePlace(of: row, inPass: pass) else {
        runner = try maker.makeBatch(Int(row), inPass: pass)
        let count = runner.data.count
        if allRows.count < count { allRows = Array(0..<Int32(count)) }
        try run(allRows[..<count])
        continue
      }
      runner = try maker.runner(of: place.data)
      next = after?.first.flatMap { row in maker.place(of: Int(row), inPass: pass).map { (row, pass, $0) } }
      try run(place.rows[...], before: next.flatMap { $0.place.data === place.data ? $0.place.rows : nil })
    }
  }

  private func takePlace(of row: Int32, inPass pass: Int) -> StoredRows? {
    defer { next = nil }
    if let next, next.row == row, next.pass == pass { return next.place }
    return maker.place(of: Int(row), inPass: pass)
  }

  private func run(_ rows: ArraySlice<Int32>, before next: [Int32]? = nil) throws(Failure) {
    do throws(TensorsError) {
      try rows.withUnsafeBufferPointer { rows throws(TensorsError) in
        guard let next else { return try runner.run(rows: rows) }
        try next.withUnsafeBufferPointer { next throws(TensorsError) in try runner.run(rows: rows, after: next) }
      }
    } catch {
      throw Failure(error.description)
    }
  }
}

/// Makes what runs the batches of a source.
private final class BatchMaker {
  private let network: Network
  private let mode: StepMode
  private let batches: any ElementSource
  private let threads: Int
  /// What is done with examples before they are used: they are looked through, and weighted.
  private let finish: @Sendable (Dataset) throws(DataFailure) -> Dataset
  /// Makes batches; nil where none had to be made.
  private var loader: ElementLoader?
  /// What runs the examples that lie in memory.
  private var stored: (data: Dataset, runner: BatchRunner)?

  init(_ network: Network, _ mode: StepMode, _ batches: any ElementSource, threads: Int, classWeights: [Int: Double]?) {
    self.network = network
    self.mode = mode
    self.batches = batches
    self.threads = threads
    let ranges = mode == .predict ? [] : network.classRanges
    finish = { data throws(DataFailure) in
      try check(data, against: ranges)
      return try classWeights.map { weights throws(DataFailure) in try data.weighted(byClass: weights) } ?? data
    }
  }

  /// Where the examples of a batch lie in memory, if they do.
  func place(of index: Int, inPass pass: Int) -> StoredRows? { batches.rows(of: [index], inPass: pass) }

  /// What runs examples that lie in memory: made once, and then all of them are looked through.
  func runner(of data: Dataset) throws(Failure) -> BatchRunner {
    if let stored, stored.data === data { return stored.runner }
    // Nothing is made any more.
    loader = nil
    let finished: Dataset
    do throws(DataFailure) { finished = try finish(data) } catch { throw error.failure }
    let runner = try runner(BatchData(finished))
    stored = (data, runner)
    return runner
  }

  /// Batches that are made and not yet taken, where the script does not say; the one that the network computes with comes on top.
  private static let ahead = 2

  /// What runs a batch, which is made.
  func makeBatch(_ index: Int, inPass pass: Int) throws(Failure) -> BatchRunner {
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
      let data = try finish(try Dataset(inputs: batch.inputs, targets: batch.targets, sampleWeights: batch.sampleWeights))
      return Element(inputs: data.inputs, targets: data.targets, sampleWeights: data.sampleWeights)
    }
    loader = made
    return made
  }

  private func runner(_ data: BatchData) throws(Failure) -> BatchRunner {
    do throws(NetworkFailure) { return try network.runner(mode, data) } catch { throw Failure(error.message) }
  }
}
