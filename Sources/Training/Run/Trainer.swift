import Artifacts
import Lambdas
import Plans

/// The loop of `fit`, with Keras's order of hooks:
///
///     train_begin
///       epoch_begin
///         (train_batch_begin, one step of the optimizer, train_batch_end) for every batch
///         test_begin, (test_batch_begin, test_batch_end) …, test_end      where the epoch is validated
///       epoch_end                                                        then the backup
///     train_end
///
/// A stop that a callback asks for holds after the batch and after the epoch: the epoch that is cut short is still
/// validated and ended. A stop asked for before the first batch lets that batch be trained, as in Keras. The user's wish to stop
/// counts after a batch: of the training, and then the epoch stays where it is; of the validation, and then it stays before that.
final class Trainer {
  private let trainee: any Trainee
  private let settings: FitSettings
  private let callbacks: CallbackList
  private let backup: (any BackupStore)?
  private let interrupt: InterruptFlag
  private let clock: RunClock
  private let identity: RunRecord.Identity
  private let console: Console
  private let decisions: DecisionLog?

  private var position: Position
  private let order: BatchOrder
  private var progress: ProgressLogger
  private var lastLogs = Logs()
  /// A stop that was asked for counts when an epoch is done.
  private var isStopDue = false
  private var hasToldThatDataRanOut = false
  /// What the run was before a validation that was interrupted: it is gone on from there.
  private var beforeValidation: RunRecord?
  /// Whether it has gone on from a backup of another script, so that what it comes to is of neither alone.
  private(set) var isOfTwoScripts = false
  private let running: RunningLogs
  /// Whether the last backup could not be written.
  private var areBackupsFailing = false
  /// What the backups are told of once.
  private var journal = RunJournal()

  init(
    _ trainee: any Trainee, _ settings: FitSettings, callbacks: [any Callback], identity: RunRecord.Identity,
    model: HookModel? = nil, randomness: [HookRandomness] = [], handles: [CallbackHandle?] = [], backup: (any BackupStore)? = nil,
    interrupt: InterruptFlag = InterruptFlag(), clock: RunClock, decisions: DecisionLog? = nil,
    writer: FileWriter = FileWriter(), console: Console
  ) {
    self.decisions = decisions
    self.trainee = trainee
    self.settings = settings
    self.callbacks = CallbackList(
      callbacks, of: trainee, model: model, randomness: randomness, handles: handles, decisions: decisions, writer: writer,
      on: console)
    self.identity = identity
    self.backup = backup
    self.interrupt = interrupt
    self.clock = clock
    self.console = console
    position = Position(epoch: settings.initialEpoch)
    order = BatchOrder(
      count: settings.exampleCount, batchSize: settings.batchSize, shuffle: settings.shuffle, stream: settings.stream)
    progress = ProgressLogger(verbose: settings.verbose, epochs: settings.epochs, steps: settings.steps, on: console)
    running = trainee.runningLogs
  }

  /// Trains, or goes on from the backup, and says why it ended; all files stand by then. A failure calls no end hooks, as in Keras, but
  /// those that ask for the reason.
  func fit() throws(TrainingError) -> EndReason {
    try callbacks.files.finishing(on: console) { () throws(TrainingError) in
      do throws(TrainingError) { return try train() } catch {
        callbacks.trainFails(error, lastLogs)
        throw error
      }
    }
  }

  private func train() throws(TrainingError) -> EndReason {
    if let end = try begin() { return end }
    while position.epoch < settings.epochs, !isStopDue, !interrupt.isRaised {
      try trainEpoch()
    }
    let end = try end()
    try callbacks.files.finish()
    return end
  }

  /// The callbacks as the run has left them.
  var finalCallbacks: [any Callback] { callbacks.finalCallbacks }

