import Arrays

/// A value of the language. Lists, dicts, sets and arrays are values: two names never share one.
package enum Value: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([Value])
  case tuple([Value])
  case dict(DictValue)
  case set(SetValue)
  indirect case range(RangeValue)
  indirect case slice(lower: Value, upper: Value, step: Value)
  case ellipsis
  case array(NDArray)
  /// What `zip`, `map`, `enumerate`, `reversed`, `d.items()` and generators give: something to go through.
  case iterator(IteratorValue)
  /// A lambda, `def` or built-in, ready to be called.
  case function(FunctionValue)
  /// Something that lives outside the language: a layer, a model, a data set, a history, a type such as `int`.
  case object(any ObjectValue)
}

/// Something of the host that expressions can hold: it answers for its attributes and methods.
///
/// A reference: two names may mean one object, as with models and layers in Keras.
package protocol ObjectValue: AnyObject, Sendable {
  /// What it is to the type checker: its attributes and methods with their types.
  var objectType: ObjectType { get }
  /// The value of an attribute that `objectType` declares.
  func attribute(_ name: String) throws(MachineError) -> Value
  /// Sets an attribute that `objectType` declares as settable.
  func setAttribute(_ name: String, to value: Value) throws(MachineError)
  /// Calls a method that `objectType` declares, with its arguments in declared order (defaults filled in).
  func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value
  /// Calls the object itself, with its arguments as above, on a machine whose random numbers it may draw.
  func call(_ arguments: [Value], on machine: Machine) throws(MachineError) -> Value
  /// Whether it may draw random numbers when it is called.
  var drawsRandomNumbers: Bool { get }
  /// Whether a script may make it give something else when it is called again: nobody knows that it has no weights.
  var mayChange: Bool { get }
  /// Whether called on many examples at once it gives, bit for bit, what it gives for each of them.
  var keepsExamplesApart: Bool { get }
  /// `object[index]`.
  func subscripted(_ index: Value) throws(MachineError) -> Value
  /// What going through the object gives, for `for`, `len` and unpacking; nil where that cannot be done.
  func elements() throws(MachineError) -> [Value]?
  /// What `repr` gives and the REPL shows.
  var description: String { get }
  /// What tells it from another of its kind with other contents, the same in every run of a script.
  var fingerprint: String { get }
  /// What `str` gives and `print` writes.
  var text: String { get }
  /// Python's `==` with a value that is not this object.
  func equals(_ other: Value) -> Bool
}

extension ObjectValue {
  package func attribute(_ name: String) throws(MachineError) -> Value {
    throw .init(.attribute, "`\(objectType.name)` has no attribute `\(name)`")
  }
  package func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    throw .init(.attribute, "`\(name)` of `\(objectType.name)` cannot be set")
  }
  package func call(_ method: String, _ arguments: [Value]) throws(MachineError) -> Value {
    throw .init(.attribute, "`\(objectType.name)` has no method `\(method)`")
  }
  package func call(_ arguments: [Value], on machine: Machine) throws(MachineError) -> Value {
    try call(ObjectType.callMethod, arguments)
  }
  package var drawsRandomNumbers: Bool { false }
  package var mayChange: Bool { false }
  package var keepsExamplesApart: Bool { false }
  package func subscripted(_ index: Value) throws(MachineError) -> Value {
    throw .init(.type, "`\(objectType.name)` cannot be indexed")
  }
  package func elements() throws(MachineError) -> [Value]? { nil }
  package var description: String { "<\(objectType.name)>" }
  package var text: String { description }
  package var fingerprint: String { description }
  package func equals(_ other: Value) -> Bool { false }
}

/// The attributes and methods that a kind of host object has, with their types.
package final class ObjectType: Sendable {
  package struct Attribute: Sendable {
    package let type: ValueType
    package let isSettable: Bool
    /// Why setting it here would do nothing, as a sentence, and what to do instead.
    package let obstacle: (reason: String, hint: String)?
    package init(_ type: ValueType, isSettable: Bool = false, obstacle: (reason: String, hint: String)? = nil) {
      self.type = type
      self.isSettable = isSettable
      self.obstacle = obstacle
    }
  }
  /// `Model`, `History`, `Dataset`: shown in findings.
  package let name: String
  package let attributes: [String: Attribute]
  package let methods: [String: FunctionType]
  /// The type of `object[index]`; nil where it cannot be indexed.
  package let element: ValueType?
  /// What a script may expect it to have and functions and hooks do not find: a sentence about each name, and what to do instead.
  package let absence: @Sendable (_ name: String) -> (reason: String, hint: String)?

  package init(
    _ name: String, attributes: [String: Attribute] = [:], methods: [String: FunctionType] = [:], element: ValueType? = nil,
    absence: @escaping @Sendable (_ name: String) -> (reason: String, hint: String)? = { _ in nil }
  ) {
    self.absence = absence
    self.name = name
    self.attributes = attributes
    self.methods = methods
    self.element = element
  }

  /// The name of the method that a call of the object itself is.
  package static let callMethod = "__call__"
  /// What calling the object itself takes and gives; nil where it cannot be called.
  package var call: FunctionType? { methods[ObjectType.callMethod] }
}

/// An error of a running expression, with Python's class names; the machine adds the place.
package struct MachineError: Error, Sendable, Equatable {
  package enum Kind: String, Sendable {
    case type = "TypeError", value = "ValueError", key = "KeyError", index = "IndexError", attribute = "AttributeError"
    case name = "NameError", zeroDivision = "ZeroDivisionError", overflow = "OverflowError", runtime = "RuntimeError"
    /// The step budget ran out.
    case budget = "BudgetError"
    case recursion = "RecursionError", memory = "MemoryError"
    /// A failure of the world, from a host object: the message names file and reason.
    case failure = "OSError"
  }
  package var kind: Kind
  package var message: String
  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
