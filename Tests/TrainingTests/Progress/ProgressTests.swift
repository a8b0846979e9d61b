import Lambdas
import Testing

@testable import Training

/// A console that keeps what is written, with a clock that stands still until it is moved.
final class Screen {
  private final class Tape {
    var text = ""
    var time = 0.0
  }
  private let tape: Tape
  let console: Console

  init(isTerminal: Bool, columns: Int? = 80, usesColor: Bool = true) {
    let tape = Tape()
    self.tape = tape
    console = Console(isTerminal: isTerminal, columns: columns, usesColor: usesColor, now: { tape.time }) { tape.text += $0 }
  }

  var text: String { tape.text }
  var time: Double {
    get { tape.time }
    set { tape.time = newValue }
  }
}

@Suite struct ProgressTests {
  /// The transcript as bytes: a carriage return before each line, and the marked backspaces.
  private func expand(_ lines: [String]) -> String {
    lines.map { line in
      let parts = line.split(separator: "⌫", omittingEmptySubsequences: false)
      return "\r" + parts[0] + (parts.count > 1 ? String(repeating: "\u{8}", count: Int(parts[1]) ?? 0) : "")
    }.joined()
  }

  private func drawn(
    target: Int?, steps: [(done: Int, time: Double, logs: Logs)], last: (done: Int, time: Double, logs: Logs)? = nil,
    style: ProgressBar.Style = .moving, on screen: Screen = Screen(isTerminal: true)
  ) -> String {
    screen.time = 0
    var bar = ProgressBar(style, target: target, on: screen.console)
    for step in steps {
      screen.time = step.time
      bar.advance(to: step.done, RunningLogs(step.logs))
    }
    if let last {
      screen.time = last.time
      bar.finish(after: last.done, last.logs)
    }
    return screen.text
  }

  private func logs(_ scores: KeyValuePairs<String, Double>) -> Logs {
    var logs = Logs()
    for (name, value) in scores { logs[name] = .float(value) }
    return logs
  }

  @Test func drawsFiveSteps() {
    let steps = (1...5).map { step in
      (done: step, time: 0.5 * Double(step), logs: logs(["loss": 1 / Double(step), "accuracy": 1.2e-4 * Double(step)]))
    }
    let text = drawn(
      target: 5, steps: steps, last: (5, 2.5, logs(["loss": 0.25, "accuracy": 0.5, "val_loss": 0.75])))
    #expect(text == expand(ProgressTranscripts.fiveSteps) + "\n")
  }

  /// Where colours tell nothing, the line itself does.
  @Test func showsHowMuchIsDoneWithoutColours() {
    let text = drawn(
      target: 4, steps: [(1, 1, logs(["loss": 0.5]))], on: Screen(isTerminal: true, usesColor: false))
    #expect(text == "\r1/4 ━━━━━─────────────── 3s 1s/step - loss: 0.5000")
  }

  @Test func tellsLongTimes() {
    let loss = logs(["loss": 12.345678])
    let text = drawn(target: 1000, steps: [(1, 30, loss), (2, 60, loss), (10, 150, loss), (500, 240, loss)])
    #expect(text == expand(ProgressTranscripts.longRemainder))
  }

  @Test func learnsAnUnknownTarget() {
    let steps = (1...3).map { (done: $0, time: 0.06 * Double($0), logs: logs(["loss": 0.5])) }
    let text = drawn(target: nil, steps: steps, last: (3, 0.18, logs(["loss": 0.4])))
    let expected = expand(ProgressTranscripts.unknownTarget)
    #expect(text == expected + "\n")
  }

  @Test func spellsNumbers() {
    let values = logs([
      "loss": 4e-4, "neg": -0.5, "tiny": -5e-5, "zero": 0, "edge": 0.001, "nan": .nan, "inf": .infinity,
    ])
    #expect(drawn(target: 3, steps: [], last: (3, 0.06, values)) == expand(ProgressTranscripts.numberFormats) + "\n")
  }

