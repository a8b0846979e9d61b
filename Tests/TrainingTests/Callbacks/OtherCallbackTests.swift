import Lambdas
import Plans
import Testing

@testable import Training

@Suite struct LearningRateSchedulerTests {
  @Test func setsAndLogsTheRate() throws {
    var callback = LearningRateScheduler(isVerbose: true) { _, rate in .float(rate * 0.5) }
    var rate = Double(Float(0.1))
    var lines = ""
    var logged: [Double] = []
    for epoch in 0..<3 {
      let requests = try callback.onEpochBegin(EpochReport(epoch: epoch, rates: [OptimizerRate(rate)]))
      lines += requests.printed
      rate = Double(Float(requests.compactMap(\.learningRate)[0]))
      logged += callback.onEpochEnd(report(epoch, ["loss": 1], learningRate: rate)).compactMap(\.log).map(\.value)
    }
    #expect(
      lines == """

        Epoch 1: LearningRateScheduler setting learning rate to 0.05000000074505806.

        Epoch 2: LearningRateScheduler setting learning rate to 0.02500000037252903.

        Epoch 3: LearningRateScheduler setting learning rate to 0.012500000186264515.

        """)
    #expect(logged == [0.05000000074505806, 0.02500000037252903, 0.012500000186264515])
  }

  @Test func printsWhatTheScheduleGave() throws {
    var callback = LearningRateScheduler(isVerbose: true) { epoch, _ in .float(epoch == 0 ? 0.1 : 0.05) }
    #expect(
      try callback.onEpochBegin(EpochReport(epoch: 0, rates: [OptimizerRate(0)])).printed
        == "\nEpoch 1: LearningRateScheduler setting learning rate to 0.1.\n")
  }

  @Test func wantsAFloat() {
    for (value, name) in [(Value.integer(1), "1"), (.none, "None"), (.bool(true), "True")] {
      var callback = LearningRateScheduler { _, _ in value }
      #expect(throws: CallbackFailure("its schedule should give a float, but gave \(name)")) {
        try callback.onEpochBegin(EpochReport(epoch: 0, rates: [OptimizerRate(0)]))
      }
    }
  }
}

@Suite struct TerminateOnNaNTests {
  @Test(arguments: [(Double.infinity, "inf"), (-Double.infinity, "-inf"), (Double.nan, "nan")])
  func stopsAtOnce(_ loss: Double, _ spelling: String) throws {
    var callback = TerminateOnNaN()
    #expect(try callback.onBatchEnd(BatchReport(epoch: 0, batch: 0, running: RunningLogs(Logs(["loss": 1])))).isEmpty)
    let requests = try callback.onBatchEnd(BatchReport(epoch: 0, batch: 1, running: RunningLogs(Logs(["loss": loss]))))
    #expect(requests.printed == "Batch 1: Invalid loss, terminating training\n")
    var failing = TerminateOnNaN(fails: true)
    #expect(throws: CallbackFailure("the loss is \(spelling) at batch 1")) {
      try failing.onBatchEnd(BatchReport(epoch: 0, batch: 1, running: RunningLogs(Logs(["loss": loss]))))
    }
  }
}

@Suite struct PathTemplateTests {
  @Test(arguments: [
    ("{epoch:02d}-{val_loss:.2f}.keras", "07-0.16.keras"), ("{epoch}.keras", "7.keras"),
    ("{val_loss}.keras", "0.1587435007095337.keras"),
    ("{{x}}/{epoch:4d}", "{x}/   7"), ("{val_loss:.3e}", "1.587e-01"), ("{epoch:.1f}", "7.0"), ("{val_loss:08.3f}", "0000.159"),
    ("{val_loss:.1%}", "15.9%"), ("{epoch!r:03d}", "007"), ("plain.keras", "plain.keras"),
  ]) func fillsFieldsLikePython(_ template: String, _ path: String) throws {
    var logs = Logs(["val_loss": 0.1587435007095337])
    logs["epoch"] = .integer(7)
    #expect(try PathTemplate(checking: template).filled(with: logs) == path)
  }

  @Test(arguments: ["{", "}", "{}", "{epoch", "{epoch:q}", "{a:.}"])
  func refusesWhatItDoesNotKnow(_ template: String) {
    #expect(throws: CallbackFailure.self) { try PathTemplate(checking: template) }
  }
}
