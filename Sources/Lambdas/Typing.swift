import Arrays
import Syntax

/// What the operations of the language give for types, the twin of `Operations` for what is not known yet.
package enum Typing {
  /// The type of an operation's result, and what is wrong with it.
  package struct Outcome: Sendable {
    package enum Complaint: Sendable, Equatable {
      /// The operation fails for every value of these types; the text is what Python would say.
      case always(String)
      /// It fails where the value is None, and works for the rest.
      case possiblyNone
      /// It fails for one kind of number and works for another: for a state that begins as an int and becomes a float.
      case sometimes(String)
    }
    package var type: ValueType
    package var complaint: Complaint?
    package init(_ type: ValueType, _ complaint: Complaint? = nil) {
      self.type = type
      self.complaint = complaint
    }
  }

  /// `a ∘ b`, member by member of unions.
  package static func binary(_ op: BinaryOperator, _ a: ValueType, _ b: ValueType) -> Outcome {
    combine(a, b) { x, y in
      single(op, x, y)
    } message: { x, y in
      "unsupported operand type(s) for \(op.rawValue): '\(x.className ?? x.description)' and '\(y.className ?? y.description)'"
    }
  }

  /// `-a`, `not a` and their kin.
  package static func unary(_ op: UnaryOperator, _ operand: ValueType) -> Outcome {
    if op == .not { return Outcome(.bool) }
    return combine(operand, .any) { type, _ in
      switch (op, type) {
      case (_, .any): .any
      case (_, .integer), (_, .bool): .integer
      case (.invert, .float): nil
      case (_, .float): .float
      case (_, .array), (_, .object): type
      default: nil
      }
    } message: { type, _ in
      "bad operand type for unary \(op.rawValue): '\(type.className ?? type.description)'"
    }
  }

  /// `a < b` and its kin.
  package static func compare(_ op: ComparisonOperator, _ a: ValueType, _ b: ValueType) -> Outcome {
    switch op {
    case .isSame, .isNotSame: return Outcome(.bool)
    case .equal, .notEqual:
      return combine(a, b) { x, y in
        if let array = elementwise(x, y) { return array }
        return x == .any || y == .any ? .any : .bool
      } message: { _, _ in
        ""
      }
    case .isIn, .isNotIn:
      return combine(b, a) { container, element in
        switch (container, element) {
        case (.string, .string), (.string, .any), (.any, _): .bool
        case (.string, _): nil
        default: container.elementType == nil ? nil : .bool
        }
      } message: { container, _ in
        container == .string
          ? "'in <string>' requires string as left operand"
          : "argument of type '\(container.className ?? container.description)' is not iterable"
      }
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      return combine(a, b) { x, y in
        if let array = elementwise(x, y) { return array }
        switch (x, y) {
        case (.any, _), (_, .any), (.object, _), (_, .object): return .any
        case (.string, .string), (.list, .list), (.set, .set), (.tuple, .tuple), (.tuple, .tupleOf), (.tupleOf, .tuple),
          (.tupleOf, .tupleOf):
          return .bool
        default: return x.isScalar && y.isScalar ? .bool : nil
        }
      } message: { x, y in
        "'\(op.rawValue)' not supported between instances of '\(x.className ?? x.description)' and '\(y.className ?? y.description)'"
      }
    }
  }

  /// `container[index]`, for what is no record (whose keys the compiler looks up itself).
  package static func index(_ container: ValueType, _ index: ValueType) -> Outcome {
    combine(container, index) { container, index in
      switch (container, index) {
      case (.any, _): .any
      case (.list, .slice): container
      case (.list(let element), .integer), (.list(let element), .bool), (.list(let element), .any):
        element == .never ? .any : element
      case (.tuple(let items), .integer), (.tuple(let items), .any), (.tuple(let items), .bool): .oneOf(items)
      case (.tuple(let items), .slice): .tupleOf(.oneOf(items))
      case (.tupleOf, .slice): container
      case (.tupleOf(let element), .integer), (.tupleOf(let element), .any), (.tupleOf(let element), .bool): element
      case (.string, .integer), (.string, .slice), (.string, .any), (.string, .bool): .string
      case (.dict(_, let value), _): value == .never ? .any : value
      case (.record(let record), _): record.anyField
      case (.range, .integer), (.range, .any): .integer
      case (.range, .slice): .range
      case (.array(let type, let shape), .integer):
        switch shape {
        case nil: .oneOf([.array(type, shape: nil), .scalar(of: type)])
        case let shape? where shape.isEmpty: nil
        case let shape?: shape.count == 1 ? .scalar(of: type) : .array(type, shape: Array(shape.dropFirst()))
        }
      case (.array(let type, let shape), .slice): .array(type, shape: shape.map { $0.isEmpty ? $0 : [nil] + $0.dropFirst() })
      case (.array(let type, _), _): .oneOf([.array(type, shape: nil), .scalar(of: type)])
      case (.object(let object), _): object.element
      default: nil
      }
    } message: { container, index in
      switch container {
      case .list, .tuple, .tupleOf, .string, .range:
        "\(container.className ?? "sequence") indices must be integers or slices, not \(index.className ?? index.description)"
      default: "'\(container.className ?? container.description)' object is not subscriptable"
      }
    }
  }

  /// `value.name`: an attribute's type, or the type of a method bound to the value. Nil where there is neither.
  package static func attribute(_ type: ValueType, _ name: String) -> ValueType? {
    switch type {
    case .any: return .any
    case .object(let object): return object.attributes[name]?.type ?? object.methods[name].map(ValueType.function)
    case .record(let record):
      if let field = record.fields[name] { return field.type }
      return method(type, name).map { .function($0.signature.type) }
    case .array(let element, let shape):
      switch name {
      case "shape": return shape.map { .tuple($0.map { _ in .integer }) } ?? .tupleOf(.integer)
      case "ndim", "size", "itemsize", "nbytes": return .integer
      case "dtype": return .object(ElementTypeObject.type)
      case "T": return .array(element, shape: shape.map { $0.reversed() })
      default: break
      }
    case .range: if ["start", "stop", "step"].contains(name) { return .integer }
    case .slice: if ["start", "stop", "step"].contains(name) { return .any }
    case .integer, .bool: if name == "real" || name == "imag" { return .integer }
    case .float: if name == "real" || name == "imag" { return .float }
    case .function: if name == "__name__" { return .string }
    case .union(let members):
      let found = members.compactMap { attribute($0, name) }
      return found.isEmpty ? nil : .oneOf(found)
    default: break
    }
    return method(type, name).map { .function($0.signature.type) }
  }

  /// The method `name` of a value of this type, its result in terms of the value's elements.
  package static func method(_ type: ValueType, _ name: String) -> Method? {
    guard let receiver = receiver(of: type) else { return nil }
    switch type {
    case .list(let element), .set(let element): return Methods.method(name, of: receiver, variables: ["T": element])
    case .dict(let key, let value): return Methods.method(name, of: receiver, variables: ["K": key, "V": value])
    case .record(let record): return Methods.method(name, of: receiver, variables: ["K": .string, "V": record.anyField])
    default: return Methods.method(name, of: receiver)
    }
  }

  /// The names that may follow a dot after a value of this type.
  package static func attributeNames(of type: ValueType) -> [String] {
    switch type {
    case .object(let object): return (Array(object.attributes.keys) + Array(object.methods.keys)).sorted()
    case .record(let record): return record.names + Methods.names(of: .dict)
    case .union(let members): return Array(Set(members.flatMap(attributeNames))).sorted()
    default:
      let own: [String] = if case .array = type { ["shape", "ndim", "size", "dtype", "itemsize", "nbytes", "T"] } else { [] }
      return own + (receiver(of: type).map(Methods.names) ?? [])
    }
  }

  static func receiver(of type: ValueType) -> Methods.Receiver? {
    switch type {
    case .string: .string
    case .list: .list
    case .tuple, .tupleOf: .tuple
    case .dict, .record: .dict
    case .set: .set
    case .range: .range
    case .array: .array
    case .float: .float
    case .integer, .bool: .integer
    default: nil
    }
  }

  /// Applies a rule to each pair of members: the results joined; a complaint if all fail, or if only None does.
  private static func combine(
    _ a: ValueType, _ b: ValueType, _ rule: (ValueType, ValueType) -> ValueType?, message: (ValueType, ValueType) -> String
  ) -> Outcome {
    var result = ValueType.never
    var (succeeded, noneFailed) = (false, false)
    var failure: String?
    var isOfNumbers = true
    let lefts = a == .never ? [.never] : a.members
    let rights = b == .never ? [.never] : b.members
    for x in lefts {
      for y in rights {
        if let type = rule(x, y) {
          result = result.joined(with: type)
          succeeded = true
        } else if x == .never || y == .never {
          // Nothing of this type ever exists: an element of an empty list.
          succeeded = true
          result = .any
        } else {
          if x == .none || y == .none { noneFailed = true }
          isOfNumbers = isOfNumbers && (x.isScalar || y.isScalar)
          failure = failure ?? message(x, y)
        }
      }
    }
    if !succeeded, let failure { return Outcome(.any, .always(failure)) }
    if noneFailed { return Outcome(result, .possiblyNone) }
    let numbers = lefts.count(where: \.isScalar) > 1 || rights.count(where: \.isScalar) > 1
    return Outcome(result, numbers && isOfNumbers ? failure.map { .sometimes($0) } : nil)
  }

  /// The result of an operation on arrays, element by element; nil where neither is an array.
  private static func elementwise(_ a: ValueType, _ b: ValueType) -> ValueType? {
    switch (a, b) {
    case (.array(_, let s), .array(_, let r)): .array(.bool, shape: broadcast(s, r))
    case (.array(_, let s), _) where b.isScalar: .array(.bool, shape: s)
    case (_, .array(_, let s)) where a.isScalar: .array(.bool, shape: s)
    case (.array, .list), (.array, .tuple), (.array, .tupleOf), (.list, .array), (.tuple, .array), (.tupleOf, .array),
      (.array, .range), (.range, .array):
      .array(.bool, shape: nil)
    default: nil
    }
  }

  private static func broadcast(_ a: [Int?]?, _ b: [Int?]?) -> [Int?]? {
    guard let a, let b else { return nil }
    if a == b { return a }
    guard a.allSatisfy({ $0 != nil }), b.allSatisfy({ $0 != nil }) else { return nil }
    return try? NDArray.broadcastShape(a.compactMap { $0 }, b.compactMap { $0 })
  }

  private static func single(_ op: BinaryOperator, _ a: ValueType, _ b: ValueType) -> ValueType? {
    if a == .any || b == .any { return .any }
    if case .object = a { return .any }
    if case .object = b { return .any }
    if a.isScalar, b.isScalar { return scalar(op, a, b) }
    switch (op, a, b) {
    case (_, .array(let t, let s), .array(let u, let r)):
      if op == .matrixMultiply { return .array(nil, shape: nil) }
      let shape = broadcast(s, r)
      if s != nil, r != nil, shape == nil, s?.contains(nil) == false, r?.contains(nil) == false { return nil }
      guard let t, let u else { return .array(nil, shape: shape) }
      let type = t.promoted(with: u)
      return .array(op == .divide && !type.isFloat ? .float64 : type, shape: shape)
    case (_, .array(let t, let s), _) where b.isScalar, (_, _, .array(let t, let s)) where a.isScalar:
      if op == .matrixMultiply { return nil }
      let isFloat = a == .float || b == .float || op == .divide
      return .array(t.map { isFloat && !$0.isFloat ? .float64 : $0 } ?? nil, shape: s)
    case (_, .array, .list), (_, .list, .array), (_, .array, .tuple), (_, .tuple, .array), (_, .array, .tupleOf),
      (_, .tupleOf, .array),
      (_, .array, .range), (_, .range, .array):
      return .array
    case (.add, .string, .string): return .string
    case (.add, .list(let x), .list(let y)): return .list(x.joined(with: y))
    case (.add, .tuple(let x), .tuple(let y)): return .tuple(x + y)
    case (.add, .tuple(let x), .tupleOf(let y)), (.add, .tupleOf(let y), .tuple(let x)): return .tupleOf(.oneOf(x + [y]))
    case (.add, .tupleOf(let x), .tupleOf(let y)): return .tupleOf(x.joined(with: y))
    case (.multiply, .string, .integer), (.multiply, .string, .bool), (.multiply, .integer, .string), (.multiply, .bool, .string):
      return .string
    case (.multiply, .list, .integer), (.multiply, .list, .bool): return a
    case (.multiply, .integer, .list), (.multiply, .bool, .list): return b
    case (.multiply, .tuple(let x), .integer), (.multiply, .integer, .tuple(let x)), (.multiply, .tuple(let x), .bool),
      (.multiply, .bool, .tuple(let x)):
      return .tupleOf(.oneOf(x))
    case (.multiply, .tupleOf, .integer), (.multiply, .tupleOf, .bool): return a
    case (.multiply, .integer, .tupleOf), (.multiply, .bool, .tupleOf): return b
    case (.modulo, .string, _): return .string
    case (.or, .dict, .dict), (.or, .record, .dict), (.or, .dict, .record), (.or, .set, .set): return a.joined(with: b)
    case (.subtract, .set, .set): return a
    case (.and, .set, .set), (.xor, .set, .set): return a.joined(with: b)
    default: return nil
    }
  }

  private static func scalar(_ op: BinaryOperator, _ a: ValueType, _ b: ValueType) -> ValueType? {
    let isFloat = a == .float || b == .float
    switch op {
    case .divide: return .float
    case .add, .subtract, .multiply, .floorDivide, .modulo: return isFloat ? .float : .integer
    // A whole power of a negative exponent is a float: which it is shows when it runs.
    case .power: return isFloat ? .float : b == .bool ? .integer : .oneOf([.integer, .float])
    case .and, .or, .xor: return isFloat ? nil : a == .bool && b == .bool ? .bool : .integer
    case .shiftLeft, .shiftRight: return isFloat ? nil : .integer
    case .matrixMultiply: return nil
    }
  }
}
