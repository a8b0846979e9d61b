import Synchronization

/// What is noticed of data while it is read, on whatever thread, to be told when nothing else is being printed: each thing once.
package final class Remarks: Sendable {
  private struct State {
    var told: Set<String> = []
    var waiting: [String] = []
  }
  private let state = Mutex(State())

  package init() {}

  /// A sentence without a full stop.
  package func add(_ remark: String) {
    state.withLock { state in
      if state.told.insert(remark).inserted { state.waiting.append(remark) }
    }
  }

  /// What has been noticed since the last time, in order.
  package func take() -> [String] {
    state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
  }
}
