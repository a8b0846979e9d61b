import Arrays
import Artifacts
import Lambdas
import Plans
import Testing

@testable import Training

/// What callbacks can do that Keras's cannot, each asked for by an argument.
@Suite struct BeyondKerasTests {
  private static let path = "m{epoch}.keras"

  /// Files saved and deleted in a fit with these losses, in order.
  private func files(_ losses: [Double], _ checkpoint: ModelCheckpoint) throws -> [String] {
    var checkpoint = checkpoint
    var files: [String] = []
    for (epoch, loss) in losses.enumerated() {
      for request in try checkpoint.onEpochEnd(report(epoch, ["loss": loss])) {
        if case .save(let save) = request { files.append("+" + save.path) }
        if case .delete(let deletion) = request { files += deletion.paths.map { "-" + $0 } }
      }
    }
    return files.map { $0.replacing("m", with: "").replacing(".keras", with: "") }
  }

  private func checkpoint(_ last: Int? = nil, _ best: Int? = nil, _ every: Int? = nil) throws -> ModelCheckpoint {
    ModelCheckpoint(
      try PathTemplate(checking: Self.path), monitor: best == nil ? nil : Monitor("loss", .down), savesBestOnly: false,
      keepLast: last, keepBest: best, keepEvery: every)
  }

  @Test func filesThatAreNotKeptAreDeletedAfterTheNewOneStands() throws {
    let losses = [0.5, 0.3, 0.4, 0.2, 0.6, 0.3]
    #expect(try files(losses, checkpoint(2)) == ["+1", "+2", "+3", "-1", "+4", "-2", "+5", "-3", "+6", "-4"])
    #expect(try files(losses, checkpoint(nil, 2)) == ["+1", "+2", "+3", "-1", "+4", "-3"])
    #expect(try files(losses, checkpoint(1, 1)) == ["+1", "+2", "-1", "+3", "+4", "-2", "-3", "+5", "+6", "-5"])
    #expect(try files(losses, checkpoint(nil, nil, 3)) == ["+1", "+2", "-1", "+3", "-2", "+4", "+5", "-4", "+6", "-5"])
    #expect(try files([0.5, .nan, 0.4], checkpoint(nil, 1)) == ["+1", "+3", "-1"])
  }

  @Test func whatIsKeptGoesIntoABackup() throws {
    var first = try checkpoint(2)
    for epoch in 0..<2 { _ = try first.onEpochEnd(report(epoch, ["loss": 1])) }
    var second = try checkpoint(2)
    second.resume(from: first.saveState(), RunReport(epochs: 3, steps: 1))
    let requests = try second.onEpochEnd(report(2, ["loss": 1]))
    #expect(requests.contains { if case .delete(let deletion) = $0 { deletion.paths == ["m1.keras"] } else { false } })
  }

  /// Of many files that stay, only those are remembered that may still have to go: what a backup keeps of them does not grow.
  @Test(arguments: [(nil, nil, 1), (2, nil, 2), (nil, 3, 2), (2, 3, 5)]) func whatIsRememberedOfFilesHasAnEnd(
    _ last: Int?, _ best: Int?, _ every: Int
  ) {
    struct File { let path: String, epoch: Int, value: Double }
    var kept = KeptFiles(.init(last: last, best: best, every: every), .down)
    var all: [File] = []
    var longest = 0
    for epoch in 1...300 {
      let file = File(path: "m\(epoch)", epoch: epoch, value: Double(epoch * 7919 % 101))
      var gone = Set(kept.add(file.path, epoch: epoch, value: file.value))
      all.append(file)
      // The rule, plainly, over all that there are.
      let latest = Set(all.suffix(last ?? (best == nil ? 1 : 0)).map(\.path))
      let sorted = all.sorted { ($0.value, $0.epoch) < ($1.value, $1.epoch) }
      let finest = Set(sorted.prefix(best ?? 0).map(\.path))
      for file in all where file.epoch % every != 0 && !latest.contains(file.path) && !finest.contains(file.path) {
        #expect(gone.remove(file.path) != nil, "\(file.path) at \(epoch)")
        all.removeAll { $0.path == file.path }
      }
      #expect(gone.isEmpty && kept.use.count == all.count)
      longest = max(longest, kept.json.text.utf8.count)
      if epoch % 50 == 0 {
        var read = KeptFiles(kept.rule, .down)
        read.resume(from: kept.json)
        #expect(read.use == kept.use && read.json == kept.json)
      }
    }
    #expect(all.count >= 60 && longest < 300)
  }

