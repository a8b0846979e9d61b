import Diagnostics

/// Values and calls in YAML's own words; what has none is `!expr`.
extension YAMLPrinter {
  /// A value anywhere but where a call belongs.
  mutating func value(_ expression: Expression) -> YAMLForm {
    if let scalar = scalar(expression) { return scalar }
    switch expression.kind {
    case .list(let elements) where !elements.contains(where: \.isStarred):
      return YAMLForm(.sequence(elements.map { element in part(nil, at: element.range) { $0.value(element) } }))
    case .tuple(let elements) where elements.allSatisfy({ isLiteral($0) }):
      return YAMLForm(.sequence(elements.map { element in part(nil, at: element.range) { $0.value(element) } }), tag: "tuple")
    case .dict(let entries): return dict(entries) ?? whole(expression)
    case .lambda:
      let text = whole(expression, minimum: .expression).dropFirst("lambda".count)
      return YAMLForm(.code(String(text.drop { $0 == " " })), tag: "lambda")
    default: return whole(expression)
    }
  }

  /// An expression as its text.
  func whole(_ expression: Expression) -> YAMLForm { .expression(whole(expression, minimum: .expression)) }

  private func whole(_ expression: Expression, minimum: Precedence) -> String {
    ExpressionPrinter(comments: []).flat(expression, minimum)
  }

  /// An expression where a text is one without a tag; a tuple needs no parentheses.
  func code(_ expression: Expression) -> YAMLForm { .code(ExpressionPrinter(comments: []).flatBare(expression)) }

  /// A dict whose keys are plain, none twice; nil for others.
  private mutating func dict(_ entries: [DictEntry]) -> YAMLForm? {
    var parts: [YAMLForm.Part] = []
    var seen: Set<String> = []
    for case .pair(let key, _) in entries {
      guard let form = scalar(key) else { return nil }
      let identity = if case .text(let text) = form.content { "text " + text } else { "other \(form.content)" }
      guard seen.insert(identity).inserted else { return nil }
    }
    guard seen.count == entries.count else { return nil }
    for case .pair(let key, let value) in entries {
      parts.append(part(scalar(key), at: key.range.through(value.range)) { $0.value(value) })
    }
    return .mapping(parts)
  }

