import Arrays
import Syntax

/// What the operations of the language do to values, as CPython 3.12 does them.
///
/// Everything that runs, whether by the machine or by the checker's evaluation of written values, comes here, except for the
/// machine's typed instructions, which do the same for numbers whose types are known.
package enum Operations {
  /// Python's truth of a value.
  package static func truth(_ value: Value) throws(MachineError) -> Bool {
    switch value {
    case .none: false
    case .bool(let flag): flag
    case .integer(let number): number != 0
    case .float(let number): number != 0
    case .string(let text): !text.isEmpty
    case .list(let items), .tuple(let items): !items.isEmpty
    case .dict(let dict): dict.count > 0
    case .set(let set): set.count > 0
    case .range(let range): range.count > 0
    case .iterator(let iterator): !iterator.kind.isView || !iterator.elements.isEmpty
    case .slice, .ellipsis, .function, .object: true
    case .array(let array):
      switch array.count {
      case 1: array.bools[0]
      case 0:
        throw .init(
          .value, "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty.")
      default:
        throw .init(.value, "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
      }
    }
  }

  /// `-x`, `+x`, `not x`, `~x`.
  package static func unary(_ op: UnaryOperator, _ value: Value) throws(MachineError) -> Value {
    if op == .not { return .bool(try !truth(value)) }
    switch (op, value) {
    case (.minus, .float(let number)): return .float(-number)
    case (.plus, .float): return value
    case (.minus, .array(let array)):
      return try numeric { () throws(ArrayError) in Value(unwrapping: try array.mapped(.negative)) }
    case (.plus, .array(let array)):
      if array.type == .bool { throw .init(.type, "truth values have no sign: `+` works on numbers") }
      return Value(unwrapping: array)
    case (.invert, .array(let array)): return try numeric { () throws(ArrayError) in Value(unwrapping: try array.inverted()) }
    case (.invert, .set): break
    default:
      guard let number = value.asInteger else { break }
      switch op {
      case .minus:
        if number == Int.min { throw overflow }
        return .integer(-number)
      case .invert: return .integer(~number)
      default: return .integer(number)
      }
    }
    throw .init(.type, "bad operand type for unary \(op.rawValue): '\(value.typeName)'")
  }

  static let overflow = MachineError(.overflow, "the whole number does not fit 64 bits; use a float")

  /// Runs something of arrays, its error turned into Python's.
  static func numeric<Result>(_ body: () throws(ArrayError) -> Result) throws(MachineError) -> Result {
    do { return try body() } catch { throw MachineError(error) }
  }
}

extension MachineError {
  /// An error of arrays under Python's class name.
  package init(_ error: ArrayError) {
    switch error {
    case .value(let text): self.init(.value, text)
    case .type(let text): self.init(.type, text)
    case .index(let text): self.init(.index, text)
    case .overflow(let text): self.init(.overflow, text)
    case .memory(let text): self.init(.memory, text)
    case .allowance(let text): self.init(.budget, text)
    }
  }
}

extension Value {
  /// What `type(value).__name__` gives.
  package var typeName: String {
    switch self {
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .set: "set"
    case .range: "range"
    case .slice: "slice"
    case .ellipsis: "ellipsis"
    case .array: "numpy.ndarray"
    case .iterator(let iterator): iterator.kind == .reversed ? "list_reverseiterator" : iterator.kind.rawValue
    case .function(let function):
      switch function.body {
      case .builtin(let builtin): builtin.isType ? "type" : "builtin_function_or_method"
      case .method: "builtin_function_or_method"
      case .code, .host: "function"
      }
    case .object(let object): object.objectType.name
    }
  }

  /// The whole number that an int or bool is.
  package var asInteger: Int? {
    switch self {
    case .integer(let number): number
    case .bool(let flag): flag ? 1 : 0
    default: nil
    }
  }

  /// The float that a number is (an int rounded to the nearest); nil for anything else.
  package var asDouble: Double? {
    switch self {
    case .float(let number): number
    case .integer(let number): Double(number)
    case .bool(let flag): flag ? 1 : 0
    default: nil
    }
  }

  package var asString: String? { if case .string(let text) = self { text } else { nil } }
  package var isNone: Bool { if case .none = self { true } else { false } }

  /// The number beside an array that a Python number is.
  package var asWeakScalar: WeakScalar? {
    switch self {
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .float(let number): .float(number)
    default: nil
    }
  }

  package init(_ scalar: WeakScalar) {
    switch scalar {
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .float(number)
    }
  }

  /// An array, or the number it holds where it has no dimensions; of texts a list, or the string.
  package init(unwrapping array: NDArray) {
    if array.type == .string {
      self.init(texts: array)
    } else if array.rank == 0 {
      self.init(array.element(at: 0))
    } else {
      self = .array(array)
    }
  }
}
