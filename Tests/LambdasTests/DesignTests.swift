import Diagnostics
import Syntax
import Testing

@testable import Lambdas

/// Every difference from CPython and NumPy that is meant: what the language makes of a case that they read otherwise.
///
/// The names are those of `scripts/oracle_cases/designs.py`, which explains differences of random cases by them; `docs/language.md` tells authors.
@Suite struct DesignTests {
  @Test(
    arguments: [
      ("64 bits", "[x ** 63 for x in [2]]", "OverflowError: the whole number does not fit 64 bits; use a float"),
      (
        "64 bits", "list(enumerate('ab', 9223372036854775807))",
        "OverflowError: the whole number does not fit 64 bits; use a float"
      ),
      // Python: [1, 2].
      ("values", "def f() { x = [1]; y = x; y.append(2); return x }", "[1]"),
      ("values", "def f() { x = np.zeros(2); y = x[:1]; y[0] = 5; return x.tolist() }", "[0.0, 0.0]"),
      // Python: 2.
      ("captured when made", "def f() { x = 1; g = lambda: x; x = 2; return g() }", "1"),
      // Python: False.
      ("one not-a-number", "float('nan') in [float('nan')]", "True"),
      // Python: a complex number.
      ("no complex numbers", "[x ** 0.5 for x in [-8]]", "ValueError"),
      ("order of sets", "list({3, 1, 2})", "[3, 1, 2]"),
      // Python: AttributeError.
      ("late methods", "np.array([1.5]).sum().nothing([1][3])", "IndexError: list index out of range"),
      // Python: [(1, 1)].
      ("whole iterables", "list(zip([1], map(lambda x: 1 // x, [1, 0])))", "ZeroDivisionError"),
      ("whole iterables", "any(1 // x > 0 for x in [1, 0])", "True"),
      ("whole iterables", "all(y < x for x in [3, 0] for y in [1, 1 // x])", "ZeroDivisionError"),
      // NumPy: float16, int8.
      ("six types", "np.exp(np.array([True])).dtype", "dtype('float64')"),
      ("six types", "(np.array([True]) // np.array([True])).dtype", "dtype('int64')"),
      // NumPy: inf, and np.float64(1.5).
      ("plain numbers", "np.array([1.0, 0.0])[0] / np.array([1.0, 0.0])[1]", "ZeroDivisionError: float division by zero"),
      ("plain numbers", "repr(np.sum([1.5]))", "'1.5'"),
      // NumPy: [3 2 1 0] with one processor, [2 3 0 1] with another.
      ("order of equals", "np.argsort(np.array([1, 1, 0, 0])).tolist()", "[2, 3, 0, 1]"),
      // NumPy: AttributeError, ZeroDivisionError.
      ("NumPy's slips", "[x.tolist() for x in np.split([1, 2], 2)]", "[[1], [2]]"),
      ("NumPy's slips", "np.average([[]], axis=0).tolist()", "[]"),
      // Python: [].
      ("found before", "[1 + 'a' for x in []]", "findings: always-fails"),
      // Python: 2.
      ("may be None", "{'a': 1}.get('a') + 1", "findings: possibly-none"),
      // Python: a text of 128 MiB.
      ("size of values", "'x' * 2 ** 27", "MemoryError: a text of 134217728 bytes is too large"),
      ("format limits", "format(1, '20000')", "ValueError: Too many decimal digits in format string"),
      ("Python 3.12", "sorted([1, 2], reverse='yes')", "[2, 1]"),
    ] as [(String, String, String)])
  func differs(_ name: String, _ text: String, _ expected: String) {
    #expect(ran(text).hasPrefix(expected), "\(name)")
  }

  /// What an expression gives, or a `def` that is called.
  private func ran(_ text: String) -> String {
    let reading = parse(Source(name: "<test>", text: text))
    guard case .functionBlock(let name, let parameters, let block)? = reading.script.statements.first?.kind else {
      return outcome(text)
    }
    var findings: [Finding] = []
    let definition = Definition(name: name, parameters: parameters, body: .block(block), scope: .empty)
    guard let code = compileDefinition(definition, findings: &findings) else { return "findings: \(findings.map(\.name))" }
    do { return Operations.representation(try Machine().call(FunctionValue(code))) } catch {
      return "\(error.error.kind.rawValue): \(error.error.message)"
    }
  }
}
