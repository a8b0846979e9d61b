import Diagnostics

/// What reading a source gave: the tree as far as it could be read, and what was found on the way.
package struct Reading: Sendable {
  package var script: Script
  package var findings: [Finding]
  /// Whether the text merely ends too soon (an open bracket, block or string): the REPL then asks for another line.
  package var isIncomplete: Bool
  package init(script: Script, findings: [Finding], isIncomplete: Bool) {
    self.script = script
    self.findings = findings
    self.isIncomplete = isIncomplete
  }
}

/// Reads a `.train` text.
package func parse(_ source: Source) -> Reading {
  Reading(script: Script(source: source, statements: []), findings: [], isIncomplete: false)
}
