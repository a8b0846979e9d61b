import Synchronization

/// Raised when the user wants the run to end: a signal's handler may raise it, the trainer looks after every batch.
package final class InterruptFlag: Sendable {
  private let flag = Atomic(false)
  package init() {}
  package var isRaised: Bool { flag.load(ordering: .relaxed) }
  package func raise() { flag.store(true, ordering: .relaxed) }
  /// For the next statement of a session that goes on.
  package func lower() { flag.store(false, ordering: .relaxed) }
}
