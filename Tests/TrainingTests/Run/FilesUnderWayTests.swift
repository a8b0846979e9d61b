import Artifacts
import Glibc
import Plans
import Synchronization
import Testing

@testable import Training

@Suite struct FilesUnderWayTests {
  let folder = TemporaryFolder()

  /// A place where writing stops until the test lets it go on.
  private final class Barrier: Sendable {
    private let isOpen = Atomic(false)
    func open() { isOpen.store(true, ordering: .releasing) }
    func pass() { while !isOpen.load(ordering: .acquiring) { usleep(200) } }
  }

  /// What has happened, in order, on whatever thread.
  private final class Events: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ event: String) { list.withLock { $0.append(event) } }
    var all: [String] { list.withLock { $0 } }
  }

  /// A log whose system calls the test has made, given a row at every epoch.
  private struct Log: Callback {
    let name = "Log"
    let hooks: Set<Hook> = [.epochEnd]
    let file: AppendingFile
    /// Bytes that follow in each row.
    var padding = 0
    func onEpochEnd(_ report: EpochReport) throws(CallbackFailure) -> [Request] {
      let row = "row \(report.epoch)\(String(repeating: "0", count: padding))\n"
      do throws(FileFailure) { try file.append(row) } catch { throw CallbackFailure("it \(error)") }
      return []
    }
    func saveState() -> JSON { ["length": .integer(file.length)] }
    var growingFiles: [AppendingFile] { [file] }
  }

  /// Looks at something when an epoch ends.
  private struct Look: Callback {
    let name = "Look"
    let hooks: Set<Hook> = [.epochEnd]
    let look: (Int) -> Void
    func onEpochEnd(_ report: EpochReport) -> [Request] {
      look(report.epoch)
      return []
    }
  }

  private func checkpoint(isVerbose: Bool = false, keepLast: Int? = nil) throws -> ModelCheckpoint {
    ModelCheckpoint(try PathTemplate(checking: folder.path + "/m{epoch}.keras"), isVerbose: isVerbose, keepLast: keepLast)
  }

  private func message(_ body: () throws(TrainingError) -> Void) -> String? {
    do throws(TrainingError) { try body() } catch {
      return error.failure.message.replacing(folder.path + "/", with: "")
    }
    return nil
  }

  private let settings = FitSettings(epochs: 3, exampleCount: 8, batchSize: 2)

  /// Also where no backup waits for them.
  @Test func logsAreOnTheDiskWhenTheTrainingEnds() throws {
    let path = folder.path + "/log"
    let sizes = Mutex<[Int]>([])
    var fileSystem = FileSystem.real
    fileSystem.sync = { descriptor in
      sizes.withLock { $0.append(FileStatus(at: path)?.size ?? 0) }
      return FileSystem.real.sync(descriptor)
    }
    let log = Log(file: try AppendingFile(path, from: .empty, through: fileSystem))
    _ = try makeTrainer(FakeTrainee(), settings, [log]).fit()
    // The rows of three epochs, and the name of the file.
    #expect(sizes.withLock { $0 } == [18, 18])
  }

  @Test func trainingGoesOnUntilTheNextSaveIsDue() throws {
    let (barrier, events) = (Barrier(), Events())
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      if path.hasSuffix("m1.keras") { barrier.pass() }
      events.add("\(path.suffix(8)) stands")
    }
    trainee.afterBatch = {
      events.add("batch")
      // The last batch before the second save: that one has to wait, and with it the training.
      if trainee.steps == 8 {
        _ = startThread {
          usleep(50_000)
          barrier.open()
        }
      }
    }
    _ = try makeTrainer(trainee, settings, [try checkpoint()]).fit()
    let batches = { [String](repeating: "batch", count: $0) }
    let all = events.all
    #expect(Array(all.prefix(9)) == batches(8) + ["m1.keras stands"])
    #expect(all.filter { $0 != "batch" } == ["m1.keras stands", "m2.keras stands", "m3.keras stands"])
    #expect(all.count == 15)
  }

  /// What is deleted goes behind the save before it, which nobody waits for; no decision tells of it before that.
  @Test func trainingGoesOnWhileFilesAreToBeDeleted() throws {
    let (barrier, trainee, decisions) = (Barrier(), FakeTrainee(), DecisionLog(path: folder.path + "/d.decisions.jsonl"))
    let (first, told) = (folder.path + "/m1.keras", folder.path + "/d.decisions.jsonl")
    trainee.save = { path throws(FileFailure) in
      if path.hasSuffix("m2.keras") { barrier.pass() }
      try writeDurably(String(repeating: "x", count: 1000), to: path)
    }
    let seen = Mutex<[String]>([])
    trainee.afterBatch = {
      guard trainee.steps == 12 else { return }
      // The third epoch is trained by now, and the second one's file not written.
      let text = (try? self.folder.text("d.decisions.jsonl")) ?? ""
      seen.withLock { $0 = ["\(FileStatus(at: first) != nil)", "\(text.contains("deleted"))"] }
      barrier.open()
    }
    decisions.beginFit(of: "fake")
    _ = try makeTrainer(trainee, settings, [try checkpoint(keepLast: 1)], decisions: decisions).fit()
    #expect(seen.withLock { $0 } == ["true", "false"])
    #expect(FileStatus(at: first) == nil && FileStatus(at: folder.path + "/m2.keras") == nil)
    #expect(
      try DecisionLog.read(told).records.map { $0.decision.what.replacing(folder.path + "/", with: "") } == [
        "saved `m1.keras`", "saved `m2.keras`", "deleted `m1.keras`", "saved `m3.keras`", "deleted `m2.keras`",
        "1 checkpoint takes 1.0 kB", "the training is over after epoch 3",
      ])
  }

  @Test func aFileThatCannotBeDeletedIsTold() throws {
    let (trainee, decisions, screen) = (FakeTrainee(), DecisionLog(), Screen(isTerminal: false))
    let folder = folder
    trainee.save = { path throws(FileFailure) in
      // A folder in the place of a file stays.
      if path.hasSuffix("m1.keras") { mkdir(path, 0o777) } else { try writeDurably("x", to: path) }
    }
    decisions.beginFit(of: "fake")
    _ = try makeTrainer(
      trainee, settings, [try checkpoint(keepLast: 1)], console: screen.console, decisions: decisions
    ).fit()
    let what = decisions.records.map { $0.decision.what.replacing(folder.path + "/", with: "") }
    #expect(what.contains("could not delete `m1.keras`") && what.contains("deleted `m2.keras`"), "\(what)")
    #expect(screen.text.contains("warning: ModelCheckpoint cannot") && screen.text.contains("m1.keras"))
  }

  @Test func aSaveThatFailsIsToldWithItsEpoch() throws {
    let barrier = Barrier()
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      if path.hasSuffix("m2.keras") {
        barrier.pass()
        throw .cannotWrite(path: path, reason: "no space left on device")
      }
    }
    trainee.afterBatch = {
      if trainee.steps == 9 { barrier.open() }
      if trainee.steps > 8 { usleep(20_000) }
    }
    let backup = MemoryBackup()
    let decisions = DecisionLog()
    decisions.beginFit(of: "fake")
    let callbacks: [any Callback] = [try checkpoint(), BackupAndRestore("memory")]
    var settings = settings
    settings.epochs = 20
    let trainer = makeTrainer(trainee, settings, callbacks, backup: backup, decisions: decisions)
    #expect(
      message { () throws(TrainingError) in _ = try trainer.fit() }
        == "`ModelCheckpoint` cannot go on in epoch 2: cannot write `m2.keras`: no space left on device")
    #expect((9...12).contains(trainee.steps), "the third epoch had begun, and was not ended")
    #expect(backup.record?.position.epoch == 1, "a backup does not tell of a file that is not there")
    let told = decisions.records.map { "\($0.epoch ?? 0) \($0.decision.what): \($0.decision.why)" }
    #expect(
      told.map { $0.replacing(folder.path + "/", with: "") } == [
        "1 saved `m1.keras`: every epoch is saved", "2 could not save `m2.keras`: no space left on device",
      ],
      "nothing is told to be saved that is not")
  }

  /// What stands behind a save that fails is not written, and not told to be.
  @Test func aSaveThatIsGivenUpIsToldAsNotSaved() throws {
    let barrier = Barrier()
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      barrier.pass()
      throw .cannotWrite(path: path, reason: "no space left on device")
    }
    trainee.afterBatch = { if trainee.steps == 5 { barrier.open() } }
    let decisions = DecisionLog()
    decisions.beginFit(of: "fake")
    let callbacks: [any Callback] = [
      try checkpoint(), ModelCheckpoint(try PathTemplate(checking: folder.path + "/n{epoch}.keras")),
    ]
    let trainer = makeTrainer(trainee, settings, callbacks, decisions: decisions)
    #expect(message { () throws(TrainingError) in _ = try trainer.fit() } != nil)
    #expect(
      decisions.records.map { "\($0.decision.what): \($0.decision.why)".replacing(folder.path + "/", with: "") } == [
        "could not save `m1.keras`: no space left on device",
        "could not save `n1.keras`: cannot write `m1.keras`: no space left on device",
      ])
  }

  /// Of the saves at batches the one that fails is told of, and how many stood before.
  @Test func aSaveAtABatchThatFailsIsTold() throws {
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      if path.hasSuffix("m3.keras") { throw .cannotWrite(path: path, reason: "input/output error") }
    }
    let decisions = DecisionLog()
    decisions.beginFit(of: "fake")
    let checkpoint = ModelCheckpoint(try PathTemplate(checking: folder.path + "/m{batch}.keras"), frequency: .batches(1))
    let failure = message { () throws(TrainingError) in
      _ = try makeTrainer(trainee, settings, [checkpoint], decisions: decisions).fit()
    }
    #expect(failure == "`ModelCheckpoint` cannot go on in epoch 1: cannot write `m3.keras`: input/output error")
    let told = try #require(decisions.records.first)
    #expect(told.decision.kind == .saveFailed && told.epoch == 1 && decisions.records.count == 1)
    #expect(
      told.decision.what.replacing(folder.path + "/", with: "")
        == "could not save `m3.keras`, the last of 3 times from batch 1 to 3")
  }

  /// A save may fail at any moment of a look at the writer, and is told in the words of who asked for it.
  @Test func aFailureBetweenTwoLooksKeepsItsName() throws {
    for round in 1...2000 {
      let files = FilesUnderWay(FileWriter())
      let isSeen = Atomic(false)
      let part = FilesUnderWay.Part(job: { () throws(FileFailure) in
        while !isSeen.load(ordering: .relaxed) {}
        throw .cannotWrite(path: "m.keras", reason: "input/output error")
      }) { .callback(name: "ModelCheckpoint", epoch: 1, CallbackFailure("\($0)")) }
      try files.add(.callback(0)) { [part] }
      var told: String?
      while told == nil {
        told = message { () throws(TrainingError) in try files.throwFailure() }
        isSeen.store(true, ordering: .relaxed)
      }
      guard told == "`ModelCheckpoint` cannot go on in epoch 2: cannot write `m.keras`: input/output error" else {
        Issue.record("in round \(round) it was told as: \(told ?? "")")
        return
      }
    }
  }

  @Test func theLastSaveIsWaitedFor() throws {
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      if path.hasSuffix("m3.keras") {
        usleep(20_000)
        throw .cannotWrite(path: path, reason: "input/output error")
      }
    }
    let trainer = makeTrainer(trainee, settings, [try checkpoint()])
    #expect(
      message { () throws(TrainingError) in _ = try trainer.fit() }
        == "`ModelCheckpoint` cannot go on in epoch 3: cannot write `m3.keras`: input/output error")

    let backup = MemoryBackup()
    backup.delay = 20_000
    let end = try makeTrainer(FakeTrainee(), settings, [BackupAndRestore("memory")], backup: backup).fit()
    #expect(end == .completed)
    #expect(backup.record?.isFinished == true)
  }

  /// Without its first backup a training does not begin: what callbacks write could not be cut back.
  @Test func aFirstBackupThatFailsIsAFailure() throws {
    let backup = MemoryBackup()
    backup.failure = .cannotWrite(path: "backup/00000001.backup", reason: "disk quota exceeded")
    let trainee = FakeTrainee()
    let trainer = makeTrainer(trainee, settings, [BackupAndRestore("memory")], backup: backup)
    #expect(
      message { () throws(TrainingError) in _ = try trainer.fit() }
        == "cannot write `backup/00000001.backup`: disk quota exceeded")
    #expect(trainee.steps == 0)
  }

  /// A later one costs no training: it is told once, and the one before it stays until the next is written.
  @Test(arguments: [
    (attempts: 2...2, kept: [0, 1, 3, 3], isToldToWork: true), (2...3, [0, 1, 3], true), (2...4, [0, 1], false),
    (4...4, [0, 1, 2, 3], false),
  ])
  func aBackupThatFailsEndsNoTraining(_ attempts: ClosedRange<Int>, _ kept: [Int], _ isToldToWork: Bool) throws {
    // The first is written before the training, one after each epoch, and one at the end.
    let backup = MemoryBackup()
    backup.failsAt = attempts
    let decisions = DecisionLog()
    decisions.beginFit(of: "fake")
    let screen = Screen(isTerminal: false)
    let trainer = makeTrainer(
      FakeTrainee(), settings, [BackupAndRestore("memory")], backup: backup, console: screen.console, decisions: decisions)
    #expect(try trainer.fit() == .completed)
    #expect(backup.epochs == kept)
    #expect(
      screen.text
        == "warning: cannot write `memory`: no space left on device; training goes on without this backup, and the one before it "
        + "stays.\n" + (isToldToWork ? "note: backups are written again.\n" : ""))
    let told = decisions.records.filter { $0.decision.kind == .saveFailed }
    #expect(told.map(\.callback) == ["BackupAndRestore"])
  }

  /// Whoever interrupts counts on it.
  @Test func theBackupOfAnInterruptionThatFailsIsAFailure() throws {
    let backup = MemoryBackup()
    backup.failsAt = 1...9
    let interrupt = InterruptFlag()
    let trainee = FakeTrainee()
    trainee.afterBatch = { if trainee.steps == 2 { interrupt.raise() } }
    let trainer = makeTrainer(trainee, settings, [BackupAndRestore("memory")], backup: backup, interrupt: interrupt)
    #expect(message { () throws(TrainingError) in _ = try trainer.fit() } == "cannot write `memory`: no space left on device")
    #expect(backup.epochs == [0])
  }

  /// The rows of a log are synced when they are many, when the training is interrupted, and at its end; until then a backup has them.
  @Test(arguments: [false, true], [0, AppendingFile.tailLimit / 2])
  func aBackupHasTheRowsOfALogThatAreNotOnTheDisk(isInterrupted: Bool, padding: Int) throws {
    let path = folder.path + "/log"
    let synced = Mutex(0)
    var recording = FileSystem.real
    recording.sync = { descriptor in
      synced.withLock { $0 = FileStatus(at: path)?.size ?? 0 }
      return FileSystem.real.sync(descriptor)
    }
    let backup = MemoryBackup()
    let starts = Mutex<[Int]>([])
    backup.didWrite = { record in
      let length = record.callbacks[0]["length"]?.integerValue ?? 0
      let sure = synced.withLock { $0 }
      if let tail = record.tails.first {
        starts.withLock { $0.append(tail.start) }
        #expect(tail.start <= sure && tail.start + tail.bytes.count == length)
      } else {
        #expect(sure >= length)
      }
    }
    let log = Log(file: try AppendingFile(path, from: .empty, through: recording), padding: padding)
    var settings = settings
    settings.epochs = 6
    let interrupt = InterruptFlag()
    let trainee = FakeTrainee()
    if isInterrupted { trainee.afterBatch = { if trainee.steps == 18 { interrupt.raise() } } }
    let trainer = makeTrainer(trainee, settings, [log, BackupAndRestore("memory")], backup: backup, interrupt: interrupt)
    _ = try trainer.fit()
    #expect(synced.withLock { $0 } == log.file.length)
    #expect(log.file.length == (isInterrupted ? 4 : 6) * (padding + 6))
    // Where they are many they are synced at times; where they are few, only before the first backup.
    #expect((starts.withLock { Set($0.prefix(3)).count } == 1) == (padding == 0))
  }

  /// A power cut takes what is not on the disk of a log, and the backup puts it back, which is told.
  @Test(arguments: [0, 1, 11, 12, 13, 20, nil])
  func whatACrashHasTakenOfALogIsPutBack(left: Int?) throws {
    let path = folder.path + "/log.csv"
    let screen = Screen(isTerminal: false)
    func train(failingAtStep step: Int? = nil, _ backup: MemoryBackup) throws -> String {
      let trainee = FakeTrainee()
      trainee.failsAtStep = step
      let callbacks: [any Callback] = [CSVLogger(path, columns: ["loss"]), BackupAndRestore("memory")]
      let trainer = makeTrainer(trainee, settings, callbacks, backup: backup, console: screen.console)
      #expect((message { () throws(TrainingError) in _ = try trainer.fit() } == nil) == (step == nil))
      return try folder.text("log.csv")
    }
    let whole = try train(MemoryBackup())
    let backup = MemoryBackup()
    let begun = try train(failingAtStep: 9, backup)
    #expect(whole.hasPrefix(begun) && begun.split(separator: "\r\n").count == 3)
    if let left { try writeDurably(String(decoding: begun.utf8.prefix(left), as: UTF8.self), to: path) }
    #expect(try train(backup) == whole)
    #expect(screen.text.contains("note: what a crash had taken from the end of `\(path)` is put back.\n") == (left != nil))
  }

  @Test func aLogThatCannotBeSyncedNamesItsCallback() throws {
    var failing = FileSystem.real
    failing.sync = { _ in -Int(EIO) }
    let log = Log(file: try AppendingFile(folder.path + "/log", from: .empty, through: failing))
    let backup = MemoryBackup()
    let trainer = makeTrainer(FakeTrainee(), settings, [log, BackupAndRestore("memory")], backup: backup)
    #expect(
      message { () throws(TrainingError) in _ = try trainer.fit() }
        == "`Log` cannot go on: it cannot write `log`: input/output error")
    #expect(backup.record == nil)
  }

  /// The first failure counts; a file that could not be written meanwhile is told beside it.
  @Test func aFailureDuringAFailureIsNotLost() throws {
    let barrier = Barrier()
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      barrier.pass()
      throw .cannotWrite(path: path, reason: "input/output error")
    }
    trainee.afterBatch = {
      guard trainee.steps == 5 else { return }
      trainee.failsAtStep = 6
      _ = startThread {
        usleep(50_000)
        barrier.open()
      }
    }
    let screen = Screen(isTerminal: false)
    let trainer = makeTrainer(trainee, settings, [try checkpoint()], console: screen.console)
    #expect(
      message { () throws(TrainingError) in _ = try trainer.fit() }
        == "the training fails in epoch 2: the label 12 of row 7 is none of the 10 classes")
    #expect(
      screen.text.replacing(folder.path + "/", with: "")
        == "warning: `ModelCheckpoint` cannot go on in epoch 1: cannot write `m1.keras`: input/output error\n")
  }

  /// The writer is the script's: what a pass has left under way must not trouble the next one.
  @Test func aFailureOfAnEvaluationIsItsOwn() throws {
    struct Saving: Callback {
      let name = "Saving"
      let hooks: Set<Hook> = [.testBegin, .testEnd]
      let failsAtEnd: Bool
      func onTestBegin() -> [Request] {
        [.save(SaveRequest(path: "m.keras", weightsOnly: false, announcement: "", confirmation: ""))]
      }
      func onTestEnd(_ logs: Logs) throws(CallbackFailure) -> [Request] {
        if failsAtEnd { throw CallbackFailure("it is broken") }
        return []
      }
    }
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      usleep(20_000)
      throw .cannotWrite(path: path, reason: "input/output error")
    }
    let writer = FileWriter()
    let screen = Screen(isTerminal: false)
    let data = TestData(exampleCount: 4, batchSize: 4)
    func evaluate(_ callbacks: [any Callback]) -> String? {
      let evaluation = Evaluation(of: trainee, on: data, callbacks: callbacks, writer: writer, console: screen.console)
      return message { () throws(TrainingError) in _ = try evaluation.evaluate() }
    }
    #expect(evaluate([Saving(failsAtEnd: true)]) == "`Saving` cannot go on: it is broken")
    #expect(screen.text == "warning: `Saving` cannot go on: cannot write `m.keras`: input/output error\n")
    #expect(evaluate([]) == nil)
    #expect(evaluate([Saving(failsAtEnd: false)]) == "`Saving` cannot go on: cannot write `m.keras`: input/output error")
    #expect(evaluate([]) == nil)
  }

  @Test func whatIsToldIsTrue() throws {
    let path = folder.path
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      usleep(20_000)
      try writeDurably("model", to: path)
    }
    var seen: [Bool] = []
    let look = Look { epoch in seen.append(FileStatus(at: "\(path)/m\(epoch + 1).keras") != nil) }
    _ = try makeTrainer(trainee, settings, [try checkpoint(isVerbose: true), look]).fit()
    #expect(seen == [true, true, true])
  }

  @Test func anOlderFileGoesWhenTheNewerOneStands() throws {
    let path = folder.path
    let trainee = FakeTrainee()
    trainee.save = { path throws(FileFailure) in
      usleep(20_000)
      try writeDurably("model", to: path)
    }
    var seen: [[Bool]] = []
    let look = Look { epoch in seen.append((1...3).map { FileStatus(at: "\(path)/m\($0).keras") != nil }) }
    _ = try makeTrainer(trainee, settings, [try checkpoint(keepLast: 1), look]).fit()
    // At no moment is there none, and at the end there is the last.
    #expect(seen.dropFirst().allSatisfy { $0.contains(true) }, "\(seen)")
    #expect((1...3).map { FileStatus(at: "\(path)/m\($0).keras") != nil } == [false, false, true])
  }
}
