import Arrays
import Lambdas
import Networks
import Plans
import Testing

@testable import Training

@Suite struct TrainerTests {
  private func batches(steps: Int?, epochs: Int, count: Int = 10, batchSize: Int = 3) throws -> [[Int32]] {
    let trainee = FakeTrainee()
    let settings = FitSettings(epochs: epochs, exampleCount: count, batchSize: batchSize, stepsPerEpoch: steps)
    _ = try makeTrainer(trainee, settings).fit()
    return trainee.trainedRows
  }

  /// Keras's transcript of `steps_per_epoch`: epochs go on through the data, and begin it anew when it is used up.
  @Test func goesOnThroughTheDataFromEpochToEpoch() throws {
    let pass: [[Int32]] = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    #expect(try batches(steps: 2, epochs: 4) == pass + pass)
    #expect(try batches(steps: 3, epochs: 4) == pass + pass)
    #expect(try batches(steps: 5, epochs: 2) == pass + pass)
    #expect(try batches(steps: nil, epochs: 2) == pass + pass)
  }

  @Test func saysOnceThatTheDataRanOut() throws {
    let screen = Screen(isTerminal: false)
    let settings = FitSettings(epochs: 3, exampleCount: 10, batchSize: 3, stepsPerEpoch: 5)
    _ = try makeTrainer(FakeTrainee(), settings, console: screen.console).fit()
    #expect(screen.text == "\nnote: the data ran out after 4 of 5 batches of epoch 1; the next epoch begins it anew.\n")
  }

  @Test func shufflesByStreamAndPass() throws {
    func rows(_ seed: Int, _ shuffle: FitPlan.Shuffle, epochs: Int = 2) throws -> [[Int32]] {
      let trainee = FakeTrainee()
      let settings = FitSettings(
        epochs: epochs, exampleCount: 10, batchSize: 3, shuffle: shuffle, stream: RandomStream(seed: seed, "model"))
      _ = try makeTrainer(trainee, settings).fit()
      return trainee.trainedRows
    }
    let rows7 = try rows(7, .all)
    #expect(rows7.prefix(4).joined().sorted() == Array(0..<10))
    #expect(rows7.suffix(4).joined().sorted() == Array(0..<10))
    #expect(Array(rows7.prefix(4)) != Array(rows7.suffix(4)))
    #expect(try rows(7, .all) == rows7)
    #expect(try rows(8, .all) != rows7)
    let within = try rows(7, .withinBatches)
    #expect(within.map { $0.sorted() } == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]] + [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]])
  }

