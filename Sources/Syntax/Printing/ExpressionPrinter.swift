import Diagnostics

/// Prints expressions: on one line, or, where that is too long or the author broke it, with one item of a bracket a line.
struct ExpressionPrinter {
  /// Comments inside the statement's brackets that have not been printed yet, in order.
  private(set) var comments: ArraySlice<Comment>

  /// Whether numbers and strings are spelled by their values, and parentheses stand only where they must.
  private let ignoresSpelling: Bool

  init(comments: [Comment], ignoresSpelling: Bool = false) {
    self.comments = comments[...]
    self.ignoresSpelling = ignoresSpelling
  }

  // MARK: on one line

  /// The expression on one line, in parentheses if it binds looser than `minimum`.
  func flat(_ expression: Expression, _ minimum: Precedence = .expression) -> String {
    let text = flatKind(expression)
    return needsParentheses(expression, minimum) ? "(\(text))" : text
  }

  /// The same, but a tuple that was written without parentheses gets none.
  func flatBare(_ expression: Expression) -> String {
    guard case .tuple(let elements) = expression.kind, !elements.isEmpty, !isParenthesized(expression) else {
      return flat(expression)
    }
    return flatTuple(elements)
  }

  func flat(_ parameters: [Parameter]) -> String {
    parameters.map { parameter in
      let stars =
        switch parameter.kind {
        case .positionalRest: "*"
        case .keywordRest: "**"
        default: ""
        }
      return stars + parameter.name.text + (parameter.defaultValue.map { "=" + flat($0) } ?? "")
    }.joined(separator: ", ")
  }

  private func flatTuple(_ elements: [Expression]) -> String {
    let text = elements.map { flat($0) }.joined(separator: ", ")
    return elements.count == 1 ? text + "," : text
  }

  private func needsParentheses(_ expression: Expression, _ minimum: Precedence) -> Bool {
    let precedence = Precedence(of: expression)
    if precedence < minimum { return true }
    return minimum > .expression && precedence < .primary && isOperation(expression) && isParenthesized(expression)
  }

