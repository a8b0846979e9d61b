import Foundation
import Testing

@testable import Driver

/// Whole sessions as they stand on the screen, in `transcripts/`: `UPDATE_GOLDEN=1` writes what is said anew beside what is typed.
@Suite struct Transcripts {
  static let folder = Program.root + "/Tests/DriverTests/transcripts"
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()

  @Test func areThere() { #expect(Self.names.count >= 5) }

  @Test(arguments: names) func read(name: String) throws {
    let path = Self.folder + "/" + name
    let written = try String(contentsOfFile: path, encoding: .utf8)
    let folder = Program.Folder()
    let typed = written.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
      for prompt in ["train> ", "  ...> "] where line.hasPrefix(prompt) { return String(line.dropFirst(prompt.count)) }
      return nil
    }
    // Ctrl-D was typed at the last prompts if nothing else was.
    let lines = typed[..<(typed.lastIndex { !$0.isEmpty } ?? -1).advanced(by: 1)]
    let session = Typing(lines.map { $0.replacingOccurrences(of: "FOLDER", with: folder.path) })
    let screen = session.screen.replacingOccurrences(of: folder.path, with: "FOLDER")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try screen.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      #expect(screen == written, "\(name)")
    }
  }
}

@Suite struct PipedStatements {
  private func run(_ text: String) throws -> Program.Ending {
    let folder = Program.Folder()
    return try Program.run(["repl"], in: folder, input: text)
  }

  @Test func areCarriedOutWithoutAPrompt() throws {
    let ending = try run("x = [1,\n2]\nx\nprint(len(x))\n")
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output == "[1, 2]\n2\n")
    #expect(ending.errors.isEmpty)
  }

  @Test(arguments: [
    ("print(1)\ny = zz\nprint(2)\n", 2, "<stdin>:2:5"), ("print(1)\nexpect 1 > 2\nprint(2)\n", 1, "<stdin>:2:8"),
    ("print(1)\nmodel m {\n", 2, "{"), ("print(1)\nx = 1 / 0\nprint(2)\n", 2, "ZeroDivisionError"),
    ("print(1)\n:lod x\n", 64, ":load"),
  ])
  func stopAtTheFirstError(text: String, status: Int32, says: String) throws {
    let ending = try run(text)
    #expect(ending.status == status, "\(ending.errors)")
    #expect(ending.output == "1\n")
    #expect(ending.errors.contains(says), "\(ending.errors)")
  }

  @Test func mayEndWithoutALineEnd() throws { #expect(try run("1 + 1").output == "2\n") }

  @Test func aloneOpensThePrompt() throws {
    let ending = try Program.run([], in: Program.Folder(), input: "2 ** 10\n")
    #expect(ending.status == 0 && ending.output == "1024\n")
  }
}

@Suite struct EnteredTexts {
  @Test func areRememberedWhole() {
    let session = Typing("x = [1,\n    2]\nx\nx\ny = zz\n:names")
    #expect(session.remembered == ["x = [1,\n    2]", "x", "y = zz", ":names"])
    #expect(session.status == .done)
  }

  @Test func withAMistakeChangeNothing() {
    let session = Typing(
      """
      x = 1
      x = 2; y = zz
      x
      settings { seed = 3; seeds = 4 }
      a, b = 1, 2, 3
      :names
      """)
    #expect(session.screen.contains("train> x\n1\n"))
    #expect(session.screen.hasSuffix("train> :names\nx  value  1\ntrain> \n"), "\(session.screen)")
  }

  @Test func thatFailKeepWhatWasDone() {
    let session = Typing(
      """
      xs = []
      for i in range(5) { xs = xs + [6 / (3 - i)] }
      xs
      x = load_npz("nowhere.npz")
      xs
      """)
    #expect(session.screen.contains("ZeroDivisionError"), "\(session.screen)")
    #expect(!session.screen.contains("\nx  value"))
  }
}
