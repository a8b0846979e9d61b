import Diagnostics
import Lambdas
import Syntax
import Testing

@testable import Driver
@testable import Plans

/// Every argument of every entry is held to what its description says: whatever is no value of its kind, or outside its limits, is a
/// finding where it stands, and for limits one with a hint.
@Suite struct LimitTests {
  /// Arguments as scripts write them, wrong in one way or another for most parameters.
  private static let arguments: [(text: String, value: Value?)] = [
    ("\"quite another\"", .string("quite another")), ("\"\"", .string("")), ("-1", .integer(-1)), ("0", .integer(0)),
    ("1", .integer(1)), ("2", .integer(2)), ("100000000000", .integer(100_000_000_000)), ("-1.5", .float(-1.5)),
    ("0.5", .float(0.5)), ("1.5", .float(1.5)), ("nan", .float(.nan)), ("inf", .float(.infinity)), ("-inf", .float(-.infinity)),
    ("1e300", .float(1e300)), ("True", .bool(true)), ("None", Value.none), ("()", .tuple([])), ("[]", .list([])),
    ("(0,)", .tuple([.integer(0)])), ("(-1, 2.5)", .tuple([.integer(-1), .float(2.5)])), ("(\"a\",)", .tuple([.string("a")])),
    ("[nan]", .list([.float(.nan)])), ("{}", .dict(DictValue())),
    ("{\"a\": -1}", .dict(DictValue([("a", .integer(-1))]))),
    ("10**30", nil),
  ]

  @Test(arguments: Role.allCases) func ofAnEntryAreHeldToItsLimits(role: Role) {
    var tested: Set<String> = []
    for entry in CatalogTests.entries where entry.role == role && entry.name != "Input" {
      // What several entries declare alike is tried once.
      let parameters = entry.signature.parameters.filter { tested.insert("\($0.name) \($0.kind)").inserted }
      let isMethod = role == .function && entry.name.hasPrefix(DataObject.methodPrefix)
      let callee =
        isMethod
        ? "load_digits().train.\(entry.name.dropFirst(DataObject.methodPrefix.count))" : "\(entry.role.namespace).\(entry.name)"
      let own = isMethod ? parameters.filter { $0.name != "data" } : parameters
      Self.expectFindings(own) { "x = \(callee)(\($0))" }
    }
    let common = standardCatalog.entries[role]?.values.min { $0.name < $1.name }
    if let common {
      Self.expectFindings(CommonParameters.of(role, beside: common.signature)) { "x = \(role.namespace).\(common.name)(\($0))" }
    }
  }

  @Test(arguments: ["fit", "evaluate", "predict"]) func ofARunAreHeldToItsLimits(verb: String) {
    let data = verb == "predict" ? "zeros((8, 4))" : "(zeros((8, 4)), zeros((8,)))"
    let values = verb == "predict" ? "zeros((8, 4))" : "zeros((8, 4)), zeros((8,))"
    let parameters = RunParameters.of(verb, asMethod: false).filter { $0.name != "callbacks" }
    Self.expectFindings(parameters, before: BadInputTests.network) {
      "\(verb) m on \(data) { \($0.replacingFirst("=", by: " = ")) }"
    }
    Self.expectFindings(parameters, before: BadInputTests.network) { "x = m.\(verb)(\(values), \($0))" }
  }

  /// Checks a line for every argument of every parameter; `line` is given `name=argument`.
  private static func expectFindings(_ parameters: [ParameterDescription], before: String = "", _ line: (String) -> String) {
    let cases = parameters.flatMap { parameter in arguments.map { (parameter, $0) } }
    // The findings of a script are limited in number.
    for start in stride(from: 0, to: cases.count, by: 100) {
      let part = cases[start..<min(start + 100, cases.count)]
      let lines = part.map { line("\($0.name)=\($1.text)") }
      let text = before + lines.joined(separator: "\n") + "\n"
      let source = Source(name: "limits.train", text: text)
      let reading = parse(source)
      let findings = reading.findings + Interpreter(catalog: standardCatalog, surroundings: .files).check(reading.script).findings
      let first = before.split(separator: "\n", omittingEmptySubsequences: false).count
      for ((offset, (parameter, argument)), line) in zip(part.enumerated(), lines) {
        let place = source.offsets(ofLine: first + offset)
        guard let start = line.place(of: argument.text, after: parameter.name) else { preconditionFailure("\(line) holds it") }
        let verdict = argument.value.map { Verdict(of: $0, as: parameter.kind) } ?? .wrong
        if verdict == .allowed { continue }
        let told = findings.first { finding in
          finding.severity == .error && finding.range.start >= place.lowerBound + start && finding.range.end <= place.upperBound
        }
        #expect(told != nil, "\(line): nothing is told of it")
        if verdict == .outside, let told { #expect(told.hint != nil, "\(line): \(told.message)") }
      }
    }
  }
}

/// What a description says of a value, read from it without the checker.
private enum Verdict: Int {
  case wrong, outside, allowed

