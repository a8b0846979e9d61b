import Arrays
import Testing

@testable import Training

@Suite struct HookOrderTests {
  /// The numbers of a transcript's hooks of one name, as scripted scores: loss first, as `scoreNames` has them.
  private func scores(_ transcript: String, _ hook: String) -> [[Double]] {
    transcript.split(separator: "\n").filter { $0.hasPrefix("A \(hook) ") }.map { line in
      line.split(separator: "{")[1].dropLast().split(separator: ", ").compactMap { Double($0.split(separator: " ")[1]) }
    }
  }

  private func chunks(_ scores: [[Double]], of size: Int) -> [[[Double]]] {
    stride(from: 0, to: scores.count, by: size).map { Array(scores[$0..<min($0 + size, scores.count)]) }
  }

  private func fit(
    _ transcript: String, epochs: Int, initialEpoch: Int = 0, batches: Int = 3, validates: Bool, stopsAt: Set<String> = []
  ) throws -> (lines: String, reason: EndReason) {
    let trainee = FakeTrainee(scoreNames: ["loss", "mae"])
    trainee.scriptedTraining = chunks(scores(transcript, "on_batch_end"), of: batches)
    trainee.scriptedTests = chunks(scores(transcript, "on_test_batch_end"), of: 2)
    let lines = Recorder.Lines()
    let validation = FitSettings.Validation(data: TestData(exampleCount: 6, batchSize: 4))
    let settings = FitSettings(
      epochs: epochs, initialEpoch: initialEpoch, exampleCount: 10, batchSize: 4, validation: validates ? validation : nil)
    let reason = try makeTrainer(trainee, settings, [Recorder(lines: lines, stopsAt: stopsAt)]).fit()
    return (lines.all.joined(separator: "\n"), reason)
  }

  @Test func ofAFit() throws {
    let run = try fit(HookTranscripts.fit, epochs: 2, validates: true)
    #expect(run.lines == HookTranscripts.fit)
    #expect(run.reason == .completed)
  }

  @Test func ofAStopInABatch() throws {
    let run = try fit(HookTranscripts.stopInBatch, epochs: 3, validates: true, stopsAt: ["on_batch_end 1"])
    #expect(run.lines == HookTranscripts.stopInBatch)
    #expect(run.reason == .stopped(by: "Recorder", because: "the test says so"))
  }

  @Test func ofAStopBeforeTheFirstBatch() throws {
    let early = try fit(HookTranscripts.stopInEpochBegin, epochs: 3, validates: false, stopsAt: ["on_epoch_begin 0"])
    #expect(early.lines == HookTranscripts.stopInEpochBegin)
    let earlier = try fit(HookTranscripts.stopInTrainBegin, epochs: 3, validates: false, stopsAt: ["on_train_begin"])
    #expect(earlier.lines == HookTranscripts.stopInTrainBegin)
  }

  @Test func ofNothingToDo() throws {
    #expect(
      try fit(HookTranscripts.nothingToDo, epochs: 2, initialEpoch: 2, validates: true).lines == HookTranscripts.nothingToDo)
  }

  @Test func ofAnEvaluationAndAPrediction() throws {
    let trainee = FakeTrainee(scoreNames: ["loss", "mae"])
    trainee.scriptedTests = chunks(scores(HookTranscripts.evaluate, "on_test_batch_end"), of: 3)
    let lines = Recorder.Lines()
    let data = TestData(exampleCount: 10, batchSize: 4)
    let console = Screen(isTerminal: false).console
    let logs = try Evaluation(of: trainee, on: data, callbacks: [Recorder(lines: lines)], console: console).evaluate()
    #expect(lines.all.joined(separator: "\n") == HookTranscripts.evaluate)
    #expect(logs.number("loss") == 0.6416856050491333)
    lines.all = []
    let predictions = try Evaluation(of: trainee, on: data, callbacks: [Recorder(lines: lines)], console: console).predict()
    #expect(lines.all.joined(separator: "\n") == HookTranscripts.predict)
    #expect(predictions[0].shape == [10, 1])
    #expect(predictions[0].withElements(as: Float.self) { Array($0) } == (0..<10).map(Float.init))
  }
  @Test func anInterruptedEvaluationGivesNoScores() {
    let flag = InterruptFlag()
    flag.raise()
    let evaluation = Evaluation(
      of: FakeTrainee(), on: TestData(exampleCount: 8, batchSize: 4), interrupt: flag, console: Screen(isTerminal: false).console)
    do {
      _ = try evaluation.evaluate()
      Issue.record("it fails")
    } catch {
      #expect(error.failure.message == "the evaluation of `fake` is interrupted")
    }
  }
}
