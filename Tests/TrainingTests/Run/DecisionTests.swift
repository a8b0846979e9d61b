import Artifacts
import Lambdas
import Plans
import Testing

@testable import Training

@Suite struct DecisionTests {
  /// The decisions of a training with these losses, as `what: why`.
  private func decisions(
    _ losses: [Double], _ callbacks: [any Callback], validates: Set<Int>? = nil, routine: Bool = false, epochs: Int? = nil
  ) throws -> [String] {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = losses.map { [[$0]] }
    let log = DecisionLog()
    log.beginFit(of: "fake")
    let settings = FitSettings(epochs: epochs ?? losses.count, exampleCount: 4, batchSize: 4)
    _ = try makeTrainer(trainee, settings, callbacks, decisions: log).fit()
    return log.records.filter { routine || !$0.decision.kind.isRoutine }.map { record in
      "\(record.epoch.map(String.init) ?? "end") \(record.callback ?? "-") \(record.decision.what): \(record.decision.why)"
    }
  }

  @Test func aReductionTellsWhatItSaw() throws {
    let plateau = ReduceLROnPlateau(Monitor("loss", .down, minimumChange: 1e-4), factor: 0.5, patience: 3)
    #expect(
      try decisions([0.5, 0.412, 0.415, 0.413, 0.416], [plateau]) == [
        "5 ReduceLROnPlateau learning rate 0.1 → 0.05: `loss` not under 0.412 for 3 epochs (0.415, 0.413, 0.416)",
        "end - the training is over after epoch 5: all epochs are done",
      ])
  }

  @Test func aStopTellsWhatItSaw() throws {
    let stopping = EarlyStopping(
      Monitor("loss", .down, minimumChange: 0.05), patience: 3, baseline: 0.2, restoresBestWeights: true)
    #expect(
      try decisions([0.5, .nan, 0.47], [stopping], epochs: 9) == [
        "3 EarlyStopping the training is to stop: `loss` not under 0.5 by more than 0.05 for 2 epochs (nan, 0.47), "
          + "and the baseline 0.2 is not passed",
        "end EarlyStopping the weights of epoch 1 are put back: `loss` 0.5 is the best",
        "end - the training is over after epoch 3: EarlyStopping stopped it: `loss` not under 0.5 by more than 0.05 for 2 epochs "
          + "(nan, 0.47), and the baseline 0.2 is not passed",
      ])
  }

  @Test func everyEpochSaysWhyItWasNotSaved() throws {
    let checkpoint = ModelCheckpoint(try PathTemplate(checking: "m{epoch}.keras"), monitor: Monitor("loss", .down))
    #expect(
      try decisions([0.5, 0.41201, 0.41202, .nan], [checkpoint], routine: true) == [
        "1 ModelCheckpoint saved `m1.keras`: `loss` 0.5 is the first value",
        "2 ModelCheckpoint saved `m2.keras`: `loss` 0.412 is under 0.5",
        "3 ModelCheckpoint not saved: `loss` 0.41202 is not under 0.41201",
        "4 ModelCheckpoint not saved: `loss` is nan",
        "end - the training is over after epoch 4: all epochs are done",
      ])
  }

  /// There may be millions of batches, and every backup holds all decisions.
  @Test(arguments: [false, true]) func theSavesOfAnEpochAreOneDecision(_ isVerbose: Bool) throws {
    let checkpoint = ModelCheckpoint(
      try PathTemplate(checking: "m{epoch}-{batch}.keras"), monitor: Monitor("loss", .down), isVerbose: isVerbose,
      frequency: .batches(1), keepLast: 1)
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[0.5], [0.6], [0.4], [0.3]], [[0.9], [0.9], [0.9], [0.2]], [[0.9], [0.9], [0.9], [0.9]]]
    let log = DecisionLog()
    log.beginFit(of: "fake")
    let screen = Screen(isTerminal: false)
    let settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 1)
    _ = try makeTrainer(trainee, settings, [checkpoint], console: screen.console, decisions: log).fit()
    #expect(
      log.records.map { "\($0.epoch ?? 0) \($0.batch ?? 0) \($0.decision.what): \($0.decision.why)" } == [
        "1 0 saved `m1-4.keras`, the last of 3 times from batch 1 to 4: `loss` 0.3 is under 0.4",
        "1 0 deleted `m1-3.keras`, the last of 2 times from batch 3 to 4: keep_last=1",
        "2 4 saved `m2-4.keras`: `loss` 0.2 is under 0.3",
        "2 4 deleted `m1-4.keras`: keep_last=1", "0 0 1 checkpoint takes 0 bytes: keep_last=1",
        "0 0 the training is over after epoch 3: all epochs are done",
      ])
    #expect(screen.text.components(separatedBy: "did not improve").count == (isVerbose ? 9 : 1))
  }

  @Test func whatBatchesHaveDoneComesBackFromABackup() throws {
    var turns = BatchTurns()
    turns.add(BatchTurns.Rate(0, 1, from: 0.1, "a hook sets it"))
    turns.add(BatchTurns.Rate(0, 1, from: 0.09, "a hook sets it"))
    for batch in [2, 5] { turns.add(Decision(.saved, "saved `m\(batch)`", because: "so"), of: 2, batch: batch) }
    turns.add(Decision(.deleted, "deleted m2", because: "so"), of: 2, batch: 5)
    let read = BatchTurns(try JSON.parse(turns.json.text))
    #expect(read == turns && read.rates.first?.steps == 2 && read.rates.first?.before == 0.1 && read.files.count == 2)
    // The first callback is gone, the third is the first now, after one that is new.
    let placed = read.placed([nil, 2])
    #expect(placed.rates.isEmpty && placed.files.map(\.callback) == [1, 1])
    #expect(placed.files.first.map { $0.decision.what + $0.times.text } == "saved `m5`, the last of 2 times from batch 2 to 5")
    #expect(BatchTurns(nil) == BatchTurns())
  }

  /// What is not certain yet is in no file, nor what was decided after it: a run that is killed has told nothing untrue.
  @Test func anOpenDecisionWaitsForItsEnd() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a.decisions.jsonl"
    func told() throws -> [String] {
      FileStatus(at: path) == nil ? [] : try DecisionLog.read(path).records.map { "\($0.epoch ?? 0) \($0.decision.what)" }
    }
    let log = DecisionLog(path: path)
    log.beginFit(of: "first")
    log.add(Decision(.rate, "rate", because: "so"), by: "A", epoch: 1)
    log.beginFit(of: "net")
    let first = log.add(Decision(.saved, "saved a", because: "so"), by: "A", epoch: 1, isOpen: true)
    log.add(Decision(.rate, "rate", because: "so"), by: "B", epoch: 1)
    let second = log.add(Decision(.saved, "saved b", because: "so"), by: "C", epoch: 2, isOpen: true)
    log.add(Decision(.rate, "rate", because: "so"), by: "B", epoch: 3)
    #expect(try told() == ["1 rate"])
    #expect(log.linesOfFit.count == 4, "a backup is there only where what was saved before it is")
    #expect(log.takeLines().isEmpty && log.uncertainLines == log.linesOfFit)
    log.settle(second)
    #expect(try told() == ["1 rate"])
    #expect(log.takeLines().isEmpty)
    log.settle(first, as: Decision(.saveFailed, "could not save a", because: "so"))
    #expect(try told() == ["1 rate", "1 could not save a", "1 rate", "2 saved b", "3 rate"])
    #expect(log.takeLines().elementsEqual(log.linesOfFit) && log.uncertainLines.isEmpty)
    #expect(try DecisionLog.read(path).records == log.records && log.linesOfFit == log.records.dropFirst().map(\.line))
  }

  @Test func theLinesOfAFitAreItsDecisions() throws {
    let log = DecisionLog()
    for fit in 1...2 {
      log.beginFit(of: "net")
      #expect(log.linesOfFit.isEmpty)
      for epoch in 1...3 { log.add(Decision(.saved, "saved", because: "so"), by: "A", epoch: epoch) }
      #expect(log.linesOfFit == log.records.filter { $0.fit == fit }.map(\.line))
    }
    let resumed = DecisionLog()
    resumed.beginFit(of: "net")
    resumed.restore(rows: try log.linesOfFit.prefix(2).map { try JSON.parse($0) }, lines: [log.linesOfFit[2]])
    #expect(resumed.linesOfFit == resumed.records.map(\.line) && resumed.records.count == 3)
    // A journal has its rows already.
    #expect(resumed.takeLines().elementsEqual([resumed.linesOfFit[2]]) && resumed.takeLines().isEmpty)
  }

  @Test(arguments: [
    (false, "each validation is one of the averages"),
    (true, "the averages are in the model from each epoch's end to the next one's begin"),
  ])
  func averagesAreToldOnceATraining(_ swapsOnEpoch: Bool, _ what: String) throws {
    let log = DecisionLog()
    log.beginFit(of: "fake")
    let validation = FitSettings.Validation(data: TestData(exampleCount: 4, batchSize: 4))
    _ = try makeTrainer(
      FakeTrainee(), FitSettings(epochs: 3, exampleCount: 4, batchSize: 4, validation: validation),
      [SwapEMAWeights(bound(SwapEMAWeights.entry, ["swap_on_epoch": .bool(swapsOnEpoch)]))], decisions: log
    ).fit()
    let expected = [what, "the averages stay in the model", "the training is over after epoch 3"]
    #expect(log.records.map(\.decision.what) == expected)

    var first = SwapEMAWeights(bound(SwapEMAWeights.entry, [:]))
    #expect(first.onTestBegin().count == 2)
    var resumed = SwapEMAWeights(bound(SwapEMAWeights.entry, [:]))
    resumed.resume(from: first.saveState(), RunReport(epochs: 3, steps: 1))
    #expect(resumed.onTestBegin().count == 1)
  }

  @Test func aTrainingWithoutDecisionsLeavesNone() throws {
    let folder = TemporaryFolder()
    let log = DecisionLog(path: folder.path + "/a.decisions.jsonl")
    log.beginFit(of: "fake")
    _ = try makeTrainer(FakeTrainee(), FitSettings(epochs: 2, exampleCount: 4, batchSize: 4), decisions: log).fit()
    #expect(log.records.isEmpty)
    #expect((try? folder.text("a.decisions.jsonl")) == nil)
  }

  @Test func aFileIsBegunAnewAndReadAsItWasWritten() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a.decisions.jsonl"
    for _ in 0..<2 {
      let log = DecisionLog(path: path)
      for fit in 1...2 {
        log.beginFit(of: "net \"\(fit)\"")
        log.add(Decision(.rate, "learning rate 0.1 → 0.05", because: "é\n"), by: "A", epoch: 3, batch: 2)
      }
      #expect(try DecisionLog.read(path) == (log.records, 0))
      #expect(log.records.map(\.fit) == [1, 2])
    }
  }

  @Test func aTornLineIsPassedOver() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a.decisions.jsonl"
    let log = DecisionLog(path: path)
    log.beginFit(of: "net")
    log.add(Decision(.saved, "saved `a`", because: "it is time"), by: "A")
    let file = try AppendingFile(path, from: .end)
    try file.append("not a decision\n{\"fit\": 1, \"mod")
    let (records, strange) = try DecisionLog.read(path)
    #expect(records == log.records)
    #expect(strange == 1)
  }

  @Test func aFileThatCannotBeWrittenIsToldOnce() {
    var notes: [String] = []
    let log = DecisionLog(path: "/nowhere/at/all.decisions.jsonl") { notes.append($0) }
    log.beginFit(of: "net")
    for _ in 0..<3 { log.add(Decision(.saved, "saved", because: "so"), by: "A") }
    #expect(notes.count == 1)
    #expect(log.records.count == 3)
  }

  @Test func aScriptsPathIsKnown() {
    #expect(DecisionLog.path(ofScript: "a/digits.train") == "a/digits.decisions.jsonl")
    #expect(DecisionLog.path(ofScript: "a.yaml") == "a.decisions.jsonl")
    #expect(DecisionLog.path(ofScript: "a.b") == "a.b.decisions.jsonl")
  }

  @Test func numbersAreToldApart() {
    let cases: [(numbers: [Double], texts: [String])] = [
      ([0.1, 0.05], ["0.1", "0.05"]), ([0.41201, 0.41202], ["0.41201", "0.41202"]), ([Double(Float(0.1))], ["0.1"]),
      ([.nan, 1e-7, 123456], ["nan", "1e-07", "1.235e+05"]), ([0.5, 0.5], ["0.5", "0.5"]),
      ([1, 1 - 1e-12], ["1", "0.999999999999"]),
    ]
    for (numbers, texts) in cases { #expect(told(numbers) == texts) }
  }
}
