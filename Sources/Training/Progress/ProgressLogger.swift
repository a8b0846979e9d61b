import Plans

/// Keras's ProgbarLogger: the progress of `fit`, `evaluate` and `predict` for people.
///
/// It speaks after all callbacks of a hook, wherever a script's `ProgbarLogger()` stands in the list. Where the output
/// is no terminal, `verbose=1` gives the lines of `verbose=2`: no control characters in log files.
struct ProgressLogger {
  static let entry = Entry(
    .callback,
    Signature(
      "ProgbarLogger", "Shows the progress of a run; every run has one, and `verbose` says how much it shows.", [],
      example: "ProgbarLogger()"),
    .callback(CallbackTraits()))

  private let style: ProgressBar.Style?
  private let console: Console
  private let epochs: Int
  private var steps: Int?
  private var bar: ProgressBar?
  /// Batches done in the pass that the bar shows.
  private var seen = 0

  /// `verbose` is nil for "auto".
  init(verbose: Int?, epochs: Int = 1, steps: Int?, on console: Console) {
    style =
      switch verbose ?? 1 {
      case 0: nil
      case 1 where console.isTerminal: .moving
      default: .summary
      }
    self.console = console
    self.epochs = epochs
    self.steps = steps
  }

  /// Nothing is shown.
  var isSilent: Bool { style == nil }

  mutating func epochBegins(_ epoch: Int) {
    begin()
    if !isSilent && epochs > 1 { console.draw("Epoch \(epoch + 1)/\(epochs)\n", staysOpen: false) }
  }

  /// A pass begins: an epoch, an evaluation or a prediction.
  mutating func begin() {
    seen = 0
    bar = style.map { ProgressBar($0, target: steps, on: console) }
  }

  mutating func batchIsDone(_ batch: Int, _ running: RunningLogs) {
    seen = batch + 1
    bar?.advance(to: seen, running)
  }

  /// The pass is done. Steps that were unknown are known from now on.
  mutating func end(_ logs: Logs) {
    bar?.finish(after: seen, logs)
    if steps == nil && seen > 0 { steps = seen }
    bar = nil
  }
}
