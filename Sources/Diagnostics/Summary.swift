/// `2 errors, 1 warning`, or `the first 200 errors` where no more are looked for; empty if there is nothing to count.
package func summary(of findings: [Finding]) -> String {
  let counts: [(Finding.Severity, String)] = [(.error, "error"), (.warning, "warning"), (.note, "note")]
  return counts.compactMap { severity, word in
    let count = findings.count { $0.severity == severity }
    let first = severity == .error && count >= FindingList.limit ? "the first " : ""
    return count == 0 ? nil : "\(first)\(count) \(word)\(count == 1 ? "" : "s")"
  }.joined(separator: ", ")
}
