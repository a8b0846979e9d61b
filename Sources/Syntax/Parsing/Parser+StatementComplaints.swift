import Diagnostics

/// What the parser has to say about statements.
extension Finding {
  static func missingName(_ place: SourceRange, _ what: String, after word: String, found: String?) -> Finding {
    let message = "The name of \(what) is expected after `\(word)`"
    return Finding(.missingName, found.map { "\(message), but `\($0)` stands here." } ?? message + ".", at: place)
  }

  static func missingWord(_ place: SourceRange, _ word: String, in form: String, found: String?) -> Finding {
    let message = found.map { "`\(word)` is expected here, but `\($0)` stands here." } ?? "`\(word)` is expected here."
    return Finding(.missingWord, message, at: place, hint: "the form is `\(form)`.")
  }

  static func runAsValue(_ range: SourceRange, _ verb: String) -> Finding {
    Finding(
      .runAsValue, "`\(verb) … on …` is a statement, not a value.", at: range,
      hint: range.spelled(
        "bind it on a line of its own: `result = \(verb) MODEL on DATA`, or write `MODEL.\(verb)(…)`.",
        yaml: "make it a step of its own, `{\(verb): MODEL, on: DATA, as: result}`, or write `MODEL.\(verb)(…)`."))
  }

  static func missingBlock(_ place: SourceRange, of what: String, found: String?, holds: String? = nil) -> Finding {
    let message = "\(sentence(what)) needs a block in braces\(holds.map { " for \($0)" } ?? "")"
    return Finding(
      .missingBlock, found.map { "\(message), but `\($0)` stands here." } ?? message + ".", at: place, remark: "`{` expected here"
    )
  }

  static func missingParameters(_ place: SourceRange, _ name: String) -> Finding {
    Finding(
      .missingParameters, "A function needs its parameters in parentheses.", at: place,
      hint: name.isEmpty ? nil : "without any it is `def\(place.spelled("", yaml: ":")) \(name)() = …`.")
  }

  static func braceOnOwnLine(_ range: SourceRange, of what: String) -> Finding {
    Finding(
      .braceOnOwnLine, "The `{` of \(what) stands on a line of its own.", at: range, hint: "put it at the end of the line before."
    )
  }

  static func elseOnOwnLine(_ range: SourceRange, _ word: String) -> Finding {
    Finding(.elseOnOwnLine, "`\(word)` stands on a line of its own.", at: range, hint: "write `} \(word)` on one line.")
  }

  static func elseWithoutIf(_ range: SourceRange, _ word: String) -> Finding {
    Finding(.elseWithoutIf, "`\(word)` has no `if` to belong to.", at: range)
  }

  static func elseIf(_ range: SourceRange) -> Finding {
    Finding(.elseIf, "`else if` is one word here.", at: range, hint: "write `elif`.")
  }

  static func impossibleTarget(_ range: SourceRange, _ what: String, hint: String?) -> Finding {
    Finding(.impossibleTarget, "\(sentence(what)) cannot be bound to a value.", at: range, hint: hint)
  }

  static func unknownStatement(_ range: SourceRange, _ word: String, next: String, opensBlock: Bool) -> Finding {
    if statementWords.contains(word) {
      let wanted = word == "callbacks" || word == "settings" ? "a block" : word == "include" ? "a string" : "a name"
      return Finding(
        .missingName, "`\(word)` begins a statement only before \(wanted), but `\(next)` follows it.", at: range,
        hint: statementForms[word].map { "the form is `\($0)`." })
    }
    let hint: String? =
      switch word {
      case "let", "var", "const", "val": "a name is bound without a word before it: `\(next) = …`."
      case "func", "function", "fn", "fun": "write `def \(next)(…) = …`."
      case "elsif", "elseif": "write `elif`."
      case "print": "write `print(…)`, with parentheses."
      default: Spelling.suggestion(for: word, among: statementWords)
      }
    let follower = opensBlock ? "a block" : "`\(next)`"
    return Finding(.unknownStatement, "`\(word)` begins no statement, so \(follower) cannot follow it.", at: range, hint: hint)
  }

