import Diagnostics

/// What the reader of the YAML form has to say; what libyaml finds is in `YAMLFailure`.
extension Finding {
  // MARK: the document

  static func severalDocuments(_ range: SourceRange, first: SourceRange) -> Finding {
    Finding(
      .severalDocuments, "A script is one YAML document, but a second one begins here.", at: range,
      hint: "delete the `---`, or put what follows into a file of its own.")
  }

  static func notAScript(_ range: SourceRange, _ found: String) -> Finding {
    let isList = found == "a list"
    return Finding(
      .notAScript, "A script is a mapping with `steps`, but this document is \(found).", at: range,
      hint: isList ? "write `steps:` above it." : "begin with `steps:` and a list of what is to be done.")
  }

  static func duplicateKey(_ range: SourceRange, _ key: String, first: SourceRange) -> Finding {
    Finding(
      .duplicateKey, "The key `\(clipped(key))` stands twice in this mapping.", at: range, labels: [Label(first, "the first")],
      hint: "delete one; steps that follow each other are items of a list.")
  }

  static func mergeKey(_ range: SourceRange) -> Finding {
    Finding(
      .mergeKey, "YAML 1.2 has no merge key, so `<<` adds nothing to this mapping.", at: range,
      hint: "write the keys out, or alias each value.")
  }

  static func unknownAlias(_ range: SourceRange, _ name: String, known: [String]) -> Finding {
    Finding(
      .unknownAlias, "Nothing above has the anchor `&\(clipped(name))`.", at: range,
      hint: Spelling.nearest(to: name, among: known).map { "did you mean `*\($0)`?" }
        ?? "put the value in quotes if it begins with `*`.")
  }

  static func recursiveAlias(_ range: SourceRange, _ name: String) -> Finding {
    Finding(.recursiveAlias, "`*\(clipped(name))` stands inside the value that it stands for.", at: range)
  }

  static func tooManyAliases(_ range: SourceRange, limit: Int, anchor: SourceRange) -> Finding {
    Finding(
      .tooManyAliases, "The aliases of this document stand for more than \(limit) values.", at: range,
      labels: [Label(anchor, "the value that is repeated here")], hint: "a loop repeats without writing out.")
  }

  static func unknownTag(_ tag: YAMLTag, on what: String) -> Finding {
    let written = (tag.isStandard ? "!!" : "!") + tag.name
    let ours = ["expr", "lambda", "call", "tuple"]
    if ours.contains(tag.name) {
      let wanted = ["expr": "text", "lambda": "text", "call": "a mapping with one key", "tuple": "a list"][tag.name] ?? ""
      return Finding(.unknownTag, "`\(written)` stands before \(wanted), but this is \(what).", at: tag.range)
    }
    return Finding(
      .unknownTag, "The tag `\(clipped(written))` is unknown.", at: tag.range,
      hint: Spelling.nearest(to: tag.name, among: ours).map { "did you mean `!\($0)`?" } ?? knownTags)
  }

  static func restUnread(_ range: SourceRange) -> Finding {
    Finding(
      .restUnread, "The lines below this mistake are not read: what is wrong in them is told when it is mended.", at: range,
      severity: .note)
  }

  // MARK: keys

  static func unknownSection(_ range: SourceRange, _ word: String, known: [String]) -> Finding {
    let hint: String
    if let nearest = Spelling.nearest(to: word, among: known) {
      hint = "did you mean `\(nearest)`?"
    } else if YAMLReader.isStepWord(word) {
      hint = "`\(word)` is a step: write it below `steps:`, behind `- `."
    } else {
      hint = "a script has \(listed(known)); `- let: {\(word.isEmpty ? "name" : clipped(word)): …}` binds a name."
    }
    return Finding(.unknownSection, "`\(clipped(word))` is no part of a script.", at: range, hint: hint)
  }

  static func unknownStep(_ range: SourceRange, _ nearest: String) -> Finding {
    let found = String(decoding: range.source.bytes[range.start..<range.end], as: UTF8.self)
    return Finding(
      .unknownStep, "No step begins with `\(clipped(found))`, and a call has no key but its name.", at: range,
      hint: "did you mean `\(nearest)`?")
  }

  static func unknownKey(_ range: SourceRange, _ key: String?, in what: String, known: [String]) -> Finding {
    let nearest = Spelling.suggestion(for: key ?? "", among: known)
    let all = known.isEmpty ? "the next step begins with a `- ` of its own." : "\(what) has \(listed(known))."
    return Finding(
      .unknownKey, "\(sentence(what)) has no key `\(clipped(key ?? "…"))`.", at: range, hint: nearest ?? all)
  }

