import Diagnostics
import SplitMix
import Testing

@testable import Syntax

/// Whatever is done to a script, it is read, shown and printed without a trap, and soon.
@Suite struct SurvivalTests {
  /// Reads and shows a text; the findings are the caller's to judge.
  @discardableResult private func survive(_ bytes: some Sequence<UInt8>) -> [Finding] {
    let source = Source(name: "mutated", text: String(decoding: Array(bytes), as: UTF8.self))
    let reading = parse(source)
    for finding in reading.findings.prefix(5) { _ = finding.rendered() }
    _ = printed(reading.script)
    return reading.findings
  }

  /// The golden scripts, cut into pairs of neighbouring statements, since what goes wrong goes wrong nearby.
  private static func pieces() throws -> [Source] {
    let scripts = try Golden.scripts(in: "good") + Golden.badScripts()
    return scripts.flatMap { script -> [Source] in
      let statements = parse(script.source).script.statements
      return stride(from: 0, to: statements.count, by: 2).compactMap { index in
        let start = statements[index].range.start
        let end = statements[min(index + 1, statements.count - 1)].range.end
        guard end > start, end - start < 1_500 else { return nil }
        return Source(name: script.name, text: String(decoding: script.source.bytes[start..<end], as: UTF8.self) + "\n")
      }
    }
  }

  private func tokens(_ source: Source) -> [Token] {
    var lexer = Lexer(source)
    lexer.lex()
    return lexer.tokens.filter { $0.end > $0.start }
  }

  @Test func cutAtEveryToken() throws {
    for source in try Self.pieces() {
      for token in tokens(source) { survive(source.bytes[..<token.start]) }
    }
  }

  @Test func withoutAnyToken() throws {
    for source in try Self.pieces() {
      for token in tokens(source) { survive(source.bytes[..<token.start] + source.bytes[token.end...]) }
    }
  }

  @Test func withAnyTokenTwice() throws {
    for source in try Self.pieces() {
      for token in tokens(source) { survive(source.bytes[..<token.end] + [UInt8(ascii: " ")] + source.bytes[token.start...]) }
    }
  }

  @Test(arguments: 0..<8)
  func withBytesChanged(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let interesting = Array("(){}[]\"'#\\\n\r\t :=,.;*f!&\0é\u{FFFD}".utf8)
    for source in try Self.pieces() {
      for _ in 0..<2 {
        var bytes = source.bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let offset = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[offset] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[offset] = interesting[Int.random(in: 0..<interesting.count, using: &random)]
          case 2: bytes.insert(interesting[Int.random(in: 0..<interesting.count, using: &random)], at: offset)
          default: bytes.removeSubrange(offset..<min(bytes.count, offset + Int.random(in: 1...20, using: &random)))
          }
          if bytes.isEmpty { bytes = [10] }
        }
        survive(bytes)
      }
    }
  }

  @Test(arguments: [
    "[", "(", "{", "]", "}", "f\"{", "\"x", "-", "not ", "a.", "a(", "if x {", "lambda:", "1+", "\\", "x if y else ", "`", "{1:",
  ])
  func repeatedForever(piece: String) {
    let findings = survive(String(repeating: piece, count: 5_000).utf8)
    #expect(!findings.isEmpty)
    #expect(findings.count <= 3, "\(findings.map(\.message).prefix(5))")
  }

  @Test(arguments: [
    ("[", "]"), ("(", ")"), ("{", "}"), ("f(", ")"), ("f'{", "}'"), ("[i for i in ", "]"), ("[i for i in n if ", "]"),
  ])
  func nestedTooDeeply(open: String, close: String) {
    let text = "x = " + String(repeating: open, count: 20_000) + "1" + String(repeating: close, count: 20_000) + "\ny = 2 2\n"
    #expect(survive(text.utf8).map(\.name) == ["nested-too-deeply", "unexpected-text"])
  }

  @Test func ofAnyLength() {
    let lines = (0..<2_500).map { "x\($0) = f(a=\($0), b=[1, 2.5, \"text\"], c={\"k\": None})  # a comment of some length" }
    let text = lines.joined(separator: "\n")
    #expect(text.utf8.count > 180_000)
    let clock = ContinuousClock()
    var statements = 0
    let time = clock.measure { statements = parse(Source(name: "long", text: text)).script.statements.count }
    #expect(statements == 2_500)
    #expect(time < .seconds(30))
  }

  @Test func tooLong() {
    let reading = parse(Source(name: "long", text: "x = 1\n"), longestText: 5)
    #expect(reading.findings.map(\.name) == ["text-too-long"])
  }
}

