import Glibc

/// Where a run writes what people read, and the clock it is timed by.
package final class Console {
  private let output: (String) -> Void
  /// A bar that moves is drawn only on a terminal.
  package let isTerminal: Bool
  /// How wide the terminal is; nil if nobody knows.
  package let columns: Int?
  package let usesColor: Bool
  /// Seconds since some moment, never going back.
  package let now: () -> Double
  /// Whether the cursor stands at the end of a progress line that will be drawn over.
  private var barIsOpen = false

  package init(
    isTerminal: Bool, columns: Int? = nil, usesColor: Bool = true, now: @escaping () -> Double = Console.monotonicSeconds,
    output: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.columns = columns
    self.usesColor = usesColor
    self.now = now
    self.output = output
  }

  /// Writes what a callback or a script prints. A progress line that is being drawn is left standing above it.
  package func print(_ text: String) {
    guard !text.isEmpty else { return }
    output(barIsOpen && !text.hasPrefix("\n") ? "\n" + text : text)
    barIsOpen = false
  }

  /// Draws a progress line; an open one will be drawn over by the next.
  func draw(_ line: String, staysOpen: Bool) {
    output(line)
    barIsOpen = staysOpen
  }

  /// The machine's clock, which no one sets.
  package static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Standard output: a terminal or not, its width; `usesColor` nil means colours on a terminal unless `NO_COLOR` is set.
  package static func standardOutput(usesColor: Bool? = nil) -> Console {
    var size = winsize()
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let knowsSize = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    return Console(
      isTerminal: isTerminal, columns: knowsSize ? Int(size.ws_col) : nil, usesColor: usesColor ?? (isTerminal && !noColor)
    ) {
      StandardOutput.write($0)
    }
  }
}