  static func missingKey(_ range: SourceRange, _ word: String, _ key: String) -> Finding {
    let forms = [
      "fit": "on: DATA", "evaluate": "on: DATA", "predict": "on: DATA", "save": "to: path.keras", "if": "then: [steps]",
      "for": key == "in" ? "in: range(3)" : "do: [steps]", "def": "do: [steps]", "on": "do: [steps]",
    ]
    return Finding(
      .missingKey, "`\(word)` needs `\(key)` beside it.", at: range,
      hint: forms[word].map { "write `\($0)` in the column of `\(word)`." })
  }

  static func severalCalls(_ range: SourceRange, keys: [SourceRange]) -> Finding {
    guard keys.count > 1 else {
      return Finding(
        .severalCalls, "One call is expected here, but the mapping is empty.", at: range, hint: "write its name alone.")
    }
    return Finding(
      .severalCalls, "One call is expected here, but this mapping has \(keys.count) keys.", at: keys[1],
      remark: "the second", labels: [Label(keys[0], "the first")],
      hint: "arguments are indented below the call's name; a second call has a `- ` of its own.")
  }

  // MARK: values

  static func wrongNode(_ range: SourceRange, wanted: String, for what: String, found: String) -> Finding {
    Finding(.wrongNode, "\(sentence(what)) takes \(wanted), but this is \(found).", at: range)
  }

  static func missingText(_ range: SourceRange, after word: String) -> Finding {
    Finding(.missingExpression, "Something is expected after `\(word.filter { $0 != "`" })`, but nothing stands here.", at: range)
  }

  static func noName(_ range: SourceRange, of what: String, found: String) -> Finding {
    Finding(
      .missingName,
      "The name of \(what) is expected here, but " + (found.isEmpty ? "nothing" : "`\(clipped(found))`") + " stands here.",
      at: range)
  }

  static func notACall(_ range: SourceRange, _ text: String) -> Finding {
    Finding(
      .notACall, "A call is expected here: a name, or a name with arguments below it.", at: range,
      hint: text.isEmpty ? nil : "an expression is written `!expr \(text.count <= 40 ? text : "…")`.")
  }

  static func textCutShort(_ range: SourceRange, comma: SourceRange) -> Finding {
    Finding(
      .unclosedBracket, "Inside YAML's brackets a comma ends text without quotes, so this expression is cut short.", at: range,
      labels: [Label(comma, "ends it")], hint: "put the whole expression in quotes.")
  }

  static func equalsInText(_ range: SourceRange) -> Finding {
    Finding(
      .equalsInCondition, "`=` binds a name, which is no part of an expression.", at: range,
      hint: "`==` compares; `let: {name: value}` binds.")
  }

  static func olderReading(_ range: SourceRange, _ text: String, _ older: String, _ core: CoreScalar) -> Finding {
    let isWord = older == "true" || older == "false"
    let hint: String
    if case .integer(let digits, _, _) = core {
      hint = "write `\(String(digits.drop { $0 == "0" }))`, or `0o…` in base 8."
    } else {
      let value = isWord ? "`\(older)`" : older == "a date" ? nil : older.split(separator: " ").last.map { "`\($0)`" }
      hint = (value.map { "write \($0), or " } ?? "write ") + "`\"\(text)\"` if text is meant."
    }
    let meaning: String = if case .integer(let digits, _, _) = core { "the number \(digits.drop { $0 == "0" })" } else { "text" }
    return Finding(
      .olderReading, "`\(text)` is \(meaning) here, but \(isWord ? "`\(older)`" : older) to YAML 1.1.", at: range,
      severity: .warning,
      hint: hint)
  }

  // MARK: statements

  static func compileWithModel(_ range: SourceRange) -> Finding {
    Finding(
      .compileWithoutModel, "Inside a model, `compile` is about that model and takes no other.", at: range,
      hint: "write the settings below `compile:`.")
  }

  static func compileWithoutName(_ range: SourceRange) -> Finding {
    Finding(
      .compileWithoutModel, "Outside a model, `compile` needs one.", at: range,
      hint: "write `compile: MODEL`, and the settings beside it.")
  }

  private static func listed(_ keys: [String]) -> String {
    let quoted = keys.map { "`\($0)`" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " and " + last
  }
}
