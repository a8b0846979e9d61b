import Diagnostics

/// The script in its YAML form, canonical as the `.train` form is: what it begins with in sections, the rest as steps.
///
/// Reading the result gives the same script, and printing that gives the same text. Blank lines are kept, one at most; comments are
/// kept before steps, entries and items and at the ends of their lines. Comments inside an expression come to stand before its step.
package func printedYAML(_ script: Script) -> String {
  onDeepStack {
    var printer = YAMLPrinter()
    let document = printer.document(script)
    var writer = YAMLWriter()
    writer.write(document)
    return writer.text
  }
}

/// Says in YAML's lists and mappings what a script says; `YAMLWriter` makes a text of that.
struct YAMLPrinter {
  /// Comments inside the statement being printed that have no place yet, in order.
  var innerComments: ArraySlice<Comment> = []

  // MARK: the document

  /// The parts of a document before `steps`.
  private enum Section: String {
    case settings, include, data, models, callbacks
  }

  /// Sections for what the script begins with, each once, as long as there is no cell; then the steps.
  mutating func document(_ script: Script) -> YAMLForm {
    var rest = script.statements[...]
    var parts: [YAMLForm.Part] = []
    var seen: Set<String> = []
    var end: SourceRange?
    while let first = rest.first, let section = section(of: first), seen.insert(section.rawValue).inserted {
      var names: Set<String> = []
      let run = rest.prefix { statement in
        guard self.section(of: statement) == section, section != .settings || names.isEmpty else { return false }
        return names.insert(sectionName(of: statement)).inserted
      }
      parts.append(sectionPart(section, Array(run), after: end))
      end = run.last?.range
      rest = rest.dropFirst(run.count)
    }
    if !rest.isEmpty || parts.isEmpty || script.trailingComments.contains(where: { $0.cell != nil }) {
      parts.append(stepsPart(Array(rest), trailing: script.trailingComments, after: end))
      return .block(parts)
    }
    var document = YAMLForm.block(parts)
    document.closing = lines(script.trailingComments, after: end)
    return document
  }

  private mutating func sectionPart(_ section: Section, _ statements: [Statement], after end: SourceRange?) -> YAMLForm.Part {
    var parts: [YAMLForm.Part] = []
    var previous = end
    var wantsGap = false
    for statement in statements {
      var part = withComments(of: statement, after: previous, isSection: isLong(statement)) { printer in
        printer.sectionEntry(section, statement)
      }
      if wantsGap, part.comments.isEmpty { part.hasGap = true }
      parts.append(part)
      previous = statement.range
      wantsGap = isLong(statement)
    }
    // What stands above the first entry stands above the section.
    var whole: YAMLForm.Part
    switch section {
    case .settings: whole = YAMLForm.Part("settings", parts[0].value)
    case .include where parts.count == 1 && parts[0].comment == nil: whole = YAMLForm.Part("include", parts[0].value)
    case .include: whole = YAMLForm.Part("include", .list(parts.enumerated().map { $0 == 0 ? bare($1) : $1 }))
    default: whole = YAMLForm.Part(section.rawValue, .block(parts.enumerated().map { $0 == 0 ? bare($1) : $1 }))
    }
    if case .settings = section { whole.comment = parts[0].comment }
    whole.comments = parts[0].comments
    whole.hasGap = parts[0].hasGap
    return whole
  }

  private func bare(_ part: YAMLForm.Part) -> YAMLForm.Part {
    var part = part
    part.comments = []
    part.hasGap = false
    return part
  }

  private mutating func sectionEntry(_ section: Section, _ statement: Statement) -> YAMLForm.Part {
    switch statement.kind {
    case .settings(let block): return YAMLForm.Part("settings", settings(block))
    case .include(let path): return YAMLForm.Part(nil, self.path(path))
    case .model(let name, let parameters, let body): return YAMLForm.Part(name.text, .block(modelParts(parameters, body)))
    case .callback(let name, let parameters, let body): return YAMLForm.Part(name.text, .block(callbackParts(parameters, body)))
    case .assign(let targets, .expression(let value)):
      return YAMLForm.Part(ExpressionPrinter(comments: []).flat(targets[0]), callMapping(value) ?? self.value(value))
    default: preconditionFailure("a section holds what `section(of:)` lets in")
    }
  }

