import Arrays
import Lambdas

/// What functions and methods of arrays give where only shapes are known, or where the array itself would cost the check too much: so
/// that a shape survives the usual preparation, `np.zeros((60000, 784)).astype("float32").reshape(-1, 28, 28)`.
enum ArrayForecast {
  typealias Arguments = [(name: String?, meaning: Meaning)]

  /// The type of a built-in function's result.
  static func call(_ function: FunctionValue, _ arguments: Arguments) -> ValueType {
    if case .builtin(let builtin) = function.body {
      let given = bind(arguments, to: builtin.signature.type)
      let forecast =
        switch builtin.namespace {
        case .numpy: made(by: builtin.name, given)
        case .random: drawn(by: builtin.name, given)
        default: ValueType?.none
        }
      if let forecast { return forecast }
    }
    return Python.resultType(of: function, arguments.map { ($0.name, $0.meaning.type) })
  }

  /// The type of a method's result; nil where nothing more is known than the method's own signature says.
  static func method(_ name: String, of receiver: ValueType, _ arguments: Arguments) -> ValueType? {
    guard case .array(let type, let shape) = receiver else { return nil }
    let first = arguments.first { $0.name == nil }?.meaning
    switch name {
    case "copy": return receiver
    case "astype": return .array(elementType(first ?? named("dtype", arguments)), shape: shape)
    case "flatten", "ravel": return .array(type, shape: [shape.flatMap { Shape($0).elementCount }])
    case "reshape":
      let sizes = arguments.count == 1 ? first?.elements ?? arguments.map(\.meaning) : arguments.map(\.meaning)
      return reshaped(type, shape, to: sizes.map { $0.value?.asInteger })
    case "transpose" where arguments.isEmpty: return .array(type, shape: shape?.reversed())
    case "cumsum" where arguments.isEmpty: return .array(type, shape: [shape.flatMap { Shape($0).elementCount }])
    case "clip", "round": return receiver
    case "sum", "mean", "min", "max", "std", "var", "prod", "argmin", "argmax", "all", "any":
      return reduced(by: name, type, shape, axis: first ?? named("axis", arguments), keeps: named("keepdims", arguments))
    default: return nil
    }
  }

  /// `array[index]` where the index is known; nil where no more is known than what kinds of indices there are.
  static func part(of container: ValueType, at index: Meaning) -> ValueType? {
    guard case .array(let type, let shape?) = container, let index = index.value,
      let indices = try? Operations.arrayIndices(index), let part = try? NDArray.shape(of: shape, at: indices)
    else { return nil }
    return part.isEmpty ? .scalar(of: type) : .array(type, shape: part)
  }

  /// What a generator of random numbers draws; nil for another method.
  static func drawn(by name: String, _ method: FunctionType, _ arguments: Arguments) -> ValueType? {
    method.parameters.contains { $0.name == "size" } ? drawn(by: name, bind(arguments, to: method)) : nil
  }

  // MARK: Functions

  private static func made(by name: String, _ given: [String: Meaning]) -> ValueType? {
    switch name {
    case "zeros", "ones", "empty": return .array(elementType(given["dtype"], else: .float64), shape: shape(given["shape"]))
    case "full":
      let filled: ElementType? =
        switch given["fill_value"]?.type {
        case .bool?: .bool
        case .integer?: .int64
        case .float?: .float64
        default: nil
        }
      return .array(elementType(given["dtype"], else: filled), shape: shape(given["shape"]))
    case "zeros_like", "ones_like", "empty_like", "full_like":
      guard case .array(let type, let shape)? = array(given["a"]), given["shape"] == nil else { return nil }
      return .array(elementType(given["dtype"], else: type), shape: shape)
    case "eye", "identity":
      let rows = (given["N"] ?? given["n"])?.value?.asInteger
      let columns = given["M"].map { $0.value?.isNone == true ? rows : $0.value?.asInteger } ?? rows
      return .array(elementType(given["dtype"], else: .float64), shape: [rows, columns])
    case "arange": return arange(given)
    case "linspace":
      let number = given["num"].map { $0.value?.asInteger } ?? 50
      return .array(elementType(given["dtype"], else: .float64), shape: [number])
    case "array", "asarray":
      guard case .array(let type, let shape)? = array(given["object"] ?? given["a"]) else { return nil }
      return .array(elementType(given["dtype"], else: type), shape: shape)
    case "reshape":
      guard case .array(let type, let shape)? = array(given["a"]), let sizes = given["shape"] else { return nil }
      return reshaped(type, shape, to: (sizes.elements ?? [sizes]).map { $0.value?.asInteger })
    case "transpose" where given["axes"] == nil:
      guard case .array(let type, let shape)? = array(given["a"]) else { return nil }
      return .array(type, shape: shape?.reversed())
    case "sum", "mean", "min", "max", "amin", "amax", "std", "var", "prod", "argmin", "argmax", "all", "any":
      guard case .array(let type, let shape)? = array(given["a"]) else { return nil }
      return reduced(by: name, type, shape, axis: given["axis"], keeps: given["keepdims"])
    case "clip", "round": return array(given["a"])
    case "dot", "matmul":
      guard let a = array(given["a"] ?? given["x1"]), let b = array(given["b"] ?? given["x2"]) else { return nil }
      return product(a, b)
    default: return nil
    }
  }

