import Synchronization

/// Writes files on a thread of its own, so that whoever wants them written goes on meanwhile.
///
/// Jobs are carried out one after the other, in the order in which they are added. One that fails ends those that wait behind it, for
/// what comes later may speak of what came before; none is taken until the failure is.
package final class FileWriter: Sendable {
  /// Writes what it holds; on failure the files are as they were.
  package typealias Job = @Sendable () throws(FileFailure) -> Void

  /// A job that was added.
  package struct Ticket: Sendable, Equatable {
    fileprivate let number: Int
  }

  private let queue = JobQueue()

  /// Its thread begins with its first job.
  package init() {}

  /// The jobs that were added are still carried out.
  deinit { queue.close() }

  /// Adds a job. Where there can be no other thread, it is carried out here.
  @discardableResult
  package func add(_ job: @escaping Job) -> Ticket { Ticket(number: queue.add(job)) }

  /// Waits until a job, and all before it, are done or given up.
  package func wait(for ticket: Ticket) { queue.wait(for: ticket.number) }

  /// Waits until nothing is left to do.
  package func wait() { queue.wait(for: .max) }

  /// Whether a job is done or given up.
  package func isDone(_ ticket: Ticket) -> Bool { queue.doneCount >= ticket.number }

  /// Which job has failed, and why; nil if none has since this was asked last. Asking costs next to nothing.
  package func takeFailure() -> (ticket: Ticket, failure: FileFailure)? {
    queue.takeFailure().map { (Ticket(number: $0.number), $0.failure) }
  }
}

/// What the writer and its thread share; the thread keeps it alive until it has ended.
private final class JobQueue: @unchecked Sendable {
  typealias Failed = (number: Int, failure: FileFailure)

  // Sendable by discipline: what changes is touched under the condition's lock only, but for the flag.
  private let condition = Condition()
  private let hasFailed = Atomic(false)
  private var waiting: [FileWriter.Job] = []
  /// Jobs are numbered from 1.
  private var addedCount = 0
  private var finishedCount = 0
  private var failed: Failed?
  private var hasThread = false
  private var isClosed = false

  var doneCount: Int { condition.locked { finishedCount } }

  func add(_ job: @escaping FileWriter.Job) -> Int {
    let (number, isHandedOver) = condition.locked {
      addedCount += 1
      if failed != nil {
        if hasFailed.load(ordering: .relaxed) { finishedCount = addedCount }
        return (addedCount, true)
      }
      if !hasThread { hasThread = startThread { self.work() } }
      if hasThread { waiting.append(job) }
      return (addedCount, hasThread)
    }
    // Behind the lock, which the writer takes when it wakes.
    condition.tellOthers()
    if !isHandedOver { note(outcome(of: job)) }
    return number
  }

  func wait(for number: Int) {
    condition.locked { while finishedCount < min(number, addedCount) { condition.wait() } }
  }

  func takeFailure() -> Failed? {
    guard hasFailed.load(ordering: .acquiring) else { return nil }
    return condition.locked {
      defer { failed = nil }
      hasFailed.store(false, ordering: .releasing)
      return failed
    }
  }

  func close() {
    condition.locked {
      isClosed = true
      condition.tellOthers()
    }
  }

  private func work() {
    while let outcome = carryOutNext() { note(outcome) }
  }

  private enum Outcome {
    case written
    case failed(FileFailure)
  }

  /// Nil at the end. What a job holds, a folder's lock among it, is gone when this returns, so before anyone hears that it is done.
  private func carryOutNext() -> Outcome? {
    let next = condition.locked { () -> FileWriter.Job? in
      while waiting.isEmpty, !isClosed { condition.wait() }
      return waiting.isEmpty ? nil : waiting.removeFirst()
    }
    return next.map(outcome)
  }

  private func outcome(of job: FileWriter.Job) -> Outcome {
    do throws(FileFailure) {
      try job()
      return .written
    } catch {
      return .failed(error)
    }
  }

  private func note(_ outcome: Outcome) {
    guard case .failed(let failure) = outcome else {
      return condition.locked {
        finishedCount += 1
        condition.tellOthers()
      }
    }
    var givenUp: [FileWriter.Job] = []
    condition.locked {
      failed = (finishedCount + 1, failure)
      swap(&givenUp, &waiting)
    }
    // What they hold ends outside of the lock, and before anyone hears of them.
    givenUp = []
    condition.locked {
      finishedCount = addedCount
      hasFailed.store(true, ordering: .releasing)
      condition.tellOthers()
    }
  }
}
