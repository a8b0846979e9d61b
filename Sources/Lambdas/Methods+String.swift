import Arrays

/// Finding one text in another by code points, as Python does.
enum TextSearch {
  /// The position, in UTF-8 bytes, of the first occurrence of `part`; nil where there is none.
  static func find(_ part: String, in text: String) -> Int? {
    find(Array(part.utf8), in: Array(text.utf8))
  }

  /// Where `part` first begins in `items[from...]`.
  static func find<Element: Equatable>(_ part: [Element], in items: [Element], from start: Int = 0) -> Int? {
    guard part.count <= items.count - start else { return nil }
    guard let first = part.first else { return start }
    let last = items.count - part.count
    var position = start
    while position <= last {
      if items[position] == first, items[position..<(position + part.count)].elementsEqual(part) { return position }
      position += 1
    }
    return nil
  }

  /// Where `part` last begins in `items`.
  static func findLast<Element: Equatable>(_ part: [Element], in items: [Element]) -> Int? {
    guard part.count <= items.count else { return nil }
    for position in stride(from: items.count - part.count, through: 0, by: -1)
    where items[position..<(position + part.count)].elementsEqual(part) { return position }
    return nil
  }
}

private typealias Scalars = [Unicode.Scalar]
/// The methods for which None stands for a text that is left out.
private let takesNone: Set<String> = ["strip", "lstrip", "rstrip", "split", "rsplit"]

