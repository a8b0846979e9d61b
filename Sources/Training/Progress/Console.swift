import Glibc

/// Where a run writes what people read, and the clock it is timed by.
package final class Console {
  private let output: (String) -> Void
  /// A bar that moves is drawn only on a terminal.
  package let isTerminal: Bool
  private let measure: () -> Int?
  package let usesColor: Bool
  /// Seconds since some moment, never going back.
  package let now: () -> Double
  /// Whether the cursor stands at the end of a progress line that will be drawn over.
  private var barIsOpen = false
  /// Whether the next thing written begins a line.
  private var isAtLineStart = true

  package init(
    isTerminal: Bool, columns: @autoclosure @escaping () -> Int? = nil, usesColor: Bool = true,
    now: @escaping () -> Double = Console.monotonicSeconds,
    output: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    measure = columns
    self.usesColor = usesColor
    self.now = now
    self.output = output
  }

  /// How wide the terminal is now; nil if nobody knows.
  package var columns: Int? { measure() }

  /// Writes what a callback or a script prints. A progress line that is being drawn is left standing above it.
  package func print(_ text: String) {
    guard !text.isEmpty else { return }
    output(barIsOpen && !text.hasPrefix("\n") ? "\n" + text : text)
    barIsOpen = false
    isAtLineStart = text.hasSuffix("\n")
  }

  /// Ends the line that the cursor stands in, if something is written in it.
  package func endLine() {
    if !isAtLineStart { print("\n") }
  }

  /// Draws a progress line; an open one will be drawn over by the next.
  func draw(_ line: String, staysOpen: Bool) {
    output(line)
    barIsOpen = staysOpen
    isAtLineStart = line.hasSuffix("\n")
  }

  /// The machine's clock, which no one sets.
  package static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// How wide the terminal of standard output is now; nil if it is none, or does not say.
  private static func terminalColumns() -> Int? {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Standard output: a terminal or not, its width; `usesColor` nil means colours on a terminal unless `NO_COLOR` is set.
  package static func standardOutput(usesColor: Bool? = nil) -> Console {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let noColor = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    return Console(
      isTerminal: isTerminal, columns: terminalColumns(), usesColor: usesColor ?? (isTerminal && !noColor)
    ) {
      StandardOutput.write($0)
    }
  }
}
