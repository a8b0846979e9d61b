import Diagnostics

/// Values and calls.
extension YAMLReader {
  /// Reads a value: a scalar by the core schema, a list, a dict, or what its tag says.
  mutating func readValue(_ node: YAMLNode) -> Expression {
    switch node.content {
    case .scalar(let scalar): readScalar(scalar, node)
    case .sequence(let items): readList(items, node)
    case .mapping(let entries): readDict(entries, node)
    }
  }

  private mutating func readList(_ items: [YAMLNode], _ node: YAMLNode) -> Expression {
    let tag = node.tag.map(\.name) ?? "seq"
    guard ["seq", "tuple"].contains(tag) else { return reportTag(node) }
    let elements = deeper(node.range) { reader in items.map { reader.readValue($0) } } ?? []
    return Expression(tag == "tuple" ? .tuple(elements) : .list(elements), node.range)
  }

  private mutating func readDict(_ entries: [YAMLEntry], _ node: YAMLNode) -> Expression {
    let tag = node.tag.map(\.name) ?? "map"
    if tag == "call" { return readCall(node) }
    guard tag == "map" else { return reportTag(node) }
    let pairs = deeper(node.range) { reader in
      entries.compactMap { entry -> DictEntry? in
        if reader.reportMerge(entry.key) { return nil }
        return .pair(key: reader.readValue(entry.key), value: reader.readValue(entry.value))
      }
    }
    return Expression(.dict(pairs ?? []), node.range)
  }

  /// Reads the parts of a value, one level deeper in both counts.
  private mutating func deeper<Result>(_ range: SourceRange, _ read: (inout YAMLReader) -> Result) -> Result? {
    nested(range) { reader in
      reader.valueDepth += 1
      defer { reader.valueDepth -= 1 }
      return read(&reader)
    }
  }

  /// Whether a key is `<<`, which is no more than any other to YAML 1.2: that is reported.
  private mutating func reportMerge(_ key: YAMLNode) -> Bool {
    guard let scalar = key.plainText, scalar.style == .plain, scalar.text == "<<" else { return false }
    report(.mergeKey(key.range))
    return true
  }

  private mutating func reportTag(_ node: YAMLNode) -> Expression {
    if let tag = node.tag { report(.unknownTag(tag, on: node.noun)) }
    return Expression(.missing, node.range)
  }

  // MARK: scalars

  private mutating func readScalar(_ scalar: YAMLScalar, _ node: YAMLNode) -> Expression {
    guard let tag = node.tag else {
      guard scalar.style == .plain else { return Expression(.string(scalar.text, written: ""), scalar.range) }
      let core = CoreScalar(scalar.text)
      if let older = OlderReading.value(of: scalar.text), findings.keeps(.warning) {
        report(.olderReading(scalar.range, scalar.text, older, core))
      }
      return Expression(kind(of: core, scalar), scalar.range)
    }
    switch tag.name {
    case "expr": return readExpression(scalar, after: "!expr")
    case "lambda": return readExpression(scalar, after: "!lambda", before: "lambda ")
    case "call": return readCall(YAMLNode(content: node.content, tag: nil, range: scalar.range))
    case "str", "": return Expression(.string(scalar.text, written: ""), node.range)
    case "tuple" where scalar.text.isEmpty: return Expression(.tuple([]), node.range)
    case "int", "float", "bool", "null":
      let core = CoreScalar(scalar.text)
      let isRight =
        switch (tag.name, core) {
        case ("int", .integer), ("float", .integer), ("float", .float), ("float", .infinity), ("float", .notANumber),
          ("bool", .bool), ("null", .null):
          true
        default: false
        }
      guard isRight else {
        let wanted = ["int": "a whole number", "float": "a number", "bool": "`true` or `false`"][tag.name] ?? "`null`"
        report(.wrongNode(scalar.range, wanted: wanted, for: "`!!\(tag.name)`", found: "`\(clipped(scalar.text))`"))
        return Expression(.missing, node.range)
      }
      if tag.name == "float", case .integer(let digits, 10, let isNegative) = core {
        return Expression(signed(.float(floatValue(digits + ".0"), written: ""), isNegative, scalar.range), node.range)
      }
      return Expression(kind(of: core, scalar), node.range)
    default: return reportTag(node)
    }
  }

  private mutating func kind(of core: CoreScalar, _ scalar: YAMLScalar) -> Expression.Kind {
    switch core {
    case .null: return .none
    case .bool(let value): return .bool(value)
    case .text: return .string(scalar.text, written: "")
    case .notANumber: return .name("nan")
    case .infinity(let isNegative): return signed(.float(.infinity, written: ""), isNegative, scalar.range)
    case .float(let digits, let isNegative):
      return signed(.float(floatValue(String(digits)), written: String(digits)), isNegative, scalar.range)
    case .integer(let digits, let radix, let isNegative):
      guard let value = Int(digits, radix: radix) else {
        if isNegative, let least = Int("-" + digits) { return .integer(least, written: "") }
        report(.integerTooLarge(scalar.range))
        return .missing
      }
      // Python has no `007`.
      let isPython = radix != 10 || digits.first != "0" || digits.count == 1
      let written = radix == 10 ? String(digits) : scalar.text
      return signed(.integer(value, written: isPython ? written : ""), isNegative, scalar.range)
    }
  }