  @Test func aFileThatStaysIsMeasuredOnce() throws {
    let folder = TemporaryFolder()
    var kept = KeptFiles(.init(every: 1), .down)
    for epoch in 1...3 {
      let path = "\(folder.path)/m\(epoch)"
      #expect(kept.add(path, epoch: epoch, value: nil).isEmpty)
      // It is written behind the callback's back.
      try writeDurably(String(repeating: "x", count: 1000), to: path)
    }
    #expect(kept.use.text == "3 checkpoints take 3.0 kB" && kept.use.others == 1 && kept.use.otherBytes == 1000)
    // As version 1 wrote it.
    var old = KeptFiles(.init(last: 2), .down)
    old.resume(from: [["a", 1, .null], ["b", 2, 0.5]])
    #expect(old.add("c", epoch: 3, value: nil) == ["a"] && old.use.paths == ["b", "c"])
  }

  @Test func theDiskUseIsTold() throws {
    let folder = TemporaryFolder()
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.save = { path throws(FileFailure) in try writeDurably(String(repeating: "x", count: 1500), to: path) }
    let screen = Screen(isTerminal: false)
    let checkpoint = ModelCheckpoint(
      try PathTemplate(checking: folder.path + "/m{epoch}.keras"), isVerbose: true, keepLast: 2)
    _ = try makeTrainer(
      trainee, FitSettings(epochs: 3, exampleCount: 4, batchSize: 4), [checkpoint], console: screen.console
    ).fit()
    #expect(
      screen.text.replacing(folder.path + "/", with: "").hasSuffix("\nEpoch 3: 2 checkpoints take 3.0 kB, deleted m1.keras\n"))
    #expect((try? folder.text("m1.keras")) == nil)
    #expect(try folder.text("m2.keras").count == 1500)
  }

  @Test func frequenciesHaveUnits() {
    let cases: [(Value, SaveFrequency?)] = [
      (.string("epoch"), .epochs(1)), (.string("2 epochs"), .epochs(2)), (.string("1 epoch"), .epochs(1)),
      (.integer(7), .batches(7)),
      (.string("500 steps"), .batches(500)), (.string("10 minutes"), .minutes(10)), (.string("0.5 minutes"), .minutes(0.5)),
      (.string("epochs"), nil), (.string("0 steps"), nil), (.string("-1 minutes"), nil), (.string("inf minutes"), nil),
      (.string("2  epochs"), nil), (.string("2 hours"), nil), (.integer(0), nil), (.bool(true), nil), (.string(""), nil),
    ]
    for (value, frequency) in cases { #expect(SaveFrequency(value) == frequency, "\(value)") }
  }

  @Test func savesEveryFewEpochsOrMinutes() throws {
    #expect(
      try files([1, 1, 1, 1, 1], ModelCheckpoint(PathTemplate(checking: Self.path), frequency: .epochs(2))) == ["+2", "+4"])
    final class Time { var seconds = 0.0 }
    let time = Time()
    var checkpoint = ModelCheckpoint(
      try PathTemplate(checking: "b{batch}.keras"), frequency: .minutes(1), seconds: { time.seconds })
    _ = try checkpoint.onTrainBegin(RunReport(epochs: 1, steps: nil))
    var saved: [Int] = []
    for batch in 0..<10 {
      time.seconds += 25
      let requests = try checkpoint.onBatchEnd(BatchReport(epoch: 0, batch: batch, running: RunningLogs(Logs())))
      if requests.contains(where: { $0.save != nil }) { saved.append(batch) }
    }
    #expect(saved == [2, 5, 8])
  }

  @Test func theBestValueIsRememberedBesideTheFile() throws {
    let folder = TemporaryFolder()
    func run(_ losses: [Double], _ direction: Direction = .down, note: String = "best.keras.best.json") throws -> (
      saves: Int, text: String
    ) {
      let trainee = FakeTrainee(scoreNames: ["loss"])
      trainee.scriptedTraining = losses.map { [[$0]] }
      trainee.save = { path throws(FileFailure) in try writeDurably("model", to: path) }
      let screen = Screen(isTerminal: false)
      let checkpoint = ModelCheckpoint(
        try PathTemplate(checking: folder.path + "/best.keras"), monitor: Monitor("loss", direction), isVerbose: true,
        remembersBest: true)
      _ = try makeTrainer(
        trainee, FitSettings(epochs: losses.count, exampleCount: 4, batchSize: 4), [checkpoint], console: screen.console
      ).fit()
      return (trainee.savedPaths.count, screen.text.replacing(folder.path + "/", with: ""))
    }
    #expect(try run([0.5, 0.4]).saves == 2)
    let note = try folder.text("best.keras.best.json")
    #expect(note.contains("\"best\": 0.4, \"epoch\": 2"))
    let second = try run([0.45, 0.6])
    #expect(second.saves == 0)
    #expect(second.text.hasPrefix("ModelCheckpoint goes on from `loss` 0.4 of epoch 2, saved as best.keras\n"))
    #expect(second.text.contains("loss did not improve from 0.40000"))
    #expect(try run([0.45, 0.3]).saves == 1)
    #expect(throws: TrainingError.self) { try run([0.5], .up) }
    try writeDurably("{", to: folder.path + "/best.keras.best.json")
    #expect(throws: TrainingError.self) { try run([0.5]) }
  }

  @Test func aValueWithoutItsFileIsForgotten() throws {
    let folder = TemporaryFolder()
    let note = folder.path + "/note.json"
    let monitor = Monitor("loss", .down)
    try writeDurably(BestNote(monitor: monitor, value: 0.5, epoch: 3, path: folder.path + "/gone.keras").text, to: note)
    #expect(try BestNote.read(note, monitor) == nil)
    let notes = ["best.keras", "/a/b/m{epoch:02d}.keras", "{epoch}/best.keras", "a/{epoch}/b/{loss:.2f}.keras"].map {
      BestNote.path(of: PathTemplate($0))
    }
    #expect(
      notes == [
        "best.keras.best.json", "/a/b/m{epoch:02d}.keras.best.json", "{epoch}-best.keras.best.json",
        "a/{epoch}-b-{loss:.2f}.keras.best.json",
      ])
  }

  @Test func patienceMayCountEpochsThatGiveNoScore() {
    func stops(_ countsAll: Bool) -> [Int] {
      var callback = EarlyStopping(Monitor("val_loss", .down), patience: 3, countsAllEpochs: countsAll)
      return (0..<8).filter { epoch in
        callback.onEpochEnd(report(epoch, epoch % 2 == 1 ? ["val_loss": 1] : ["loss": 1])).contains { $0.isStop }
      }
    }
    #expect(stops(false) == [7])
    #expect(stops(true).first == 4)
    var plateau = ReduceLROnPlateau(Monitor("val_loss", .down), factor: 0.5, patience: 2, countsAllEpochs: true)
    let rates = [["val_loss": 1.0], [:], [:], ["val_loss": 1]].enumerated().flatMap { epoch, scores in
      plateau.onEpochEnd(report(epoch, scores, learningRate: 0.5)).compactMap { request in request.learningRate.map { _ in epoch }
      }
    }
    #expect(rates == [2])
  }

  /// The loss is infinite in the third epoch's second batch: back to the end of the second, with half the rate.
  @Test func goesBackToTheLastGoodEpoch() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[1], [1]], [[0.9], [0.9]], [[0.8], [.infinity]], [[0.7], [0.7]]]
    var weights: [Float] = []
    trainee.afterBatch = { weights.append(trainee.weight) }
    let history = HistoryObject()
    let screen = Screen(isTerminal: false)
    let log = DecisionLog()
    log.beginFit(of: "fake")
    let reason = try makeTrainer(
      trainee, FitSettings(epochs: 4, exampleCount: 8, batchSize: 4),
      [TerminateOnNaN(maxRollbacks: 1), History(history)], console: screen.console, decisions: log
    ).fit()
    #expect(reason == .completed)
    #expect(screen.text == "Batch 1: Invalid loss, going back to the end of epoch 2 (1 of 1)\n")
    #expect(trainee.learningRate == Double(Float(0.05)))
    #expect(history.series["loss"]?.compactMap(\.asDouble) == [1, 0.9, .infinity, 0.7])
    #expect(trainee.trainedRows.map(\.first) == [0, 4, 0, 4, 0, 4, 0, 4])
    // The fourth epoch begins with what the second has left.
    let other = FakeTrainee(scoreNames: ["loss"])
    try other.setWeights([weightArray(weights[3])])
    other.setLearningRate(0.05, of: 0)
    let rows: [Int32] = [0, 1, 2, 3]
    try rows.withUnsafeBufferPointer { try other.trainBatch($0, inPass: 0) }
    #expect(weights[6] == other.weight)
    #expect(log.records.first?.decision.what == "back to the end of epoch 2, learning rate 0.1 → 0.05")
  }

  @Test func stopsWhenGoingBackHasNotHelped() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = Array(repeating: [[.nan], [.nan]], count: 4)
    let screen = Screen(isTerminal: false)
    let reason = try makeTrainer(
      trainee, FitSettings(epochs: 4, exampleCount: 8, batchSize: 4), [TerminateOnNaN(maxRollbacks: 2, factor: 0.1)],
      console: screen.console
    ).fit()
    #expect(reason == .diverged(by: "TerminateOnNaN", because: "the loss is nan at batch 0"))
    #expect(trainee.steps == 1, "each way back leads to the beginning")
    #expect(
      screen.text == """
        Batch 0: Invalid loss, going back to the beginning (1 of 2)
        Batch 0: Invalid loss, going back to the beginning (2 of 2)
        Batch 0: Invalid loss, terminating training

        """)
  }

  /// The last step of an epoch whose loss is finite may leave weights that are not: the epoch before is the last good one.
  @Test func anEpochThatSpoiltTheWeightsIsNotGood() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[1]], [[0.9]], [[.nan]], [[0.8]]]
    trainee.afterBatch = { if trainee.steps == 2 { try? trainee.setWeights([weightArray(.infinity)]) } }
    let screen = Screen(isTerminal: false)
    let callback = TerminateOnNaN(maxRollbacks: 1, hasFiniteWeights: { trainee.weights.allSatisfy(\.isFinite) })
    _ = try makeTrainer(
      trainee, FitSettings(epochs: 4, exampleCount: 4, batchSize: 4), [callback], console: screen.console
    ).fit()
    #expect(screen.text == "Batch 0: Invalid loss, going back to the end of epoch 1 (1 of 1)\n")
  }

  /// A backup of a run without ways back holds nothing to go back to, until an epoch is good.
  @Test func stopsWhereThereIsNothingToGoBackTo() throws {
    func run(_ losses: [Double]) throws -> (reason: EndReason, text: String) {
      let backup = MemoryBackup()
      let first = FakeTrainee(scoreNames: ["loss"])
      first.scriptedTraining = [[[1], [1]]]
      first.failsAtStep = 2
      let settings = FitSettings(epochs: 4, exampleCount: 8, batchSize: 4)
      #expect(throws: TrainingError.self) {
        try makeTrainer(first, settings, [TerminateOnNaN(), BackupAndRestore("memory")], backup: backup).fit()
      }
      let second = FakeTrainee(scoreNames: ["loss"])
      second.scriptedTraining = losses.map { [[$0], [$0]] }
      let screen = Screen(isTerminal: false)
      let callbacks: [any Callback] = [TerminateOnNaN(maxRollbacks: 1), BackupAndRestore("memory")]
      let reason = try makeTrainer(second, settings, callbacks, backup: backup, console: screen.console).fit()
      return (reason, screen.text)
    }
    let atOnce = try run([.nan])
    #expect(atOnce.reason == .diverged(by: "TerminateOnNaN", because: "the loss is nan at batch 0"))
    #expect(atOnce.text.hasSuffix("\nBatch 0: Invalid loss, terminating training\n"))
    let later = try run([1, .nan, 1])
    #expect(later.reason == .completed)
    #expect(later.text.hasSuffix("\nBatch 0: Invalid loss, going back to the end of epoch 2 (1 of 1)\n"))
  }

  /// Asks for what was not kept, at the end of the first epoch and of the training.
  private struct Forgetful: Callback {
    let name = "Forgetful"
    let hooks: Set<Hook> = [.epochEnd, .trainEnd]
    func onEpochEnd(_ epoch: EpochReport) -> [Request] {
      [.rollBack(RollBack(place: "the beginning", factor: 0.5, reason: "it is time"))]
    }
    func onTrainEnd(_ end: EndReport) -> [Request] {
      [.restoreKeptWeights(Decision(.restored, "the weights are put back", because: "they are the best"))]
    }
  }

  @Test func whatWasNotKeptIsToldAndNotTrainedOnWith() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let screen = Screen(isTerminal: false)
    let log = DecisionLog()
    log.beginFit(of: "fake")
    let reason = try makeTrainer(
      trainee, FitSettings(epochs: 4, exampleCount: 4, batchSize: 4), [Forgetful()], console: screen.console, decisions: log
    ).fit()
    #expect(reason == .diverged(by: "Forgetful", because: "it is time, and nothing was kept to go back to"))
    #expect(trainee.steps == 1)
    #expect(
      screen.text == """
        warning: Forgetful has kept nothing to go back to; the training stops.
        warning: Forgetful has kept no weights to put back; the last ones stay.

        """)
    #expect(log.records.map(\.decision.kind) == [.stopped, .notRestored, .ended])
  }

  /// A rate that follows a schedule cannot be lowered, and need not be where the factor is 1.
  @Test func aWayBackNeedsARateThatMayBeSet() throws {
    func make(_ given: [String: Value]) throws {
      let outline = FitOutline(batchNames: ["loss"], hasValidation: false, hasSettableLearningRate: false)
      let around = CallbackSurroundings(outline: outline, model: FakeTrainee(), now: { 0 }, seconds: { 0 }) { _, _ in .none }
      _ = try TerminateOnNaN(bound(TerminateOnNaN.entry, given), in: around)
    }
    try make([:])
    try make(["max_rollbacks": .integer(2), "rollback_factor": .float(1)])
    #expect(throws: CallbackFailure("it sets the learning rate, but the optimizer's follows a schedule")) {
      try make(["max_rollbacks": .integer(2)])
    }
  }

  @Test func endHooksKnowTheReason() throws {
    final class Notes: @unchecked Sendable { var all: [String] = [] }
    let notes = Notes()
    func run(_ callbacks: [any Callback], _ losses: [Double], asks: Bool = true, interrupts: Bool = false) {
      let trainee = FakeTrainee(scoreNames: ["loss"])
      trainee.scriptedTraining = losses.map { [[$0]] }
      let flag = InterruptFlag()
      if interrupts { trainee.afterBatch = { flag.raise() } }
      let plan = scriptCallback(
        "Ask", asksForEnd: asks,
        [
          .trainEnd: { call, _ throws(Failure) in
            guard case .dict(let end) = call.end else { throw Failure("the end is told") }
            notes.all.append(end.values.map { Operations.representation($0) }.joined(separator: " "))
          }
        ])
      let hooks = ScriptHooks(
        plan, model: HookModel(trainee), params: .none, console: Screen(isTerminal: false).console, clock: RunClock(now: { 0 }))
      let settings = FitSettings(epochs: losses.count, exampleCount: 4, batchSize: 4)
      _ = try? makeTrainer(trainee, settings, callbacks + [hooks], interrupt: flag).fit()
    }
    run([], [1])
    run([EarlyStopping(Monitor("loss", .down), patience: 1)], [1, 2, 3])
    run([TerminateOnNaN()], [.nan])
    run([], [1, 1], interrupts: true)
    run([TerminateOnNaN(fails: true)], [.nan])
    run([TerminateOnNaN(fails: true)], [.nan], asks: false)
    #expect(
      notes.all == [
        "'completed' None ''", "'stopped' 'EarlyStopping' '`loss` not under 1 for 1 epoch (2)'",
        "'diverged' 'TerminateOnNaN' 'the loss is nan at batch 0'", "'interrupted' None ''",
        "'failed' 'TerminateOnNaN' '`TerminateOnNaN` cannot go on in epoch 1: the loss is nan at batch 0'",
      ])
  }

  /// Each callback that has begun is told once of the end, whichever of them fails.
  @Test func theEndIsToldOnce() throws {
    struct Told: Callback {
      let name: String
      let hooks: Set<Hook> = [.trainBegin, .trainEnd]
      let isToldOfFailures: Bool
      let fails: Hook?
      let lines: Recorder.Lines
      func onTrainBegin(_ run: RunReport) throws(CallbackFailure) -> [Request] { try told(.trainBegin, "begin") }
      func onTrainEnd(_ end: EndReport) throws(CallbackFailure) -> [Request] {
        if case .failed = end.reason { try told(.trainEnd, "failed") } else { try told(.trainEnd, "end") }
      }
      private func told(_ hook: Hook, _ what: String) throws(CallbackFailure) -> [Request] {
        lines.all.append("\(name) \(what)")
        if fails == hook { throw CallbackFailure("it is told to") }
        return []
      }
      func resume(from state: JSON, _ run: RunReport) throws(CallbackFailure) { _ = try told(.trainBegin, "resume") }
    }
    let backup = MemoryBackup()
    func told(failing hook: Hook?, asks: [Bool] = [true, true, true], failsAtStep: Int? = nil, isBackedUp: Bool = false)
      -> [String]
    {
      let lines = Recorder.Lines()
      let callbacks = zip(["a", "b", "c"], asks).map { name, asks in
        Told(name: name, isToldOfFailures: asks, fails: name == "b" ? hook : nil, lines: lines)
      }
      let trainee = FakeTrainee()
      trainee.failsAtStep = failsAtStep
      let settings = FitSettings(epochs: 2, exampleCount: 4, batchSize: 4)
      #expect(throws: TrainingError.self) {
        try makeTrainer(trainee, settings, callbacks + [BackupAndRestore("memory")], backup: isBackedUp ? backup : nil).fit()
      }
      return lines.all
    }
    let begins = ["a begin", "b begin", "c begin"]
    let failures = ["a failed", "b failed", "c failed"]
    #expect(told(failing: .trainEnd) == begins + ["a end", "b end", "c failed"])
    #expect(told(failing: .trainEnd, asks: [true, true, false]) == begins + ["a end", "b end"])
    #expect(told(failing: .trainEnd, failsAtStep: 0) == begins + failures)
    // Those after it have not begun.
    #expect(told(failing: .trainBegin) == ["a begin", "b begin", "a failed", "b failed"])
    #expect(told(failing: nil, failsAtStep: 1, isBackedUp: true) == begins + failures)
    #expect(told(failing: .trainBegin, isBackedUp: true) == ["a resume", "b resume", "a failed", "b failed"])
  }

  @Test func evaluationsCanBeStopped() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let model = HookModel(trainee)
    let plan = scriptCallback(
      "Stop",
      [
        .testBatchEnd: { call, _ throws(Failure) in
          guard call.index == 1 else { return }
          do throws(MachineError) { try call.host.model.setAttribute("stop_evaluating", to: .bool(true)) } catch {
            throw Failure(error.message)
          }
        }
      ])
    let lines = Recorder.Lines()
    let console = Screen(isTerminal: false).console
    let hooks = ScriptHooks(plan, model: model, params: .none, console: console, clock: RunClock(now: { 0 }))
    for _ in 0..<2 {
      _ = try Evaluation(
        of: trainee, on: TestData(exampleCount: 20, batchSize: 4), callbacks: [hooks, Recorder(lines: lines)], model: model,
        console: console
      ).evaluate()
    }
    #expect(lines.all.count { $0.hasPrefix("A on_test_batch_end") } == 4)
  }
}
