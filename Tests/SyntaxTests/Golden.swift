import Diagnostics
import Glibc
import Testing

/// The golden files beside the tests: scripts, and what they should give.
enum Golden {
  struct Script: CustomTestStringConvertible, Sendable {
    var name: String
    var source: Source
    var testDescription: String { name }
  }

  /// Whether the expected files are to be written anew: `UPDATE_GOLDEN=1`.
  static let isUpdating = getenv("UPDATE_GOLDEN") != nil

  private static func path(_ name: String) -> String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + name
  }

  /// The scripts in a folder, by name.
  static func scripts(in folder: String, ending: String = ".train") throws -> [Script] {
    try files(in: folder).filter { $0.hasSuffix(ending) }.map { name in
      Script(name: name, source: Source(name: name, text: String(decoding: try bytes("\(folder)/\(name)"), as: UTF8.self)))
    }
  }

  /// Every script of the project that is meant to be right.
  static func goodScripts() throws -> [Script] {
    let folders = ["good", "../PlansTests/good", "../../examples", "../DriverTests/scripts", "../LambdasTests/Fixtures"]
    let cases = try files(in: "../DriverTests/parity").filter { !$0.contains(".") }.map { "../DriverTests/parity/\($0)" }
    return try (folders + cases).flatMap { try scripts(in: $0) }
  }

  /// The project's scripts with a mistake that the reader finds: in the language itself, or in YAML.
  static func badScripts(ending: String = ".train") throws -> [Script] {
    let small = try scripts(in: "../DriverTests/bad/\(ending == ".train" ? "syntax" : "yaml")", ending: ending)
    return try small.filter { $0.source.bytes.count < 400 } + scripts(in: "bad", ending: ending)
  }

  private static func files(in folder: String) throws -> [String] {
    guard let directory = opendir(path(folder)) else { throw Missing(name: folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// The parser's functions, each with the productions in its comment.
  static func productionsInParser() throws -> [(name: String, productions: [String])] {
    var functions: [(name: String, productions: [String])] = []
    let folder = "../../Sources/Syntax/Parsing"
    for file in try files(in: folder) where file.hasSuffix(".swift") {
      var productions: [String] = []
      var isInside = false
      for line in try text("\(folder)/\(file)").split(separator: "\n") {
        let line = line.drop { $0 == " " }
        if line == "/// ```" {
          isInside.toggle()
        } else if line.hasPrefix("/// "), isInside {
          productions.append(String(line.dropFirst(4)))
        } else if !line.hasPrefix("///"), !productions.isEmpty, let range = line.firstRange(of: "func ") {
          functions.append((String(line[range.upperBound...].prefix { $0.isLetter }), productions))
          productions = []
        }
      }
    }
    return functions
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

  /// Holds a text against a golden file, or, with `UPDATE_GOLDEN=1`, writes the file.
  static func expect(_ text: String, in name: String) throws {
    if isUpdating {
      try write(text, to: name)
    } else {
      #expect(text == (try self.text(name)), "\(name)")
    }
  }

  struct Missing: Error { var name: String }
}
