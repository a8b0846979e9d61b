import Artifacts
import Glibc

/// Messages on their way to a server, sent in order by a thread of their own, so that whoever posts them does not wait.
///
/// A message that was not sent, since nobody was there or nobody to trust, stays first in the queue and is tried again when the
/// next one comes and at the end. One that may have been sent is not sent twice. What is lost is noted with its reason.
final class Outbox {
  struct Message: Equatable, Sendable {
    /// Counted from 0.
    let epoch: Int
    let body: String
  }

  /// Why a message did not arrive.
  enum Problem: Hashable, Sendable {
    /// The server was not there.
    case notReached
    /// Its certificate is not trusted; why, in libcurl's words.
    case untrusted(String)
    /// It gave no answer in time.
    case timedOut
    /// The connection broke.
    case broken
    /// It answered that it does not take the message.
    case status(Int)
    /// Others were on their way for too long.
    case leftBehind

    /// Whether nothing was sent, so that the message may be tried again.
    var isBeforeSending: Bool {
      switch self {
      case .notReached, .untrusted: true
      case .timedOut, .broken, .status, .leftBehind: false
      }
    }
  }

  struct Loss: Equatable, Sendable {
    let epoch: Int
    let problem: Problem
  }

  /// What has become of the messages.
  struct Tally: Sendable {
    var deliveredCount = 0
    var losses: [Loss] = []
    /// Neither delivered nor lost so far.
    var waiting: [Message] = []
  }

  /// How many messages wait at most.
  static let capacity = 64

  private let shared: Shared
  private let timeoutSeconds: Double

  /// `send` delivers a message, or says why it could not; `cancel` lets it end early. Nil where there can be no other thread.
  init?(
    _ tally: Tally = Tally(), timeoutSeconds: Double, send: @escaping @Sendable (Message) -> Problem?,
    cancel: @escaping @Sendable () -> Void = {}
  ) {
    self.timeoutSeconds = timeoutSeconds
    shared = Shared(tally, send: send, cancel: cancel)
    guard shared.start() else { return nil }
  }

  /// What nobody has waited for is still sent.
  deinit { finish() }

  /// Adds a message. Where as many wait as may, and the server answers, waits for room, at most for the time-out; then the oldest is
  /// given up.
  func add(_ message: Message) {
    shared.locked { shared in
      if shared.tally.waiting.count >= Self.capacity, !shared.isInTrouble {
        let deadline = Self.deadline(in: timeoutSeconds)
        while shared.tally.waiting.count >= Self.capacity, !shared.isInTrouble, shared.wait(until: deadline) {}
      }
      if shared.tally.waiting.count >= Self.capacity { shared.giveUpOldest() }
      shared.tally.waiting.append(message)
      shared.mayTry = true
      shared.tellOthers()
    }
  }

  /// Problems that no one was told of yet, each kind once.
  func takeNews() -> [Problem] {
    shared.locked { shared in
      defer { shared.news = [] }
      return shared.news
    }
  }

  var tally: Tally { shared.locked { $0.tally } }

  /// Waits until everything is delivered or lost, at most for the time-out. Nothing can be added afterwards, and nothing is sent.
  ///
  /// What waits then is lost, or stays in the tally for a later time; what is on its way may arrive, so it does not stay.
  @discardableResult
  func finish(keepsWaiting: Bool = false) -> Tally {
    shared.locked { shared in
      if shared.isClosed { return shared.tally }
      let deadline = Self.deadline(in: timeoutSeconds)
      shared.mayTry = true
      shared.tellOthers()
      while !shared.tally.waiting.isEmpty, shared.mayTry || shared.isSending, shared.wait(until: deadline) {}
      shared.close(keepsWaiting: keepsWaiting)
      // What it leaves behind must not be in use when the process ends.
      let patience = Self.deadline(in: 1)
      while !shared.hasEnded, shared.wait(until: patience) {}
      return shared.tally
    }
  }

  private static func deadline(in seconds: Double) -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let nanoseconds = time.tv_nsec + Int(min(seconds, 1e9).truncatingRemainder(dividingBy: 1) * 1e9)
    return timespec(
      tv_sec: time.tv_sec + Int(min(seconds, 1e9)) + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
  }
}

/// What the outbox and its thread share; the thread keeps it alive until it has ended.
private final class Shared: @unchecked Sendable {
  // Sendable by discipline: what changes is touched in `locked` only.
  var tally: Outbox.Tally
  var news: [Outbox.Problem] = []
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

  func locked<Result>(_ body: (Shared) -> Result) -> Result { condition.locked { body(self) } }

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
    if let problem, told.insert(problem).inserted { news.append(problem) }
    if problem?.isBeforeSending ?? false { return }
    tally.waiting.removeFirst()
    mayTry = true
    if let problem { tally.losses.append(.init(epoch: message.epoch, problem: problem)) } else { tally.deliveredCount += 1 }
  }

  /// Gives up the oldest message that is not on its way.
  func giveUpOldest() {
    let message = tally.waiting.remove(at: isSending ? 1 : 0)
    tally.losses.append(.init(epoch: message.epoch, problem: reasonForWaiting))
  }

  private var reasonForWaiting: Outbox.Problem { trouble.flatMap { $0.isBeforeSending ? $0 : nil } ?? .leftBehind }

  /// Ends the thread. What is on its way is lost; what waits is, too, or stays.
  func close(keepsWaiting: Bool) {
    if isClosed { return }
    isClosed = true
    if isSending { tally.losses.append(.init(epoch: tally.waiting.removeFirst().epoch, problem: .timedOut)) }
    if !keepsWaiting {
      tally.losses += tally.waiting.map { .init(epoch: $0.epoch, problem: reasonForWaiting) }
      tally.waiting = []
    }
    cancel()
    tellOthers()
  }
}
