/// A Python number beside an array: weak, it takes on the array's type where its kind allows (NumPy 2's promotion, NEP 50).
package enum WeakScalar: Sendable, Equatable {
  case bool(Bool)
  case integer(Int)
  case float(Double)
}

extension ElementType {
  package var isFloat: Bool { self == .float32 || self == .float64 }
  package var isInteger: Bool { self == .int64 || self == .int32 || self == .uint8 }

  /// The type that holds the values of both, as NumPy chooses it: `int32` with `float32` gives `float64`.
  package func promoted(with other: ElementType) -> ElementType {
    if self == other { return self }
    if self == .bool { return other }
    if other == .bool { return self }
    switch (self, other) {
    case (.float64, _), (_, .float64): return .float64
    case (.float32, .uint8), (.uint8, .float32): return .float32
    case (.float32, _), (_, .float32): return .float64
    case (.int64, _), (_, .int64): return .int64
    default: return .int32
    }
  }

  /// The type of an operation between an array of this type and a Python number.
  package func promoted(with scalar: WeakScalar) -> ElementType {
    switch scalar {
    case .bool: self
    case .integer: self == .bool ? .int64 : self
    case .float: isFloat ? self : .float64
    }
  }

  /// The type named as in NumPy or Keras (`float32`, `float`, `int`); nil for other names.
  package static func named(_ name: String) -> ElementType? {
    switch name {
    case "float", "double", "f8": return .float64
    case "single", "f4": return .float32
    case "int", "i8": return .int64
    case "i4": return .int32
    case "u1": return .uint8
    case "bool_", "?": return .bool
    default:
      return ElementType(rawValue: name)
    }
  }
}
