extension Operations {
  /// `text.format(…)`: fields `{}`, `{0}`, `{name}`, with `.attribute`, `[index]`, `!r` and `:format`, which may hold fields itself.
  static func strFormat(
    _ text: String, _ positional: [Value], _ keywords: [(name: String, value: Value)], _ machine: Machine
  ) throws(MachineError) -> String {
    var state = StrFormat(positional: positional, keywords: keywords, machine: machine)
    return try state.expand(Array(text.unicodeScalars), depth: 2)
  }
}

private struct StrFormat {
  let positional: [Value]
  let keywords: [(name: String, value: Value)]
  let machine: Machine
  /// The number the next `{}` takes; nil once a numbered field was seen.
  var automatic: Int? = 0
  var sawNumber = false

  init(positional: [Value], keywords: [(name: String, value: Value)], machine: Machine) {
    self.positional = positional
    self.keywords = keywords
    self.machine = machine
  }

  mutating func expand(_ scalars: [Unicode.Scalar], depth: Int) throws(MachineError) -> String {
    if depth == 0 { throw .init(.value, "Max string recursion exceeded") }
    var output = ""
    var position = 0
    while position < scalars.count {
      let scalar = scalars[position]
      position += 1
      let isDoubled = position < scalars.count && scalars[position] == scalar
      switch scalar {
      case "{" where isDoubled, "}" where isDoubled:
        output.unicodeScalars.append(scalar)
        position += 1
      case "}": throw .init(.value, "Single '}' encountered in format string")
      case "{":
        if position == scalars.count { throw .init(.value, "Single '{' encountered in format string") }
        let start = position
        var nesting = 1
        while position < scalars.count {
          if scalars[position] == "{" { nesting += 1 }
          if scalars[position] == "}" { nesting -= 1 }
          if nesting == 0 { break }
          position += 1
        }
        if nesting > 0 { throw .init(.value, "expected '}' before end of string") }
        output += try field(Array(scalars[start..<position]), depth: depth)
        try Operations.checkBytes(output.utf8.count)
        position += 1
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  private mutating func field(_ scalars: [Unicode.Scalar], depth: Int) throws(MachineError) -> String {
    var inIndex = false
    var end = scalars.count
    for (index, scalar) in scalars.enumerated() {
      if scalar == "[" { inIndex = true }
      if scalar == "]" { inIndex = false }
      if !inIndex, scalar == "!" || scalar == ":" {
        end = index
        break
      }
    }
    var value = try resolve(Array(scalars[..<end]))
    var rest = scalars[end...]
    if rest.first == "!" {
      guard rest.count >= 2 else { throw .init(.value, "end of string while looking for conversion specifier") }
      let conversion = rest[rest.startIndex + 1]
      switch conversion {
      case "r": value = .string(try Operations.written(value, asRepresentation: true))
      case "s": value = .string(try Operations.written(value, asRepresentation: false))
      case "a": value = .string(try Operations.ascii(value))
      default: throw .init(.value, "Unknown conversion specifier \(conversion)")
      }
      rest = rest.dropFirst(2)
      if let next = rest.first, next != ":" { throw .init(.value, "expected ':' after conversion specifier") }
    }
    let specification = try rest.count < 2 ? "" : expand(Array(rest.dropFirst()), depth: depth - 1)
    return try Operations.format(value, specification)
  }

  /// The number that digits spell; nil for everything else, `-1` too.
  private static func number(_ text: String) -> Int? { text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil }

  private mutating func resolve(_ path: [Unicode.Scalar]) throws(MachineError) -> Value {
    var position = path.firstIndex { $0 == "." || $0 == "[" } ?? path.count
    let head = String(scalars: path[..<position])
    var value: Value
    if head.isEmpty || Self.number(head) != nil {
      var index = Self.number(head) ?? 0
      if head.isEmpty {
        guard let next = automatic, !sawNumber else {
          throw .init(.value, "cannot switch from manual field specification to automatic field numbering")
        }
        index = next
        automatic = next + 1
      } else {
        if let automatic, automatic > 0 {
          throw .init(.value, "cannot switch from automatic field numbering to manual field specification")
        }
        sawNumber = true
      }
      guard positional.indices.contains(index) else {
        throw .init(.index, "Replacement index \(index) out of range for positional args tuple")
      }
      value = positional[index]
    } else {
      guard let found = keywords.last(where: { $0.name == head }) else { throw .init(.key, Operations.quoted(head)) }
      value = found.value
    }
    while position < path.count {
      if path[position] == "." {
        let start = position + 1
        position = path[start...].firstIndex { $0 == "." || $0 == "[" } ?? path.count
        if start == position { throw .init(.value, "Empty attribute in format string") }
        value = try Operations.attribute(value, String(scalars: path[start..<position]))
      } else {
        guard let close = path[position...].firstIndex(of: "]") else { throw .init(.value, "Missing ']' in format string") }
        let text = String(scalars: path[(position + 1)..<close])
        if text.isEmpty { throw .init(.value, "Empty attribute in format string") }
        value = try Operations.index(value, Self.number(text).map(Value.integer) ?? .string(text))
        position = close + 1
        if position < path.count, path[position] != ".", path[position] != "[" {
          throw .init(.value, "Only '.' or '[' may follow ']' in format field specifier")
        }
      }
    }
    return value
  }
}
