import Arrays
import Artifacts
import Glibc
import Synchronization
import Testing

@Suite struct BackupTests {
  let scratch = Scratch()
  var folder: String { scratch.path("backup") }

  private func sections(_ number: Int) -> [BackupSection] {
    [
      BackupSection("state", text: "{\"epoch\": \(number)}"),
      BackupSection("weights/0", array: .counting(from: Double(number), shape: [2, 3])),
      BackupSection("nothing", bytes: []),
    ]
  }

  private func names() -> [String] { (try? BackupFolder.list(folder).map(\.path).map { String($0.suffix(15)) }) ?? [] }

  @Test func keepsTheNewestTwo() throws {
    let backups = try BackupFolder(folder)
    #expect(try backups.newest()?.generation == nil)
    for number in 1...5 {
      #expect(try backups.write(sections(number)) == number)
      #expect(try backups.size == BackupFolder.list(folder).reduce(0) { $0 + $1.size })
      let found = try #require(try backups.newest())
      #expect(found.generation == number)
      #expect(found["state"]?.text == "{\"epoch\": \(number)}")
      let array = try #require(found["weights/0"]?.array)
      #expect(array.shape == [2, 3])
      #expect(array.doubles.first == Double(number))
      #expect(found["nothing"]?.bytes == [])
      #expect(found["state"]?.array == nil)
      #expect(found["none"] == nil)
      #expect(found.passedOver.isEmpty)
    }
    #expect(names() == ["00000005.backup", "00000004.backup"])
  }

  @Test func numbersGoOnInTheNextRun() throws {
    var backups: BackupFolder? = try BackupFolder(folder)
    try backups?.write(sections(1))
    backups = nil
    backups = try BackupFolder(folder)
    #expect(try backups?.write(sections(2)) == 2)
  }

  @Test func damagedOnesAreNamedAndPassedOver() throws {
    let backups = try BackupFolder(folder)
    try backups.write(sections(1))
    try backups.write(sections(2))
    let newest = folder + "/00000002.backup"
    var bytes = try readFile(newest)
    let array = try #require(bytes.indices.first { bytes[$0...].starts(with: "NUMPY".utf8) })
    bytes[array + 20] ^= 1
    put(bytes, at: newest)
    let found = try #require(try backups.newest())
    #expect(found.generation == 1)
    #expect(found.passedOver.map(\.path) == [newest])
    #expect(try BackupFolder.list(folder).map { $0.damage != nil } == [true, false])
    put("", at: folder + "/00000001.backup")
    let both = "its section `weights/0` is damaged; nor `\(folder)/00000001.backup`: it is not a backup"
    #expect(throws: FileFailure.damaged(path: newest, reason: both)) { _ = try backups.newest() }
    // The next one is written beside them.
    #expect(try backups.write(sections(3)) == 3)
    #expect(try backups.newest()?.generation == 3)
  }

