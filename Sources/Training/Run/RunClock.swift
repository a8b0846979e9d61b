/// How long a script has run, leaving out the time in which it was not running: what `time()` gives.
package final class RunClock {
  private let now: () -> Double
  private var origin: Double

  /// `now` counts seconds since some moment.
  package init(now: @escaping () -> Double) {
    self.now = now
    origin = now()
  }

  package var seconds: Double { now() - origin }

  /// A run goes on that had run for so long; time never goes back.
  package func continueFrom(_ seconds: Double) { origin = min(origin, now() - seconds) }
}
