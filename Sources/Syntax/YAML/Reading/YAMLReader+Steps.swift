import Diagnostics

/// The steps of a list: what is done, in order.
extension YAMLReader {
  /// The keys that say what kind of step a mapping is. Those below belong to other steps, too, and say it only as the first.
  private static let words: Set<String> = [
    "let", "set", "def", "fit", "evaluate", "predict", "save", "model", "callback", "if", "for", "expect", "expr", "include",
    "cell",
    "markdown", "return", "raise", "import", "from",
  ]
  private static let secondWords: Set<String> = ["compile", "settings", "on"]
  /// The keys beside each word; those of words that are not here are read with the step.
  private static let keys: [String: [String]] = [
    "let": [], "set": [], "expr": [], "include": [], "cell": [], "return": [], "raise": [], "import": [], "from": [],
    "settings": [], "save": ["to"], "if": ["then", "elif", "else"], "for": ["in", "do"], "def": ["do"], "on": ["do"],
    "expect": ["message"], "markdown": ["title"],
  ]

  /// The words that a step can begin with.
  static var stepWords: [String] { words.union(secondWords).sorted() }

  /// Whether a mapping with this key alone is a step and no call.
  static func isStepWord(_ text: String) -> Bool { words.contains(text) || secondWords.contains(text) }

  /// Reads a list of steps.
  mutating func readStatements(_ node: YAMLNode, of what: String, in place: Place) -> [Statement] {
    guard node.tag == nil, case .sequence(let items) = node.content else {
      if !node.isEmpty { report(.wrongNode(node.range, wanted: "a list of steps", for: what, found: node.noun)) }
      return []
    }
    var statements: [Statement] = []
    for item in items where !findings.isFull { readStep(item, in: place, into: &statements) }
    return statements
  }

  /// Reads the steps of a block, with the comments below them.
  mutating func readBlock(_ entry: YAMLEntry, in place: Place) -> Block {
    let what = "`\(entry.key.plainText?.text ?? "")`"
    let statements = readStatements(entry.value, of: what, in: place)
    return Block(statements: statements, range: entry.value.range, trailingComments: commentsBelow(entry))
  }

  /// The comments that stand below an entry's list or mapping and belong to it by their indentation.
  mutating func commentsBelow(_ entry: YAMLEntry) -> [Comment] {
    let node = entry.value
    func column(_ offset: Int) -> Int { offset - source.lineStart(at: offset) }
    if node.isEmpty { return comments.take(below: entry.range.end, indentedBy: column(entry.key.range.start) + 1) }
    let first = source.bytes[node.range.start]
    guard node.plainText == nil, first != UInt8(ascii: "["), first != UInt8(ascii: "{") else { return [] }
    return comments.take(below: node.range.end, indentedBy: column(node.range.start))
  }

  private mutating func readStep(_ item: YAMLNode, in place: Place, into statements: inout [Statement]) {
    isCutShort = false
    if item.tag == nil, case .mapping(let entries) = item.content, !entries.isEmpty {
      guard let step = Step(entries) else {
        if let (key, word) = misspeltWord(entries) {
          report(.unknownStep(key.range, word))
        } else if entries.count == 1 {
          return statements.append(statement(item.range) { reader in .expression(reader.readCall(entries[0])) })
        } else {
          report(.severalCalls(item.range, keys: entries.map(\.key.range)))
        }
        return
      }
      if let known = Self.keys[step.word] { step.checkKeys(known, &self) }
      switch step.word {
      case "let", "set":
        cells += comments.take(before: item.range.start)
        let comment = comments.take(onLineOf: item.range.start)
        let first = statements.count
        for entry in self.entries(of: step.head.value, in: "`\(step.word)`") {
          readBinding(entry, into: &statements) { reader in reader.readValue(entry.value) }
        }
        if let comment, first < statements.count { statements[first].trailingComment = comment }
      case "cell", "markdown": readCell(step, item, in: place)
      case "include":
        allow("`include`", at: step.head.key.range, in: place, [.script])
        for path in items(step.head.value) {
          statements.append(statement(path.range) { .include(path: $0.readPath(path, for: "`include`")) })
        }
      default: statements.append(statement(item.range) { reader in reader.readKind(of: step, item.range, in: place) })
      }
      return
    }
    statements.append(
      statement(item.range) { reader in reader.readWord(item, in: place) ?? .expression(reader.readCall(item)) })
  }