  /// Gives the reason of the end if a complete backup leaves nothing to do.
  private func begin() throws(TrainingError) -> EndReason? {
    let run = RunReport(epochs: settings.epochs, steps: settings.steps, initialEpoch: settings.initialEpoch)
    if let record = try backup?.read(), let adaptation = try restoreModel(from: record) {
      return try resume(from: record, adaptation, run)
    }
    backup?.beginAnew()
    try checkRoom()
    try callbacks.trainBegins(run)
    // It stands before anything is trained, so that a run that goes on cuts back whatever callbacks have added.
    try writeBackup()
    try callbacks.files.wait(for: .backup)
    return nil
  }

  private func trainEpoch() throws(TrainingError) {
    if position.isInEpoch {
      progress.epochBegins(position.epoch)
    } else {
      try beginEpoch()
    }
    try trainBatches()
    if wasInterruptedInEpoch { return }
    // Read before the validation, which sets the sums back.
    let scores = (callbacks.scoresBeforeRollBack ?? trainee.logs).entries
    guard let validated = try validate() else { return }
    lastLogs = Logs(sorting: scores + validated)
    try callbacks.epochEnds(position.epoch, lastLogs)
    progress.end(callbacks.logs)
    position.epoch += 1
    position.isInEpoch = false
    // What is left of this pass belongs to the epoch that was cut short.
    if callbacks.isEpochCutShort, settings.stepsPerEpoch == nil { order.skipRest(&position) }
    position.batch = 0
    isStopDue = callbacks.stop != nil
    try backUpIfAsked()
  }

  private func beginEpoch() throws(TrainingError) {
    trainee.begin(.train)
    running.batchIsDone()
    order.beginEpoch(&position)
    try callbacks.epochBegins(position.epoch)
    progress.epochBegins(position.epoch)
    position.isInEpoch = true
  }

  private func trainBatches() throws(TrainingError) {
    while hasBatchToTrain {
      let (epoch, batch) = (position.epoch, position.batch)
      try callbacks.batchBegins(.train, epoch: epoch, batch: batch)
      try trainBatch()
      running.batchIsDone()
      try callbacks.batchEnds(.train, epoch: epoch, batch: batch, running)
      progress.batchIsDone(batch, running)
      try backUpIfAsked()
      try callbacks.files.throwFailure()
      if wasInterruptedInEpoch { return }
    }
    tellIfDataRanOut()
  }

  private var hasBatchToTrain: Bool {
    !callbacks.isEpochCutShort && position.batch < settings.stepsPerEpoch ?? .max && !order.isUsedUp(position)
      && (callbacks.stop == nil || position.batch == 0)
  }

  private func trainBatch() throws(TrainingError) {
    let rows = order.nextBatch(&position)
    if let following = order.following(position) { trainee.expect(following) }
    do throws(Failure) { try trainee.trainBatch(rows, inPass: position.pass) } catch {
      throw .network(error, epoch: position.epoch)
    }
    position.batch += 1
  }

  private var wasInterruptedInEpoch: Bool { interrupt.isRaised && canLeaveEpoch && position.isInEpoch }

  /// Where a callback has asked for a stop, or gone back, the epoch is ended in order.
  private var canLeaveEpoch: Bool { callbacks.stop == nil && !callbacks.isEpochCutShort }

  /// Nil where it was interrupted.
  private func validate() throws(TrainingError) -> [(name: String, value: Value)]? {
    guard let validation = settings.validation, validation.isDue(after: position.epoch) else { return [] }
    // What the epoch has made of the model is gone.
    if let scores = callbacks.scoresBeforeRollBack {
      return scores.entries.map { (name: "val_" + $0.name, value: $0.value.asNaN) }
    }
    // The sums of the epoch are set back by what follows, and hooks may change callbacks and weights.
    let before = backup == nil || !canLeaveEpoch ? nil : try record(asFinished: nil)
    let hadAverages = trainee.averagesAreIn
    guard
      let logs = try testPass(
        validation.data, of: trainee, callbacks, epoch: position.epoch, until: canLeaveEpoch ? interrupt : nil)
    else {
      if trainee.averagesAreIn != hadAverages { trainee.swapAverages() }
      // What its hooks have asked for they will ask for again.
      callbacks.stop = nil
      beforeValidation = before
      return nil
    }
    return logs.entries.map { (name: "val_" + $0.name, value: $0.value) }
  }