@Suite struct IncompleteTexts {
  @Test(arguments: [
    "x = (1,", "f(\n1,\n", "model m {", "model m {\n    Dense(3)\n", "x = \"\"\"abc", "x = 1 + \\", "x = 1 + \\\n",
    "x = \"abc\\\n", "fit m on d {\n    epochs = 3", "x = [f(1), {", "if a {\n} else {", "f\"\"\"{x",
    "callback C {\n on epoch_end(e) {\n  x(",
  ])
  func askForMore(text: String) {
    #expect(parse(Source(name: "<repl>", text: text), isBeginning: true).isIncomplete)
  }

  /// What has been read so far has no mistake, however it is laid out: the next line may be the one that closes it.
  @Test(arguments: [
    "model m {\nInput((4,))\nDense(3)\n", "model m {\nInput((4,))\ncompile { optimizer = \"adam\"; loss = \"mse\" }\n",
    "callback C {\non epoch_end(e) {\nprint(e)\n", "x = [\n1,\n2\n", "if a {\nb = 1\n} else {\nb = 2\n",
  ])
  func haveNoMistake(text: String) {
    let reading = parse(Source(name: "<repl>", text: text), isBeginning: true)
    #expect(reading.isIncomplete)
    #expect(reading.lastingFindings.map(\.message) == [])
  }

  @Test(arguments: ["", "x = 1", "x = 1)", "model m {}", "x = 'abc", "x = (1]", "# nothing", "if a { b }", "x = ", "f\"{x\""])
  func areNotAskedFor(text: String) {
    #expect(!parse(Source(name: "<repl>", text: text), isBeginning: true).isIncomplete)
  }
}

@Suite struct Places {
  @Test func insideFieldsPointIntoTheFile() {
    let source = Source(name: "a.train", text: "x = 1\ny = f\"é {a + } {f'{b c}'}\"\n")
    #expect(parse(source).findings.map(\.range.place) == ["a.train:2:14", "a.train:2:22"])
  }

  @Test func surviveCarriageReturnsTabsAndAMark() {
    let source = Source(name: "a.train", text: "\u{FEFF}# %% first\r\n\tx = 1\r\n\ty = 2 2\r\nz = \"\"\"a\r\nb\"\"\"\r\n")
    let reading = parse(source)
    #expect(reading.findings.map(\.range.place) == ["a.train:3:8"])
    #expect(reading.script.statements.first?.leadingComments.first?.cell == .code(title: "first"))
    guard case .assign(_, .expression(let value))? = reading.script.statements.last?.kind,
      case .string(let text, _) = value.kind
    else {
      Issue.record("the last statement binds a string")
      return
    }
    #expect(text == "a\nb")
  }
}

@Suite struct OpenBracketTests {
  @Test(arguments: [
    (["x = ["], true), (["x = [", "1, 2"], true), (["x = [", "1]"], false), (["model m {", "Dense(3)"], true),
    (["model m {", "Dense(3)", "}"], false), (["print(\"(\")"], false), (["# ("], false), (["x = \"\"\"a", "("], false),
    (["f\"{x[0]}\""], false), (["x = 1)"], false), (["f(a,", "\"\"\"b"], false),
  ])
  func tellWhetherMoreMustCome(lines: [String], isOpen: Bool) {
    var brackets = OpenBrackets()
    for line in lines { brackets.take(line) }
    #expect(brackets.isOpen == isOpen)
  }
}