  /// The section that a statement may stand in; nil for one that is a step.
  private func section(of statement: Statement) -> Section? {
    guard !statement.leadingComments.contains(where: { $0.cell != nil }) else { return nil }
    switch statement.kind {
    case .settings: return .settings
    case .include(let path): if case .string = path.kind { return .include } else { return nil }
    case .model: return .models
    case .callback: return .callbacks
    case .assign(let targets, .expression(let value)):
      guard targets.count == 1, case .name = targets[0].kind, nativeCall(value) != nil else { return nil }
      return .data
    default: return nil
    }
  }

  private func sectionName(of statement: Statement) -> String {
    if let name = statement.declaredName { return name.text }
    if case .assign(let targets, _) = statement.kind, case .name(let name) = targets[0].kind { return name }
    return "\(statement.range.start)"
  }

  private mutating func stepsPart(_ statements: [Statement], trailing: [Comment], after end: SourceRange?) -> YAMLForm.Part {
    var list = steps(statements, trailing: trailing, in: Place(.script), after: end)
    guard case .sequence(var parts) = list.content, let first = parts.first else { return YAMLForm.Part("steps", list) }
    parts[0] = bare(first)
    list.content = .sequence(parts)
    var whole = YAMLForm.Part("steps", list)
    whole.comments = first.comments
    whole.hasGap = first.hasGap && end != nil
    return whole
  }

  // MARK: comments

  /// A part for a statement, with the comments that stand at it.
  mutating func withComments(
    of statement: Statement, after previous: SourceRange?, isSection: Bool = false, _ make: (inout YAMLPrinter) -> YAMLForm.Part
  ) -> YAMLForm.Part {
    let outer = innerComments
    innerComments = statement.innerComments[...]
    var part = make(&self)
    var lines = self.lines(statement.leadingComments, after: previous)
    lines += innerComments.map { YAMLForm.Line(text: self.text(of: $0)) }
    innerComments = outer
    part.hasGap = lines.isEmpty && (previous.map { $0.hasBlankLine(before: statement.range) } ?? false)
    if isSection, previous != nil {
      if lines.isEmpty { part.hasGap = true } else { lines[0].hasGap = true }
    }
    part.comments = lines
    part.comment = statement.trailingComment.map { text(of: $0) }
    return part
  }

  /// Comments on lines of their own, with the blank lines that the author left between them.
  func lines(_ comments: [Comment], after previous: SourceRange?) -> [YAMLForm.Line] {
    var previous = previous
    return comments.map { comment in
      defer { previous = comment.range }
      return YAMLForm.Line(text: text(of: comment), hasGap: previous.map { $0.hasBlankLine(before: comment.range) } ?? false)
    }
  }

  /// A comment's text, without the characters that would end its line in YAML, and without blanks at its end.
  func text(of comment: Comment) -> String {
    var scalars = comment.text.unicodeScalars.map { YAMLQuoting.isPrintable($0) || $0 == "\t" ? $0 : " " }
    while scalars.last == " " || scalars.last == "\t" { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }

  /// A part at a place in the statement, with the comments before it and the one behind it.
  mutating func part(_ key: YAMLForm?, at range: SourceRange, _ make: (inout YAMLPrinter) -> YAMLForm) -> YAMLForm.Part {
    func isHere(_ comment: Comment) -> Bool { comment.range.source == range.source }
    let before = innerComments.prefix { isHere($0) && $0.range.start < range.start }
    innerComments = innerComments.dropFirst(before.count)
    var part = YAMLForm.Part(key, make(&self))
    part.comments = before.map { YAMLForm.Line(text: text(of: $0)) }
    if let next = innerComments.first, isHere(next), next.range.start >= range.end,
      range.source.line(at: next.range.start) == range.source.line(at: max(range.start, range.end - 1))
    {
      part.comment = text(of: next)
      innerComments = innerComments.dropFirst()
    }
    return part
  }

  /// Whether a statement stands apart from its neighbours: a model or callback over several lines.
  func isLong(_ statement: Statement) -> Bool {
    switch statement.kind {
    case .model(_, _, let body), .callback(_, _, let body): body.statements.count > 1
    default: false
    }
  }
}