  /// Every bit of every byte, every length: none goes unnoticed.
  @Test func everyDamageIsDetected() throws {
    do {
      let backups = try BackupFolder(folder)
      try backups.write([BackupSection("a", text: "b"), BackupSection("weights", array: .counting(from: 1, shape: [3]))])
    }
    let path = folder + "/00000001.backup"
    let whole = try readFile(path)
    #expect(try BackupFolder.list(folder).map(\.damage) == [nil])
    for place in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[place] ^= 1 << UInt8(bit)
        put(bytes, at: path)
        #expect(try BackupFolder.list(folder).first?.damage != nil, "bit \(bit) of byte \(place)")
      }
    }
    for length in 0..<whole.count {
      put(Array(whole[..<length]), at: path)
      #expect(try BackupFolder.list(folder).first?.damage != nil, "\(length) bytes")
    }
    put(whole + [0], at: path)
    #expect(try BackupFolder.list(folder).first?.damage != nil)
  }

  /// One that is damaged does not count as one of the two.
  @Test func aDamagedOneTakesNoPlace() throws {
    do {
      let backups = try BackupFolder(folder)
      for number in 1...3 { try backups.write(sections(number)) }
    }
    put("", at: folder + "/00000003.backup")
    let backups = try BackupFolder(folder)
    #expect(try backups.newest()?.generation == 2)
    #expect(try backups.write(sections(4)) == 4)
    #expect(names() == ["00000004.backup", "00000002.backup"])
    // Those that are not read before they are written beside count no more.
    put("", at: folder + "/00000004.backup")
    #expect(try BackupFolder.newest(inFolder: folder)?.generation == 2)
  }

  /// As long as there are not two whole ones, damaged ones stay, of which something might be rescued.
  @Test func damagedOnesStayUntilThereAreTwo() throws {
    do { try BackupFolder(folder).write(sections(1)) }
    put("", at: folder + "/00000001.backup")
    let backups = try BackupFolder(folder)
    try backups.write(sections(2))
    #expect(names() == ["00000002.backup", "00000001.backup"])
    try backups.write(sections(3))
    #expect(names() == ["00000003.backup", "00000002.backup"])
  }

  @Test(arguments: [EIO, ENOSPC, EDQUOT, EROFS])
  func everyFailingCallLeavesTheEarlierGenerations(code: Int32) throws {
    var number = 0
    while try thirdBackup(hasCall: number, failingWith: code) { number += 1 }
    #expect(number > 12)
  }

  /// Opens a folder of two backups and writes a third while one call fails; false where there is no such call.
  private func thirdBackup(hasCall number: Int, failingWith code: Int32) throws -> Bool {
    let scratch = Scratch()
    let folder = scratch.path("backup")
    do {
      let backups = try BackupFolder(folder)
      for generation in 1...2 { try backups.write(sections(generation)) }
    }
    let trouble = Trouble(.error(code), atCall: number)
    var failure: FileFailure?
    do throws(FileFailure) {
      try BackupFolder(folder, through: trouble.fileSystem).write(sections(3))
    } catch {
      failure = error
    }
    let calls = trouble.calls
    let listed = try BackupFolder.list(folder)
    #expect(listed.allSatisfy { $0.damage == nil })
    #expect(!scratch.names(in: folder).contains { $0.hasSuffix(".partial") }, "call \(number) of \(calls)")
    guard number < calls.count else {
      #expect(failure == nil && listed.map(\.generation) == [3, 2])
      return false
    }
    // The process number in the lock serves a message, an old generation is removed by the next write, what is closed was synced.
    let isHarmless = ["close", "truncate", "remove"].contains(calls[number]) || number == calls.firstIndex(of: "write")
    #expect((failure == nil) == isHarmless, "call \(number) of \(calls)")
    #expect(failure.map { $0.reason.contains(String(cString: strerror(code)).lowercased()) } ?? true)
    let isRenamed = calls.firstIndex(of: "rename").map { $0 < number } ?? false
    let isWritten = failure == nil || isRenamed
    #expect(listed.map(\.generation).starts(with: isWritten ? [3, 2] : [2, 1]), "call \(number) of \(calls)")
    #expect(try BackupFolder.newest(inFolder: folder)?["state"]?.text == "{\"epoch\": \(isWritten ? 3 : 2)}")
    return true
  }

  /// From the fourth on a backup is written over the first of three: any call that fails leaves two whole ones, the run goes on after it, and
  /// nothing is left when it is over.
  @Test(arguments: [EIO, ENOSPC, EDQUOT, EROFS])
  func everyFailingCallOfARecycledBackupLeavesTheEarlierGenerations(code: Int32) throws {
    var failures = 0
    for number in 0..<200 {
      let scratch = Scratch()
      let folder = scratch.path("backup")
      let trouble = Trouble(.error(code), atCall: number)
      guard let backups = try? BackupFolder(folder, through: trouble.fileSystem) else { continue }
      var last = 0
      for save in 1...5 {
        let whole = try BackupFolder.list(folder).filter { $0.damage == nil }.map(\.generation)
        do throws(FileFailure) { last = try backups.write(sections(save)) } catch {
          failures += 1
          let left = try BackupFolder.list(folder)
          #expect(left.allSatisfy { $0.damage == nil } && whole.allSatisfy(left.map(\.generation).contains), "call \(number)")
          #expect(!scratch.names(in: folder).contains { $0.hasSuffix(".partial") }, "call \(number) of \(trouble.calls)")
        }
        #expect(try BackupFolder.list(folder).count <= 3)
      }
      // One whose folder could not be synced may stand all the same.
      #expect(try [last, last + 1].contains(backups.newest()?.generation))
      #expect(scratch.names(in: folder).count { $0.hasSuffix(".partial") } <= 1)
      _ = consume backups
      let isLeft = scratch.names(in: folder).contains { $0.hasSuffix(".partial") }
      #expect(!isLeft || trouble.calls[number] == "remove", "call \(number) of \(trouble.calls)")
      if trouble.calls.count <= number {
        #expect(failures > 10)
        return
      }
    }
    #expect(Bool(false), "no call is the last")
  }

  /// What a recycled backup costs: its bytes in one write, and what makes it sure.
  @Test func aRecycledBackupTakesFewCalls() throws {
    let trouble = Trouble(.error(0), atCall: nil)
    let backups = try BackupFolder(folder, through: trouble.fileSystem)
    for number in 1...4 { try backups.write(sections(number)) }
    let before = trouble.calls.count
    try backups.write(sections(5))
    #expect(trouble.calls[before...] == ["rewind", "write", "syncData", "rename", "rename"])
    #expect(names() == ["00000005.backup", "00000004.backup"])
  }

  /// Longer and shorter ones take turns, over several gathered pieces.
  @Test func recycledBackupsOfOtherLengths() throws {
    let backups = try BackupFolder(folder)
    for number in 1...9 {
      let counts = [3, 700_000, 5, 1_300_000, 2000]
      let array = NDArray.counting(from: Double(number), shape: [counts[number % 5]])
      try backups.write([BackupSection("a", array: array), BackupSection("b", text: "\(number)")])
      let found = try #require(try BackupFolder.newest(inFolder: folder))
      #expect(found["b"]?.text == "\(number)" && found.passedOver.isEmpty)
      #expect(found["a"]?.array?.doubles == array.doubles)
      #expect(try BackupFolder.list(folder).map(\.size).first == BackupFolder.size(of: found.sections))
    }
  }

  /// A power cut may leave a recycled backup under the name of the one that it was written over, under the hidden one, or with one of
  /// these beside its own.
  @Test(arguments: ["00000002.backup", ".spare.4711-1.partial"], [false, true])
  func aBackupIsFoundUnderAnyName(_ name: String, hasItsOwn: Bool) throws {
    do {
      let backups = try BackupFolder(folder)
      for number in 1...5 { try backups.write(sections(number)) }
    }
    let newest = folder + "/00000005.backup"
    if hasItsOwn {
      #expect(link(newest, folder + "/" + name) == 0)
    } else {
      #expect(rename(newest, folder + "/" + name) == 0)
    }
    let listed = try BackupFolder.list(folder)
    #expect(listed.map(\.generation) == [5, 4] && listed.allSatisfy { $0.damage == nil })
    #expect(listed[0].path == (hasItsOwn ? newest : folder + "/" + name))
    #expect(try BackupFolder.newest(inFolder: folder)?.generation == 5)
    let backups = try BackupFolder(folder)
    #expect(names() == ["00000005.backup", "00000004.backup"])
    #expect(scratch.names(in: folder) == [".lock", "00000004.backup", "00000005.backup"])
    #expect(try backups.newest()?["state"]?.text == "{\"epoch\": 5}" && backups.write(sections(6)) == 6)
    #expect(names() == ["00000006.backup", "00000005.backup"])
  }

  /// One that was being written when the power went is no backup, and nobody is told of it as damaged; nor is the room for the next one.
  @Test func whatWasBeingWrittenIsNoBackup() throws {
    do {
      let backups = try BackupFolder(folder)
      for number in 1...5 { try backups.write(sections(number)) }
    }
    var bytes = try readFile(folder + "/00000005.backup")
    bytes[bytes.count / 2] ^= 1
    put(bytes, at: folder + "/.spare.4711-1.partial")
    put(bytes, at: folder + "/00000003.backup")
    put(try readFile(folder + "/00000004.backup"), at: folder + "/.spare.4711-2.partial")
    unlink(folder + "/00000005.backup")
    let found = try #require(try BackupFolder.newest(inFolder: folder))
    #expect(found.generation == 4 && found.passedOver.isEmpty)
    #expect(try BackupFolder.list(folder).map(\.generation) == [4, 3])
    let backups = try BackupFolder(folder)
    #expect(try backups.write(sections(5)) == 5 && names() == ["00000005.backup", "00000004.backup"])
    #expect(scratch.names(in: folder) == [".lock", "00000004.backup", "00000005.backup"])
  }

  /// A backup that someone keeps under another name is not written over.
  @Test func aLinkedBackupStays() throws {
    let backups = try BackupFolder(folder)
    for number in 1...8 {
      try backups.write(sections(number))
      #expect(link(folder + "/0000000\(number).backup", scratch.path("kept-\(number)")) == 0)
    }
    for number in 1...8 {
      #expect(rename(scratch.path("kept-\(number)"), scratch.path("0000000\(number).backup")) == 0)
    }
    #expect(try BackupFolder.list(scratch.folder).map(\.damage) == [nil, nil, nil, nil, nil, nil, nil, nil])
    #expect(try BackupFolder.newest(inFolder: scratch.folder)?["state"]?.text == "{\"epoch\": 8}")
    #expect(names() == ["00000008.backup", "00000007.backup"])
  }

  /// Someone tidies up: the spare goes, or another file has its name.
  @Test func aSpareThatIsGoneIsNotMissed() throws {
    let backups = try BackupFolder(folder)
    for number in 1...9 {
      try backups.write(sections(number))
      for name in scratch.names(in: folder) where name.hasSuffix(".partial") {
        unlink(folder + "/" + name)
        if number % 2 == 0 { put("mine", at: folder + "/" + name) }
      }
      #expect(try BackupFolder.newest(inFolder: folder)?["state"]?.text == "{\"epoch\": \(number)}")
      #expect(names().count == min(number, 2))
    }
  }

  /// Disks that refuse to pass the system's cache, at once or when they are given a block.
  @Test func aDiskMayRefuseBlocks() throws {
    var picky = FileSystem.real
    let refusals = Mutex(0)
    picky.write = { descriptor, bytes in
      guard fcntl(descriptor, F_GETFL) & 0o40000 != 0 else { return FileSystem.real.write(descriptor, bytes) }
      refusals.withLock { $0 += 1 }
      return -Int(EINVAL)
    }
    let backups = try BackupFolder(folder, through: picky)
    for number in 1...5 { try backups.write(sections(number)) }
    #expect(try backups.newest()?["state"]?.text == "{\"epoch\": 5}")
    // A file that was refused once is not tried again.
    #expect(refusals.withLock { $0 } <= 3)
  }

  @Test func interruptionsAndShortWritesAreNoFailures() throws {
    let backups = try BackupFolder(folder)
    try backups.write(sections(1))
    for number in 0..<30 {
      let scratch = Scratch()
      let trouble = Trouble(.interruption, atCall: number)
      let interrupted = try BackupFolder(scratch.folder, through: trouble.fileSystem)
      try interrupted.write(sections(number))
      #expect(try interrupted.newest()?["state"]?.text == "{\"epoch\": \(number)}", "call \(number)")
    }
    let scratch = Scratch()
    let short = try BackupFolder(scratch.folder, through: Trouble(.shortWrite, atCall: nil).fileSystem)
    try short.write(sections(7))
    #expect(try short.newest()?["weights/0"]?.array?.doubles.first == 7)
  }

  @Test func aSecondRunIsRefused() throws {
    let first = try BackupFolder(folder)
    #expect(throws: FileFailure.inUse(path: folder, pid: Int(getpid()))) { _ = try BackupFolder(folder) }
    #expect(
      FileFailure.inUse(path: "b", pid: 7).description == "cannot use `b`: another run (process 7) is using it")
    try first.write(sections(1))
  }

  /// As `rm -r` does, while the run goes on.
  private func removeFolder() {
    for name in scratch.names(in: folder) { unlink(folder + "/" + name) }
    rmdir(folder)
  }

  @Test func aFolderThatIsDeletedMeanwhileIsMadeAndLockedAgain() throws {
    let backups = try BackupFolder(folder)
    try backups.write(sections(1))
    removeFolder()
    #expect(try backups.write(sections(2)) == 2)
    #expect(try BackupFolder.newest(inFolder: folder)?.generation == 2)
    #expect(throws: FileFailure.inUse(path: folder, pid: Int(getpid()))) { _ = try BackupFolder(folder) }
    // The lock alone.
    unlink(folder + "/.lock")
    #expect(try backups.write(sections(3)) == 3)
    #expect(throws: FileFailure.inUse(path: folder, pid: Int(getpid()))) { _ = try BackupFolder(folder) }
    #expect(names() == ["00000003.backup", "00000002.backup"])
  }

  @Test func aFolderThatAnotherRunHasMadeAgainIsTheirs() throws {
    let backups = try BackupFolder(folder)
    try backups.write(sections(1))
    removeFolder()
    let others = try BackupFolder(folder)
    #expect(throws: FileFailure.inUse(path: folder, pid: Int(getpid()))) { try backups.write(sections(2)) }
    #expect(try others.newest()?.generation == nil)
  }

  /// The files of the folder that this process has open.
  private func openFiles() throws -> [String] {
    scratch.names(in: "/proc/self/fd").compactMap { name in
      guard let target = realpath("/proc/self/fd/\(name)", nil) else { return nil }
      defer { free(target) }
      let path = String(cString: target)
      return path.hasPrefix(folder) ? path : nil
    }
  }

  /// A script of a thousand trainings keeps a thousand folders until it ends.
  @Test func aFolderThatRestsHasItsLockAlone() throws {
    let backups = try BackupFolder(folder)
    for number in 1...4 { try backups.write(sections(number)) }
    #expect(try openFiles().count > 1)
    backups.rest()
    #expect(try openFiles() == [folder + "/.lock"])
    #expect(scratch.names(in: folder) == [".lock", "00000003.backup", "00000004.backup"])
    #expect(throws: FileFailure.inUse(path: folder, pid: Int(getpid()))) { _ = try BackupFolder(folder) }
    for number in 5...7 { try backups.write(sections(number)) }
    #expect(try backups.newest()?["state"]?.text == "{\"epoch\": 7}")
    #expect(names() == ["00000007.backup", "00000006.backup"])
  }

  @Test func theLockEndsWithItsOwner() throws {
    do { _ = try BackupFolder(folder) }
    _ = try BackupFolder(folder)
  }

  /// A process that is begun meanwhile has the lock's descriptor too, until it runs its program.
  @Test func aChildProcessKeepsNoLock() throws {
    var leaky = FileSystem.real
    leaky.open = { path, flags, mode in
      let descriptor = Glibc.open(path, flags, mode)  // without O_CLOEXEC the child keeps it for good
      return descriptor < 0 ? -Int(errno) : Int(descriptor)
    }
    var child = pid_t()
    do {
      let backups = try BackupFolder(folder, through: leaky)
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("30"), nil]
      defer { for argument in arguments { free(argument) } }
      #expect(posix_spawnp(&child, "sleep", nil, nil, &arguments, environ) == 0)
      #expect(throws: FileFailure.self) { _ = try BackupFolder(folder) }
      withExtendedLifetime(backups) {}
    }
    defer {
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    try BackupFolder(folder).write(sections(1))
  }

  @Test func deletingLeavesNothing() throws {
    let backups = try BackupFolder(folder)
    try backups.write(sections(1))
    try backups.deleteAll()
    #expect(scratch.names == [])
    do { _ = try BackupFolder(folder).write(sections(1)) }
    put("mine", at: folder + "/notes.txt")
    try BackupFolder(folder).deleteAll()
    #expect(text(at: folder + "/notes.txt") == "mine")
  }

  /// A run that is killed while the folder is removed finds what it came to.
  @Test func theNewestIsRemovedLast() throws {
    do {
      let backups = try BackupFolder(folder)
      for number in 1...2 { try backups.write(sections(number)) }
    }
    for number in 0..<40 {
      let trouble = Trouble(.error(EIO), atCall: number)
      guard let backups = try? BackupFolder(folder, through: trouble.fileSystem) else { continue }
      do throws(FileFailure) { try backups.deleteAll() } catch {
        #expect(try backups.newest()?.generation == 2)
        #expect(error.description.hasPrefix("cannot remove `\(folder)/0000000"))
        continue
      }
      return
    }
    #expect(Bool(false), "no call is the last")
  }

  /// A script of several fits that is killed while it removes their backups has ended all the same: the second fit's backup never stands
  /// where the first one's is gone, or the first would be trained anew, over what the second has written.
  @Test func theBackupsOfAScriptGoAsOne() throws {
    let folders = ["a", "b", "c"].map(scratch.path)
    var failures = 0
    for number in 0..<400 {
      for path in folders {
        let backups = try BackupFolder(path)
        for _ in 1...2 { try backups.write(sections(1)) }
      }
      let trouble = Trouble(.error(EIO), atCall: number)
      do throws(FileFailure) { try BackupFolder.deleteAll(folders, through: trouble.fileSystem) } catch { failures += 1 }
      if trouble.calls.count <= number {
        #expect(scratch.names == [] && failures > 10)
        return
      }
      let first = try BackupFolder(folders[0])
      if try first.newest() == nil {
        #expect(try folders.dropFirst().allSatisfy { try BackupFolder.newest(inFolder: $0) == nil }, "call \(number)")
      } else {
        #expect(try folders.dropFirst().allSatisfy { try BackupFolder.newest(inFolder: $0) != nil }, "call \(number)")
      }
    }
    #expect(Bool(false), "no call is the last")
  }

  @Test func anotherRunsBackupIsLeftToIt() throws {
    let folders = ["a", "b"].map(scratch.path)
    for path in folders { try BackupFolder(path).write(sections(1)) }
    let used = try BackupFolder(folders[1])
    try BackupFolder.deleteAll(folders)
    #expect(scratch.names == ["b"])
    #expect(try used.newest()?.generation == 1)
  }

  @Test func foreignFilesInTheFolderAreLeftAlone() throws {
    let backups = try BackupFolder(folder)
    for name in ["1.backup", "x.backup", "00000001.backup.old", "-0000001.backup", "99999999999999999999.backup"] {
      put("", at: folder + "/" + name)
    }
    #expect(try backups.newest()?.generation == nil)
    #expect(try backups.write(sections(1)) == 1)
    #expect(text(at: folder + "/1.backup") == "")
  }

  @Test func placesThatCannotBe() {
    put("", at: scratch.path("file"))
    #expect(throws: FileFailure.self) { _ = try BackupFolder(scratch.path("file")) }
    #expect(throws: FileFailure.self) { _ = try BackupFolder(scratch.path("file/inner")) }
    #expect(throws: FileFailure.self) { _ = try BackupFolder("") }
    #expect(throws: FileFailure.self) { _ = try BackupFolder.list(scratch.path("none")) }
  }
}