  /// Keras would spell the second number `-5.0000e-01` here.
  @Test func summarizesOnOneLine() {
    let values = logs(["loss": 4e-4, "neg": -0.5, "tiny": -5e-5])
    let text = drawn(target: 3, steps: [(1, 0.06, values)], last: (3, 0.18, values), style: .summary)
    #expect(text == "3/3 - 0s - 60ms/step - loss: 4.0000e-04 - neg: -0.5000 - tiny: -5.0000e-05\n")
  }

  @Test(arguments: [
    (0.0, " 0s/step"), (2.5, " 2s/step"), (1, " 1s/step"), (0.9996, " 1000ms/step"), (0.5, " 500ms/step"), (0.001, " 1ms/step"),
    (0.0009999, " 1000us/step"), (1e-5, " 10us/step"),
  ]) func spellsStepTimes(_ seconds: Double, _ text: String) {
    #expect(stepText(seconds) == text)
  }

  @Test func drawsAtMostEveryTwentiethSecondAndThenReadsNoScores() {
    let screen = Screen(isTerminal: true)
    var bar = ProgressBar(.moving, target: 100, on: screen.console)
    var reads = 0
    let running = RunningLogs {
      reads += 1
      return Logs(["loss": 1])
    }
    for step in 1...100 {
      screen.time = 0.01 * Double(step)
      running.batchIsDone()
      bar.advance(to: step, running)
    }
    #expect(screen.text.split(separator: "\r").count == reads)
    #expect((18...21).contains(reads))
  }

  @Test func staysOnOneTerminalLine() {
    let screen = Screen(isTerminal: true, columns: 60, usesColor: false)
    var many = Logs()
    for index in 0..<9 { many["metric_\(index)"] = .float(0.5) }
    let text = drawn(target: 10, steps: [(1, 1, many), (2, 2, many)], last: (10, 3, many), on: screen)
    let lines = text.split(separator: "\r").map { $0.filter { $0 != "\u{8}" } }
    #expect(lines.dropLast().allSatisfy { $0.count < 60 })
    #expect(lines.last?.contains("metric_8: 0.5000") == true)
    #expect(!text.contains("\u{1B}"))
  }

  @Test func saysNothingOrEpochsAndSummaries() {
    func run(verbose: Int?, isTerminal: Bool, epochs: Int = 2) -> String {
      let screen = Screen(isTerminal: isTerminal, usesColor: false)
      var progress = ProgressLogger(verbose: verbose, epochs: epochs, steps: 2, on: screen.console)
      for epoch in 0..<epochs {
        progress.epochBegins(epoch)
        for batch in 0..<2 {
          screen.time += 1
          progress.batchIsDone(batch, RunningLogs(Logs(["loss": 1])))
        }
        progress.end(Logs(["loss": 0.5, "val_loss": 0.25]))
      }
      return screen.text
    }
    let summary = "2/2 - 2s - 1s/step - loss: 0.5000 - val_loss: 0.2500\n"
    #expect(run(verbose: 0, isTerminal: true) == "")
    #expect(run(verbose: 2, isTerminal: true) == "Epoch 1/2\n\(summary)Epoch 2/2\n\(summary)")
    #expect(run(verbose: 1, isTerminal: false) == run(verbose: 2, isTerminal: true))
    #expect(run(verbose: nil, isTerminal: false, epochs: 1) == summary)
    let bar = run(verbose: 1, isTerminal: true, epochs: 1)
    #expect(bar.hasSuffix("\r2/2 ━━━━━━━━━━━━━━━━━━━━ 2s 1s/step - loss: 0.5000 - val_loss: 0.2500\n"))
  }

  @Test func leavesALineStandingForWhatIsPrinted() {
    let screen = Screen(isTerminal: true)
    screen.console.draw("bar", staysOpen: true)
    screen.console.print("hello\n")
    screen.console.print("again\n")
    screen.console.draw("bar", staysOpen: true)
    screen.console.print("\nEpoch 1: saving\n")
    #expect(screen.text == "bar\nhello\nagain\nbar\nEpoch 1: saving\n")
  }
}