  private static let statementWords = [
    "model", "callback", "fit", "evaluate", "predict", "save", "compile", "include", "settings", "callbacks", "on", "def", "if",
    "elif", "else", "for", "expect", "return", "import", "from",
  ]

  private static let statementForms = [
    "model": "model NAME { … }", "callback": "callback NAME { … }", "fit": "fit MODEL on DATA { … }",
    "evaluate": "evaluate MODEL on DATA", "predict": "predict MODEL on DATA", "save": "save MODEL to \"path\"",
    "compile": "compile MODEL { … }", "include": "include \"file.train\"", "on": "on epoch_end(epoch, logs) { … }",
    "settings": "settings { seed = 7 }", "callbacks": "callbacks { … }",
  ]

  static func misplacedStatement(_ range: SourceRange, _ what: String, _ reason: String, hint: String?) -> Finding {
    Finding(.misplacedStatement, "\(sentence(what)) \(reason).", at: range, hint: hint)
  }

  static func methodInCallback(_ range: SourceRange, _ name: String, hint: String) -> Finding {
    Finding(
      .pythonStatement, "`def \(name)` is a method of Python's; a callback here has hooks and state.", at: range, hint: hint)
  }

  static func colonForEquals(_ range: SourceRange, name: String, value: String? = nil) -> Finding {
    Finding(
      .colonForEquals, "`:` stands where `=` binds a value.", at: range, hint: "write `\(name) = \(value.map(clipped) ?? "…")`.")
  }

  static func commaAfterSetting(_ range: SourceRange) -> Finding {
    Finding(
      .commaAfterSetting, "A setting ends with its line, not with a comma.", at: range, hint: "leave out the comma, or write `;`."
    )
  }

  static func notASetting(_ range: SourceRange, _ text: String) -> Finding {
    let sides = text.split(separator: "==", maxSplits: 1).map { $0.drop { $0 == " " } }
    let hint = sides.count == 2 ? "write `\(clipped(String(sides[0])))= \(clipped(String(sides[1])))`." : nil
    return Finding(.notASetting, "A settings block holds only lines of the form `name = value`.", at: range, hint: hint)
  }

  static func unparenthesizedPair(_ range: SourceRange, _ text: String) -> Finding {
    Finding(.unparenthesizedPair, "Several arrays are one data set only in parentheses.", at: range, hint: "write `(\(text))`.")
  }

  static func compileWithoutModel(_ range: SourceRange, inModel: Bool) -> Finding {
    inModel
      ? Finding(
        .compileWithoutModel, "Inside a model, `compile` is about that model and takes no other.", at: range,
        hint: "write `compile { … }`.")
      : Finding(.compileWithoutModel, "Outside a model, `compile` needs one.", at: range, hint: "write `compile MODEL { … }`.")
  }

  static func relativeImport(_ range: SourceRange) -> Finding {
    Finding(.relativeImport, "A script has no package to import from.", at: range, hint: "write `include \"file.train\"`.")
  }

  static func indentedBlock(_ colon: SourceRange, hint: String?, header: SourceRange) -> Finding {
    Finding(
      .indentedBlock, "A block stands in braces, not behind `:` and indented.", at: colon,
      hint: hint.map { "write `\($0)`, and `}` after the block's last line." })
  }

  static func pythonStatement(_ range: SourceRange, _ word: String, hint: String?) -> Finding {
    let what = word == "@" ? "a decorator" : "`\(word)`"
    return Finding(.pythonStatement, "\(sentence(what)) is Python, but no statement of a script.", at: range, hint: hint)
  }

  /// Findings in the order of the text without the `}` that closes nothing where a `{` is missing before it: one mistake, told once.
  static func withoutClosersOfMissingBlocks(_ findings: [Finding]) -> [Finding] {
    var missing = 0
    return findings.filter { finding in
      if finding.name == SyntaxComplaint.missingBlock.rawValue { missing += 1 }
      guard finding.name == SyntaxComplaint.strayCloser.rawValue, missing > 0,
        finding.range.source.bytes[finding.range.start] == UInt8(ascii: "}")
      else { return true }
      missing -= 1
      return false
    }
  }
}
