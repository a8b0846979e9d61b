import Lambdas

/// A callback of the catalog in the run that goes on with it.
package protocol RunningCallback: AnyObject {
  /// What it has come to so far: one of `CallbackTraits.results`; nil for another name.
  func result(_ name: String) -> Value?
  /// Sets one of them, or an argument, from now on.
  func set(_ name: String, to value: Value) throws(MachineError)
}

/// What callbacks answer hooks that know them by a name of the script: their arguments, and what they have come to so far, which may be
/// set where Keras's callbacks heed that (`es.patience = 5`, `es.wait = 0`).
extension Configured {
  package func attribute(_ name: String) throws(MachineError) -> Value {
    guard case .callback(let traits) = entry.meaning else { throw unknownAttribute(name) }
    if let value = arguments[name] { return value.asAttribute(of: entry.hookType, name) }
    guard let before = traits.results[name] else { throw unknownAttribute(name) }
    return running?.result(name) ?? result(name) ?? before
  }

  package func setAttribute(_ name: String, to value: Value) throws(MachineError) {
    guard case .callback(let traits) = entry.meaning else { throw unknownAttribute(name) }
    if traits.results[name] != nil {
      guard let admitted = traits.admittedResult(value, name) else {
        throw wrong(value, name, expectation: traits.expectation(of: name))
      }
      return try setResult(name, to: admitted)
    }
    guard traits.settable.contains(name), let kind = entry.signature.parameters.first(where: { $0.name == name })?.kind else {
      throw .init(.attribute, "`\(name)` of `\(entry.name)` cannot be set once it is made")
    }
    guard let admitted = kind.admitted(value, in: Catalog([])) else { throw wrong(value, name, expectation: kind.expectation) }
    try running?.set(name, to: admitted)
    settle([name: admitted])
  }

  /// Sets what it has come to, in its run or for its next one.
  private func setResult(_ name: String, to value: Value) throws(MachineError) {
    if let running { return try running.set(name, to: value) }
    presets[name] = value
  }

  /// What it has come to in its last run, or was set to since.
  func result(_ name: String) -> Value? { presets[name] ?? (held as? CallbackResults)?.values[name] }

  /// What was set of its results since its last run, which this one begins with.
  package func takePresets() -> [String: Value] {
    defer { presets = [:] }
    return presets
  }

  private func wrong(_ value: Value, _ name: String, expectation: String) -> MachineError {
    .init(.value, "`\(name)` of `\(entry.name)` must be \(expectation), not \(Operations.representation(value))")
  }

  private func unknownAttribute(_ name: String) -> MachineError {
    .init(.attribute, "`\(entry.name)` has no attribute `\(name)`")
  }
}

extension CallbackTraits {
  /// A value for one of the results; nil where it can be none. Those that count are whole numbers, a best value may be None.
  func admittedResult(_ value: Value, _ name: String) -> Value? {
    switch (results[name], value) {
    case (.integer?, .integer(let count)) where count >= 0: value
    case (Value.none?, Value.none): value
    case (Value.none?, _): value.asDouble.map(Value.float)
    default: nil
    }
  }

  /// What a result may be set to: completes "must be …".
  func expectation(of name: String) -> String {
    if case .integer? = results[name] { ArgumentKind.integer(min: 0).expectation } else { "a number or `None`" }
  }

  /// The type of a result.
  func type(ofResult value: Value) -> ValueType { if case .integer = value { .integer } else { .union([.float, .none]) } }
}

extension ObjectType {
  /// A callback in hooks.
  static func ofCallback(_ signature: Signature, _ traits: CallbackTraits) -> ObjectType {
    var attributes: [String: Attribute] = [:]
    for parameter in signature.parameters {
      attributes[parameter.name] = Attribute(parameter.kind.attributeType, isSettable: traits.settable.contains(parameter.name))
    }
    for (name, value) in traits.results { attributes[name] = Attribute(traits.type(ofResult: value), isSettable: true) }
    return ObjectType(signature.name, attributes: attributes)
  }
}

extension ArgumentKind {
  /// The type of an argument that is read as an attribute.
  fileprivate var attributeType: ValueType {
    switch self {
    case .bool: .bool
    case .integer: .integer
    case .number: .float
    case .string, .choice, .monitor, .pathTemplate, .outputPath, .inputPath: .string
    case .optional(let kind): kind.attributeType == .any ? .any : .union([kind.attributeType, .none])
    default: .any
    }
  }
}

extension Value {
  /// A whole number that stands for a float is one, since functions are compiled for what an attribute's type says.
  fileprivate func asAttribute(of type: ObjectType?, _ name: String) -> Value {
    guard case .integer(let number) = self, let declared = type?.attributes[name]?.type, declared.members.contains(.float) else {
      return self
    }
    return .float(Double(number))
  }
}
