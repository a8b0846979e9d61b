import Diagnostics
import Glibc
import Syntax
import Testing

@testable import Lambdas

/// What scripts call most, ready to be called: a schedule of the learning rate, and a hook that looks at every batch.
enum SpeedCases {
  static let scheduleText = "lambda epoch, lr: lr * 0.5 ** floor(epoch / 10)"
  static let hookText = """
    callback C() {
      seen = 0
      total = 0.0
      best = 1e9
      above = 0
      on train_batch_end(batch, logs) {
        seen += 1
        total += logs.loss
        mean = total / seen
        if logs.loss < best { best = logs.loss }
        if logs.accuracy < 0.5 and mean > 0.1 { above += 1 }
      }
    }
    """

  /// Calls the schedule as a callback does, as often as `calls` says each time.
  static func schedule() throws -> (_ calls: Int) throws -> Void {
    let (parsed, _) = expression(scheduleText)
    guard case .lambda(let parameters, let body)? = parsed?.kind else { throw MissingFixture(name: scheduleText) }
    var findings: [Finding] = []
    let type = FunctionType([.init("epoch", .integer), .init("lr", .float)], returns: .float)
    let code = try #require(compileLambda(parameters, body: body, expecting: type, scope: .empty, findings: &findings))
    let machine = Machine()
    let function = FunctionValue(code)
    let prepared: [Value] = [.integer(0), .float(0.1)]
    return { calls in
      var arguments = prepared
      for index in 0..<calls {
        arguments[0] = .integer(index & 63)
        _ = try machine.call(function, arguments)
      }
    }
  }

  /// Calls the hook for as many batches as `calls` says each time.
  static func hook() throws -> (_ calls: Int) throws -> Void {
    let record = RecordType(title: "logs", [("accuracy", .init(.float)), ("loss", .init(.float))])
    let (sources, state, values) = hooks(hookText, logs: record)
    var findings: [Finding] = []
    let callback = compileHooks(sources, state: state, scope: .empty, findings: &findings)
    let hook = try #require(callback.hooks[0])
    let prepared: [Value] = [.integer(0), .dict(DictValue([("accuracy", .float(0.5)), ("loss", .float(0.25))]))]
    let machine = Machine()
    let function = FunctionValue(hook)
    return { calls in
      var (arguments, held) = (prepared, values)
      for index in 0..<calls {
        arguments[0] = .integer(index)
        _ = try machine.call(function, arguments, state: &held)
      }
    }
  }
}

/// Nanoseconds a call of them, printed where `LAMBDAS_SPEED` is set, for `scripts/bench language`.
@Suite(.enabled(if: getenv("LAMBDAS_SPEED") != nil)) struct SpeedTests {
  @Test func nanosecondsPerCall() throws {
    print("schedule \(try measure(SpeedCases.schedule()))")
    print("hook \(try measure(SpeedCases.hook()))")
  }

  private func processorNanoseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
  }

  /// The best of a few rounds, in nanoseconds a call.
  private func measure(_ body: (_ calls: Int) throws -> Void) throws -> Double {
    let calls = 300_000
    var best = Double.infinity
    for _ in 0..<5 {
      let start = processorNanoseconds()
      try body(calls)
      best = min(best, Double(processorNanoseconds() - start) / Double(calls))
    }
    return best
  }
}
