import Foundation

/// The built program, run as a user runs it: a process of its own in a folder of its own.
struct Program {
  struct Ending {
    let status: Int32
    let output: String
    let errors: String
  }

  /// An empty folder that is deleted with the value's last user.
  final class Folder {
    let path: String
    init() {
      path = NSTemporaryDirectory() + "train-" + UUID().uuidString
      try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
    func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name)) }
    func contents(of name: String) -> Data? { FileManager.default.contents(atPath: path + "/" + name) }
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Where `swift build` put the program beside the tests.
  static let path: String = {
    let tests = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? ""
    let candidates = [tests + "/train", root + "/.build/debug/train"]
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[1]
  }()

  /// Starts the program; `environment` is added to this process's, `input` is what it reads, `addressSpace` limits its memory, in kB.
  static func start(
    _ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: String? = nil,
    addressSpace: Int? = nil
  ) throws -> Running {
    let process = Process()
    if let addressSpace {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", "ulimit -v \(addressSpace); exec \"$0\" \"$@\"", path] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: nobody has to read while the program writes.
    let output = folder.path + "/.output"
    let errors = folder.path + "/.errors"
    for path in [output, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    if let input {
      try folder.write(input, to: ".input")
      process.standardInput = FileHandle(forReadingAtPath: folder.path + "/.input")
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    return Running(process: process, output: output, errors: errors)
  }

  struct Running {
    let process: Process
    let output: String
    let errors: String

    func wait() -> Ending {
      process.waitUntilExit()
      let died = process.terminationReason == .uncaughtSignal
      return Ending(
        status: died ? -process.terminationStatus : process.terminationStatus, output: text(at: output), errors: text(at: errors))
    }

    private func text(at path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
  }

  /// Runs the program to its end; a status below zero is the signal it died of.
  static func run(
    _ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: String? = nil,
    addressSpace: Int? = nil
  ) throws -> Ending {
    try start(arguments, in: folder, environment: environment, input: input, addressSpace: addressSpace).wait()
  }
}
