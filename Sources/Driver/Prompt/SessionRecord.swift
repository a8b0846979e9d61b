import Artifacts
import Diagnostics
import Lambdas
import Plans
import Syntax

/// The statements that a session has carried out, in order: what `:save` writes as a script.
struct SessionRecord {
  private struct Accepted {
    let statement: Statement
    /// Lines of comment before it.
    let comments: [Comment]
    /// Whether Ctrl-C ended it before it was done.
    let wasCutShort: Bool
  }
  private var accepted: [Accepted] = []
  /// Comments since the last statement.
  private var comments: [Comment] = []

  var isEmpty: Bool { accepted.isEmpty }

  /// Adds comments that were typed by themselves.
  mutating func add(_ comments: [Comment]) { self.comments += comments }

  mutating func add(_ statement: Statement, wasCutShort: Bool) {
    accepted.append(Accepted(statement: Self.asTrain(statement), comments: comments, wasCutShort: wasCutShort))
    comments = []
  }

  /// A statement of a YAML file as `.train` says it, in which names can be replaced.
  private static func asTrain(_ statement: Statement) -> Statement {
    let source = statement.range.source
    guard source.isYAML else { return statement }
    let text = printed(Script(source: source, statements: [statement]))
    return parse(Source(name: source.name + ".train", text: text)).script.statements.first ?? statement
  }

  /// The script that does what the session did. `settings` stand first, as they must; what was declared again gets a number under
  /// its earlier meaning, since a script declares a name once; a file that was included again is included where it first was.
  ///
  /// - Parameters:
  ///   - settings: what holds in the session.
  ///   - folder: where the script will stand; `include` is relative to it.
  func script(settings: [String: Value], inFolder folder: String) -> String {
    var renamings = renamings()
    var text = ""
    if !settings.isEmpty {
      let lines = settings.sorted { $0.key < $1.key }.map { "    \($0.key) = \(Operations.representation($0.value))\n" }
      text += "settings {\n\(lines.joined())}\n\n"
    }
    var included: Set<String> = []
    for (index, item) in accepted.enumerated() {
      if case .settings = item.statement.kind { continue }
      if case .include(let path) = item.statement.kind {
        let line = include(path, fromFolder: folder)
        if included.insert(line).inserted { text += line + "\n" }
        continue
      }
      for comment in item.comments { text += comment.text + "\n" }
      let edits = renamings.removeValue(forKey: index) ?? []
      text += Self.text(of: item.statement, edits)
      if item.wasCutShort { text += "# Ctrl-C stopped this training before its end.\n" }
    }
    return text
  }

  /// The statement in canonical form with its comments, names replaced.
  private static func text(of statement: Statement, _ edits: [(range: SourceRange, text: String)]) -> String {
    let source = statement.range.source
    if edits.isEmpty { return printed(Script(source: source, statements: [statement])) }
    // Through the text: the tree has no way to rename, and reading a statement anew is sure to give what it means.
    var bytes = Array(source.bytes[statement.range.start..<statement.range.end])
    for edit in edits.sorted(by: { $0.range.start > $1.range.start }) {
      bytes.replaceSubrange(
        (edit.range.start - statement.range.start)..<(edit.range.end - statement.range.start), with: Array(edit.text.utf8))
    }
    return printed(parse(Source(name: source.name, text: String(decoding: bytes, as: UTF8.self))).script)
  }

  // MARK: Names that were declared again

  /// By statement: the places of names that mean an earlier declaration, and the names they get.
  private func renamings() -> [Int: [(range: SourceRange, text: String)]] {
    var declarations: [String: [Int]] = [:]
    for (index, item) in accepted.enumerated() {
      if let name = item.statement.declaredName?.text { declarations[name, default: []].append(index) }
    }
    var result: [Int: [(range: SourceRange, text: String)]] = [:]
    for (name, indices) in declarations where indices.count > 1 {
      var number = 0
      for (first, next) in zip(indices, indices.dropFirst()) {
        var newName = ""
        repeat {
          number += 1
          newName = "\(name)_\(number)"
        } while accepted.contains { !$0.statement.places(of: newName).isEmpty }
        for index in first..<next {
          result[index, default: []] += accepted[index].statement.places(of: name).map { ($0, newName) }
        }
      }
    }
    return result
  }

  // MARK: include

  /// The line that includes, from another folder, what a statement included.
  private func include(_ path: Expression, fromFolder folder: String) -> String {
    guard case .string(let written, _) = path.kind else { return printed(path) }
    let file = Interpreter.path(written, relativeTo: path.range.source.name)
    return "include " + Operations.representation(.string(Self.path(file, fromFolder: folder)))
  }

  /// A path that is relative to the current folder, as one that leads there from another folder.
  private static func path(_ path: String, fromFolder folder: String) -> String {
    let steps = folder.split(separator: "/").filter { $0 != "." }
    if path.hasPrefix("/") || steps.isEmpty { return path }
    if folder.hasPrefix("/") || steps.contains("..") { return "\(currentFolder())/\(path)" }
    return String(repeating: "../", count: steps.count) + path
  }
}
