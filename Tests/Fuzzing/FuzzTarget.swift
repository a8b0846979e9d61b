import Arrays
import Diagnostics
import Driver
import Plans

@testable import Artifacts
@testable import Lambdas
@testable import Syntax

/// A part of the program that is given any bytes there are: it ends, traps never, and keeps what it promises of every text.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// A `.train` text is read; what it is printed as, in either form, says the same.
  case parser
  /// A YAML text is read; what it is printed as, in either form, says the same.
  case yaml
  /// A `.train` text is checked and explained, twice with the same outcome.
  case checker
  /// An expression or a `def` without parameters is compiled and run, within a budget of steps and of memory.
  case machine
  /// A picture is decoded in every mode, and comes out in the size that its header says.
  case picture

  /// What is wrong with how the bytes are taken; nil for nothing.
  public func complaint(about bytes: [UInt8]) -> String? {
    if self == .picture { return complaintAboutPicture(bytes) }
    guard case .source(let source) = decodeSource(name: self == .yaml ? "fuzzed.yaml" : "fuzzed.train", bytes: bytes) else {
      return nil
    }
    switch self {
    case .parser, .yaml: return complaintAboutReading(source)
    case .checker: return complaintAboutChecking(source)
    case .machine: return complaintAboutRunning(source)
    case .picture: return nil
    }
  }

  private func complaintAboutPicture(_ bytes: [UInt8]) -> String? {
    let headers = ColorMode.allCases.map { mode in
      bytes.withUnsafeBytes { raw -> ImageHeader? in
        // Larger ones would only be slower.
        guard let decoder = try? ImageDecoder(path: "picture", bytes: raw, mode: mode) else { return nil }
        let count = decoder.header.byteCount(as: mode)
        if count > 1 << 20 { return nil }
        var pixels = [UInt8](repeating: 0, count: count)
        _ = pixels.withUnsafeMutableBufferPointer { buffer in try? decoder.decode(into: buffer) }
        return decoder.header
      }
    }
    return headers.contains { $0 != nil && $0 != headers[0] } ? "its header depends on the mode" : nil
  }

  private func complaintAboutReading(_ source: Source) -> String? {
    let reading = parse(source)
    for finding in reading.findings { _ = finding.rendered() }
    if reading.findings.contains(where: { $0.severity == .error }) { return nil }
    for isYAML in [false, true] {
      let text = isYAML ? printedYAML(reading.script) : printed(reading.script)
      let again = parse(Source(name: isYAML ? "again.yaml" : "again.train", text: text))
      if let mistake = again.findings.first(where: { $0.severity == .error }) {
        return "what is printed has a mistake:\n\(mistake.rendered())\(text)"
      }
      guard again.script.isSame(as: reading.script) else { return "what is printed says another thing:\n\(text)" }
      let twice = isYAML ? printedYAML(again.script) : printed(again.script)
      if twice != text { return "what is printed is printed otherwise:\n\(text)\n\(twice)" }
    }
    return nil
  }

  private func complaintAboutChecking(_ source: Source) -> String? {
    let script = parse(source).script
    let first = Interpreter(catalog: standardCatalog).check(script)
    for finding in first.findings { _ = finding.rendered() }
    let second = Interpreter(catalog: standardCatalog).check(script)
    return first.plan.digest == second.plan.digest ? nil : "two checks give two plans"
  }

  private func complaintAboutRunning(_ source: Source) -> String? {
    let reading = parse(source)
    if reading.findings.contains(where: { $0.severity == .error }) { return nil }
    guard reading.script.statements.count == 1 else { return nil }
    var findings: [Finding] = []
    let code: FunctionCode?
    switch reading.script.statements[0].kind {
    case .expression(let expression): code = compileExpression(expression, scope: .empty, findings: &findings)
    case .functionBlock(let name, let parameters, let block):
      code = compileDefinition(.init(name: name, parameters: parameters, body: .block(block), scope: .empty), findings: &findings)
    default: return nil
    }
    for finding in findings { _ = finding.rendered() }
    guard let code else {
      return findings.contains { $0.severity == .error } ? nil : "what is not compiled is not said to be wrong"
    }
    return Allowance.$current.withValue(Allowance(bytes: 1 << 28)) {
      let machine = Machine(budget: 1_000_000)
      machine.print = { _ in }
      guard let value = try? machine.call(FunctionValue(code)) else { return nil }
      _ = (Operations.representation(value), Operations.string(value))
      return nil
    }
  }
}
