import Diagnostics
import Syntax
import Testing

@testable import Lambdas

/// A model as hooks see it.
private final class ModelDouble: ObjectValue, @unchecked Sendable {
  static let optimizer = ObjectType("Optimizer", attributes: ["learning_rate": .init(.float, isSettable: true)])
  static let type = ObjectType(
    "Model", attributes: ["stop_training": .init(.bool, isSettable: true), "name": .init(.string)],
    methods: ["save": FunctionType([.init("filepath", .string)], returns: .none)])
  var set: [String: Value] = [:]
  var calls: [String] = []
  var objectType: ObjectType { Self.type }
  func setAttribute(_ name: String, to value: Value) throws(MachineError) { set[name] = value }
  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    calls.append("\(method)(\(arguments.map(Operations.representation).joined(separator: ", ")))")
    return .none
  }
}

extension ValueType {
  fileprivate var record: RecordType? { if case .record(let record) = self { record } else { nil } }
}

extension Value {
  fileprivate var dict: DictValue? { if case .dict(let dict) = self { dict } else { nil } }
}

private let logs = RecordType(
  title: "logs", [("loss", .init(.float)), ("accuracy", .init(.float)), ("val_accuracy", .init(.float, isAlwaysPresent: false))],
  isOpen: true, sharing: .shared)

private let scope = CompilationScope([
  "target": .constant(.float(0.9)), "model": .captured(.object(ModelDouble.type)), "outer": .constant(.list([.integer(1)])),
])

private func compiled(_ body: String) -> (CallbackCode, [Finding], [Value]) {
  let (sources, state, values) = hooks("callback C() {\n\(body)\n}", logs: logs)
  var findings: [Finding] = []
  return (compileHooks(sources, state: state, scope: scope, findings: &findings), findings, values)
}

@Suite struct HookTests {
  @Test func keepsStateAndReachesTheModel() throws {
    let (code, findings, initial) = compiled(
      """
      best = 0.0
      seen = 0
      times = []
      on epoch_end(epoch, logs) {
        best = max(best, logs.accuracy)
        seen += 1
        times.append(epoch * 2)
        if logs["accuracy"] >= target {
          print(f"reached {target:.1%} after {epoch + 1} epochs")
          model.stop_training = True
          model.save("best.keras")
        }
      }
      """)
    #expect(findings.isEmpty, "\(findings.map(\.message))")
    #expect(code.state.map(\.type) == [.float, .integer, .list(.integer)])
    let hook = try #require(code.hooks[0])
    let machine = Machine()
    var printed = ""
    machine.print = { printed += $0 }
    let model = ModelDouble()
    var state = initial
    for (epoch, accuracy) in [0.5, 0.95, 0.7].enumerated() {
      let arguments: [Value] = [.integer(epoch), .dict(DictValue([("loss", .float(1)), ("accuracy", .float(accuracy))]))]
      _ = try machine.call(FunctionValue(hook, captured: hook.captures.map { _ in .object(model) }), arguments, state: &state)
    }
    #expect(Operations.representation(.list(state)) == "[0.95, 3, [0, 2, 4]]")
    #expect(printed == "reached 90.0% after 2 epochs\n")
    #expect(model.calls == ["save('best.keras')"])
    #expect(hook.effects.readKeys == ["logs": ["accuracy"]])
    #expect(hook.effects.setAttributes == ["stop_training"])
  }

  @Test func addsKeysToOpenLogs() throws {
    let (code, findings, _) = compiled(
      "on epoch_end(epoch, logs) {\n logs[\"gap\"] = logs.loss - logs.accuracy\n logs[\"twice\"] = logs.gap * 2\n return logs\n}")
    #expect(findings.isEmpty, "\(findings.map(\.message))")
    let hook = try #require(code.hooks[0])
    let record = try #require(hook.type.result.record)
    #expect(record.names.suffix(2) == ["gap", "twice"] && record.fields["gap"] == .init(.float))
    let arguments: [Value] = [.integer(0), .dict(DictValue([("loss", .float(3)), ("accuracy", .float(1))]))]
    var state: [Value] = []
    let result = try Machine().call(FunctionValue(hook, captured: []), arguments, state: &state)
    #expect(Operations.representation(result) == "{'loss': 3.0, 'accuracy': 1.0, 'gap': 2.0, 'twice': 4.0}")
  }

