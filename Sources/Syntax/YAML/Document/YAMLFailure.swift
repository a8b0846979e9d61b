import Diagnostics

/// Where and why libyaml could not read on, in its own words.
struct YAMLFailure {
  var problem: String
  var place: SourceRange
  /// What was being read, and from where on.
  var context: (text: String, place: SourceRange)?
}

extension Finding {
  /// A failure in the words of someone who writes YAML: what stands there, and what was probably meant.
  static func yaml(_ failure: YAMLFailure) -> Finding {
    let source = failure.place.source
    let place = oneCharacter(failure.place)
    let found = String(decoding: source.bytes[place.start..<place.end], as: UTF8.self)
    let opening = failure.context.map { oneCharacter($0.place) } ?? place
    switch failure.problem {
    case _ where indentingTab(failure.place) != nil || failure.problem.hasPrefix("found a tab"):
      return Finding(
        .yamlTab, "A tab indents this line, but YAML is indented with blanks only.", at: indentingTab(failure.place) ?? place,
        hint: "two blanks a level; many editors can be told to write blanks for the tab key.")
    case "found character that cannot start any token":
      return Finding(
        .yamlCharacter, "\(found == "`" ? "A backtick" : "`\(found)`") cannot begin a value in YAML.", at: place,
        hint: "put the whole value in quotes.")
    case "mapping values are not allowed in this context": return misplacedColon(place)
    case "did not find expected key", "did not find expected '-' indicator":
      return misplacedLine(place, in: opening, wantsItem: failure.problem.hasSuffix("indicator"))
    case "could not find expected ':'":
      return Finding(
        .yamlColon, "A `:` is missing: every line of this mapping is `key: value`.", at: restOfLine(opening),
        remark: "no `:` in this line")
    case "block sequence entries are not allowed in this context":
      return Finding(
        .yamlIndentation, "A list begins on a line of its own, not behind `key:`.", at: place,
        hint: "break the line before `-`, and indent it.")
    case "block mapping entries are not allowed in this context", "mapping keys are not allowed in this context":
      return Finding(.yamlIndentation, "A key cannot stand here.", at: place, hint: "give it a line of its own.")
    case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
      let (open, close) = failure.problem.hasSuffix("']'") ? ("[", "]") : ("{", "}")
      return Finding(
        .unclosedBracket, "`\(open)` is not closed before this.", at: place, remark: "`,` or `\(close)` expected here",
        labels: [Label(opening, "opened here")],
        hint: "inside brackets a value with `,`, `:`, `[` or `{` needs quotes.")
    case "found unexpected end of stream", "found unexpected document indicator":
      return Finding(
        .unclosedString, "This string is never closed.", at: opening, remark: "opened here, and open to the end of the text",
        hint: "close it with the same quote; in single quotes a quote is written `''`.")
    case "found unknown escape character":
      let escape = text(place.start, place.start + 2, source)
      return Finding(
        .malformedEscape, "`\(escape)` is no escape of YAML's double quotes.",
        at: SourceRange(source, place.start, place.start + 2),
        hint: "write `\\\\`, or single quotes, in which a backslash is nothing special.")
    case "did not find expected hexdecimal number", "found invalid Unicode character escape code":
      return Finding(
        .malformedEscape, "This escape needs the hexadecimal digits of a character.", at: place,
        labels: [Label(opening, "in this string")])
    case "did not find expected alphabetic or numeric character":
      let mark = text(opening.start, opening.start + 1, source)
      let what = mark == "*" ? "`*` begins an alias" : "`&` begins an anchor"
      return Finding(.yamlCharacter, "\(what), which needs a name.", at: opening, hint: "put the value in quotes if it is text.")
    case "did not find expected node content":
      return Finding(
        .yamlSyntax, found.isEmpty ? "A value is missing here." : "`\(found)` stands where a value should.", at: place)
    case "did not find expected comment or line break":
      return Finding(
        .yamlSyntax, "Behind `|` and `>` the line ends; the text stands below, indented.", at: place,
        hint: "put the value in quotes if it begins with `|` or `>`.")
    case "did not find expected <document start>":
      return Finding(.yamlSyntax, "Nothing can follow the end of the document.", at: restOfLine(place))
    case "control characters are not allowed":
      let code = source.bytes[place.start..<place.end].first.map { String($0, radix: 16, uppercase: true) } ?? "0"
      return Finding(
        .yamlCharacter, "A control character (U+\(String(repeating: "0", count: 4 - code.count))\(code)) cannot stand in YAML.",
        at: place, hint: "in double quotes it is written `\\x\(String(repeating: "0", count: 2 - code.count))\(code)`.")
    case "found undefined tag handle":
      return Finding(.unknownTag, "This tag is unknown.", at: word(place), hint: knownTags)
    case let problem:
      return Finding(
        .yamlSyntax, "This is no YAML: \(problem).", at: place,
        labels: failure.context == nil ? [] : [Label(opening, "begun here")])
    }
  }

  /// What can be said of tags.
  static let knownTags = "the tags are `!expr`, `!lambda`, `!call` and `!tuple`."

  /// `a: b: c`, or a line that is indented deeper than the value above it.
  private static func misplacedColon(_ colon: SourceRange) -> Finding {
    let source = colon.source
    let lineStart = source.lineStart(at: colon.start)
    let before = source.bytes[lineStart..<colon.start]
    let indent = before.prefix(while: isBlank).count
    for tag in ["!lambda", "!expr"] where before.firstRange(of: Array(tag.utf8)) != nil {
      return Finding(
        .yamlColon, "A `:` followed by a blank cannot stand in text without quotes.", at: colon,
        hint: "put what follows `\(tag)` in quotes" + (tag == "!lambda" ? ": `!lambda \"epoch, lr: …\"`." : "."))
    }
    if let earlier = before.firstRange(of: [UInt8(ascii: ":"), UInt8(ascii: " ")]) {
      return Finding(
        .yamlColon, "A second `:` on this line: the value behind the first would have to be quoted.", at: colon,
        labels: [Label(SourceRange(source, earlier.lowerBound, earlier.lowerBound + 1), "the first")],
        hint: "quote the value, or give the inner key a line of its own, indented.")
    }
    let key = SourceRange(source, lineStart + indent, colon.start)
    return Finding(
      .yamlIndentation, "This key is indented deeper than the keys beside it, or stands below a value that goes on here.",
      at: key, hint: "keys of one mapping begin in the same column, and a key with lines below it ends with `:`.")
  }

  /// A line between the columns of what is open.
  private static func misplacedLine(_ place: SourceRange, in opening: SourceRange, wantsItem: Bool) -> Finding {
    let source = place.source
    let lineStart = source.lineStart(at: place.start)
    let isFirst = source.bytes[lineStart..<place.start].allSatisfy(isBlank)
    let labels =
      place.start == opening.start
      ? [] : [Label(opening, wantsItem ? "this list's items begin here" : "this mapping's keys begin here")]
    if !isFirst {
      return Finding(
        .yamlSyntax, "Nothing can follow the value on this line.", at: restOfLine(place),
        hint: "if it belongs to the value, put the whole in quotes.")
    }
    let column = place.start - lineStart
    let wanted = opening.start - source.lineStart(at: opening.start)
    let message =
      column == wanted
      ? (wantsItem
        ? "This line belongs to no item of the list: an item begins with `- `."
        : "An item of a list stands among the keys of a mapping.")
      : "This line is indented by \(column), which fits nothing that is open above it."
    return Finding(
      .yamlIndentation, message, at: restOfLine(place), labels: labels,
      hint: wantsItem && column >= wanted
        ? "what belongs to an item is indented as far as the text behind its `- `."
        : "lines that belong together begin in the same column.")
  }

  // MARK: places

  private static func text(_ start: Int, _ end: Int, _ source: Source) -> String {
    String(decoding: source.bytes[min(start, source.bytes.count)..<min(end, source.bytes.count)], as: UTF8.self)
  }

  /// The character at a place; nothing at the text's end or a line's.
  private static func oneCharacter(_ place: SourceRange) -> SourceRange {
    let bytes = place.source.bytes
    let start = min(place.start, bytes.count)
    guard start < bytes.count, !isLineEnd(bytes[start]) else { return SourceRange(place.source, start, start) }
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return SourceRange(place.source, start, end)
  }

  private static func word(_ place: SourceRange) -> SourceRange {
    let bytes = place.source.bytes
    var end = place.start
    while end < bytes.count, !isBlank(bytes[end]), !isLineEnd(bytes[end]) { end += 1 }
    return SourceRange(place.source, place.start, end)
  }

  private static func restOfLine(_ place: SourceRange) -> SourceRange {
    let source = place.source
    var end = source.offsets(ofLine: source.line(at: place.start)).upperBound
    while end > place.start, isBlank(source.bytes[end - 1]) { end -= 1 }
    return SourceRange(source, place.start, max(place.start, end))
  }

  /// The tab among the blanks that the line at a place begins with.
  private static func indentingTab(_ place: SourceRange) -> SourceRange? {
    let source = place.source
    var offset = source.lineStart(at: place.start)
    while offset < source.bytes.count, isBlank(source.bytes[offset]) {
      if source.bytes[offset] == UInt8(ascii: "\t") { return SourceRange(source, offset, offset + 1) }
      offset += 1
    }
    return nil
  }
}
