import Diagnostics

/// `import` and `from`, accepted in pasted code.
extension Parser {
  /// ```
  /// import = "import" imported { "," imported }
  /// imported = dotted [ "as" NAME ]
  /// ```
  mutating func parseImport() -> Statement.Kind {
    advance()
    var modules: [ImportedName] = []
    repeat {
      guard let name = parseDotted(after: modules.isEmpty ? "import" : ",") else { break }
      modules.append(ImportedName(name: name, alias: parseAlias()))
    } while !isPanicking && take(.comma)
    return .importModules(modules)
  }

  /// ```
  /// from = "from" dotted "import" ( "*" | chosen { "," chosen } | "(" chosen { "," chosen } [ "," ] ")" )
  /// chosen = NAME [ "as" NAME ]
  /// ```
  mutating func parseFrom() -> Statement.Kind {
    advance()
    if kind == .dot || kind == .ellipsis { complain(.relativeImport(currentRange)) }
    let module = isPanicking ? nil : parseDotted(after: "from")
    let hole = Name("", SourceRange(source, previousEnd, previousEnd))
    if !isPanicking, !take(.import) {
      let form = expectedPlace.spelled("from MODULE import NAME", yaml: "from: MODULE import NAME")
      complain(.missingWord(expectedPlace, "import", in: form, found: foundText))
    }
    guard !isPanicking else { return .importFrom(module: module ?? hole, names: []) }
    var names: [ImportedName] = []
    func read(_ parser: inout Parser) {
      guard let name = parser.parseName("what is imported", after: "") else { return }
      names.append(ImportedName(name: name, alias: parser.parseAlias()))
    }
    if kind == .star {
      names.append(ImportedName(name: Name("*", currentRange), alias: nil))
      advance()
    } else if kind == .leftParenthesis {
      _ = parseInside { parser, close in
        parser.parseItems(upTo: close) { parser in
          read(&parser)
          return false
        }
      }
    } else {
      repeat { read(&self) } while !isPanicking && take(.comma)
    }
    return .importFrom(module: module ?? hole, names: names)
  }

  /// ```
  /// dotted = NAME { "." NAME }
  /// ```
  mutating func parseDotted(after word: String) -> Name? {
    let start = current.start
    guard let first = parseName("a module", after: word) else { return nil }
    var text = first.text
    while !isPanicking, take(.dot) {
      guard let part = parseName("a module", after: ".") else { break }
      text += "." + part.text
    }
    return Name(text, rangeSince(start))
  }

  private mutating func parseAlias() -> Name? {
    !isPanicking && take(.as) ? parseName("what is imported", after: "as") : nil
  }
}
