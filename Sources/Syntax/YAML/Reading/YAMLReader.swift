import Diagnostics

/// Reads a YAML text into the script that it means.
func parseYAML(_ source: Source) -> Reading {
  onDeepStack {
    var composer = YAMLComposer(source)
    let root = composer.compose()
    var reader = YAMLReader(source, findings: composer.findings)
    let script = reader.readScript(root)
    let findings = reader.findings.all.enumerated().sorted {
      ($0.element.range.start, $0.offset) < ($1.element.range.start, $1.offset)
    }
    return Reading(script: script, findings: findings.map(\.element), isIncomplete: false)
  }
}

/// Turns the tree of a YAML document into statements and expressions, as the parser turns tokens.
///
/// A `read…` function always returns what it is named after, with holes where something has been reported. Text that holds an
/// expression is read by the parser itself, and what comes of it is moved to where the text stands in the file.
struct YAMLReader {
  let source: Source
  var findings: FindingList
  var comments: YAMLComments
  /// Cells and the comments before them, which wait for the next statement.
  var cells: [Comment] = []
  /// Comments inside the text of the statement being read.
  var innerComments: [Comment] = []
  /// Whether a comma has cut a text short, so that what follows it without a value is the text's rest.
  var isCutShort = false
  /// How deep statements and values lie around what is being read, as the parser counts it.
  var nesting = 0
  /// How many lists, mappings and calls lie around the value being read.
  var valueDepth = 0

  init(_ source: Source, findings: FindingList) {
    self.source = source
    self.findings = findings
    comments = YAMLComments(source, outside: [])
  }

  mutating func report(_ finding: Finding) { findings.add(finding) }

  // MARK: the document

  /// The words that a document's mapping begins with.
  private static let sections = ["settings", "include", "data", "models", "callbacks", "steps"]

  /// Reads the document: its sections in their order.
  mutating func readScript(_ root: YAMLNode?) -> Script {
    var statements: [Statement] = []
    if let root {
      var scalars: [SourceRange] = []
      root.collectScalars(into: &scalars)
      comments = YAMLComments(source, outside: scalars.sorted { $0.start < $1.start })
      switch root.content {
      case .mapping(let entries) where root.tag == nil:
        for entry in entries where !findings.isFull { readSection(entry, into: &statements) }
      case _ where root.isEmpty: break
      default: report(.notAScript(root.range, root.noun))
      }
    }
    let trailing = cells + comments.take(before: .max)
    return Script(source: source, statements: statements, trailingComments: trailing)
  }

  private mutating func readSection(_ entry: YAMLEntry, into statements: inout [Statement]) {
    let place = Place(.script)
    switch entry.key.plainText?.text {
    case "steps": statements += readStatements(entry.value, of: "`steps`", in: place)
    case "settings":
      statements.append(
        statement(entry.range) { reader in .settings(reader.readSettings(entry, allowsCallbacks: false)) })
    case "include": for path in items(entry.value) { statements.append(readInclude(path)) }
    case "data":
      for entry in entries(of: entry.value, in: "`data`") {
        readBinding(entry, into: &statements) { reader in reader.readCallValue(entry.value) }
      }
    case "models":
      for entry in entries(of: entry.value, in: "`models`") {
        statements.append(
          statement(entry.range) { reader in
            reader.readModel(entry.key, reader.entries(of: entry.value, in: "a model"), entry.range)
          })
      }
    case "callbacks":
      for entry in entries(of: entry.value, in: "`callbacks`") {
        statements.append(
          statement(entry.range) { reader in
            reader.readCallback(entry.key, reader.entries(of: entry.value, in: "a callback"), entry.range)
          })
      }
    case let word:
      report(.unknownSection(entry.key.range, word ?? "", known: Self.sections))
    }
  }

  private mutating func readInclude(_ path: YAMLNode) -> Statement {
    statement(path.range) { reader in .include(path: reader.readPath(path, for: "`include`")) }
  }

  // MARK: parts

  /// The items of a list; a single value is a list of one.
  func items(_ node: YAMLNode) -> [YAMLNode] {
    if node.tag == nil, case .sequence(let items) = node.content { items } else { [node] }
  }

  /// The entries of a mapping, or of a list of mappings, which may say one key again; reports anything else.
  mutating func entries(of node: YAMLNode, in what: String) -> [YAMLEntry] {
    if node.tag == nil {
      switch node.content {
      case .mapping(let entries): return entries
      case .sequence(let items): return items.flatMap { item in mapping(item, in: what) }
      case .scalar: if node.isEmpty { return [] }
      }
    }
    report(.wrongNode(node.range, wanted: "a mapping", for: what, found: node.noun))
    return []
  }

  private mutating func mapping(_ node: YAMLNode, in what: String) -> [YAMLEntry] {
    if node.tag == nil, case .mapping(let entries) = node.content { return entries }
    report(.wrongNode(node.range, wanted: "a mapping", for: what, found: node.noun))
    return []
  }

  /// Builds a statement, and gives it the comments that stand at it.
  mutating func statement(_ range: SourceRange, _ read: (inout YAMLReader) -> Statement.Kind) -> Statement {
    let leading = cells + comments.take(before: range.start)
    cells = []
    let outer = innerComments
    innerComments = []
    var trailing = comments.take(onLineOf: range.start)
    let kind = nested(range, levels: 2) { reader in read(&reader) } ?? .unreadable
    var inner = innerComments + comments.take(before: range.end)
    innerComments = outer
    let last = max(range.start, range.end - 1)
    if let comment = comments.take(onLineOf: last) {
      // Behind the last of several lines it stands at what is there, and not at the whole.
      if trailing == nil, source.line(at: last) == source.line(at: range.start) {
        trailing = comment
      } else {
        inner.append(comment)
      }
    }
    // With the comments below its last step.
    let ends = kind.blocks.flatMap { [$0.statements.last?.range.end ?? 0, $0.trailingComments.last?.range.end ?? 0] }
    var statement = Statement(kind, SourceRange(source, range.start, max(range.end, ends.max() ?? 0)))
    statement.leadingComments = leading
    statement.trailingComment = trailing
    statement.innerComments = inner.sorted { $0.range.start < $1.range.start }
    return statement
  }

  /// Runs `body` some levels deeper; nil, with a finding, where that would be too deep. A statement with its block makes two, as
  /// for the parser.
  mutating func nested<Result>(_ range: SourceRange, levels: Int = 1, _ body: (inout YAMLReader) -> Result) -> Result? {
    guard nesting + levels <= Parser.nestingLimit else {
      report(.nestedTooDeeply(range, limit: Parser.nestingLimit))
      return nil
    }
    nesting += levels
    defer { nesting -= levels }
    return body(&self)
  }
}

extension YAMLNode {
  /// The places of the scalars in the node; of a block's only what is below its first line, where a comment may stand.
  fileprivate func collectScalars(into places: inout [SourceRange]) {
    switch content {
    case .scalar(let scalar):
      var start = scalar.range.start
      if scalar.isBlock {
        start = scalar.range.source.bytes[start..<scalar.range.end].firstIndex(where: isLineEnd) ?? scalar.range.end
      }
      places.append(SourceRange(scalar.range.source, start, scalar.range.end))
    case .sequence(let items): for item in items { item.collectScalars(into: &places) }
    case .mapping(let entries):
      for entry in entries {
        entry.key.collectScalars(into: &places)
        entry.value.collectScalars(into: &places)
      }
    }
  }
}
