/// `2 errors, 1 warning`; empty if there is nothing to count.
package func summary(of findings: [Finding]) -> String {
  let counts: [(Finding.Severity, String)] = [(.error, "error"), (.warning, "warning"), (.note, "note")]
  return counts.compactMap { severity, word in
    let count = findings.count { $0.severity == severity }
    return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
  }.joined(separator: ", ")
}
