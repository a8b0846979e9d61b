/// Findings as a phase collects them: a limit keeps a text that is no script at all from making millions.
package struct FindingList: Sendable {
  /// No one reads more than this, and 10 MB of garbage would fill the memory.
  package static let limit = 200

  package private(set) var all: [Finding] = []

  package init() {}

  /// Whether nothing more is kept, so that nothing more need be looked for either.
  package var isFull: Bool { all.count >= FindingList.limit }

  package mutating func add(_ finding: Finding) {
    if !isFull { all.append(finding) }
  }

  package mutating func add(contentsOf findings: [Finding]) {
    for finding in findings { add(finding) }
  }
}