  /// What is known of `logs` after a change, and what they are: sometimes-keys in parentheses, `…` where there may be others.
  @Test(arguments: [
    ("logs[\"z\"] = 1\n logs[\"a\"] = 2", "loss accuracy (val_accuracy) z a", "loss accuracy z a"),
    ("logs.update({\"z\": 1, \"a\": 2.5}, b=3)", "loss accuracy (val_accuracy) z a b", "loss accuracy z a b"),
    ("logs |= {\"z\": 1}", "loss accuracy (val_accuracy) z", "loss accuracy z"),
    ("logs.setdefault(\"loss\", 1)\n logs.setdefault(\"z\", 1)", "loss accuracy (val_accuracy) z", "loss accuracy z"),
    ("logs.pop(\"accuracy\")\n logs.pop(\"val_accuracy\", None)", "loss", "loss"),
    ("logs.clear()\n logs[\"z\"] = 1", "z", "z"),
    ("if epoch > 3 { logs[\"z\"] = 1 }", "loss accuracy (val_accuracy) (z)", "loss accuracy"),
    ("for k in [\"p\", \"q\"] { logs[f\"val_{k}\"] = 0.5 }", "loss accuracy (val_accuracy) …", "loss accuracy val_p val_q"),
    ("logs.update({k: 1 for k in [\"p\"]})", "loss accuracy (val_accuracy) …", "loss accuracy p"),
    ("logs = logs or {}\n logs[\"z\"] = 1", "loss accuracy (val_accuracy) z", "loss accuracy z"),
    ("if logs is None { logs = {} }\n logs[\"z\"] = 1", "loss accuracy (val_accuracy) z", "loss accuracy z"),
    ("logs = logs if logs is not None else {}\n logs[\"z\"] = 1", "loss accuracy (val_accuracy) z", "loss accuracy z"),
    ("mine = dict(logs)\n mine[\"z\"] = 1\n print(mine)", "loss accuracy (val_accuracy)", "loss accuracy"),
  ]) func followsWhatIsDoneToLogs(_ lines: String, _ known: String, _ left: String) throws {
    let (code, findings, _) = compiled("on epoch_end(epoch, logs) {\n \(lines)\n return logs\n}")
    #expect(findings.isEmpty, "\(findings.map(\.message))")
    let hook = try #require(code.hooks[0])
    let record = try #require(hook.type.result.record)
    let names = record.names.map { record.fields[$0]?.isAlwaysPresent ?? false ? $0 : "(\($0))" }
    #expect((names + (record.hasOtherKeys ? ["…"] : [])).joined(separator: " ") == known)
    let arguments: [Value] = [.integer(0), .dict(DictValue([("loss", .float(3)), ("accuracy", .float(1))]))]
    var state: [Value] = []
    let machine = Machine()
    machine.print = { _ in }
    let result = try machine.call(FunctionValue(hook, captured: []), arguments, state: &state)
    #expect(try #require(result.dict).keys.compactMap(\.asString).joined(separator: " ") == left)
  }