  @Test(arguments: [
    (FitPlan.ValidationFrequency.every(2), [1]), (.epochs([1, 3]), [0, 2]), (.every(1), [0, 1, 2]), (.epochs([]), []),
  ]) func validatesWhenDue(_ frequency: FitPlan.ValidationFrequency, _ epochs: [Int]) throws {
    let history = HistoryObject()
    let validation = FitSettings.Validation(frequency: frequency, data: TestData(exampleCount: 4, batchSize: 4))
    let settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 4, validation: validation)
    _ = try makeTrainer(FakeTrainee(), settings, [History(history)]).fit()
    #expect(history.series["val_loss"]?.count ?? 0 == epochs.count)
    #expect(history.series["loss"]?.count == 3)
    #expect(history.epochs == [0, 1, 2])
  }

  @Test func oneSetOfLogsGoesThroughTheList() throws {
    let lines = Recorder.Lines()
    let history = HistoryObject()
    let screen = Screen(isTerminal: false)
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let callbacks: [any Callback] = [
      Recorder(lines: lines), LearningRateScheduler { _, rate in .float(rate / 2) }, Recorder(lines: lines), History(history),
    ]
    let settings = FitSettings(epochs: 1, exampleCount: 4, batchSize: 4, verbose: 2)
    _ = try makeTrainer(trainee, settings, callbacks, console: screen.console).fit()
    let ends = lines.all.filter { $0.hasPrefix("A on_epoch_end") }
    #expect(!ends[0].contains("learning_rate"))
    #expect(ends[1].contains("'learning_rate': 0.05000000074505806"))
    #expect(!lines.all[lines.all.count - 1].contains("learning_rate"))
    #expect(history.keys == ["loss", "learning_rate"])
    #expect(screen.text.hasSuffix(" - learning_rate: 0.0500\n"))
  }

  @Test func restoresTheBestWeights() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[3]], [[1]], [[2]], [[2]], [[2]]]
    var weights: [Float] = []
    trainee.afterBatch = { weights.append(trainee.weight) }
    let stopping = EarlyStopping(Monitor("loss", .down), patience: 2, restoresBestWeights: true)
    let reason = try makeTrainer(trainee, FitSettings(epochs: 5, exampleCount: 4, batchSize: 4), [stopping]).fit()
    #expect(reason == .stopped(by: "EarlyStopping", because: "`loss` not under 1 for 2 epochs (2, 2)"))
    #expect(weights.count == 4)
    #expect(trainee.weight == weights[1])
  }

  @Test func savesAtItsTurnAndBeforeTheProgressLine() throws {
    let screen = Screen(isTerminal: false)
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[0.5]]]
    let checkpoint = ModelCheckpoint(try PathTemplate(checking: "m.keras"), isVerbose: true)
    _ = try makeTrainer(
      trainee, FitSettings(epochs: 1, exampleCount: 4, batchSize: 4, verbose: 2), [checkpoint], console: screen.console
    ).fit()
    #expect(trainee.savedPaths == ["m.keras"])
    #expect(
      screen.text
        == "\nEpoch 1: saving model to m.keras\n\nEpoch 1: finished saving model to m.keras\n1/1 - 0s - 0s/step - loss: 0.5000\n")
  }

  @Test func divergesWithoutLosingTheHooks() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    trainee.scriptedTraining = [[[1], [.infinity], [.infinity]]]
    let lines = Recorder.Lines()
    let reason = try makeTrainer(
      trainee, FitSettings(epochs: 3, exampleCount: 12, batchSize: 4), [TerminateOnNaN(), Recorder(lines: lines)]
    ).fit()
    #expect(reason == .diverged(by: "TerminateOnNaN", because: "the loss is inf at batch 1"))
    #expect(!reason.isGood)
    #expect(lines.all.last == "A on_train_end {'loss': inf}")
    #expect(trainee.steps == 2)
  }

  @Test func failuresNameCallbackAndEpoch() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let lines = Recorder.Lines()
    let schedule = LearningRateScheduler { epoch, _ in epoch == 1 ? .integer(1) : .float(0.1) }
    let settings = FitSettings(epochs: 3, exampleCount: 4, batchSize: 4)
    do {
      _ = try makeTrainer(trainee, settings, [schedule, Recorder(lines: lines)]).fit()
      Issue.record("it fails")
    } catch {
      #expect(
        error.failure.message
          == "`LearningRateScheduler` cannot go on in epoch 2: its schedule should give a float, but gave 1")
    }
    #expect(lines.all.last?.hasPrefix("A on_epoch_end 0") == true)

    let failing = FakeTrainee()
    failing.failsAtStep = 1
    do {
      _ = try makeTrainer(failing, settings).fit()
      Issue.record("it fails")
    } catch {
      #expect(error.failure.message == "the training fails in epoch 2: the label 12 of row 7 is none of the 10 classes")
    }
  }

  @Test func anInterruptionEndsAfterTheBatch() throws {
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let flag = InterruptFlag()
    trainee.afterBatch = { if trainee.steps == 5 { flag.raise() } }
    let lines = Recorder.Lines()
    let reason = try makeTrainer(
      trainee, FitSettings(epochs: 4, exampleCount: 9, batchSize: 3), [Recorder(lines: lines)], interrupt: flag
    ).fit()
    #expect(reason == .interrupted)
    #expect(trainee.steps == 5)
    #expect(lines.all.suffix(2).map { $0.prefix(15) } == ["A on_batch_end ", "A on_train_end "])
  }

  @Test(arguments: [["loss", "accuracy", "AUC", "val", "Z"], ["loss"], [], ["loss", "mae", "loss"]])
  func scoresStandInTheirOrderAtOnce(_ names: [String]) {
    let scores = names.indices.map { Score.number(Double($0)) }
    let sorted = Logs(sorting: zip(names, scores).map { (name: $0, value: $1.value) })
    let ordered = ScoreOrder(names).logs(scores)
    #expect(ordered.names == sorted.names)
    #expect(ordered.names.map { ordered.number($0) } == sorted.names.map { sorted.number($0) })
    #expect(
      ordered.dict.count == sorted.names.count && sorted.names.allSatisfy { ordered.dict[$0]?.asDouble == sorted.number($0) })
  }

  /// Scores are read back only where somebody looks.
  @Test func readsNoScoresThatNobodyWants() throws {
    var reads = 0
    let running = RunningLogs {
      reads += 1
      return Logs(["loss": 1])
    }
    let list = CallbackList([EarlyStopping(Monitor("loss", .down))], of: FakeTrainee(), on: Screen(isTerminal: false).console)
    for batch in 0..<10 {
      running.batchIsDone()
      try list.batchEnds(.train, epoch: 0, batch: batch, running)
    }
    #expect(reads == 0)
  }
}
