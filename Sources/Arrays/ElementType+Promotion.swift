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
    if self == .bool, other != .string { return other }
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

  /// Whether a whole number below all elements of this type, or above them all, bounds nothing.
  package func isUnbounded(below number: Int) -> Bool { whole.map { number <= $0.lowerBound } ?? false }
  package func isUnbounded(above number: Int) -> Bool { whole.map { number >= $0.upperBound } ?? false }

  /// The least and the greatest whole number of this type; nil where its elements are none.
  private var whole: ClosedRange<Int>? {
    switch self {
    case .int64: Int.min...Int.max
    case .int32: Int(Int32.min)...Int(Int32.max)
    case .uint8: 0...255
    case .float32, .float64, .bool, .string: nil
    }
  }

  /// Whether an operation that gives `other` may put its results into an array of this type: whole numbers into whole ones and floats,
  /// never floats into whole numbers, nor numbers with a sign into such without.
  package func takes(_ other: ElementType) -> Bool { other.kind <= kind }

  private var kind: Int {
    switch self {
    case .bool: 0
    case .uint8: 1
    case .int32, .int64: 2
    case .float32, .float64: 3
    case .string: 4
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
      return numbers.first { $0.rawValue == name }
    }
  }
}