  init(of value: Value, as kind: ArgumentKind) {
    switch (kind, value) {
    case (.any, _), (.data, _), (.optional, .none), (.bool, .bool), (.string, .string), (.monitor, .string): self = .allowed
    case (.optional(let kind), _): self = Verdict(of: value, as: kind)
    case (.rest(let kind), _): self = Verdict(of: value, as: .list(kind))
    case (.either(let kinds), .string):
      // A word may have been meant for any of several things, so that no one of them is suggested.
      let verdicts = kinds.map { Verdict(of: value, as: $0) }
      self = verdicts.contains(.allowed) ? .allowed : kinds.contains { $0.isChoice } ? .outside : .wrong
    case (.either(let kinds), _): self = kinds.map { Verdict(of: value, as: $0) }.max { $0.rawValue < $1.rawValue } ?? .wrong
    case (.bool, .integer(let number)): self = number == 0 || number == 1 ? .allowed : .wrong
    case (.integer(let min, let max), .integer(let number)):
      self = (min ?? .min)...(max ?? .max) ~= number ? .allowed : .outside
    case (.number(_, _, _, _, true), .integer): self = .wrong
    case (.number(let min, let max, let excludesMin, let excludesMax, _), _):
      guard let number = value.asDouble, !value.isBool else { self = .wrong; return }
      let isSingle = Float(number).isFinite || min == -.infinity || max == .infinity
      let isBelow = min.map { number < $0 || (excludesMin && number == $0) } ?? false
      let isAbove = max.map { number > $0 || (excludesMax && number == $0) } ?? false
      self = number.isNaN || !isSingle || isBelow || isAbove ? .outside : .allowed
    case (.choice(let names), .string(let name)): self = names.contains(name) ? .allowed : .outside
    case (.pathTemplate, .string(let path)), (.outputPath, .string(let path)), (.inputPath, .string(let path)):
      self = path.isEmpty ? .outside : .allowed
    case (.list(let element, let min, let max), .list(let values)), (.list(let element, let min, let max), .tuple(let values)):
      let verdicts = values.map { Verdict(of: $0, as: element) }
      let whole: Verdict = values.count < min || values.count > max ? .outside : .allowed
      self = (verdicts + [whole]).min { $0.rawValue < $1.rawValue } ?? whole
    case (.dict(let element), .dict(let dict)):
      self = dict.values.map { Verdict(of: $0, as: element) }.min { $0.rawValue < $1.rawValue } ?? .allowed
    case (.shape, .list(let sizes)), (.shape, .tuple(let sizes)):
      self = Verdict(of: .list(sizes), as: .list(.optional(.integer(min: 1))))
    case (.entry(let role), .string(let name)): self = standardCatalog.entry(named: name, role) == nil ? .outside : .allowed
    case (.array, .integer), (.array, .float): self = .allowed
    case (.array, .list), (.array, .tuple): self = (try? Operations.makeArray(value)) == nil ? .wrong : .allowed
    default: self = .wrong
    }
  }
}

extension ArgumentKind {
  fileprivate var isChoice: Bool { if case .choice = self { true } else { false } }
}

extension Value {
  fileprivate var isBool: Bool { if case .bool = self { true } else { false } }
}

extension String {
  /// Where the argument of a parameter begins in a line, in bytes.
  fileprivate func place(of argument: String, after name: String) -> Int? {
    for separator in ["=", " = "] {
      if let found = ranges(of: name + separator + argument).last {
        return utf8.distance(from: startIndex, to: found.upperBound) - argument.utf8.count
      }
    }
    return nil
  }

  fileprivate func replacingFirst(_ text: String, by replacement: String) -> String {
    split(separator: text, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: replacement)
  }
}
