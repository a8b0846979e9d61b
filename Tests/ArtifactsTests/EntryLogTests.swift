import Artifacts
import Foundation
import Testing

@Suite struct EntryLogs {
  private func path() -> String { NSTemporaryDirectory() + "train-\(UUID().uuidString)/history" }

  private func append(_ text: String, to path: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    file.seekToEndOfFile()
    file.write(Data(text.utf8))
    try file.close()
  }

  @Test func keepEntriesOfSeveralLines() throws {
    let path = path()
    #expect(try EntryLog(path).entries().isEmpty)
    let entries = ["x = 1", "model m {\n    Dense(3)\n}", "text = \"a\\nb\\\\\"", "é → 漢"]
    for entry in entries { try EntryLog(path).append(entry) }
    #expect(try EntryLog(path).entries() == entries)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600, "what is typed is nobody else's business")
  }

  @Test func surviveALineThatACrashCutShort() throws {
    let path = path()
    try EntryLog(path).append("first")
    try append("half of a li", to: path)
    try EntryLog(path).append("second")
    #expect(try EntryLog(path).entries() == ["first", "half of a li", "second"])
  }

  @Test func areCutWhenTheyHaveGrown() throws {
    let path = path()
    let log = EntryLog(path, limit: 100)
    for number in 0..<130 { try log.append("entry \(number)") }
    #expect(try log.entries() == (30..<130).map { "entry \($0)" })
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 100)
    try log.append("after")
    #expect(try log.entries().last == "after")
  }

  /// Processes that add and cut at once: nothing of what the last hundred hold is lost or torn.
  @Test func areSharedByMany() async throws {
    let path = path()
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          let log = EntryLog(path, limit: 50)
          for number in 0..<60 {
            try? log.append("\(writer) \(number)")
            if number % 10 == 9 { _ = try? log.entries() }
          }
        }
      }
    }
    let entries = try EntryLog(path, limit: 50).entries()
    #expect(entries.count == 50)
    for writer in 0..<4 {
      let numbers = entries.filter { $0.hasPrefix("\(writer) ") }.compactMap { Int($0.dropFirst(2)) }
      #expect(numbers == numbers.sorted())
      if let first = numbers.first { #expect(numbers == Array(first..<first + numbers.count), "\(writer): \(numbers)") }
    }
  }

  @Test func sayWhyTheyCannotBeWritten() {
    #expect(throws: FileFailure.self) { try EntryLog("/proc/nowhere/history").append("x") }
    #expect(throws: FileFailure.self) { try EntryLog("/dev/null").append("x") }
  }
}
