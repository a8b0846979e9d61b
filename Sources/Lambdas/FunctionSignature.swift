import Arrays

/// The head of a built-in function or method as Python's documentation writes it: `round(number: number, ndigits: int | None = None)`.
///
/// The notation of types: `int float bool str None any number array function slice range`, `list[T]`, `set[T]`, `dict[K, V]`,
/// `tuple[A, B]`, `tuple[T, ...]`, `iterable[T]`, and `|`. In methods `T` is the element of the receiver, `K` and `V` key and value of a dict.
package struct FunctionSignature: Sendable {
  /// The head as written, for `describe`.
  package let text: String
  package let name: String
  package let type: FunctionType

  /// Reads a head; `variables` are the types that stand for `T`, `K`, `V`.
  package init(_ text: String, variables: [Character: ValueType] = [:]) {
    self.text = text
    var reader = SignatureReader(text, variables)
    name = reader.word()
    type = reader.functionType()
  }
}

/// Reads the notation of `FunctionSignature`; texts are the module's own, so a slip is a bug.
private struct SignatureReader {
  private let characters: [Character]
  private var position = 0
  private let variables: [Character: ValueType]

  init(_ text: String, _ variables: [Character: ValueType]) {
    characters = Array(text)
    self.variables = variables
  }

  private mutating func skipSpaces() { while position < characters.count, characters[position] == " " { position += 1 } }

  private mutating func take(_ text: String) -> Bool {
    skipSpaces()
    guard characters[position...].starts(with: text) else { return false }
    position += text.count
    return true
  }

  mutating func word() -> String {
    skipSpaces()
    let start = position
    while position < characters.count,
      characters[position].isLetter || characters[position].isNumber || characters[position] == "_" || characters[position] == "."
    {
      position += 1
    }
    return String(characters[start..<position])
  }

  mutating func functionType() -> FunctionType {
    var parameters: [FunctionType.Parameter] = []
    var kind = FunctionType.Parameter.Kind.plain
    precondition(take("("), "a signature has a parameter list: \(String(characters))")
    while !take(")") {
      if take("**") {
        parameters.append(.init(word(), .any, isOptional: true, kind: .keywordRest))
      } else if take("*") {
        let name = word()
        kind = .keywordOnly
        if !name.isEmpty { parameters.append(.init(name, take(":") ? type() : .any, isOptional: true, kind: .rest)) }
      } else if take("/") {
        for index in parameters.indices where parameters[index].kind == .plain { parameters[index].kind = .positionalOnly }
      } else {
        let name = word()
        precondition(!name.isEmpty, "a parameter has a name: \(String(characters))")
        let type = take(":") ? type() : .any
        var isOptional = false
        if take("=") {
          isOptional = true
          skipDefault()
        }
        parameters.append(.init(name, type, isOptional: isOptional, kind: kind))
      }
      _ = take(",")
    }
    return FunctionType(parameters, returns: take("->") ? type() : .any)
  }

  private mutating func skipDefault() {
    while position < characters.count, characters[position] != ",", characters[position] != ")" { position += 1 }
  }

  private mutating func type() -> ValueType {
    var members = [single()]
    while take("|") { members.append(single()) }
    return .oneOf(members)
  }

  private mutating func single() -> ValueType {
    let name = word()
    var arguments: [ValueType] = []
    var isOpen = false
    if take("[") {
      while !take("]") {
        if take("...") { isOpen = true } else { arguments.append(type()) }
        _ = take(",")
      }
    }
    let first = arguments.first ?? .any
    switch name {
    case "int": return .integer
    case "float": return .float
    case "bool": return .bool
    case "str": return .string
    case "None": return .none
    case "number": return .number
    case "array": return .array
    case "slice": return .slice
    case "range": return .range
    case "function": return .function(.init([.init("arguments", .any, kind: .rest)], returns: .any))
    case "list": return .list(first)
    case "set": return .set(first)
    case "iterable": return .iterator(first)
    case "dict": return .dict(key: first, value: arguments.count > 1 ? arguments[1] : .any)
    case "tuple": return isOpen || arguments.isEmpty ? .tupleOf(first) : .row(arguments)
    case "any": return .any
    case "T", "K", "V": return variables[name.first ?? "T"] ?? .any
    default: preconditionFailure("a signature names a known type: \(name) in \(String(characters))")
    }
  }
}
