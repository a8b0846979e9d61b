import Arrays
import Artifacts
import Datasets
import Diagnostics
import Lambdas
import Networks
import Plans
import Testing

@testable import Training

@Suite struct WorldTests {
  /// The same trajectories that networks follow batch by batch, here through `fit`, `evaluate` and `predict`.
  @Test(arguments: Trajectory.all) func followsKeras(_ trajectory: Trajectory) throws {
    let all = try JSON.parse(try readFile("\(trajectoryFolder)/trajectories.json"))
    let expected = try #require(all[trajectory.name])
    let arrays = try trajectory.arrays()
    let world = makeWorld()
    let model = try world.loadModel(trajectory.path)
    let data = try Dataset(
      inputs: [try #require(arrays["x"])], targets: [try #require(arrays["y"])],
      sampleWeights: [arrays["weights"]].compactMap { $0 })
    var plan = FitPlan.of(model, on: RunData(spec: data.spec, content: .dataset(data.object)), epochs: 5)
    plan.shuffle = .none
    plan.batchSize = expected["batch_size"]?.integerValue
    plan.validationSplit = expected["validation_split"]?.doubleValue ?? 0
    let classWeights = expected["class_weight"]?.objectValue?.entries.compactMap { key, value in
      Int(key).flatMap { key in value.doubleValue.map { (key, $0) } }
    }
    if let classWeights, !classWeights.isEmpty { plan.classWeight = Dictionary(uniqueKeysWithValues: classWeights) }
    let history = try world.fit(plan)
    for (name, values) in try #require(expected["history"]?.objectValue).entries {
      let ours = try #require(history.series[name], "\(name) is in the history").compactMap(\.asDouble)
      for (epoch, theirs) in (values.arrayValue ?? []).compactMap(\.doubleValue).enumerated() {
        #expect(abs(ours[epoch] - theirs) <= (epoch == 0 ? 2e-4 : 2e-3) * max(abs(theirs), 1e-3), "\(name) in epoch \(epoch + 1)")
      }
    }
    #expect(history.keys.count == expected["history"]?.objectValue?.count)
  }

  @Test func trainsEvaluatesAndPredicts() throws {
    let world = makeWorld()
    let model = try classifier()
    let data = try corners()
    let history = try world.fit(.of(model, on: data, epochs: 40))
    #expect(history.keys == ["accuracy", "loss", "val_accuracy", "val_loss"])
    #expect(history.parameters.map(\.name) == ["verbose", "epochs", "steps", "seed"])
    #expect(world.lastEnd == .completed)
    let scores = try world.evaluate(.of(model, on: data))
    #expect(scores.scores.map(\.name) == ["loss", "accuracy"])
    #expect(try #require(scores.scores[1].value.asDouble) > 0.9)
    guard case .array(let predictions) = try world.predict(.of(model, on: data)) else { return }
    #expect(predictions.shape == [60, 4])
  }

  @Test func oneSeedGivesTheSameBits() throws {
    func weights(seed: Int, threads: Int = 1) throws -> [[UInt8]] {
      let model = try classifier()
      let world = makeWorld(seed: seed, threads: threads)
      _ = try world.fit(.of(model, on: try corners(), epochs: 2))
      return bytes(model)
    }
    let first = try weights(seed: 7)
    #expect(try weights(seed: 7) == first)
    #expect(try weights(seed: 7, threads: 2) == first)
    #expect(try weights(seed: 8) != first)
  }

  @Test func aDrawnSeedIsPrintedOnce() throws {
    let screen = Screen(isTerminal: false)
    let world = makeWorld(seed: nil, screen: screen)
    let model = try classifier()
    _ = try world.fit(.of(model, on: try corners(), epochs: 1))
    _ = try world.fit(.of(model, on: try corners(), epochs: 1))
    #expect(screen.text == "seed \(world.seed) (drawn; `--seed \(world.seed)` trains the same again)\n")
  }

