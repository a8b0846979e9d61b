import Diagnostics
import Lambdas
import Syntax

/// The values of `--set name=value`: expressions of constants and built-in functions. What is wrong in one is among the findings.
func overriddenValues(_ overrides: [(name: String, value: String)], _ findings: inout [Finding]) -> [String: Value] {
  var values: [String: Value] = [:]
  for (name, text) in overrides {
    let source = Source(name: "--set \(name)", text: text)
    let reading = parse(source)
    findings += reading.findings
    guard reading.findings.isEmpty else { continue }
    guard reading.script.statements.count == 1, case .expression(let expression) = reading.script.statements[0].kind else {
      findings.append(.overrideIsNoExpression(name, at: SourceRange(source, 0, source.bytes.count)))
      continue
    }
    do throws(RuntimeFailure) {
      values[name] = try evaluate(expression, scope: CompilationScope([:]), on: Machine(), findings: &findings)
    } catch {
      findings.append(.overrideFails(error.error.message, at: error.range ?? expression.range))
    }
  }
  return values
}

extension Finding {
  /// `--set x='a = 1'`.
  fileprivate static func overrideIsNoExpression(_ name: String, at range: SourceRange) -> Finding {
    Finding(
      .error, "override-no-expression", "The value that `--set` gives `\(name)` is not an expression.", at: range,
      hint: "a string needs quotes of its own: `--set 'path=\"data.npz\"'`")
  }

  /// `--set x=1/0`.
  fileprivate static func overrideFails(_ reason: String, at range: SourceRange) -> Finding {
    Finding(.error, "override-fails", "The value that `--set` gives cannot be worked out: \(reason).", at: range)
  }
}
