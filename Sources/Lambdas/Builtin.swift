import Arrays

/// A function of the language itself, declared once: `describe`, completion, the checker and the machine read this.
package final class Builtin: Sendable {
  /// Where a name is found; a bare name is looked for in this order.
  package enum Namespace: String, Sendable, CaseIterable {
    case core = "", math, time, numpy = "np", random = "np.random", linearAlgebra = "np.linalg", tensors = "tf"
  }

  /// What a built-in does; arguments come in declared order, nil where an optional one was left out, a tuple for `*rest`.
  package typealias Implementation = @Sendable (_ machine: Machine, _ arguments: [Value?]) throws(MachineError) -> Value
  /// The type of the result for the types of the arguments in declared order, nil where one was left out.
  package typealias TypeRule = @Sendable (_ arguments: [ValueType?]) -> ValueType

  package let name: String
  package let namespace: Namespace
  /// One sentence for `describe`.
  package let help: String
  /// Whether it is also a class, as `int` and `list` are: `isinstance` and `type` know it.
  package let isType: Bool
  /// Whether two calls with the same arguments may give different values: time and random numbers.
  package let isImpure: Bool
  package let implementation: Implementation
  private let head: String
  private let rule: TypeRule?
  private let parsed = Lazy<FunctionSignature>()

  init(
    _ namespace: Namespace, _ head: String, _ help: String, isType: Bool = false, isImpure: Bool = false,
    type rule: TypeRule? = nil, _ implementation: @escaping Implementation
  ) {
    self.namespace = namespace
    self.head = head
    self.help = help
    self.isType = isType
    self.isImpure = isImpure
    self.rule = rule
    self.implementation = implementation
    name = String(head.prefix { $0 != "(" })
  }

  /// Whether it puts its arguments into a new collection, one level deeper than before.
  var makesCollections: Bool { namespace == .core && Self.collectionMakers.contains(name) }
  private static let collectionMakers: Set<String> = [
    "dict", "enumerate", "filter", "list", "map", "reversed", "set", "slice", "sorted", "tuple", "zip",
  ]

  package var signature: FunctionSignature { parsed.value { FunctionSignature(head) } }

  /// What `type(…)` is printed as.
  var className: String { namespace == .numpy ? "numpy.\(name)" : name }

  /// The result's type for arguments of these types.
  package func resultType(_ arguments: [ValueType?]) -> ValueType { rule.map { $0(arguments) } ?? signature.type.result }

  /// The built-in as a value.
  package var value: Value { .function(FunctionValue(name: name, type: signature.type, body: .builtin(self))) }
}

/// A name of `math` or numpy that stands for a number: `pi`.
package struct BuiltinConstant: Sendable {
  package let name: String
  package let namespace: Builtin.Namespace
  package let help: String
  package let value: Value
}

package enum Builtins {
  /// Every built-in function, by namespace in the order in which bare names are looked for.
  package static let functions: [Builtin] =
    coreFunctions + collectionFunctions + mathFunctions + makingFunctions + elementFunctions + reductionFunctions + shapeFunctions
    + numberFunctions + linearAlgebraFunctions + elementTypeFunctions + randomFunctions + tensorFunctions

  package static let constants: [BuiltinConstant] =
    [
      .init(name: "pi", namespace: .math, help: "The circle's circumference over its diameter.", value: .float(.pi)),
      .init(name: "e", namespace: .math, help: "The base of natural logarithms.", value: .float(2.718281828459045)),
      .init(name: "tau", namespace: .math, help: "Two pi.", value: .float(2 * .pi)),
      .init(name: "inf", namespace: .math, help: "Positive infinity.", value: .float(.infinity)),
      .init(name: "nan", namespace: .math, help: "Not a number.", value: .float(.nan)),
      .init(name: "pi", namespace: .numpy, help: "The circle's circumference over its diameter.", value: .float(.pi)),
      .init(name: "e", namespace: .numpy, help: "The base of natural logarithms.", value: .float(2.718281828459045)),
      .init(name: "inf", namespace: .numpy, help: "Positive infinity.", value: .float(.infinity)),
      .init(name: "nan", namespace: .numpy, help: "Not a number.", value: .float(.nan)),
      .init(name: "newaxis", namespace: .numpy, help: "A new axis of length one, in an index.", value: .none),
    ]

  private static let functionsByName = Dictionary(
    functions.map { (qualified($0.namespace, $0.name), $0) }, uniquingKeysWith: { first, _ in first })
  private static let constantsByName = Dictionary(
    constants.map { (qualified($0.namespace, $0.name), $0) }, uniquingKeysWith: { first, _ in first })

  private static func qualified(_ namespace: Builtin.Namespace, _ name: String) -> String {
    namespace == .core ? name : "\(namespace.rawValue).\(name)"
  }

  /// What a name means: bare (`floor`: Python's own, else `math`'s, else numpy's) or led by `math.`, `np.`, `numpy.`, `time.`.
  package static func find(_ name: String) -> Value? { function(name)?.value ?? constant(name) }

  /// The built-in function of a bare or dotted name; of a type's name and a method's, the method as a function of its receiver.
  package static func function(_ name: String) -> Builtin? {
    for candidate in candidates(name) { if let found = functionsByName[candidate] { return found } }
    return name.contains(".") ? methodFunctions[name] : nil
  }

  private static func constant(_ name: String) -> Value? {
    for candidate in candidates(name) { if let found = constantsByName[candidate] { return found.value } }
    return nil
  }

  private static func candidates(_ name: String) -> [String] {
    if name.hasPrefix("numpy.") { return ["np." + name.dropFirst(6)] }
    if name.contains(".") { return [name] }
    // Element types such as `float32` are not bare names: they would hide misspelt variables.
    return [name, "math.\(name)", "time.\(name)"] + (typeNames.contains(name) ? [] : ["np.\(name)"])
  }

  private static let typeNames = Set(elementTypeFunctions.map(\.name))

  /// Every bare and dotted name, for completion and spelling.
  package static var names: [String] {
    Set(
      functions.flatMap { ($0.namespace == .tensors ? [] : [$0.name]) + [qualified($0.namespace, $0.name)] }
        + constants.map { qualified($0.namespace, $0.name) }
    )
    .sorted()
  }

  /// Calls a built-in with positional and keyword arguments.
  package static func call(
    _ builtin: Builtin, _ positional: [Value], _ keywords: [(name: String, value: Value)] = [], on machine: Machine
  ) throws(MachineError) -> Value {
    try builtin.implementation(machine, builtin.signature.type.bind(positional, keywords, of: builtin.name))
  }
}
