import AllocationCount
import Arrays
import Testing

@testable import Training

@Suite struct AllocationTests {
  /// A model that computes nothing, so that only the loop's own allocations are counted.
  private func allocations(batches: Int, _ callbacks: [any Callback], screen: Screen) throws -> Int {
    let trainee = IdleTrainee()
    let settings = FitSettings(epochs: 1, exampleCount: 4 * batches, batchSize: 4, verbose: 1)
    let trainer = makeTrainer(trainee, settings, callbacks, console: screen.console)
    allocation_count_begin()
    _ = try trainer.fit()
    return allocation_count_end()
  }

  /// Callbacks that look at epochs only cost nothing per batch, nor does a progress line that is not due.
  @Test func aBatchAllocatesNothing() throws {
    let make = { (batches: Int) in
      try allocations(
        batches: batches, [EarlyStopping(Monitor("loss", .down)), History(), BackupAndRestore("unused")],
        screen: Screen(isTerminal: true))
    }
    _ = try make(10)
    let (few, many) = (try make(100), try make(1100))
    #expect(few > 0, "the counter counts")
    #expect(many - few <= 2, "1000 more batches, and an order of 4000 more rows")
  }
}
