import Artifacts
import Glibc
import Synchronization
import Testing

@Suite struct DurableFileTests {
  let scratch = Scratch()

  @Test func writesAndReplaces() throws {
    let path = scratch.path("best.txt")
    try writeDurably("one", to: path)
    #expect(text(at: path) == "one")
    try writeDurably("two", to: path)
    #expect(text(at: path) == "two")
    #expect(scratch.names == ["best.txt"])
  }

  @Test func callsComeInTheOnlySafeOrder() throws {
    let trouble = Trouble(.error(0), atCall: nil)
    try writeDurably("x", to: scratch.path("f"), through: trouble.fileSystem)
    #expect(trouble.calls == ["open", "write", "sync", "rename", "open", "sync", "close", "close"])
  }

  /// Every call failing with every error: the old file or the new one, never anything else, and no leftovers.
  @Test(arguments: [EIO, ENOSPC, EDQUOT, EROFS, EACCES], [false, true])
  func everyFailingCallLeavesAWholeFile(code: Int32, passingCache: Bool) throws {
    let path = scratch.path("weights")
    let large = String(repeating: "new", count: 50_000)
    for number in 0..<20 {
      put("old", at: path)
      let trouble = Trouble(.error(code), atCall: number)
      let outcome = Result {
        try writeDurably(to: path, passingCache: passingCache, through: trouble.fileSystem) { file throws(FileFailure) in
          try file.write(Array(large.utf8))
        }
      }
      let renamed = trouble.calls.firstIndex(of: "rename").map { $0 < number } ?? false
      #expect(text(at: path) == (renamed ? large : "old"), "call \(number)")
      #expect(scratch.names == ["weights"], "call \(number)")
      if case .failure(let error) = outcome {
        let description = String(describing: error)
        #expect(description.hasPrefix("cannot write `\(path)`: \(String(cString: strerror(code)).lowercased())"))
      } else {
        // Only closing may fail unnoticed: everything was synced before.
        #expect(number >= trouble.calls.count || trouble.calls[number] == "close")
      }
    }
  }

  @Test func interruptionsAndShortWritesAreNoFailures() throws {
    let path = scratch.path("weights")
    for number in 0..<8 {
      let trouble = Trouble(.interruption, atCall: number)
      try writeDurably("call \(number)", to: path, through: trouble.fileSystem)
      #expect(text(at: path) == "call \(number)")
    }
    let trouble = Trouble(.shortWrite, atCall: nil)
    try writeDurably("byte by byte", to: path, through: trouble.fileSystem)
    #expect(text(at: path) == "byte by byte")
    #expect(trouble.calls.count { $0 == "write" } == 12)
  }

  /// What is gathered in blocks is the same, however it comes, and in memory that one before has left.
  @Test(arguments: [1 << 16, (1 << 16) + 1, 70_000, 2 << 20, (2 << 20) + 1, 5_000_001], [1000, 65_536, 6_000_000])
  func manyBytesPassTheCache(count: Int, atOnce: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let path = scratch.path("weights")
    for _ in 0..<2 {
      try writeDurably(to: path, passingCache: true) { file throws(FileFailure) in
        for start in stride(from: 0, to: count, by: atOnce) { try file.write(Array(bytes[start..<min(start + atOnce, count)])) }
        #expect(file.length == count)
      }
      #expect(contents(at: path) == bytes)
    }
    let interrupted = Trouble(.interruption, atCall: 1)
    try writeDurably(to: path, passingCache: true, through: interrupted.fileSystem) { file throws(FileFailure) in
      try file.write(bytes)
    }
    #expect(contents(at: path) == bytes)
  }

