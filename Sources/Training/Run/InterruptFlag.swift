import Synchronization

/// Raised when the user wants the run to end: a signal's handler may raise it, the trainer looks after every batch.
package final class InterruptFlag: Sendable {
  private let flag = Atomic(false)
  private let watchers = Atomic(0)
  package init() {}
  package var isRaised: Bool { flag.load(ordering: .relaxed) }
  package func raise() { flag.store(true, ordering: .relaxed) }
  /// For the next statement of a session that goes on.
  package func lower() { flag.store(false, ordering: .relaxed) }

  /// Whether somebody will look at the flag soon; where nobody does, a signal ends the process at once.
  package var isWatched: Bool { watchers.load(ordering: .relaxed) > 0 }

  /// Runs a body that looks at the flag after every batch.
  func watched<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    watchers.add(1, ordering: .relaxed)
    defer { watchers.subtract(1, ordering: .relaxed) }
    return try body()
  }
}
