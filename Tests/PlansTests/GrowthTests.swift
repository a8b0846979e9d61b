import Diagnostics
import Glibc
import Plans
import Syntax
import Testing

/// The check takes time in proportion to the script's length, as long as the script itself asks for no more.
@Suite struct GrowthTests {
  /// Scripts of any length: `piece` again and again, its `@` being the number of the repetition, between a beginning and an end.
  static let patterns: [(before: String, piece: String, after: String)] = [
    ("", "x = @\n", ""), ("", "x@ = @\n", ""), ("x = 1\n", "y = x\nx = y + 1\n", ""), ("", "x@ = [@]\ny@ = x@\n", ""),
    ("", "def f@(a, b=1) = a + b + @\n", ""), ("", "def f@(a) {\n  return a\n}\n", ""), ("", "f@ = lambda a: a + @\n", ""),
    ("def f(a) = a + 1\n", "y@ = f(@)\n", ""), ("", "model m@ {\n  Input((4,))\n  Dense(3)\n}\n", ""),
    ("", "model m@(n) {\n  Input((4,))\n  Dense(n)\n}\n", ""), ("model m {\n  Input((4,))\n", "Dense(3)\n", "}\n"),
    ("", "callback C@ {\n  s = 0\n  on epoch_end(epoch, logs) { s += 1 }\n}\n", ""),
    ("x = 1\n", "if x > @ { y@ = 1 }\n", ""), ("", "if time() > @ { y@ = 1 }\n", ""),
    ("if time() {\n", "} elif time() > @ {\n  y@ = 1\n", "}\n"), ("x = -1\nif x == 1 {\n", "} elif x == @ {\n  y = 1\n", "}\n"),
    ("", "for i in range(3) { y@ = i }\n", ""), ("", "y = unknown@\n", ""), ("", "y = \"text\" + @\n", ""),
    ("", "x@ = @\ny = u@\n", ""),
    ("print(", "@, ", ")\n"), ("Dense(", "a@=1, ", ")\n"), ("settings {\n", "a@ = 1\n", "}\n"), ("x = [", "@, ", "]\n"),
    ("x = {", "@: 1, ", "}\n"), ("x = {", "@, ", "}\n"), ("x = f\"", "{@}", "\"\n"), ("x = \"\"\"", "a\n", "\"\"\"\n"),
    ("", "x = \"\\q\"\n", ""), ("", "print(\"line\", @)\n", ""), ("", "foo bar@\n", ""),
  ]

  /// Seconds of the processor that the check takes, the least of several times; on one thread, so that other tests do not count.
  private func seconds(_ pattern: (before: String, piece: String, after: String), count: Int, times: Int) -> Double {
    let pieces = (0..<count).map { number in
      pattern.piece.split(separator: "@", omittingEmptySubsequences: false).joined(separator: "\(number)")
    }
    let script = parse(Source(name: "long", text: pattern.before + pieces.joined() + pattern.after)).script
    return (0..<times).map { _ in
      onDeepStack {
        let start = threadSeconds()
        _ = Interpreter(catalog: TestCatalog.catalog).check(script)
        return threadSeconds() - start
      }
    }.min() ?? 0
  }

  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  @Test(arguments: patterns.indices)
  func isLinear(index: Int) {
    let pattern = Self.patterns[index]
    let few = seconds(pattern, count: 150, times: 3)
    let many = seconds(pattern, count: 1_500, times: 1)
    // Ten times the script would take a hundred times as long if the time grew with the square.
    #expect(many < 30 * few + 0.03, "\(pattern.piece)")
  }
}
