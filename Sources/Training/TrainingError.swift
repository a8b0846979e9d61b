import Artifacts
import Diagnostics
import Plans

/// Why a run failed: the world's doing, told as a sentence that names callback, epoch and reason.
package enum TrainingError: Error, Sendable {
  /// `epoch` is counted from 0; nil outside of epochs.
  case callback(name: String, epoch: Int?, CallbackFailure)
  /// The network or its data: no memory, a label outside of the classes.
  case network(Failure, epoch: Int?)
  /// The place in the script whose doing it was, where there is one.
  case backup(folder: String, reason: String, at: SourceRange? = nil)
  case file(FileFailure)
  /// The user ended it; the task is "the training of `m`".
  case interrupted(task: String, backup: String? = nil)
  /// What was asked for cannot be done with this data.
  case data(reason: String)

  /// As the user reads it.
  package var failure: Failure {
    switch self {
    case .callback(let name, let epoch, let failure):
      Failure("`\(name)` cannot go on\(place(epoch)): \(failure.reason)", at: failure.range)
    case .network(let failure, nil): failure
    case .network(let failure, let epoch): Failure("the training fails\(place(epoch)): \(failure.message)", at: failure.range)
    case .backup(let folder, let reason, let range): Failure("the backup in `\(folder)` cannot be used: \(reason)", at: range)
    case .file(let failure): Failure("\(failure)")
    case .data(let reason): Failure(reason)
    case .interrupted(let task, nil): Failure("\(task) is interrupted", isInterruption: true)
    case .interrupted(let task, let folder?):
      Failure("\(task) is interrupted; started again, it goes on from the backup in `\(folder)`", isInterruption: true)
    }
  }

  /// The same, at a place of the script if it has none of its own.
  func failure(at range: SourceRange?) -> Failure { failure.placed(at: range) }

  private func place(_ epoch: Int?) -> String { epoch.map { " in epoch \($0 + 1)" } ?? "" }
}
