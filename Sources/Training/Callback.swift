import Artifacts
import Diagnostics
import Lambdas
import Plans

/// Something that watches a run and asks for changes. It never acts: it returns requests, and the trainer decides.
///
/// A value type with its state inside, so that a callback can be tested with four numbers, and everything it knows can
/// be written into a backup and come back.
package protocol Callback {
  /// As in Keras: `EarlyStopping`.
  var name: String { get }
  /// The hooks it listens to; the others are never called. Batch aliases stand under their `train_batch_…` name.
  var hooks: Set<Hook> { get }

  mutating func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request]
  mutating func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request]
  mutating func onEpochBegin(_ epoch: EpochReport) throws(CallbackFailure) -> [Request]
  mutating func onEpochEnd(_ epoch: EpochReport) throws(CallbackFailure) -> [Request]
  mutating func onBatchBegin(_ batch: BatchReport) throws(CallbackFailure) -> [Request]
  mutating func onBatchEnd(_ batch: BatchReport) throws(CallbackFailure) -> [Request]
  /// An evaluation begins, alone or inside `fit`.
  mutating func onTestBegin() throws(CallbackFailure) -> [Request]
  mutating func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request]
  mutating func onPredictBegin() throws(CallbackFailure) -> [Request]
  mutating func onPredictEnd() throws(CallbackFailure) -> [Request]

  /// The training is interrupted, and its backup is written: what goes on beside it comes to rest. Whether its state may be another
  /// one by then, so that the backup is written again.
  mutating func settle() -> Bool

  /// Whether `onTrainEnd` is called also where the run has failed.
  var isToldOfFailures: Bool { get }
  /// What it may ask to have kept of the model, which makes backups larger.
  var keeps: KeptParts { get }
  /// Whether the state of one fit is the beginning of the next that uses the same object.
  var livesOn: Bool { get }
  /// Everything it knows, for a backup.
  func saveState() throws(CallbackFailure) -> JSON
  /// Files that it adds to, and whose lengths are part of its state: what of them is not on the disk when that is, the backup has.
  var growingFiles: [AppendingFile] { get }
  /// What the script's object answers after the fit: the values of `CallbackTraits.results`.
  var results: [String: Value] { get }
  /// Takes another value of one of them, which the script gives it: of its type, and counts are not negative.
  mutating func setResult(_ name: String, to value: Value)
  /// What of its files was lost when it went on from a backup, in sentences without a full stop: each is told as a warning.
  var losses: [String] { get }
  /// What it knows that grows with the epochs, as far as it is new since this was asked last; nil where nothing is. No state holds that: a
  /// backup would be larger from epoch to epoch.
  mutating func takeRow() throws(CallbackFailure) -> JSON?
  /// Takes up all such rows, in order, before it goes on from the backup that has them.
  mutating func restore(rows: [JSON]) throws(CallbackFailure)
  /// Goes on from a backup, instead of `onTrainBegin`.
  mutating func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure)
}

/// What a run keeps of a model for a callback.
package enum KeptParts: Sendable { case nothing, weights, state }

