import Arrays
import Lambdas

/// What an entry of the catalog is for; a bare name is resolved by the role that its place expects.
package enum Role: String, Sendable, CaseIterable {
  case layer, callback, optimizer, optimizerMap, schedule, loss, metric, initializer, regularizer, constraint, activation,
    dataset, function

  /// The namespace that selects it: `layers.Dense`, `keras.callbacks.EarlyStopping`.
  package var namespace: String {
    switch self {
    case .optimizerMap: Role.optimizer.namespace
    case .schedule: "schedules"
    case .loss: "losses"
    case .function: "utils"
    default: rawValue + "s"
    }
  }

  /// What lists of its entries are headed by.
  package var title: String { self == .optimizerMap ? "optimizer maps" : namespace }
}

/// What an argument may be. Plain data: the checker, `describe`, completion and the YAML form's schema read it.
package indirect enum ArgumentKind: Sendable, Equatable {
  case bool
  case integer(min: Int? = nil, max: Int? = nil)
  /// A float; Python ints are accepted where Keras accepts them. Limits are inclusive unless `excludes…`. It is finite in single
  /// precision, unless a limit is infinite.
  case number(
    min: Double? = nil, max: Double? = nil, excludesMin: Bool = false, excludesMax: Bool = false, rejectsIntegers: Bool = false)
  case string
  case choice([String])
  /// So many values of a kind.
  case list(ArgumentKind, min: Int = 0, max: Int = .max)
  /// A dict with keys of any kind and values of this one.
  case dict(ArgumentKind)
  /// A tuple of dimensions, None where open.
  case shape
  /// An object of that role, or its name as a string: `activation="relu"`, `optimizer=Adam(1e-3)`.
  case entry(Role)
  /// A lambda or `def`, compiled against the type.
  case function(FunctionType)
  /// A key of `logs`.
  case monitor
  /// A path with `{epoch:02d}`-like fields, written to.
  case pathTemplate
  case outputPath, inputPath
  case array
  /// A data set, array, pair or triple.
  case data
  case model
  /// None is allowed.
  case optional(ArgumentKind)
  /// Every further positional argument, as a list; the first parameter only.
  case rest(ArgumentKind)
  /// Any of several, tried in order.
  case either([ArgumentKind])
  case any
}

/// One parameter as it is declared, told and checked.
package struct ParameterDescription: Sendable {
  package let name: String
  /// A sentence without a full stop.
  package let help: String
  package let kind: ArgumentKind
  /// Nil where the argument must be given.
  package let defaultValue: Value?
  package let isKeywordOnly: Bool
  package init(_ name: String, _ help: String, _ kind: ArgumentKind, default defaultValue: Value?, isKeywordOnly: Bool = false) {
    self.name = name
    self.help = help
    self.kind = kind
    self.defaultValue = defaultValue
    self.isKeywordOnly = isKeywordOnly
  }
}

/// A parameter with the Swift type its argument is read as.
package struct Parameter<Argument: Sendable>: Sendable {
  package let description: ParameterDescription
  let decode: @Sendable (Value) -> Argument?

  package init(
    _ name: String, _ help: String, _ kind: ArgumentKind, default defaultValue: Value? = nil, isKeywordOnly: Bool = false,
    decode: @escaping @Sendable (Value) -> Argument?
  ) {
    description = .init(name, help, kind, default: defaultValue, isKeywordOnly: isKeywordOnly)
    self.decode = decode
  }
}

extension Parameter where Argument == Int {
  package init(_ name: String, _ help: String, min: Int? = nil, max: Int? = nil, default defaultValue: Int? = nil) {
    self.init(name, help, .integer(min: min, max: max), default: defaultValue.map(Value.integer)) {
      if case .integer(let value) = $0 { value } else { nil }
    }
  }
}

extension Parameter where Argument == Double {
  package init(
    _ name: String, _ help: String, min: Double? = nil, max: Double? = nil, excludesMin: Bool = false, excludesMax: Bool = false,
    default defaultValue: Double? = nil
  ) {
    self.init(
      name, help, .number(min: min, max: max, excludesMin: excludesMin, excludesMax: excludesMax),
      default: defaultValue.map(Value.float)
    ) {
      switch $0 {
      case .float(let value): value
      case .integer(let value): Double(value)
      default: nil
      }
    }
  }
}

