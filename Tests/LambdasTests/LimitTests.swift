import Diagnostics
import Glibc
import Syntax
import Testing

@testable import Lambdas

/// Functions that grow values without end: each ends with an error of its own, soon, and with its place.
@Suite struct LimitTests {
  @Test(arguments: [
    ("xs = [1]\n for i in range(100) { xs = xs + xs }", "MemoryError: a list or tuple of "),
    ("xs = [1]\n for i in range(100) { xs.extend(xs) }", "MemoryError: a list or tuple of "),
    ("xs = [1]\n for i in range(100) { xs += xs }", "MemoryError: a list or tuple of "),
    ("xs = (1,)\n for i in range(100) { xs = xs * 2 }", "MemoryError: a list or tuple of "),
    ("s = 'a'\n for i in range(100) { s = s + s }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s += s }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s = f'{s}{s}' }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s = ','.join([s, s]) }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s = '%s%s' % (s, s) }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s = '{0}{0}'.format(s) }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s = s.replace('a', 'aa') }", "MemoryError: a text of "),
    ("s = 'a'\n for i in range(100) { s = repr([s, s]) }", "MemoryError: a text of "),
    ("x = 0\n for i in range(90000) { x = [x] }", "RecursionError: values lie in values more than 200 deep"),
    ("x = 0\n for i in range(90000) { x = (x, 1) }", "RecursionError: values lie in values"),
    ("x = 0\n for i in range(90000) { x = {'a': x} }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { y = [1]\n y.append(x)\n x = y }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { y = [1]\n y[0] = x\n x = y }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x[0] = x }", "RecursionError: values lie in values"),
    ("x = {}\n for i in range(90000) { x.update(a=x) }", "RecursionError: values lie in values"),
    ("x = {}\n for i in range(90000) { x['k'] = x }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x = list(zip(x)) }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x = list(enumerate(x)) }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x = [y for y in [x]] }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x = map(lambda _: x, [1]) }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x = slice(x) }", "RecursionError: values lie in values"),
    ("f = lambda: 0\n for i in range(90000) { f = (lambda g: lambda: g)(f) }", "RecursionError: values lie in values"),
    ("x = [0]\n for i in range(90000) { x = [x, x] }", "BudgetError: "),
    ("x = 1\n for i in range(40) { x = [x, x] }\n print(x)", "BudgetError: "),
    ("x = (1,)\n for i in range(22) { x = (x, x) }\n d = {x: 1}", "MemoryError: a tuple of more than"),
    ("x = ['a' * 65536]\n for i in range(20) { x = [x, x]\n s = str(x) }", "MemoryError: a text of "),
    ("x = 2\n for i in range(100) { x = x * x }", "OverflowError: "),
    ("a = np.ones(10)\n for i in range(100) { a = np.concatenate([a, a]) }", "BudgetError: "),
    ("a = np.ones(100000)\n for i in range(1000000) { a = a + 1.0 }", "BudgetError: "),
  ])
  func ends(_ body: String, _ expected: String) throws {
    let source = Source(name: "<test>", text: "def f() {\n \(body)\n}")
    let statement = try #require(parse(source).script.statements.first)
    guard case .functionBlock(let name, let parameters, let block) = statement.kind else { throw MissingFixture(name: body) }
    let definition = Definition(name: name, parameters: parameters, body: .block(block), scope: .empty)
    var findings: [Finding] = []
    let code = try #require(compileDefinition(definition, findings: &findings), "\(findings.map(\.message))")
    let machine = Machine(budget: 8_000_000)
    machine.print = { _ in }
    let (result, seconds) = run(code, on: machine)
    guard case .failure(let failure as RuntimeFailure) = result else {
      Issue.record("\(body) has an end")
      return
    }
    #expect(seconds < 4)
    let found = "\(failure.error.kind.rawValue): \(failure.error.message)"
    #expect(found.hasPrefix(expected), "\(body): \(found)")
    #expect(failure.range != nil)
  }

