import Tensors

/// Where the time of the batches goes: what `train run --profile` prints. Kept by whoever asked for it and handed to networks.
///
/// Each record of a Program is timed by itself, which costs about a tenth of a microsecond a record, and a barrier between records
/// that otherwise run on without one; so the sum is a little more than an unprofiled step takes.
package final class StepProfile {
  /// One line: what a layer's operation took, over all batches.
  package struct Line {
    /// The layer, or `loss`, `optimizer` …; empty for what belongs to none.
    package let layer: String
    package let operation: String
    package let nanoseconds: UInt64
  }

  private struct Key: Hashable {
    let layer: String
    let operation: String
  }
  private var times: [Key: UInt64] = [:]
  private var order: [Key] = []
  /// How many batches were run.
  package private(set) var batches = 0

  package init() {}

  /// Adds what the records of one batch took.
  func add(_ steps: [Program.StepTime]) {
    batches += 1
    for step in steps {
      let key = Key(layer: step.tag.name, operation: step.name)
      if times[key] == nil { order.append(key) }
      times[key, default: 0] += step.nanoseconds
    }
  }

  /// The lines, the longest time first.
  package var lines: [Line] {
    order.map { Line(layer: $0.layer, operation: $0.operation, nanoseconds: times[$0] ?? 0) }
      .sorted { $0.nanoseconds > $1.nanoseconds }
  }
}
