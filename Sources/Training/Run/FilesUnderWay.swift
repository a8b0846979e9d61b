import Artifacts

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
  }

  private let writer: FileWriter
  private var parts: [(ticket: FileWriter.Ticket, owner: Owner, error: (FileFailure) -> TrainingError)] = []

  init(_ writer: FileWriter) { self.writer = writer }

  /// Hands over an owner's next save, in parts to be written in this order. `take` copies what is saved, when it is its turn.
  func add(_ owner: Owner, _ take: () throws(TrainingError) -> [Part]) throws(TrainingError) {
    try wait(for: owner)
    for part in try take() { parts.append((writer.add(part.job), owner, part.error)) }
  }

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
    if let (ticket, failure) = writer.takeFailure() {
      defer { parts.removeAll() }
      guard let part = parts.first(where: { $0.ticket == ticket }) else { throw .file(failure) }
      throw part.error(failure)
    }
    parts.removeFirst(done)
  }
}
