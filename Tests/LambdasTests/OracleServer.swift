import Diagnostics
import Glibc
import Syntax
import Testing

@testable import Lambdas

/// Answers `scripts/oracle`: reads a case a line from the pipe `cases` in the folder that `TRAIN_ORACLE_FOLDER` names, and writes what the
/// machine makes of it, a line each, into the pipe `answers`.
///
/// A case is an expression, or a `def` without parameters that is called; other `def`s may stand before it. An answer is `value`, the type's name, the value with all its bits,
/// `repr` and `str`; or `error`, its class, its message; or `finding`, its name, where it stands, its message; with tabs between.
@Suite(.enabled(if: getenv("TRAIN_ORACLE_FOLDER") != nil)) struct OracleServer {
  @Test func answers() throws {
    guard let folder = getenv("TRAIN_ORACLE_FOLDER").map({ String(cString: $0) }) else { return }
    guard let cases = fopen("\(folder)/cases", "r") else { throw MissingFixture(name: "\(folder)/cases") }
    defer { fclose(cases) }
    guard let answers = fopen("\(folder)/answers", "w") else { throw MissingFixture(name: "\(folder)/answers") }
    defer { fclose(answers) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, cases) > 0, let text = line.map({ String(cString: $0) }) {
      fputs(answer(to: String(text.dropLast())) + "\n", answers)
      fflush(answers)
    }
  }

  private func answer(to text: String) -> String {
    let reading = parse(Source(name: "<case>", text: text))
    if let mistake = reading.findings.first(where: { $0.severity == .error }) { return told(mistake) }
    var findings: [Finding] = []
    do {
      guard let code = try compiled(reading.script.statements, &findings), code.captures.isEmpty else {
        return findings.first { $0.severity == .error }.map(told) ?? "finding\tunknown\t0\t0\t"
      }
      let value = try Machine(budget: 50_000_000).call(FunctionValue(code))
      let parts = [value.typeName, bits(of: value), Operations.representation(value), Operations.string(value)]
      return "value\t" + parts.map(escaped).joined(separator: "\t")
    } catch {
      return "error\t\(error.error.kind.rawValue)\t\(escaped(error.error.message))"
    }
  }

  /// The code of the last of a case's statements, in the scope of the `def`s before it; nil, with findings, where there is none.
  private func compiled(_ statements: [Statement], _ findings: inout [Finding]) throws(RuntimeFailure) -> FunctionCode? {
    var definitions: [String: NameMeaning] = [:]
    for (index, statement) in statements.enumerated() {
      let scope = CompilationScope(definitions)
      let isLast = index == statements.count - 1
      switch statement.kind {
      case .expression(let expression) where isLast: return compileExpression(expression, scope: scope, findings: &findings)
      case .functionBlock(let name, let parameters, let block):
        // Defaults are computed where the function is made; one that fails ends the case there.
        for standard in parameters.compactMap(\.defaultValue) {
          guard try evaluate(standard, scope: scope, on: Machine(budget: 50_000_000), findings: &findings) != nil else {
            return nil
          }
        }
        let definition = Definition(name: name, parameters: parameters, body: .block(block), scope: scope)
        if isLast { return compileDefinition(definition, findings: &findings) }
        definitions[name.text] = .definition(definition)
      default: return nil
      }
    }
    return nil
  }

  private func told(_ finding: Finding) -> String {
    "finding\t\(finding.name)\t\(finding.range.start)\t\(finding.range.end)\t\(escaped(finding.message))"
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0": result += "\\0"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A value with its types and all of its bits; sets in the order of their elements' bits.
  private func bits(of value: Value) -> String {
    func bits(_ number: Double) -> String { number.isNaN ? "nan" : "f" + String(number.bitPattern, radix: 16) }
    func joined(_ items: [Value]) -> String { items.map(self.bits).joined(separator: ",") }
    switch value {
    case .float(let number): return bits(number)
    case .list(let items): return "[\(joined(items))]"
    case .tuple(let items): return "(\(joined(items)))"
    case .set(let set):
      return "{\(set.elements.map(self.bits).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ","))}"
    case .dict(let dict):
      return "{\(zip(dict.keys, dict.values).map { "\(self.bits(of: $0)):\(self.bits(of: $1))" }.joined(separator: ","))}"
    case .array(let array):
      let shape = array.shape.map(String.init).joined(separator: ",")
      return "array \(array.type.rawValue) \(shape) "
        + (0..<array.count).map { self.bits(of: Value(array.element(at: $0))) }.joined(separator: ",")
    case .string(let text): return "'\(text)'"
    default: return Operations.representation(value)
    }
  }
}
