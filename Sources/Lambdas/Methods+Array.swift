import Arrays

extension Operations {
  /// A method of an array; `arguments` are bound to its head in `Methods`.
  static func arrayMethod(_ name: String, _ array: NDArray, _ arguments: [Value?], _ machine: Machine) throws(MachineError)
    -> Value
  {
    switch name {
    case "tolist": return list(array, 0, 0)
    case "item":
      guard case .tuple(let indices) = arguments[0] ?? .tuple([]), !indices.isEmpty else {
        guard array.count == 1 else { throw .init(.value, "can only convert an array of size 1 to a Python scalar") }
        return Value(array.element(at: 0))
      }
      return try index(
        indices.count == 1 ? .array(numeric { () throws(ArrayError) in try array.reshaped([-1]) }) : .array(array),
        indices.count == 1 ? indices[0] : .tuple(indices))
    case "copy": return .array(array)
    case "astype": return .array(array.converted(to: try elementType(arguments[0] ?? .none)))
    case "flatten", "ravel": return try numeric { () throws(ArrayError) in .array(try array.reshaped([-1])) }
    case "reshape":
      let shape = try shape(arguments[0] ?? .none)
      return try numeric { () throws(ArrayError) in .array(try array.reshaped(shape)) }
    case "transpose":
      guard case .tuple(let axes) = arguments[0] ?? .tuple([]), !axes.isEmpty else {
        return try numeric { () throws(ArrayError) in .array(try array.transposed()) }
      }
      let order = try shape(.tuple(axes))
      return try numeric { () throws(ArrayError) in .array(try array.transposed(order)) }
    case "squeeze":
      let axis = arguments[0]?.asInteger
      return try numeric { () throws(ArrayError) in Value(unwrapping: try array.squeezed(axis)) }
    case "clip":
      return try numeric { () throws(ArrayError) in
        .array(try array.clipped(lower: arguments[0]?.asWeakScalar, upper: arguments[1]?.asWeakScalar))
      }
    case "round": return .array(try rounded(array, arguments[0]?.asInteger ?? 0))
    case "cumsum": return try numeric { () throws(ArrayError) in .array(try array.cumulativeSum(axis: arguments[0]?.asInteger)) }
    case "argsort": return .array(array.sortedPositions())
    case "dot": return try binary(.matrixMultiply, .array(array), arguments[0] ?? .none)
    case "repeat": return .array(try repeated(array, arguments[0]?.asInteger ?? 1, axis: arguments[1]?.asInteger))
    default:
      guard let reduction = Reduction(rawValue: name) else {
        throw .init(.attribute, "'numpy.ndarray' object has no attribute '\(name)'")
      }
      let hasDegrees = reduction == .deviation || reduction == .variance
      return try reduce(
        reduction, array, axis: arguments[0], keepsDimensions: arguments[hasDegrees ? 2 : 1],
        deltaDegrees: hasDegrees ? arguments[1] : nil)
    }
  }

  /// A reduction with numpy's arguments; without dimensions left, a number.
  static func reduce(
    _ reduction: Reduction, _ array: NDArray, axis: Value?, keepsDimensions: Value?, deltaDegrees: Value? = nil
  ) throws(MachineError) -> Value {
    let axes: [Int]? = if let axis, !axis.isNone { try shape(axis) } else { nil }
    let keeps = try keepsDimensions.map(truth) ?? false
    return try numeric { () throws(ArrayError) in
      Value(
        unwrapping: try array.reduced(reduction, axes: axes, keepsDimensions: keeps, deltaDegrees: deltaDegrees?.asDouble ?? 0))
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
    default: break
    }
    throw .init(.type, "data type \(representation(value)) not understood")
  }

  static func rounded(_ array: NDArray, _ decimals: Int) throws(MachineError) -> NDArray {
    if decimals == 0 { return try numeric { () throws(ArrayError) in try array.mapped(.round) } }
    if !array.type.isFloat { return array }
    var factor = 1.0
    for _ in 0..<min(decimals.magnitude, 300) { factor *= 10 }
    return try numeric { () throws(ArrayError) in
      let scaled = try NDArray.elementwise(decimals > 0 ? .multiply : .divide, array, .float(factor)).mapped(.round)
      return try NDArray.elementwise(decimals > 0 ? .divide : .multiply, scaled, .float(factor))
    }
  }

  static func repeated(_ array: NDArray, _ times: Int, axis: Int?) throws(MachineError) -> NDArray {
    if times < 0 { throw .init(.value, "repeats may not contain negative values.") }
    return try numeric { () throws(ArrayError) in
      let source = try axis == nil ? array.reshaped([-1]) : array
      let position = try source.axis(axis ?? 0)
      let (total, overflow) = source.shape[position].multipliedReportingOverflow(by: times)
      if overflow || total > elementLimit { throw .memory("an array of \(total) rows is too large") }
      let order = (0..<source.shape[position]).flatMap { repeatElement($0, count: times) }
      let whole = ArrayIndex.slice(lower: nil, upper: nil, step: nil)
      return try source[
        [ArrayIndex](repeating: whole, count: position) + [.array(NDArray(integers: order, shape: [order.count]))]]
    }
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
      case "dtype": return .string(array.type.rawValue)
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
