extension FunctionValue {
  /// The objects of the host that the function can reach, also through functions that it calls or has captured, each once.
  package var objects: [any ObjectValue] {
    switch body {
    case .code(let code, let captured): ObjectSearch.objects(in: code, captured)
    case .method(let receiver, _): ObjectSearch.objects(in: receiver)
    case .builtin, .host: []
    }
  }

  /// The generators of random numbers among them: where they stand is part of what a run must remember.
  package var generators: [GeneratorObject] { objects.compactMap { $0 as? GeneratorObject } }
}

extension FunctionCode {
  /// The same for code with the values of its captures.
  package func generators(captured: [Value]) -> [GeneratorObject] {
    ObjectSearch.objects(in: self, captured).compactMap { $0 as? GeneratorObject }
  }
}

/// Looks for objects, each of which is given once, in the order in which they are met.
private struct ObjectSearch {
  private var found: [any ObjectValue] = []
  private var known: Set<ObjectIdentifier> = []

  static func objects(in code: FunctionCode, _ captured: [Value]) -> [any ObjectValue] {
    var search = ObjectSearch()
    search.look(into: code)
    search.look(into: captured)
    return search.found
  }

  static func objects(in value: Value) -> [any ObjectValue] {
    var search = ObjectSearch()
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
      case .object(let object): if known.insert(ObjectIdentifier(object)).inserted { found.append(object) }
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
  /// Whether an object may be in it.
  fileprivate var isHolder: Bool {
    switch self {
    case .object, .list, .tuple, .dict, .function: true
    default: false
    }
  }
}