  /// A number as the parser would have it: a minus is an operator.
  private func signed(_ kind: Expression.Kind, _ isNegative: Bool, _ range: SourceRange) -> Expression.Kind {
    isNegative ? .unary(.minus, Expression(kind, SourceRange(range.source, range.start + 1, range.end))) : kind
  }

  // MARK: calls

  /// Reads what stands where a call belongs: a word alone, a mapping with one key, or a tagged value.
  mutating func readCall(_ node: YAMLNode) -> Expression {
    if let tag = node.tag, tag.name != "call" { return readValue(node) }
    switch node.content {
    case .scalar(let scalar):
      guard isDottedName(scalar.text) else {
        report(.notACall(node.range, scalar.text))
        return Expression(.missing, node.range)
      }
      return Expression(.call(callee: readCallee(scalar), arguments: []), node.range)
    case .mapping(let entries) where entries.count == 1: return readCall(entries[0])
    case .mapping(let entries):
      report(.severalCalls(node.range, keys: entries.map(\.key.range)))
      return Expression(.missing, node.range)
    case .sequence:
      report(.wrongNode(node.range, wanted: "a call", for: "this place", found: node.noun))
      return Expression(.missing, node.range)
    }
  }

  /// Reads `name: arguments`.
  mutating func readCall(_ entry: YAMLEntry) -> Expression {
    if reportMerge(entry.key) { return Expression(.missing, entry.range) }
    guard let scalar = textScalar(entry.key, for: "a call", wanted: "a name") else { return Expression(.missing, entry.range) }
    let callee = readCallee(scalar)
    let arguments = deeper(entry.range) { reader in reader.readArguments(entry.value) } ?? []
    return Expression(.call(callee: callee, arguments: arguments), entry.range)
  }

  private mutating func readCallee(_ scalar: YAMLScalar) -> Expression {
    if isName(scalar.text) { return Expression(.name(scalar.text), scalar.range) }
    guard beginsName(scalar, of: "what is called") else { return Expression(.missing, scalar.range) }
    return readText(of: scalar) { parser in parser.parseReference(after: "a call") }
  }

  private mutating func readArguments(_ node: YAMLNode) -> [Argument] {
    if node.isEmpty { return [] }
    guard node.tag == nil, case .mapping(let entries) = node.content else { return [Argument(.positional, readValue(node))] }
    var positional: [Argument] = []
    var named: [Argument] = []
    for entry in entries where !(isCutShort && entry.value.isEmpty) {
      if entry.key.plainText?.text == "_" {
        if entry.value.tag == nil, case .sequence(let items) = entry.value.content {
          positional = items.map { Argument(.positional, readValue($0)) }
        } else {
          report(
            .wrongNode(entry.value.range, wanted: "the list of the arguments without a name", for: "`_`", found: entry.value.noun)
          )
        }
      } else if !reportMerge(entry.key) {
        let name = readName(entry.key, of: "an argument")
        named.append(Argument(.keyword(name), readNamedValue(name.text, entry.value)))
      }
    }
    return positional + named
  }

  /// Reads the value of a setting or of an argument with a name: what `optimizer` and the items of `callbacks` and `layers` are, are
  /// calls.
  mutating func readNamedValue(_ name: String, _ node: YAMLNode) -> Expression {
    switch (name, node.content) {
    case ("optimizer", .mapping) where node.tag == nil: return readCall(node)
    case ("optimizer", .scalar(let scalar)) where node.tag == nil && scalar.style == .plain && isClassName(scalar.text):
      return readCall(node)
    case ("callbacks", .sequence(let items)) where node.tag == nil, ("layers", .sequence(let items)) where node.tag == nil:
      let calls = deeper(node.range) { reader in items.map { reader.readCall($0) } }
      return Expression(.list(calls ?? []), node.range)
    default: return readValue(node)
    }
  }

  /// Reads a value in `data`: a call, where it may be one.
  mutating func readCallValue(_ node: YAMLNode) -> Expression {
    switch node.content {
    case .mapping where node.tag == nil: return readCall(node)
    case .scalar(let scalar) where node.tag == nil && scalar.style == .plain && isDottedName(scalar.text):
      if case .text = CoreScalar(scalar.text) { return readCall(node) }
      return readValue(node)
    default: return readValue(node)
    }
  }

  /// Reads the path of a file: text, unless a tag says otherwise.
  mutating func readPath(_ node: YAMLNode, for what: String) -> Expression {
    if let scalar = node.plainText, !node.isEmpty { return Expression(.string(scalar.text, written: ""), scalar.range) }
    if case .scalar = node.content, node.tag != nil { return readValue(node) }
    report(.wrongNode(node.range, wanted: "a path", for: what, found: node.noun))
    return Expression(.missing, node.range)
  }

  /// Whether a text is names with points between them.
  private func isDottedName(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      guard let first = part.unicodeScalars.first, first == "_" || first.properties.isXIDStart else { return false }
      return part.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue } && !reservedWords.contains(String(part))
    }
  }

  /// Whether a word in `optimizer` is a class, `Adam`, and not the name of one, `adam`.
  private func isClassName(_ text: String) -> Bool {
    isDottedName(text) && (text.split(separator: ".").last?.first?.isUppercase ?? false)
  }
}
