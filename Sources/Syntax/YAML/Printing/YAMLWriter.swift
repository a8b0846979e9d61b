/// Lays a form out as text: in brackets on one line what fits there, a line for each part otherwise, two blanks a level.
struct YAMLWriter {
  /// Brackets are not used on lines that would be longer than this.
  static let width = Printer.width
  /// The longest key without a `?`, a limit of YAML.
  private static let longestKey = 1_000

  private(set) var text = ""
  private var lineStart = 0
  /// What goes behind the line being written.
  private var comment: String?

  private var column: Int { text.utf8.count - lineStart }

  /// Writes a whole document.
  mutating func write(_ document: YAMLForm) {
    guard case .mapping(let parts) = document.content else { return }
    writeParts(parts, indent: 0)
    for line in document.closing { writeLine(line, indent: 0) }
  }

  // MARK: lines

  private mutating func endLine() {
    if let comment { text += "  " + comment }
    comment = nil
    text += "\n"
    lineStart = text.utf8.count
  }

  private mutating func writeLine(_ line: YAMLForm.Line, indent: Int) {
    if line.hasGap, !text.isEmpty { text += "\n" }
    text += String(repeating: " ", count: indent) + line.text + "\n"
    lineStart = text.utf8.count
  }

  private mutating func addComment(_ added: String?) {
    guard let added else { return }
    comment = comment.map { $0 + "  " + added } ?? added
  }

  // MARK: parts

  /// Writes items or entries, each on lines of its own; the first goes on in the line at hand if there is something in that.
  private mutating func writeParts(_ parts: [YAMLForm.Part], indent: Int) {
    for part in parts {
      if column == 0 {
        if part.hasGap, !text.isEmpty { text += "\n" }
        for line in part.comments + (part.key == nil ? innermostComments(part.value) : []) { writeLine(line, indent: indent) }
        lineStart = text.utf8.count
        text += String(repeating: " ", count: indent)
      }
      addComment(part.comment)
      guard let key = part.key else {
        text += "-"
        writeItem(part.value, indent: indent)
        continue
      }
      let spelled = scalar(key, isInFlow: false)
      if spelled.utf8.count > Self.longestKey {
        text += "? \(spelled)"
        endLine()
        text += String(repeating: " ", count: indent) + ":"
      } else {
        text += spelled + ":"
      }
      writeValue(part.value, indent: indent)
    }
  }

  /// The comments that belong to what goes on in the line of an item's `- `, and so stand above it.
  private func innermostComments(_ form: YAMLForm) -> [YAMLForm.Line] {
    guard goesOnInLine(form) else { return [] }
    switch form.content {
    case .mapping(let parts): return parts.first.map { $0.comments } ?? []
    case .sequence(let parts): return parts.first.map { $0.comments + innermostComments($0.value) } ?? []
    default: return []
    }
  }

  /// Whether an item's mapping or list begins behind its `- `, and goes on below.
  private func goesOnInLine(_ form: YAMLForm) -> Bool {
    guard form.tag == nil else { return false }
    switch form.content {
    case .mapping(let parts) where parts.count == 1: return true
    case .mapping(let parts), .sequence(let parts): return !parts.isEmpty && flat(form, limit: Self.width) == nil
    default: return false
    }
  }

  private mutating func writeItem(_ form: YAMLForm, indent: Int) {
    let room = Self.width - column - 1
    switch form.content {
    case .mapping(let parts) where form.tag == nil && !parts.isEmpty && (parts.count == 1 || flat(form, limit: room) == nil),
      .sequence(let parts) where form.tag == nil && !parts.isEmpty && flat(form, limit: room) == nil:
      text += " "
      writeParts(parts, indent: indent + 2)
      for line in form.closing { writeLine(line, indent: indent + 2) }
    default: writeValue(form, indent: indent)
    }
  }

  /// Writes what stands behind `key:` or `-`.
  private mutating func writeValue(_ form: YAMLForm, indent: Int) {
    if let flat = flat(form, limit: Self.width - column - 1) {
      text += flat.isEmpty ? "" : " " + flat
      return endLine()
    }
    if let tag = form.tag { text += " !\(tag)" }
    switch form.content {
    case .mapping(let parts), .sequence(let parts):
      endLine()
      writeParts(parts, indent: indent + 2)
      for line in form.closing { writeLine(line, indent: indent + 2) }
    case .lines(let lines):
      text += " |"
      endLine()
      for line in lines { writeLine(.init(text: line), indent: line.isEmpty ? 0 : indent + 2) }
    default:
      text += " " + scalar(form, isInFlow: false)
      endLine()
    }
  }

  // MARK: one line

  /// The form on one line of at most `limit` bytes; nil where that is not possible.
  private func flat(_ form: YAMLForm, limit: Int) -> String? {
    var line = ""
    return append(form, to: &line, limit: limit, isInFlow: false) ? line : nil
  }

  private func append(_ form: YAMLForm, to line: inout String, limit: Int, isInFlow: Bool) -> Bool {
    if let tag = form.tag { line += "!\(tag) " }
    switch form.content {
    case .mapping(let parts), .sequence(let parts):
      guard form.closing.isEmpty, parts.isEmpty || !form.isOpen else { return false }
      let isMapping = if case .mapping = form.content { true } else { false }
      line += isMapping ? "{" : "["
      for (index, part) in parts.enumerated() {
        guard part.comments.isEmpty, part.comment == nil, line.utf8.count < limit else { return false }
        if index > 0 { line += ", " }
        if let key = part.key {
          let spelled = scalar(key, isInFlow: true)
          guard spelled.utf8.count <= Self.longestKey else { return false }
          line += spelled + ": "
        }
        guard append(part.value, to: &line, limit: limit, isInFlow: true) else { return false }
      }
      line += isMapping ? "}" : "]"
    case .lines: return false
    default: line += scalar(form, isInFlow: isInFlow)
    }
    return line.utf8.count <= limit
  }

  private func scalar(_ form: YAMLForm, isInFlow: Bool) -> String {
    switch form.content {
    case .text(let text): YAMLQuoting.spelled(text, isValue: true, isInFlow: isInFlow)
    case .code(let text): YAMLQuoting.spelled(text, isValue: false, isInFlow: isInFlow)
    case .quoted(let text): YAMLQuoting.quoted(text)
    case .literal(let text): text
    case .lines, .mapping, .sequence: ""
    }
  }
}
