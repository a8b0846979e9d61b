import CKernels

extension Program {
  /// What one record of a Program cost.
  package struct StepTime: Sendable {
    /// What it does: `product`, `gather`.
    package let name: String
    package let tag: SourceTag
    /// What it takes when nothing is kept in a cache.
    package let cost: Cost
    /// By the clock; records that run shard by shard share the time of their group as the threads' own clocks tell.
    package fileprivate(set) var nanoseconds: Double
  }

  /// Runs one step, as `run(rows:)` or from row `first`, timing each record; `times` from an earlier call are added to.
  package func runProfiled(
    rows: UnsafePointer<Int32>?, first: Int = 0, adding times: [StepTime] = []
  ) throws(TensorsError) -> [StepTime] {
    try prepare(rows: rows, first: first)
    let descriptions = steps.descriptions.joined()
    var times =
      times.count == descriptions.count
      ? times : descriptions.map { StepTime(name: $0.name, tag: $0.tag, cost: $0.cost, nanoseconds: 0) }
    var place = 0
    for (step, members) in zip(steps.steps, steps.descriptions) {
      let shares = members.count == 1 ? [time(step)] : timeSequence(step, of: members.count)
      for share in shares {
        times[place].nanoseconds += share
        place += 1
      }
    }
    finish()
    return times
  }

  private func time(_ step: train_step) -> Double {
    var step = step
    let began = monotonicNanoseconds()
    train_pool_run(pool.handle, &step, 1)
    return Double(monotonicNanoseconds() - began)
  }

  /// The time of a group, shared out among its records.
  private func timeSequence(_ step: train_step, of count: Int) -> [Double] {
    let sequence = step.arguments.assumingMemoryBound(to: train_sequence.self).pointee
    let pieces = Int(step.pieces)
    var own = [Int64](repeating: 0, count: pieces * count)
    let whole = own.withUnsafeMutableBufferPointer { own in
      var timed = train_timed_sequence(sequence: sequence, nanoseconds: own.baseAddress)
      return withUnsafeBytes(of: &timed) { arguments in
        time(
          train_step(
            run: train_timed_sequence_run, arguments: arguments.baseAddress, pieces: step.pieces, reserved: 0))
      }
    }
    let sums = (0..<count).map { member in
      Double((0..<pieces).reduce(0) { $0 + own[$1 * count + member] })
    }
    let all = max(sums.reduce(0, +), 1)
    return sums.map { $0 / all * whole }
  }
}
