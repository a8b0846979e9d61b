import Arrays
import Lambdas

/// What a script's function may do to tensors: each a known operation of a network, with numpy's meaning.
package enum TensorOperation: String, Sendable, CaseIterable {
  /// Numbers of the script; setting `value`.
  case numbers
  // Element by element.
  case negative, abs, sign, square, sqrt, exp, expm1, log, log2, log10, log1p, sin, cos, tan, arcsin, arccos, arctan, sinh, cosh
  case tanh, floor, ceil, rint, trunc, isnan
  case add, subtract, multiply, divide, floorDivide, mod, power, maximum, minimum
  case equal, notEqual, less, lessEqual, greater, greaterEqual, logicalAnd, logicalOr, logicalNot
  /// (condition, a, b).
  case `where`
  // Along axes: settings `axis` (None for all) and `keepdims`; `var` and `std` also `ddof`.
  case sum, mean, prod, min, max, any, all, `var`, std, argmax, argmin
  /// Setting `axis`.
  case cumsum
  // Shapes: settings `shape`; `axes`, in the order of the result; `axes`, as they are in the operand; `axes`, as they will be.
  case reshape, transpose, squeeze, expand
  /// Setting `axis`.
  case concatenate, stack
  /// Settings `axis`, `start`, `stop`, counted from the beginning.
  case slice
  /// One element of an axis, which is then gone; settings `axis` and `place`, perhaps counted from the end.
  case element
  case matmul
  /// An activation of the catalog that keeps shapes: settings `name` and its arguments.
  case activation
}

extension TensorOperation {
  /// How many tensors it takes; nil for one or more.
  package var operandCount: Int? {
    switch self {
    case .numbers: 0
    case .add, .subtract, .multiply, .divide, .floorDivide, .mod, .power, .maximum, .minimum, .equal, .notEqual, .less,
      .lessEqual,
      .greater, .greaterEqual, .logicalAnd, .logicalOr, .matmul:
      2
    case .where: 3
    case .concatenate, .stack: nil
    default: 1
    }
  }

  /// Whether it computes new numbers from its operands, as exactly as their type allows.
  var isArithmetic: Bool {
    switch self {
    case .add, .subtract, .multiply, .floorDivide, .mod, .power, .square, .sum, .prod, .cumsum, .matmul: true
    default: false
    }
  }

  /// The type of the result's elements as Python sees it. Arithmetic is done in float32; truth is held as 0 and 1.
  func type(_ operands: [ElementType], _ settings: [String: Value]) -> ElementType {
    switch self {
    case .numbers: if case .array(let array)? = settings["value"] { array.type } else { .float32 }
    case .argmax, .argmin: .int32
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .logicalAnd, .logicalOr, .logicalNot, .isnan, .any, .all:
      .bool
    case .reshape, .transpose, .squeeze, .expand, .concatenate, .stack, .slice, .element: Self.common(operands[...])
    case .where: Self.common(operands.dropFirst())
    default: .float32
    }
  }

  private static func common(_ types: ArraySlice<ElementType>) -> ElementType {
    guard let first = types.first, types.allSatisfy({ $0 == first }) else { return .float32 }
    return first
  }

  /// Whether the result is whole numbers.
  var isInteger: Bool { self == .argmax || self == .argmin }

  /// The axes that a reduction is along, from 0 and in order.
  package static func axes(_ settings: [String: Value], rank: Int) -> [Int] {
    switch settings["axis"] {
    case .integer(let axis): [axis < 0 ? axis + rank : axis]
    case .list, .tuple: integers(settings["axis"]).map { $0 < 0 ? $0 + rank : $0 }.sorted()
    default: Array(0..<rank)
    }
  }

  /// A list or tuple of whole numbers; empty for anything else.
  package static func integers(_ value: Value?) -> [Int] {
    switch value {
    case .list(let numbers), .tuple(let numbers): numbers.compactMap(\.asInteger)
    default: []
    }
  }

  /// The sizes that a reshape asks for; nil for those that follow, -1 or None. Nil as a whole if it is no shape.
  package static func sizes(_ shape: Value?) -> [Int?]? {
    let parts: [Value]
    switch shape {
    case .list(let values), .tuple(let values): parts = values
    case .integer(let size)?: parts = [.integer(size)]
    default: return nil
    }
    var sizes: [Int?] = []
    for part in parts {
      switch part {
      case .none, .integer(-1): sizes.append(nil)
      case .integer(let size) where size >= 0: sizes.append(size)
      default: return nil
      }
    }
    return sizes
  }
}