  private func end() throws(TrainingError) -> EndReason {
    let reason = callbacks.stop ?? (position.epoch < settings.epochs && interrupt.isRaised ? .interrupted : .completed)
    // Before the end hooks, which may put other weights into the model.
    if reason == .interrupted, backup != nil {
      try writeBackup(of: beforeValidation)
      // Again where that has taken time: whoever interrupts may not wait so long.
      let settled = callbacks.settle()
      if !settled.isEmpty {
        let states = try callbacks.saveStates()
        for index in settled { beforeValidation?.callbacks[index] = states[index] }
        try writeBackup(of: beforeValidation)
      }
    }
    trainee.finishTraining()
    try callbacks.trainEnds(EndReport(reason: reason, logs: lastLogs))
    // A training is over where everything that it has saved stands.
    try callbacks.files.finish()
    noteEnd(reason)
    if reason.isGood { try writeBackup(asFinished: reason, isVital: false) }
    return reason
  }

  private func tellIfDataRanOut() {
    guard let steps = settings.stepsPerEpoch, callbacks.stop == nil, !callbacks.isEpochCutShort, position.batch < steps,
      !hasToldThatDataRanOut
    else {
      return
    }
    hasToldThatDataRanOut = true
    console.print(
      "\nnote: the data ran out after \(position.batch) of \(steps) batches of epoch \(position.epoch + 1); "
        + "the next epoch begins it anew.\n")
  }
}

// MARK: Backups

extension Trainer {
  private func backUpIfAsked() throws(TrainingError) {
    // An epoch that is cut short is ended first: what is left of it is not known to a backup.
    guard callbacks.wantsBackup, !(position.isInEpoch && callbacks.isEpochCutShort) else { return }
    callbacks.backupIsDone()
    // What diverged is no good to go on from: the backup before it stays.
    if case .diverged = callbacks.stop { return }
    try writeBackup(isVital: false)
  }

  /// A training without decisions leaves no trace of them.
  private func noteEnd(_ reason: EndReason) {
    guard let decisions, !decisions.linesOfFit.isEmpty else { return }
    let epochs = "after epoch \(position.epoch)"
    decisions.add(Decision(.ended, "the training is over \(epochs)", because: reason.sentence), by: nil)
  }

  /// Of a moment before, or of now. The training goes on without a backup that is not vital: the one before it stays, and the next may be
  /// written.
  private func writeBackup(
    of earlier: RunRecord? = nil, asFinished end: EndReason? = nil, isVital: Bool = true
  ) throws(TrainingError) {
    guard let backup else { return }
    try callbacks.files.add(.backup) { () throws(TrainingError) in
      // No file may end before the length that the backup remembers of it, but where the backup has what would be missing. A vital one
      // does without, so that whoever looks at the files finds them whole.
      var record = if let earlier { earlier } else { try record(asFinished: end, in: backup) }
      record.journal = journal.take(upTo: record.journalEnd)
      let job = try backup.writing(record)
      let part =
        isVital
        ? FilesUnderWay.Part(job: job) { .file($0) }
        : .forgiven(job) { [weak self, place] in self?.backupIsSettled($0, at: place) }
      return callbacks.syncs(beside: isVital ? [] : record.tails) + [part]
    }
  }

  /// Tells of the first backup that cannot be written, and of the first that can again.
  private func backupIsSettled(_ fate: FilesUnderWay.Fate, at place: String) {
    guard case .failed(let failure) = fate else {
      if areBackupsFailing { console.print("note: backups are written again.\n") }
      areBackupsFailing = false
      return
    }
    if !areBackupsFailing {
      console.print("warning: \(failure); training goes on without this backup, and the one before it stays.\n")
      let decision = Decision(.saveFailed, "could not write the backup at \(place)", because: "\(failure)")
      decisions?.add(decision, by: BackupAndRestore.entry.name, epoch: position.epoch + 1)
    }
    areBackupsFailing = true
  }

