/// Operations element by element, with broadcasting as in NumPy.
extension Graph {
  /// A function of each element.
  package mutating func apply(_ operation: UnaryOperation, _ x: Node) -> Node {
    let entry = self[x]
    precondition(entry.type == .float32, "`\(operation)` works on float32")
    if let value = constantValue(x) { return constant(operation.value(value)) }
    if case .broadcast = entry.operation { return broadcast(apply(operation, entry.inputs[0]), to: entry.shape) }
    return emit(.unary(operation), [x], entry.shape)
  }

  /// A function of pairs of elements; int32 operands are compared as float32 (exact below 2²⁴).
  package mutating func apply(_ operation: BinaryOperation, _ a: Node, _ b: Node) -> Node {
    var a = float(a)
    var b = float(b)
    guard let shape = Graph.broadcastShape(self[a].shape, self[b].shape) else {
      preconditionFailure("`\(operation)` cannot broadcast \(self[a].shape) with \(self[b].shape)")
    }
    // What is repeated already is not written out if the other operand has the whole shape.
    if case .broadcast = self[a].operation, self[b].shape == shape {
      a = self[a].inputs[0]
    } else if case .broadcast = self[b].operation, self[a].shape == shape {
      b = self[b].inputs[0]
    }
    if let simpler = simplified(operation, a, b), self[simpler].shape == shape { return simpler }
    return emit(.binary(operation), [a, b], shape)
  }

  package mutating func add(_ a: Node, _ b: Node) -> Node { apply(.add, a, b) }
  package mutating func subtract(_ a: Node, _ b: Node) -> Node { apply(.subtract, a, b) }
  package mutating func multiply(_ a: Node, _ b: Node) -> Node { apply(.multiply, a, b) }
  package mutating func divide(_ a: Node, _ b: Node) -> Node { apply(.divide, a, b) }
  package mutating func maximum(_ a: Node, _ b: Node) -> Node { apply(.maximum, a, b) }
  package mutating func minimum(_ a: Node, _ b: Node) -> Node { apply(.minimum, a, b) }
  package mutating func power(_ a: Node, _ b: Node) -> Node { apply(.power, a, b) }
  package mutating func equal(_ a: Node, _ b: Node) -> Node { apply(.equal, a, b) }
  package mutating func greater(_ a: Node, _ b: Node) -> Node { apply(.greater, a, b) }
  package mutating func less(_ a: Node, _ b: Node) -> Node { apply(.less, a, b) }

  package mutating func multiply(_ a: Node, by factor: Double) -> Node { multiply(a, constant(factor)) }
  package mutating func add(_ a: Node, _ term: Double) -> Node { add(a, constant(term)) }

  package mutating func negate(_ x: Node) -> Node { apply(.negate, x) }
  package mutating func exp(_ x: Node) -> Node { apply(.exp, x) }
  package mutating func log(_ x: Node) -> Node { apply(.log, x) }
  package mutating func sqrt(_ x: Node) -> Node { apply(.sqrt, x) }
  package mutating func square(_ x: Node) -> Node { apply(.square, x) }
  package mutating func abs(_ x: Node) -> Node { apply(.abs, x) }
  package mutating func relu(_ x: Node) -> Node { apply(.relu, x) }
  package mutating func sigmoid(_ x: Node) -> Node { apply(.sigmoid, x) }
  package mutating func tanh(_ x: Node) -> Node { apply(.tanh, x) }

  // Logic: 0 is false, anything else true; the results are 0 and 1.
  package mutating func and(_ a: Node, _ b: Node) -> Node { apply(.and, a, b) }
  package mutating func or(_ a: Node, _ b: Node) -> Node { apply(.or, a, b) }
  package mutating func not(_ x: Node) -> Node { apply(.not, float(x)) }

  /// `ln sigmoid(x)`, precisely where the sigmoid is near 0 too.
  package mutating func logSigmoid(_ x: Node) -> Node { negate(apply(.softplus, negate(x))) }

  /// The quotient rounded down, as Python's `//` gives it.
  package mutating func floorDivide(_ a: Node, _ b: Node) -> Node {
    // What the remainder leaves is a multiple of the divisor, up to rounding.
    apply(.round, divide(subtract(a, apply(.remainder, a, b)), b))
  }

  /// The remainder of that division, of the divisor's sign.
  package mutating func remainder(_ a: Node, _ b: Node) -> Node { apply(.remainder, a, b) }

  /// `x` held between two numbers.
  package mutating func clip(_ x: Node, from low: Double, to high: Double) -> Node {
    minimum(maximum(x, constant(low)), constant(high))
  }

  /// `a` where `condition` is not 0, else `b`; all three are broadcast together.
  package mutating func select(_ condition: Node, _ a: Node, _ b: Node) -> Node {
    guard let ab = Graph.broadcastShape(self[a].shape, self[b].shape),
      let shape = Graph.broadcastShape(self[condition].shape, ab)
    else {
      preconditionFailure("`select` cannot broadcast \(self[condition].shape), \(self[a].shape) and \(self[b].shape)")
    }
    return emit(.select, [float(condition), float(a), float(b)], shape)
  }

  /// Converts between float32 and int32 (towards zero).
  package mutating func cast(_ x: Node, to type: ScalarType) -> Node {
    precondition(type != .mask && self[x].type != .mask, "a mask is not converted")
    return self[x].type == type ? x : emit(.cast, [x], self[x].shape, type)
  }

  /// A node as float32.
  private mutating func float(_ x: Node) -> Node { cast(x, to: .float32) }

  /// `x + 0`, `x · 1`, `x / 1` and what is known already, without an operation.
  private mutating func simplified(_ operation: BinaryOperation, _ a: Node, _ b: Node) -> Node? {
    let left = constantValue(a)
    let right = constantValue(b)
    if let left, let right { return constant(operation.value(left, right)) }
    switch (operation, left, right) {
    case (.add, 0, _), (.multiply, 1, _): return b
    case (.add, _, 0), (.subtract, _, 0), (.multiply, _, 1), (.divide, _, 1), (.power, _, 1): return a
    case (.power, _, 2): return apply(.square, a)
    default: return nil
    }
  }

  /// The shape two tensors have together, or nil: extents agree from the right, or one of them is 1 or absent.
  package static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var shape = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let left = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let right = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard left == right || left == 1 || right == 1 else { return nil }
      shape[axis] = left == 1 ? right : left
    }
    return shape
  }
}
