import Arrays
import Artifacts
import Glibc
import Lambdas
import Plans
import Synchronization
import Testing

@testable import Training

/// A backup in memory, which comes back as it would from a file.
final class MemoryBackup: BackupStore, @unchecked Sendable {
  // Sendable by discipline: what a test sets it sets before the training; the records are under a lock.
  let folder = "memory"
  /// What every write fails with.
  var failure: FileFailure?
  /// The writes that find the disk full, counted from 0.
  var failsAt: ClosedRange<Int>?
  /// Writes as version 1 did: History is a state, and all decisions stand in each backup.
  var isOfVersion1 = false
  /// Bytes that a backup may have.
  var room = Int.max
  /// What the last run has asked room for.
  private(set) var forecast = 0
  private(set) var forecastRows = 0
  /// Microseconds that every write takes.
  var delay: UInt32 = 0
  var didWrite: @Sendable (RunRecord) -> Void = { _ in }
  private let records = Mutex<[RunRecord]>([])
  private let attempts = Mutex(0)
  /// What each write has added to it.
  private let journal = Mutex<[[UInt8]]>([])
  /// What those have to add that could not be written.
  private let unwritten = Mutex<[UInt8]>([])

  /// At which epoch each of those stands that were written.
  var epochs: [Int] { records.withLock { $0 }.map(\.position.epoch) }
  var record: RunRecord? { records.withLock { $0.last } }
  var addedRows: [[UInt8]] { journal.withLock { $0 } }
  var sizes: [Int] { get throws { try records.withLock { $0 }.map { try $0.backupSize } } }
  var writes: Int { records.withLock { $0.count } }

  /// The last one was not yet on the disk when the power went.
  func loseLast() {
    records.withLock { if $0.count > 1 { $0.removeLast() } }
    journal.withLock { if $0.count > 1 { $0.removeLast() } }
  }

  func read() throws(TrainingError) -> RunRecord? {
    guard let record else { return nil }
    let rows = journal.withLock { Array($0.joined()) }
    unwritten.withLock { $0 = [] }
    do throws(CallbackFailure) {
      if isOfVersion1 { return try asOfVersion1(record, rows) }
      return try RunRecord(sections: record.sections(of: record.json) + [BackupSection("journal", bytes: rows)])
    } catch {
      throw .backup(folder: folder, reason: error.reason)
    }
  }

  /// Keeps it as version 1 did from here on, and gives it so.
  private func asOfVersion1(_ record: RunRecord, _ rows: [UInt8]) throws(CallbackFailure) -> RunRecord {
    var record = record
    let rows = try RunJournal.read(rows)
    if let history = rows["History"] {
      let whole = History()
      var reader = whole
      try reader.restore(rows: history)
      var writer = History(whole.object)
      record.callbacks[record.callbacks.count - 1] = try writer.takeRow() ?? [:]
    }
    record.decisions = (rows["decision"] ?? []).map(\.text) + record.decisions
    records.withLock { [record] in $0 = [record] }
    beginAnew()
    return try RunRecord(sections: record.sections(of: record.json))
  }

  func beginAnew() { journal.withLock { $0 = [] } }

  func checkRoom(forBackupsOf bytes: Int, rows: Int) throws(TrainingError) {
    (forecast, forecastRows) = (bytes, rows)
    if bytes > room { throw .file(.cannotWrite(path: folder, reason: "no space left")) }
  }

  func writing(_ record: RunRecord) -> FileWriter.Job {
    { [self] () throws(FileFailure) in
      if let failure { throw failure }
      unwritten.withLock { $0 += record.journal }
      let attempt = attempts.withLock { count in
        defer { count += 1 }
        return count
      }
      if let failsAt, failsAt.contains(attempt) { throw .cannotWrite(path: folder, reason: "no space left on device") }
      usleep(delay)
      records.withLock { $0.append(record) }
      journal.withLock { [rows = unwritten.withLock { $0 }] in $0.append(rows) }
      unwritten.withLock { $0 = [] }
      didWrite(record)
    }
  }
}

