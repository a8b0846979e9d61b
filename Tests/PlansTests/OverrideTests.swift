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

  @Test(arguments: [
    ("(a, b) = (1, 2)\nc = [a, b]\n", "b", "let c = [1, 9]"), ("a, (b, *c) = 1, (2, 3, 4)\nd = [b, c]\n", "c", "let d = [2, 9]"),
    ("a = b = 1\nc = [a, b]\n", "b", "let c = [1, 9]"), ("a = missing\nc = a\n", "a", "let c = 9"),
    ("a = 1\na = 2\nc = a\n", "a", "let c = 2"), ("for i in range(2) { a = i }\nc = a\n", "a", "let c = 1"),
  ])
  func replaceNamesOfAnyTarget(_ text: String, _ name: String, _ line: String) {
    let checked = check(text, [name: .integer(9)])
    #expect(checked.findings.isEmpty)
    #expect(checked.plan.description.contains(line), "\(checked.plan.description)")
  }

  @Test func thatReplaceNothingAreMistakes() {
    #expect(check("width = 3\n", ["widht": .integer(9)]).findings.map(\.name) == [PlanComplaint.unusedOverride.rawValue])
  }

  @Test(arguments: [
    ("3", "3"), ("1e-3", "0.001"), ("[1, 2]", "[1, 2]"), ("'a b'", "'a b'"), ("relu", "'relu'"), ("a b", "'a b'"),
    ("max", "'max'"), ("runs/best-1.keras", "'runs/best-1.keras'"),
  ])
  func areReadAsPython(_ text: String, _ value: String) throws {
    #expect(Operations.representation(try #require(Interpreter.value(ofText: text))) == value)
  }

  @Test(arguments: ["0.0l", "1/", "", "1/0", "(3", "'open", "a = 3", "2 +"]) func whatIsBrokenIsNoText(_ text: String) {
    #expect(Interpreter.value(ofText: text) == nil)
  }
}
