import Artifacts
import Synchronization

/// The saves of a run that are being written while training goes on.
///
/// An owner has one save under way: its next one waits until that stands, and so do those who tell of it. A failure is thrown at the
/// next look, in the words of the moment that asked for the save; what was to be written after it is not written.
final class FilesUnderWay {
  enum Owner: Equatable {
    /// By place in the list.
    case callback(Int)
    case backup
  }

  /// A part of a save, and what its failure means to the run.
  struct Part {
    let job: FileWriter.Job
    let error: (FileFailure) -> TrainingError
    /// Told at the next look what has become of it.
    var settled: (Fate) -> Void = { _ in }

    /// One whose failure ends nothing: `settled` hears of it, and what comes behind it is written.
    static func forgiven(_ job: @escaping FileWriter.Job, settled: @escaping (Fate) -> Void) -> Part {
      let note = FailureNote()
      return Part(
        job: { do throws(FileFailure) { try job() } catch { note.set(error) } }, error: { .file($0) },
        settled: { fate in settled(note.failure.map(Fate.failed) ?? fate) })
    }
  }

  /// What has become of a part.
  enum Fate {
    /// It is on the disk.
    case stands
    case failed(FileFailure)
    /// It was not begun, since one before it had failed.
    case givenUp(after: FileFailure)
  }

  private let writer: FileWriter
  private var parts: [(ticket: FileWriter.Ticket, owner: Owner, part: Part)] = []

  init(_ writer: FileWriter) { self.writer = writer }

  /// Hands over an owner's next save, in parts to be written in this order. `take` copies what is saved, when it is its turn.
  func add(_ owner: Owner, _ take: () throws(TrainingError) -> [Part]) throws(TrainingError) {
    try wait(for: owner)
    for part in try take() { parts.append((writer.add(part.job), owner, part)) }
  }

  /// Hands over what belongs behind an owner's last save, and does not wait for that.
  func follow(_ owner: Owner, _ part: Part) { parts.append((writer.add(part.job), owner, part)) }

  /// Waits until the last save of an owner stands.
  func wait(for owner: Owner) throws(TrainingError) {
    if let last = parts.last(where: { $0.owner == owner }) { writer.wait(for: last.ticket) }
    try throwFailure()
  }

  /// Carries out what makes saves, and waits until all of them stand, however it ends. Of two failures the first counts, and the other
  /// is told.
  func finishing<Result>(
    on console: Console, _ body: () throws(TrainingError) -> Result
  ) throws(TrainingError) -> Result {
    let result: Result
    do throws(TrainingError) { result = try body() } catch {
      do throws(TrainingError) { try finish() } catch { console.print("warning: \(error.failure.message)\n") }
      throw error
    }
    try finish()
    return result
  }

  /// Waits until all of them stand.
  func finish() throws(TrainingError) {
    writer.wait()
    try throwFailure()
  }

  /// Throws if one has failed since the last look.
  func throwFailure() throws(TrainingError) {
    // Counted before the look: one that fails in between must find its part.
    let done = parts.prefix { writer.isDone($0.ticket) }.count
    if let (ticket, failure) = writer.takeFailure() { throw error(of: failure, at: ticket) }
    if done == 0 { return }
    let standing = parts.prefix(done)
    parts.removeFirst(done)
    for (_, _, part) in standing { part.settled(.stands) }
  }

  /// The failure of a part in the words of who asked for it; those before it stand, those behind it were given up.
  private func error(of failure: FileFailure, at ticket: FileWriter.Ticket) -> TrainingError {
    let all = parts
    parts.removeAll()
    guard let failed = all.firstIndex(where: { $0.ticket == ticket }) else { return .file(failure) }
    for (place, (_, _, part)) in all.enumerated() {
      part.settled(place < failed ? .stands : place == failed ? .failed(failure) : .givenUp(after: failure))
    }
    return all[failed].part.error(failure)
  }
}

/// Why a job has failed, for those who hear of it on another thread.
private final class FailureNote: Sendable {
  private let content = Mutex<FileFailure?>(nil)

  var failure: FileFailure? { content.withLock(\.self) }

  func set(_ failure: FileFailure) { content.withLock { $0 = failure } }
}
