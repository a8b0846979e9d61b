import Diagnostics
import Lambdas
import Plans
import Syntax
import Testing

/// What would cost the check too much is known by its type, quickly; what would cost a run too much ends it with its place.
@Suite struct Budgets {
  private func check(_ text: String) -> Checked {
    Interpreter(catalog: TestCatalog.catalog).check(parse(Source(name: "script.train", text: text)).script)
  }

  @Test(arguments: [
    ("np.zeros((60000, 28, 28))", "<float64 array of shape (60000, 28, 28)>"),
    ("zeros((2**31,))", "<float64 array of shape (2147483648)>"),
    ("zeros((60000, 28, 28)).reshape(-1, 784).astype(\"float32\")", "<float32 array of shape (60000, 784)>"),
    ("(np.ones((60000, 784), dtype=\"float32\") + 1)[:100]", "<float32 array of shape (100, 784)>"),
    ("zeros((60000, 784)).mean(axis=0)", "<float64 array of shape (784)>"),
    ("[len(zeros((60000, 784))), zeros((60000, 784)).shape[1], np.ones((60000, 784)).size]", "[60000, 784, 47040000]"),
    ("np.full((10000, 10000), 3)", "<int64 array of shape (10000, 10000)>"),
    ("np.arange(10**8)", "<int64 array of shape (100000000)>"),
    ("np.arange(0, 1, 1e-8)", "<float64 array of shape (100000000)>"),
    ("np.linspace(0, 1, 10**8)", "<float64 array of shape (100000000)>"),
    ("np.eye(20000)", "<float64 array of shape (20000, 20000)>"),
    ("np.random.normal(size=(500, 3))", "<float64 array of shape (500, 3)>"),
    ("np.random.rand(4, 3)", "<float64 array of shape (4, 3)>"),
    ("np.random.default_rng(0).integers(0, 10, size=(40, 2))", "<int64 array of shape (40, 2)>"),
    ("np.random.randint(5)", "<int>"),
    ("np.random.rand(40, 20)[:, :1] > 0", "<bool array of shape (40, 1)>"),
    ("(np.random.rand(40, 20)[1:-1, 0] > 0).astype('int64')", "<int64 array of shape (38)>"),
    ("np.random.rand(40, 20)[..., None, ::-3]", "<float64 array of shape (40, 1, 7)>"),
    ("np.random.rand(40, 20)[[0, 1], [2, 3]]", "<float64 array of shape (2)>"),
    ("np.random.rand(40, 20)[1, 2]", "<float>"),
    ("np.random.permutation(1000)", "<int64 array of shape (1000)>"),
    ("np.ones((40000, 1)) @ np.ones((1, 40000))", "<float64 array of shape (40000, 40000)>"),
    ("np.ones((40000, 1)) * np.ones((1, 40000))", "<float64 array of shape (40000, 40000)>"),
    ("np.ones((3000, 3000)) @ np.ones((3000, 3000))", "<float64 array of shape (3000, 3000)>"),
    ("np.repeat(np.ones(10), 10**6)", "<array>"), ("[0] * 10**7", "<list of int>"),
    ("list(range(10**7))", "<list of int>"), ("np.array(range(10**8))", "<array>"), ("sum(i for i in range(10**10))", "<int>"),
    ("[i * i for i in range(10**10)]", "<list of int>"), ("sum(range(10**10))", "<int>"),
    ("[i * i for i in range(4)]", "[0, 1, 4, 9]"),
    ("[j for i in range(11000) for j in [i]][-1]", "10999"),
  ])
  func forecastsAreOfTypes(_ expression: String, _ shown: String) {
    let checked = check("x = \(expression)\n")
    #expect(checked.findings.isEmpty, "\(rendered(checked.findings))")
    #expect(checked.plan.description.hasSuffix(shown.hasPrefix("<") ? "-> \(shown)\n" : "let x = \(shown)\n"))
  }

  @Test(arguments: [
    "print(sum(i for i in range(10**10)))\n", "x = [i for i in range(10**10)]\n",
    "def f(n) { for i in range(n) { pass } }\nf(10**7)\n", "def g(v) = [v] * 2\nx = [g(i) for i in range(10**10)]\n",
    "def h(n) { for i in range(n) { load_digits() } }\nh(10**7)\n",
  ])
  func runsEndTooAndSayWhere(_ text: String) {
    let interpreter = Interpreter(catalog: TestCatalog.catalog)
    (interpreter.stepBudget, interpreter.walkedStepBudget) = (100_000, 2_000)
    do {
      for statement in parse(Source(name: "script.train", text: text)).script.statements {
        _ = try interpreter.run(statement, in: FakeWorld())
      }
      Issue.record("so many steps are too many")
    } catch {
      guard case .failure(let failure) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(failure.message.hasPrefix("BudgetError: "))
      #expect(failure.range != nil)
    }
  }

  /// One large value does not hide what is wrong with later ones.
  @Test func laterMistakesAreStillFound() {
    let checked = check(
      "a = np.ones(7 * 10**6)\nb = sum(range(10**10))\nc = [i for i in range(3)][5]\nd = np.ones((2, 3)) + np.ones(4)\n")
    #expect(checked.findings.map(\.name) == [String](repeating: PlanComplaint.expressionFails.rawValue, count: 2))
  }
}
