import Arrays

extension Builtins {
  /// The methods of built-in types as functions of their receiver, by dotted name: `sorted(words, key=str.lower)`, `map(str.strip, lines)`.
  ///
  /// A method that changes its receiver is none of them: it would change a copy.
  static let methodFunctions: [String: Builtin] = {
    let types: [(name: String, receiver: Methods.Receiver)] = [
      ("str", .string), ("list", .list), ("tuple", .tuple), ("dict", .dict), ("set", .set),
    ]
    var functions: [String: Builtin] = [:]
    for (type, receiver) in types {
      for head in Methods.heads[receiver] ?? [] {
        let name = String(head.prefix { $0 != "(" })
        guard name != "format", let method = Methods.method(name, of: receiver), !method.isMutating else { continue }
        functions["\(type).\(name)"] = methodFunction(name, head, type, receiver)
      }
    }
    return functions
  }()

  private static func methodFunction(_ name: String, _ head: String, _ type: String, _ receiver: Methods.Receiver) -> Builtin {
    let rest = head.dropFirst(name.count + 1)
    let marker = rest.contains("/") ? "" : ", /"
    let separator = rest.hasPrefix(")") ? "" : ", "
    return Builtin(.core, "\(name)(self: \(type)\(marker)\(separator)\(rest)", "The method `\(name)` of a \(type).") {
      (machine, arguments) throws(MachineError) in
      var value = arguments[0] ?? .none
      guard Methods.Receiver(value) == receiver else {
        throw .init(.type, "descriptor '\(name)' for '\(type)' objects doesn't apply to a '\(value.typeName)' object")
      }
      var positional: [Value] = []
      var keywords: [(name: String, value: Value)] = []
      let parameters = Methods.method(name, of: receiver)?.signature.type.parameters ?? []
      for (parameter, argument) in zip(parameters, arguments.dropFirst()) {
        switch (parameter.kind, argument) {
        case (_, nil): continue
        case (.rest, .tuple(let items)?): positional += items
        case (_, let given?):
          if positional.count == parameters.prefix(while: { $0.name != parameter.name }).count {
            positional.append(given)
          } else {
            keywords.append((parameter.name, given))
          }
        }
      }
      return try Operations.call(method: name, on: &value, positional, keywords, machine: machine)
    }
  }
}
