// What `scripts/bench language` measures of `train`: nanoseconds a call of a schedule and of a hook, the best of five rounds.
import Glibc

func processorNanoseconds() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// The best of a few rounds, in nanoseconds a call.
func measure(_ body: (_ calls: Int) throws -> Void) throws -> Double {
  let calls = 300_000
  var best = Double.infinity
  for _ in 0..<5 {
    let start = processorNanoseconds()
    try body(calls)
    best = min(best, Double(processorNanoseconds() - start) / Double(calls))
  }
  return best
}

print("schedule \(try measure(SpeedCases.schedule()))")
print("hook \(try measure(SpeedCases.hook()))")
