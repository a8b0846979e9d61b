import Lambdas
import Plans
import Testing

@testable import Training

@Suite struct ModelCheckpointTests {
  @Test func savesEveryEpochUnderItsNumbers() throws {
    var callback = ModelCheckpoint(try PathTemplate(checking: "tmp_mc/{epoch:02d}-{val_loss:.2f}.keras"), isVerbose: true)
    let losses = [0.1587435007095337, 0.15471988916397095, 0.15779952704906464]
    var paths: [String] = []
    var lines = ""
    for (epoch, loss) in losses.enumerated() {
      let requests = try callback.onEpochEnd(report(epoch, ["loss": 0.3, "val_loss": loss]))
      paths += requests.compactMap(\.save).map(\.path)
      lines += requests.printed
    }
    #expect(paths == ["tmp_mc/01-0.16.keras", "tmp_mc/02-0.15.keras", "tmp_mc/03-0.16.keras"])
    #expect(
      lines == """

        Epoch 1: saving model to tmp_mc/01-0.16.keras

        Epoch 1: finished saving model to tmp_mc/01-0.16.keras

        Epoch 2: saving model to tmp_mc/02-0.15.keras

        Epoch 2: finished saving model to tmp_mc/02-0.15.keras

        Epoch 3: saving model to tmp_mc/03-0.16.keras

        Epoch 3: finished saving model to tmp_mc/03-0.16.keras

        """)
  }

  @Test func savesTheBestOnly() throws {
    var callback = ModelCheckpoint(
      try PathTemplate(checking: "tmp_mc/best.weights.h5"), monitor: Monitor("mae", .up), isVerbose: true, weightsOnly: true)
    var lines = ""
    for (epoch, mae) in [0.521234393119812, 0.2924683094024658, 0.25979000329971313].enumerated() {
      let requests = try callback.onEpochEnd(report(epoch, ["mae": mae]))
      #expect(requests.compactMap(\.save).map(\.weightsOnly) == (epoch == 0 ? [true] : []))
      lines += requests.printed
    }
    #expect(
      lines == """

        Epoch 1: mae improved from None to 0.52123, saving model to tmp_mc/best.weights.h5

        Epoch 1: finished saving model to tmp_mc/best.weights.h5

        Epoch 2: mae did not improve from 0.52123

        Epoch 3: mae did not improve from 0.52123

        """)
  }

  @Test func countsBatchesAcrossEpochs() throws {
    var callback = ModelCheckpoint(try PathTemplate(checking: "e{epoch}b{batch}.keras"), frequency: .batches(2))
    var paths: [String] = []
    for epoch in 0..<2 {
      for batch in 0..<3 {
        let report = BatchReport(epoch: epoch, batch: batch, running: RunningLogs(Logs(["loss": 1])))
        paths += try callback.onBatchEnd(report).compactMap(\.save).map(\.path)
      }
    }
    #expect(paths == ["e1b2.keras", "e2b1.keras", "e2b3.keras"])
  }

  /// Keras fails at the second look.
  @Test func looksForTheBestAmongBatches() throws {
    var callback = ModelCheckpoint(
      try PathTemplate(checking: "e{epoch}b{batch}.keras"), monitor: Monitor("loss", .down), frequency: .batches(1))
    var paths: [String] = []
    for (batch, loss) in [0.4, 0.5, 0.3, .nan].enumerated() {
      let report = BatchReport(epoch: 0, batch: batch, running: RunningLogs(Logs(["loss": loss])))
      paths += try callback.onBatchEnd(report).compactMap(\.save).map(\.path)
    }
    #expect(paths == ["e1b1.keras", "e1b3.keras"])
  }

  @Test func nanIsNeverTheBest() throws {
    var callback = ModelCheckpoint(try PathTemplate(checking: "n.keras"), monitor: Monitor("loss", .down))
    let saves = try [Double.nan, 2, 3, 1].enumerated().map { epoch, loss in
      try callback.onEpochEnd(report(epoch, ["loss": loss])).compactMap(\.save).count
    }
    #expect(saves == [0, 1, 0, 1])
  }

  @Test func keepsItsBestFromFitToFitAndThroughABackup() throws {
    var callback = ModelCheckpoint(try PathTemplate(checking: "n.keras"), monitor: Monitor("loss", .down), isVerbose: true)
    _ = try callback.onEpochEnd(report(0, ["loss": 0.31962]))
    var copy = ModelCheckpoint(try PathTemplate(checking: "n.keras"), monitor: Monitor("loss", .down), isVerbose: true)
    copy.resume(from: callback.saveState(), RunReport(epochs: 2, steps: 1))
    _ = try copy.onTrainBegin(RunReport(epochs: 2, steps: 1))
    let lines = try copy.onEpochEnd(report(0, ["loss": 0.19226])).printed
    #expect(lines.hasPrefix("\nEpoch 1: loss improved from 0.31962 to 0.19226, saving model to n.keras\n"))
  }

  @Test func respectsTheInitialThreshold() throws {
    var callback = ModelCheckpoint(
      try PathTemplate(checking: "n.keras"), monitor: Monitor("loss", .down), isVerbose: true, best: 0.0001)
    #expect(try callback.onEpochEnd(report(0, ["loss": 0.1])).printed == "\nEpoch 1: loss did not improve from 0.00010\n")
  }

  @Test func skipsEpochsWithoutTheScore() throws {
    var callback = ModelCheckpoint(try PathTemplate(checking: "n.keras"), monitor: Monitor("val_loss", .down))
    #expect(try callback.onEpochEnd(report(0, ["loss": 0.1])).isEmpty)
  }

  @Test func refusesWhatCannotWork() throws {
    let outline = FitOutline(batchNames: ["loss", "mae"], hasValidation: true, directions: ["mae": .down])
    let refusals: [(arguments: [String: Value], says: String)] = [
      (["filepath": .string("x.ckpt")], "its path must end in `.keras` or `.h5`, but is `x.ckpt`"),
      (
        ["filepath": .string("x.h5"), "save_weights_only": .bool(true)],
        "its path must end in `.weights.h5` with `save_weights_only`, but is `x.h5`"
      ),
      (
        ["filepath": .string("{epoch}-{val_acc}.keras")],
        "its path needs `val_acc`, but this fit only gives `epoch`, `loss`, `mae`, `val_loss` and `val_mae`"
      ),
      (["filepath": .string("{epoch.keras")], "its path `{epoch.keras` has a brace without its partner"),
      (
        ["filepath": .string("x.keras"), "save_best_only": .bool(true), "monitor": .string("val_acc")],
        "it monitors `val_acc`, but this fit only gives `loss`, `mae`, `val_loss` and `val_mae`"
      ),
      (
        ["filepath": .string("x.keras"), "save_best_only": .bool(true), "save_freq": .integer(2)],
        "with a number of batches as `save_freq`, `val_loss` is not known yet when it looks; "
          + "monitor one of `loss` and `mae`, or leave `save_freq` at \"epoch\""
      ),
    ]
    for refusal in refusals {
      let arguments = bound(ModelCheckpoint.entry, refusal.arguments)
      #expect(throws: CallbackFailure(refusal.says)) {
        try ModelCheckpoint(
          arguments,
          in: CallbackSurroundings(outline: outline, model: FakeTrainee(), now: { 0 }, seconds: { 0 }) { _, _ in .none })
      }
    }
  }
}

/// A call's arguments as the checker binds them.
func bound(_ entry: Entry, _ given: [String: Value]) -> Arguments {
  var values = given
  for parameter in entry.signature.parameters where values[parameter.name] == nil {
    values[parameter.name] = parameter.defaultValue
  }
  return Arguments(values, given: Set(given.keys))
}
