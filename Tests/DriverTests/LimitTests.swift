import Diagnostics
import Lambdas
import Plans
import Syntax
import Testing

@testable import Driver

/// Every argument outside its limits is a finding that says what could be written instead.
@Suite struct LimitTests {
  @Test(arguments: CatalogTests.entries.indices)
  func whatIsOutsideIsToldWithAHint(index: Int) {
    let entry = CatalogTests.entries[index]
    // `Input` is a form of its own, and methods of data sets are called on one.
    guard entry.name != "Input", !entry.name.contains(".") else { return }
    for parameter in entry.signature.parameters {
      for value in Self.outside(parameter.kind) {
        let call = "\(entry.role.namespace).\(entry.name)(\(parameter.name)=\(value))"
        let findings = Self.findings(in: "x = \(call)\n")
        let told = findings.first { $0.message.contains("`\(parameter.name)`") && $0.severity == .error }
        #expect(told != nil, "\(call): \(findings.map(\.message))")
        if let told { #expect(told.hint != nil, "\(call): \(told.message)") }
      }
    }
  }

  /// Texts of arguments just outside what a kind allows; none for a kind without limits.
  private static func outside(_ kind: ArgumentKind) -> [String] {
    switch kind {
    case .integer(let min, let max):
      return [min.map { String($0 - 1) }, max.map { String($0 + 1) }].compactMap { $0 }
    case .number(let min, let max, let excludesMin, let excludesMax, _):
      let low = min.map { excludesMin ? $0 : $0 - 0.5 }
      let high = max.map { excludesMax ? $0 : $0 + 0.5 }
      return [low, high].compactMap { $0.map { "\($0)" } }
    case .choice: return ["\"quite another\""]
    case .optional(let kind), .rest(let kind): return outside(kind)
    case .list(let kind): return outside(kind).map { "[\($0)]" }
    case .either(let kinds):
      // What is outside of one alternative may be inside another.
      let limits = kinds.filter { !outside($0).isEmpty }
      return limits.count == 1 ? outside(limits[0]) : []
    case .shape: return ["(0,)"]
    default: return []
    }
  }

  private static func findings(in text: String) -> [Finding] {
    let reading = parse(Source(name: "limits.train", text: text))
    return reading.findings + Interpreter(catalog: standardCatalog, surroundings: .files).check(reading.script).findings
  }
}
