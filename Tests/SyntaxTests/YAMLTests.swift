import Diagnostics
import Glibc
import SplitMix
import Testing

@testable import Syntax

/// The YAML form says what the `.train` form says.
@Suite struct YAMLForms {
  /// The YAML form of a script, read again.
  private func again(_ script: Script, _ name: String) -> (text: String, reading: Reading) {
    let text = printedYAML(script)
    return (text, parse(Source(name: name + ".yaml", text: text)))
  }

  @Test(arguments: try Golden.goodScripts())
  func saysTheSame(script: Golden.Script) {
    let tree = parse(script.source).script
    let (text, reading) = again(tree, script.name)
    #expect(rendered(reading.findings) == "", "\(text)")
    #expect(reading.script.isSame(as: tree), "\(text)")
    #expect(printedYAML(reading.script) == text)
    // And back.
    let back = printed(reading.script)
    let read = parse(Source(name: script.name, text: back))
    #expect(rendered(read.findings) == "", "\(back)")
    #expect(read.script.isSame(as: tree), "\(back)")
  }

  @Test(arguments: 0..<40)
  func saysWhatTheGrammarDerives(seed: UInt64) throws {
    let grammar = try #require(GrammarTests.grammar)
    var generator = SentenceGenerator(grammar, seed: seed &+ 1_000)
    for length in [2, 5, 15, 40, 100] {
      for _ in 0..<2 {
        let text = generator.script(statements: 8, length: length)
        let script = parse(Source(name: "random", text: text)).script
        let (form, reading) = again(script, "random")
        #expect(rendered(reading.findings.filter { $0.severity == .error }) == "", "\(text)\n----\n\(form)")
        #expect(reading.script.isSame(as: script), "\(text)\n----\n\(form)")
        #expect(printedYAML(reading.script) == form, "\(form)\n----\n\(printedYAML(reading.script))\n====")
      }
    }
  }
}

/// How YAML's scalars are read and written.
@Suite struct YAMLScalars {
  private func value(_ text: String) -> (value: String, findings: [String]) {
    let reading = parse(Source(name: "a.yaml", text: "steps:\n  - let:\n      x: \(text)\n"))
    guard case .assign(_, .expression(let expression))? = reading.script.statements.first?.kind else { return ("", []) }
    return (printed(expression), reading.findings.map(\.name))
  }

  @Test(arguments: [
    ("1", "1"), ("-7", "-7"), ("+5", "5"), ("1e-3", "1e-3"), ("1.5E3", "1.5E3"), (".5", ".5"), ("5.", "5."), ("0x1F", "0x1F"),
    ("0o17", "0o17"),
    ("007", "7"), ("-0.0", "-0.0"), (".inf", "1e999"), ("-.INF", "-1e999"), (".nan", "nan"), ("true", "True"), ("False", "False"),
    ("~", "None"),
    ("", "None"), ("null", "None"), ("nUll", "\"nUll\""), ("tRue", "\"tRue\""), ("0xG", "\"0xG\""), ("1e", "\"1e\""),
    ("0o8", "\"0o8\""), ("y", "\"y\""),
    ("text", "\"text\""), ("two words", "\"two words\""), ("\"1\"", "\"1\""), ("'it''s'", "\"it's\""),
    ("\"\\u00e9\\n\"", "\"é\\n\""), ("!!str 1", "\"1\""),
    ("!!float 1", "1.0"), ("[1, a]", "[1, \"a\"]"), ("{a: 1, 2: b}", "{\"a\": 1, 2: \"b\"}"), ("!tuple [8, 8]", "(8, 8)"),
    ("!tuple []", "()"),
    ("!tuple [1]", "(1,)"), ("!expr a + 1", "a + 1"), ("!lambda \"a, b: a\"", "lambda a, b: a"), ("!lambda \": 1\"", "lambda: 1"),
    ("!call {L2: 0.01}", "L2(0.01)"), ("!call Flatten", "Flatten()"), ("!call {f: {_: [1], b: {c: 2}}}", "f(1, b={\"c\": 2})"),
    ("!call {f: null}", "f(None)"), ("!call {f: }", "f()"),
  ])
  func areReadByTheCoreSchema(text: String, expression: String) {
    let (value, findings) = value(text)
    #expect(value == expression && findings.isEmpty, "\(text): \(value), \(findings)")
  }

  @Test(arguments: ["no", "Yes", "on", "OFF", "1:30", "0777", "1_000", "0b11", "2001-01-01", "190:20:30"])
  func areWarnedOfWhereOlderYAMLReadsThemOtherwise(text: String) {
    #expect(value(text).findings == ["older-reading"])
    #expect(value("\"\(text)\"").findings == [])
  }

