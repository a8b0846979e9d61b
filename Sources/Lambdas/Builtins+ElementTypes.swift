import Arrays

extension Builtins {
  /// `np.float32(x)` and its kin: a number or array of that type; without brackets, the name of the type.
  private static func cast(_ name: String, _ type: ElementType) -> Builtin {
    let number: ValueType = type == .bool ? .bool : type.isFloat ? .float : .integer
    return .numpy(
      "\(name)(x: any = 0, /)", "A number or array of the type `\(type.rawValue)`.", isType: true,
      type: { arguments in
        switch arguments[0] {
        case nil: number
        case let given? where given.isScalar: number
        default: .any
        }
      }
    ) { given throws(ArrayError) in
      if case .string(let text)? = given[0] {
        do throws(MachineError) { return .float(try Operations.float(.string(text))) } catch { throw ArrayError(error) }
      }
      guard given.has(0) else { return Value(unwrapping: NDArray(type, shape: [])) }
      return Value(unwrapping: try given.array(0).converted(to: type))
    }
  }

  /// Element types, and what they can hold.
  static let elementTypeFunctions: [Builtin] =
    ElementType.numbers.map { cast($0.rawValue, $0) } + [
      cast("bool_", .bool), cast("double", .float64), cast("single", .float32),
      .numpy("ndarray(shape: any, dtype: any = None) -> array", "An array of zeros; the class of arrays.", isType: true) {
        given throws(ArrayError) in .array(try NDArray.full(given.type(1) ?? .float64, shape: given.shape(0), value: .integer(0)))
      },
      .numpy("dtype(dtype: any)", "An element type.", type: { _ in .object(ElementTypeObject.type) }) {
        given throws(ArrayError) in
        guard let type = try given.type(0) else { throw .type("an element type is named") }
        return .object(ElementTypeObject.of(type))
      },
      .numpy("finfo(dtype: any)", "The limits of a float type.", type: { _ in .object(LimitsObject.floats) }) {
        given throws(ArrayError) in
        guard let type = try given.type(0), type.isFloat else { throw .value("finfo wants a float type") }
        return .object(LimitsObject(type))
      },
      .numpy("iinfo(type: any)", "The limits of a whole-number type.", type: { _ in .object(LimitsObject.integers) }) {
        given throws(ArrayError) in
        guard let type = try given.type(0), type.isInteger else { throw .value("iinfo wants a whole-number type") }
        return .object(LimitsObject(type))
      },
    ]
}

/// What `array.dtype` gives: equal to the type's name and to the function of that name.
package final class ElementTypeObject: ObjectValue, Sendable {
  package static let type = ObjectType(
    "dtype", attributes: ["name": .init(.string), "itemsize": .init(.integer), "kind": .init(.string)])
  private static let all = Dictionary(uniqueKeysWithValues: ElementType.numbers.map { ($0, ElementTypeObject($0)) })
  package let element: ElementType

  private init(_ element: ElementType) { self.element = element }

  package static func of(_ element: ElementType) -> ElementTypeObject {
    guard let object = all[element] else { preconditionFailure("every element type has its object") }
    return object
  }

  package var objectType: ObjectType { Self.type }
  package var description: String { "dtype('\(element.rawValue)')" }
  package var text: String { element.rawValue }

  package func attribute(_ name: String) throws(MachineError) -> Value {
    switch name {
    case "name": return .string(element.rawValue)
    case "itemsize": return .integer(element.size)
    case "kind": return .string(element == .bool ? "b" : element == .uint8 ? "u" : element.isFloat ? "f" : "i")
    default: throw .init(.attribute, "'dtype' object has no attribute '\(name)'")
    }
  }

  package func equals(_ other: Value) -> Bool { (try? Operations.elementType(other)) == element }
}

/// What `np.finfo` and `np.iinfo` give.
private final class LimitsObject: ObjectValue, Sendable {
  static let floats = ObjectType(
    "finfo",
    attributes: [
      "eps": .init(.float), "max": .init(.float), "min": .init(.float), "tiny": .init(.float), "bits": .init(.integer),
    ])
  static let integers = ObjectType(
    "iinfo", attributes: ["max": .init(.integer), "min": .init(.integer), "bits": .init(.integer)])
  private let element: ElementType

  init(_ element: ElementType) { self.element = element }

  var objectType: ObjectType { element.isFloat ? Self.floats : Self.integers }
  var description: String { "\(objectType.name)(\(element.rawValue))" }

  func attribute(_ name: String) throws(MachineError) -> Value {
    if name == "bits" { return .integer(element.size * 8) }
    let isLargest = name == "max"
    switch (element, name) {
    case (.float32, "eps"): return .float(Double(Float.ulpOfOne))
    case (.float32, "tiny"): return .float(Double(Float.leastNormalMagnitude))
    case (.float32, "max"), (.float32, "min"): return .float(Double(Float.greatestFiniteMagnitude) * (isLargest ? 1 : -1))
    case (.float64, "eps"): return .float(Double.ulpOfOne)
    case (.float64, "tiny"): return .float(Double.leastNormalMagnitude)
    case (.float64, "max"), (.float64, "min"): return .float(Double.greatestFiniteMagnitude * (isLargest ? 1 : -1))
    case (.int64, "max"), (.int64, "min"): return .integer(isLargest ? Int.max : Int.min)
    case (.int32, "max"), (.int32, "min"): return .integer(Int(isLargest ? Int32.max : Int32.min))
    case (.uint8, "max"), (.uint8, "min"): return .integer(isLargest ? 255 : 0)
    default: throw .init(.attribute, "'\(objectType.name)' object has no attribute '\(name)'")
    }
  }
}