  @Test(arguments: [
    ("logs.vall_accuracy", "unknown-key"), ("logs.val_accuracy", "unguarded-key"), ("logs.get(\"foo\")", "unknown-key"),
    ("logs.get(\"val_accuracy\") + 1", "possibly-none"), ("target = 2", "read-only"), ("outer.append(2)", "read-only"),
    ("bset = 1", "unread-local"), ("model.stop_trainin = True", "unknown-attribute"), ("model.name = \"x\"", "not-settable"),
    ("model.save()", "missing-argument"), ("self.nothing = 1", "unknown-name"), ("for x in epoch { print(x) }", "not-iterable"),
    ("if epoch > 1 { late = 1 }\n print(late)", "sometimes-unbound"), ("print(late)\n late = 1", "unbound"),
    ("raise 3", "bad-raise"),
    ("maybe.append(1)", "possibly-none"), ("logs[\"text\"] = \"x\"", "wrong-argument"),
    ("logs.update({\"text\": \"x\"})", "wrong-argument"), ("other = logs\n other[\"q\"] = 1", "not-settable"),
    ("other = logs\n other.update({\"q\": 1})", "not-settable"), ("logs = {\"q\": 1}", "read-only"),
    ("logs = {**logs, \"q\": 1}", "read-only"), ("logs.pop(\"foo\")", "unknown-key"),
    ("logs.pop(\"loss\")\n print(logs.loss)", "unknown-key"),
  ])
  func finds(_ line: String, _ name: String) {
    let (_, findings, _) = compiled(
      "best = 0.0\nmaybe = None\non epoch_end(epoch, logs) {\n if epoch > 90 { maybe = [1] }\n \(line)\n}")
    #expect(findings.map(\.name).contains(name), "\(findings.map { "\($0.name): \($0.message)" })")
  }

  @Test(arguments: [
    String(repeating: "print(epoch)\n", count: 25_000),
    "print([" + Array(repeating: "epoch + 1", count: 40_000).joined(separator: ", ") + "])",
  ])
  func areHeldToASize(body: String) {
    let (_, findings, _) = compiled("on epoch_end(epoch, logs) {\n\(body)\n}")
    #expect(findings.map(\.name).contains("too-large"), "\(findings.map(\.message).prefix(3))")
  }

  @Test(arguments: [
    "if \"val_accuracy\" in logs { print(logs.val_accuracy) }",
    "if logs.get(\"val_accuracy\") is not None { print(logs[\"val_accuracy\"] + 1) }",
    "v = logs.get(\"val_accuracy\")\n if v is not None and v > 0.5 { print(v * 2) }",
    "print(logs.get(\"val_accuracy\", 0.0) + 1)",
    "logs = logs or {}\n print(logs)", "if maybe is None { maybe = 3 } else { maybe = maybe + 1 }",
    "if maybe { print(maybe + 1) }",
    "self.best = max(self.best, logs.loss)", "for i in range(3) { best += i }",
    "print(\"val_accuracy\" not in logs or logs.val_accuracy > 0)",
    "if \"other\" in logs { print(logs.other) }",
  ])
  func accepts(_ line: String) {
    let (_, findings, _) = compiled(
      "best = 0.0\nmaybe = None\non epoch_end(epoch, logs) {\n if epoch > 90 { maybe = 1 }\n \(line)\n}")
    #expect(findings.isEmpty, "\(findings.map { "\($0.name): \($0.message)" })")
  }

  @Test(arguments: [
    ("on epoch_end(epoch, *others) { print(epoch, len(others)) }", "3 1\n"),
    ("on epoch_end(*arguments, **named) { print(arguments[0], len(arguments), named) }", "3 2 {}\n"),
    ("on epoch_end(epoch, logs=None, **others) { print(epoch + 1, others) }", "4 {}\n"),
  ])
  func takesWhatRemains(_ text: String, _ printed: String) throws {
    let (code, findings, initial) = compiled(text)
    let hook = try #require(code.hooks[0], "\(findings.map(\.message))")
    var state = initial
    let arguments = [Value.integer(3), .dict(DictValue())]
    let machine = Machine()
    var found = ""
    machine.print = { found += $0 }
    _ = try machine.call(FunctionValue(hook, captured: []), arguments, state: &state)
    #expect(found == printed)
  }

