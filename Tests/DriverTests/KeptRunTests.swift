import Artifacts
import Foundation
import Testing

/// What becomes of a run whose backups are damaged, or whose script has changed since.
@Suite struct KeptRunTests {
  /// A training that fails at its end, so that its backups stay.
  private static func script(epochs: Int, settings: String = "seed = 3") -> String {
    """
    settings { \(settings) }
    model m {
        Input((4,))
        Dense(2, activation="relu")
        Dropout(0.5)
        Dense(1)
        compile { optimizer = "adam"; loss = "mse" }
    }
    h = fit m on (ones((64, 4)), zeros((64,))) {
        epochs = \(epochs); verbose = 0
        callbacks = [BackupAndRestore("backup"), CSVLogger("log.csv")]
    }
    print("END", h.epoch, h.history)
    expect 1 > 2, "the backup stays"
    """
  }

  private func run(_ epochs: Int, in folder: Program.Folder, _ command: String = "run", settings: String = "seed = 3") throws
    -> Program.Ending
  {
    try folder.write(Self.script(epochs: epochs, settings: settings), to: "script.train")
    return try Program.run([command, "script.train"], in: folder)
  }

  private func end(_ ending: Program.Ending) -> Substring? { ending.output.split(separator: "\n").first { $0.hasPrefix("END") } }

  /// The backups of a folder, the newer one first.
  private func backups(in folder: Program.Folder) throws -> [String] {
    try BackupFolder.list(folder.path + "/backup").map { "backup/" + URL(fileURLWithPath: $0.path).lastPathComponent }
  }

  private func damage(_ name: String, in folder: Program.Folder) throws {
    var bytes = Array(try #require(folder.contents(of: name)))
    bytes[bytes.count / 2] ^= 1
    try folder.write(bytes, to: name)
  }

  @Test func theOlderBackupIsUsedWhereTheNewerIsDamaged() throws {
    let whole = Program.Folder()
    let expected = try run(5, in: whole)
    let folder = Program.Folder()
    _ = try run(2, in: folder)
    let newer = try #require(try backups(in: folder).first)
    try damage(newer, in: folder)
    #expect(try run(5, in: folder, "check").status == 0)
    let ending = try run(5, in: folder)
    #expect(ending.output.hasPrefix("warning: cannot use `\(newer)`: "), "\(ending.output)")
    #expect(ending.output.contains("; the backup before it is used.\nGoing on from the backup in `backup`, at"))
    #expect(end(ending) != nil && end(ending) == end(expected))
    #expect(folder.contents(of: "log.csv") == whole.contents(of: "log.csv"))
  }

  @Test func nothingIsWrittenOverWhereBothAreDamaged() throws {
    let folder = Program.Folder()
    _ = try run(2, in: folder)
    let names = try backups(in: folder)
    #expect(names.count == 2)
    for name in names { try damage(name, in: folder) }
    let before = try (names + ["log.csv"]).map { try #require(folder.contents(of: $0)) }
    for command in ["check", "run"] {
      let ending = try run(5, in: folder, command)
      #expect(ending.status == 2)
      #expect(ending.errors.contains("error: `BackupAndRestore` cannot use `\(names[0])`: "), "\(ending.errors)")
      #expect(ending.errors.contains("; nor `\(names[1])`: ") && ending.errors.contains("script.train:11:18"))
    }
    #expect(try backups(in: folder) == names)
    #expect(try (names + ["log.csv"]).map { try #require(folder.contents(of: $0)) } == before)
  }

  /// Each byte of a run's backup, and each length.
  @Test func everyDamageOfARunsBackupIsPassedOver() throws {
    let folder = Program.Folder()
    _ = try run(2, in: folder)
    let place = folder.path + "/backup"
    let newer = try backups(in: folder)[0]
    let older = try #require(try BackupFolder.list(place).last?.generation)
    let whole = Array(try #require(folder.contents(of: newer)))
    #expect(whole.count > 2000)
    func isPassedOver(_ bytes: [UInt8]) throws -> Bool {
      try folder.write(bytes, to: newer)
      guard let found = try BackupFolder.newest(inFolder: place) else { return false }
      return found.generation == older && found.passedOver.map(\.path) == ["\(folder.path)/\(newer)"]
    }
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 1 << UInt8(index % 8)
      #expect(try isPassedOver(bytes), "byte \(index)")
      #expect(try isPassedOver(Array(whole[..<index])), "\(index) bytes")
    }
    #expect(try !isPassedOver(whole))
  }

  /// What is kept is float32 in either precision.
  @Test func anotherPrecisionIsTold() throws {
    let folder = Program.Folder()
    _ = try run(2, in: folder)
    let ending = try run(3, in: folder, settings: "seed = 3; precision = \"mixed_bfloat16\"")
    #expect(
      ending.output.hasPrefix(
        "Going on from the backup in `backup`, at epoch 3.\nThe script has changed since it was written:\n"
          + "  `precision`: `mixed_bfloat16`, which is new\nEND [0, 1, 2]"), "\(ending.output) \(ending.errors)")
  }
}
