import Diagnostics

/// The script in its canonical form: four blanks a level, one blank between words, two before a comment, quotes and numbers as
/// they were written.
///
/// Where a choice has no influence on the meaning and a reader may care about it, the author's is kept: blank lines (one at most),
/// a block on one line, a bracket broken after its opener, parentheses around an operation, a comment's column. Reading the result
/// gives the same script, and printing that gives the same text.
package func printed(_ script: Script) -> String {
  onDeepStack {
    var printer = Printer()
    printer.print(script)
    return printer.text
  }
}

/// The expression on one line, as in findings and plans.
package func printed(_ expression: Expression) -> String {
  onDeepStack { ExpressionPrinter(comments: []).flat(expression) }
}

/// The expression on one line, the same for all expressions that say the same: for digests, which neither form of a script may change.
package func canonicalText(_ expression: Expression) -> String {
  onDeepStack { ExpressionPrinter(comments: [], ignoresSpelling: true).flat(expression) }
}

/// Prints statements.
struct Printer {
  /// Lines are broken, where they can be, to be no longer than this.
  static let width = 100

  private(set) var text = ""
  private var depth = 0
  /// Whether statements are settings, which hold one expression each: a tuple needs its parentheses.
  private var isInSettings = false

  private var indentation: String { String(repeating: " ", count: 4 * depth) }

  mutating func print(_ script: Script) {
    printStatements(script.statements, trailing: script.trailingComments, isTopLevel: true)
  }

  // MARK: lines

  private mutating func printLine(_ line: String, comment: Comment? = nil) {
    text += indentation + line
    if let comment {
      let lastLine = text.lastIndex(of: "\n").map { text[text.index(after: $0)...] } ?? text[...]
      let padding = max(2, (writtenColumn(of: comment) ?? 0) - lastLine.count)
      text += String(repeating: " ", count: padding) + comment.text
    }
    text += "\n"
  }

  /// A comment on a line of its own. One that begins no cell, and would at the start of a line, gets another `#`.
  private mutating func printComment(_ comment: Comment) {
    let isTaken = depth == 0 && comment.cell == nil && Comment.Cell(of: comment.text) != nil
    printLine(isTaken ? "#" + comment.text : comment.text)
  }

  /// The column, from 0, where the author put a comment behind a statement.
  private func writtenColumn(of comment: Comment) -> Int? {
    let source = comment.range.source
    guard comment.range.start < source.bytes.count, source.bytes[comment.range.start] == UInt8(ascii: "#") else { return nil }
    let column = source.column(at: comment.range.start) - 1
    return column <= Printer.width ? column : nil
  }

  private mutating func printStatements(_ statements: [Statement], trailing: [Comment], isTopLevel: Bool) {
    var previous: SourceRange?
    var wantsGap = false
    /// The blank line, if any, that separates what stands at `range` from what was printed last.
    func gap(before range: SourceRange, isForced: Bool) -> String {
      defer { previous = range }
      guard let previous else { return "" }
      return isForced || previous.hasBlankLine(before: range) ? "\n" : ""
    }
    for statement in statements {
      let isSection = isTopLevel && statement.isSection
      var isFirst = true
      for comment in statement.leadingComments {
        text += gap(before: comment.range, isForced: comment.cell != nil || (isFirst && (isSection || wantsGap)))
        printComment(comment)
        isFirst = false
      }
      text += gap(before: statement.range, isForced: isFirst && (isSection || wantsGap))
      print(statement)
      wantsGap = isSection
    }
    for comment in trailing {
      text += gap(before: comment.range, isForced: comment.cell != nil)
      printComment(comment)
    }
  }

  // MARK: statements

