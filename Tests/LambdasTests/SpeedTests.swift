import Diagnostics
import Glibc
import Syntax
import Testing

@testable import Lambdas

/// Nanoseconds a call of what scripts call most, printed where `LAMBDAS_SPEED` is set; run with `-c release`.
@Suite(.enabled(if: getenv("LAMBDAS_SPEED") != nil)) struct SpeedTests {
  @Test func nanosecondsPerCall() throws {
    let (parsed, _) = expression("lambda epoch, lr: lr * 0.5 ** floor(epoch / 10)")
    guard case .lambda(let parameters, let body)? = parsed?.kind else { return }
    var findings: [Finding] = []
    let type = FunctionType([.init("epoch", .integer), .init("lr", .float)], returns: .float)
    let code = try #require(compileLambda(parameters, body: body, expecting: type, scope: .empty, findings: &findings))
    let machine = Machine()
    let function = FunctionValue(code)
    print(
      "lr * 0.5 ** floor(epoch / 10):",
      try measure { index in
        _ = try machine.call(function, [.integer(index & 63), .float(0.1)])
      }, "ns")

    let record = RecordType(title: "logs", [("accuracy", .init(.float)), ("loss", .init(.float))])
    let (sources, state, values) = hooks(
      """
      callback C() {
        total = 0.0
        seen = 0
        best = 1e9
        on train_batch_end(batch, logs) {
          seen += 1
          total += logs.loss
          mean = total / seen
          if logs.loss < best { best = logs.loss }
          total = total * 0.999 + mean * 0.001
        }
      }
      """, logs: record)
    let callback = compileHooks(sources, state: state, scope: .empty, findings: &findings)
    let hook = try #require(callback.hooks[0])
    var held = values
    let arguments: [Value] = [.integer(0), .dict(DictValue([("accuracy", .float(0.5)), ("loss", .float(0.25))]))]
    print(
      "five-statement batch hook:",
      try measure { _ in
        _ = try machine.call(FunctionValue(hook, captured: []), arguments, state: &held)
      }, "ns")
  }

  private func processorNanoseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
  }

  private func measure(_ body: (Int) throws -> Void) throws -> Int {
    let rounds = 300_000
    var best = Int.max
    for _ in 0..<5 {
      let start = processorNanoseconds()
      for index in 0..<rounds { try body(index) }
      best = min(best, (processorNanoseconds() - start) / rounds)
    }
    return best
  }
}
