import Arrays
import Artifacts
import Diagnostics
import Plans

/// Everything a run is, at one moment: what a backup holds.
package struct RunRecord: Sendable {
  /// What one part of a run must remember: small things by name, and arrays.
  package struct Part: Sendable {
    package var notes: JSON
    package var arrays: [(name: String, array: NDArray)]
    package init(notes: JSON = [:], arrays: [(name: String, array: NDArray)] = []) {
      self.notes = notes
      self.arrays = arrays
    }
  }

  /// Which run it is of, so that no other goes on from it.
  package struct Identity: Sendable {
    package var model: String
    /// Which fit of that model it is, counted from 1, and the rounds of the loops around it. What is typed has no place: 0.
    package var fit: Int
    package var loopRounds: [Int]
    package var seed: Int
    /// What the callbacks are about (`CallbackPlan.key`), in list order.
    package var callbacks: [String]
    /// What the fit means, so that changes of the script are seen.
    package var meaning = FitMeaning()
    /// The text that it stands in.
    package var script = ""
    /// Which fit of its model it is in its process, from which its random numbers follow: `fit` again, but where it was typed.
    package var number = 0
    /// What it begins with; nil where that says nothing, since what was typed before is no part of it.
    package var start: Start?
    /// Where its parts stand in the script; not kept.
    package var ranges: [SourceRange?] = []
    /// The learning rate that the script gives, where it is a number; not kept.
    package var rate: Double?
  }

  /// What a training begins with beside what the script says of it: where that is other than in the run before, something before the
  /// `fit`, or what it reads, has changed.
  package struct Start: Sendable, Equatable {
    /// The instructions that the kernels use.
    package var kernels: String
    /// The optimizers' learning rates.
    package var rates: [Double]
    /// Fingerprints of the weights, and of the data.
    package var weights: [String]
    package var data: [String]
  }

  package var identity: Identity
  package var position: Position
  /// Whether it has come to this by more than one script, so that none alone comes to it.
  package var isOfTwoScripts = false
  /// What ended it or is about to; nil while it goes on.
  package var end: EndReason?
  /// Nothing is left to do: the weights are the fit's result.
  package var isFinished: Bool
  /// Seconds that the script had run.
  package var runSeconds: Double
  /// The last epoch's scores, without what callbacks added.
  package var logs: Logs
  package var trainee: Part
  package var callbacks: [JSON]
  /// Where the random numbers of each callback's hooks stand.
  package var randomness: [JSON] = []
  /// What grows with the epochs (`RunJournal`): the rows that are new when it is written, all of them when it was read.
  package var journal: [UInt8] = []
  /// The end of the journal at its moment; not kept.
  var journalEnd = 0
  /// What the callbacks have decided and is not in the journal, as lines.
  package var decisions: [String] = []
  /// What they have done at the batches of the epoch so far.
  var turns = BatchTurns()
  /// Weights that callbacks have kept, by place in the list.
  package var keptWeights: [Int: [NDArray]]
  /// What training changes, as callbacks have kept it, by place in the list.
  package var keptStates: [Int: Part] = [:]
  /// What the files that callbacks add to have that was not on the disk yet.
  package var tails: [FileTail] = []
}

/// Where a fit is. The trainer owns it, and nothing else counts.
package struct Position: Sendable, Equatable {
  /// The epoch that is being trained, or will be next; from 0.
  package var epoch: Int
  /// Whether the epoch has begun.
  package var isInEpoch = false
  /// Batches of the epoch that are done.
  package var batch = 0
  /// How often the data has been gone through before.
  package var pass = 0
  /// Examples (or ready-made batches) of this pass that are done.
  package var offset = 0

  package init(epoch: Int) { self.epoch = epoch }

  /// Whether nothing has been trained.
  var isAtStart: Bool { !isInEpoch && pass == 0 && offset == 0 }
}

extension RunRecord {
  /// Whether it was made before the first epoch, of a training that is not over.
  package var isUntrained: Bool { !isFinished && position.isAtStart }
}

/// A place for the backup of one run.
package protocol BackupStore {
  /// What messages call it.
  var folder: String { get }
  /// Nil if there is none.
  func read() throws(TrainingError) -> RunRecord?
  /// Throws where there is no room for backups of about so many bytes, beside rows of what grows with the epochs.
  func checkRoom(forBackupsOf bytes: Int, rows: Int) throws(TrainingError)
  /// What is written next is of a run that does not go on from what was read.
  func beginAnew()
  /// Memory for the arrays of the trainee of the record that is written next, where these are in no one's way until that is done.
  func places(for arrays: [(name: String, shape: [Int])]) -> SnapshotPlaces?
  /// Puts it in the place of the one before, whole or not at all.
  func writing(_ record: RunRecord) throws(TrainingError) -> FileWriter.Job
}

extension BackupStore {
  /// One that is no disk has room.
  package func checkRoom(forBackupsOf bytes: Int, rows: Int) {}
  package func beginAnew() {}
  package func places(for arrays: [(name: String, shape: [Int])]) -> SnapshotPlaces? { nil }
}