extension Parameter where Argument == Bool {
  package init(_ name: String, _ help: String, default defaultValue: Bool? = nil) {
    self.init(name, help, .bool, default: defaultValue.map(Value.bool)) {
      switch $0 {
      case .bool(let value): value
      case .integer(let value): value != 0
      default: nil
      }
    }
  }
}

extension Parameter where Argument == String {
  package init(_ name: String, _ help: String, _ kind: ArgumentKind = .string, default defaultValue: String? = nil) {
    self.init(name, help, kind, default: defaultValue.map(Value.string)) {
      if case .string(let value) = $0 { value } else { nil }
    }
  }
}

extension Parameter where Argument == Configured {
  /// An object of a role; a default is named as in Keras (`"glorot_uniform"`).
  package init(_ name: String, _ help: String, _ role: Role, default defaultValue: String? = nil) {
    self.init(name, help, .entry(role), default: defaultValue.map(Value.string)) {
      if case .object(let object) = $0 { object as? Configured } else { nil }
    }
  }
}

extension Parameter {
  /// The same parameter with None allowed, and the default.
  package func optional<Wrapped>() -> Parameter<Argument> where Argument == Wrapped? { self }

  /// Wraps a parameter so that None is accepted and read as nil.
  package static func optional<Wrapped: Sendable>(_ wrapped: Parameter<Wrapped>) -> Parameter<Wrapped?>
  where Argument == Wrapped? {
    Parameter<Wrapped?>(
      wrapped.description.name, wrapped.description.help, .optional(wrapped.description.kind),
      default: wrapped.description.defaultValue ?? Value.none, isKeywordOnly: wrapped.description.isKeywordOnly
    ) {
      if case .none = $0 { return .some(.none) }
      return wrapped.decode($0).map(Optional.some)
    }
  }

  /// The same parameter, to be given by name only.
  package var keywordOnly: Parameter {
    Parameter(
      description.name, description.help, description.kind, default: description.defaultValue, isKeywordOnly: true, decode: decode
    )
  }
}

/// A declared name with its parameters: what the checker binds a call against, and what `describe` prints.
package struct Signature: Sendable {
  package let name: String
  /// A sentence: what it is.
  package let summary: String
  package let parameters: [ParameterDescription]
  /// The formula or rule in one line; empty where there is none.
  package let formula: String
  /// Who described it first: "Kingma and Ba, 2015: Adam, a method for stochastic optimization"; empty where it is common knowledge.
  package let source: String
  /// A call or a few lines that run.
  package let example: String

  package init(
    _ name: String, _ summary: String, _ parameters: [ParameterDescription], formula: String = "", source: String = "",
    example: String = ""
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.formula = formula
    self.source = source
    self.example = example
  }
}

/// A call's arguments, bound to a signature and checked: every parameter has a value, names of entries are resolved to objects.
package struct Arguments: Sendable {
  package private(set) var values: [String: Value]
  /// The parameters that the script gave itself, not taken from defaults.
  package private(set) var given: Set<String>
  /// What one call of a layer says beside.
  package private(set) var call = LayerCall()

  package init(_ values: [String: Value], given: Set<String>) {
    self.values = values
    self.given = given
  }

  /// The same with other values, which count as given.
  package func with(_ others: [String: Value]) -> Arguments {
    var copy = self
    copy.values.merge(others) { $1 }
    copy.given.formUnion(others.keys)
    return copy
  }

  /// The same arguments of a layer in one call of it.
  package func called(_ call: LayerCall) -> Arguments {
    var copy = self
    copy.call = call
    return copy
  }

  /// The argument of a parameter, in its Swift type. The checker has bound it, so it is there and of that type.
  package subscript<Argument>(_ parameter: Parameter<Argument>) -> Argument {
    guard let value = values[parameter.description.name], let argument = parameter.decode(value) else {
      preconditionFailure("the checker binds `\(parameter.description.name)` before it is read")
    }
    return argument
  }

  package subscript(_ name: String) -> Value? { values[name] }
}