extension Operations {
  /// A method of a text; `arguments` are bound to its head in `Methods`.
  static func stringMethod(_ name: String, _ text: String, _ arguments: [Value?]) throws(MachineError) -> Value {
    func string(_ index: Int) throws(MachineError) -> String? {
      guard let value = arguments[index] else { return nil }
      if value.isNone, takesNone.contains(name) { return nil }
      guard case .string(let text) = value else { throw .init(.type, "\(name)() argument must be str, not \(value.typeName)") }
      return text
    }
    func integer(_ index: Int) throws(MachineError) -> Int? {
      guard let value = arguments[index] else { return nil }
      guard let number = value.asInteger else {
        throw .init(.type, "'\(value.typeName)' object cannot be interpreted as an integer")
      }
      return number
    }
    /// `text[start:end]` as the searching methods cut it; nil where start lies behind the end.
    func part(_ scalars: Scalars) throws(MachineError) -> (slice: Scalars, offset: Int)? {
      let (start, end) = (arguments[1] ?? .none, arguments[2] ?? .none)
      let bounds = try sliceBounds(start, end, .none, scalars.count)
      if bounds.stop < bounds.start { return nil }
      if let start = start.asInteger, start > scalars.count { return nil }
      return (Array(scalars[bounds.start..<(bounds.start + bounds.length)]), bounds.start)
    }
    let scalars = Array(text.unicodeScalars)
    switch name {
    case "upper": return .string(text.uppercased())
    case "lower": return .string(LetterCase.lowered(scalars))
    case "casefold": return .string(scalars.map(LetterCase.folded).joined())
    case "capitalize": return .string(LetterCase.capitalized(scalars))
    case "swapcase": return .string(LetterCase.swapped(scalars))
    case "title": return .string(LetterCase.titled(scalars))
    case "strip", "lstrip", "rstrip":
      let characters = try string(0).map { Set($0.unicodeScalars) }
      let isCut = { (scalar: Unicode.Scalar) in characters?.contains(scalar) ?? isSpace(scalar) }
      var (start, end) = (0, scalars.count)
      if name != "rstrip" { while start < end, isCut(scalars[start]) { start += 1 } }
      if name != "lstrip" { while end > start, isCut(scalars[end - 1]) { end -= 1 } }
      return .string(String(scalars: scalars[start..<end]))
    case "center", "ljust", "rjust":
      let fill = try string(1) ?? " "
      guard fill.unicodeScalars.count == 1 else { throw .init(.type, "The fill character must be exactly one character long") }
      let width = try integer(0) ?? 0
      try checkBytes(width)
      let missing = max(0, width - scalars.count)
      let filling = { (count: Int) in String(repeating: fill, count: count) }
      if name == "ljust" { return .string(text + filling(missing)) }
      if name == "rjust" { return .string(filling(missing) + text) }
      let left = missing / 2 + (missing & width & 1)
      return .string(filling(left) + text + filling(missing - left))
    case "zfill":
      let width = try integer(0) ?? 0
      try checkBytes(width)
      let missing = max(0, width - scalars.count)
      let isSigned = scalars.first == "-" || scalars.first == "+"
      let zeros = String(repeating: "0", count: missing)
      return .string(isSigned ? String(scalars[0]) + zeros + String(scalars: scalars.dropFirst()) : zeros + text)
    case "startswith", "endswith":
      guard let candidate = arguments[0] else { return .bool(false) }
      let affixes: [Value] = if case .tuple(let items) = candidate { items } else { [candidate] }
      let cut = try part(scalars)
      for affix in affixes {
        guard case .string(let text) = affix else {
          throw .init(.type, "\(name) first arg must be str or a tuple of str, not \(affix.typeName)")
        }
        guard let (slice, _) = cut else { continue }
        let wanted = Array(text.unicodeScalars)
        if name == "startswith" ? slice.starts(with: wanted) : slice.reversed().starts(with: wanted.reversed()) {
          return .bool(true)
        }
      }
      return .bool(false)
    case "find", "rfind", "index", "rindex", "count":
      let wanted = Array((try string(0) ?? "").unicodeScalars)
      let cut = try part(scalars)
      if name == "count" {
        guard let (slice, _) = cut else { return .integer(0) }
        return .integer(wanted.isEmpty ? slice.count + 1 : occurrences(of: wanted, in: slice).count)
      }
      let found = cut.flatMap { slice, offset in
        (name.hasPrefix("r") ? TextSearch.findLast(wanted, in: slice) : TextSearch.find(wanted, in: slice)).map { $0 + offset }
      }
      if found == nil, name.hasSuffix("index") { throw .init(.value, "substring not found") }
      return .integer(found ?? -1)
    case "replace":
      let (old, new) = (Array((try string(0) ?? "").unicodeScalars), try string(1) ?? "")
      let limit = try integer(2) ?? -1
      return .string(try replaced(scalars, old, new, limit < 0 ? Int.max : limit))
    case "removeprefix":
      let prefix = Array((try string(0) ?? "").unicodeScalars)
      return .string(scalars.starts(with: prefix) ? String(scalars: scalars.dropFirst(prefix.count)) : text)
    case "removesuffix":
      let suffix = Array((try string(0) ?? "").unicodeScalars)
      return .string(scalars.reversed().starts(with: suffix.reversed()) ? String(scalars: scalars.dropLast(suffix.count)) : text)
    case "split", "rsplit":
      let limit = try integer(1) ?? -1
      return .list(try split(scalars, by: string(0), limit < 0 ? Int.max : limit, fromRight: name == "rsplit").map(Value.string))
    case "splitlines": return .list(lines(scalars, keepsEnds: try arguments[0].map(truth) ?? false).map(Value.string))
    case "partition", "rpartition":
      let separator = try string(0) ?? ""
      if separator.isEmpty { throw .init(.value, "empty separator") }
      let wanted = Array(separator.unicodeScalars)
      let isLast = name == "rpartition"
      guard let position = isLast ? TextSearch.findLast(wanted, in: scalars) : TextSearch.find(wanted, in: scalars) else {
        return .tuple(isLast ? [.string(""), .string(""), .string(text)] : [.string(text), .string(""), .string("")])
      }
      return .tuple([
        .string(String(scalars: scalars[..<position])), .string(separator),
        .string(String(scalars: scalars[(position + wanted.count)...])),
      ])
    case "join":
      var parts: [String] = []
      for (index, item) in try elements(of: arguments[0] ?? .none).enumerated() {
        guard case .string(let part) = item else {
          throw .init(.type, "sequence item \(index): expected str instance, \(item.typeName) found")
        }
        parts.append(part)
      }
      try checkBytes(parts.reduce(0) { $0 + $1.utf8.count } + parts.count * text.utf8.count)
      return .string(parts.joined(separator: text))
    case "expandtabs":
      let size = try integer(0) ?? 8
      try checkBytes(size)
      var (result, column) = ("", 0)
      for scalar in scalars {
        if scalar == "\t" {
          let width = size > 0 ? size - column % size : 0
          result += String(repeating: " ", count: width)
          column += width
        } else {
          result.unicodeScalars.append(scalar)
          column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
        }
      }
      return .string(result)
    default: return .bool(try stringTest(name, scalars))
    }
  }

