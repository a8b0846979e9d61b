import Artifacts
import Glibc
import Tensors

/// Messages on their way to a server, sent in order by a thread of their own, so that whoever posts them does not wait.
///
/// A message that was not sent, since nobody was there or nobody to trust, stays first in the queue and is tried again when the
/// next one comes and at the end. One that may have been sent is not sent twice. What is lost is noted with its reason. Where the server
/// is slower than what comes, whoever posts waits for it, for the time-out in all; from then on the oldest are lost.
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

  /// Epochs that are lost, one after the other, for one reason.
  struct Loss: Equatable, Sendable {
    var epochs: ClosedRange<Int>
    let problem: Problem
  }

  /// What whoever posts is to be told, once.
  enum News: Equatable, Sendable {
    case problem(Problem)
    /// As many wait as may, though the server answers.
    case full
  }

  /// What has become of the messages.
  struct Tally: Sendable {
    var deliveredCount = 0
    var losses: [Loss] = []
    /// Neither delivered nor lost so far.
    var waiting: [Message] = []
    /// How long whoever posts has waited for room.
    var waitedSeconds = 0.0

    init() {}

    var lostCount: Int { losses.reduce(0) { $0 + $1.epochs.count } }

    mutating func lose(_ epoch: Int, _ problem: Problem) {
      if let last = losses.last, last.problem == problem, last.epochs.upperBound + 1 == epoch {
        losses[losses.count - 1].epochs = last.epochs.lowerBound...epoch
      } else {
        losses.append(Loss(epochs: epoch...epoch, problem: problem))
      }
    }
  }

  /// How many messages wait at most.
  static let capacity = 64

  private let shared: OutboxThread
  private let timeoutSeconds: Double

  /// `send` delivers a message, or says why it could not; `cancel` lets it end early. Nil where there can be no other thread.
  init?(
    _ tally: Tally = Tally(), timeoutSeconds: Double, send: @escaping @Sendable (Message) -> Problem?,
    cancel: @escaping @Sendable () -> Void = {}
  ) {
    self.timeoutSeconds = timeoutSeconds
    shared = OutboxThread(tally, send: send, cancel: cancel)
    guard shared.start() else { return nil }
  }

  /// What nobody has waited for is still sent.
  deinit { finish() }

  /// Adds a message. Where as many wait as may, and the server answers, waits for room, for what is left of the time-out, which is one
  /// for all messages; then the oldest is given up.
  func add(_ message: Message) {
    shared.locked { shared in
      let left = timeoutSeconds - shared.tally.waitedSeconds
      if shared.isFull, !shared.isInTrouble, left > 0 {
        let began = monotonicNanoseconds()
        let deadline = Self.deadline(in: left)
        while shared.isFull, !shared.isInTrouble, shared.wait(until: deadline) {}
        shared.tally.waitedSeconds += Double(monotonicNanoseconds() - began) / 1e9
      }
      if shared.isFull { shared.giveUpOldest() }
      shared.tally.waiting.append(message)
      shared.mayTry = true
      if shared.isFull, !shared.isInTrouble { shared.tellOfBeingFull() }
      shared.tellOthers()
    }
  }

  /// What no one was told of yet, each kind once.
  func takeNews() -> [News] {
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

extension Outbox.Problem {
  /// What an answer means; nil where the message is delivered.
  init?(_ answer: HTTPClient.Answer) {
    switch answer {
    case .status(let status):
      if status < 400 { return nil }
      self = .status(status)
    case .notReached: self = .notReached
    case .untrusted(let reason): self = .untrusted(reason)
    case .timedOut: self = .timedOut
    case .broken: self = .broken
    }
  }
}
