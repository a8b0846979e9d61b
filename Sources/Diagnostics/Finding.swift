/// Something worth telling the author of a script: collected, never thrown.
package struct Finding: Sendable {
  package enum Severity: Int, Sendable, Comparable {
    case note, warning, error
    package static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  }

  /// A second place that made the first one wrong, with what it contributes.
  package struct Label: Sendable {
    package let range: SourceRange
    package let text: String
    package init(_ range: SourceRange, _ text: String) {
      self.range = range
      self.text = text
    }
  }

  package let severity: Severity
  /// The stable name, as in `# allow: NAME`; kebab case: `unknown-argument`.
  package let name: String
  /// One sentence, present tense, what was found and what was expected.
  package let message: String
  /// What the caret points at.
  package let range: SourceRange
  /// A few words beside the caret; may be empty.
  package let remark: String
  package let labels: [Label]
  /// What can be typed instead; nil where there is no likely fix.
  package let hint: String?

  package init(
    _ severity: Severity, _ name: String, _ message: String, at range: SourceRange, remark: String = "",
    labels: [Label] = [], hint: String? = nil
  ) {
    self.severity = severity
    self.name = name
    self.message = message
    self.range = range
    self.remark = remark
    self.labels = labels
    self.hint = hint
  }
}
