import Arrays
import Artifacts
import Lambdas
import Plans

/// Stops as soon as the loss is no finite number.
///
/// It looks at the running mean, as Keras does; once that is not finite it stays so until the epoch ends. The run ends
/// as diverged, so backups of its last good epoch stay.
package struct TerminateOnNaN: Callback {
  static let raiseError = Parameter<Bool>("raise_error", "whether to fail instead of stopping", default: false)

  static let entry = Entry(
    .callback,
    Signature(
      "TerminateOnNaN", "Stops the training when the loss is NaN or infinite.", [raiseError.description],
      example: "TerminateOnNaN()"),
    .callback(CallbackTraits(readsBatchLogs: true)))

  package let name = "TerminateOnNaN"
  package let hooks: Set<Hook> = [.trainBatchEnd]
  private let fails: Bool

  package init(fails: Bool = false) { self.fails = fails }
  package init(_ arguments: Arguments) { self.init(fails: arguments[Self.raiseError]) }

  package mutating func onBatchEnd(_ report: BatchReport) throws(CallbackFailure) -> [Request] {
    guard let loss = report.running.logs.number("loss"), !loss.isFinite else { return [] }
    if fails {
      throw CallbackFailure("the loss is \(loss.pythonDescription) at batch \(report.batch)")
    }
    return [
      .print("Batch \(report.batch): Invalid loss, terminating training\n"),
      .stopDiverged(because: "the loss is \(loss.pythonDescription) at batch \(report.batch)"),
    ]
  }
}