  /// What `np.random` draws: a number where no size is given, an array where one is.
  private static func drawn(by name: String, _ given: [String: Meaning]) -> ValueType? {
    let isWhole = ["integers", "randint", "permutation"].contains(name)
    switch name {
    case "normal", "uniform", "random", "integers", "randint":
      guard let size = given["size"], size.value?.isNone != true else { return isWhole ? .integer : .float }
      return .array(isWhole ? .int64 : .float64, shape: shape(size))
    case "rand", "randn":
      guard let sizes = given["shape"]?.elements, !sizes.isEmpty else { return .float }
      return .array(.float64, shape: sizes.map { $0.value?.asInteger })
    case "permutation":
      guard let count = given["x"]?.value?.asInteger else { return array(given["x"]) }
      return .array(.int64, shape: [max(0, count)])
    default: return nil
    }
  }

  private static func arange(_ given: [String: Meaning]) -> ValueType {
    let hasStop = given["stop"].map { $0.value?.isNone != true } ?? false
    let bounds = [
      hasStop ? given["start"] : .known(.integer(0)), hasStop ? given["stop"] : given["start"],
      given["step"] ?? .known(.integer(1)),
    ]
    let numbers = bounds.compactMap { $0?.value?.asDouble }
    let isWhole = bounds.allSatisfy { $0?.type == .integer || $0?.type == .bool }
    let type = elementType(given["dtype"], else: isWhole ? .int64 : .float64)
    guard numbers.count == 3, numbers[2] != 0 else { return .array(type, shape: [nil]) }
    return .array(type, shape: [Int(exactly: max(0, ((numbers[1] - numbers[0]) / numbers[2]).rounded(.up)))])
  }

  // MARK: Shapes

  private static func reshaped(_ type: ElementType?, _ shape: [Int?]?, to sizes: [Int?]) -> ValueType {
    let count = shape.flatMap { Shape($0).elementCount }
    let known = sizes.compactMap { $0 }.filter { $0 != -1 }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    let result = sizes.map { size -> Int? in
      guard size == -1 else { return size }
      guard let count, known > 0, sizes.allSatisfy({ $0 != nil }), count % known == 0 else { return nil }
      return count / known
    }
    return .array(type, shape: result)
  }

  private static func reduced(
    by name: String, _ type: ElementType?, _ shape: [Int?]?, axis: Meaning?, keeps: Meaning?
  ) -> ValueType? {
    let element: ElementType? =
      switch name {
      case "all", "any": .bool
      case "argmin", "argmax": .int64
      case "sum", "prod": type.map { $0.isFloat ? $0 : .int64 }
      case "mean", "std", "var": type.map { $0.isFloat ? $0 : .float64 }
      default: type
      }
    guard let axis, axis.value?.isNone != true else {
      return keeps == nil ? element.map { $0 == .bool ? .bool : $0.isFloat ? .float : .integer } : nil
    }
    guard let index = axis.value?.asInteger, var rest = shape, keeps == nil else { return nil }
    let position = index < 0 ? rest.count + index : index
    guard rest.indices.contains(position), rest.count > 1 else { return nil }
    rest.remove(at: position)
    return .array(element, shape: rest)
  }

  /// The matrix product of two arrays with two dimensions or one.
  static func product(_ a: ValueType, _ b: ValueType) -> ValueType? {
    guard case .array(let t, let left?) = a, case .array(let u, let right?) = b, left.count == 2, right.count == 2 else {
      return nil
    }
    return .array(t.flatMap { t in u.map { t.promoted(with: $0) } }, shape: [left[0], right[1]])
  }

  // MARK: Arguments

  private static func bind(_ arguments: Arguments, to type: FunctionType) -> [String: Meaning] {
    var given: [String: Meaning] = [:]
    var positional = arguments.filter { $0.name == nil }.map(\.meaning)[...]
    for parameter in type.parameters {
      if parameter.kind == .rest {
        given[parameter.name] = .tuple(Array(positional))
        positional = []
      } else if parameter.kind != .keywordOnly, let next = positional.popFirst() {
        given[parameter.name] = next
      } else if let named = named(parameter.name, arguments) {
        given[parameter.name] = named
      }
    }
    return given
  }

  private static func named(_ name: String, _ arguments: Arguments) -> Meaning? { arguments.first { $0.name == name }?.meaning }

  /// The type of an argument that is an array; nil for anything else.
  private static func array(_ meaning: Meaning?) -> ValueType? {
    if let type = meaning?.type, case .array = type { type } else { nil }
  }

  /// The shape that an argument says: a size or several; nil where not even their number is known.
  private static func shape(_ meaning: Meaning?) -> [Int?]? {
    guard let meaning else { return nil }
    if let sizes = meaning.elements { return sizes.map { $0.value?.asInteger } }
    return meaning.type == .integer ? [meaning.value?.asInteger] : nil
  }

  /// The type that `dtype=` asks for, another where it is left out; nil where it is not known.
  private static func elementType(_ meaning: Meaning?, else other: ElementType? = nil) -> ElementType? {
    guard let meaning else { return other }
    guard let value = meaning.value else { return nil }
    return value.isNone ? other : try? Operations.elementType(value)
  }
}