  @Test(arguments: [
    ("xs = []\n for i in range(300000) { xs.append(i) }\n return len(xs)", "300000"),
    ("s = ''\n for i in range(300000) { s += 'x' }\n return len(s)", "300000"),
    ("xs = []\n for i in range(20000) { xs = xs + [i] if i < 100 else xs }\n return len(xs)", "100"),
    ("d = {}\n for i in range(100000) { d[i] = i }\n for i in range(100000) { d.pop(i) }\n return len(d)", "0"),
    ("d = {i: i for i in range(100000)}\n for i in range(99999, 0, -1) { d.pop(i) }\n return list(d)", "[0]"),
    ("s = set(range(50000))\n n = 0\n for i in range(50000) { n += s.pop() }\n return n, len(s)", "(1249975000, 0)"),
    ("d = {}\n for i in range(200000) { d[i % 50] = i\n if i % 3 == 0 { d.pop(i % 50) } }\n return len(d)", "33"),
    (
      "xs = [0] * 1000\n n = 0\n for i in range(300000) { n += len(xs)\n xs[i % 1000] = i }\n return n, xs[0]",
      "(300000000, 299000)"
    ),
  ])
  func isQuick(_ body: String, _ expected: String) throws {
    let source = Source(name: "<test>", text: "def f() {\n \(body)\n}")
    let statement = try #require(parse(source).script.statements.first)
    guard case .functionBlock(let name, let parameters, let block) = statement.kind else { throw MissingFixture(name: body) }
    var findings: [Finding] = []
    let definition = Definition(name: name, parameters: parameters, body: .block(block), scope: .empty)
    let code = try #require(compileDefinition(definition, findings: &findings), "\(findings.map(\.message))")
    let (result, seconds) = run(code, on: Machine())
    #expect(try Operations.representation(result.get()) == expected)
    #expect(seconds < 2)
  }

  /// Runs a function with a stack like the program's (a test's thread has half a megabyte); with its seconds of processor.
  private func run(_ code: FunctionCode, on machine: Machine) -> (result: Result<Value, any Error>, seconds: Double) {
    onDeepStack {
      let start = processorSeconds()
      let result = Result { try machine.call(FunctionValue(code)) }
      return (result, processorSeconds() - start)
    }
  }

  private func processorSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}

@Suite struct DictTests {
  /// Every change of a dict against one that is a list of pairs.
  @Test func keepsOrderThroughRandomChanges() {
    var chance = SystemRandomNumberGenerator()
    for size in [4, 12, 60, 400] {
      var dict = DictValue()
      var plain: [(key: Int, value: Int)] = []
      for step in 0..<4000 {
        let key = Int.random(in: 0..<size, using: &chance)
        let place = plain.firstIndex { $0.key == key }
        switch Int.random(in: 0..<10, using: &chance) {
        case 0..<5:
          dict.set(.integer(step), for: .integer(key))
          if let place { plain[place].value = step } else { plain.append((key, step)) }
        case 5..<9:
          let removed = dict.remove(.integer(key))
          #expect(removed?.asInteger == place.map { plain[$0].value })
          if let place { plain.remove(at: place) }
        default:
          #expect(dict.firstKey?.asInteger == plain.first?.key)
          #expect(dict.lastKey?.asInteger == plain.last?.key)
          if let first = plain.first, Bool.random(using: &chance) {
            dict.remove(.integer(first.key))
            plain.removeFirst()
          }
        }
        let copy = dict
        #expect(dict.count == plain.count && dict[.integer(key)]?.asInteger == plain.first { $0.key == key }?.value)
        if step % 50 == 0 {
          #expect(
            copy.keys.compactMap(\.asInteger) == plain.map(\.key) && copy.values.compactMap(\.asInteger) == plain.map(\.value))
        }
      }
    }
  }

  @Test func findsEqualKeysOfOtherKinds() {
    var dict = DictValue()
    for number in 0..<20 { dict.set(.integer(number), for: .integer(number)) }
    #expect(dict[.float(7)]?.asInteger == 7)
    #expect(dict[.bool(true)]?.asInteger == 1)
    #expect(dict[.float(0.5)] == nil)
    for text in ["", "a", "ä", "abcdefgh", "abcdefghi", "日本語の長いキー"] { dict.set(.string(text), for: .string(text)) }
    for text in ["", "a", "ä", "abcdefgh", "abcdefghi", "日本語の長いキー"] { #expect(dict[text]?.asString == text) }
    dict.set(.none, for: .tuple([.integer(1), .string("x")]))
    #expect(dict[.tuple([.float(1), .string("x")])]?.isNone == true)
    #expect(dict[.list([])] == nil)
  }
}