/// Fails at one hook, to cut a run short there.
struct PowerCut: Callback {
  let name = "PowerCut"
  let hooks: Set<Hook> = [.trainBatchEnd, .testBatchEnd, .epochBegin, .epochEnd]
  /// Counts every hook of this process; fails at `at`.
  final class Counter {
    var count = 0
    var at: Int?
    func step() throws(CallbackFailure) {
      count += 1
      if count == at { throw CallbackFailure("the power is cut") }
    }
  }
  let counter: Counter
  func onBatchEnd(_ batch: BatchReport) throws(CallbackFailure) -> [Request] { try counter.step(); return [] }
  func onEpochBegin(_ epoch: EpochReport) throws(CallbackFailure) -> [Request] { try counter.step(); return [] }
  func onEpochEnd(_ epoch: EpochReport) throws(CallbackFailure) -> [Request] { try counter.step(); return [] }
}

@Suite struct ResumeTests {
  /// Everything that a run leaves behind.
  struct Outcome: Equatable {
    var weight: Float
    var rate: Double
    var steps: Int
    var history: [String: [String]]
    var epochs: [Int]
    var csv: String
    var reason: EndReason
    var lastSave: String?
    var decisions: String
    /// What TensorBoard would show of each run.
    var events: [[LoggedEvent]]
  }

  /// Runs a fit until it ends, starting it again after each cut; the n-th process is cut at its `cuts[n]`-th hook.
  ///
  /// A run that `losesSaves` is cut before its last backup is on the disk, while all else is there.
  private func outcome(
    cuts: [Int], frequency: SaveFrequency = .epochs(1), interruptAtStep: Int? = nil, interruptAtTestBatch: Int? = nil,
    steps: Int? = nil, losesSaves: Bool = false, isOfVersion1: Bool = false
  ) throws -> Outcome {
    let folder = TemporaryFolder()
    let backup = MemoryBackup()
    backup.isOfVersion1 = isOfVersion1
    var cuts = cuts[...]
    var (interruptAtStep, interruptAtTestBatch) = (interruptAtStep, interruptAtTestBatch)
    var saves: [String] = []
    while true {
      // Without a backup it is another run, whose events would stand beside those of the one before.
      if backup.record == nil { removeTree(folder.path + "/logs") }
      let trainee = FakeTrainee()
      let history = HistoryObject()
      let counter = PowerCut.Counter()
      counter.at = cuts.popFirst()
      let flag = InterruptFlag()
      if let step = interruptAtStep { trainee.afterBatch = { if trainee.steps == step { flag.raise() } } }
      if let batch = interruptAtTestBatch { trainee.afterTestBatch = { if $0 == batch { flag.raise() } } }
      (interruptAtStep, interruptAtTestBatch) = (nil, nil)
      let (noise, randomness) = noisyHooks(trainee)
      let outline = FitOutline(batchNames: ["loss", "accuracy"], hasValidation: true).adding(["learning_rate", "noise"])
      let callbacks: [any Callback] = [
        LearningRateScheduler { epoch, rate in .float(epoch % 2 == 1 ? rate * 0.9 : rate) },
        EarlyStopping(Monitor("val_loss", .down), patience: 3, restoresBestWeights: true),
        ModelCheckpoint(
          try PathTemplate(checking: folder.path + "/best.keras"), monitor: Monitor("loss", .up), frequency: .batches(1)),
        CSVLogger(folder.path + "/log.csv", columns: outline.epochNames),
        try TensorBoard(
          bound(TensorBoard.entry, ["log_dir": .string(folder.path + "/logs"), "update_freq": .integer(2)]), of: trainee
        ) { 0 },
        noise, BackupAndRestore("memory", frequency: frequency), PowerCut(counter: counter), History(history),
      ]
      let settings = FitSettings(
        epochs: 8, exampleCount: 10, batchSize: 3, stepsPerEpoch: steps, shuffle: .all,
        validation: .init(frequency: .every(1), data: TestData(exampleCount: 6, batchSize: 4)),
        stream: RandomStream(seed: 7, "model"))
      defer { saves += trainee.savedPaths }
      let decisions = DecisionLog(path: folder.path + "/run.decisions.jsonl")
      decisions.beginFit(of: "fake")
      do {
        let reason = try makeTrainer(
          trainee, settings, callbacks, backup: backup, interrupt: flag, randomness: [randomness],
          decisions: decisions
        ).fit()
        if reason == .interrupted { continue }
        return Outcome(
          weight: trainee.weight, rate: trainee.learningRate, steps: trainee.steps,
          history: history.series.mapValues { $0.map(\.briefDescription) }, epochs: history.epochs,
          csv: try folder.text("log.csv"),
          reason: reason, lastSave: (saves + trainee.savedPaths).last?.suffix(10).description,
          decisions: try decisionLines(folder).joined(separator: "\n").replacing(folder.path, with: ""),
          events: try ["train", "validation"].map { try LoggedEvent.all(inFolder: "\(folder.path)/logs/\($0)") })
      } catch TrainingError.callback(name: "PowerCut", _, _) {
        if losesSaves { backup.loseLast() }
        continue
      }
    }
  }

