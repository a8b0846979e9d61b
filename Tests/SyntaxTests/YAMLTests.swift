import Diagnostics
import Glibc
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
