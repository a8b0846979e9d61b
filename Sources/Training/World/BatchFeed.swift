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

/// Batches that a source makes, ahead of the training and beside it. A row is the number of a batch.
final class StreamFeed: BatchFeed {
  private let network: Network
  private let mode: StepMode
  private let loader: ElementLoader
  private(set) var runner: BatchRunner
  /// 0, 1, …: all rows of a batch.
  private var rows: [Int32] = []

  /// Makes the first batch, and holds it against the network. `batches` gives batches; what it is tested or predicted with comes in the
  /// order of its first pass, each time.
  init(
    _ network: Network, _ mode: StepMode, _ batches: any ElementSource, threads: Int, classWeights: [Int: Double]? = nil
  ) throws(Failure) {
    precondition(batches.spec.isBatched, "examples are put into batches before")
    let count = batches.count
    if count == 0 { throw Failure("there are no examples: nothing is left of the data by the time that it is gone through") }
    self.network = network
    self.mode = mode
    let ranges = mode == .predict ? [] : network.classRanges
    // What is ahead of a whole pass would be of passes that nobody may ask for.
    let ahead = min(batches.ahead ?? Self.ahead, count ?? .max)
    loader = ElementLoader(batches, threads: threads, ahead: ahead, then: mode == .train ? .nextPass : .samePass) {
      batch throws(DataFailure) in
      var data = try Dataset(inputs: batch.inputs, targets: batch.targets, sampleWeights: batch.sampleWeights)
      try check(data, against: ranges)
      if let classWeights { data = try data.weighted(byClass: classWeights) }
      return Element(inputs: data.inputs, targets: data.targets, sampleWeights: data.sampleWeights)
    }
    runner = try Self.runner(network, mode, loader, 0, inPass: 0)
  }

  /// Batches that are made and not yet taken, where the script does not say; the one that the network computes with comes on top.
  private static let ahead = 2

  private static func runner(
    _ network: Network, _ mode: StepMode, _ loader: ElementLoader, _ index: Int, inPass pass: Int
  ) throws(Failure) -> BatchRunner {
    let batch: Element
    do throws(DataFailure) { batch = try loader.take(index, inPass: pass) } catch { throw error.failure }
    let data = BatchData(inputs: batch.inputs, targets: batch.targets, sampleWeights: batch.sampleWeights)
    do throws(NetworkFailure) { return try network.runner(mode, data) } catch { throw Failure(error.message) }
  }

  /// Of the size of the first one.
  func prepare(batchSize: Int) throws(Failure) {
    do throws(TensorsError) { try runner.prepare(batchSize: runner.data.count) } catch { throw Failure(error.description) }
  }

  func run(_ rows: UnsafeBufferPointer<Int32>, after: UnsafeBufferPointer<Int32>?, inPass pass: Int) throws(Failure) {
    for row in rows {
      runner = try Self.runner(network, mode, loader, Int(row), inPass: pass)
      let count = runner.data.count
      if self.rows.count < count { self.rows = Array(0..<Int32(count)) }
      do throws(TensorsError) {
        try self.rows.withUnsafeBufferPointer { all throws(TensorsError) in
          try runner.run(rows: UnsafeBufferPointer(rebasing: all[..<count]))
        }
      } catch {
        throw Failure(error.description)
      }
    }
  }
}
