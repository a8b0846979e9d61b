import Testing

@testable import Lambdas

/// The machine against CPython 3.12 and NumPy 2: thousands of expressions with what those make of them.
///
/// `scripts/fixtures/python_expressions.py`, `python_calls.py` and `numpy_expressions.py` write the files; a line is an expression, a tab, and its
/// `repr` or `!` and the class of its error. The samples are cases of `scripts/oracle --sample`, which makes any number of them.
@Suite struct OracleTests {
  @Test(arguments: [
    ("expressions.tsv", 4500, 8), ("arrays.tsv", 600, 0), ("calls.tsv", 400, 0), ("sample_cpython.tsv", 2500, 8),
    ("sample_numpy.tsv", 2000, 0),
  ])
  func agrees(_ file: String, _ atLeast: Int, _ unreached: Int) throws {
    var disagreements: [String] = []
    var findings = 0
    var count = 0
    for line in try fixture(file).split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      count += 1
      let found = outcome(parts[0]).replacing("\n", with: "\\n")
      if agree(found, parts[1]) { continue }
      // What stands in a comprehension over an empty list is found to fail, and Python never runs it.
      if found.hasPrefix("findings: always-fails"), parts[0].contains(" for ") {
        findings += 1
        continue
      }
      disagreements.append("\(parts[0])\n    oracle: \(parts[1])\n    here:   \(found)")
    }
    #expect(count > atLeast)
    #expect(findings <= unreached)
    let report = "\(disagreements.count) of \(count):\n\(disagreements.prefix(40).joined(separator: "\n"))"
    #expect(disagreements.count == 0, "\(report)")
  }

  /// Whether what was found is what Python gives: the same text, an error of the same class, or, for an error, a finding before the run.
  private func agree(_ found: String, _ expected: String) -> Bool {
    if found == expected { return true }
    guard expected.hasPrefix("!") else { return false }
    return found.hasPrefix("findings: ") || found.hasPrefix(expected.dropFirst() + ":")
  }
}
