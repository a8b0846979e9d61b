/// A string as a Python literal in double quotes, for trees that no text stands behind.
func literal(_ value: String) -> String { "\"" + escaped(value, braces: false) + "\"" }

/// A float as a Python literal; infinity as a number that is too large.
func literal(_ value: Double) -> String {
  value.isInfinite ? (value < 0 ? "-1e999" : "1e999") : value.description
}

/// An f-string as a Python literal.
func literal(_ parts: [FormattedPart]) -> String { "f\"" + content(parts) + "\"" }

private func content(_ parts: [FormattedPart], isFormat: Bool = false) -> String {
  parts.map { part in
    switch part {
    case .text(let text): escaped(text, braces: !isFormat)
    case .field(let field): content(field)
    }
  }.joined()
}

private func content(_ field: FormattedField) -> String {
  let value = ExpressionPrinter(comments: []).flat(field.value, .disjunction)
  // What shows itself is printed as it was written.
  var text = field.selfDocumenting ?? value
  if text.hasPrefix("{") { text = " " + text }
  if let conversion = field.conversion { text += "!\(conversion.rawValue)" }
  if !field.format.isEmpty { text += ":" + content(field.format, isFormat: true) }
  return "{\(text)}"
}

private func escaped(_ text: String, braces: Bool) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += "\\\\"
    case "\"": result += "\\\""
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "{" where braces: result += "{{"
    case "}" where braces: result += "}}"
    default:
      if scalar.value < 0x20 || scalar.value == 0x7F {
        let code = String(scalar.value, radix: 16)
        result += "\\x" + String(repeating: "0", count: 2 - code.count) + code
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}
