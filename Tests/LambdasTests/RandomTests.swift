import Arrays
import Diagnostics
import Testing

@testable import Lambdas

/// What `np.random` draws, held to the distributions it names.
@Suite struct RandomTests {
  /// Mean, variance and skewness of a hundred thousand numbers, each within five standard errors of what the distribution has.
  @Test(
    arguments: [
      ("np.random.rand(100000)", 0.5, 1.0 / 12, 0.0), ("np.random.random(100000)", 0.5, 1.0 / 12, 0),
      ("np.random.randn(100000)", 0, 1, 0), ("np.random.normal(3.0, 2.0, 100000)", 3, 4, 0),
      ("np.random.standard_normal(100000)", 0, 1, 0), ("np.random.uniform(-1, 3, size=100000)", 1, 16.0 / 12, 0),
      ("np.random.randint(0, 6, 100000)", 2.5, 35.0 / 12, 0), ("np.random.randint(4, size=100000)", 1.5, 1.25, 0),
      ("np.random.default_rng(1).integers(1, 6, 100000, endpoint=True)", 3.5, 35.0 / 12, 0),
      ("np.random.exponential(2.0, 100000)", 2, 4, 2), ("np.random.laplace(1.0, 2.0, 100000)", 1, 8, 0),
      ("np.random.lognormal(0.0, 0.25, 100000)", 1.0317434, 0.0686530, 0.7782519),
      ("np.random.gamma(3.0, 2.0, 100000)", 6, 12, 1.1547005), ("np.random.gamma(0.5, 1.0, 100000)", 0.5, 0.5, 2.8284271),
      ("np.random.beta(2.0, 3.0, 100000)", 0.4, 0.04, 0.2857143), ("np.random.poisson(3.5, 100000)", 3.5, 3.5, 0.5345225),
      ("np.random.poisson(100.0, 100000)", 100, 100, 0.1), ("np.random.binomial(10, 0.3, 100000)", 3, 2.1, 0.2760262),
      ("np.random.binomial(1000, 0.02, 100000)", 20, 19.6, 0.2168377),
      ("np.random.choice(5, 100000)", 2, 2, 0), ("np.random.choice(3, 100000, p=[0.5, 0.25, 0.25])", 0.75, 0.6875, 0.4933806),
      ("np.random.permutation(100000) % 10", 4.5, 8.25, 0),
    ] as [(String, Double, Double, Double)])
  func hasTheMoments(_ text: String, _ mean: Double, _ variance: Double, _ skewness: Double) throws {
    let numbers = try array(text).doubles
    let count = Double(numbers.count)
    #expect(count == 100_000)
    let found = numbers.reduce(0, +) / count
    let centred = numbers.map { $0 - mean }
    let spread = centred.reduce(0) { $0 + $1 * $1 } / count
    let fourth = centred.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
    let third = centred.reduce(0) { $0 + $1 * $1 * $1 } / count / (variance * variance.squareRoot())
    #expect((found - mean).magnitude < 5 * (variance / count).squareRoot(), "mean \(found)")
    #expect((spread - variance).magnitude < 5 * ((fourth - variance * variance) / count).squareRoot(), "variance \(spread)")
    // A heavy tail on both sides leaves the third moment a wide error.
    let sixth = centred.reduce(0) { $0 + $1 * $1 * $1 * $1 * $1 * $1 } / count / (variance * variance * variance)
    #expect((third - skewness).magnitude < 5 * (sixth / count).squareRoot(), "skewness \(third)")
  }