  /// A disk that takes a byte at a time leaves no whole blocks: then it goes through the cache.
  @Test func shortWritesPassTheCacheNoMore() throws {
    let bytes = (0..<66_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let trouble = Trouble(.shortWrite, atCall: nil)
    try writeDurably(to: scratch.path("weights"), passingCache: true, through: trouble.fileSystem) { file throws(FileFailure) in
      try file.write(bytes)
    }
    #expect(contents(at: scratch.path("weights")) == bytes)
  }

  @Test func failureOfTheWriterItselfLeavesTheOldFile() {
    let path = scratch.path("weights")
    put("old", at: path)
    #expect(throws: FileFailure.damaged(path: "x", reason: "y")) {
      try writeDurably(to: path) { file throws(FileFailure) in
        try file.write(Array("half".utf8))
        throw .damaged(path: "x", reason: "y")
      }
    }
    #expect(text(at: path) == "old")
    #expect(scratch.names == ["weights"])
  }

  @Test func writesThroughALinkAndKeepsPermissions() throws {
    let target = scratch.path("target")
    put("old", at: target)
    chmod(target, 0o640)
    symlink("target", scratch.path("link"))
    try writeDurably("new", to: scratch.path("link"))
    #expect(text(at: target) == "new")
    #expect(scratch.names == ["link", "target"])
    var status = stat()
    lstat(scratch.path("link"), &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    stat(target, &status)
    #expect(status.st_mode & 0o777 == 0o640)

    symlink("made-later", scratch.path("dangling"))
    try writeDurably("made", to: scratch.path("dangling"))
    #expect(text(at: scratch.path("made-later")) == "made")
  }

  @Test func refusesWhatIsNoFile() throws {
    func reason(_ path: String) -> String {
      do {
        try writeDurably("x", to: path)
        return "written"
      } catch { return error.reason }
    }
    mkdir(scratch.path("folder"), 0o755)
    mkfifo(scratch.path("pipe"), 0o600)
    put("", at: scratch.path("file"))
    #expect(reason(scratch.path("folder")) == "it is a folder")
    #expect(reason(scratch.path("folder/")) == "it is a folder")
    #expect(reason(scratch.path("pipe")) == "it is a device or a pipe, not a file")
    #expect(reason(scratch.path("no/such")) == "no such file or directory")
    #expect(reason(scratch.path("file/under")) == "not a directory")
    #expect(reason("") == "the path is empty")
    #expect(reason(scratch.path("a\0b")) == "the path contains a zero byte")
    #expect(reason(scratch.path(String(repeating: "n", count: 300))) == "file name too long")
    try writeDurably("long", to: scratch.path(String(repeating: "é", count: 127)))
  }

  @Test func makesFoldersWhereLinksLead() throws {
    symlink("made/later", scratch.path("link"))
    #expect(obstacle(toWritingInFolder: scratch.path("link")) == nil)
    try writeDurably("x", to: scratch.path("link/a/f"), makingFolders: true)
    #expect(text(at: scratch.path("made/later/a/f")) == "x")
    symlink("round", scratch.path("round"))
    #expect(obstacle(toWritingInFolder: scratch.path("round"))?.reason == "too many levels of symbolic links")
  }

  @Test func makesFoldersWhenAsked() throws {
    try writeDurably("x", to: scratch.path("a/b/c.txt"), makingFolders: true)
    #expect(text(at: scratch.path("a/b/c.txt")) == "x")
    put("", at: scratch.path("file"))
    #expect(throws: FileFailure.cannotWrite(path: scratch.path("file/d/e"), reason: "`\(scratch.path("file"))` is not a folder"))
    {
      try writeDurably("x", to: scratch.path("file/d/e"), makingFolders: true)
    }
  }

  @Test func aFullDiskIsSaid() throws {
    guard FileStatus(at: "/dev/full") != nil else { return }
    // The device refuses every write as a full disk does, through the real system calls.
    var full = FileSystem.real
    let path = scratch.path("best.keras")
    put("old", at: path)
    full.write = { _, bytes in
      let descriptor = FileSystem.real.open("/dev/full", O_WRONLY, 0)
      defer { _ = FileSystem.real.close(Int32(descriptor)) }
      return FileSystem.real.write(Int32(descriptor), bytes)
    }
    #expect(throws: FileFailure.cannotWrite(path: path, reason: "no space left on device")) {
      try writeDurably("new", to: path, through: full)
    }
    #expect(text(at: path) == "old")
    #expect(scratch.names == ["best.keras"])
  }