  /// A key that is near a step's word where no key is one; of one key alone only what could be no call.
  private func misspeltWord(_ entries: [YAMLEntry]) -> (YAMLNode, String)? {
    if entries.count == 1 {
      guard case .mapping(let arguments) = entries[0].value.content,
        arguments.contains(where: { entry in !(entry.key.plainText.map { isName($0.text) } ?? false) })
      else { return nil }
    }
    for entry in entries {
      guard let text = entry.key.plainText?.text else { continue }
      if let word = Spelling.nearest(to: text, among: Self.words.sorted()) { return (entry.key, word) }
    }
    return nil
  }

  /// A step that is a word alone; nil where it is a call.
  private mutating func readWord(_ item: YAMLNode, in place: Place) -> Statement.Kind? {
    guard let scalar = item.plainText else { return nil }
    switch scalar.text {
    case "pass": return .pass
    case "break", "continue":
      if !place.isInLoop {
        report(.misplacedStatement(item.range, "`\(scalar.text)`", "has no loop to act on", hint: nil))
      }
      return scalar.text == "break" ? .break : .continue
    case "return":
      allow("`return`", at: item.range, in: place, [.hook, .function])
      return .return(nil)
    default: return nil
    }
  }

  /// A mapping with a key that says what kind of step it is.
  struct Step {
    let head: YAMLEntry
    let others: [YAMLEntry]
    var word: String { head.key.plainText?.text ?? "" }

    init?(_ entries: [YAMLEntry]) {
      func isAmong(_ words: Set<String>, _ entry: YAMLEntry) -> Bool {
        entry.key.plainText.map { words.contains($0.text) } ?? false
      }
      let isSecond = entries.first.map { isAmong(YAMLReader.secondWords, $0) } ?? false
      guard let index = entries.firstIndex(where: { isAmong(YAMLReader.words, $0) }) ?? (isSecond ? 0 : nil) else { return nil }
      head = entries[index]
      others = Array(entries[..<index] + entries[(index + 1)...])
    }

    /// The entry with a key; nil without one.
    subscript(_ key: String) -> YAMLEntry? { others.first { $0.key.plainText?.text == key } }

    /// Reports the keys that do not belong to the step.
    func checkKeys(_ keys: [String], _ reader: inout YAMLReader) {
      for entry in others where !keys.contains(entry.key.plainText?.text ?? "") {
        reader.report(.unknownKey(entry.key.range, entry.key.plainText?.text, in: "`\(word)`", known: keys))
      }
    }
  }

  /// Reports a step that stands where it has no meaning; it is read all the same.
  mutating func allow(_ what: String, at range: SourceRange, in place: Place, _ kinds: [Place.Kind]) {
    guard !kinds.contains(place.kind) else { return }
    let homes = kinds.map(\.rawValue).sorted().joined(separator: " or ")
    report(.misplacedStatement(range, what, "cannot stand in \(place.kind.rawValue)", hint: "it belongs in \(homes)."))
  }

