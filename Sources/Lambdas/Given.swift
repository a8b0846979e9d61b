import Arrays

/// The arguments of a built-in, in declared order, read as what the built-in wants; each reading fails with Python's error.
struct Given {
  private let values: [Value?]

  init(_ values: [Value?]) { self.values = values }

  /// An argument as it was given; nil where it was left out or is None.
  subscript(index: Int) -> Value? {
    guard let value = values[index], !value.isNone else { return nil }
    return value
  }

  /// Whether an argument was written at all, be it None.
  func has(_ index: Int) -> Bool { values[index] != nil }

  func array(_ index: Int) throws(ArrayError) -> NDArray { try Self.array(self[index] ?? .none) }

  /// An argument as an array; a number becomes one without dimensions.
  static func array(_ value: Value) throws(ArrayError) -> NDArray {
    switch value.asWeakScalar {
    case .bool(let flag)?: return NDArray(bools: [flag], shape: [])
    case .integer(let number)?: return NDArray(integers: [number], shape: [])
    case .float(let number)?: return NDArray(doubles: [number], shape: [])
    case nil: break
    }
    do { return try Operations.makeArray(value) } catch { throw ArrayError(error) }
  }

  /// A list or tuple of arrays, or the rows of an array.
  func arrays(_ index: Int) throws(ArrayError) -> [NDArray] {
    var arrays: [NDArray] = []
    for item in try elements(index) { arrays.append(try Self.array(item)) }
    return arrays
  }

  /// The same where Python numbers among arrays take on the arrays' type, as in `np.concatenate`.
  static func joined(_ values: [Value]) throws(ArrayError) -> [NDArray] {
    var type: ElementType?
    for value in values where value.asWeakScalar == nil {
      let array = try array(value)
      type = type.map { $0.promoted(with: array.type) } ?? array.type
    }
    var arrays: [NDArray] = []
    for value in values {
      let array = try array(value)
      let common = value.asWeakScalar.flatMap { scalar in type.map { $0.promoted(with: scalar) } }
      arrays.append(common.map(array.converted) ?? array)
    }
    return arrays
  }

  func elements(_ index: Int) throws(ArrayError) -> [Value] {
    do { return try Operations.elements(of: self[index] ?? .none) } catch { throw ArrayError(error) }
  }

  func integer(_ index: Int, _ standard: Int) throws(ArrayError) -> Int { try integer(index) ?? standard }

  func integer(_ index: Int) throws(ArrayError) -> Int? {
    guard let value = self[index] else { return nil }
    guard let number = value.asInteger else {
      throw .type("'\(value.typeName)' object cannot be interpreted as an integer")
    }
    return number
  }

  func number(_ index: Int, _ standard: Double) throws(ArrayError) -> Double { try number(index) ?? standard }

  func number(_ index: Int) throws(ArrayError) -> Double? {
    guard let value = self[index] else { return nil }
    do { return try Builtins.real(value) } catch { throw ArrayError(error) }
  }

  func scalar(_ index: Int) throws(ArrayError) -> WeakScalar? {
    guard let value = self[index] else { return nil }
    guard let scalar = value.asWeakScalar else { throw .type("expected a number, not '\(value.typeName)'") }
    return scalar
  }

  func flag(_ index: Int, _ standard: Bool = false) throws(ArrayError) -> Bool {
    guard let value = self[index] else { return standard }
    do { return try Operations.truth(value) } catch { throw ArrayError(error) }
  }

  func text(_ index: Int, _ standard: String) throws(ArrayError) -> String {
    guard let value = self[index] else { return standard }
    guard case .string(let text) = value else { throw .type("expected a str, not '\(value.typeName)'") }
    return text
  }

  /// One whole number or several, as for `axis` and `shape`; nil where left out.
  func integers(_ index: Int) throws(ArrayError) -> [Int]? {
    guard let value = self[index] else { return nil }
    if case .array(let array) = value, array.rank <= 1, array.type.isInteger { return array.integers }
    do { return try Operations.shape(value) } catch { throw ArrayError(error) }
  }

  /// The axes that a reduction of an array (the first argument, where none is named) is made along: of a number without axes a tuple names none.
  func axes(_ index: Int, of array: NDArray? = nil) throws(ArrayError) -> [Int]? {
    guard let axes = try integers(index) else { return nil }
    let reduced: NDArray = if let array { array } else { try self.array(0) }
    if self[index]?.asInteger == nil, let first = axes.first, reduced.rank == 0 {
      throw .index("axis \(first) is out of bounds for array of dimension 0")
    }
    return axes
  }

  /// The one axis that a position is found along, as the only one of several.
  func axis(_ index: Int) throws(ArrayError) -> [Int]? { try integer(index).map { [$0] } }

  func shape(_ index: Int) throws(ArrayError) -> [Int] { try integers(index) ?? [] }

  func type(_ index: Int) throws(ArrayError) -> ElementType? {
    guard let value = self[index] else { return nil }
    do { return try Operations.elementType(value) } catch { throw ArrayError(error) }
  }

  /// Two operands as NumPy combines them: a Python number takes the array's type where its kind allows.
  func pair(_ first: Int, _ second: Int) throws(ArrayError) -> (NDArray, NDArray) {
    var (a, b) = (try array(first), try array(second))
    if let scalar = self[first]?.asWeakScalar, self[second]?.asWeakScalar == nil {
      a = a.converted(to: b.type.promoted(with: scalar))
    }
    if let scalar = self[second]?.asWeakScalar, self[first]?.asWeakScalar == nil {
      b = b.converted(to: a.type.promoted(with: scalar))
    }
    return (a, b)
  }
}

extension ArrayError {
  /// An error of the machine in the classes that arrays know.
  init(_ error: MachineError) {
    switch error.kind {
    case .type: self = .type(error.message)
    case .index: self = .index(error.message)
    case .overflow: self = .overflow(error.message)
    case .memory: self = .memory(error.message)
    case .budget: self = .allowance(error.message)
    default: self = .value(error.message)
    }
  }
}

extension Builtin {
  /// A function of NumPy; `cost` is what it takes beyond going through its arrays once.
  static func numpy(
    _ head: String, _ help: String, in namespace: Namespace = .numpy, isType: Bool = false, type rule: TypeRule? = nil,
    cost: (@Sendable (Given) throws(ArrayError) -> Int)? = nil, _ body: @escaping @Sendable (Given) throws(ArrayError) -> Value
  ) -> Builtin {
    Builtin(namespace, head, help, isType: isType, type: rule) { machine, arguments throws(MachineError) in
      let given = Given(arguments)
      for argument in arguments { if case .array(let array)? = argument { try machine.chargeElements(of: array) } }
      if let cost { try machine.spend(Operations.numeric { () throws(ArrayError) in try cost(given) }) }
      return try Operations.numeric { () throws(ArrayError) in try body(given) }
    }
  }
}
