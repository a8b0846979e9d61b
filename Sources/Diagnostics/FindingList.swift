/// Findings as a phase collects them: a limit keeps a text that is no script at all from making millions.
package struct FindingList: Sendable {
  /// No one reads more than this, and 10 MB of garbage would fill the memory.
  package static let limit = 200

  package private(set) var all: [Finding] = []

  package init() {}

  package mutating func add(_ finding: Finding) {
    if all.count < FindingList.limit { all.append(finding) }
  }

  package mutating func add(contentsOf findings: [Finding]) {
    for finding in findings { add(finding) }
  }
}