  /// A disk without room for what the backups will grow to is told of before anything is trained.
  private func checkRoom() throws(TrainingError) {
    guard let backup else { return }
    let record = try record(asFinished: nil)
    let size: Int
    do throws(CallbackFailure) { size = try record.backupSize } catch {
      throw .backup(folder: backup.folder, reason: error.reason)
    }
    // The last scores with their names, and what ended the training. Of an epoch each score with its name, and a decision or two; of the end one.
    let scores = trainee.scoreNames.count * (settings.validation == nil ? 1 : 2)
    let rows = max(0, settings.epochs - position.epoch) * (scores * 60 + 400) + 1000
    try backup.checkRoom(forBackupsOf: size + callbacks.bytesToKeep + scores * 60 + 200, rows: rows)
  }

  /// Everything this run is now, in memory of the backup that it is written to next, if it is. What has grown since the last one is in the
  /// journal from here on.
  private func record(asFinished end: EndReason?, in backup: (any BackupStore)? = nil) throws(TrainingError) -> RunRecord {
    let state: RunRecord.Part
    do throws(Failure) {
      state = if let backup { try trainee.saveState(in: backup.places) } else { try trainee.saveState() }
    } catch { throw .network(error, epoch: position.epoch) }
    for (name, row) in try callbacks.takeRows() { journal.add(name, row.text) }
    for line in decisions?.takeLines() ?? [] { journal.add(RunJournal.decisions, line) }
    var record = RunRecord(
      identity: identity, position: position, end: end ?? callbacks.stop, isFinished: end != nil, runSeconds: clock.seconds,
      logs: lastLogs, trainee: state, callbacks: try callbacks.saveStates(), randomness: callbacks.randomStates,
      journalEnd: journal.end, decisions: decisions?.uncertainLines ?? [], turns: callbacks.notes.turns,
      keptWeights: callbacks.keptWeights, keptStates: callbacks.keptStates, tails: callbacks.tails)
    record.isOfTwoScripts = isOfTwoScripts
    return record
  }

  /// Gives how to go on from a backup; nil where this run cannot, and nothing is lost by that, since nothing had been trained.
  private func restoreModel(from record: RunRecord) throws(TrainingError) -> Adaptation? {
    do throws(TrainingError) {
      let adaptation = try Adaptation(of: record, to: identity, folder: folder)
      do throws(Failure) { try trainee.restore(record.trainee, withSums: adaptation.keepsSums) } catch {
        throw .backup(folder: folder, reason: error.message)
      }
      if adaptation.hasNewRate, !isComplete(record) { setNewRates() }
      return adaptation
    } catch {
      if record.isUntrained { return nil }
      throw error
    }
  }

  /// Those of the script as it is now: what it sets before the training, or else what it compiles with.
  private func setNewRates() {
    let rates = identity.start?.rates ?? [identity.rate].compactMap(\.self)
    for (optimizer, rate) in zip(trainee.rates.indices, rates) where trainee.rates[optimizer].isSettable {
      trainee.setLearningRate(rate, of: optimizer)
    }
  }

  private var folder: String { backup?.folder ?? "" }

  /// Whether the backup has come further than the script goes now.
  private func isBeyondEnd(_ record: RunRecord) -> Bool {
    record.position.epoch + (record.position.isInEpoch ? 1 : 0) > settings.epochs
  }

  private func tooFewEpochs(_ record: RunRecord) -> String {
    let reached = record.position.isInEpoch ? "is in epoch \(record.position.epoch + 1)" : "has \(record.position.epoch) epochs"
    return "warning: `epochs` is \(settings.epochs), and the backup \(reached) already, from which it goes on; "
      + "\(RunRecord.Identity.remedy).\n"
  }

  /// Whether nothing is left to train.
  private func isComplete(_ record: RunRecord) -> Bool {
    record.isFinished && (record.position.epoch >= settings.epochs || record.end != .completed)
  }

