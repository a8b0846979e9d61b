import Lambdas
import Plans
import Testing

@testable import Training

/// One run of EarlyStopping over scripted scores, with what Keras 3.15.1 did.
struct StoppingCase: CustomTestStringConvertible, Sendable {
  struct After: Equatable, Sendable {
    let wait: Int
    let best: Double?
    let bestEpoch: Int
    init(_ wait: Int, _ best: Double?, _ bestEpoch: Int) {
      self.wait = wait
      self.best = best
      self.bestEpoch = bestEpoch
    }
  }
  let title: String
  var direction = Direction.down
  var minimumChange = 0.0
  var patience = 0
  var baseline: Double?
  var restores = false
  var startEpoch = 0
  var initialEpoch = 0
  let values: [Double]
  let after: [After]
  /// 0 where it does not stop.
  var stopped = 0
  /// The epoch whose weights the model ends with.
  let weightsOf: Int
  var lines = ""
  var testDescription: String { title }
}

private typealias After = StoppingCase.After
private let nan = Double.nan

private let stoppingCases: [StoppingCase] = [
  .init(
    title: "patience 0", values: [3, 2, 2.5], after: [After(0, 3, 0), After(0, 2, 1), After(1, 2, 1)], stopped: 2, weightsOf: 2,
    lines: "Epoch 3: early stopping\n"),
  .init(
    title: "patience 2", patience: 2, values: [3, 2, 2.5, 2.6],
    after: [After(0, 3, 0), After(0, 2, 1), After(1, 2, 1), After(2, 2, 1)], stopped: 3, weightsOf: 3,
    lines: "Epoch 4: early stopping\n"),
  .init(
    title: "patience 0, never better", values: [1, 1], after: [After(0, 1, 0), After(1, 1, 0)], stopped: 1, weightsOf: 1,
    lines: "Epoch 2: early stopping\n"),
  .init(
    title: "min_delta 0.5", minimumChange: 0.5, patience: 2, values: [3, 2.6, 2.5],
    after: [After(0, 3, 0), After(1, 3, 0), After(2, 3, 0)], stopped: 2, weightsOf: 2, lines: "Epoch 3: early stopping\n"),
  .init(
    title: "min_delta -0.5", minimumChange: -0.5, patience: 2, values: [3, 2.6, 2.5],
    after: [After(0, 3, 0), After(1, 3, 0), After(2, 3, 0)], stopped: 2, weightsOf: 2, lines: "Epoch 3: early stopping\n"),
  .init(
    title: "mode max", direction: .up, patience: 2, values: [1, 2, 2, 1],
    after: [After(0, 1, 0), After(0, 2, 1), After(1, 2, 1), After(2, 2, 1)], stopped: 3, weightsOf: 3,
    lines: "Epoch 4: early stopping\n"),
  .init(
    title: "baseline 0.5 never beaten", patience: 3, baseline: 0.5, restores: true, values: [3, 2, 1, 0.9, 0.8, 0.7],
    after: [After(1, 3, 0), After(2, 2, 1), After(3, 1, 2), After(4, 0.9, 3), After(5, 0.8, 4), After(6, 0.7, 5)], weightsOf: 5,
    lines: "Restoring model weights from the end of the best epoch: 6.\n"),
  .init(
    title: "baseline 1.5 beaten, then a plateau", patience: 3, baseline: 1.5, restores: true,
    values: [3, 2, 1, 1.1, 1.2, 0.7, 0.8, 0.9, 0.9],
    after: [
      After(1, 3, 0), After(2, 2, 1), After(0, 1, 2), After(1, 1, 2), After(2, 1, 2), After(0, 0.7, 5), After(1, 0.7, 5),
      After(2, 0.7, 5), After(3, 0.7, 5),
    ], stopped: 8, weightsOf: 5,
    lines: "Epoch 9: early stopping\nRestoring model weights from the end of the best epoch: 6.\n"),
  .init(
    title: "start_from_epoch 3", patience: 2, restores: true, startEpoch: 3, values: [1, 2, 3, 5, 4, 4.5, 4.6],
    after: [
      After(0, nil, 0), After(0, nil, 0), After(0, nil, 0), After(0, 5, 3), After(0, 4, 4), After(1, 4, 4), After(2, 4, 4),
    ], stopped: 6, weightsOf: 4,
    lines: "Epoch 7: early stopping\nRestoring model weights from the end of the best epoch: 5.\n"),
  .init(
    title: "start_from_epoch beyond the end", restores: true, startEpoch: 10, values: [1, 2, 3],
    after: [After(0, nil, 0), After(0, nil, 0), After(0, nil, 0)], weightsOf: 2),
  .init(
    title: "restored without a stop", patience: 5, restores: true, values: [3, 1, 2],
    after: [After(0, 3, 0), After(0, 1, 1), After(1, 1, 1)], weightsOf: 1,
    lines: "Restoring model weights from the end of the best epoch: 2.\n"),
  .init(
    title: "NaN first is never the best (Keras: for ever)", patience: 2, restores: true, values: [nan, 2, 1],
    after: [After(1, nil, 0), After(0, 2, 1), After(0, 1, 2)], weightsOf: 2,
    lines: "Restoring model weights from the end of the best epoch: 3.\n"),
  .init(
    title: "NaN later", patience: 2, restores: true, values: [2, 1, nan, nan],
    after: [After(0, 2, 0), After(0, 1, 1), After(1, 1, 1), After(2, 1, 1)], stopped: 3, weightsOf: 1,
    lines: "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"),
  .init(
    title: "initial_epoch 2", initialEpoch: 2, values: [3, 4], after: [After(0, 3, 2), After(1, 3, 2)], stopped: 3, weightsOf: 3,
    lines: "Epoch 4: early stopping\n"),
  .init(
    title: "patience 0, initial_epoch 1", initialEpoch: 1, values: [3, 4], after: [After(0, 3, 1), After(1, 3, 1)], stopped: 2,
    weightsOf: 2, lines: "Epoch 3: early stopping\n"),
  .init(
    title: "single precision", patience: 3, values: [1, 0.999999999, 0.999999, 0.999999],
    after: [After(0, 1, 0), After(1, 1, 0), After(0, 0.999999, 2), After(1, 0.999999, 2)], weightsOf: 3),
  .init(
    title: "epoch 0 never stops", values: [nan, nan], after: [After(1, nil, 0), After(2, nil, 0)], stopped: 1, weightsOf: 1,
    lines: "Epoch 2: early stopping\n"),
]

