import Arrays
import Lambdas

extension ArgumentKind {
  /// What findings say a parameter expects: completes "expects …".
  package var expectation: String { Self.alternatives(phrases) }

  /// What `describe` says may be given; nil where that is anything, or stands in the parameter's own sentence.
  package var choices: String? {
    let phrases = phrases.filter { $0 != Self.anything && $0 != Self.none }
    return phrases.isEmpty ? nil : expectation
  }

  private static let anything = "a value"
  private static let none = "`None`"

  /// One phrase for each thing that may be given, those of nested choices among them.
  private var phrases: [String] {
    switch self {
    case .bool: ["`True`", "`False`"]
    case .integer, .number: [(rejectsIntegers ? "a float" : isWhole ? "a whole number" : "a number") + limits]
    case .string: ["a string"]
    case .choice(let names): names.map { "`\"\($0)\"`" }
    case .list(let element, let min, let max):
      [(element.plural.map { "a list of \($0)" } ?? "a list, each element \(element.expectation)") + Self.counts(min, max)]
    case .dict(let value): [value.plural.map { "a dict of \($0)" } ?? "a dict, each value \(value.expectation)"]
    case .shape: ["a tuple of dimensions such as `(28, 28, 1)`"]
    case .entry(.optimizerMap): [Role.optimizerMap.withArticle]
    case .entry(let role): [role.withArticle, "its name"]
    case .function(let type): ["a function of \(Self.parameters(of: type))"]
    case .monitor: ["the name of a value in `logs`, such as `\"val_loss\"`"]
    case .pathTemplate, .outputPath, .inputPath: ["a path"]
    case .array: ["an array"]
    case .data: ["a data set", "an array", "a pair `(x, y)`"]
    case .model: ["a model"]
    case .rest(let kind): kind.phrases
    case .optional(let kind): kind.phrases + [Self.none]
    case .either(let kinds): kinds.flatMap(\.phrases)
    case .any: [Self.anything]
    }
  }

  /// Several of the kind; nil where that has no short name.
  private var plural: String? {
    switch self {
    case .integer, .number: (rejectsIntegers ? "floats" : isWhole ? "whole numbers" : "numbers") + limits
    case .string: "strings"
    case .array: "arrays"
    case .any: "values"
    default: nil
    }
  }

  private var isWhole: Bool { if case .integer = self { true } else { false } }
  private var rejectsIntegers: Bool { if case .number(_, _, _, _, true) = self { true } else { false } }

  /// The limits of a number: ` of at least 1`, ` from 0 to 2`; empty where there are none.
  private var limits: String {
    switch self {
    case .integer(let min, let max): Self.limits(min.map(Double.init), max.map(Double.init), false, false)
    case .number(let min, let max, let excludesMin, let excludesMax, _):
      Self.limits(min == -.infinity ? nil : min, max == .infinity ? nil : max, excludesMin, excludesMax)
    default: ""
    }
  }

  /// Which limit a value lies outside of, as a hint; nil if it is none of the kind, or within.
  func nearestAllowed(to value: Value) -> String? {
    switch (self, value) {
    case (.integer(let min?, _), .integer(let number)) where number < min: "the smallest is `\(min)`."
    case (.integer(_, let max?), .integer(let number)) where number > max: "the largest is `\(max)`."
    case (.number(let min, let max, let excludesMin, let excludesMax, _), _):
      switch (value.asDouble, min, max) {
      case (let number?, _, _) where number.isNaN: "`nan` is no number."
      case (let number?, let min?, _) where number < min || (excludesMin && number == min):
        excludesMin ? "it must be above `\(min.pythonDescription)`." : "the smallest is `\(min.pythonDescription)`."
      case (let number?, _, let max?) where number > max || (excludesMax && number == max):
        excludesMax ? "it must be below `\(max.pythonDescription)`." : "the largest is `\(max.pythonDescription)`."
      case (let number?, _, _) where number.isInfinite: "it must be finite."
      case (let number?, _, _) where number.magnitude > Self.largestNumber: "single precision ends at `3.4e38`."
      default: nil
      }
    case (.list(_, let min, let max), .list(let values)), (.list(_, let min, let max), .tuple(let values)):
      values.count < min || values.count > max ? "give\(Self.counts(min, max).dropFirst())." : nil
    case (.shape, .tuple), (.shape, .list): "each dimension is 1 or more, or `None` where it is open."
    case (.pathTemplate, .string), (.outputPath, .string), (.inputPath, .string): "write a path between the quotes."
    default: nil
    }
  }

  /// What arguments that were gathered into a list are judged by.
  var asList: ArgumentKind {
    if case .rest(let kind) = self { .list(kind) } else { self }
  }

  /// The kind that remains when None is put aside.
  package var unwrapped: ArgumentKind {
    if case .optional(let kind) = self { kind.unwrapped } else { self }
  }

  /// The role that a bare name in this place is looked up in.
  var role: Role? {
    switch self {
    case .entry(let role): role
    case .optional(let kind), .list(let kind, _, _), .dict(let kind): kind.role
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

  /// The largest magnitude of a number that is computed with, which is in single precision.
  static let largestNumber = Double(Float.greatestFiniteMagnitude)

  /// How many elements a list has: `, at least one`, `, exactly 2`; empty where that does not matter.
  private static func counts(_ min: Int, _ max: Int) -> String {
    switch (min, max) {
    case (0, .max): ""
    case (_, .max): min == 1 ? ", at least one" : ", at least \(min)"
    case (max, _): ", exactly \(max)"
    default: ", at most \(max)"
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
  package var withArticle: String {
    let name = noun
    return ("aeiou".contains(name.first ?? "x") ? "an " : "a ") + name
  }

  /// How findings call an entry of this role.
  package var noun: String {
    switch self {
    case .optimizerMap: "optimizer map"
    case .schedule: "learning-rate schedule"
    case .dataset: "data source"
    case .activation: "activation function"
    default: rawValue
    }
  }
}