  /// Hooks that draw at every batch and epoch, from their own stream, from a generator outside and from some in their state, of which the
  /// script holds one and a hook makes another, and log it.
  private func noisyHooks(_ trainee: FakeTrainee) -> (ScriptHooks, HookRandomness) {
    let outside = GeneratorObject(RandomSequence(RandomStream(seed: 3, "outside")))
    @Sendable func drawn(_ sequence: inout RandomSequence) throws(Failure) -> Double {
      do throws(ArrayError) { return try sequence.normal(mean: 0, deviation: 1, shape: []).doubles[0] } catch {
        throw Failure("\(error)")
      }
    }
    let scripts = GeneratorObject(RandomSequence(RandomStream(seed: 4, "own")))
    let plan = scriptCallback(
      "Noise", state: [("sum", .float(0)), ("own", .object(scripts)), ("made", .list([.object(scripts)]))], addedLogs: ["noise"],
      [
        .trainBatchEnd: { call, state throws(Failure) in
          guard case .object(let own as GeneratorObject) = state[1], case .list(let list) = state[2],
            case .object(let made as GeneratorObject)? = list.last
          else { throw Failure("the generators are kept") }
          var sum = try (state[0].asDouble ?? 0) + drawn(&call.random) + drawn(&outside.sequence)
          sum += try drawn(&own.sequence) + 2 * drawn(&made.sequence) + 4 * drawn(&scripts.sequence)
          state[0] = .float(sum)
        },
        .epochBegin: { call, state throws(Failure) in
          if call.index != 1 { return }
          let made = Value.object(GeneratorObject(RandomSequence(RandomStream(seed: 5, "made"))))
          (state[1], state[2]) = (made, .list([.none, made]))
        },
        .epochEnd: { call, state throws(Failure) in
          // A seed that a hook sets is part of what is kept.
          if call.index == 2 { call.random = RandomSequence(RandomStream(seed: 99)) }
          call.logs.set(.float(try (state[0].asDouble ?? 0) + drawn(&call.random)), for: .string("noise"))
        },
      ])
    let randomness = HookRandomness(RandomStream(seed: 7, "hooks"), generators: [outside])
    let screen = Screen(isTerminal: false)
    let hooks = ScriptHooks(
      plan, model: HookModel(trainee), params: .none, console: screen.console, clock: RunClock(now: { 0 }),
      randomness: randomness)
    return (hooks, randomness)
  }

  @Test func hooksDrawWhatTheirStreamSays() throws {
    let noise = try #require(try outcome(cuts: []).history["noise"])
    #expect(Set(noise).count == noise.count && noise.count > 3)
  }

  @Test(arguments: [nil, 3]) func aRunCutAnywhereEndsAsIfItWasNot(_ steps: Int?) throws {
    let expected = try outcome(cuts: [], steps: steps)
    #expect(expected.epochs.count > 3)
    for cut in 1...60 {
      #expect(try outcome(cuts: [cut], steps: steps) == expected, "cut at hook \(cut)")
    }
    #expect(try outcome(cuts: [20, 3, 9, 1, 1, 14], steps: steps) == expected)
  }