  private mutating func print(_ statement: Statement) {
    var expressions = ExpressionPrinter(comments: statement.innerComments)
    let column = 4 * depth
    /// Prints an expression that stands behind `before`.
    func layout(_ before: String, _ expression: Expression, bare: Bool = false, trailing: Int = 0) -> String {
      let start = before.lastIndex(of: "\n").map { before.distance(from: $0, to: before.endIndex) - 1 } ?? column + before.count
      return before
        + (bare
          ? expressions.layoutBare(expression, column: start, indent: column, trailing: trailing)
          : expressions.layout(expression, column: start, indent: column, trailing: trailing))
    }
    func run(_ before: String, _ run: Run) -> String {
      let head = layout(before + "\(run.verb.rawValue) ", run.model)
      return layout(head + " on ", run.data, trailing: run.settings == nil ? 0 : 2)
    }

    var line = ""
    var blocks: [(before: String, block: Block)] = []
    switch statement.kind {
    case .assign(let targets, let value):
      for target in targets { line = layout(line, target, bare: true) + " = " }
      switch value {
      case .expression(let expression): line = layout(line, expression, bare: !isInSettings)
      case .run(let assigned):
        line = run(line, assigned)
        if let settings = assigned.settings { blocks = [("", settings)] }
      }
    case .augmentedAssign(let target, let op, let value):
      line = layout(layout("", target) + " \(op.rawValue)= ", value, bare: true)
    case .expression(let expression): line = layout("", expression, bare: true)
    case .model(let name, let parameters, let body):
      line = "model \(name.text)" + (parameters.map { "(\(expressions.flat($0)))" } ?? "")
      blocks = [("", body)]
    case .callback(let name, let parameters, let body):
      line = "callback \(name.text)" + (parameters.map { "(\(expressions.flat($0)))" } ?? "")
      blocks = [("", body)]
    case .compile(let model, let settings):
      line = model.map { layout("compile ", $0, trailing: 2) } ?? "compile"
      blocks = [("", settings)]
    case .hook(let name, let parameters, let body):
      line = "on \(name.text)(\(expressions.flat(parameters)))"
      blocks = [("", body)]
    case .functionExpression(let name, let parameters, let value):
      line = layout("def \(name.text)(\(expressions.flat(parameters))) = ", value, bare: true)
    case .functionBlock(let name, let parameters, let body):
      line = "def \(name.text)(\(expressions.flat(parameters)))"
      blocks = [("", body)]
    case .run(let started):
      line = run("", started)
      if let settings = started.settings { blocks = [("", settings)] }
    case .save(let model, let path): line = layout(layout("save ", model) + " to ", path)
    case .expect(let condition, let message):
      line = layout("expect ", condition)
      if let message { line = layout(line + ", ", message) }
    case .conditional(let branches, let otherwise):
      for branch in branches {
        let word = blocks.isEmpty ? "if " : " elif "
        blocks.append((layout(word, branch.condition, trailing: 2), branch.body))
      }
      if let otherwise { blocks.append((" else", otherwise)) }
    case .loop(let target, let iterable, let body):
      line = layout("for " + expressions.flatBare(target) + " in ", iterable, bare: true, trailing: 2)
      blocks = [("", body)]
    case .break: line = "break"
    case .continue: line = "continue"
    case .pass: line = "pass"
    case .return(let value): line = value.map { layout("return ", $0, bare: true) } ?? "return"
    case .raise(let value): line = layout("raise ", value)
    case .settings(let block):
      line = "settings"
      blocks = [("", block)]
    case .callbacks(let block):
      line = "callbacks"
      blocks = [("", block)]
    case .include(let path): line = layout("include ", path)
    case .importModules(let modules): line = "import " + list(modules)
    case .importFrom(let module, let names): line = "from \(module.text) import " + list(names)
    case .unreadable: line = sourceText(statement.range)
    }
    for comment in expressions.comments { printComment(comment) }
    let wasInSettings = isInSettings
    isInSettings = statement.kind.holdsSettings
    print(line, blocks, comment: statement.trailingComment)
    isInSettings = wasInSettings
  }

  private func list(_ names: [ImportedName]) -> String {
    names.map { $0.name.text + ($0.alias.map { " as \($0.text)" } ?? "") }.joined(separator: ", ")
  }

  private func sourceText(_ range: SourceRange) -> String {
    String(decoding: range.source.bytes[range.start..<range.end], as: UTF8.self)
  }

  /// A header and its blocks; the comment goes behind the first `{`, or behind the whole if that is one line.
  private mutating func print(_ header: String, _ blocks: [(before: String, block: Block)], comment: Comment?) {
    var comment = comment
    var line = header
    for (before, block) in blocks {
      line += before
      if block.statements.isEmpty, block.trailingComments.isEmpty {
        line += " {}"
      } else if let inside = oneLine(block), 4 * depth + line.count + inside.count + 5 <= Printer.width {
        line += " { \(inside) }"
      } else {
        printLine(line + " {", comment: comment)
        comment = nil
        depth += 1
        printStatements(block.statements, trailing: block.trailingComments, isTopLevel: false)
        depth -= 1
        line = "}"
      }
    }
    printLine(line, comment: comment)
  }

  /// The inside of a block that the author wrote on one line, if it is one short statement.
  private func oneLine(_ block: Block) -> String? {
    guard block.statements.count == 1, let statement = block.statements.first, block.trailingComments.isEmpty,
      statement.kind.blocks.isEmpty, statement.hasNoComments, statement.kind.isReadable
    else { return nil }
    let source = block.range.source
    let bytes = source.bytes[block.range.start..<block.range.end]
    guard bytes.first == UInt8(ascii: "{"), !bytes.contains(where: isLineEnd) else { return nil }
    var printer = Printer()
    printer.isInSettings = isInSettings
    printer.print(statement)
    let line = printer.text.dropLast()
    return line.contains("\n") ? nil : String(line)
  }
}

extension Statement {
  /// Whether the statement stands apart from its neighbours by blank lines: a model or callback over several lines.
  fileprivate var isSection: Bool {
    switch kind {
    case .model(_, _, let body), .callback(_, _, let body): body.statements.count > 1
    default: false
    }
  }

  fileprivate var hasNoComments: Bool { leadingComments.isEmpty && innerComments.isEmpty && trailingComment == nil }
}

extension Statement.Kind {
  /// Whether what is in its block are settings.
  fileprivate var holdsSettings: Bool {
    switch self {
    case .compile, .settings, .run, .assign(_, .run): true
    default: false
    }
  }

  fileprivate var isReadable: Bool {
    if case .unreadable = self { false } else { true }
  }
}

extension SourceRange {
  /// Whether the author left a line blank between this and what follows it.
  func hasBlankLine(before next: SourceRange) -> Bool {
    guard source == next.source, end <= next.start, next.start <= source.bytes.count else { return false }
    var isBlank = false
    for byte in source.bytes[end..<next.start] {
      switch byte {
      case UInt8(ascii: "\n"):
        if isBlank { return true }
        isBlank = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): continue
      default: isBlank = false
      }
    }
    return false
  }
}
