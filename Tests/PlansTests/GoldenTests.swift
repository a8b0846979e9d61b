import Diagnostics
import Plans
import Syntax
import Testing

/// Checks a text against the tests' catalog: what the reader finds, then what the checker finds.
func check(_ source: Source) -> Checked {
  let reading = parse(source)
  var checked = Interpreter(catalog: TestCatalog.catalog).check(reading.script)
  checked.findings = withoutAllowed(reading.findings + checked.findings)
  return checked
}

@Suite struct GoodScripts {
  @Test func haveNoFindingsAndThePlanBesideThem() throws {
    for script in try Golden.scripts(in: "good") {
      let checked = check(script.source)
      #expect(checked.findings.filter { $0.severity > .note }.isEmpty, "\(script.name):\n\(rendered(checked.findings))")
      try expect(checked.plan.description, inFile: "good/\(script.name).plan")
    }
  }
}

/// What only this catalog can show; the other mistakes are among the tests of Driver.
@Suite struct BadScripts {
  @Test func saySoAsWrittenBesideThem() throws {
    for script in try Golden.scripts(in: "bad") {
      let checked = check(script.source)
      #expect(!checked.findings.isEmpty, "\(script.name) has no findings")
      try expect(rendered(checked.findings), inFile: "bad/\(script.name).findings")
    }
  }
}

/// Compares a text with a golden file, or writes the file anew.
private func expect(_ text: String, inFile name: String) throws {
  if Golden.isUpdating { return try Golden.write(text, to: name) }
  #expect(text == (try? Golden.text(name)), "\(name)")
}
