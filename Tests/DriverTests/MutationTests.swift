import Diagnostics
import Foundation
import Plans
import Testing

@testable import Driver
@testable import Syntax

/// Nothing that a script says is ignored in silence: whatever single value is changed, the change is told to be wrong or the plan is
/// another.
@Suite struct MutationTests {
  /// The example of every entry of the catalog in a script, and the examples of the project.
  static let scripts: [(name: String, text: String)] =
    CatalogTests.entries.map { ("\($0.role.rawValue) \($0.name)", CatalogTests.script(around: $0.signature.example, $0)) }
    + ["callbacks", "digits", "learning_rates", "own_arrays", "spirals", "two_branches", "wine"].map { name in
      (name, (try? String(contentsOfFile: Program.root + "/examples/\(name).train", encoding: .utf8)) ?? "")
    }

  @Test(arguments: scripts.indices) func everyValueMatters(index: Int) throws {
    let (name, text) = Self.scripts[index]
    let whole = Self.checked(text)
    if !whole.findings.isEmpty { return }  // it reads a file that is not here
    var ignored: [String] = []
    for (range, replacement) in Self.changes(of: text) {
      let bytes = Array(text.utf8)
      let changed = String(
        decoding: bytes[..<range.lowerBound] + Array(replacement.utf8) + bytes[range.upperBound...], as: UTF8.self)
      let result = Self.checked(changed)
      if result.digest != whole.digest || result.findings != whole.findings { continue }
      let line = text.utf8.prefix(range.lowerBound).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
      let was = String(decoding: bytes[range], as: UTF8.self)
      if Self.onlyShows(bytes, range) { continue }
      ignored.append("line \(line): \(was) → \(replacement)")
    }
    #expect(ignored.isEmpty, "\(name) says in vain: \(ignored.joined(separator: "; "))\n\(text)")
  }

  private static func checked(_ text: String) -> (digest: String, findings: [String]) {
    let reading = parse(Source(name: "script.train", text: text))
    let checked = Interpreter(catalog: standardCatalog, surroundings: .files).check(reading.script)
    let findings = (reading.findings + checked.findings).filter { $0.severity > .note }
    return (checked.plan.digest, findings.map { "\($0.name) \($0.message)" })
  }

  /// What each value of a text can be changed to.
  private static func changes(of text: String) -> [(range: Range<Int>, replacement: String)] {
    var lexer = Lexer(Source(name: "script.train", text: text))
    lexer.lex()
    return lexer.tokens.compactMap { token in
      let range = token.start..<token.end
      let spelling = String(decoding: lexer.bytes[range], as: UTF8.self)
      switch token.kind {
      case .integer: return (range, spelling == "0" ? "1" : "\(spelling)7")
      case .float: return (range, spelling.hasPrefix("0.5") ? "0.25" : "0.5")
      case .true: return (range, "False")
      case .false: return (range, "True")
      case .string: return (range, String(spelling.dropLast()) + "q" + String(spelling.suffix(1)))
      default: return nil
      }
    }
  }

  /// Whether a value only changes how a run is shown, which is not part of a plan: `verbose = 1`, the words of an `expect`; or is the
  /// default of a parameter that every call gives.
  private static func onlyShows(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let before = String(decoding: bytes[..<range.lowerBound], as: UTF8.self).split(separator: "\n").last ?? ""
    let words = before.split { !$0.isLetter }
    return words.last == "verbose"
      || words.first == "expect" && before.contains(", ") && bytes[range.lowerBound] == UInt8(ascii: "\"")
      || ["model", "callback"].contains(words.first) && !before.contains("{")
  }
}