  /// Whether a value is written out, without a name or an operation in it.
  private func isLiteral(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .list(let elements), .tuple(let elements): elements.allSatisfy { isLiteral($0) }
    default: scalar(expression) != nil
    }
  }

  // MARK: scalars

  /// A scalar as YAML writes it, so that its version 1.1 reads the same; nil for what is no scalar.
  private func scalar(_ expression: Expression) -> YAMLForm? {
    switch expression.kind {
    case .none: return .literal("null")
    case .bool(let value): return .literal(value ? "true" : "false")
    case .string(let value, _): return .text(value)
    case .integer, .float: return number(expression).map { .literal($0) }
    case .unary(.minus, let operand): return number(operand).flatMap { $0.hasPrefix("-") ? nil : .literal("-" + $0) }
    default: return nil
    }
  }

  private func number(_ expression: Expression) -> String? {
    switch expression.kind {
    case .integer(let value, let written):
      if written.hasPrefix("0x"), case .integer = CoreScalar(written) { return written }
      return String(value)
    case .float(let value, let written):
      if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
      if value.isNaN { return nil }
      return withPoint(written.isEmpty ? literal(value) : written)
    default: return nil
    }
  }

  /// A float with digits around its point and a sign in its exponent: `1e-3` becomes `1.0e-3`.
  private func withPoint(_ text: String) -> String {
    let parts = text.filter { $0 != "_" }.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
    var mantissa = String(parts[0])
    if mantissa.hasPrefix(".") { mantissa = "0" + mantissa }
    if !mantissa.contains(".") { mantissa += "." }
    if mantissa.hasSuffix(".") { mantissa += "0" }
    guard parts.count > 1 else { return mantissa }
    let hasSign = parts[1].hasPrefix("-") || parts[1].hasPrefix("+")
    return mantissa + "e" + (hasSign ? "" : "+") + parts[1]
  }

  // MARK: calls

  /// A call that a mapping can say: a name with positional and named arguments.
  struct NativeCall {
    var name: String
    var positional: [Expression]
    var named: [(name: Name, value: Expression)]

    var values: [Expression] { positional + named.map(\.value) }
  }

  func nativeCall(_ expression: Expression) -> NativeCall? {
    guard case .call(let callee, let arguments) = expression.kind, let name = dottedName(callee) else { return nil }
    var call = NativeCall(name: name, positional: [], named: [])
    var seen: Set<String> = ["_"]
    for argument in arguments {
      switch argument.kind {
      case .positional:
        if case .comprehension(let comprehension) = argument.value.kind, case .generator = comprehension.result { return nil }
        guard call.named.isEmpty else { return nil }
        call.positional.append(argument.value)
      case .keyword(let name):
        guard seen.insert(name.text).inserted else { return nil }
        call.named.append((name, argument.value))
      case .spread, .keywordSpread: return nil
      }
    }
    return call
  }

  private func dottedName(_ expression: Expression) -> String? {
    switch expression.kind {
    case .name(let name): return name
    case .attribute(let base, let name): return dottedName(base).map { $0 + "." + name.text }
    default: return nil
    }
  }

  /// A call as `{name: arguments}`; nil for what is no plain call.
  mutating func callMapping(_ expression: Expression) -> YAMLForm? {
    guard let call = nativeCall(expression) else { return nil }
    return .mapping([YAMLForm.Part(call.name, arguments(of: call))])
  }

  /// An expression where a call belongs: a word alone, a call, or else `!expr`.
  mutating func callOrExpression(_ expression: Expression) -> YAMLForm {
    guard let call = nativeCall(expression) else {
      if case .lambda = expression.kind { return value(expression) }
      return whole(expression)
    }
    return call.values.isEmpty ? .code(call.name) : .mapping([YAMLForm.Part(call.name, arguments(of: call))])
  }

  private mutating func arguments(of call: NativeCall) -> YAMLForm {
    if call.named.isEmpty, call.positional.count == 1 {
      let before = innerComments
      let only = value(call.positional[0])
      // A dict would be read as arguments with names.
      if !only.isMapping { return only }
      innerComments = before
    }
    var parts: [YAMLForm.Part] = []
    if !call.positional.isEmpty {
      let items = call.positional.map { argument in part(nil, at: argument.range) { $0.value(argument) } }
      parts.append(YAMLForm.Part("_", YAMLForm(.sequence(items))))
    }
    for (name, value) in call.named {
      parts.append(part(.code(name.text), at: name.range.through(value.range)) { $0.namedValue(name.text, value) })
    }
    return .mapping(parts)
  }

  /// The value of a setting or a named argument: in `optimizer`, `callbacks` and `layers` mappings are calls.
  mutating func namedValue(_ name: String, _ expression: Expression) -> YAMLForm {
    switch (name, expression.kind) {
    case ("optimizer", .string(let text, _)): return YAMLForm(text.contains(where: \.isUppercase) ? .quoted(text) : .text(text))
    case ("optimizer", .dict): return whole(expression)
    case ("optimizer", .call):
      guard let call = nativeCall(expression) else { return whole(expression) }
      let isClass = call.name.split(separator: ".").last?.first?.isUppercase ?? false
      return call.values.isEmpty && isClass ? .code(call.name) : .mapping([YAMLForm.Part(call.name, arguments(of: call))])
    case ("callbacks", .list(let items)) where !items.contains(where: \.isStarred),
      ("layers", .list(let items)) where !items.contains(where: \.isStarred):
      return .list(items.map { item in part(nil, at: item.range) { $0.callOrExpression(item) } })
    default: return value(expression)
    }
  }

  /// A path: text, unless it is computed.
  func path(_ expression: Expression) -> YAMLForm {
    if case .string(let text, _) = expression.kind, !text.isEmpty { .text(text) } else { whole(expression) }
  }
}

extension Expression {
  fileprivate var isStarred: Bool {
    if case .starred = kind { true } else { false }
  }
}