  private mutating func readKind(of step: Step, _ range: SourceRange, in place: Place) -> Statement.Kind {
    let key = step.head.key.range
    switch step.word {
    case "fit", "evaluate", "predict":
      allow("`\(step.word)`", at: key, in: place, [.script])
      return readRun(step, range)
    case "save":
      allow("`save`", at: key, in: place, [.script])
      let model = readReference(step.head.value, after: "save")
      return .save(model: model, path: need("to", step).map { readPath($0.value, for: "`to`") } ?? Expression(.missing, key))
    case "model":
      allow("a model", at: key, in: place, [.script])
      return readModel(step.head.value, step.others, range)
    case "callback":
      allow("a class of callbacks", at: key, in: place, [.script])
      return readCallback(step.head.value, step.others, range)
    case "compile":
      allow("`compile`", at: key, in: place, [.script, .model])
      return readCompile(step, range, in: place)
    case "settings":
      allow("`settings`", at: key, in: place, [.script])
      return .settings(readSettings(step.head, allowsCallbacks: false))
    case "on":
      allow("a hook", at: key, in: place, [.callback, .callbacks])
      if place.isConditional { report(.misplacedStatement(key, "a hook", "cannot depend on a condition", hint: nil)) }
      return readHook(step.head.value, need("do", step), range)
    case "def":
      allow("a function", at: key, in: place, [.script])
      return readDefinition(step, range)
    case "if": return readConditional(step, range, in: place)
    case "for":
      let target = readLoopTargets(step.head.value)
      let iterable = need("in", step).map { readExpression($0.value, after: "in") } ?? Expression(.missing, key)
      let inside = place.inside(loop: true)
      return .loop(target: target, iterable: iterable, body: need("do", step).map { readBlock($0, in: inside) } ?? hole(range))
    case "expect":
      allow("`expect`", at: key, in: place, [.script])
      let condition = readExpression(step.head.value, after: "expect")
      return .expect(condition: condition, message: step["message"].map { readValue($0.value) })
    case "return":
      allow("`return`", at: key, in: place, [.hook, .function])
      return .return(step.head.value.isEmpty ? nil : readExpression(step.head.value, after: "return"))
    case "raise":
      allow("`raise`", at: key, in: place, [.hook, .function])
      return .raise(readExpression(step.head.value, after: "raise"))
    case "import", "from":
      allow("`\(step.word)`", at: key, in: place, [.script])
      return readImport(step.head.value, after: step.word)
    default:
      return .expression(readExpression(step.head.value, after: "expr"))
    }
  }

  /// The entry that a step needs; nil, with a finding, without it. Silent where a key that is unknown may have been meant.
  mutating func need(_ key: String, _ step: Step) -> YAMLEntry? {
    if let entry = step[key] { return entry }
    if let known = Self.keys[step.word], step.others.contains(where: { !known.contains($0.key.plainText?.text ?? "") }) {
      return nil
    }
    report(.missingKey(step.head.key.range, step.word, key))
    return nil
  }

  func hole(_ range: SourceRange) -> Block { Block(statements: [], range: SourceRange(source, range.end, range.end)) }

  /// `cell: title`, or `markdown: text`: it becomes comments of the step that follows.
  private mutating func readCell(_ step: Step, _ item: YAMLNode, in place: Place) {
    if place.kind != .script || place.isConditional {
      let what = step.word == "cell" ? "a cell" : "a cell of text"
      report(.misplacedStatement(step.head.key.range, what, "begins only among the steps of the script itself", hint: nil))
    }
    guard let scalar = textScalar(step.head.value, for: "`\(step.word)`", wanted: "text") else { return }
    cells += comments.take(before: item.range.start)
    func oneLine(_ text: String) -> String { text.split(whereSeparator: isLineEnd).joined(separator: " ") }
    func marked(_ marker: String, _ title: String) -> String { title.isEmpty ? marker : marker + " " + title }
    func comment(_ text: String, _ cell: Comment.Cell?) -> Comment { Comment(text: text, range: item.range, cell: cell) }
    if step.word == "cell" {
      let title = oneLine(scalar.text)
      return cells.append(comment(marked("# %%", title), .code(title: title)))
    }
    let title = oneLine(step["title"]?.value.plainText?.text ?? "")
    cells.append(comment(marked("# %% [markdown]", title), .markdown(title: title)))
    var lines = scalar.text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd)
    while lines.last?.isEmpty ?? false { lines.removeLast() }
    cells += lines.map { line in
      var line = line
      while line.last == " " || line.last == "\t" { line.removeLast() }
      return comment(marked("#", String(line)), nil)
    }
  }

  /// Reads `target: value`, an assignment.
  mutating func readBinding(
    _ entry: YAMLEntry, into statements: inout [Statement], _ readValue: (inout YAMLReader) -> Expression
  ) {
    if isCutShort, entry.value.isEmpty { return }
    statements.append(
      statement(entry.range) { reader in
        let binding = reader.readTargets(entry.key, after: "let")
        let value = readValue(&reader)
        switch binding {
        case .targets(let targets): return .assign(targets: targets, value: .expression(value))
        case .augmented(let target, let op): return .augmentedAssign(target: target, operator: op, value: value)
        }
      })
  }
}
