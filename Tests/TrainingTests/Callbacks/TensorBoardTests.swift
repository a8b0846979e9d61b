import Arrays
import Artifacts
import Lambdas
import Plans
import Testing

@testable import Training

@Suite struct TensorBoardTests {
  private func board(_ folder: TemporaryFolder, _ given: [String: Value] = [:], of model: any WatchedModel) throws -> TensorBoard
  {
    var ticks = 0.0
    return try TensorBoard(bound(TensorBoard.entry, given.merging(["log_dir": .string(folder.path + "/logs")]) { $1 }), of: model)
    {
      ticks += 0.25
      return ticks
    }
  }

  /// The events of a training of three batches an epoch, by run: `tag@step`.
  private func logged(_ given: [String: Value] = [:], epochs: Int = 2, validation: Int? = 1) throws -> (
    train: [String], validation: [String]
  ) {
    let folder = TemporaryFolder()
    let trainee = FakeTrainee(scoreNames: ["loss"])
    var settings = FitSettings(epochs: epochs, exampleCount: 9, batchSize: 3)
    if let validation {
      settings.validation = .init(frequency: .every(validation), data: TestData(exampleCount: 4, batchSize: 4))
    }
    _ = try makeTrainer(trainee, settings, [board(folder, given, of: trainee)]).fit()
    func shown(_ run: String) throws -> [String] {
      try LoggedEvent.all(inFolder: "\(folder.path)/logs/\(run)").map { "\($0.tag)@\($0.step)" }
    }
    return (try shown("train"), try shown("validation"))
  }

