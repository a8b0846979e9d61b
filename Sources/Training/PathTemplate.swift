import Arrays
import Lambdas

/// A path with fields to be filled in, as Python's `str.format` does: `run/{epoch:02d}-{val_loss:.2f}.keras`.
///
/// template = { text | "{{" | "}}" | "{" name [ ":" spec ] "}" }
/// spec     = [ "0" ] [ width ] [ "." precision ] [ "d" | "e" | "f" | "g" | "%" ]
package struct PathTemplate: Sendable, Equatable {
  struct Spec: Sendable, Equatable {
    var isZeroPadded = false
    var width = 0
    var precision: Int?
    var kind: Character?
  }
  enum Piece: Sendable, Equatable {
    case text(String)
    case field(name: String, Spec)
  }

  /// As it was written.
  package let text: String
  let pieces: [Piece]

  package init(_ text: String) throws(CallbackFailure) {
    self.text = text
    var pieces: [Piece] = []
    var plain = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      if (character == "{" || character == "}") && rest.first == character {
        plain.append(character)
        rest.removeFirst()
      } else if character == "{" {
        guard let end = rest.firstIndex(of: "}") else { throw CallbackFailure("its path `\(text)` has a `{` without its `}`") }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = ""
        pieces.append(try Self.parseField(rest[..<end], in: text))
        rest = rest[rest.index(after: end)...]
      } else if character == "}" {
        throw CallbackFailure("its path `\(text)` has a `}` without its `{`")
      } else {
        plain.append(character)
      }
    }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.pieces = pieces
  }

  /// The names it needs.
  package var fields: [String] {
    pieces.compactMap { if case .field(let name, _) = $0 { name } else { nil } }
  }

  /// The path with every field filled in.
  package func filled(with logs: Logs) throws(CallbackFailure) -> String {
    var path = ""
    for piece in pieces {
      switch piece {
      case .text(let text): path += text
      case .field(let name, let spec):
        guard let value = logs[name] else { throw CallbackFailure("its path needs `\(name)`, which this epoch does not give") }
        guard let text = formatted(value, spec) else {
          throw CallbackFailure("its path `\(text)` cannot show `\(name)` in that form")
        }
        path += text
      }
    }
    return path
  }

  private static func parseField(_ field: Substring, in template: String) throws(CallbackFailure) -> Piece {
    let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard !name.isEmpty else { throw CallbackFailure("its path `\(template)` has a field without a name") }
    var spec = Spec()
    guard parts.count == 2 else { return .field(name: name, spec) }
    var rest = parts[1]
    if rest.first == "0" { spec.isZeroPadded = true }
    spec.width = Int(takeDigits(from: &rest)) ?? 0
    if rest.first == "." {
      rest.removeFirst()
      spec.precision = Int(takeDigits(from: &rest)) ?? -1
    }
    spec.kind = rest.popFirst()
    guard rest.isEmpty, spec.width < 1000, (0..<300).contains(spec.precision ?? 0), spec.kind.map("defg%".contains) ?? true else {
      throw CallbackFailure("its path `\(template)` has a field `{\(field)}` whose format is not known")
    }
    return .field(name: name, spec)
  }
}

private func takeDigits(from text: inout Substring) -> Substring {
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  text = text[digits.endIndex...]
  return digits
}

/// A number as Python's `format` gives it; nil where Python would fail.
private func formatted(_ value: Value, _ spec: PathTemplate.Spec) -> String? {
  let plain: String?
  switch (value, spec.kind) {
  case (.string(let text), nil): plain = text
  case (.integer(let number), nil) where spec.precision == nil, (.integer(let number), "d"): plain = String(number)
  case (_, "d"): plain = nil
  case (.float(let number), nil) where spec.precision == nil: plain = number.pythonDescription
  case (_, let kind):
    plain = value.asNumber.map {
      let precision = spec.precision ?? 6
      return kind == "%" ? printed("%.\(precision)f%%", $0 * 100) : printed("%.\(precision)\(kind ?? "g")", $0)
    }
  }
  guard let plain else { return nil }
  let missing = max(0, spec.width - plain.count)
  guard spec.isZeroPadded else { return String(repeating: " ", count: missing) + plain }
  let isNegative = plain.hasPrefix("-")
  return (isNegative ? "-" : "") + String(repeating: "0", count: missing) + plain.dropFirst(isNegative ? 1 : 0)
}
