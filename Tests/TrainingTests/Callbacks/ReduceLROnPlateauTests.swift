import Plans
import Testing

@testable import Training

/// One run of ReduceLROnPlateau from the rate 0.8, with what Keras 3.15.1 did (but for the cooldown, which there is one short).
struct PlateauCase: CustomTestStringConvertible, Sendable {
  let title: String
  var factor = 0.5
  var patience = 1
  var minimumChange = 1e-4
  var cooldown = 0
  var minimumRate = 0.0
  let values: [Double]
  /// `learning_rate` in the logs, epoch by epoch.
  let logged: [Double]
  /// Epochs, counted from 0, that end with a reduction, and the line's number.
  let reductions: [(epoch: Int, text: String)]
  let waits: [Int]
  var testDescription: String { title }
}

private let plateauCases: [PlateauCase] = [
  .init(
    title: "patience 2", factor: 0.1, patience: 2, values: [1, 1, 1, 1, 1, 1, 1],
    logged: [
      0.800000011920929, 0.800000011920929, 0.800000011920929, 0.07999999821186066, 0.07999999821186066, 0.007999999448657036,
      0.007999999448657036,
    ],
    reductions: [(2, "0.0800000011920929"), (4, "0.007999999821186066"), (6, "0.0007999999448657036")],
    waits: [0, 1, 0, 1, 0, 1, 0]),
  .init(
    title: "cooldown 2 leaves two epochs out", cooldown: 2, values: [1, 1, 1, 1, 1, 1, 1, 1],
    logged: [
      0.800000011920929, 0.800000011920929, 0.4000000059604645, 0.4000000059604645, 0.4000000059604645, 0.20000000298023224,
      0.20000000298023224, 0.20000000298023224,
    ],
    reductions: [(1, "0.4000000059604645"), (4, "0.20000000298023224"), (7, "0.10000000149011612")],
    waits: [0, 0, 0, 0, 0, 0, 0, 0]),
  .init(
    title: "an improvement during the cooldown", cooldown: 1, values: [1, 1, 0.5, 0.5, 0.5, 0.5],
    logged: [
      0.800000011920929, 0.800000011920929, 0.4000000059604645, 0.4000000059604645, 0.20000000298023224, 0.20000000298023224,
    ],
    reductions: [(1, "0.4000000059604645"), (3, "0.20000000298023224"), (5, "0.10000000149011612")], waits: [0, 0, 0, 0, 0, 0]),
  .init(
    title: "min_lr", factor: 0.1, minimumRate: 0.05, values: [1, 1, 1, 1, 1],
    logged: [0.800000011920929, 0.800000011920929, 0.07999999821186066, 0.05000000074505806, 0.05000000074505806],
    reductions: [(1, "0.0800000011920929"), (2, "0.05")], waits: [0, 0, 0, 1, 2]),
  .init(
    title: "patience 0", patience: 0, values: [1, 1, 1], logged: [0.800000011920929, 0.800000011920929, 0.4000000059604645],
    reductions: [(1, "0.4000000059604645"), (2, "0.20000000298023224")], waits: [0, 0, 0]),
  .init(
    title: "min_delta", patience: 2, values: [1, 0.99995, 0.99985, 0.9],
    logged: [0.800000011920929, 0.800000011920929, 0.800000011920929, 0.800000011920929], reductions: [], waits: [0, 1, 0, 0]),
  .init(
    title: "NaN is no improvement", patience: 2, values: [.nan, 1, .nan, .nan],
    logged: [0.800000011920929, 0.800000011920929, 0.800000011920929, 0.800000011920929],
    reductions: [(3, "0.4000000059604645")], waits: [1, 0, 1, 0]),
]

@Suite struct ReduceLROnPlateauTests {
  @Test(arguments: plateauCases) func followsKeras(_ run: PlateauCase) {
    func make() -> ReduceLROnPlateau {
      ReduceLROnPlateau(
        Monitor("loss", .down, minimumChange: run.minimumChange), factor: run.factor, patience: run.patience, isVerbose: true,
        cooldown: run.cooldown, minimumRate: run.minimumRate)
    }
    var callback = make()
    _ = callback.onTrainBegin(RunReport(epochs: 100, steps: 1))
    var rate = Double(Float(0.8))
    for (epoch, value) in run.values.enumerated() {
      let requests = callback.onEpochEnd(report(epoch, ["loss": value], learningRate: rate))
      #expect(requests.compactMap(\.log).map(\.value) == [run.logged[epoch]], "epoch \(epoch)")
      let line = run.reductions.first { $0.epoch == epoch }
        .map { "\nEpoch \(epoch + 1): ReduceLROnPlateau reducing learning rate to \($0.text).\n" }
      #expect(requests.printed == line ?? "", "epoch \(epoch)")
      if let new = requests.compactMap(\.learningRate).first { rate = Double(Float(new)) }
      #expect(callback.wait == run.waits[epoch], "epoch \(epoch)")
      var copy = make()
      copy.resume(from: callback.saveState(), RunReport(epochs: 100, steps: 1))
      callback = copy
    }
  }

  @Test func logsTheRateWithoutTheScore() {
    var callback = ReduceLROnPlateau(Monitor("val_loss", .down))
    let requests = callback.onEpochEnd(report(0, ["loss": 1], learningRate: 0.25))
    #expect(requests.compactMap(\.log).map(\.value) == [0.25])
    #expect(callback.wait == 0)
  }
}
