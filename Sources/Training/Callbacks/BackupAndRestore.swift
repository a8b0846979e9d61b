import Artifacts
import Lambdas
import Plans

/// Keeps a backup from which an interrupted run goes on as if it had never stopped.
///
/// A backup is everything a run is: weights, optimizer, every callback's state, History, the place in the data, seed,
/// the lengths of the files that grow. It belongs to one execution of one `fit`. A fit whose backup is complete is not
/// trained again. The folder is deleted when the script ends well, never after a divergence, an interruption or a
/// failure. `double_checkpoint` is accepted and not needed: a backup is either the old one or the new one.
package struct BackupAndRestore: Callback {
  static let folder = Parameter<String>("backup_dir", "the folder of the backup", .outputPath)
  static let frequency = Parameter<ModelCheckpoint.Frequency>(
    "save_freq", "\"epoch\", or a number of batches", .either([.choice(["epoch"]), .integer(min: 1)]), default: .string("epoch"),
    decode: ModelCheckpoint.Frequency.init)
  static let doubleCheckpoint = Parameter<Bool>(
    "double_checkpoint", "accepted as in Keras; every backup is written whole", default: false)
  static let deleteCheckpoint = Parameter<Bool>(
    "delete_checkpoint", "whether to delete the folder when the script ends well", default: true)

  static let entry = Entry(
    .callback,
    Signature(
      "BackupAndRestore", "Keeps a backup, and goes on from it after a crash.",
      [folder.description, frequency.description, doubleCheckpoint.description, deleteCheckpoint.description],
      example: "BackupAndRestore(\"backup\")"),
    .callback(CallbackTraits(backupFolder: "backup_dir")))

  package let name = "BackupAndRestore"
  package var hooks: Set<Hook> { frequency == .epoch ? [.epochEnd] : [.trainBatchEnd, .epochEnd] }
  package let folder: String
  package let isDeletedAtEnd: Bool
  private let frequency: ModelCheckpoint.Frequency
  private var batchesSinceBackup = 0

  package init(_ folder: String, frequency: ModelCheckpoint.Frequency = .epoch, isDeletedAtEnd: Bool = true) {
    self.folder = folder
    self.frequency = frequency
    self.isDeletedAtEnd = isDeletedAtEnd
  }

  package init(_ arguments: Arguments) throws(CallbackFailure) {
    let folder = arguments[Self.folder]
    guard !folder.isEmpty else { throw CallbackFailure("its `backup_dir` is empty") }
    if let obstacle = obstacle(toWritingInFolder: folder) { throw CallbackFailure("it \(obstacle)") }
    self.init(folder, frequency: arguments[Self.frequency], isDeletedAtEnd: arguments[Self.deleteCheckpoint])
  }

  package mutating func onBatchEnd(_ batch: BatchReport) -> [Request] {
    guard batch.phase == .train, case .batches(let interval) = frequency else { return [] }
    batchesSinceBackup += 1
    guard batchesSinceBackup >= interval else { return [] }
    batchesSinceBackup = 0
    return [.backUp]
  }

  package mutating func onEpochEnd(_ epoch: EpochReport) -> [Request] { frequency == .epoch ? [.backUp] : [] }

  package func saveState() -> JSON { ["batches_since_backup": .integer(batchesSinceBackup)] }

  package mutating func resume(from state: JSON, _ run: RunReport) {
    batchesSinceBackup = state["batches_since_backup"]?.integerValue ?? 0
  }
}
