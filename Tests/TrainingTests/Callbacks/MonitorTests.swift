import Plans
import Testing

@testable import Training

@Suite struct MonitorTests {
  private let outline = FitOutline(
    batchNames: ["loss", "accuracy", "out1_loss", "out1_mae", "odd"], hasValidation: true,
    directions: ["accuracy": .up, "out1_mae": .down, "out1_loss": .down])

  @Test(arguments: [
    ("loss", "auto", Direction.down), ("val_loss", "auto", .down), ("accuracy", "auto", .up), ("val_accuracy", "auto", .up),
    ("val_out1_mae", "auto", .down), ("out1_loss", "auto", .down), ("odd", "max", .up), ("val_odd", "min", .down),
    ("loss", "max", .up),
  ]) func settlesTheDirection(_ metric: String, _ mode: String, _ expected: Direction) throws {
    let monitor = try Monitor(metric, mode: mode, among: outline.epochNames, of: outline)
    #expect(monitor.direction == expected)
  }

  @Test func saysWhatItCannotKnow() {
    #expect(
      throws: CallbackFailure("nothing says whether `odd` should go up or down; pass `mode=\"max\"` or `mode=\"min\"`")
    ) { try Monitor("odd", mode: "auto", among: outline.epochNames, of: outline) }
    #expect(throws: CallbackFailure("it monitors `val_acc`, but this fit only gives `loss`")) {
      try Monitor("val_acc", mode: "min", among: ["loss"], of: outline)
    }
  }

  @Test(arguments: [
    (Direction.down, 0.0, 1.0, 1 - 1e-9, false), (.down, 0, 1, 1 - 1e-6, true), (.down, 0, 1, 1, false), (.up, 0, 1, 1.1, true),
    (.up, 0.2, 1, 1.1, false), (.up, -0.2, 1, 1.1, false), (.down, 0.5, 3, 2.5, false), (.down, 0.5, 3, 2.4, true),
    (.down, 0, .infinity, 1, true), (.down, 0, 1, .nan, false), (.up, 0, 1, .infinity, true),
  ]) func judgesStrictlyAndInSinglePrecision(
    _ direction: Direction, _ change: Double, _ best: Double, _ value: Double, _ expected: Bool
  ) {
    #expect(Monitor("loss", direction, minimumChange: change).isImprovement(value, over: best) == expected)
  }
}
