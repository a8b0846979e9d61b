import Foundation
import Testing

/// What the modules may call: files are written by `Artifacts/Files` alone, so that what holds for its writers holds for every file.
@Suite struct OneWriterTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources").path

  /// Calls that make or change files.
  private static let calls = [
    "O_WRONLY", "O_RDWR", "O_CREAT", "fopen(", "fwrite(", "creat(", "mkstemp(", "ftruncate(", "unlink(", "rename(", "rmdir(",
    "removeItem(",
    "createFile(", "forWritingAtPath", "forWritingTo", "write(to: URL", "write(toFile", "H5F_ACC_RDWR", "write_history(",
    "append_history(",
  ]

  /// Where such a call writes no file that anyone may need: with the reason.
  private static let others = [
    "Artifacts/Backups/BackupFolder.swift": "the lock of a folder",
    "Artifacts/Backups/BackupNames.swift": "the names of backups, through the file system that their writer has",
    "Artifacts/Plots/RunGnuplot.swift": "a file without a name for what gnuplot complains of",
    "Arrays/FreeMemory.swift": "reads what the kernel says of memory",
    "Driver/Terminal.swift": "/dev/null in place of outputs that are closed",
  ]

  @Test func filesAreWrittenInOnePlace() throws {
    var found: [String: Set<String>] = [:]
    var count = 0
    for case let name as String in try #require(FileManager.default.enumerator(atPath: Self.root)) {
      guard name.hasSuffix(".swift") || name.hasSuffix(".c"), !name.hasPrefix("Artifacts/Files/") else { continue }
      count += 1
      let text = try String(contentsOfFile: "\(Self.root)/\(name)", encoding: .utf8)
      for call in Self.calls where text.contains(call) { found[name, default: []].insert(call) }
    }
    #expect(count > 300)
    #expect(found.keys.filter { Self.others[$0] == nil }.sorted() == [], "\(found)")
    #expect(Self.others.keys.filter { found[$0] == nil } == [], "they call nothing of the kind")
  }
}
