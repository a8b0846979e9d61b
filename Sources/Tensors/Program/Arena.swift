import Arrays

/// The memory in which Programs keep what lives only during a step. Programs that never run at the same time (training,
/// validation, the last smaller batch) share one; it is as large as the largest of them needs.
package final class Arena {
  private(set) var base: UnsafeMutableRawPointer?
  private(set) var byteCount = 0
  /// Rises when the memory moves, so that a Program knows that its addresses are old.
  private(set) var generation = 0

  package init() {}

  deinit { release() }

  /// Makes the arena at least this large; what was in it is lost if it grows. False if the system refuses.
  func reserve(_ bytes: Int) -> Bool {
    guard bytes > byteCount || base == nil else { return true }
    guard FreeMemory.holds(bytes - byteCount), let mapped = HugePages.map(bytes) else { return false }
    release()
    base = mapped.baseAddress
    byteCount = mapped.count
    generation += 1
    return true
  }

  private func release() {
    if let base { HugePages.unmap(UnsafeMutableRawBufferPointer(start: base, count: byteCount)) }
    base = nil
    byteCount = 0
  }
}