  @Test func savedModelsComeBackWhole() throws {
    let folder = TemporaryFolder()
    let world = makeWorld()
    let model = try classifier()
    let data = try corners()
    _ = try world.fit(.of(model, on: data, epochs: 2))
    try world.save(model, to: folder.path + "/m.keras")
    try world.saveWeights(model, to: folder.path + "/m.weights.h5")
    let again = try makeWorld().loadModel(folder.path + "/m.keras")
    let other = try classifier()
    let elsewhere = makeWorld(seed: 99)
    try elsewhere.loadWeights(other, from: folder.path + "/m.weights.h5")
    #expect(
      try makeWorld().evaluate(.of(again, on: data)).scores.map(\.value.briefDescription)
        == (try world.evaluate(.of(model, on: data)).scores.map(\.value.briefDescription)))
    #expect(
      try elsewhere.evaluate(.of(other, on: data)).scores.map(\.value.briefDescription)
        == (try world.evaluate(.of(model, on: data)).scores.map(\.value.briefDescription)))
    #expect(
      failure { try world.save(model, to: folder.path + "/m.onnx") }
        == "cannot write `\(folder.path)/m.onnx`: models are saved as `.keras`, `.h5` or `.weights.h5`")
    #expect(failure { _ = try world.loadModel(folder.path + "/none.keras") }?.contains("no such file") == true)
  }

  @Test func aCheckpointIsTheModelOfItsEpoch() throws {
    let folder = TemporaryFolder()
    let world = makeWorld()
    let model = try classifier()
    let checkpoint = callback("ModelCheckpoint", ["filepath": .string(folder.path + "/{epoch:02d}.keras")])
    _ = try world.fit(.of(model, on: try corners(), epochs: 2, [checkpoint]))
    let saved = try makeWorld().loadModel(folder.path + "/02.keras")
    #expect(try weights(world, model) == weights(makeWorld(), saved))
    #expect(FileStatus(at: folder.path + "/01.keras") != nil)
  }

  @Test func namesWhatIsWrongWithTheData() throws {
    let world = makeWorld()
    var labels = (0..<60).map { Int64($0 % 4) }
    labels[7] = 12
    #expect(
      failure { _ = try world.fit(.of(try classifier(), on: try corners(labels: labels))) }
        == "the target in row 7 is class 12, but the classes are 0 to 3")
    let plain = try classifier()
    plain.compiled = nil
    #expect(failure { _ = try world.fit(.of(plain, on: try corners())) } == "the model `classifier` is not compiled")
    var split = FitPlan.of(try classifier(), on: try corners())
    split.validationSplit = 0.999
    #expect(failure { _ = try world.fit(split) } == "`validation_split=0.999` of 60 examples leaves none to train on")
    let stopping = callback("EarlyStopping", ["monitor": .string("val_acc")])
    #expect(
      failure { _ = try world.fit(.of(try classifier(), on: try corners(), [stopping])) }
        == "`EarlyStopping` cannot go on: it monitors `val_acc`, but this fit only gives `accuracy`, `loss`, `val_accuracy` and `val_loss`"
    )
  }

  // MARK: Backups

  /// Trains with a backup in a folder; a process that is cut at the end of `cut` is started again.
  private func resumed(cuts: [Int], seed: Int = 7) throws -> (
    weights: [[UInt8]], csv: String, history: [String: [String]], seen: String
  ) {
    let folder = TemporaryFolder()
    var cuts = cuts[...]
    while true {
      let cut = cuts.popFirst()
      let world = makeWorld(seed: seed)
      let model = try classifier()
      let counter = scriptCallback(
        "Counter", state: [("seen", .list([]))], addedLogs: ["odd"],
        [
          .epochEnd: { call, state throws(Failure) in
            guard case .list(var seen) = state[0] else { return }
            seen.append(.tuple([.integer(call.index ?? -1), call.logs["loss"] ?? .none]))
            state[0] = .list(seen)
            call.logs.set(.integer((call.index ?? 0) % 2), for: .string("odd"))
            if call.index == cut { throw Failure("the power is cut") }
          }
        ])
      let callbacks: [CallbackPlan] = [
        .script(counter), callback("EarlyStopping", ["patience": .integer(9), "restore_best_weights": .bool(true)]),
        callback("ReduceLROnPlateau", ["patience": .integer(1)]),
        callback("CSVLogger", ["filename": .string(folder.path + "/log.csv")]),
        callback("BackupAndRestore", ["backup_dir": .string(folder.path + "/backup")]),
      ]
      do {
        let history = try world.fit(.of(model, on: try corners(), epochs: 6, callbacks))
        try world.deleteFinishedBackups()
        #expect(FileStatus(at: folder.path + "/backup") == nil)
        return (
          bytes(model), try folder.text("log.csv"), history.series.mapValues { $0.map(\.briefDescription) },
          Operations.representation(counter.instance.state[0])
        )
      } catch let failure as Failure where failure.message.contains("the power is cut") {
        continue
      }
    }
  }

  @Test func aKilledRunEndsAsIfItWasNot() throws {
    let expected = try resumed(cuts: [])
    #expect(expected.csv.split(separator: "\r\n").count == 7)
    for cuts in [[0], [1], [3], [5], [0, 1, 2, 3, 4, 5], [2, 2, 4]] {
      let found = try resumed(cuts: cuts)
      #expect(found.weights == expected.weights, "cut at \(cuts)")
      #expect(found.csv == expected.csv, "cut at \(cuts)")
      #expect(found.history == expected.history, "cut at \(cuts)")
      #expect(found.seen == expected.seen, "cut at \(cuts)")
    }
  }

  @Test func aFinishedFitIsTakenFromItsBackup() throws {
    let folder = TemporaryFolder()
    let backup = { callback("BackupAndRestore", ["backup_dir": .string(folder.path + "/backup")]) }
    let model = try classifier()
    let first = try makeWorld().fit(.of(model, on: try corners(), epochs: 2, [backup()]))
    #expect(FolderBackup.seed(inFolder: folder.path + "/backup") == 7)
    let screen = Screen(isTerminal: false)
    let again = try classifier()
    let second = try makeWorld(screen: screen).fit(.of(again, on: try corners(), epochs: 2, [backup()]))
    #expect(bytes(again) == bytes(model))
    #expect(second.series.mapValues { $0.map(\.briefDescription) } == first.series.mapValues { $0.map(\.briefDescription) })
    #expect(screen.text == "The backup in `\(folder.path)/backup` is complete: nothing is left to train.\n")
    var elsewhere = FitPlan.of(try classifier(), on: try corners(), epochs: 2, [backup()])
    elsewhere.site = RunSite(statement: 9, loopRounds: [1])
    #expect(
      failure { _ = try makeWorld().fit(elsewhere) }
        == "the backup in `\(folder.path)/backup` cannot be used: it belongs to another `fit`, of model `classifier`; "
        + "give each its own folder, or delete the folder to begin anew")
    #expect(
      failure { _ = try makeWorld(seed: 8).fit(.of(try classifier(), on: try corners(), epochs: 2, [backup()])) }
        == "the backup in `\(folder.path)/backup` cannot be used: it was made with seed 7, and this run has 8; use that seed, "
        + "or delete the folder to begin anew")
  }

  @Test func aFolderThatCannotBeWrittenIsNamedBeforeTraining() throws {
    let backup = callback("BackupAndRestore", ["backup_dir": .string(#filePath)])
    #expect(
      failure { _ = try makeWorld().fit(.of(try classifier(), on: try corners(), epochs: 1, [backup])) }
        == "`BackupAndRestore` cannot go on: it cannot write `\(#filePath)`: `\(#filePath)` is not a folder")
  }

  @Test func anInterruptedFitSaysWhereItGoesOn() throws {
    let folder = TemporaryFolder()
    let world = makeWorld()
    let flag = world.interrupt
    let interrupting = scriptCallback(
      "Interrupting", [.trainBatchEnd: { call, _ throws(Failure) in if call.index == 3 { flag.raise() } }])
    let callbacks = [.script(interrupting), callback("BackupAndRestore", ["backup_dir": .string(folder.path + "/backup")])]
    let text = failure { _ = try world.fit(.of(try classifier(), on: try corners(), epochs: 2, callbacks)) }
    #expect(
      text == "the training of `classifier` is interrupted; started again, it goes on from the backup in `\(folder.path)/backup`")
    #expect(world.lastEnd == .interrupted)
    #expect(world.lastHistory?.epochs == [])
  }

  // MARK: Support

  private func bytes(_ model: ModelObject) -> [[UInt8]] {
    (model.network as? Network)?.state().map { Array($0.array.rawBytes) } ?? []
  }

  private func weights(_ world: TrainingWorld, _ model: ModelObject) throws -> [[UInt8]] {
    guard case .list(let weights) = try world.weights(of: model) else { return [] }
    return weights.map { if case .array(let array) = $0 { Array(array.rawBytes) } else { [] } }
  }
}