/// What a callback asks for. Requests of one callback are met in order, before the next callback's turn.
package enum Request: Sendable {
  /// A line of Keras's, with its line ends.
  case print(String)
  /// End after this batch or epoch; the words go into the end reason.
  case stop(because: String)
  /// The same, and the run counts as failed: its backup stays.
  case stopDiverged(because: String)
  /// Takes back what an earlier hook has asked for.
  case goOn
  /// `optimizer` counts as in the report's rates; the reason is a clause.
  case setLearningRate(Double, of: Int = 0, because: String)
  /// The rate has been set already, by a hook of the script.
  case learningRateIsSet(from: Double, of: Int, because: String)
  /// A number for `logs`, seen by the callbacks after this one.
  case log(String, Value)
  /// All of `logs` as the callbacks after this one are to see them.
  case setLogs(Logs)
  case save(SaveRequest)
  /// The same of a model that has been copied already, to be written by the job.
  case saveCopy(SaveRequest, FileWriter.Job)
  /// Delete files that it has written before.
  case delete(DeleteRequest)
  /// Note what its files take on the disk, when all of them stand.
  case tellDiskUse(KeptUse, because: String)
  /// Write a backup of the whole run, after the saves.
  case backUp
  /// Remember the weights as they are now, for this callback.
  case keepWeights
  /// Let the weights be the optimizer's running averages from now on, or what training made them.
  case useAverages(Bool)
  /// They stay there when the training ends, so that the files of now have nothing else.
  case keepAverages
  /// Put the kept weights back; the decision is noted when that is done.
  case restoreKeptWeights(Decision)
  /// Remember all that training changes as it is now, for this callback.
  case keepState
  /// Put it back, with lower rates, and leave out the rest of the epoch. Without a kept state the run ends as diverged.
  case rollBack(RollBack)
  /// What it has decided beside these, with its reason.
  case decide(Decision)
}

/// A model file to be written.
package struct SaveRequest: Sendable, Equatable {
  package let path: String
  package let weightsOnly: Bool
  /// Printed before and after the file is written; may be empty.
  package let announcement: String
  package let confirmation: String
  /// Why it is written, as a clause.
  package var reason = ""
  /// A text beside it, written when the model is.
  package var note: Note?

  package struct Note: Sendable, Equatable {
    package let path, text: String

    func write() throws(FileFailure) { try writeDurably(text, to: path, makingFolders: true) }
  }
}

/// A way back to what a callback has kept of a run.
package struct RollBack: Sendable, Equatable {
  /// When that was: "the end of epoch 3".
  package let place: String
  /// What the rates are multiplied by.
  package let factor: Double
  /// Why, as a clause.
  package let reason: String
}

/// Files to be deleted, after a newer one stands.
package struct DeleteRequest: Sendable, Equatable {
  package let paths: [String]
  /// Those that stay, whose size is told with the heading.
  package let kept: KeptUse
  /// What the line about it begins with; nil for no line.
  package let heading: String?
  /// Why, as a clause.
  package let reason: String
}

/// Why a callback cannot go on; the trainer adds its name and the epoch.
package struct CallbackFailure: Error, Sendable, Equatable {
  /// A sentence without a full stop.
  package let reason: String
  /// The place in the script whose doing it was, where there is one.
  package let range: SourceRange?
  package init(_ reason: String, at range: SourceRange? = nil) {
    self.reason = reason
    self.range = range
  }
}

/// What becomes of a callback's files, which fails in its words.
func reportingFailures(_ body: () throws(FileFailure) -> Void) throws(CallbackFailure) {
  do throws(FileFailure) { try body() } catch { throw CallbackFailure("it \(error)") }
}

extension Callback {
  package mutating func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onEpochBegin(_ epoch: EpochReport) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onEpochEnd(_ epoch: EpochReport) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onBatchBegin(_ batch: BatchReport) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onBatchEnd(_ batch: BatchReport) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onTestBegin() throws(CallbackFailure) -> [Request] { [] }
  package mutating func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] { [] }
  package mutating func onPredictBegin() throws(CallbackFailure) -> [Request] { [] }
  package mutating func onPredictEnd() throws(CallbackFailure) -> [Request] { [] }
  package mutating func settle() -> Bool { false }
  package var isToldOfFailures: Bool { false }
  package var keeps: KeptParts { .nothing }
  package var livesOn: Bool { false }
  package func saveState() throws(CallbackFailure) -> JSON { [:] }
  package var growingFiles: [AppendingFile] { [] }
  package var losses: [String] { [] }
  package var results: [String: Value] { [:] }
  package mutating func setResult(_ name: String, to value: Value) {
    preconditionFailure("`\(self.name)` has no results that could be set: whoever has some says how")
  }
  package mutating func takeRow() throws(CallbackFailure) -> JSON? { nil }
  package mutating func restore(rows: [JSON]) throws(CallbackFailure) {}
  package mutating func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) {}
}
