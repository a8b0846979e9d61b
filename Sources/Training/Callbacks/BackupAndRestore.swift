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
  static let frequency = SaveFrequency.parameter("save_freq")
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
    conflict: { SaveFrequency.conflict(frequency.description.name, $0) },
    .callback(
      CallbackTraits(
        backupFolder: "backup_dir",
        facts: { arguments in
          ["writes a backup \(arguments[frequency].text)"]
            + (arguments[deleteCheckpoint] ? [] : ["leaves the folder when the script ends well"])
        })))

  package let name = "BackupAndRestore"
  package var hooks: Set<Hook> {
    if case .epochs = frequency { [.trainBegin, .epochEnd] } else { [.trainBegin, .trainBatchEnd] }
  }
  package let folder: String
  package let isDeletedAtEnd: Bool
  private let frequency: SaveFrequency
  private var clock: SaveClock

  package init(
    _ folder: String, frequency: SaveFrequency = .epochs(1), isDeletedAtEnd: Bool = true, seconds: @escaping () -> Double = { 0 }
  ) {
    self.folder = folder
    self.frequency = frequency
    self.isDeletedAtEnd = isDeletedAtEnd
    clock = SaveClock(frequency, seconds: seconds)
  }

  init(_ arguments: Arguments, in surroundings: CallbackSurroundings) throws(CallbackFailure) {
    self.init(
      try Self.folder(arguments), frequency: arguments[Self.frequency], isDeletedAtEnd: arguments[Self.deleteCheckpoint],
      seconds: surroundings.seconds)
  }

  /// The folder that it is given. Throws where nothing can be written into it.
  static func folder(_ arguments: Arguments) throws(CallbackFailure) -> String {
    let folder = arguments[Self.folder]
    guard !folder.isEmpty else { throw CallbackFailure("its `backup_dir` is empty") }
    if let obstacle = obstacle(toWritingInFolder: folder) { throw CallbackFailure("it \(obstacle)") }
    return folder
  }

  package mutating func onTrainBegin(_ run: RunReport) -> [Request] {
    clock.begin()
    return []
  }

  package mutating func onBatchEnd(_ batch: BatchReport) -> [Request] {
    batch.phase == .train && clock.isTime(atBatch: batch.batch) ? [.backUp] : []
  }

  package mutating func onEpochEnd(_ epoch: EpochReport) -> [Request] { clock.isTime(atEpoch: epoch.epoch) ? [.backUp] : [] }

  package func saveState() -> JSON { ["clock": clock.json] }

  package mutating func resume(from state: JSON, _ run: RunReport) { clock.resume(from: state["clock"]) }
}
