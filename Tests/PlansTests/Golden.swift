import Diagnostics
import Glibc

/// The golden files beside the tests: scripts, and what they should give.
enum Golden {
  struct Script {
    var name: String
    var source: Source
  }

  /// Whether the expected files are to be written anew: `UPDATE_GOLDEN=1`.
  static let isUpdating = getenv("UPDATE_GOLDEN") != nil

  private static func path(_ name: String) -> String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + name
  }

  /// The scripts in a folder, by name.
  static func scripts(in folder: String) throws -> [Script] {
    var names: [String] = []
    guard let directory = opendir(path(folder)) else { throw Missing(name: folder) }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".train") { names.append(name) }
    }
    return try names.sorted().map { name in
      Script(name: name, source: Source(name: name, text: String(decoding: try bytes("\(folder)/\(name)"), as: UTF8.self)))
    }
  }

  /// The project's scripts with a mistake that only the check can find.
  static func badScripts() throws -> [Script] {
    let topics = ["callbacks", "calls", "compile", "expressions", "files", "hooks", "models", "names", "runs"]
    return try scripts(in: "bad") + topics.flatMap { try scripts(in: "../DriverTests/bad/\($0)") }
  }

  /// The bytes of a file beside the tests.
  static func bytes(_ name: String) throws -> [UInt8] {
    guard let file = fopen(path(name), "r") else { throw Missing(name: name) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  static func write(_ text: String, to name: String) throws {
    guard let file = fopen(path(name), "w") else { throw Missing(name: name) }
    defer { fclose(file) }
    fputs(text, file)
  }

  struct Missing: Error { var name: String }
}
