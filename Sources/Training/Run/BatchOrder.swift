import Arrays
import Plans

/// The rows of each batch: a function of the stream, the pass and the offset alone, so resuming needs two numbers.
struct BatchOrder {
  /// Nil for data without an end.
  private let count: Int?
  private let batchSize: Int
  private let shuffle: FitPlan.Shuffle
  private let stream: RandomStream
  private var rows: [Int32] = []
  private var rowsOfPass: Int?

  init(count: Int?, batchSize: Int, shuffle: FitPlan.Shuffle = .none, stream: RandomStream = RandomStream(seed: 0)) {
    precondition(batchSize > 0, "a batch has at least one example")
    self.count = count
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.stream = stream
  }

  /// An epoch begins: data that was used up is gone through anew.
  func beginEpoch(_ position: inout Position) {
    if isUsedUp(position) {
      position.pass += 1
      position.offset = 0
    }
  }

  /// Whether nothing is left of this pass.
  func isUsedUp(_ position: Position) -> Bool { count.map { position.offset >= $0 } ?? false }

  /// Hands the next batch to `body` and moves on. There must be one.
  mutating func withNextBatch<E>(
    _ position: inout Position, _ body: (UnsafeBufferPointer<Int32>) throws(E) -> Void
  ) throws(E) {
    precondition(!isUsedUp(position), "a batch is asked for only while there is one")
    let size: Int
    var start = position.offset
    if let count {
      if rowsOfPass != position.pass { arrange(count, pass: position.pass) }
      size = min(batchSize, count - position.offset)
    } else {
      rows = [Int32(truncatingIfNeeded: position.offset)]
      start = 0
      size = 1
    }
    try rows.withUnsafeBufferPointer { rows throws(E) in try body(UnsafeBufferPointer(rebasing: rows[start..<start + size])) }
    position.offset += size
  }

  private mutating func arrange(_ count: Int, pass: Int) {
    rowsOfPass = pass
    let stream = stream.substream("shuffle").substream(pass)
    switch shuffle {
    case .all: rows = stream.permutation(of: count)
    case .none: if rows.count != count { rows = (0..<Int32(count)).map { $0 } }
    case .withinBatches:
      rows = stride(from: 0, to: count, by: batchSize).flatMap { start in
        stream.substream(start).permutation(of: min(batchSize, count - start)).map { $0 + Int32(start) }
      }
    }
  }
}
