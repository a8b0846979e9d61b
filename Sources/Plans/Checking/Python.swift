import Arrays
import Lambdas
import Syntax

/// What the walk asks of the language's built-ins and types.
enum Python {
  /// A built-in by its bare name: Python's, `math`'s, numpy's.
  static func builtin(named name: String) -> Value? { Builtins.find(name) }

  /// A member of a module that scripts know by this prefix; `keras` modules are not among them.
  static func builtin(named name: String, module: String) -> Value? {
    module == "time" ? Builtins.find("time.\(name)") ?? Builtins.find(name) : Builtins.find("\(module).\(name)")
  }

  static var builtinNames: [String] { Builtins.names.filter { !$0.contains(".") } }

  static func names(inModule module: String) -> [String] {
    Builtins.names.filter { $0.hasPrefix(module + ".") }.map { String($0.dropFirst(module.count + 1)) }
  }

  /// Whether a dotted prefix such as `np.random` leads to built-ins.
  static func isModule(_ path: String) -> Bool { Builtins.names.contains { $0.hasPrefix(path + ".") } }

  /// The type that an operator gives; nil where Python would fail for every value of these types.
  static func binaryType(_ op: BinaryOperator, _ left: ValueType, _ right: ValueType) -> ValueType? {
    let type = result(Typing.binary(op, left, right))
    return op == .matrixMultiply && type != nil ? ArrayForecast.product(left, right) ?? type : type
  }

  static func compareType(_ op: ComparisonOperator, _ left: ValueType, _ right: ValueType) -> ValueType? {
    result(Typing.compare(op, left, right))
  }

  static func indexType(_ container: ValueType, _ index: Meaning) -> ValueType? {
    if case .record(let record) = container, case .known(.string(let key)) = index, let field = record.fields[key] {
      return field.type
    }
    if let part = ArrayForecast.part(of: container, at: index) { return part }
    return result(Typing.index(container, index.type))
  }

  private static func result(_ outcome: Typing.Outcome) -> ValueType? {
    if case .always? = outcome.complaint { return nil }
    return outcome.type
  }

  /// An attribute of a plain value: of an array, a range or a number.
  static func attribute(_ name: String, of value: Value) -> Value? {
    switch (value, name) {
    case (.array(let array), "shape"): return .tuple(array.shape.map(Value.integer))
    case (.array(let array), "ndim"): return .integer(array.rank)
    case (.array(let array), "size"): return .integer(array.count)
    default: return (try? Operations.attribute(value, name)) ?? nil
    }
  }

  /// An attribute of a value known by its type: the shape of an array is known from a file's header.
  static func attribute(_ name: String, ofType type: ValueType) -> Meaning? {
    switch (type, name) {
    case (.array(_, let shape?), "shape"):
      return .makeTuple(shape.map { $0.map { .known(.integer($0)) } ?? .unknown(.integer) })
    case (.array(_, let shape?), "ndim"): return .known(.integer(shape.count))
    case (.array(_, let shape?), "size"):
      let sizes = shape.compactMap { $0 }
      let count = Shape(sizes.map { $0 }).elementCount
      return sizes.count == shape.count ? count.map { .known(.integer($0)) } ?? .unknown(.integer) : .unknown(.integer)
    case (.array(let element?, _), "dtype"): return .known(.object(ElementTypeObject.of(element)))
    default: return Typing.attribute(type, name).map { .unknown($0) }
    }
  }

  /// The type that a method gives; nil where no value of the type has it.
  static func methodType(_ name: String, of receiver: ValueType) -> ValueType? {
    if case .any = receiver { return .any }
    if case .union(let members) = receiver {
      let results = members.compactMap { methodType(name, of: $0) }
      return results.isEmpty ? nil : .oneOf(results)
    }
    return Typing.method(receiver, name)?.signature.type.result
  }

  /// The type that a built-in function gives for arguments known by type.
  static func resultType(of function: FunctionValue, _ arguments: [(name: String?, type: ValueType)]) -> ValueType {
    guard case .builtin(let builtin) = function.body else { return function.type.result }
    let parameters = builtin.signature.type.parameters
    var types = [ValueType?](repeating: nil, count: parameters.count)
    var rest: [ValueType] = []
    var position = 0
    for argument in arguments {
      if let name = argument.name {
        if let index = parameters.firstIndex(where: { $0.name == name }) { types[index] = argument.type }
      } else if position < parameters.count {
        if parameters[position].kind == .rest {
          rest.append(argument.type)
        } else {
          types[position] = argument.type
          position += 1
        }
      }
    }
    if !rest.isEmpty { types[position] = .tuple(rest) }
    return builtin.resultType(types)
  }
}

extension ElementType {
  /// The type that a script names: `"float32"`, `"int"`.
  static func named(_ name: String) -> ElementType? {
    ElementType.numbers.first { $0.rawValue == name } ?? ["int": .int64, "float": .float32, "double": .float64][name]
  }
}

extension Interpreter {
  /// The machine that runs built-ins and compiled functions; in the run it prints where the world does.
  var machine: Machine {
    let machine = sharedMachine
    if let world { machine.print = { world.write($0) } } else { machine.print = { _ in } }
    return machine
  }
}
