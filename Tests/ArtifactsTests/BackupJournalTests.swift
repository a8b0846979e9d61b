import Artifacts
import Glibc
import Synchronization
import Testing

/// What of a run grows while it goes on, beside its backups.
@Suite struct BackupJournalTests {
  let scratch = Scratch()
  var folder: String { scratch.path("backup") }
  var journal: String { folder + "/rows.journal" }

  private let sections = [BackupSection("state", text: "{}")]

  /// A little more than a quarter of what a backup holds.
  private func rows(_ number: Int) -> [UInt8] { Array(repeating: UInt8(number), count: BackupFolder.rowsInBackup / 4 + 1) }

  private func size(_ path: String) -> Int { FileStatus(at: path)?.size ?? 0 }

  private func found() throws -> [UInt8]? { try BackupFolder.newest(inFolder: folder)?["journal"]?.bytes }

  @Test func aBackupWithoutRowsHasNone() throws {
    try BackupFolder(folder).write(sections)
    #expect(try found() == nil && FileStatus(at: journal) == nil)
  }

  /// No backup is larger than what a journal leaves it, however many rows there were, and each row is written to the file once.
  @Test func backupsDoNotGrow() throws {
    let backups = try BackupFolder(folder)
    var expected: [UInt8] = []
    for number in 1...40 {
      try backups.write(sections, adding: rows(number))
      expected += rows(number)
      let newest = try #require(try BackupFolder.list(folder).first)
      #expect(newest.damage == nil && newest.size < BackupFolder.rowsInBackup + 1000)
      #expect(size(journal) <= expected.count && size(journal) + BackupFolder.rowsInBackup >= expected.count)
      #expect(try found() == expected)
    }
    #expect(size(journal) == expected.count)
  }

  /// The next run adds to what the backup counts on, and what a killed one has added since goes.
  @Test func theNextRunGoesOnWithIt() throws {
    var expected: [UInt8] = []
    for run in 0..<6 {
      let backups = try BackupFolder(folder)
      #expect(try (backups.newest()?["journal"]?.bytes ?? []) == expected)
      for number in 1...3 {
        try backups.write(sections, adding: rows(10 * run + number))
        expected += rows(10 * run + number)
      }
      if FileStatus(at: journal) != nil { try AppendingFile(journal, from: .end).append("of a run that was killed") }
    }
    #expect(try found() == expected && size(journal) > 0)
  }

  @Test func aRunThatBeginsAnewHasNothingOfIt() throws {
    do {
      let backups = try BackupFolder(folder)
      for number in 1...6 { try backups.write(sections, adding: rows(number)) }
    }
    let backups = try BackupFolder(folder)
    _ = try backups.newest()
    backups.beginAnew()
    var expected: [UInt8] = []
    for number in 7...15 {
      try backups.write(sections, adding: rows(number))
      expected += rows(number)
    }
    #expect(try found() == expected && size(journal) < expected.count + 1)
    try backups.deleteAll()
    #expect(FileStatus(at: folder) == nil)
  }

  /// A run that is under way has all rows in memory: what someone deletes is there again with the next backups.
  @Test(arguments: [false, true]) func whatIsDeletedMeanwhileIsWrittenAgain(_ isWholeFolder: Bool) throws {
    let backups = try BackupFolder(folder)
    var expected: [UInt8] = []
    func write(_ numbers: ClosedRange<Int>) throws {
      for number in numbers {
        try backups.write(sections, adding: rows(number))
        expected += rows(number)
      }
    }
    try write(1...6)
    #expect(size(journal) > 0)
    if isWholeFolder { for name in namesInFolder(folder) ?? [] { unlink(folder + "/" + name) } } else { unlink(journal) }
    if isWholeFolder { rmdir(folder) }
    try write(7...7)
    #expect(try found() == expected && BackupFolder.list(folder).first?.damage == nil)
    try write(8...9)
    #expect(try found() == expected && size(journal) > 0)
  }

  private final class Disk: Sendable {
    private let state = Mutex(false)
    var isFull: Bool {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
  }

  /// A backup that could not be written has left its rows to the next one, whichever of its calls has failed.
  @Test func aBackupThatFailsLosesNoRows() throws {
    for failing in ["write", "sync", "rename", "lock"] {
      let scratch = Scratch()
      let disk = Disk()
      @Sendable func call(_ name: String, _ real: Int) -> Int { name == failing && disk.isFull ? -Int(ENOSPC) : real }
      var fileSystem = FileSystem.real
      fileSystem.write = { call("write", FileSystem.real.write($0, $1)) }
      fileSystem.sync = { call("sync", FileSystem.real.sync($0)) }
      fileSystem.syncData = { call("sync", FileSystem.real.syncData($0)) }
      fileSystem.rename = { call("rename", FileSystem.real.rename($0, $1)) }
      let folder = scratch.path("backup")
      let backups = try BackupFolder(folder, through: fileSystem)
      var expected: [UInt8] = []
      for number in 1...12 {
        // The folder is gone, and cannot be made again.
        if failing == "lock", number == 5 {
          for name in namesInFolder(folder) ?? [] { unlink(folder + "/" + name) }
          rmdir(folder)
          put("", at: folder)
        }
        if failing == "lock", number == 6 { unlink(folder) }
        disk.isFull = number == 5
        expected += rows(number)
        if number == 5 {
          #expect(throws: FileFailure.self) { try backups.write(sections, adding: rows(number)) }
        } else {
          try backups.write(sections, adding: rows(number))
          let found = try #require(try BackupFolder.newest(inFolder: folder))
          #expect(found.passedOver.isEmpty && found["journal"]?.bytes == expected, "\(failing), \(number)")
        }
      }
    }
  }

  /// Damage to what only the newer backup counts on leaves the older one.
  @Test func damageIsFound() throws {
    do {
      let backups = try BackupFolder(folder)
      for number in 1...8 { try backups.write(sections, adding: rows(number)) }
      #expect(size(journal) == 8 * rows(1).count)
    }
    let whole = try readFile(journal)
    var bytes = whole
    bytes[whole.count - 1] ^= 1
    put(bytes, at: journal)
    let newest = folder + "/00000008.backup"
    let passed = try #require(try BackupFolder.newest(inFolder: folder))
    #expect(passed.generation == 7 && passed["journal"]?.bytes == (1...7).flatMap(rows))
    #expect(passed.passedOver == [.damaged(path: newest, reason: "`\(journal)`, which it counts on, is damaged")])

    bytes = whole
    bytes[0] ^= 128
    put(bytes, at: journal)
    #expect(try BackupFolder.list(folder).map { $0.damage != nil } == [true, true])
    put(Array(whole.dropLast()), at: journal)
    let short = "`\(journal)` has \(whole.count - 1) of the \(whole.count) bytes that it counts on"
    #expect(try BackupFolder.list(folder).first?.damage == short)
    unlink(journal)
    #expect(
      throws: FileFailure.damaged(
        path: newest,
        reason: "the rows of its run cannot be had: `\(journal)`: no such file or directory; nor `\(folder)/00000007.backup`: "
          + "the rows of its run cannot be had: `\(journal)`: no such file or directory")
    ) { _ = try BackupFolder.newest(inFolder: folder) }
    put(whole, at: journal)
    #expect(try found() == (1...8).flatMap(rows))
  }
}
