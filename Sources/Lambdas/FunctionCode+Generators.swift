extension FunctionValue {
  /// The generators of random numbers that the function can reach: where they stand is part of what a run must remember.
  package var generators: [GeneratorObject] {
    switch body {
    case .code(let code, let captured): GeneratorSearch.generators(in: code, captured)
    case .method(let receiver, _): GeneratorSearch.generators(in: receiver)
    case .builtin, .host: []
    }
  }
}

extension FunctionCode {
  /// The same for code with the values of its captures.
  package func generators(captured: [Value]) -> [GeneratorObject] { GeneratorSearch.generators(in: self, captured) }
}

/// Looks for generators, each of which is given once, in the order in which they are met.
private struct GeneratorSearch {
  private var found: [GeneratorObject] = []

  static func generators(in code: FunctionCode, _ captured: [Value]) -> [GeneratorObject] {
    var search = GeneratorSearch()
    search.look(into: code)
    search.look(into: captured)
    return search.found
  }

  static func generators(in value: Value) -> [GeneratorObject] {
    var search = GeneratorSearch()
    search.look(into: [value])
    return search.found
  }

  private mutating func look(into code: FunctionCode) {
    look(into: code.body.constants)
    for function in code.body.functions { look(into: function) }
    for call in code.body.codeCalls { look(into: call.callee) }
  }

  private mutating func look(into values: [Value]) {
    for value in values {
      switch value {
      case .object(let object as GeneratorObject): if !found.contains(where: { $0 === object }) { found.append(object) }
      case .list(let items), .tuple(let items): if items.contains(where: \.isHolder) { look(into: items) }
      case .dict(let dict): look(into: dict.values)
      case .function(let function):
        if case .code(let code, let captured) = function.body {
          look(into: code)
          look(into: captured)
        }
      default: break
      }
    }
  }
}

extension Value {
  /// Whether a generator may be in it.
  fileprivate var isHolder: Bool {
    switch self {
    case .object, .list, .tuple, .dict, .function: true
    default: false
    }
  }
}