  @Test func preflightTellsWhatAWriteWouldMeet() throws {
    mkdir(scratch.path("folder"), 0o755)
    put("", at: scratch.path("file"))
    #expect(obstacle(toWriting: scratch.path("new")) == nil)
    #expect(obstacle(toWriting: scratch.path("file")) == nil)
    #expect(obstacle(toWriting: scratch.path("folder"))?.reason == "it is a folder")
    #expect(obstacle(toWriting: scratch.path("no/new"))?.reason == "there is no folder `\(scratch.path("no"))`")
    #expect(obstacle(toWriting: scratch.path("no/deeper/new"), makingFolders: true) == nil)
    #expect(obstacle(toWriting: scratch.path("file/new"), makingFolders: true)?.reason != nil)
    #expect(obstacle(toWritingInFolder: scratch.path("backup")) == nil)
    #expect(obstacle(toWritingInFolder: scratch.path("file"))?.reason == "`\(scratch.path("file"))` is not a folder")
    if getuid() != 0 {
      chmod(scratch.path("folder"), 0o500)
      #expect(obstacle(toWriting: scratch.path("folder/new"))?.reason.hasSuffix("permission denied") == true)
    }
    #expect(scratch.names == ["file", "folder"])
    #expect(try #require(freeBytes(onDiskOf: scratch.path("no/deeper"))) > 0)
  }
}

/// The user whose rights this thread has to files: the one before is given back.
@_silgen_name("setfsuid") private func setFileUser(_ user: uid_t) -> CInt

@Suite struct WriteProtectionTests {
  let scratch = Scratch()

  /// A folder that anyone may write, where a rename would replace the file all the same.
  @Test func aWriteProtectedFileIsNotReplaced() throws {
    let (closed, open) = (scratch.path("best.keras"), scratch.path("last.keras"))
    chmod(scratch.folder, 0o777)
    for (path, mode) in [(closed, 0o444 as mode_t), (open, 0o666)] {
      put("old", at: path)
      chmod(path, mode)
    }
    // Root may write anything, so it becomes nobody for a moment.
    let user = setFileUser(65534)
    defer { _ = setFileUser(uid_t(user)) }
    let refusal = FileFailure.cannotWrite(path: closed, reason: "permission denied")
    #expect(obstacle(toWriting: closed) == refusal)
    #expect(throws: refusal) { try writeDurably("new", to: closed) }
    #expect(text(at: closed) == "old")
    #expect(obstacle(toWriting: open) == nil)
    try writeDurably("new", to: open)
    #expect(text(at: open) == "new")
  }
}

@Suite struct AppendingFileTests {
  let scratch = Scratch()

