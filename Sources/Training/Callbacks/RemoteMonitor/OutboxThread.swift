import Artifacts
import Glibc

/// What an outbox and its thread share; the thread keeps it alive until it has ended.
final class OutboxThread: @unchecked Sendable {
  // Sendable by discipline: what changes is touched in `locked` only.
  var tally: Outbox.Tally
  var news: [Outbox.News] = []
  private var hasToldOfBeingFull = false
  /// Whether something has come since the server was last not there.
  var mayTry = true
  private(set) var isSending = false
  /// Why the last message did not arrive; nil if it did.
  private var trouble: Outbox.Problem?
  var isInTrouble: Bool { trouble != nil }
  private var told: Set<Outbox.Problem> = []
  private(set) var isClosed = false
  /// Whether there is no thread, or none any more.
  private(set) var hasEnded = true

  private let send: @Sendable (Outbox.Message) -> Outbox.Problem?
  private let cancel: @Sendable () -> Void
  private let condition = Condition()

  init(
    _ tally: Outbox.Tally, send: @escaping @Sendable (Outbox.Message) -> Outbox.Problem?, cancel: @escaping @Sendable () -> Void
  ) {
    self.tally = tally
    self.send = send
    self.cancel = cancel
  }

  var isFull: Bool { tally.waiting.count >= Outbox.capacity }

  func tellOfBeingFull() {
    if !hasToldOfBeingFull { news.append(.full) }
    hasToldOfBeingFull = true
  }

  func locked<Result>(_ body: (OutboxThread) -> Result) -> Result { condition.locked { body(self) } }

  /// Waits for a change; false when the time has come.
  func wait(until deadline: timespec) -> Bool { condition.wait(until: deadline) }

  func tellOthers() { condition.tellOthers() }

  func start() -> Bool {
    hasEnded = false
    let isStarted = startThread { self.work() }
    if !isStarted { hasEnded = true }
    return isStarted
  }

  private func work() {
    while let message = next() {
      let problem = send(message)
      locked { $0.note(problem, of: message) }
    }
    locked { shared in
      shared.hasEnded = true
      shared.tellOthers()
    }
  }

  /// Waits for the next message; nil at the end.
  private func next() -> Outbox.Message? {
    locked { shared in
      while !shared.isClosed, shared.tally.waiting.isEmpty || !shared.mayTry { shared.condition.wait() }
      if shared.isClosed { return nil }
      shared.isSending = true
      shared.mayTry = false
      return shared.tally.waiting.first
    }
  }

  private func note(_ problem: Outbox.Problem?, of message: Outbox.Message) {
    defer { tellOthers() }
    if isClosed { return }
    isSending = false
    trouble = problem
    if let problem, told.insert(problem).inserted { news.append(.problem(problem)) }
    if problem?.isBeforeSending ?? false { return }
    tally.waiting.removeFirst()
    mayTry = true
    if let problem { tally.lose(message.epoch, problem) } else { tally.deliveredCount += 1 }
  }

  /// Gives up the oldest message that is not on its way.
  func giveUpOldest() {
    tally.lose(tally.waiting.remove(at: isSending ? 1 : 0).epoch, reasonForWaiting)
  }

  private var reasonForWaiting: Outbox.Problem { trouble.flatMap { $0.isBeforeSending ? $0 : nil } ?? .leftBehind }

  /// Ends the thread. What is on its way is lost; what waits is, too, or stays.
  func close(keepsWaiting: Bool) {
    if isClosed { return }
    isClosed = true
    if isSending { tally.lose(tally.waiting.removeFirst().epoch, .timedOut) }
    if !keepsWaiting {
      for message in tally.waiting { tally.lose(message.epoch, reasonForWaiting) }
      tally.waiting = []
    }
    cancel()
    tellOthers()
  }
}
