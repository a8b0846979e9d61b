import Diagnostics
import Glibc
import Testing

@testable import Syntax

/// Reading takes time in proportion to the text, whatever it is made of.
@Suite struct GrowthTests {
  /// A text of any length: `piece` again and again between a beginning and an end, its `@` being the number of the repetition.
  struct Pattern: Sendable, CustomTestStringConvertible {
    let before: String
    let piece: String
    let after: String
    /// What closes each piece, behind all of them.
    let closer: String
    var testDescription: String { "\(before.prefix(20))\(piece)…" }

    init(_ piece: String, before: String = "", after: String = "\n", closer: String = "") {
      self.before = before
      self.piece = piece
      self.after = after
      self.closer = closer
    }

    func source(bytes: Int) -> Source {
      let count = bytes / (piece + closer).utf8.count + 1
      var text = before
      for number in 0..<count {
        for character in piece { if character == "@" { text += String(number) } else { text.append(character) } }
      }
      return Source(name: "long", text: text + String(repeating: closer, count: count) + after)
    }
  }

  static let patterns: [Pattern] = [
    // Scripts that are fine.
    Pattern("x@ = f(@, b=[1, 2.5, \"text\"])  # a comment\n"), Pattern("x=1;"), Pattern("\tx = 1\r\n"), Pattern("\n"),
    Pattern(" "),
    Pattern("größe = \"漢字\"\n"), Pattern("# %% cell @\nx = @\n"), Pattern("if x { y = 1 }\n"),
    Pattern("def f@(a, b=1) = a + b\n"),
    Pattern("} elif x == @ {\n y = 1\n", before: "if x {\n", after: "}\n"),
    Pattern("Dense(3)\n", before: "model m {\n", after: "}\n"),
    // One long thing.
    Pattern("+a", before: "x = a"), Pattern(" < a", before: "x = a"), Pattern(" and a", before: "x = a"),
    Pattern(".a", before: "x = a"), Pattern("[0]", before: "x = a"), Pattern("()", before: "x = a"),
    Pattern("a = ", after: "1\n"),
    Pattern("1, ", before: "x = [", after: "]\n"), Pattern("1,  # one\n", before: "x = [\n", after: "]\n"),
    Pattern("@: 1, ", before: "x = {", after: "}\n"), Pattern("1, ", before: "f(", after: ")\n"),
    Pattern("a@=1, ", before: "f(", after: ")\n"), Pattern("1, ", before: "f(a=1, ", after: ")\n"),
    Pattern("a@, ", before: "def f(", after: ") = 1\n"), Pattern("a@, ", before: "x = lambda ", after: "b: 1\n"),
    Pattern("s", before: "x = \"", after: "\"\n"), Pattern("\\n", before: "x = \"", after: "\"\n"),
    Pattern("\\q", before: "x = \"", after: "\"\n"), Pattern("\"s\" ", before: "x = (", after: ")\n"),
    Pattern("{a}", before: "x = f\"", after: "\"\n"), Pattern("' '", before: "x = f\"{", after: "}\"\n"),
    Pattern("{}", before: "x = f\"{" + String(repeating: "(", count: 200), after: "}\"\n"),
    Pattern("\n", before: "x = f\"{a", after: "}\"\n"), Pattern("1", before: "x = "), Pattern("a", before: "x = "),
    Pattern("a@, ", before: "from keras import ", after: "b\n"),
    // Deep.
    Pattern("not ", before: "x = ", after: "1\n"), Pattern("- ", before: "x = ", after: "1\n"), Pattern("(", closer: ")"),
    Pattern("[", closer: "]"), Pattern("f(", closer: ")"), Pattern("if x {\n", closer: "}\n"), Pattern("f\"{", closer: "}\""),
    Pattern("lambda: ", before: "x = ", after: "1\n"),
    // Nonsense.
    Pattern("("), Pattern("x = (\n"), Pattern("{"), Pattern("if x {\n"), Pattern(")"), Pattern("}\n"), Pattern("(]"),
    Pattern("([{"),
    Pattern("'"), Pattern("x = 'a\n"), Pattern("\"\"\""), Pattern("x = f\"{a\n"), Pattern("}", before: "x = f\""),
    Pattern("\\"), Pattern("else "), Pattern("} else if x {\n", before: "if x {\n", after: "}\n"), Pattern("if "),
    Pattern("lambda "),
    Pattern("a := 1\n"), Pattern("$ a\n"), Pattern("while x:\n  y = 1\n"), Pattern("del x; "),
    Pattern("    def f(self):\n        pass\n", before: "class A:\n"),
    Pattern("foo bar\n"), Pattern("foo bar "), Pattern("a: 1\n"), Pattern("1 ", before: "x = [", after: "]\n"),
    Pattern("a == 1\n", before: "settings {\n", after: "}\n"), Pattern("  # %% cell\n"), Pattern("\u{301}"), Pattern("@"),
    Pattern("\\\n"),
  ]

  /// Seconds of the processor that reading takes, the least of several times; on one thread, so that other tests do not count.
  private func seconds(_ source: Source, times: Int) -> Double {
    (0..<times).map { _ in
      onDeepStack {
        let start = threadSeconds()
        _ = parse(source)
        return threadSeconds() - start
      }
    }.min() ?? 0
  }

  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  @Test(arguments: patterns)
  func isLinear(pattern: Pattern) {
    let few = seconds(pattern.source(bytes: 3_000), times: 3)
    let many = seconds(pattern.source(bytes: 30_000), times: 1)
    // Ten times the text would take a hundred times as long if the time grew with the square.
    #expect(many < 30 * few + 0.03)
  }

  @Test func stopsAfterEnoughErrors() {
    let reading = parse(Pattern("x = 1 1\n").source(bytes: 100_000))
    #expect(reading.findings.count == FindingList.limit)
    #expect(reading.script.statements.count == FindingList.limit)
    #expect(summary(of: reading.findings) == "the first 200 errors")
  }

  @Test func keepsErrorsBehindManyWarnings() {
    let reading = parse(Pattern("x = \"\\q\"\n", after: "x = 1 1\n").source(bytes: 10_000))
    #expect(summary(of: reading.findings) == "1 error, 200 warnings")
  }
}