  @Test func growsAndIsCutBack() throws {
    let path = scratch.path("log.csv")
    let first = try AppendingFile(path, from: .empty)
    try first.append("epoch,loss\r\n")
    try first.append("0,0.5\r\n")
    let remembered = first.length
    try first.append("1,0.4\r\n")
    try first.sync()
    let resumed = try AppendingFile(path, from: .length(remembered))
    try resumed.append("1,0.25\r\n")
    #expect(text(at: path) == "epoch,loss\r\n0,0.5\r\n1,0.25\r\n")
    #expect(resumed.length == text(at: path)?.utf8.count)
    let further = try AppendingFile(path, from: .end)
    try further.append("2,0\r\n")
    #expect(text(at: path)?.hasSuffix("1,0.25\r\n2,0\r\n") == true)
    #expect(throws: FileFailure.cannotWrite(path: path, reason: "it has 32 bytes where 99 were written before")) {
      _ = try AppendingFile(path, from: .length(99))
    }
    #expect(text(at: path)?.utf8.count == 32)
  }

  /// A backup at every batch must not wait again for a log of epochs.
  @Test func rowsAreSyncedOnce() throws {
    let trouble = Trouble(.error(EIO), atCall: 8)
    let file = try AppendingFile(scratch.path("log.csv"), from: .empty, through: trouble.fileSystem)
    try file.sync()
    try file.sync()
    try file.append("0,0.5\r\n")
    try file.sync()
    try file.sync()
    // The first time its name, too.
    #expect(trouble.calls == ["open", "sync", "open", "sync", "close", "write", "sync"])
    try file.append("1,0.4\r\n")
    // What has failed is tried again.
    #expect(throws: FileFailure.self) { try file.sync() }
    try file.sync()
    #expect(trouble.calls.suffix(3) == ["write", "sync", "sync"])
  }

  /// What a backup must have of a log is what was added since it was synced, as long as that is little.
  @Test func aLogHasATail() throws {
    let path = scratch.path("log.csv")
    put("old\n", at: path)
    let log = try AppendingFile(path, from: .end)
    try log.append("a\n")
    // Its name may not be on the disk.
    #expect(log.tail == nil)
    try log.sync()
    let start = checksum(of: "old\na\n")
    #expect(log.tail == FileTail(path: path, start: 6, checksum: start, bytes: []))
    try log.append("b\n")
    try log.append("c\n")
    #expect(log.tail == FileTail(path: path, start: 6, checksum: start, bytes: Array("b\nc\n".utf8)))
    try log.append([UInt8](repeating: 48, count: AppendingFile.tailLimit - 4))
    #expect(log.tail?.bytes.count == AppendingFile.tailLimit)
    try log.append("\n")
    #expect(log.tail == nil)
    try log.append("d\n")
    #expect(log.tail == nil)
    try log.sync()
    try log.append("e\n")
    #expect(log.tail?.start == log.length - 2 && log.tail?.bytes == Array("e\n".utf8))
  }

  private func checksum(of text: String) -> UInt32 {
    Array(text.utf8).reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82F6_3B78 : 0) }
    } ^ ~0
  }

  /// What a power cut can have left is completed; what someone has written is left alone, and so is a log that is gone.
  @Test(arguments: [
    ("one\n", true), ("one\ntw", true), ("one\n\0\0\0\0", true), ("one\ntw\0\0and zeros", true), ("one\ntwo\n", false),
    ("one\ntwo\nthree\n", false), ("on", false), ("", false), ("six\n", false), ("six\ntwo\n", false), ("one\nsix\n", false),
    ("one\ntwelve\n", false),
  ])
  func aTailIsPutBack(_ content: String, isTorn: Bool) throws {
    let path = scratch.path("log.csv")
    let tail = FileTail(path: path, start: 4, checksum: checksum(of: "one\n"), bytes: Array("two\n".utf8))
    #expect(try !tail.putBack() && text(at: path) == nil)
    put(content, at: path)
    #expect(try tail.putBack() == isTorn)
    #expect(text(at: path) == (isTorn ? "one\ntwo\n" : content))
  }

  /// A log that is there may be of a run that was killed before its name was on the disk.
  @Test func theNameOfALogIsSyncedOnceInARun() throws {
    let path = scratch.path("old.csv")
    put("a\n", at: path)
    let trouble = Trouble(.error(0), atCall: nil)
    let log = try AppendingFile(path, from: .end, through: trouble.fileSystem)
    for _ in 0..<2 {
      try log.append("b\n")
      try log.sync()
    }
    #expect(trouble.calls == ["open", "write", "sync", "open", "sync", "close", "write", "sync"])
  }

  @Test func aRowThatFailsIsNotTorn() throws {
    let path = scratch.path("log.csv")
    // The second write of "1,0.4\n" fails after its first byte.
    let short = Trouble(.shortWrite, atCall: nil)
    var fileSystem = short.fileSystem
    let write = fileSystem.write
    fileSystem.write = { descriptor, bytes in bytes.first == UInt8(ascii: ",") ? -Int(ENOSPC) : write(descriptor, bytes) }
    put("old\n", at: path)
    let file = try AppendingFile(path, from: .end, through: fileSystem)
    #expect(throws: FileFailure.cannotWrite(path: path, reason: "no space left on device")) { try file.append("1,0.4\n") }
    #expect(text(at: path) == "old\n")
    #expect(file.length == 4)
    try file.append("ok\n")
    #expect(text(at: path) == "old\nok\n")
  }

  /// A disk that takes a part of a row, and then neither more nor a cut.
  @Test func nothingFollowsARowThatStaysTorn() throws {
    let path = scratch.path("log.csv")
    let isBroken = Mutex(true)
    var fileSystem = FileSystem.real
    fileSystem.write = { descriptor, bytes in
      if !isBroken.withLock({ $0 }) { return FileSystem.real.write(descriptor, bytes) }
      let isWhole = bytes.first == UInt8(ascii: "1")
      return isWhole ? FileSystem.real.write(descriptor, .init(rebasing: bytes.prefix(2))) : -Int(ENOSPC)
    }
    fileSystem.truncate = { descriptor, length in
      isBroken.withLock { $0 } ? -Int(EIO) : FileSystem.real.truncate(descriptor, length)
    }
    put("old\n", at: path)
    let file = try AppendingFile(path, from: .end, through: fileSystem)
    #expect(throws: FileFailure.cannotWrite(path: path, reason: "no space left on device")) { try file.append("1,0.4\n") }
    let torn = "what was written last is torn, and cannot be cut off: input/output error"
    for _ in 0..<2 { #expect(throws: FileFailure.cannotWrite(path: path, reason: torn)) { try file.append("1,0.3\n") } }
    #expect(text(at: path) == "old\n1,")
    #expect(file.length == 4)
    isBroken.withLock { $0 = false }
    try file.append("2,0.2\n")
    #expect(text(at: path) == "old\n2,0.2\n")
    #expect(file.length == 10)
  }

  @Test func oneThatShouldHaveBytesIsNotMade() throws {
    let path = scratch.path("logs/log.csv")
    #expect(throws: FileFailure.cannotWrite(path: path, reason: "no such file or directory")) {
      _ = try AppendingFile(path, from: .length(7), makingFolders: true)
    }
    #expect(scratch.names == [])
    #expect(AppendingFile.loss(at: path, of: 7) == "it is gone")
    #expect(AppendingFile.loss(at: path, of: 0) == nil)
    try AppendingFile(path, from: .length(0), makingFolders: true).append("row\n")
    #expect(AppendingFile.loss(at: path, of: 4) == nil)
    #expect(AppendingFile.loss(at: path, of: 5) == "it has 4 bytes where 5 were written before")
  }

  @Test(arguments: [("", 0), ("a\n", 0), ("a\nbc", 2), ("abc", 3), ("a\r\n1,", 2)])
  func tornRowsAreFound(content: String, torn: Int) throws {
    put(content, at: scratch.path("log"))
    #expect(try AppendingFile.tornBytes(at: scratch.path("log")) == torn)
    #expect(try AppendingFile.tornBytes(at: scratch.path("none")) == 0)
  }

  @Test func opensOnlyFiles() {
    #expect(throws: FileFailure.cannotWrite(path: scratch.folder, reason: "is a directory")) {
      _ = try AppendingFile(scratch.folder, from: .end)
    }
    #expect(throws: FileFailure.cannotWrite(path: scratch.path("no/log"), reason: "no such file or directory")) {
      _ = try AppendingFile(scratch.path("no/log"), from: .empty)
    }
  }
}

@Suite struct ReadFileTests {
  let scratch = Scratch()

  @Test func readsFilesOnly() throws {
    put("abc", at: scratch.path("file"))
    mkfifo(scratch.path("pipe"), 0o600)
    #expect(try readFile(scratch.path("file")) == Array("abc".utf8))
    #expect(throws: FileFailure.cannotRead(path: scratch.folder, reason: "it is a folder")) { _ = try readFile(scratch.folder) }
    #expect(throws: FileFailure.cannotRead(path: scratch.path("pipe"), reason: "it is a device or a pipe, not a file")) {
      _ = try readFile(scratch.path("pipe"))
    }
    #expect(throws: FileFailure.cannotRead(path: scratch.path("none"), reason: "no such file or directory")) {
      _ = try readFile(scratch.path("none"))
    }
    #expect(throws: FileFailure.self) { _ = try readFile(scratch.path("file"), limit: 2) }
  }
}
