import Diagnostics
import Syntax
import Testing

@testable import Lambdas

/// What stands in registers while a function runs: a callback's numbers, which are brought back, and arguments, which are lent.
@Suite struct RegisterTests {
  @Test(arguments: [
    ("n = 0\nx = 0.5\nf = False", "n += epoch\n x *= 2\n f = not f", "[3, 4.0, True]"),
    ("n = 0", "n = n + 0.5", "[1.5]"),
    ("n = True\nx = 1.5", "x = n\n n = epoch > 1", "[True, False]"),
    ("n = 1", "for i in range(9) { if i == 3 { return None }\n n += i }", "[10]"),
    ("n = 3\nxs = []", "n += 1\n f = lambda k: k + n\n xs.append(f(1))\n xs = [x * n for x in xs]", "[6, [600, 180, 42]]"),
    ("a = 1\nb = 2.5", "a, b = b, a", "[2.5, 1]"),
    ("a = 1\nb = 2", "a = b = a + b", "[12, 12]"),
    ("best = None\nat = -1", "if best is None or logs.loss < best { best = logs.loss\n at = epoch }", "[0.25, 2]"),
    ("n = 0\nunread = 7", "n += 1", "[3, 7]"),
    // Each takes the type of the next, so that ten passes would be needed to know them all.
    (
      (0..<10).map { "a\($0) = 0" }.joined(separator: "\n"),
      (0..<9).map { "a\($0) = a\($0 + 1)" }.joined(separator: "\n") + "\n a9 = 1.5", "[0, 0, 0, 0, 0, 0, 0, 1.5, 1.5, 1.5]"
    ),
  ])
  func stateOutlivesTheHook(_ variables: String, _ body: String, _ expected: String) throws {
    let (code, values) = try compiled(variables, body)
    let machine = Machine()
    var state = values
    for epoch in 0..<3 { _ = try machine.call(FunctionValue(code), arguments(epoch), state: &state) }
    #expect(Operations.representation(.list(state)) == expected)
  }

  @Test func whatWasChangedBeforeAnErrorStays() throws {
    let (code, values) = try compiled(
      "n = 0\nx = 0.5\nxs = []", "n += 1\n x += n\n xs.append(n)\n print(1 // (epoch - 2))\n n = 9")
    let machine = Machine()
    machine.print = { _ in }
    var state = values
    #expect(throws: RuntimeFailure.self) { _ = try machine.call(FunctionValue(code), arguments(2), state: &state) }
    #expect(Operations.representation(.list(state)) == "[1, 1.5, [1]]")
    _ = try machine.call(FunctionValue(code), arguments(3), state: &state)
    #expect(Operations.representation(.list(state)) == "[9, 3.5, [1, 2]]")
  }

  @Test func aHookNeedsItsState() throws {
    let (code, _) = try compiled("n = 0", "n += 1")
    let failure = #expect(throws: RuntimeFailure.self) { _ = try Machine().call(FunctionValue(code), arguments(0)) }
    #expect(failure?.error == MachineError(.runtime, "the function is called without its state"))
  }