  @Test(arguments: [
    ("sorted(np.random.permutation(50).tolist()) == list(range(50))", "True"),
    ("sorted(np.random.choice(10, 10, replace=False).tolist())", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"),
    ("len(set(np.random.choice(20, 8, replace=False, p=[0.05] * 20).tolist()))", "8"),
    ("np.random.choice(['a'], 3)", "['a', 'a', 'a']"), ("np.random.choice(['a'])", "'a'"),
    ("np.random.choice(np.array([7.5]), (2, 2)).shape", "(2, 2)"),
    ("np.random.choice(np.arange(6).reshape(3, 2), 4).shape", "(4, 2)"),
    ("np.random.rand(2, 3).shape", "(2, 3)"), ("np.random.normal(size=(2, 1)).shape", "(2, 1)"),
    ("type(np.random.rand())", "<class 'float'>"), ("type(np.random.randint(5))", "<class 'int'>"),
    ("np.random.randint(0, 9, (2, 2), dtype='int32').dtype", "dtype('int32')"),
    ("np.random.default_rng(3).normal() == np.random.default_rng(3).normal()", "True"),
    ("np.random.default_rng(3).normal() == np.random.default_rng(4).normal()", "False"),
    ("np.random.randint(3, 3)", "ValueError: low >= high"),
    ("np.random.choice(0)", "ValueError: a must be a positive integer unless no samples are taken"),
    ("np.random.choice(3, 5, replace=False)", "ValueError: Cannot take a larger sample than population when replace is False"),
    ("np.random.choice(3, p=[0.5, 0.1, 0.1])", "ValueError: probabilities do not sum to 1"),
    ("np.random.choice(3, p=[0.5, 0.5])", "ValueError: 'a' and 'p' must have same size"),
    ("np.random.choice([], 2)", "ValueError: a cannot be empty unless no samples are taken"),
    ("np.random.normal(0, -1)", "ValueError: scale < 0"),
    ("np.random.binomial(5, 1.5)", "ValueError: n < 0, or p < 0, p > 1 or p is NaN"),
    ("np.random.poisson(0.0)", "0"), ("np.random.binomial(0, 0.5)", "0"), ("np.random.binomial(7, 1.0)", "7"),
    ("np.random.exponential(0.0, 2).tolist()", "[0.0, 0.0]"), ("np.random.permutation(0).tolist()", "[]"),
  ])
  func gives(_ text: String, _ expected: String) { #expect(outcome(text) == expected) }

  @Test func aSeedBeginsTheSameNumbersAnew() throws {
    let text = "[(np.random.seed(5), np.random.rand())[1] for i in range(3)] + [np.random.rand()]"
    guard case .list(let numbers) = try value(text) else { return }
    #expect(numbers.prefix(3).allSatisfy { $0.asDouble == numbers[0].asDouble } && numbers[3].asDouble != numbers[0].asDouble)
  }

  @Test(arguments: [
    (
      "xs = [1, 2, 3, 4, 5, 6, 7, 8]\n np.random.shuffle(xs)",
      "sorted(xs) == [1, 2, 3, 4, 5, 6, 7, 8] and xs != [1, 2, 3, 4, 5, 6, 7, 8]"
    ),
    (
      "xs = np.arange(40).reshape(20, 2)\n np.random.shuffle(xs)",
      "xs[:, 0].tolist() != list(range(0, 40, 2)) and (xs[:, 1] - xs[:, 0]).sum() == 20"
    ),
    (
      "rng = np.random.default_rng(2)\n xs = [[3, 1, 2, 5, 4, 9, 7]]\n rng.shuffle(xs[0])",
      "sorted(xs[0]) == [1, 2, 3, 4, 5, 7, 9] and xs[0] != [3, 1, 2, 5, 4, 9, 7]"
    ),
  ])
  func shufflesInPlace(_ body: String, _ expectation: String) throws {
    let (sources, state, values) = hooks(
      "callback C() {\n on epoch_end(epoch, logs) {\n \(body)\n print(\(expectation)) }\n}", logs: RecordType(title: "logs", []))
    var findings: [Finding] = []
    let code = compileHooks(sources, state: state, scope: .empty, findings: &findings)
    let hook = try #require(code.hooks[0], "\(findings.map(\.message))")
    let machine = Machine()
    var printed = ""
    machine.print = { printed += $0 }
    var held = values
    let arguments = [Value.integer(0), .dict(DictValue())]
    _ = try machine.call(FunctionValue(hook, captured: []), arguments, state: &held)
    #expect(printed == "True\n")
  }

  private func value(_ text: String) throws -> Value {
    let parsed = try #require(expression(text).0)
    var findings: [Finding] = []
    let code = try #require(compileExpression(parsed, scope: .empty, findings: &findings))
    return try Machine().call(FunctionValue(code))
  }

  private func array(_ text: String) throws -> NDArray {
    guard case .array(let array) = try value(text) else { throw MissingFixture(name: text) }
    return array
  }
}
