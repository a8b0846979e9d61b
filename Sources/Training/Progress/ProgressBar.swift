import Arrays
import Lambdas
import Networks

/// One line of Keras's progress display: how far a pass is, how long it takes, and its scores so far.
///
/// On a terminal the line is drawn over itself, at most every 0.05 s, and in full when the pass is done:
///
///     3/3 ━━━━━━━━━━━━━━━━━━━━ 0s 5ms/step - loss: 0.5627 - val_loss: 0.4410
///
/// The summary (verbose 2, and everything that is no terminal) is one plain line at the end:
///
///     3/3 - 0s - 5ms/step - loss: 0.5627 - val_loss: 0.4410
struct ProgressBar {
  enum Style { case moving, summary }

  private static let width = 20
  /// Seconds between two drawings.
  private static let interval = 0.05

  private let style: Style
  private let console: Console
  private let started: Double
  /// Batches in the pass; nil while unknown.
  private(set) var target: Int?
  private var lastDrawing: Double?
  private var firstStepDone: Double?
  private var previousWidth = 0
  /// In order of first appearance.
  private var shown = Logs()

  init(_ style: Style, target: Int?, on console: Console) {
    self.style = style
    self.target = target
    self.console = console
    started = console.now()
  }

  /// `done` batches are done. Scores are read only if the line is drawn.
  mutating func advance(to done: Int, _ running: RunningLogs) {
    guard style == .moving, done > 0 else { return }
    let now = console.now()
    let secondsPerStep = estimateStep(done, now)
    if let lastDrawing, now - lastDrawing < Self.interval { return }
    lastDrawing = now
    take(running.logs)
    draw(done, target, now, secondsPerStep, isLast: false)
  }

  /// The pass is done; a target that was unknown is what was seen.
  mutating func finish(after done: Int, _ logs: Logs) {
    let target = target ?? done
    self.target = target
    guard target > 0 else { return }
    let now = console.now()
    let secondsPerStep = estimateStep(target, now)
    take(logs)
    switch style {
    case .moving: draw(target, target, now, secondsPerStep, isLast: true)
    case .summary:
      let seconds = FloatText.fixed(now - started, precision: 0)
      console.draw("\(target)/\(target) - \(seconds)s -\(stepText(secondsPerStep))\(scoreTexts.joined())\n", staysOpen: false)
    }
  }

  private mutating func take(_ logs: Logs) {
    for (name, value) in zip(logs.names, logs.values) { shown[name] = value }
  }

  /// Seconds a step: without the first one, which also builds what the others use, as soon as there are two.
  private mutating func estimateStep(_ done: Int, _ now: Double) -> Double {
    defer { if done == 1 { firstStepDone = now } }
    if let firstStepDone, done > 1 { return (now - firstStepDone) / Double(done - 1) }
    return (now - started) / Double(done)
  }

  private mutating func draw(_ done: Int, _ target: Int?, _ now: Double, _ secondsPerStep: Double, isLast: Bool) {
    var line = Line(usesColor: console.usesColor)
    if let target {
      line.add(padded(done, to: String(target).count) + "/\(target)", .bold)
      line.add(" ")
      let filled = min(Self.width, Self.width * done / target)
      if filled > 0 { line.add(String(repeating: "━", count: filled), .green) }
      // Without colours what is done is told from what is not by its look.
      line.add(String(repeating: console.usesColor ? "━" : "─", count: Self.width - filled), .white)
    } else {
      line.add(padded(done, to: 7) + "/Unknown")
    }
    line.add(" ")
    if let target, !isLast {
      line.add(remainingText(secondsPerStep * Double(target - done)), .bold)
    } else {
      line.add(FloatText.fixed(now - started, precision: 0) + "s", .bold)
    }
    line.add(stepText(secondsPerStep))
    for text in scoreTexts {
      // A line that is too long for the terminal could not be drawn over; the last one may take two.
      if !isLast, let columns = console.columns, line.width + text.count >= columns { break }
      line.add(text)
    }
    let erasure = String(repeating: " ", count: max(0, previousWidth - line.width))
    let back = String(repeating: "\u{8}", count: previousWidth) + "\r"
    previousWidth = line.width
    console.draw(back + line.text + erasure + (isLast ? "\n" : ""), staysOpen: !isLast)
  }

  private var scoreTexts: [String] { shown.entries.map { " - \($0.name): \(scoreText($0.value))" } }
}

/// A line as it is put together, and how wide it looks.
private struct Line {
  enum Look: String { case bold = "\u{1B}[1m", green = "\u{1B}[32m", white = "\u{1B}[37m" }
  let usesColor: Bool
  var text = ""
  var width = 0

  mutating func add(_ piece: String, _ look: Look? = nil) {
    width += piece.count
    if usesColor, let look { text += look.rawValue + piece + "\u{1B}[0m" } else { text += piece }
  }
}

private func padded(_ number: Int, to width: Int) -> String {
  let text = String(number)
  return String(repeating: " ", count: max(0, width - text.count)) + text
}

/// `8:19:30` above an hour, `3:30` above a minute, else whole seconds, cut off.
private func remainingText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e15 else { return "?" }
  let whole = Int(max(0, seconds))
  let minutes = whole / 60 % 60
  let two = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
  if seconds > 3600 { return "\(whole / 3600):\(two(minutes)):\(two(whole % 60))" }
  if seconds > 60 { return "\(whole / 60):\(two(whole % 60))" }
  return "\(whole)s"
}

/// ` 5ms/step`, in whole seconds, milliseconds or microseconds.
func stepText(_ seconds: Double) -> String {
  if seconds >= 1 || seconds == 0 { return " \(FloatText.fixed(seconds, precision: 0))s/step" }
  if seconds >= 1e-3 { return " \(FloatText.fixed(seconds * 1e3, precision: 0))ms/step" }
  return " \(FloatText.fixed(seconds * 1e6, precision: 0))us/step"
}

/// Four decimals, or an exponent for what they would hide.
///
/// A list of numbers is shown as their mean, as in Keras's bar. Keras's summary line spells every negative number with an exponent; here both lines follow the bar's rule.
func scoreText(_ value: Value) -> String {
  let number: Double
  if case .array(let array) = value {
    number = Score.vector(array.doubles).mean
  } else if let single = value.asDouble {
    number = single
  } else {
    return "?"
  }
  // NaN compares false, and C spells it the same either way.
  return abs(number) > 1e-3 ? FloatText.fixed(number, precision: 4) : FloatText.scientific(number, precision: 4)
}