@Suite struct EarlyStoppingTests {
  @Test(arguments: stoppingCases) func followsKeras(_ run: StoppingCase) throws {
    var callback = EarlyStopping(
      Monitor("val_loss", run.direction, minimumChange: run.minimumChange), patience: run.patience, isVerbose: true,
      baseline: run.baseline, restoresBestWeights: run.restores, startEpoch: run.startEpoch)
    _ = callback.onTrainBegin(RunReport(epochs: 100, steps: 1))
    var weights = -1
    var kept: Int?
    for (index, value) in run.values.enumerated() {
      let epoch = run.initialEpoch + index
      weights = epoch
      let requests = callback.onEpochEnd(report(epoch, ["val_loss": value]))
      if requests.contains(where: \.isKeepWeights) { kept = epoch }
      #expect(After(callback.wait, callback.best, callback.bestEpoch) == run.after[index], "after epoch \(epoch)")
      #expect(requests.contains(where: \.isStop) == (index == run.values.count - 1 && run.stopped > 0), "stop at epoch \(epoch)")

      // What a backup holds is all it knows.
      var copy = EarlyStopping(
        Monitor("val_loss", run.direction, minimumChange: run.minimumChange), patience: run.patience, isVerbose: true,
        baseline: run.baseline, restoresBestWeights: run.restores, startEpoch: run.startEpoch)
      copy.resume(from: callback.saveState(), RunReport(epochs: 100, steps: 1))
      callback = copy
    }
    #expect(callback.stoppedEpoch == run.stopped)
    let last = callback.onTrainEnd(EndReport(reason: .completed))
    #expect(last.printed == run.lines)
    if last.contains(where: \.isRestore) { weights = try #require(kept) }
    #expect(weights == run.weightsOf)
  }

  @Test func countsOnlyEpochsThatGiveTheScore() {
    var callback = EarlyStopping(Monitor("val_loss", .down), patience: 1)
    let first = callback.onEpochEnd(report(0, ["val_loss": 1]))
    #expect(!first.contains { $0.isStop })
    #expect(callback.onEpochEnd(report(1, ["loss": 1])).isEmpty)
    #expect(callback.wait == 0)
  }

  /// Where the best weights are not there, the last ones stay, and `train why` says why; a loss with a backup is printed too.
  @Test func saysWhyNoWeightsArePutBack() {
    func end(_ callback: EarlyStopping) -> (printed: String, decisions: [Decision]) {
      var callback = callback
      let requests = callback.onTrainEnd(EndReport(reason: .completed, logs: Logs(["loss": 1])))
      let decisions = requests.compactMap { if case .decide(let decision) = $0 { decision } else { nil } }
      return (requests.printed, decisions)
    }
    let monitor = Monitor("val_loss", .down)
    var blind = EarlyStopping(monitor, restoresBestWeights: true)
    _ = blind.onEpochEnd(report(0, ["val_loss": .nan]))
    #expect(end(blind).printed.isEmpty)
    let why = "it has seen no `val_loss` that is a number"
    #expect(end(blind).decisions == [Decision(.notRestored, "the last weights stay", because: why)])

    var keepsNone = EarlyStopping(monitor, patience: 3)
    _ = keepsNone.onEpochEnd(report(1, ["val_loss": 1]))
    var resumed = EarlyStopping(monitor, patience: 3, restoresBestWeights: true)
    resumed.resume(from: keepsNone.saveState(), RunReport(epochs: 3, steps: 1))
    let reason = "epoch 2 is the best, and its weights are not in the backup that the training went on from"
    #expect(end(resumed).printed == "warning: EarlyStopping puts no weights back: \(reason).\n")
    #expect(end(resumed).decisions.map(\.why) == [reason])

    // A script that does not ask for it any more gets the last weights.
    var keeps = EarlyStopping(monitor, restoresBestWeights: true)
    _ = keeps.onEpochEnd(report(0, ["val_loss": 1]))
    var asksNoMore = EarlyStopping(monitor)
    asksNoMore.resume(from: keeps.saveState(), RunReport(epochs: 3, steps: 1))
    #expect(asksNoMore.onTrainEnd(EndReport(reason: .completed)).isEmpty)
  }

  @Test func beginsAnewWithEveryFit() {
    var callback = EarlyStopping(Monitor("loss", .down), patience: 9)
    _ = callback.onEpochEnd(report(0, ["loss": 1]))
    _ = callback.onEpochEnd(report(1, ["loss": 2]))
    _ = callback.onTrainBegin(RunReport(epochs: 1, steps: 1))
    #expect(After(callback.wait, callback.best, callback.bestEpoch) == After(0, nil, 0))
  }
}
