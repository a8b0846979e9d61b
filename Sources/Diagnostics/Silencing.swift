/// Leaves out the warnings and notes that their lines allow by name: `# allow: NAME` or `# allow: NAME, NAME`.
package func withoutAllowed(_ findings: [Finding]) -> [Finding] {
  findings.filter { finding in
    guard finding.severity < .error else { return true }
    let source = finding.range.source
    let line = source.text(ofLine: source.line(at: finding.range.start))
    return !allowedNames(line).contains(finding.name)
  }
}

/// The names that a line's comment allows.
func allowedNames(_ line: String) -> [String] {
  guard line.utf8.contains(UInt8(ascii: "#")) else { return [] }
  var names: [String] = []
  for comment in line.split(separator: "#", omittingEmptySubsequences: false).dropFirst() {
    let words = comment.drop { $0 == " " }
    guard words.hasPrefix("allow:") else { continue }
    names += words.dropFirst("allow:".count).split { $0 == "," || $0.isWhitespace }.map(String.init)
  }
  return names
}
