/// Findings as a phase collects them: a limit keeps a text that is no script at all from making millions.
package struct FindingList: Sendable {
  /// No one reads more errors than this, nor more warnings and notes beside them; 10 MB of garbage would fill the memory.
  package static let limit = 200

  package private(set) var all: [Finding] = []
  private var errorCount = 0

  package init() {}

  /// Whether no more errors are kept: what is wrong has been shown well enough, and nothing more need be looked at.
  package var isFull: Bool { errorCount >= FindingList.limit }

  /// Whether one more finding like that is kept.
  package func keeps(_ severity: Finding.Severity) -> Bool {
    (severity == .error ? errorCount : all.count - errorCount) < FindingList.limit
  }

  package mutating func add(_ finding: Finding) {
    guard keeps(finding.severity) else { return }
    all.append(finding)
    if finding.severity == .error { errorCount += 1 }
  }

  package mutating func add(contentsOf findings: [Finding]) {
    for finding in findings { add(finding) }
  }
}