  @Test func aRunWithBackupsInsideEpochsToo() throws {
    let expected = try outcome(cuts: [])
    for interval in [1, 2, 3, 5] {
      for cut in stride(from: 2, to: 45, by: 3) {
        let found = try outcome(cuts: [cut, 4, 7], frequency: .batches(interval))
        #expect(found == expected, "cut at hook \(cut), backups every \(interval) batches")
      }
    }
  }

  @Test func aBackupOfVersion1IsGoneOnFrom() throws {
    let expected = try outcome(cuts: [])
    for cut in stride(from: 2, to: 45, by: 3) {
      #expect(try outcome(cuts: [cut, 5, 1, 12], isOfVersion1: true) == expected, "cut at hook \(cut)")
    }
  }

  /// What grows with the epochs is encoded once: the thousandth backup has no more to say than the tenth.
  @Test func aBackupIsToldOfItsOwnEpochAlone() throws {
    let backup = MemoryBackup()
    let (epochs, log, history) = (2000, DecisionLog(), HistoryObject())
    log.beginFit(of: "fake")
    let callbacks: [any Callback] = [
      ReduceLROnPlateau(Monitor("loss", .down)), EarlyStopping(Monitor("loss", .down), patience: epochs),
      BackupAndRestore("memory"), History(history),
    ]
    func fit(epochs: Int) throws {
      let settings = FitSettings(epochs: epochs, exampleCount: 4, batchSize: 4)
      _ = try makeTrainer(FakeTrainee(), settings, callbacks, backup: backup, decisions: log).fit()
    }
    try fit(epochs: epochs)
    let rows = backup.addedRows.map(\.count)
    #expect(rows.count == epochs + 2 && log.records.count >= 2 * epochs && history.epochs.count == epochs)
    let tenth = rows[10]
    #expect(tenth > 100 && rows.allSatisfy { $0 < 2 * tenth }, "\(rows.max() ?? 0) and \(tenth)")
    let sizes = try backup.sizes
    #expect(try sizes[10...].allSatisfy { $0 < (try #require(sizes.first)) + 1000 })
    // A run that goes on is told of nothing twice.
    try fit(epochs: epochs + 1)
    #expect(backup.addedRows[(epochs + 2)...].allSatisfy { $0.count < 2 * tenth })
    #expect(history.epochs == Array(0...epochs))
  }

  @Test func aRunWhoseLastBackupWasUnderWay() throws {
    let expected = try outcome(cuts: [])
    for frequency in [SaveFrequency.epochs(1), .batches(2)] {
      for cut in stride(from: 1, to: 45, by: 2) {
        let found = try outcome(cuts: [cut, cut / 2 + 1], frequency: frequency, losesSaves: true)
        #expect(found == expected, "cut at hook \(cut)")
      }
    }
  }