  @Test func scoresOfEpochs() throws {
    let events = try logged()
    #expect(
      events.train == ["keras@0", "epoch_loss@0", "epoch_learning_rate@0", "epoch_loss@1", "epoch_learning_rate@1"])
    #expect(
      events.validation == [
        "evaluation_loss_vs_iterations@3", "epoch_loss@0", "evaluation_loss_vs_iterations@6", "epoch_loss@1",
      ])
  }

  /// Keras drops the scores of an epoch that does not end with such a batch.
  @Test func scoresOfEveryFewBatchesAndOfAllEpochs() throws {
    let events = try logged(["update_freq": .integer(2), "write_graph": .bool(false)], validation: 2)
    #expect(
      events.train == [
        "batch_loss@2", "epoch_loss@0", "epoch_learning_rate@0", "batch_loss@4", "batch_loss@6", "epoch_loss@1",
        "epoch_learning_rate@1",
      ])
    #expect(events.validation == ["evaluation_loss_vs_iterations@6", "epoch_loss@1"])
  }

  @Test func stepsPerSecond() throws {
    let events = try logged(
      ["update_freq": .string("batch"), "write_graph": .bool(false), "write_steps_per_second": .bool(true)], epochs: 1,
      validation: nil)
    #expect(events.train.prefix(4) == ["batch_steps_per_second@1", "batch_loss@1", "batch_steps_per_second@2", "batch_loss@2"])
    #expect(events.train.suffix(3) == ["epoch_loss@0", "epoch_learning_rate@0", "epoch_steps_per_second@0"])
    #expect(events.validation == [])
  }

  @Test func weights() throws {
    let events = try logged(["histogram_freq": .integer(2), "write_images": .bool(true), "write_graph": .bool(false)], epochs: 3)
    // The fake's weight is one number, which makes no picture.
    #expect(events.train.filter { $0.hasPrefix("fake") } == ["fake/dense/kernel/histogram@0", "fake/dense/kernel/histogram@2"])
  }

  @Test func anEvaluationAlone() throws {
    let folder = TemporaryFolder()
    let trainee = FakeTrainee(scoreNames: ["loss"])
    let console = Screen(isTerminal: false).console
    let data = TestData(exampleCount: 4, batchSize: 2)
    _ = try Evaluation(of: trainee, on: data, callbacks: [board(folder, of: trainee)], console: console).evaluate()
    #expect(try LoggedEvent.all(inFolder: folder.path + "/logs/train").map(\.tag) == ["keras"])
    #expect(try LoggedEvent.all(inFolder: folder.path + "/logs/validation").map(\.tag) == ["evaluation_loss_vs_iterations"])
  }

  @Test func scoresOfSeveralNumbersAndOfNone() throws {
    let folder = TemporaryFolder()
    let trainee = FakeTrainee()
    var callback = try board(folder, ["write_graph": .bool(false)], of: trainee)
    _ = try callback.onTrainBegin(RunReport(epochs: 1, steps: 1))
    var logs = Logs(["loss": 0.5])
    logs["f1"] = .array(NDArray(doubles: [0.25, 0.75], shape: [2]))
    logs["note"] = .string("fine")
    let report = EpochReport(epoch: 0, logs: logs, rates: [OptimizerRate(0.1, of: "adam"), OptimizerRate(0.2, of: "sgd")])
    #expect(try callback.onEpochEnd(report).printed == "TensorBoard leaves out `note`, which is the text `fine`.\n")
    #expect(try callback.onEpochEnd(report).printed == "")
    let events = try LoggedEvent.all(inFolder: folder.path + "/logs/train").prefix(5)
    #expect(
      events.map(\.tag) == [
        "epoch_loss", "epoch_f1/0", "epoch_f1/1", "epoch_learning_rate_adam", "epoch_learning_rate_sgd",
      ])
    #expect(events.map(\.number) == [0.5, 0.25, 0.75, 0.1, 0.2])
  }

  /// A model of two embedding layers and one that is none.
  private final class Words: WatchedModel {
    let modelName = "words"
    let optimizerName = "sgd"
    let iterations = 0
    let layers = [
      TraineeLayer(name: "first", kind: "Embedding", isTrainable: true, weightCount: 1),
      TraineeLayer(name: "out", kind: "Dense", isTrainable: true, weightCount: 2),
      TraineeLayer(name: "second", kind: "Embedding", isTrainable: true, weightCount: 1),
    ]
    let weights = [[2, 2], [2, 1], [1], [1, 3]].map { shape in
      NDArray(doubles: (0..<shape.reduce(1, *)).map { Double($0) / 4 }, shape: shape).converted(to: .float32)
    }
    let weightPaths = ["first/embeddings", "out/kernel", "out/bias", "second/embeddings"]
  }

  /// Keras gives every embedding the name of the first, of a file that it does not write.
  @Test func embeddings() throws {
    let folder = TemporaryFolder()
    let metadata = DictValue([("second", .string("labels.tsv"))])
    var callback = try board(
      folder, ["embeddings_freq": .integer(2), "embeddings_metadata": .dict(metadata), "write_graph": .bool(false)], of: Words())
    _ = try callback.onTrainBegin(RunReport(epochs: 3, steps: 1))
    #expect(
      try folder.text("logs/projector_config.pbtxt") == """
        embeddings {
          tensor_name: "first/embeddings"
          tensor_path: "train/keras_embedding-first.tsv"
        }
        embeddings {
          tensor_name: "second/embeddings"
          metadata_path: "labels.tsv"
          tensor_path: "train/keras_embedding-second.tsv"
        }

        """)
    #expect(try folder.text("logs/train/keras_embedding-first.tsv") == "0.0\t0.25\n0.5\t0.75\n")
    #expect(try folder.text("logs/train/keras_embedding-second.tsv") == "0.0\t0.25\t0.5\n")
    let saves = try (0..<3).flatMap { epoch in
      try callback.onEpochEnd(EpochReport(epoch: epoch, logs: Logs(["loss": 1]), rates: [])).compactMap(\.save)
    }
    #expect(
      saves.map { $0.path.dropFirst(folder.path.count) } == [0, 2].map { "/logs/train/keras_embedding.ckpt-\($0).weights.h5" })
    #expect(saves.allSatisfy { $0.weightsOnly })
  }

  /// The events of a backup that someone has deleted since.
  @Test func goesOnInANewFileWhereItsOwnIsGone() throws {
    let folder = TemporaryFolder()
    let trainee = FakeTrainee()
    var callback = try board(folder, of: trainee)
    _ = try callback.onTrainBegin(RunReport(epochs: 2, steps: 1))
    _ = try callback.onEpochEnd(EpochReport(epoch: 0, logs: Logs(["loss": 0.5, "val_loss": 0.5]), rates: []))
    let paths = callback.growingFiles.map(\.path)
    #expect(paths.count == 2 && callback.losses == [])
    for path in paths { try deleteFile(path) }
    var resumed = try board(folder, of: trainee)
    try resumed.resume(from: callback.saveState(), RunReport(epochs: 2, steps: 1, initialEpoch: 1))
    #expect(
      resumed.losses == paths.map { "`\($0)` is not as the backup knows it: it is gone; what follows is in a new file beside it" }
    )
    _ = try resumed.onEpochEnd(EpochReport(epoch: 1, logs: Logs(["loss": 0.25, "val_loss": 0.5]), rates: []))
    // The graph is there again.
    #expect(
      try LoggedEvent.all(inFolder: folder.path + "/logs/train").map { "\($0.tag)@\($0.step)" } == ["keras@0", "epoch_loss@1"])
    #expect(try LoggedEvent.all(inFolder: folder.path + "/logs/validation").map { "\($0.tag)@\($0.step)" } == ["epoch_loss@1"])
  }

  @Test func tellsThatItDoesNotProfile() throws {
    let folder = TemporaryFolder()
    let trainee = FakeTrainee()
    var callback = try board(folder, ["profile_batch": .tuple([.integer(2), .integer(5)])], of: trainee)
    #expect(
      try callback.onTrainBegin(RunReport(epochs: 1, steps: 1)).printed
        == "TensorBoard writes no profile; `train run --profile` tells what takes the time of a batch.\n")
  }

  @Test(
    arguments: [
      (.integer(0), true), (.integer(3), true), (.tuple([.integer(2), .integer(5)]), true),
      (.list([.integer(0), .integer(0)]), true),
      (.string("2,5"), true), (.string("4"), true), (.string("2, 5"), true), (.tuple([.integer(5), .integer(2)]), false),
      (.string("1,2,3"), false), (.string("x"), false), (.string(""), false), (.string("5,2"), false), (.string("-1"), false),
    ] as [(Value, Bool)])
  func batchesToProfile(_ value: Value, _ isRight: Bool) {
    let conflict = TensorBoard.entry.conflict(bound(TensorBoard.entry, ["profile_batch": value]))
    #expect((conflict == nil) == isRight)
  }

  @Test func saysWhyItCannotWrite() throws {
    let trainee = FakeTrainee()
    let arguments = bound(TensorBoard.entry, ["log_dir": .string("/dev/null")])
    #expect(throws: CallbackFailure("it cannot write `/dev/null`: `/dev/null` is not a folder")) {
      try TensorBoard(arguments, of: trainee) { 0 }
    }
    // Found out only when it comes to writing: `train` becomes a file after the look at it.
    let folder = TemporaryFolder()
    let callback = try board(folder, of: trainee)
    try writeDurably("", to: folder.path + "/logs/train", makingFolders: true)
    let settings = FitSettings(epochs: 1, exampleCount: 4, batchSize: 4)
    do {
      _ = try makeTrainer(trainee, settings, [callback]).fit()
      Issue.record("it cannot write")
    } catch {
      #expect(error.failure.message.hasPrefix("`TensorBoard` cannot go on: it cannot write `\(folder.path)/logs/train/"))
      #expect(error.failure.message.hasSuffix("`\(folder.path)/logs/train` is not a folder"))
    }
  }
}
