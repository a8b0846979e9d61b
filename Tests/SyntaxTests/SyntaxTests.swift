import Diagnostics
import Syntax
import Testing

@Suite struct GoodScripts {
  @Test func haveNoFindings() throws {
    for script in try Golden.scripts(in: "good") {
      let findings = parse(script.source).findings
      #expect(findings.map { "\($0.range.place): \($0.message)" } == [], "\(script.name)")
    }
  }
}
