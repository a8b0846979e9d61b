import Diagnostics
import Lambdas
import Plans
import Syntax
import Testing

/// `--set name=value`.
@Suite struct Overrides {
  private func check(_ text: String, _ overrides: [String: Value]) -> Checked {
    Interpreter(catalog: TestCatalog.catalog, overrides: overrides).check(parse(Source(name: "script.train", text: text)).script)
  }

  @Test func replaceTheFirstBind() {
    let checked = check("width = 3\nwidth += 1\nmodel net { Input((8,)); Dense(width) }\n", ["width": .integer(9)])
    #expect(checked.findings.isEmpty)
    #expect(checked.plan.description.contains("Dense(units=10) -> 10"))
  }

  @Test func thatReplaceNothingAreMistakes() {
    #expect(check("width = 3\n", ["widht": .integer(9)]).findings.map(\.name) == [PlanComplaint.unusedOverride.rawValue])
  }

  @Test(arguments: [
    ("3", "3"), ("1e-3", "0.001"), ("[1, 2]", "[1, 2]"), ("'a b'", "'a b'"), ("relu", "'relu'"), ("a b", "'a b'"),
    ("max", "'max'"),
  ])
  func areReadAsPython(_ text: String, _ value: String) {
    #expect(Operations.representation(Interpreter.value(ofText: text)) == value)
  }
}