  @Test(arguments: [
    ("def f(xs) = xs", "(lambda ys: [f(ys), ys])([1])", "[[1], [1]]"),
    ("def f(xs) { xs.append(2)\n return xs }", "(lambda ys: [f(ys), f(ys), ys])([1])", "[[1, 2], [1, 2], [1]]"),
    ("def f(xs) { xs[0] = 2\n return xs }", "(lambda ys: [f(ys), ys])([1])", "[[2], [1]]"),
    ("def f(xs) { ys = xs\n ys.append(9)\n return [xs, ys] }", "(lambda ys: f(ys) + [ys])([1])", "[[1], [1, 9], [1]]"),
    ("def f(xs) { for i in range(2) { xs = xs + [i] }\n return xs }", "(lambda ys: [f(ys), ys])([1])", "[[1, 0, 1], [1]]"),
    ("def f(xs) = [x * len(xs) for x in xs]", "f([1, 2])", "[2, 4]"),
    ("def f(xs) = sorted(xs, key=lambda x: xs.index(x))", "f([2, 1])", "[2, 1]"),
    ("def f(xs=[1]) { xs.append(2)\n return xs }", "[f(), f(), f([0])]", "[[1, 2], [1, 2], [0, 2]]"),
    ("def f(xs=[1, 2]) = xs", "[f(), f()]", "[[1, 2], [1, 2]]"),
    ("def f(t) { t += \"b\"\n return t }", "(lambda u: [f(u), u])(\"a\")", "['ab', 'a']"),
    ("def f(d) { d[\"k\"] = 2\n return d }", "(lambda e: [f(e), e])({\"k\": 1})", "[{'k': 2}, {'k': 1}]"),
    ("def f(g, x) = g(x) + x", "f(lambda xs: xs + [1], [0])", "[0, 1, 0]"),
    ("def f(*xs, **d) = [xs, d]", "f(1, 2, k=[3])", "[(1, 2), {'k': [3]}]"),
    ("def f(xs) { a, *b = xs\n return [b, a, xs] }", "f([1, 2, 3])", "[[2, 3], 1, [1, 2, 3]]"),
  ])
  func argumentsAreLent(_ definition: String, _ text: String, _ expected: String) throws {
    let reading = parse(Source(name: "<test>", text: "\(definition)\n"))
    let made: Definition? =
      switch reading.script.statements.first?.kind {
      case .functionExpression(let name, let parameters, let value):
        Definition(name: name, parameters: parameters, body: .expression(value), scope: .empty)
      case .functionBlock(let name, let parameters, let block):
        Definition(name: name, parameters: parameters, body: .block(block), scope: .empty)
      default: nil
      }
    let function = try #require(made, "\(reading.findings.map(\.message))")
    var findings: [Finding] = []
    let scope = CompilationScope(["f": .definition(function)])
    let call = try #require(expression(text).0)
    let code = try #require(compileExpression(call, scope: scope, findings: &findings), "\(findings.map(\.message))")
    let machine = Machine()
    // A reference too many let go of would show the second time.
    for _ in 0..<3 { #expect(Operations.representation(try machine.call(FunctionValue(code))) == expected) }
  }

  @Test func lentArgumentsAreGivenBackAfterAnError() throws {
    let (parsed, _) = expression("lambda xs, i: [xs, xs[i]]")
    guard case .lambda(let parameters, let body)? = parsed?.kind else { throw MissingFixture(name: "lambda") }
    var findings: [Finding] = []
    let code = try #require(compileLambda(parameters, body: body, scope: .empty, findings: &findings))
    let (machine, list) = (Machine(), Value.list([.string(String(repeating: "long ", count: 9))]))
    for _ in 0..<3 {
      #expect(throws: RuntimeFailure.self) { _ = try machine.call(FunctionValue(code), [list, .integer(1)]) }
      #expect(try machine.call(FunctionValue(code), [list, .integer(0)]).asItems?.count == 2)
    }
  }

  @Test(arguments: [
    ("lambda batch, logs: None", [true, true]), ("lambda batch, logs: logs", [true, false]),
    ("lambda batch, logs: [logs for i in range(batch)]", [false, false]),
    ("lambda batch, logs: (lambda: logs)", [true, false]), ("lambda batch, logs: [logs for logs in range(3)]", [true, true]),
    ("lambda batch, logs: 'loss' in logs", [true, false]), ("lambda batch, logs: logs['loss']", [true, false]),
    ("lambda *rest: None", [false, false]), ("lambda batch: None", [true, false]),
  ])
  func whatIsNamedNowhereIsIgnored(_ text: String, _ expected: [Bool]) throws {
    guard case .lambda(let parameters, let body)? = expression(text).0?.kind else { throw MissingFixture(name: text) }
    var findings: [Finding] = []
    let code = try #require(compileLambda(parameters, body: body, scope: .empty, findings: &findings))
    #expect((0..<2).map { FunctionValue(code).ignores(argument: $0) } == expected)
    #expect(!FunctionValue(name: "host", type: code.type, body: .host { _ in .none }).ignores(argument: 0))
  }

  private func compiled(_ variables: String, _ body: String) throws -> (FunctionCode, [Value]) {
    let logs = RecordType(title: "logs", [("loss", .init(.float))])
    let (sources, state, values) = hooks("callback C() {\n\(variables)\non epoch_end(epoch, logs) {\n \(body)\n}\n}", logs: logs)
    var findings: [Finding] = []
    let code = compileHooks(sources, state: state, scope: .empty, findings: &findings)
    return (try #require(code.hooks.first ?? nil, "\(findings.map(\.message))"), values)
  }

  private func arguments(_ epoch: Int) -> [Value] {
    [.integer(epoch), .dict(DictValue([("loss", .float(1 / Double(1 << epoch)))]))]
  }
}

extension Value {
  fileprivate var asItems: [Value]? { if case .list(let items) = self { items } else { nil } }
}
