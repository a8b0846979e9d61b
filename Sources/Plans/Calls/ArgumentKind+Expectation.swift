import Lambdas

extension ArgumentKind {
  /// What findings say a parameter expects: completes "expects …".
  package var expectation: String {
    switch self {
    case .bool: "`True` or `False`"
    case .integer(nil, nil): "a whole number"
    case .integer(let min?, nil): "a whole number of at least \(min)"
    case .integer(nil, let max?): "a whole number of at most \(max)"
    case .integer(let min?, let max?): "a whole number from \(min) to \(max)"
    case .number(let min, let max, let excludesMin, let excludesMax, let rejectsIntegers):
      (rejectsIntegers ? "a float" : "a number") + Self.limits(min, max, excludesMin, excludesMax)
    case .string: "a string"
    case .choice(let names): Self.alternatives(names.map { "`\"\($0)\"`" })
    case .list(let element): "a list, each element \(element.expectation)"
    case .dict(let value): "a dict, each value \(value.expectation)"
    case .shape: "a tuple of dimensions such as `(28, 28, 1)`"
    case .entry(let role): "\(role.withArticle) or its name"
    case .function(let type): "a function of \(Self.parameters(of: type))"
    case .monitor: "the name of a value in `logs`, such as `\"val_loss\"`"
    case .pathTemplate, .outputPath, .inputPath: "a path"
    case .array: "an array"
    case .data: "a data set, an array, or a pair `(x, y)`"
    case .model: "a model"
    case .rest(let kind): kind.expectation
    case .optional(let kind): "\(kind.expectation) or `None`"
    case .either(let kinds): Self.alternatives(kinds.map(\.expectation))
    case .any: "a value"
    }
  }

  /// What arguments that were gathered into a list are judged by.
  var asList: ArgumentKind {
    if case .rest(let kind) = self { .list(kind) } else { self }
  }

  /// The kind that remains when None is put aside.
  var unwrapped: ArgumentKind {
    if case .optional(let kind) = self { kind.unwrapped } else { self }
  }

  /// The role that a bare name in this place is looked up in.
  var role: Role? {
    switch self {
    case .entry(let role): role
    case .optional(let kind), .list(let kind), .dict(let kind): kind.role
    case .either(let kinds): kinds.lazy.compactMap(\.role).first
    default: nil
    }
  }

  /// The function type that a lambda in this place is compiled against.
  var functionType: FunctionType? {
    switch self {
    case .function(let type): type
    case .optional(let kind): kind.functionType
    case .either(let kinds): kinds.lazy.compactMap(\.functionType).first
    default: nil
    }
  }

  private static func limits(_ min: Double?, _ max: Double?, _ excludesMin: Bool, _ excludesMax: Bool) -> String {
    switch (min, max) {
    case (nil, nil): ""
    case (let min?, nil): excludesMin ? " above \(short(min))" : " of at least \(short(min))"
    case (nil, let max?): excludesMax ? " below \(short(max))" : " of at most \(short(max))"
    case (let min?, let max?):
      excludesMin || excludesMax
        ? " \(excludesMin ? "above" : "of at least") \(short(min)) and \(excludesMax ? "below" : "at most") \(short(max))"
        : " from \(short(min)) to \(short(max))"
    }
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  static func alternatives(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "nothing" }
    return items.dropLast().joined(separator: ", ") + " or " + last
  }

  private static func parameters(of type: FunctionType) -> String {
    let names = type.parameters.map { "`\($0.name)`" }
    guard let last = names.last else { return "no arguments" }
    return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension Role {
  /// "a layer", "an optimizer", "a function".
  var withArticle: String {
    let name = noun
    return ("aeiou".contains(name.first ?? "x") ? "an " : "a ") + name
  }

  /// How findings call an entry of this role.
  var noun: String {
    switch self {
    case .schedule: "learning-rate schedule"
    case .dataset: "data source"
    case .activation: "activation function"
    default: rawValue
    }
  }
}