  @Test func namesThePlaceOfAnError() throws {
    let (code, _, initial) = compiled("count = 0\non epoch_end(epoch, logs) {\n  count += 1\n  print(10 // (epoch - 2))\n}")
    let hook = try #require(code.hooks[0])
    var state = initial
    let arguments = [Value.integer(2), .dict(DictValue())]
    let failure = #expect(throws: RuntimeFailure.self) {
      _ = try Machine().call(FunctionValue(hook, captured: []), arguments, state: &state)
    }
    #expect(failure?.error.kind == .zeroDivision)
    #expect(failure?.range?.place == "<test>:5:9")
  }

  @Test(arguments: [
    "[i for i in range(10 ** 12)]", "sum(range(10 ** 15))", "[0] * 10 ** 12", "'ab' * 10 ** 15",
    "sorted([(lambda: i) for i in range(9 ** 9)])",
    "f'{1:999999999}'", "(lambda f: f(f))(lambda f: f(f))", "max(i for i in range(10 ** 10))", "np.zeros((10 ** 9, 10 ** 9))",
    "list(range(10 ** 10))",
    "len([i * j for i in range(10 ** 6) for j in range(10 ** 6)])", "any(x < 0 for x in range(10 ** 11))", "1 << 70", "2 ** 63",
    "-(-2 ** 63)", "'%*d' % (10 ** 9, 1)",
    "10 ** 10 ** 10", "1 << 10 ** 9", "'x'.ljust(10 ** 12)", "'x'.center(10 ** 9)", "f'{1:>1000000000}'",
    "'{:>1000000000}'.format(1)",
    "str([0] * 10 ** 8)", "('ab' * 10 ** 7).replace('a', 'b' * 100)", "[[0] * 10 ** 6 for i in range(10 ** 6)]",
    "{i: i for i in range(10 ** 9)}",
    "set(range(10 ** 9))", "list(zip(range(10 ** 9), range(10 ** 9)))", "list(enumerate(range(10 ** 9)))",
    "dict(enumerate(range(10 ** 9)))",
    "sum([[i] * 1000 for i in range(10 ** 5)], [])", "''.join(['ab' * 10 ** 6] * 10 ** 6)", "' ' * 10 ** 7 + 'a' * 10 ** 8",
    "np.zeros((10 ** 6, 10 ** 6))", "np.tile([1], 10 ** 12)", "np.repeat([1], 10 ** 12)", "np.pad([1], 10 ** 12)",
    "np.outer(np.zeros(10 ** 6), np.zeros(10 ** 6))",
    "np.eye(10 ** 7)", "np.einsum('i,j,k->', np.zeros(10 ** 5), np.zeros(10 ** 5), np.zeros(10 ** 5))",
    "np.convolve(np.ones(10 ** 6), np.ones(10 ** 6))",
    "np.random.normal(size=10 ** 12)", "np.random.permutation(10 ** 12)", "np.bincount([10 ** 15])",
    "np.histogram([1.0], bins=10 ** 12)",
    "sum(float((np.ones((300, 300)) @ np.ones((300, 300)))[0, 0]) for i in range(10 ** 6))",
    "[[[[[[[[0] * 99] * 99] * 99] * 99] * 99] * 99] * 99] == [[[[[[[[0] * 99] * 99] * 99] * 99] * 99] * 99] * 99]",
    "str([[[[[[0] * 99] * 99] * 99] * 99] * 99] * 99)",
  ])
  func endsEverything(_ text: String) {
    let found = outcome(text)
    let kinds = ["BudgetError", "MemoryError", "RecursionError", "OverflowError", "ValueError", "TypeError"]
    #expect(kinds.contains { found.hasPrefix($0) } || found.hasPrefix("-") || found.hasPrefix("findings"), "\(text): \(found)")
  }

  @Test func findsRecursion() {
    let source = Source(name: "<test>", text: "def f(x) = g(x - 1)\ndef g(x) = f(x) + 1")
    var definitions: [String: Definition] = [:]
    let box = DefinitionBox()
    for statement in parse(source).script.statements {
      guard case .functionExpression(let name, let parameters, let value) = statement.kind else { continue }
      definitions[name.text] = Definition(
        name: name, parameters: parameters, body: .expression(value),
        scope: CompilationScope(names: { ["f", "g"] }) { name in box.definitions[name].map(NameMeaning.definition) })
    }
    box.definitions = definitions
    var findings: [Finding] = []
    if let f = definitions["f"] { #expect(compileDefinition(f, findings: &findings) == nil) }
    #expect(findings.map(\.name).contains("recursion"))
  }
}

private final class DefinitionBox: @unchecked Sendable { var definitions: [String: Definition] = [:] }