  private static func stringTest(_ name: String, _ scalars: [Unicode.Scalar]) throws(MachineError) -> Bool {
    func all(_ test: (Unicode.Scalar) -> Bool) -> Bool { !scalars.isEmpty && scalars.allSatisfy(test) }
    switch name {
    case "isascii": return scalars.allSatisfy(\.isASCII)
    case "isprintable": return scalars.allSatisfy(isPrintable)
    case "isspace": return all(isSpace)
    case "isalpha": return all(isLetter)
    case "isdecimal": return all { $0.properties.generalCategory == .decimalNumber }
    case "isdigit": return all(isDigit)
    case "isnumeric": return all { $0.properties.numericType != nil }
    case "isalnum": return all { isLetter($0) || $0.properties.numericType != nil }
    case "isidentifier":
      return all { $0 == "_" || $0.properties.isXIDContinue }
        && scalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
    case "isupper", "islower":
      let cased = scalars.filter(\.properties.isCased)
      return !cased.isEmpty && cased.allSatisfy { name == "isupper" ? $0.properties.isUppercase : $0.properties.isLowercase }
    case "istitle":
      var (wasCased, found) = (false, false)
      for scalar in scalars {
        if scalar.properties.isUppercase || scalar.properties.generalCategory == .titlecaseLetter {
          if wasCased { return false }
          (wasCased, found) = (true, true)
        } else if scalar.properties.isLowercase {
          if !wasCased { return false }
        } else {
          wasCased = false
        }
      }
      return found
    default: throw .init(.attribute, "'str' object has no attribute '\(name)'")
    }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.numericType == .decimal || scalar.properties.numericType == .digit
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }

  private static func occurrences(of part: Scalars, in scalars: Scalars) -> [Int] {
    var positions: [Int] = []
    var start = 0
    while let position = TextSearch.find(part, in: scalars, from: start) {
      positions.append(position)
      start = position + part.count
    }
    return positions
  }

  private static func replaced(_ scalars: Scalars, _ old: Scalars, _ new: String, _ limit: Int) throws(MachineError) -> String {
    var result = ""
    if old.isEmpty {
      try checkBytes(scalars.count + (scalars.count + 1) * new.utf8.count)
      var count = 0
      for scalar in scalars {
        if count < limit { result += new }
        count += 1
        result.unicodeScalars.append(scalar)
      }
      if count < limit { result += new }
      return result
    }
    let positions = occurrences(of: old, in: scalars).prefix(limit)
    try checkBytes(scalars.count + positions.count * new.utf8.count)
    var start = 0
    for position in positions {
      for scalar in scalars[start..<position] { result.unicodeScalars.append(scalar) }
      result += new
      start = position + old.count
    }
    for scalar in scalars[start...] { result.unicodeScalars.append(scalar) }
    return result
  }

  private static func split(_ scalars: Scalars, by separator: String?, _ limit: Int, fromRight: Bool) throws(MachineError)
    -> [String]
  {
    if fromRight {
      let mirrored = try split(
        scalars.reversed(), by: separator.map { String(scalars: $0.unicodeScalars.reversed()) }, limit, fromRight: false)
      return mirrored.reversed().map { String(scalars: $0.unicodeScalars.reversed()) }
    }
    var parts: [String] = []
    guard let separator else {
      var position = 0
      while true {
        while position < scalars.count, isSpace(scalars[position]) { position += 1 }
        if position == scalars.count { return parts }
        if parts.count == limit { return parts + [String(scalars: scalars[position...])] }
        let start = position
        while position < scalars.count, !isSpace(scalars[position]) { position += 1 }
        parts.append(String(scalars: scalars[start..<position]))
      }
    }
    if separator.isEmpty { throw .init(.value, "empty separator") }
    let wanted = Array(separator.unicodeScalars)
    var start = 0
    for position in occurrences(of: wanted, in: scalars).prefix(limit) {
      parts.append(String(scalars: scalars[start..<position]))
      start = position + wanted.count
    }
    return parts + [String(scalars: scalars[start...])]
  }

  private static func lines(_ scalars: Scalars, keepsEnds: Bool) -> [String] {
    var lines: [String] = []
    var start = 0
    var position = 0
    while position < scalars.count {
      let isBreak =
        (0x0a...0x0d).contains(scalars[position].value) || (0x1c...0x1e).contains(scalars[position].value)
        || scalars[position].value == 0x85 || scalars[position].value == 0x2028 || scalars[position].value == 0x2029
      position += 1
      guard isBreak else { continue }
      let end = position - 1
      if scalars[end] == "\r", position < scalars.count, scalars[position] == "\n" { position += 1 }
      lines.append(String(scalars: scalars[start..<(keepsEnds ? position : end)]))
      start = position
    }
    if start < scalars.count { lines.append(String(scalars: scalars[start...])) }
    return lines
  }
}
