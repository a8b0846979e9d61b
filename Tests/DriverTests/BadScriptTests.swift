import Diagnostics
import Foundation
import Lambdas
import Syntax
import Testing
import Training

@testable import Driver
@testable import Plans

/// A small script for every mistake, in both forms, and what `train check` says of it: `bad/TOPIC/NAME.train`, its twin `NAME.yaml`, and
/// `NAME.txt`. With `UPDATE_GOLDEN=1` the twins and what is said are written anew.
@Suite struct BadScriptTests {
  static let topics = BadScripts.names(in: "").filter { !$0.contains(".") }

  @Test(arguments: topics) func areToldAsWritten(topic: String) throws {
    for name in BadScripts.mistakes(of: topic) {
      let isReadable = try BadScripts.writesTwin(of: name, topic)
      let told = BadScripts.forms(of: name, topic).map { (form: $0, text: BadScripts.told(of: $0, topic)) }
      for (form, text) in told { #expect(text.contains("┌─"), "\(topic)/\(form): nothing is told") }
      let sentences = told.map { BadScripts.sentences(in: $0.text) }
      #expect(!isReadable || sentences.allSatisfy { $0 == sentences[0] }, "\(topic)/\(name) is told otherwise in its other form")
      try BadScripts.expect(
        told.map { "$ train check \($0.form)\n\($0.text)" }.joined(separator: "\n"), in: "\(topic)/\(name).txt")
    }
  }

  @Test func provokeEveryComplaint() {
    var told: Set<String> = []
    for topic in Self.topics {
      for name in BadScripts.mistakes(of: topic) {
        for form in BadScripts.forms(of: name, topic).prefix(1) {
          guard let source = BadScripts.source(form, topic) else { continue }
          let reading = parse(source)
          let interpreter = Interpreter(catalog: standardCatalog, surroundings: BadScripts.surroundings(topic))
          told.formUnion((reading.findings + interpreter.check(reading.script).findings).map(\.name))
        }
      }
    }
    // Told elsewhere: of a text of 256 MB, of `--set`, and of what is typed.
    told.formUnion(["text-too-long", "unused-override", "replaced"])
    let complaints = SyntaxComplaint.allCases.map(\.rawValue) + PlanComplaint.allCases.map(\.rawValue)
    #expect(complaints.filter { !told.contains($0) } == [])
  }
}

/// The folder `bad` beside the tests. What scripts include stands in `bad/TOPIC/files`.
private enum BadScripts {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("bad").path

  static func names(in topic: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(topic)")) ?? []).sorted()
  }

  static func mistakes(of topic: String) -> [String] {
    Set(names(in: topic).filter { $0.contains(".") }.map { String($0.prefix { $0 != "." }) }).sorted()
  }

  /// What is read without an error in one form is written in the other by `train convert`: whether that is so.
  static func writesTwin(of name: String, _ topic: String) throws -> Bool {
    guard let source = source("\(name).train", topic) else { return false }
    let reading = parse(source)
    guard reading.findings.isEmpty else { return false }
    try expect(printedYAML(reading.script), in: "\(topic)/\(name).yaml")
    return true
  }

  /// The script's forms that there are: `NAME.train`, `NAME.yaml`.
  static func forms(of name: String, _ topic: String) -> [String] {
    ["\(name).train", "\(name).yaml"].filter { FileManager.default.fileExists(atPath: "\(folder)/\(topic)/\($0)") }
  }

  static func decoded(_ form: String, _ topic: String) -> DecodedSource? {
    FileManager.default.contents(atPath: "\(folder)/\(topic)/\(form)").map { decodeSource(name: form, bytes: Array($0)) }
  }

  /// The text of a form; nil where its bytes are none.
  static func source(_ form: String, _ topic: String) -> Source? {
    if case .source(let source)? = decoded(form, topic) { source } else { nil }
  }

  /// The files of this machine, but for those that a script of the topic includes.
  static func surroundings(_ topic: String) -> Surroundings {
    var surroundings = Surroundings.files
    let read = surroundings.read
    surroundings.read = { path throws(Failure) in
      do throws(Failure) {
        return Source(name: path, text: try read("\(folder)/\(topic)/\(path)").text)
      } catch {
        throw Failure(error.message.replacingOccurrences(of: "\(folder)/\(topic)/", with: ""))
      }
    }
    // A folder holds the backup of the script beside it, where there is one.
    surroundings.keptFit = { backup throws(Failure) in
      if backup == "damaged" {
        throw Failure("cannot use `damaged/00000002.backup`: its end is damaged; nor `damaged/00000001.backup`: it is cut short")
      }
      guard let before = source("files/\(backup).train", topic) else { return nil }
      let checked = Interpreter(catalog: standardCatalog).check(parse(before).script)
      let fits = checked.plan.steps.compactMap { if case .fit(let fit) = $0.step { fit } else { nil } }
      let seed = checked.settings["seed"]?.asInteger
      return fits.first.map { KeptFit($0.meaning, of: $0.model.plan.name, seed: seed, isInEpoch: true) }
    }
    return surroundings
  }

  /// What `train check` prints.
  static func told(of form: String, _ topic: String) -> String {
    let options = Options(seed: 1, threads: 1, color: .never)
    var text = ""
    let console = Console(isTerminal: false, columns: 100, usesColor: false) { text += $0 }
    let terminal = Terminal(options, console: console) { text += $0 }
    switch decoded(form, topic) {
    case .source(let source)?: _ = Session(.script, options, terminal, surroundings: surroundings(topic)).check(source)
    case .noText(let finding)?: terminal.refuse([finding])
    case nil: break
    }
    return text
  }

  /// The first lines of the findings.
  static func sentences(in text: String) -> [Substring] {
    text.split(separator: "\n").filter { line in ["error: ", "warning: ", "note: "].contains { line.hasPrefix($0) } }
  }

  /// Holds a text against a golden file, or, with `UPDATE_GOLDEN=1`, writes the file.
  static func expect(_ text: String, in name: String) throws {
    let path = "\(folder)/\(name)"
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    } else {
      #expect(try text == String(contentsOfFile: path, encoding: .utf8), "\(name)")
    }
  }
}
