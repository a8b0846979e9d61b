import Diagnostics
import Syntax
import Testing

@Suite struct GoodScripts {
  @Test func haveNoFindingsAndAPrintedForm() throws {
    for script in try Golden.scripts(in: "good") {
      let reading = parse(script.source)
      #expect(rendered(reading.findings) == "", "\(script.name)")
      #expect(!reading.isIncomplete, "\(script.name)")
      try Golden.expect(printed(reading.script), in: "good/\(script.name).printed")
    }
  }

  @Test func areTheSameAfterPrinting() throws {
    for script in try Golden.scripts(in: "good") {
      let tree = parse(script.source).script
      let text = printed(tree)
      let again = parse(Source(name: script.name, text: text))
      #expect(rendered(again.findings) == "", "\(script.name)")
      #expect(tree.isSame(as: again.script), "\(script.name)")
      #expect(printed(again.script) == text, "\(script.name)")
    }
  }

  @Test func keepTheirComments() throws {
    for script in try Golden.scripts(in: "good") {
      let comments = { (text: String) in
        text.split(separator: "\n").filter { $0.contains("# ") }.compactMap {
          $0.split(separator: "#", maxSplits: 1).last.map(String.init)
        }
        .sorted()
      }
      #expect(comments(printed(parse(script.source).script)) == comments(script.source.text), "\(script.name)")
    }
  }
}

/// Scripts with many mistakes each, and brackets and blocks left open: every mistake is told, once, and what follows it is read.
@Suite struct BadScripts {
  @Test func haveTheirFindings() throws {
    for script in try Golden.scripts(in: "bad") {
      let findings = parse(script.source).findings
      #expect(!findings.isEmpty, "\(script.name)")
      let text = rendered(findings) + "\n\(summary(of: findings))\n"
      try Golden.expect(text, in: "bad/\(script.name).findings")
    }
  }
}