  private func isOperation(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .unary, .binary, .logical, .comparison, .conditional, .lambda: true
    default: false
    }
  }

  /// Whether the author put the expression in parentheses: its text begins with one that closes at its end.
  private func isParenthesized(_ expression: Expression) -> Bool {
    if ignoresSpelling { return false }
    let bytes = expression.range.source.bytes
    let (start, end) = (expression.range.start, expression.range.end)
    guard start < end, end <= bytes.count, bytes[start] == UInt8(ascii: "("), bytes[end - 1] == UInt8(ascii: ")") else {
      return false
    }
    var depth = 0
    for offset in start..<end {
      if bytes[offset] == UInt8(ascii: "(") { depth += 1 }
      if bytes[offset] == UInt8(ascii: ")") { depth -= 1 }
      if depth == 0 { return offset == end - 1 }
    }
    return false
  }

  private func flatKind(_ expression: Expression) -> String {
    switch expression.kind {
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .integer(let value, let written): return written.isEmpty || ignoresSpelling ? String(value) : written
    case .float(let value, let written): return written.isEmpty || ignoresSpelling ? literal(value) : written
    case .string(let value, let written): return written.isEmpty || ignoresSpelling ? literal(value) : written
    case .formatted(let parts, let written): return written.isEmpty ? literal(parts) : written
    case .ellipsis: return "..."
    case .name(let name): return name
    case .tuple(let elements): return "(\(flatTuple(elements)))"
    case .list(let elements): return "[\(elements.map { flat($0) }.joined(separator: ", "))]"
    case .set(let elements): return "{\(elements.map { flat($0) }.joined(separator: ", "))}"
    case .dict(let entries): return "{\(entries.map(flat).joined(separator: ", "))}"
    case .starred(let value): return "*" + flat(value, .or)
    case .unary(.not, let operand): return "not " + flat(operand, .not)
    case .unary(let op, let operand): return op.rawValue + flat(operand, .unary)
    case .binary(let op, let left, let right):
      let (leftMinimum, rightMinimum) = Precedence.operands(of: op)
      return flat(left, leftMinimum) + separator(op, left, right) + flat(right, rightMinimum)
    case .logical(let op, let left, let right):
      let precedence: Precedence = op == .or ? .disjunction : .conjunction
      return flat(left, precedence) + " \(op.rawValue) " + flat(right, precedence.next)
    case .comparison(let first, let links):
      return flat(first, .or) + links.map { " \($0.operator.rawValue) " + flat($0.operand, .or) }.joined()
    case .conditional(let condition, let then, let otherwise):
      return flat(then, .disjunction) + " if " + flat(condition, .disjunction) + " else " + flat(otherwise)
    case .attribute(let value, let name): return flatBase(value) + "." + name.text
    case .subscripted(let value, let index): return flatBase(value) + "[" + flatIndex(index) + "]"
    case .slice(let lower, let upper, let step):
      return (lower.map { flat($0) } ?? "") + ":" + (upper.map { flat($0) } ?? "") + (step.map { ":" + flat($0) } ?? "")
    case .call(let callee, let arguments):
      return flatBase(callee) + "(" + arguments.map(flat).joined(separator: ", ") + ")"
    case .lambda(let parameters, let body):
      return "lambda" + (parameters.isEmpty ? "" : " " + flat(parameters)) + ": " + flat(body)
    case .comprehension(let comprehension):
      let text = ([flatResult(comprehension)] + clauses(comprehension)).joined(separator: " ")
      let (open, close) = brackets(comprehension)
      return open + text + close
    case .missing: return sourceText(expression.range)
    }
  }

  /// What stands before a `.`, `(` or `[`; an integer before a `.` would swallow it.
  private func flatBase(_ value: Expression) -> String {
    if case .integer = value.kind { return "(\(flat(value)))" }
    return flat(value, .primary)
  }

  private func flatIndex(_ index: Expression) -> String {
    if case .tuple(let elements) = index.kind, !elements.isEmpty { return flatTuple(elements) }
    return flat(index)
  }

  private func flat(_ entry: DictEntry) -> String {
    switch entry {
    case .pair(let key, let value): flat(key) + ": " + flat(value)
    case .spread(let value): "**" + flat(value, .or)
    }
  }

  private func flat(_ argument: Argument) -> String {
    switch argument.kind {
    case .positional: flat(argument.value)
    case .keyword(let name): name.text + "=" + flat(argument.value)
    case .spread: "*" + flat(argument.value, .or)
    case .keywordSpread: "**" + flat(argument.value, .or)
    }
  }

  private func brackets(_ comprehension: Comprehension) -> (String, String) {
    switch comprehension.result {
    case .list: ("[", "]")
    case .set, .dict: ("{", "}")
    case .generator: ("", "")
    }
  }

  private func flatResult(_ comprehension: Comprehension) -> String {
    switch comprehension.result {
    case .list(let element), .set(let element), .generator(let element): flat(element)
    case .dict(let key, let value): flat(key) + ": " + flat(value)
    }
  }

  private func clauses(_ comprehension: Comprehension) -> [String] {
    comprehension.clauses.flatMap { clause in
      ["for \(flatBare(clause.target)) in \(flat(clause.iterable, .disjunction))"]
        + clause.conditions.map { "if " + flat($0, .disjunction) }
    }
  }

  /// Blanks around an operator; none in a plain fraction such as `1/16`.
  private func separator(_ op: BinaryOperator, _ left: Expression, _ right: Expression) -> String {
    if op == .divide, case .integer = left.kind, case .integer = right.kind { return "/" }
    return " \(op.rawValue) "
  }

  private func sourceText(_ range: SourceRange) -> String {
    String(decoding: range.source.bytes[range.start..<max(range.start, range.end)], as: UTF8.self)
  }

  // MARK: over several lines

  /// The expression from `column` on, in a statement indented by `indent`, with `trailing` characters behind it on its last line.
  mutating func layout(
    _ expression: Expression, _ minimum: Precedence = .expression, column: Int, indent: Int, trailing: Int = 0
  ) -> String {
    let text = flat(expression, minimum)
    let firstLine = text.prefix { $0 != "\n" }
    if !mustBreak(expression), column + firstLine.count + trailing <= Printer.width { return text }
    if needsParentheses(expression, minimum) {
      return "(" + layoutKind(expression, column: column + 1, indent: indent, trailing: trailing + 1) + ")"
    }
    return layoutKind(expression, column: column, indent: indent, trailing: trailing)
  }

  /// The same, but a tuple that was written without parentheses gets none as long as it fits.
  mutating func layoutBare(_ expression: Expression, column: Int, indent: Int, trailing: Int) -> String {
    let text = flatBare(expression)
    if !mustBreak(expression), column + text.count + trailing <= Printer.width { return text }
    return layout(expression, column: column, indent: indent, trailing: trailing)
  }

  /// Whether some bracket in the expression holds a comment, or was broken after its opener by the author.
  private func mustBreak(_ expression: Expression) -> Bool {
    if let open = opener(of: expression) {
      let source = expression.range.source
      var next = open + 1
      while next < source.bytes.count, isBlank(source.bytes[next]) { next += 1 }
      if next < source.bytes.count, isLineEnd(source.bytes[next]) || source.bytes[next] == UInt8(ascii: "#") { return true }
      if hasComment(after: open, before: expression.range.end) { return true }
    }
    return expression.children.contains { mustBreak($0) }
  }

  /// Whether a comment stands between two offsets; they are in order, so that halving finds it.
  private func hasComment(after start: Int, before end: Int) -> Bool {
    var (low, high) = (comments.startIndex, comments.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if comments[middle].range.start > start { high = middle } else { low = middle + 1 }
    }
    return low < comments.endIndex && comments[low].range.start < end
  }

  /// The offset of the bracket of a display or call that has something in it; nil without one, or where the text has another.
  private func opener(of expression: Expression) -> Int? {
    let bytes = expression.range.source.bytes
    var offset = expression.range.start
    let wanted: UInt8
    switch expression.kind {
    case .list(let elements) where !elements.isEmpty: wanted = UInt8(ascii: "[")
    case .tuple(let elements) where !elements.isEmpty:
      guard isParenthesized(expression) else { return nil }
      wanted = UInt8(ascii: "(")
    case .set: wanted = UInt8(ascii: "{")
    case .dict(let entries) where !entries.isEmpty: wanted = UInt8(ascii: "{")
    case .comprehension(let comprehension):
      guard let byte = brackets(comprehension).0.utf8.first else { return nil }
      wanted = byte
    case .call(let callee, let arguments) where !arguments.isEmpty:
      wanted = UInt8(ascii: "(")
      offset = callee.range.end
    default: return nil
    }
    while offset < min(bytes.count, expression.range.end) {
      if bytes[offset] == wanted { return offset }
      guard isBlank(bytes[offset]) || isLineEnd(bytes[offset]) || bytes[offset] == UInt8(ascii: "(") else { return nil }
      offset += 1
    }
    return nil
  }

  private mutating func layoutKind(_ expression: Expression, column: Int, indent: Int, trailing: Int) -> String {
    switch expression.kind {
    case .tuple(let elements): return broken("(", elements.map(Item.element), ")", expression, indent)
    case .list(let elements): return broken("[", elements.map(Item.element), "]", expression, indent)
    case .set(let elements): return broken("{", elements.map(Item.element), "}", expression, indent)
    case .dict(let entries): return broken("{", entries.map(Item.entry), "}", expression, indent)
    case .call(let callee, let arguments):
      let head = layoutBase(callee, column: column, indent: indent)
      if arguments.count == 1, case .positional = arguments[0].kind, isDisplay(arguments[0].value), !breaksAfterOpener(expression)
      {
        return head + "("
          + layout(arguments[0].value, column: lastWidth(head, column) + 1, indent: indent, trailing: trailing + 1) + ")"
      }
      return head + broken("(", arguments.map(Item.argument), ")", expression, indent)
    case .comprehension(let comprehension):
      let (open, close) = brackets(comprehension)
      if open.isEmpty { return flatKind(expression) }
      let lines = [flatResult(comprehension)] + clauses(comprehension)
      let blanks = String(repeating: " ", count: indent + 4)
      return open + "\n" + lines.map { blanks + $0 + "\n" }.joined() + String(repeating: " ", count: indent) + close
    case .attribute(let value, let name): return layoutBase(value, column: column, indent: indent) + "." + name.text
    case .subscripted(let value, let index):
      return layoutBase(value, column: column, indent: indent) + "[" + flatIndex(index) + "]"
    case .starred(let value): return "*" + layout(value, .or, column: column + 1, indent: indent, trailing: trailing)
    case .unary(let op, let operand):
      let word = op == .not ? "not " : op.rawValue
      return word + layout(operand, op == .not ? .not : .unary, column: column + word.count, indent: indent, trailing: trailing)
    case .binary(let op, let left, let right):
      let (leftMinimum, rightMinimum) = Precedence.operands(of: op)
      let head = layout(left, leftMinimum, column: column, indent: indent) + separator(op, left, right)
      return head + layout(right, rightMinimum, column: lastWidth(head, column), indent: indent, trailing: trailing)
    case .logical(let op, let left, let right):
      let precedence: Precedence = op == .or ? .disjunction : .conjunction
      let head = layout(left, precedence, column: column, indent: indent) + " \(op.rawValue) "
      return head + layout(right, precedence.next, column: lastWidth(head, column), indent: indent, trailing: trailing)
    case .comparison(let first, let links):
      var text = layout(first, .or, column: column, indent: indent)
      for link in links {
        text += " \(link.operator.rawValue) "
        text += layout(link.operand, .or, column: lastWidth(text, column), indent: indent, trailing: trailing)
      }
      return text
    case .conditional(let condition, let then, let otherwise):
      var text = layout(then, .disjunction, column: column, indent: indent) + " if "
      text += layout(condition, .disjunction, column: lastWidth(text, column), indent: indent) + " else "
      return text + layout(otherwise, column: lastWidth(text, column), indent: indent, trailing: trailing)
    case .lambda(let parameters, let body):
      let head = "lambda" + (parameters.isEmpty ? "" : " " + flat(parameters)) + ": "
      return head + layout(body, column: column + head.count, indent: indent, trailing: trailing)
    default: return flatKind(expression)
    }
  }

  private mutating func layoutBase(_ value: Expression, column: Int, indent: Int) -> String {
    if case .integer = value.kind { return flatBase(value) }
    return layout(value, .primary, column: column, indent: indent)
  }

  /// The width of the text's last line, if its first begins at `column`.
  private func lastWidth(_ text: String, _ column: Int) -> Int {
    guard let newline = text.lastIndex(of: "\n") else { return column + text.count }
    return text.distance(from: newline, to: text.endIndex) - 1
  }

  private func isDisplay(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .list(let elements), .tuple(let elements), .set(let elements): !elements.isEmpty
    case .dict(let entries): !entries.isEmpty
    case .comprehension(let comprehension): !brackets(comprehension).0.isEmpty
    default: false
    }
  }

  /// Whether the author broke the line after the call's `(`, or a comment wants it broken.
  private func breaksAfterOpener(_ expression: Expression) -> Bool {
    guard let open = opener(of: expression) else { return false }
    let bytes = expression.range.source.bytes
    var next = open + 1
    while next < bytes.count, isBlank(bytes[next]) { next += 1 }
    return next < bytes.count && (isLineEnd(bytes[next]) || bytes[next] == UInt8(ascii: "#"))
  }

  private enum Item {
    case element(Expression)
    case entry(DictEntry)
    case argument(Argument)

    var range: SourceRange {
      switch self {
      case .element(let expression), .entry(.spread(let expression)): expression.range
      case .entry(.pair(let key, let value)): key.range.through(value.range)
      case .argument(let argument):
        if case .keyword(let name) = argument.kind { name.range.through(argument.value.range) } else { argument.value.range }
      }
    }
  }

  /// A bracket with one item a line, a comma behind each, and the comments among them.
  private mutating func broken(_ open: String, _ items: [Item], _ close: String, _ whole: Expression, _ indent: Int) -> String {
    let blanks = String(repeating: " ", count: indent + 4)
    var text = open + "\n"
    for item in items {
      for comment in takeComments(before: item.range.start, of: whole) { text += blanks + comment.text + "\n" }
      text += blanks + layout(item, indent: indent + 4)
      let isGenerator =
        if case .argument(let argument) = item, case .comprehension(let inner) = argument.value.kind {
          brackets(inner).0.isEmpty
        } else {
          false
        }
      text += isGenerator ? "" : ","
      if let comment = takeComment(behind: item.range) { text += "  " + comment.text }
      text += "\n"
    }
    for comment in takeComments(before: whole.range.end, of: whole) { text += blanks + comment.text + "\n" }
    return text + String(repeating: " ", count: indent) + close
  }

  private mutating func layout(_ item: Item, indent: Int) -> String {
    switch item {
    case .element(let expression): return layout(expression, column: indent, indent: indent, trailing: 1)
    case .entry(.pair(let key, let value)):
      let head = flat(key) + ": "
      return head + layout(value, column: indent + head.count, indent: indent, trailing: 1)
    case .entry(.spread(let value)): return "**" + layout(value, .or, column: indent + 2, indent: indent, trailing: 1)
    case .argument(let argument):
      let head: String
      switch argument.kind {
      case .positional: return layout(argument.value, column: indent, indent: indent, trailing: 1)
      case .keyword(let name): head = name.text + "="
      case .spread: head = "*"
      case .keywordSpread: head = "**"
      }
      let minimum: Precedence = head.hasPrefix("*") ? .or : .expression
      return head + layout(argument.value, minimum, column: indent + head.count, indent: indent, trailing: 1)
    }
  }

  private mutating func takeComments(before offset: Int, of whole: Expression) -> [Comment] {
    let count = comments.prefix { $0.range.source == whole.range.source && $0.range.start < offset }.count
    defer { comments = comments.dropFirst(count) }
    return Array(comments.prefix(count))
  }

  /// The next comment, if it stands behind an item on the line where that ends.
  private mutating func takeComment(behind range: SourceRange) -> Comment? {
    guard let comment = comments.first, comment.range.source == range.source, comment.range.start >= range.end,
      !range.source.bytes[range.end..<comment.range.start].contains(where: isLineEnd)
    else { return nil }
    comments = comments.dropFirst()
    return comment
  }
}