  /// Gives the reason of the end if the backup is of a run that is done.
  private func resume(
    from record: RunRecord, _ adaptation: Adaptation, _ run: RunReport
  ) throws(TrainingError) -> EndReason? {
    let isComplete = isComplete(record)
    position = record.position
    lastLogs = record.logs
    clock.continueFrom(record.runSeconds)
    let rows: [String: [JSON]]
    do throws(CallbackFailure) { rows = try RunJournal.read(record.journal) } catch {
      throw .backup(folder: folder, reason: error.reason)
    }
    decisions?.restore(rows: rows[RunJournal.decisions] ?? [], lines: record.decisions)
    // A training that is over has put its averages in place of its weights, which one that goes on would not have done.
    let goesBeyondAverages = record.isFinished && !isComplete && trainee.averagesWeights
    isOfTwoScripts = record.isOfTwoScripts || !adaptation.isEmpty || goesBeyondAverages || isBeyondEnd(record)
    // Of other examples none have been seen in this pass.
    if adaptation.hasOtherData, !position.isInEpoch { order.skipRest(&position) }
    if !isComplete { callbacks.stop = record.isFinished ? nil : record.end }
    var run = RunReport(epochs: run.epochs, steps: run.steps, initialEpoch: position.epoch)
    run.isOver = isComplete
    try putBack(record.tails)
    try callbacks.resume(from: record, rows, adaptation, run)
    noteResumption(from: record, isComplete: isComplete)
    if isComplete {
      console.print("The backup in `\(folder)` is complete: nothing is left to train.\n")
      if isBeyondEnd(record) { console.print(tooFewEpochs(record)) }
      if !adaptation.isEmpty {
        let remedy = "delete the folder to train anew"
        console.print("warning: what the script has changed since has no effect; \(remedy).\n\(adaptation.text)")
      }
      return record.end ?? .completed
    }
    try checkRoom()
    isStopDue = callbacks.stop != nil && !position.isInEpoch && !record.isUntrained
    console.print("Going on from the backup in `\(folder)`, at \(place).\n")
    if isBeyondEnd(record) { console.print(tooFewEpochs(record)) }
    if !adaptation.isEmpty {
      console.print("The script has changed since it was written:\n\(adaptation.text)")
      // What new callbacks have begun is known to it, before they add anything.
      try writeBackup()
      try callbacks.files.wait(for: .backup)
    }
    return nil
  }

  /// Gives files what a power cut has taken of them.
  private func putBack(_ tails: [FileTail]) throws(TrainingError) {
    for tail in tails {
      let wasTorn: Bool
      do throws(FileFailure) { wasTorn = try tail.putBack() } catch { throw .file(error) }
      if wasTorn { console.print("note: what a crash had taken from the end of `\(tail.path)` is put back.\n") }
    }
  }

  /// Where the training is: "batch 3 of epoch 5".
  private var place: String {
    if !position.isInEpoch, position.epoch >= settings.epochs { return "its end" }
    return (position.isInEpoch ? "batch \(position.batch + 1) of " : "") + "epoch \(position.epoch + 1)"
  }

  private func noteResumption(from record: RunRecord, isComplete: Bool) {
    let what = isComplete ? "nothing is left to train" : "the training goes on at \(place)"
    let done = record.isFinished ? "was over after epoch \(position.epoch)" : "had not ended"
    let reason = "the backup in `\(folder)` is of a training that \(done)"
    let isAtEnd = isComplete || position.epoch >= settings.epochs
    decisions?.add(
      Decision(.resumed, what, because: reason), by: BackupAndRestore.entry.name, epoch: isAtEnd ? nil : position.epoch + 1,
      batch: isAtEnd || !position.isInEpoch ? nil : position.batch + 1)
  }
}

extension RunRecord.Identity {
  static let remedy = "delete the folder to begin anew"

  /// Why a run of another identity cannot go on from this one; nil if it can.
  func mismatch(with other: Self) -> String? {
    if model != other.model || fit != other.fit || loopRounds != other.loopRounds {
      return "it belongs to another `fit`, of model `\(model)`; give each its own folder, or \(Self.remedy)"
    }
    if seed != other.seed {
      return "it was made with seed \(seed), and this run has \(other.seed); use that seed, or \(Self.remedy)"
    }
    return nil
  }
}