  /// Logs that are gone on with have each row once, and TensorBoard one file, also where no save was due before the cut.
  @Test func aRunThatIsCutBeforeItsFirstSaveLeavesNothingTwice() throws {
    func rows(cut: Int?) throws -> (csv: String, eventFiles: [Int]) {
      let folder = TemporaryFolder()
      try writeDurably("epoch,accuracy,loss\r\n7,0,0\r\n", to: folder.path + "/log.csv")
      let backup = MemoryBackup()
      var cut = cut
      while true {
        let trainee = FakeTrainee()
        let counter = PowerCut.Counter()
        (counter.at, cut) = (cut, nil)
        let callbacks: [any Callback] = [
          CSVLogger(folder.path + "/log.csv", appends: true, columns: ["accuracy", "loss"]),
          try TensorBoard(bound(TensorBoard.entry, ["log_dir": .string(folder.path + "/logs")]), of: trainee) { 0 },
          BackupAndRestore("memory", frequency: .epochs(100)), PowerCut(counter: counter),
        ]
        do {
          _ = try makeTrainer(trainee, FitSettings(epochs: 4, exampleCount: 4, batchSize: 2), callbacks, backup: backup).fit()
          let files = ["train", "validation"].map { namesInFolder("\(folder.path)/logs/\($0)")?.count ?? 0 }
          return (try folder.text("log.csv"), files)
        } catch TrainingError.callback(name: "PowerCut", _, _) {
          continue
        }
      }
    }
    let expected = try rows(cut: nil)
    #expect(expected.csv.split(separator: "\r\n").count == 6 && expected.eventFiles == [1, 0])
    for cut in 1...16 { #expect(try rows(cut: cut) == expected, "cut at hook \(cut)") }
  }

  /// Keras trains the first batch whatever its hooks at the beginning ask for; a backup of the beginning must not change that.
  @Test func aStopAtTheBeginningLetsTheFirstBatchBeTrainedAfterACutToo() throws {
    for cut in [nil, 1] {
      let backup = MemoryBackup()
      let counter = PowerCut.Counter()
      counter.at = cut
      var trainee = FakeTrainee()
      let stopping = Recorder(lines: Recorder.Lines(), stopsAt: ["on_train_begin"])
      let settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 2)
      func fit() throws {
        let callbacks: [any Callback] = [stopping, BackupAndRestore("memory"), PowerCut(counter: counter)]
        _ = try makeTrainer(trainee, settings, callbacks, backup: backup).fit()
      }
      if cut != nil {
        #expect(throws: TrainingError.self) { try fit() }
        trainee = FakeTrainee()
      }
      try fit()
      #expect(trainee.steps == 1)
    }
  }

