import Arrays
import Artifacts
import Foundation
import Glibc
import Testing

/// What a power cut leaves, at any moment of a save: the old state or the new one.
@Suite struct CrashStateTests {
  let scratch = Scratch()

  private func state(_ state: CrashStates.State, asFolder body: (String) throws -> Void) throws {
    let folder = Scratch()
    for name in state.folders { mkdir(folder.path(name), 0o777) }
    for (name, bytes) in state.files { put(bytes, at: folder.path(name)) }
    try body(folder.folder)
  }

  @Test func aFileIsTheOldOneOrTheNewOne() throws {
    put("one", at: scratch.path("model"))
    let crash = CrashStates(of: scratch.folder)
    let texts = ["one", String(repeating: "two", count: 30_000), "three"]
    for text in texts.dropFirst() {
      try writeDurably(text, to: scratch.path("model"), through: crash.fileSystem)
      crash.acknowledge()
    }
    let count = try crash.forEachState { state in
      let text = String(decoding: try #require(state.files["model"]), as: UTF8.self)
      let place = try #require(texts.firstIndex(of: text), "neither old nor new: \(text.count) bytes")
      #expect(place >= state.acknowledged)
    }
    #expect(count > 10)
  }

  @Test func aNewFileIsThereWholeOrNotAtAll() throws {
    let crash = CrashStates(of: scratch.folder)
    try writeDurably("whole", to: scratch.path("model"), through: crash.fileSystem)
    crash.acknowledge()
    var isMissingOnce = false
    _ = try crash.forEachState { state in
      if let bytes = state.files["model"] {
        #expect(String(decoding: bytes, as: UTF8.self) == "whole")
      } else {
        isMissingOnce = true
        #expect(state.acknowledged == 0)
      }
    }
    #expect(isMissingOnce)
  }

  private func sections(_ number: Int, logLength: Int = 0) -> [BackupSection] {
    [
      BackupSection("number", text: "\(number)"), BackupSection("log", text: "\(logLength)"),
      BackupSection("weights", array: .counting(from: Double(number), shape: [40, 30])),
    ]
  }

  /// The number that the newest backup of a state has; nil if there is none.
  private func newest(_ folder: String) throws -> Int? {
    guard let found = try BackupFolder.newest(inFolder: folder) else { return nil }
    let number = try #require(found["number"].flatMap { Int($0.text) })
    #expect(found["weights"]?.array?.doubles.first == Double(number))
    return number
  }

  /// Five saves in a row, the first into an empty folder: never a failure, never back beyond the last acknowledged one.
  @Test func aBackupIsNeverBeforeTheLastAcknowledgedOne() throws {
    let crash = CrashStates(of: scratch.folder)
    let backups = try BackupFolder(scratch.folder, through: crash.fileSystem)
    for number in 1...5 {
      try backups.write(sections(number))
      crash.acknowledge()
    }
    var (newer, misnamed) = (0, 0)
    let count = try crash.forEachState { state in
      try self.state(state) { folder in
        let number = try newest(folder) ?? 0
        #expect(number == state.acknowledged || number == state.acknowledged + 1)
        if number > state.acknowledged { newer += 1 }
        // Written over another, and not renamed before the power went.
        if number > 3, FileStatus(at: folder + "/0000000\(number).backup") == nil { misnamed += 1 }
        // What is found can be gone on from, and written beside.
        let further = try BackupFolder(folder)
        try further.write(sections(9))
        #expect(try newest(folder) == 9)
      }
    }
    #expect(count > 100 && newer > 0 && misnamed > 10)
  }

  /// The folder of the backups is made first, or was made by a run that was killed before its name was on the disk.
  @Test(arguments: [[], ["runs"], ["runs", "runs/backup"]])
  func aBackupIsNotLostWithItsFolder(_ made: [String]) throws {
    let crash = CrashStates(of: scratch.folder)
    for name in made { #expect(crash.fileSystem.makeFolder(scratch.path(name)) == 0) }
    let backups = try BackupFolder(scratch.path("runs/backup"), through: crash.fileSystem)
    for number in 1...2 {
      try backups.write(sections(number))
      crash.acknowledge()
    }
    var isMissingOnce = false
    let count = try crash.forEachState { state in
      try self.state(state) { folder in
        let number = try newest(folder + "/runs/backup") ?? 0
        #expect(number == state.acknowledged || number == state.acknowledged + 1)
        if !state.folders.contains("runs") { isMissingOnce = true }
      }
    }
    #expect(count > 30 && isMissingOnce)
  }

  /// Models and logs whose folders are missing: what was acknowledged is there.
  @Test func aFileIsNotLostWithItsFolder() throws {
    let crash = CrashStates(of: scratch.folder)
    let fileSystem = crash.fileSystem
    try writeDurably("one", to: scratch.path("models/a/m"), makingFolders: true, through: fileSystem)
    crash.acknowledge()
    let log = try AppendingFile(scratch.path("tables/log"), from: .empty, makingFolders: true, through: fileSystem)
    try log.append("0\n")
    try log.sync()
    crash.acknowledge()
    try writeDurably("two", to: scratch.path("models/a/m"), makingFolders: true, through: fileSystem)
    crash.acknowledge()
    func text(_ state: CrashStates.State, _ name: String) -> String? {
      state.files[name].map { String(decoding: $0, as: UTF8.self) }
    }
    _ = try crash.forEachState { state in
      let model = text(state, "models/a/m")
      let expected: [String?] = state.acknowledged == 3 ? ["two"] : state.acknowledged > 0 ? ["one", "two"] : [nil, "one"]
      #expect(expected.contains(model), "\(state)")
      #expect(state.acknowledged < 2 || text(state, "tables/log")?.hasPrefix("0\n") == true)
    }
  }

  /// A cache is filled, used, and replaced by one of other data: whatever the moment, what the next run finds is one of the two, whole, or
  /// nothing, and it can fill its own.
  @Test func aFileOfRecordsIsWholeOrNotThere() throws {
    let crash = CrashStates(of: scratch.folder)
    let keys = ["a", "b"].map { String(repeating: $0, count: 64) }
    func record(_ index: Int, _ key: Int) -> [UInt8] { Array(repeating: UInt8(16 * key + index), count: 5000 * (index + 1)) }
    for key in keys.indices {
      let file = try RecordFile(scratch.path("kept"), count: 3, key: keys[key], through: crash.fileSystem)
      for index in [2, 0, 1] { try file.add(record(index, key), as: index) }
      crash.acknowledge()
    }
    var found = Set<Int>()
    let count = try crash.forEachState { state in
      try self.state(state) { folder in
        // The bytes are those of a whole file, whichever it is.
        let there = try keys.indices.filter { key in
          guard state.files["kept"] != nil else { return false }
          let file = try RecordFile(folder + "/kept", count: 3, key: keys[key])
          let records = try (0..<3).map { try file.record($0) }
          #expect(records.allSatisfy { $0 == nil } || records == (0..<3).map { record($0, key) }, "\(state)")
          return records[0] != nil
        }
        #expect(there.count == (state.files["kept"] == nil ? 0 : 1), "\(state)")
        found.insert(there.first ?? -1)
        #expect((there.first ?? -1) + 1 >= state.acknowledged, "what was whole is there")
        let next = try RecordFile(folder + "/kept", count: 3, key: String(repeating: "c", count: 64))
        for index in 0..<3 { try next.add(record(index, 3), as: index) }
        #expect(try next.record(2) == record(2, 3))
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)) == ["kept"], "nothing is left lying about")
      }
    }
    #expect(count > 20 && found == [-1, 0, 1])
  }

  /// What was typed at a prompt and is in the log is there, also the first of it.
  @Test func anEntryIsThereOnceItWasAdded() throws {
    let crash = CrashStates(of: scratch.folder)
    let entries = ["x = 1", "y = 2", "print(x)"]
    for entry in entries {
      try EntryLog(scratch.path("history"), through: crash.fileSystem).append(entry)
      crash.acknowledge()
    }
    let count = try crash.forEachState { state in
      try self.state(state) { folder in
        let found = try EntryLog(folder + "/history").entries()
        #expect(found.prefix(state.acknowledged).elementsEqual(entries.prefix(state.acknowledged)), "\(state)")
      }
    }
    #expect(count > 8)
  }

  /// A log that is waited for before each backup: whatever the newest says of its length is there, row by row.
  @Test func aLogHasAllThatTheBackupSays() throws {
    let found = try logStates { log, backup in
      try log.sync()
      try backup(nil)
    }
    #expect(found.lost == 0 && found.count > 100)
  }

  /// One that is not: what the disk has lost of it, and before its folder's next sync that is all of its rows, the backup puts back.
  @Test func aLogIsPutBackFromTheBackup() throws {
    let found = try logStates { log, backup in
      // The first time for its name.
      if log.tail == nil { try log.sync() }
      try backup(try #require(log.tail))
    }
    #expect(found.lost == 0 && found.torn > 100)
  }

  /// These tests would find a log that nobody waits for, and that no backup has.
  @Test func aLogThatIsNeitherSyncedNorBackedUpIsFound() throws {
    let found = try logStates { log, backup in
      if log.tail == nil { try log.sync() }
      try backup(nil)
    }
    #expect(found.lost > 100)
  }

  /// Backs a log up every two rows, of which once there are too many for a backup, and opens every state of that; gives how
  /// often the log was torn, and how often it was not what the backup says after it was put back.
  private func logStates(
    _ save: (AppendingFile, _ backup: (FileTail?) throws -> Void) throws -> Void
  ) throws -> (count: Int, torn: Int, lost: Int) {
    let crash = CrashStates(of: scratch.folder)
    let log = try AppendingFile(scratch.path("log.csv"), from: .empty, through: crash.fileSystem)
    let backups = try BackupFolder(scratch.folder, through: crash.fileSystem)
    var text = ""
    var tails: [Int: FileTail] = [:]
    for number in 1...4 {
      for row in 0..<2 {
        let line = "\(number),\(row)\(String(repeating: "0", count: number == 2 && row == 1 ? AppendingFile.tailLimit : 0))\n"
        text += line
        try log.append(line)
      }
      try save(log) { tail in
        tails[number] = tail
        let tail = BackupSection("tail", bytes: tail?.bytes ?? [])
        try backups.write(sections(number, logLength: log.length) + [tail])
      }
      crash.acknowledge()
    }
    var (torn, lost) = (0, 0)
    let bytes = Array(text.utf8)
    let count = try crash.forEachState { state in
      try self.state(state) { folder in
        guard let found = try BackupFolder.newest(inFolder: folder) else { return }
        let length = try #require(found["log"].flatMap { Int($0.text) })
        let number = try #require(found["number"].flatMap { Int($0.text) })
        let path = folder + "/log.csv"
        if let tail = tails[number] {
          #expect(found["tail"]?.bytes == tail.bytes)
          let moved = FileTail(path: path, start: tail.start, checksum: tail.checksum, bytes: tail.bytes)
          if try moved.putBack() { torn += 1 }
          // Once is enough.
          #expect(try !moved.putBack())
        }
        guard let read = try? readFile(path), read.prefix(length) == bytes.prefix(length) else {
          lost += 1
          return
        }
        // Cut back, and gone on with.
        let further = try AppendingFile(path, from: .length(length))
        try further.append("more\n")
        #expect(try readFile(path).count == length + 5)
      }
    }
    return (count, torn, lost)
  }

  /// What grows with a run is in a file beside its backups, which has all that they count on, and is cut back to that.
  @Test func aBackupHasAllOfItsRows() throws {
    let crash = CrashStates(of: scratch.folder)
    let backups = try BackupFolder(scratch.folder, through: crash.fileSystem)
    func rows(_ number: Int) -> [UInt8] { Array(repeating: UInt8(number), count: BackupFolder.rowsInBackup / 2 + 1) }
    for number in 1...4 {
      try backups.write(sections(number), adding: rows(number))
      crash.acknowledge()
    }
    var filed = 0
    let count = try crash.forEachState { state in
      try self.state(state) { folder in
        let number = try newest(folder) ?? 0
        #expect(number == state.acknowledged || number == state.acknowledged + 1)
        if state.files["rows.journal"] != nil { filed += 1 }
        let further = try BackupFolder(folder)
        #expect(try (further.newest()?["journal"]?.bytes ?? []) == (1..<(number + 1)).flatMap(rows))
        try further.write(sections(9), adding: rows(9))
        try further.write(sections(9), adding: rows(8))
        let found = try #require(try BackupFolder.newest(inFolder: folder))
        #expect(found.passedOver.isEmpty && found["journal"]?.bytes == (Array(1..<(number + 1)) + [9, 8]).flatMap(rows))
      }
    }
    #expect(count > 100 && filed > 50)
  }

  /// A writer that forgets to wait for the disk is found out, or these tests would show nothing.
  @Test(arguments: [CrashStates.Forgotten.fileSync, .folderSync])
  func aForgottenSyncIsFound(_ forgotten: CrashStates.Forgotten) throws {
    put("old", at: scratch.path("model"))
    let crash = CrashStates(of: scratch.folder, forgetting: forgotten)
    try writeDurably("newer", to: scratch.path("model"), through: crash.fileSystem)
    crash.acknowledge()
    var torn = 0
    var late = 0
    _ = crash.forEachState { state in
      let text = state.files["model"].map { String(decoding: $0, as: UTF8.self) }
      if text != "old", text != "newer" { torn += 1 }
      if state.acknowledged == 1, text == "old" { late += 1 }
    }
    #expect(forgotten == .fileSync ? torn > 0 : late > 0)
  }

  /// Also where a backup is written over one that is no longer needed, as the fourth is: that one must have a name.
  @Test(arguments: [(CrashStates.Forgotten.fileSync, 3, 4), (.folderSync, 0, 2)])
  func aForgottenSyncOfARecycledFileIsFound(_ forgotten: CrashStates.Forgotten, promises: Int, saves: Int) throws {
    let crash = CrashStates(of: scratch.folder, forgetting: forgotten, after: promises)
    let backups = try BackupFolder(scratch.folder, through: crash.fileSystem)
    for number in 1...saves {
      try backups.write(sections(number))
      crash.acknowledge()
    }
    var lost = 0
    _ = try crash.forEachState(after: promises + 1) { state in
      try self.state(state) { folder in if (try? newest(folder)) ?? 0 < state.acknowledged { lost += 1 } }
    }
    #expect(lost > 0)
  }

  /// So is one of records.
  @Test(arguments: [CrashStates.Forgotten.fileSync, .folderSync])
  func aForgottenSyncOfRecordsIsFound(_ forgotten: CrashStates.Forgotten) throws {
    let crash = CrashStates(of: scratch.folder, forgetting: forgotten)
    let key = String(repeating: "k", count: 64)
    let file = try RecordFile(scratch.path("kept"), count: 3, key: key, through: crash.fileSystem)
    for index in 0..<3 { try file.add([UInt8](repeating: UInt8(index + 1), count: 5000), as: index) }
    crash.acknowledge()
    var lost = 0
    _ = try crash.forEachState(after: 1) { state in
      try self.state(state) { folder in
        let found = try? RecordFile(folder + "/kept", count: 3, key: key)
        if (0..<3).contains(where: { (try? found?.record($0)) == nil }) { lost += 1 }
      }
    }
    #expect(lost > 0)
  }

  /// A folder whose own name is not waited for takes what is in it along.
  @Test func aForgottenFolderIsFound() throws {
    let crash = CrashStates(of: scratch.folder, forgetting: .topSync)
    try writeDurably("new", to: scratch.path("models/m"), makingFolders: true, through: crash.fileSystem)
    crash.acknowledge()
    var lost = 0
    _ = crash.forEachState { state in if state.acknowledged == 1, state.files["models/m"] == nil { lost += 1 } }
    #expect(lost > 0)
  }
}