  @Test(arguments: [
    "", " ", "a", "no", "y", "1", "1e3", "null", "~", "=", "<<", "a: b", "a #b", "a:b", "a,b", "[a]", "#a", "- a", "-a", "---",
    "@", "'", "\"", "\\", "é\u{85}",
    "a\nb", "\t", "\u{0}", "\u{FEFF}", "🙂", "a ", "?", ":", "? a", "!a", "&a", "*a", "%a", "|", "x\u{2028}y", "2001-01-01", "0o7",
    "true", "{", "a]",
  ])
  func areWrittenSoThatTheyReadTheSame(text: String) {
    for isInFlow in [false, true] {
      let spelled = YAMLQuoting.spelled(text, isValue: true, isInFlow: isInFlow)
      let form = isInFlow ? "[\(spelled), 1]" : spelled
      let reading = parse(Source(name: "a.yaml", text: "steps:\n  - let:\n      x: \(form)\n"))
      guard case .assign(_, .expression(var expression))? = reading.script.statements.first?.kind else {
        Issue.record("\(form)")
        continue
      }
      if case .list(let elements) = expression.kind { expression = elements[0] }
      guard case .string(let value, _) = expression.kind else {
        Issue.record("\(form)")
        continue
      }
      #expect(value == text && reading.findings.isEmpty, "\(form)")
    }
  }
}

/// Whatever is done to a YAML script, it is read, shown and printed without a trap, in time that grows with its length.
@Suite struct YAMLSurvival {
  private static func scripts() throws -> [Golden.Script] {
    try Golden.badScripts(ending: ".yaml").filter { $0.source.bytes.count < 3_000 }
      + Golden.scripts(in: "good").map { script in
        Golden.Script(name: script.name, source: Source(name: script.name, text: printedYAML(parse(script.source).script)))
      }
  }

  private func survive(_ bytes: some Sequence<UInt8>) {
    let reading = parse(Source(name: "mutated.yaml", text: String(decoding: Array(bytes), as: UTF8.self)))
    for finding in reading.findings.prefix(5) { _ = finding.rendered() }
    _ = printed(reading.script)
    _ = printedYAML(reading.script)
  }

  @Test(arguments: try scripts())
  func cutDoubledAndWithout(script: Golden.Script) {
    let bytes = script.source.bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    for (start, end) in zip(starts, starts.dropFirst()) {
      survive(bytes[..<start])
      survive(bytes[..<((start + end) / 2)])
      survive(bytes[..<start] + bytes[end...])
      survive(bytes[..<end] + bytes[start...])
      survive(bytes[..<start] + Array("  ".utf8) + bytes[start...])
    }
  }

  @Test(arguments: 0..<4)
  func withBytesChanged(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let interesting = Array("{}[]\"'#\\\n\r\t :=,-|>&*!?%@`é\u{FFFD}".utf8)
    for script in try Self.scripts() {
      for _ in 0..<4 {
        var bytes = script.source.bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
          let offset = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[offset] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[offset] = interesting[Int.random(in: 0..<interesting.count, using: &random)]
          case 2: bytes.insert(interesting[Int.random(in: 0..<interesting.count, using: &random)], at: offset)
          default: bytes.removeSubrange(offset..<min(bytes.count, offset + Int.random(in: 1...20, using: &random)))
          }
        }
        survive(bytes)
      }
    }
  }

  /// Texts of any length: `piece` again and again behind a beginning.
  @Test(arguments: [
    ("", "a: b\n"), ("steps:\n", "  - Dense: {units: 3, activation: relu}\n"), ("steps:\n", "  - let: {x@: !expr a + b}  # é\n"),
    ("steps:\n  - let:\n", "      x@: 1\n"), ("steps:\n  - let: {x: [", "1, "), ("", "# c\n"), ("steps: ", "["),
    ("steps: ", "{a: "), ("", "- "),
    ("steps:\n  - markdown: |\n", "      é text\n"), ("steps:\n  - print: \"", "é \\n"), ("steps:\n  - expr: \"", "a + "),
    ("steps:\n  - print: ", "a "),
    ("steps:\n  - fit: m\n    on: x\n", "    s@: 1\n"), ("steps:\n", "  - print: no\n"),
    ("models:\n", "  m@: {layers: [Flatten]}\n"),
    ("steps:\n  - f: {", "a@: 1, "), ("a: &a 1\nb: [", "*a, "), ("? ", "? "), ("", "\t"), ("", "é"), ("a: ", "!x "),
    ("", "---\n"), ("", "\"\n"),
  ])
  func isLinear(before: String, piece: String) {
    func seconds(_ bytes: Int, times: Int) -> Double {
      var text = before
      var number = 0
      while text.utf8.count < bytes {
        text += piece.split(separator: "@", omittingEmptySubsequences: false).joined(separator: String(number))
        number += 1
      }
      let source = Source(name: "long.yaml", text: text)
      return (0..<times).map { _ in
        onDeepStack {
          var start = timespec()
          var end = timespec()
          clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
          _ = printedYAML(parse(source).script)
          clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
          return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
        }
      }.min() ?? 0
    }
    let few = seconds(3_000, times: 3)
    #expect(seconds(30_000, times: 1) < 30 * few + 0.05)
  }
}
