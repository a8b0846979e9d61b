import Synchronization

/// Where the examples of each batch begin, counted as far as it is asked for.
final class BatchStarts: Sendable {
  private let count: Int?
  private let sizes: @Sendable (Int) -> Int
  /// The first example of each batch, and of the one after the last that was counted.
  private let starts = Mutex<[Int]>([0])

  init(count: Int?, sizes: @escaping @Sendable (Int) -> Int) {
    self.count = count
    self.sizes = sizes
  }

  func exampleCount(ofBatches batches: Int) -> Int {
    starts.withLock { starts in
      while starts.count <= batches { extend(&starts) }
      return starts[batches]
    }
  }

  /// The examples of a batch.
  func examples(ofBatch batch: Int) -> Range<Int> { exampleCount(ofBatches: batch)..<exampleCount(ofBatches: batch + 1) }

  func place(ofExample example: Int) -> (batch: Int, row: Int) {
    starts.withLock { starts in
      while starts[starts.count - 1] <= example, starts.count <= count ?? .max { extend(&starts) }
      var (low, high) = (0, starts.count - 1)
      while high - low > 1 {
        let middle = (low + high) / 2
        if starts[middle] <= example { low = middle } else { high = middle }
      }
      return (low, example - starts[low])
    }
  }

  private func extend(_ starts: inout [Int]) { starts.append(starts[starts.count - 1] + sizes(starts.count - 1)) }
}
