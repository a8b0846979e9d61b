import Arrays

extension Operations {
  /// A method of an array; `arguments` are bound to its head in `Methods`.
  static func arrayMethod(_ name: String, _ array: NDArray, _ arguments: [Value?]) throws(ArrayError) -> Value {
    let given = Given(arguments)
    switch name {
    case "tolist": return list(array, 0, 0)
    case "item":
      let indices = try given.elements(0)
      guard let first = indices.first else {
        guard array.count == 1 else { throw .value("can only convert an array of size 1 to a Python scalar") }
        return Value(array.element(at: 0))
      }
      guard indices.count == 1 || indices.count == array.rank else { throw .value("incorrect number of indices for array") }
      let source = indices.count == 1 ? try array.reshaped([-1]) : array
      do { return try index(.array(source), indices.count == 1 ? first : .tuple(indices)) } catch { throw ArrayError(error) }
    case "copy": return .array(array)
    case "astype": return .array(array.converted(to: try given.type(0) ?? .float64))
    case "flatten", "ravel": return .array(try array.reshaped([-1]))
    case "reshape": return .array(try array.reshaped(given.shape(0)))
    case "transpose":
      let axes = try given.elements(0)
      if axes.isEmpty || axes.count == 1 && axes[0].isNone { return .array(try array.transposed()) }
      return .array(try array.transposed(given.shape(0)))
    case "swapaxes": return .array(try array.swappingAxes(given.integer(0, 0), given.integer(1, 0)))
    case "squeeze": return .array(try array.squeezed(given.integers(0)))
    case "clip": return try Builtins.clipped(array, lower: given[0], upper: given[1])
    case "round": return Value(unwrapping: try array.rounded(decimals: given.integer(0, 0)))
    case "cumsum", "cumprod":
      return .array(
        try Builtins.cumulative(name == "cumsum" ? .sum : .product, array, axis: given.integer(0), type: given.type(1)))
    case "argsort": return .array(try array.sortedPositions(axis: given.has(0) ? given.integer(0) : -1))
    case "searchsorted":
      return Value(unwrapping: try array.positions(of: given.array(0), isRight: given.text(1, "left") == "right"))
    case "take": return Value(unwrapping: try array.taking(given.array(0), axis: given.integer(1)))
    case "diagonal": return .array(try array.diagonal(given.integer(0, 0), given.integer(1, 0), given.integer(2, 1)))
    case "trace":
      let diagonal = try array.diagonal(given.integer(0, 0))
      return Value(unwrapping: try diagonal.reduced(.sum, axes: [diagonal.rank - 1]))
    case "nonzero": return .tuple(try Builtins.positions(of: array))
    case "repeat": return .array(try array.repeated(given.shape(0), axis: given.integer(1)))
    default:
      guard let reduction = Reduction(rawValue: name) else { throw .type("'numpy.ndarray' object has no attribute '\(name)'") }
      switch reduction {
      case .variance, .deviation:
        return try Builtins.reduced(
          reduction, array, axes: given.axes(0, of: array), type: given.type(1), keeps: given.flag(4), degrees: given.number(3, 0)
        )
      case .sum, .product, .mean:
        return try Builtins.reduced(reduction, array, axes: given.axes(0, of: array), type: given.type(1), keeps: given.flag(3))
      default:
        let axes = try reduction.isPosition ? given.axis(0) : given.axes(0, of: array)
        return try Builtins.reduced(reduction, array, axes: axes, keeps: given.flag(2))
      }
    }
  }

  /// A method that changes an array where it is.
  static func changeArray(_ name: String, _ array: inout NDArray, _ arguments: [Value?]) throws(ArrayError) {
    let given = Given(arguments)
    switch name {
    case "sort": array = try array.sorted(axis: given.integer(0, -1))
    default:
      guard let value = try given.scalar(0) else { throw .type("an array is filled with a number") }
      let isFloat = if case .float = value { true } else { false }
      array = try NDArray.full(isFloat ? .float64 : array.type, shape: array.shape, value: value).converted(to: array.type)
    }
  }

  /// A shape or list of axes: a whole number, or a tuple or list of them; `*shape` may also hold one such tuple.
  static func shape(_ value: Value) throws(MachineError) -> [Int] {
    if let number = value.asInteger { return [number] }
    guard let items = value.sequenceItems else {
      throw .init(.type, "expected a sequence of integers or a single integer, got '\(representation(value))'")
    }
    if items.count == 1, items[0].sequenceItems != nil { return try shape(items[0]) }
    var shape: [Int] = []
    for item in items {
      guard let number = item.asInteger else {
        throw .init(.type, "'\(item.typeName)' object cannot be interpreted as an integer")
      }
      shape.append(number)
    }
    return shape
  }

  /// An element type as scripts give it: `"float32"`, `np.float32`, `float`, `int`, `bool`.
  package static func elementType(_ value: Value) throws(MachineError) -> ElementType {
    switch value {
    case .string(let name): if let type = ElementType.named(name) { return type }
    case .function(let function): if case .builtin = function.body, let type = ElementType.named(function.name) { return type }
    case .object(let object as ElementTypeObject): return object.element
    default: break
    }
    throw .init(.type, "data type \(representation(value)) not understood")
  }

  private static func list(_ array: NDArray, _ axis: Int, _ base: Int) -> Value {
    if axis == array.rank { return Value(array.element(at: base)) }
    return .list((0..<array.shape[axis]).map { list(array, axis + 1, base * array.shape[axis] + $0) })
  }

  /// `value.name`, other than a call of a method.
  package static func attribute(_ value: Value, _ name: String) throws(MachineError) -> Value {
    switch value {
    case .object(let object):
      if object.objectType.attributes[name] == nil, object.objectType.methods[name] != nil {
        return .function(
          FunctionValue(
            name: name, type: object.objectType.methods[name] ?? .init([], returns: .any),
            body: .method(receiver: value, name: name)))
      }
      return try object.attribute(name)
    case .array(let array):
      switch name {
      case "shape": return .tuple(array.shape.map(Value.integer))
      case "ndim": return .integer(array.rank)
      case "size": return .integer(array.count)
      case "dtype": return .object(ElementTypeObject.of(array.type))
      case "itemsize": return .integer(array.type.size)
      case "nbytes": return .integer(array.count * array.type.size)
      case "T": return try numeric { () throws(ArrayError) in .array(try array.transposed()) }
      default: break
      }
    case .range(let range):
      switch name {
      case "start": return .integer(range.start)
      case "stop": return .integer(range.stop)
      case "step": return .integer(range.step)
      default: break
      }
    case .slice(let lower, let upper, let step):
      switch name {
      case "start": return lower
      case "stop": return upper
      case "step": return step
      default: break
      }
    case .float, .integer, .bool:
      if name == "real" { return value.asInteger.map(Value.integer) ?? value }
      if name == "imag" { return value.asInteger == nil ? .float(0) : .integer(0) }
    case .function(let function): if name == "__name__" { return .string(function.name) }
    default: break
    }
    if let kind = Methods.Receiver(value), let method = Methods.method(name, of: kind) {
      return .function(FunctionValue(name: name, type: method.signature.type, body: .method(receiver: value, name: name)))
    }
    if case .function(let function) = value, case .builtin(let builtin) = function.body, builtin.isType {
      throw .init(.attribute, "type object '\(builtin.name)' has no attribute '\(name)'")
    }
    throw .init(.attribute, "'\(value.typeName)' object has no attribute '\(name)'")
  }
}
