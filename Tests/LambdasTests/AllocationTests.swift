import AllocationCount
import LanguageSpeed
import Testing

/// What a training run calls again and again takes no memory: neither a schedule's lambda nor the hook of a batch.
@Suite struct AllocationTests {
  @Test func aScheduleTakesNoMemory() throws { try expectNone(of: SpeedCases.schedule()) }

  @Test func aBatchHookTakesNoMemory() throws { try expectNone(of: SpeedCases.hook()) }

  /// A thousand calls allocate no more than one, which copies what the caller keeps.
  private func expectNone(of body: (_ calls: Int) throws -> Void) throws {
    func allocations(_ calls: Int) throws -> Int {
      allocation_count_begin()
      try body(calls)
      return allocation_count_end()
    }
    try body(10)
    #expect(try allocations(1000) == allocations(1))
  }
}