  /// A script is often mended after its first batch has failed: that costs no one anything.
  @Test func anotherFitsBackupOfItsBeginningIsNoHindrance() throws {
    let backup = MemoryBackup()
    let settings = FitSettings(epochs: 2, exampleCount: 4, batchSize: 2)
    let failing = FakeTrainee()
    failing.failsAtStep = 0
    #expect(throws: TrainingError.self) {
      _ = try makeTrainer(failing, settings, [BackupAndRestore("memory")], backup: backup).fit()
    }
    #expect(backup.record?.isUntrained == true)
    let trainee = FakeTrainee()
    let screen = Screen(isTerminal: false)
    _ = try makeTrainer(trainee, settings, [BackupAndRestore("memory")], backup: backup, console: screen.console, seed: 8).fit()
    #expect(trainee.steps == 4 && screen.text.isEmpty)
  }

  @Test(arguments: [1, 4, 6, 8, 13]) func anInterruptedRunGoesOn(_ step: Int) throws {
    #expect(try outcome(cuts: [], interruptAtStep: step) == (try outcome(cuts: [])))
  }

  /// The epoch that was trained is kept, and validated again from the beginning.
  @Test(arguments: 1...6) func aRunThatIsInterruptedInAValidationGoesOn(_ batch: Int) throws {
    #expect(try outcome(cuts: [], interruptAtTestBatch: batch) == (try outcome(cuts: [])))
    let backup = MemoryBackup()
    let (trainee, flag) = (FakeTrainee(), InterruptFlag())
    trainee.afterTestBatch = { if $0 == batch { flag.raise() } }
    let settings = FitSettings(
      epochs: 4, exampleCount: 10, batchSize: 3,
      validation: .init(frequency: .every(1), data: TestData(exampleCount: 6, batchSize: 4)))
    let end = try makeTrainer(trainee, settings, [BackupAndRestore("memory")], backup: backup, interrupt: flag).fit()
    let position = try #require(backup.record).position
    let epoch = (batch - 1) / 2
    // A wish that comes with the last batch lets the epoch end.
    let isLast = batch % 2 == 0
    #expect(end == .interrupted && position.epoch == (isLast ? epoch + 1 : epoch))
    #expect(position.isInEpoch == !isLast && position.batch == (isLast ? 0 : 4))
  }

  /// It asks for that again when the validation is run again; till then the training is not over.
  @Test func aStopThatAnInterruptedValidationHasAskedForWaits() throws {
    let (trainee, flag, backup) = (FakeTrainee(), InterruptFlag(), MemoryBackup())
    trainee.afterTestBatch = { _ in flag.raise() }
    let settings = FitSettings(
      epochs: 4, exampleCount: 10, batchSize: 3,
      validation: .init(frequency: .every(1), data: TestData(exampleCount: 6, batchSize: 4)))
    let stopping = Recorder(lines: Recorder.Lines(), stopsAt: ["on_test_begin"])
    let callbacks: [any Callback] = [stopping, BackupAndRestore("memory")]
    #expect(try makeTrainer(trainee, settings, callbacks, backup: backup, interrupt: flag).fit() == .interrupted)
    #expect(backup.record?.isFinished == false && backup.record?.end == nil)
    let end = try makeTrainer(FakeTrainee(), settings, callbacks, backup: backup).fit()
    #expect(end != .completed && end.isGood && backup.record?.position.epoch == 1)
  }

  /// The weight becomes infinite once in the third epoch; the way back from there is the same whenever the run is cut.
  @Test func aRunThatGoesBackDoesSoAfterACutToo() throws {
    func outcome(cut: Int?, frequency: SaveFrequency) throws -> (
      weight: Float, rate: Double, losses: [String], decisions: [String]
    ) {
      let backup = MemoryBackup()
      var cut = cut
      while true {
        let trainee = FakeTrainee(scoreNames: ["loss"])
        let model = HookModel(trainee)
        let history = HistoryObject()
        let counter = PowerCut.Counter()
        (counter.at, cut) = (cut, nil)
        let plan = scriptCallback(
          "Boom", state: [("done", .bool(false)), ("epoch", .integer(0))],
          [
            .epochBegin: { call, state throws(Failure) in state[1] = .integer(call.index ?? 0) },
            .trainBatchBegin: { call, state throws(Failure) in
              guard case .bool(false) = state[0], state[1].asInteger == 2, call.index == 1 else { return }
              state[0] = .bool(true)
              do throws(MachineError) {
                _ = try call.host.model.call("set_weights", [.list([.array(weightArray(.infinity))])])
              } catch {
                throw Failure(error.message)
              }
            },
          ])
        let hooks = ScriptHooks(
          plan, model: model, params: .none, console: Screen(isTerminal: false).console, clock: RunClock(now: { 0 }))
        let log = DecisionLog()
        log.beginFit(of: "fake")
        let callbacks: [any Callback] = [
          hooks, TerminateOnNaN(maxRollbacks: 2), BackupAndRestore("memory", frequency: frequency), PowerCut(counter: counter),
          History(history),
        ]
        let settings = FitSettings(epochs: 5, exampleCount: 10, batchSize: 3, shuffle: .all)
        do {
          _ = try makeTrainer(trainee, settings, callbacks, backup: backup, decisions: log).fit()
          return (
            trainee.weight, trainee.learningRate, (history.series["loss"] ?? []).map(\.briefDescription),
            log.records.filter { $0.decision.kind != .resumed }.map(\.decision.what)
          )
        } catch {
          guard case .callback("PowerCut", _, _) = error else { throw error }
        }
      }
    }
    for frequency in [SaveFrequency.epochs(1), .batches(1), .batches(3)] {
      let expected = try outcome(cut: nil, frequency: frequency)
      #expect(expected.losses.count == 5 && expected.losses[2] == "inf" && expected.weight.isFinite)
      #expect(expected.rate == Double(Float(0.05)))
      #expect(expected.decisions.first == "back to the end of epoch 2, learning rate 0.1 → 0.05")
      for cut in 1...26 {
        let found = try outcome(cut: cut, frequency: frequency)
        #expect(found == expected, "cut at hook \(cut)")
      }
    }
  }

  /// What was decided, but where the run went on from a backup.
  private func decisionLines(_ folder: TemporaryFolder) throws -> [Substring] {
    try folder.text("run.decisions.jsonl").split(separator: "\n").filter { !$0.contains("\"kind\": \"resumed\"") }
  }

  @Test func whereARunGoesOnIsADecision() throws {
    let backup = MemoryBackup()
    func decisions(failsAtStep step: Int?, epochs: Int = 2) -> [String] {
      let trainee = FakeTrainee()
      trainee.failsAtStep = step
      let log = DecisionLog()
      log.beginFit(of: "fake")
      let settings = FitSettings(epochs: epochs, exampleCount: 8, batchSize: 4)
      _ = try? makeTrainer(
        trainee, settings, [BackupAndRestore("memory", frequency: .batches(1))], backup: backup, decisions: log
      ).fit()
      return log.records.filter { $0.decision.kind == .resumed }.map { record in
        "\(record.callback ?? "-"): \(record.decision.what): \(record.decision.why)"
      }
    }
    #expect(decisions(failsAtStep: 3).isEmpty)
    let goesOn =
      "BackupAndRestore: the training goes on at batch 2 of epoch 2: the backup in `memory` is of a training that had not ended"
    #expect(decisions(failsAtStep: nil) == [goesOn])
    let isDone = "BackupAndRestore: nothing is left to train: the backup in `memory` is of a training that was over after epoch 2"
    #expect(decisions(failsAtStep: nil) == [goesOn, isDone])
    let isLonger =
      "BackupAndRestore: the training goes on at epoch 3: the backup in `memory` is of a training that was over after epoch 2"
    #expect(decisions(failsAtStep: nil, epochs: 3) == [goesOn, isLonger])
  }

  /// Whoever deletes a log need not delete the backup, and is told what that has come to.
  @Test func aLogThatIsDeletedEndsNoTraining() throws {
    let folder = TemporaryFolder()
    let backup = MemoryBackup()
    let path = folder.path + "/log.csv"
    func train(epochs: Int) throws -> String {
      let screen = Screen(isTerminal: false)
      let callbacks: [any Callback] = [CSVLogger(path, columns: ["loss"]), BackupAndRestore("memory")]
      let settings = FitSettings(epochs: epochs, exampleCount: 4, batchSize: 2)
      _ = try makeTrainer(FakeTrainee(), settings, callbacks, backup: backup, console: screen.console).fit()
      return screen.text
    }
    _ = try train(epochs: 2)
    try deleteFile(path)
    let loss = "`\(path)` is not as the backup knows it: it is gone; it goes on with no rows before epoch 3"
    #expect(try train(epochs: 3).hasPrefix("warning: CSVLogger: \(loss)\nGoing on from the backup in `memory`, at epoch 3.\n"))
    let rows = try folder.text("log.csv").split(separator: "\r\n").map { $0.prefix(5) }
    #expect(rows.count == 2 && rows[0] == "epoch" && rows[1].hasPrefix("2,"))
    // The backup knows the new file.
    #expect(try !train(epochs: 4).contains("warning"))
  }

  @Test func aFinishedRunIsNotTrainedAgain() throws {
    let backup = MemoryBackup()
    let settings = FitSettings(epochs: 2, exampleCount: 4, batchSize: 2)
    let first = FakeTrainee()
    let history = HistoryObject()
    _ = try makeTrainer(first, settings, [BackupAndRestore("memory"), History(history)], backup: backup).fit()
    let second = FakeTrainee()
    let again = HistoryObject()
    let screen = Screen(isTerminal: false)
    let reason = try makeTrainer(
      second, settings, [BackupAndRestore("memory"), History(again)], backup: backup, console: screen.console
    ).fit()
    #expect(reason == .completed)
    #expect(second.trainedRows.isEmpty)
    #expect(second.weight == first.weight)
    #expect(again.epochs == [0, 1])
    #expect(again.series["loss"]?.compactMap(\.asDouble) == history.series["loss"]?.compactMap(\.asDouble))
    #expect(screen.text == "The backup in `memory` is complete: nothing is left to train.\n")

    let longer = FakeTrainee()
    var more = settings
    more.epochs = 3
    _ = try makeTrainer(longer, more, [BackupAndRestore("memory"), History(again)], backup: backup).fit()
    #expect(longer.trainedRows.count == 2)
    #expect(again.epochs == [0, 1, 2])
  }

  /// What is asked for is what the backups grow to: of a model of one number most of them is not its weights.
  @Test(arguments: [1, 40]) func roomIsAskedForWhatTheBackupsTake(_ epochs: Int) throws {
    let backup = MemoryBackup()
    let settings = FitSettings(
      epochs: epochs, exampleCount: 4, batchSize: 2,
      validation: .init(frequency: .every(1), data: TestData(exampleCount: 6, batchSize: 4)))
    func fit(epochs: Int) throws {
      let callbacks: [any Callback] = [
        EarlyStopping(Monitor("val_loss", .down), patience: 99, restoresBestWeights: true), BackupAndRestore("memory"),
        History(HistoryObject()),
      ]
      var settings = settings
      settings.epochs = epochs
      let log = DecisionLog()
      log.beginFit(of: "fake")
      _ = try makeTrainer(FakeTrainee(), settings, callbacks, backup: backup, decisions: log).fit()
    }
    try fit(epochs: epochs)
    let largest = try #require(try backup.sizes.max())
    #expect(backup.forecast >= largest && backup.forecast < largest * 5 / 4, "\(backup.forecast) for \(largest)")
    let rows = backup.addedRows.reduce(0) { $0 + $1.count }
    #expect(backup.forecastRows >= rows && backup.forecastRows < 3 * rows, "\(backup.forecastRows) for \(rows)")
    // Nothing is written when nothing is left to do.
    backup.room = 0
    try fit(epochs: epochs)
    #expect(throws: TrainingError.self) { try fit(epochs: epochs + 1) }
    backup.room = .max
    try fit(epochs: epochs + 1)
  }

  @Test func aRunWithoutRoomForItsBackupsLeavesEverythingAlone() throws {
    let folder = TemporaryFolder()
    try writeDurably("epoch,loss\r\n7,0\r\n", to: folder.path + "/log.csv")
    let backup = MemoryBackup()
    backup.room = 10
    let trainee = FakeTrainee()
    let callbacks: [any Callback] = [CSVLogger(folder.path + "/log.csv", columns: ["loss"]), BackupAndRestore("memory")]
    #expect(throws: TrainingError.self) {
      _ = try makeTrainer(trainee, FitSettings(epochs: 1, exampleCount: 4, batchSize: 2), callbacks, backup: backup).fit()
    }
    #expect(try trainee.steps == 0 && backup.writes == 0 && folder.text("log.csv") == "epoch,loss\r\n7,0\r\n")
  }

  @Test func aDivergedRunKeepsItsLastGoodBackup() throws {
    let backup = MemoryBackup()
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[1]], [[.nan]]]
    let settings = FitSettings(epochs: 4, exampleCount: 4, batchSize: 4)
    let reason = try makeTrainer(trainee, settings, [TerminateOnNaN(), BackupAndRestore("memory")], backup: backup).fit()
    #expect(!reason.isGood)
    #expect(backup.writes == 2)
    #expect(backup.record?.position.epoch == 1)
    #expect(backup.record?.isFinished == false)
  }

  /// What a callback has counted goes to the one of its class, wherever it stands now; a new one begins.
  @Test func callbacksMayComeAndGo() throws {
    let backup = MemoryBackup()
    let monitor = Monitor("loss", .down)
    func run(epochs: Int, _ callbacks: [any Callback]) throws -> (EndReason, epochs: [Int]) {
      let trainee = FakeTrainee(scoreNames: ["loss"])
      trainee.scriptedTraining = (0..<epochs).map { _ in [[1]] }
      let history = HistoryObject()
      let settings = FitSettings(epochs: epochs, exampleCount: 4, batchSize: 4)
      let end = try makeTrainer(trainee, settings, callbacks + [History(history)], backup: backup).fit()
      return (end, history.epochs)
    }
    _ = try run(epochs: 3, [TerminateOnNaN(), EarlyStopping(monitor, patience: 5), BackupAndRestore("memory")])
    // Two epochs without improvement are counted already, and three more are waited for.
    let (end, epochs) = try run(
      epochs: 20, [BackupAndRestore("memory"), EarlyStopping(monitor, patience: 5), EarlyStopping(monitor, patience: 9)])
    #expect(epochs == [0, 1, 2, 3, 4, 5])
    guard case .stopped(by: "EarlyStopping", _) = end else { return #expect(Bool(false), "\(end)") }
  }
}
