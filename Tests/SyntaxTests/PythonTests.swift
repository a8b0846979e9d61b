import Diagnostics
import Syntax
import Testing

/// CPython as the oracle: `python/expressions.txt` has the trees that it reads expressions into.
@Suite struct PythonTests {
  @Test func readsExpressionsAsCPythonDoes() throws {
    let lines = try Golden.text("python/expressions.txt").split(separator: "\n").map(String.init)
    #expect(lines.count > 150)
    for index in stride(from: 0, to: lines.count - 1, by: 2) {
      let reading = parse(Source(name: "expression", text: lines[index]))
      let isExpected = reading.findings.allSatisfy { $0.severity < .error }
      #expect(isExpected, "\(rendered(reading.findings))")
      guard case .expression(let expression)? = reading.script.statements.first?.kind else {
        Issue.record("\(lines[index]) is no expression")
        continue
      }
      #expect(show(expression) == lines[index + 1].drop { $0 == " " }, "\(lines[index])")
    }
  }

  private func show(_ e: Expression) -> String {
    switch e.kind {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value, _): String(value)
    case .float(let value, _): hexadecimal(value)
    case .string(let value, _): text(value)
    case .formatted(let parts, _): "(f\(show(parts)))"
    case .ellipsis: "..."
    case .name(let name): name
    case .tuple(let elements): "(tuple\(many(elements)))"
    case .list(let elements): "(list\(many(elements)))"
    case .set(let elements): "(set\(many(elements)))"
    case .dict(let entries): "(dict\(entries.map(show).joined()))"
    case .starred(let value): "(* \(show(value)))"
    case .unary(let op, let value): "(\(op.rawValue) \(show(value)))"
    case .binary(let op, let left, let right): "(\(op.rawValue) \(show(left)) \(show(right)))"
    case .logical(let op, let left, let right): "(\(op.rawValue) \(show(left)) \(show(right)))"
    case .comparison(let first, let links):
      "(compare \(show(first))" + links.map { " \($0.operator.rawValue) \(show($0.operand))" }.joined() + ")"
    case .conditional(let condition, let then, let otherwise): "(if \(show(condition)) \(show(then)) \(show(otherwise)))"
    case .attribute(let value, let name): "(. \(show(value)) \(name.text))"
    case .subscripted(let value, let index): "(at \(show(value)) \(show(index)))"
    case .slice(let lower, let upper, let step):
      "(slice " + [lower, upper, step].map { $0.map(show) ?? "_" }.joined(separator: " ") + ")"
    case .call(let callee, let arguments): "(call \(show(callee))" + arguments.map(show).joined() + ")"
    case .lambda(let parameters, let body): "(lambda [\(parameters.map(show).joined(separator: " "))] \(show(body)))"
    case .comprehension(let comprehension): show(comprehension)
    case .missing: "missing"
    }
  }

  private func many(_ expressions: [Expression]) -> String { expressions.map { " " + show($0) }.joined() }

  private func show(_ entry: DictEntry) -> String {
    switch entry {
    case .pair(let key, let value): " \(show(key)): \(show(value))"
    case .spread(let value): " **\(show(value))"
    }
  }

  private func show(_ argument: Argument) -> String {
    switch argument.kind {
    case .positional: " " + show(argument.value)
    case .keyword(let name): " \(name.text)=\(show(argument.value))"
    case .spread: " (* \(show(argument.value)))"
    case .keywordSpread: " **\(show(argument.value))"
    }
  }

  private func show(_ parameter: Parameter) -> String {
    let stars = parameter.kind == .positionalRest ? "*" : parameter.kind == .keywordRest ? "**" : ""
    return stars + parameter.name.text + (parameter.defaultValue.map { "=" + show($0) } ?? "")
  }

  private func show(_ comprehension: Comprehension) -> String {
    let head =
      switch comprehension.result {
      case .list(let element): "list \(show(element))"
      case .set(let element): "set \(show(element))"
      case .generator(let element): "generator \(show(element))"
      case .dict(let key, let value): "dict \(show(key)): \(show(value))"
      }
    return "(" + head
      + comprehension.clauses.map { " (for \(show($0.target)) \(show($0.iterable))\(many($0.conditions)))" }.joined() + ")"
  }

  /// Texts and fields; the text of `{x=}` is a text of its own in Python's tree.
  private func show(_ parts: [FormattedPart]) -> String {
    var pieces: [(text: String, isField: Bool)] = []
    func append(_ text: String) {
      if let last = pieces.last, !last.isField { pieces[pieces.count - 1].text += text } else { pieces.append((text, false)) }
    }
    for part in parts {
      switch part {
      case .text(let text): append(text)
      case .field(let field):
        if let own = field.selfDocumenting { append(own) }
        let isPlain = field.selfDocumenting != nil && field.format.isEmpty
        let conversion = field.conversion?.rawValue ?? (isPlain ? "r" : "")
        pieces.append(
          (
            "({} \(show(field.value))" + (conversion.isEmpty ? "" : " !\(conversion)")
              + (field.format.isEmpty ? "" : " :" + show(field.format)) + ")", true
          ))
      }
    }
    return pieces.filter { !$0.text.isEmpty }.map { " " + ($0.isField ? $0.text : text($0.text)) }.joined()
  }

  private func text(_ value: String) -> String {
    "\""
      + value.unicodeScalars.map { scalar in
        let isPlain = scalar.value >= 0x20 && scalar.value < 0x7F && scalar != "\"" && scalar != "\\"
        return isPlain ? String(scalar) : "<\(String(scalar.value, radix: 16))>"
      }.joined() + "\""
  }

  /// As Python's `float.hex` writes it.
  private func hexadecimal(_ value: Double) -> String {
    if value.isInfinite { return "inf" }
    if value == 0 { return "0x0.0p+0" }
    let digits = String(value.significandBitPattern, radix: 16)
    let fraction = String(repeating: "0", count: 13 - digits.count) + digits
    let exponent = value.isNormal ? Int(value.exponent) : -1022
    return "0x\(value.isNormal ? 1 : 0).\(fraction)p\(exponent < 0 ? "-" : "+")\(abs(exponent))"
  }
}
