import Arrays
import Syntax

extension Operations {
  /// `a < b`, `a in b`, `a is b` and their kin; with an array on either side an array of truth values.
  package static func compare(_ op: ComparisonOperator, _ a: Value, _ b: Value) throws(MachineError) -> Value {
    switch op {
    case .isSame: return .bool(isSame(a, b))
    case .isNotSame: return .bool(!isSame(a, b))
    case .isIn: return .bool(try contains(b, a))
    case .isNotIn: return .bool(try !contains(b, a))
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      if let result = try arrays(op, a, b) { return result }
      if op == .equal { return .bool(try equal(a, b)) }
      if op == .notEqual { return .bool(try !equal(a, b)) }
      return .bool(try ordered(op, a, b))
    }
  }

  private static func arrays(_ op: ComparisonOperator, _ a: Value, _ b: Value) throws(MachineError) -> Value? {
    guard let comparison = ElementComparison(rawValue: op.rawValue) else { return nil }
    switch (a, b) {
    case (.array(let x), .array(let y)):
      return try numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.compare(comparison, x, y)) }
    case (.array(let x), _):
      if let y = b.asWeakScalar {
        return try numeric { () throws(ArrayError) in Value(unwrapping: try NDArray.compare(comparison, x, y)) }
      }
      guard b.sequenceItems != nil else {
        guard op == .equal || op == .notEqual else { return nil }
        if case .object = b { return nil }
        // No number equals what is none.
        return try numeric { () throws(ArrayError) in
          Value(unwrapping: try NDArray.full(.bool, shape: x.shape, value: .bool(op == .notEqual)))
        }
      }
      return try arrays(op, a, .array(makeArray(b)))
    case (_, .array):
      let mirrored: ComparisonOperator =
        switch op {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: op
        }
      return try arrays(mirrored, b, a)
    default: return nil
    }
  }

  /// Python's `==` as one truth: numbers by exact value, collections by elements, arrays by shape and elements.
  ///
  /// False for what `equal` refuses to compare to the end.
  package static func isEqual(_ a: Value, _ b: Value) -> Bool {
    var comparing = Comparing()
    return isEqual(a, b, &comparing) && comparing.remaining >= 0
  }

  /// The same; an error where it would take too long: a list that holds one list many times, which holds one many times, and so on.
  package static func equal(_ a: Value, _ b: Value) throws(MachineError) -> Bool {
    var comparing = Comparing(asksArrays: true)
    let result = isEqual(a, b, &comparing)
    if let failure = comparing.failure { throw failure }
    if comparing.remaining < 0 { throw .init(.budget, "comparing these values takes more than \(comparisonLimit) steps") }
    return result
  }

  /// Whether an element is what is looked for: the same, or equal.
  static func matches(_ element: Value, _ wanted: Value) throws(MachineError) -> Bool {
    if isSame(element, wanted) { return true }
    return try equal(element, wanted)
  }

  private static let comparisonLimit = 1 << 26

  /// What a comparison of collections knows on its way.
  private struct Comparing {
    /// How many elements may still be compared.
    var remaining = comparisonLimit
    /// Whether arrays are asked for the truth of `==`, as Python asks them; otherwise shape and elements decide.
    var asksArrays = false
    var failure: MachineError?

    /// Python's truth of `a == b` where one of them is an array.
    mutating func isTrue(_ a: Value, _ b: Value) -> Bool {
      do throws(MachineError) { return try truth(compare(.equal, a, b)) } catch {
        failure = failure ?? error
        return false
      }
    }
  }

  private static func isEqual(_ a: Value, _ b: Value, _ comparing: inout Comparing) -> Bool {
    switch (a, b) {
    case (.string(let x), .string(let y)): return x.isSame(as: y)
    case (.integer(let x), .integer(let y)): return x == y
    case (.float(let x), .float(let y)): return x == y
    case (.none, .none), (.ellipsis, .ellipsis): return true
    case (.list(let x), .list(let y)), (.tuple(let x), .tuple(let y)): return isEqual(x, y, &comparing)
    case (.dict(let x), .dict(let y)):
      comparing.remaining -= x.count
      guard x.count == y.count, comparing.remaining >= 0 else { return false }
      for (key, value) in zip(x.keys, x.values) {
        guard let other = y[key], isSame(value, other) || isEqual(value, other, &comparing) else { return false }
      }
      return true
    case (.set(let x), .set(let y)): return x.count == y.count && x.elements.allSatisfy(y.contains)
    case (.range(let x), .range(let y)): return x == y
    case (.slice(let l, let u, let s), .slice(let m, let v, let t)): return isEqual([l, u, s], [m, v, t], &comparing)
    case (.array, _) where comparing.asksArrays, (_, .array) where comparing.asksArrays: return comparing.isTrue(a, b)
    case (.array(let x), .array(let y)):
      return x.shape == y.shape && ((try? NDArray.compare(.equal, x, y))?.bools.allSatisfy { $0 } ?? false)
    case (.function(let x), .function(let y)):
      if case .builtin(let p) = x.body, case .builtin(let q) = y.body { return p === q }
      return x === y
    case (.object(let x), .object(let y)): return x === y || x.equals(b)
    case (.object(let x), _): return x.equals(b)
    case (_, .object(let y)): return y.equals(a)
    case (.iterator(let x), .iterator(let y)):
      return x === y
        || x.kind == y.kind && x.kind != .values && x.kind.isView && SetValue(x.elements).count == y.elements.count
          && y.elements.allSatisfy(SetValue(x.elements).contains)
    default:
      if let x = a.asInteger {
        if let y = b.asInteger { return x == y }
        if case .float(let y) = b { return compare(x, y) == 0 }
      } else if case .float(let x) = a, let y = b.asInteger {
        return compare(y, x) == 0
      }
      return false
    }
  }

  private static func isEqual(_ x: [Value], _ y: [Value], _ comparing: inout Comparing) -> Bool {
    guard x.count == y.count else { return false }
    // One memory, one value: what lies deeper need not be looked at.
    if x.withUnsafeBufferPointer({ x in y.withUnsafeBufferPointer { x.baseAddress == $0.baseAddress } }) { return true }
    comparing.remaining -= x.count
    guard comparing.remaining >= 0 else { return false }
    for (p, q) in zip(x, y) where !isSame(p, q) && !isEqual(p, q, &comparing) { return false }
    return true
  }

  /// Python's `is`: the same object, or equal constants of one type.
  package static func isSame(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.none, .none), (.ellipsis, .ellipsis): true
    case (.bool(let x), .bool(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.float(let x), .float(let y)): x.bitPattern == y.bitPattern || x.isNaN && y.isNaN
    case (.string(let x), .string(let y)): x.isSame(as: y)
    case (.object(let x), .object(let y)): x === y
    case (.function, .function): isEqual(a, b)
    default: false
    }
  }

  /// -1, 0 or 1 as the whole number is below, equal to or above the float, exactly; 2 for not-a-number.
  static func compare(_ a: Int, _ b: Double) -> Int {
    if b.isNaN { return 2 }
    if b >= 0x1p63 { return -1 }
    if b < -0x1p63 { return 1 }
    let whole = Int(b)
    if a != whole { return a < whole ? -1 : 1 }
    let fraction = b - Double(whole)
    return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
  }

  /// Whether `a` comes before `b` in Python's order; an error for values that have none.
  package static func isLess(_ a: Value, _ b: Value) throws(MachineError) -> Bool { try ordered(.less, a, b) }

  private static func ordered(_ op: ComparisonOperator, _ a: Value, _ b: Value) throws(MachineError) -> Bool {
    func decide(_ order: Int) -> Bool {
      switch op {
      case .less: order == -1
      case .lessOrEqual: order == -1 || order == 0
      case .greater: order == 1
      default: order == 1 || order == 0
      }
    }
    switch (a, b) {
    case (.float(let x), .float(let y)): return decide(x < y ? -1 : x > y ? 1 : x == y ? 0 : 2)
    case (.string(let x), .string(let y)):
      // Order of code points, which is the order of UTF-8.
      return decide(isEqual(a, b) ? 0 : x.utf8.lexicographicallyPrecedes(y.utf8) ? -1 : 1)
    case (.list(let x), .list(let y)), (.tuple(let x), .tuple(let y)):
      for (p, q) in zip(x, y) where try !equal(p, q) {
        let result = try compare(op, p, q)
        return try truth(result)
      }
      return decide(x.count < y.count ? -1 : x.count > y.count ? 1 : 0)
    case (.set(let x), .set(let y)):
      let isSubset = x.elements.allSatisfy(y.contains)
      let isSuperset = y.elements.allSatisfy(x.contains)
      switch op {
      case .less: return isSubset && !isSuperset
      case .lessOrEqual: return isSubset
      case .greater: return isSuperset && !isSubset
      default: return isSuperset
      }
    default:
      if let x = a.asInteger {
        if let y = b.asInteger { return decide(x < y ? -1 : x > y ? 1 : 0) }
        if case .float(let y) = b { return decide(compare(x, y)) }
      } else if case .float(let x) = a, let y = b.asInteger {
        let order = compare(y, x)
        return decide(order == 2 ? 2 : -order)
      }
      throw .init(.type, "'\(op.rawValue)' not supported between instances of '\(a.typeName)' and '\(b.typeName)'")
    }
  }

  /// `element in container`.
  package static func contains(_ container: Value, _ element: Value) throws(MachineError) -> Bool {
    switch container {
    case .string(let text):
      guard case .string(let part) = element else {
        throw .init(.type, "'in <string>' requires string as left operand, not \(element.typeName)")
      }
      return TextSearch.find(part, in: text) != nil
    case .dict(let dict):
      try checkHashable(element)
      return dict.contains(element)
    case .set(let set):
      // Python looks for a set as for one that cannot change, which no set here holds.
      if case .set = element { return false }
      try checkHashable(element)
      return set.contains(element)
    case .range(let range):
      if let number = element.asInteger { return range.contains(number) }
      if case .float(let number) = element, let whole = Int(exactly: number) { return range.contains(whole) }
      return false
    case .array(let array):
      guard let scalar = element.asWeakScalar else { return false }
      return try numeric { () throws(ArrayError) in try NDArray.compare(.equal, array, scalar).bools.contains(true) }
    default:
      var elements = try iterate(container)
      while let next = elements.next() { if try matches(next, element) { return true } }
      return false
    }
  }

  /// Fails with Python's `TypeError` where a value cannot be a key, and where a tuple has too many parts to be one.
  package static func checkHashable(_ value: Value) throws(MachineError) {
    switch value {
    case .list, .dict, .set, .array: throw .init(.type, "unhashable type: '\(value.typeName)'")
    case .tuple(let items):
      var remaining = keyLimit
      try checkHashable(items, &remaining)
    default: break
    }
  }

  /// The parts that a tuple may have as a key, those of tuples in it counted as often as they are there.
  private static let keyLimit = 1 << 20

  private static func checkHashable(_ items: [Value], _ remaining: inout Int) throws(MachineError) {
    remaining -= items.count
    if remaining < 0 { throw .init(.memory, "a tuple of more than \(keyLimit) parts is too large for a key") }
    for item in items {
      if case .tuple(let inner) = item { try checkHashable(inner, &remaining) } else { try checkHashable(item) }
    }
  }
}
