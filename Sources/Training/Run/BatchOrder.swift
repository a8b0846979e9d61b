import Arrays
import Plans

/// The rows of each batch: a function of the stream, the pass and the offset alone, so resuming needs two numbers.
final class BatchOrder {
  /// The most examples that batches can be made of: the core counts rows in 32 bits.
  static let exampleLimit = RandomStream.permutationLimit

  /// Nil for data without an end.
  private let count: Int?
  private let batchSize: Int
  private let shuffle: FitPlan.Shuffle
  private let stream: RandomStream
  /// The rows of one pass in order; one number for data without an end.
  private let rows: UnsafeMutableBufferPointer<Int32>
  private var arrangedPass: Int?

  init(count: Int?, batchSize: Int, shuffle: FitPlan.Shuffle = .none, stream: RandomStream = RandomStream(seed: 0)) {
    precondition(batchSize > 0, "a batch has at least one example")
    precondition(count ?? 0 <= Self.exampleLimit, "rows are counted in 32 bits, and larger data is refused before")
    self.count = count
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.stream = stream
    rows = .allocate(capacity: max(count ?? 1, 1))
    rows.initialize(repeating: 0)
  }

  deinit { rows.deallocate() }

  /// An epoch begins: data that was used up is gone through anew.
  func beginEpoch(_ position: inout Position) {
    if isUsedUp(position) {
      position.pass += 1
      position.offset = 0
    }
  }

  /// Whether nothing is left of this pass.
  func isUsedUp(_ position: Position) -> Bool { count.map { position.offset >= $0 } ?? false }

  /// Leaves out the rest of this pass.
  func skipRest(_ position: inout Position) { position.offset = count ?? position.offset }

  /// The rest of this pass that the next batch is from, as far as it is known.
  func following(_ position: Position) -> UnsafeBufferPointer<Int32>? {
    guard let count, arrangedPass == position.pass, position.offset < count else { return nil }
    return UnsafeBufferPointer(rebasing: rows[position.offset..<min(position.offset + batchSize, count)])
  }

  /// The next batch, valid until the one after; moves on. There must be one.
  func nextBatch(_ position: inout Position) -> UnsafeBufferPointer<Int32> {
    precondition(!isUsedUp(position), "a batch is asked for only while there is one")
    guard let count else {
      rows[0] = Int32(truncatingIfNeeded: position.offset)
      position.offset += 1
      return UnsafeBufferPointer(rows)
    }
    if arrangedPass != position.pass { arrange(count, pass: position.pass) }
    let start = position.offset
    position.offset = min(start + batchSize, count)
    return UnsafeBufferPointer(rebasing: rows[start..<position.offset])
  }

  private func arrange(_ count: Int, pass: Int) {
    arrangedPass = pass
    let stream = stream.substream("shuffle").substream(pass)
    switch shuffle {
    case .all: _ = rows.update(fromContentsOf: stream.permutation(of: count))
    case .none: for row in 0..<count { rows[row] = Int32(row) }
    case .withinBatches:
      for start in stride(from: 0, to: count, by: batchSize) {
        let part = stream.substream(start).permutation(of: min(batchSize, count - start))
        for (index, row) in part.enumerated() { rows[start + index] = row + Int32(start) }
      }
    }
  }
}
