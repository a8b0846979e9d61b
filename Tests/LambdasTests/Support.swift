import Diagnostics
import Glibc
import Syntax
import Testing

@testable import Lambdas

/// The expression that a text spells; nil, with the parser's findings, where it is none.
func expression(_ text: String) -> (Expression?, [Finding]) {
  let reading = parse(Source(name: "<test>", text: text))
  guard reading.script.statements.count == 1, case .expression(let expression) = reading.script.statements[0].kind else {
    return (nil, reading.findings)
  }
  return (expression, reading.findings)
}

/// What running an expression gave: Python's `repr`, the class of the error, or the findings' names.
func outcome(_ text: String, scope: CompilationScope = .empty) -> String {
  let (parsed, mistakes) = expression(text)
  guard let parsed, !mistakes.contains(where: { $0.severity == .error }) else {
    return "parse: " + mistakes.map(\.message).joined(separator: "; ")
  }
  var findings: [Finding] = []
  let code = compileExpression(parsed, scope: scope, findings: &findings)
  guard let code else { return "findings: " + findings.map { "\($0.name): \($0.message)" }.joined(separator: "; ") }
  do {
    return Operations.representation(try Machine(budget: 5_000_000).call(FunctionValue(code)))
  } catch {
    return "\(error.error.kind.rawValue): \(error.error.message)"
  }
}

/// The callback block of a text as hooks, with the types Keras calls them with.
func hooks(_ text: String, logs: RecordType) -> (hooks: [HookSource], state: [StateVariable], values: [Value]) {
  let reading = parse(Source(name: "<test>", text: text))
  var sources: [HookSource] = []
  var state: [StateVariable] = []
  var values: [Value] = []
  for statement in reading.script.statements {
    guard case .callback(_, _, let body) = statement.kind else { continue }
    for inner in body.statements {
      switch inner.kind {
      case .hook(let name, let parameters, let block):
        sources.append(HookSource(name: name, parameters: parameters, body: block, types: [.integer, .record(logs)]))
      case .assign(let targets, .expression(let value)):
        guard case .name(let name) = targets[0].kind else { continue }
        var findings: [Finding] = []
        let machine = Machine()
        guard let initial = try? evaluate(value, scope: .empty, on: machine, findings: &findings) else { continue }
        state.append(StateVariable(name, ValueType(of: initial)))
        values.append(initial)
      default: continue
      }
    }
  }
  return (sources, state, values)
}

/// A fixture's text.
func fixture(_ name: String) throws -> String {
  let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
  guard let file = fopen("\(folder)/Fixtures/\(name)", "r") else { throw MissingFixture(name: name) }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

struct MissingFixture: Error { let name: String }
