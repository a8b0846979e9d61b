import Artifacts
import Glibc
import Synchronization
import Testing

/// Process numbers tell nothing in a container, nor on a shared disk: a lock tells who is alive.
@Suite struct TemporaryFileTests {
  let scratch = Scratch()
  private static let noSuchProcess = 4_194_304 + 7  // above the highest process number of Linux

  /// A file system whose disk has no locks.
  private var withoutLocks: FileSystem {
    var fileSystem = FileSystem.real
    fileSystem.lock = { _ in -Int(EOPNOTSUPP) }
    return fileSystem
  }

  /// Files as runs of this process number would leave them, under the names that come next.
  private func putLeftovers(for target: String) throws {
    let elsewhere = Scratch()
    let seen = Mutex("")
    var watched = FileSystem.real
    watched.open = { path, flags, mode in
      if path.hasSuffix(".partial") { seen.withLock { $0 = path } }
      return FileSystem.real.open(path, flags, mode)
    }
    try writeDurably("x", to: elsewhere.path(target), through: watched)
    let path = seen.withLock { $0 }
    let number = try #require(path.split(separator: "-").last.flatMap { Int($0.dropLast(".partial".count)) })
    // Other tests write meanwhile.
    for next in number..<number + 500 { put("", at: scratch.path(".\(target).\(getpid())-\(next).partial")) }
  }

  @Test func leftoversOfTheSameProcessNumberGo() throws {
    try putLeftovers(for: "best.keras")
    try writeDurably("whole", to: scratch.path("best.keras"))
    #expect(text(at: scratch.path("best.keras")) == "whole")
    #expect(scratch.names == ["best.keras"])
  }

  /// Where it cannot be told whether they are in use, they stay and are written around.
  @Test func leftoversStayWhereThereAreNoLocks() throws {
    try putLeftovers(for: "best.keras")
    try writeDurably("whole", to: scratch.path("best.keras"), through: withoutLocks)
    #expect(text(at: scratch.path("best.keras")) == "whole")
    #expect(scratch.names.count == 501)
  }

  @Test func thoseThatAreHeldStay() throws {
    var held: [String] = []
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    for pid in [Int(getpid()), Self.noSuchProcess] {
      for number in 1...2 { put("", at: scratch.path(".best.keras.\(pid)-\(number).partial")) }
      held.append(".best.keras.\(pid)-2.partial")
      descriptors.append(open(scratch.path(held.last ?? ""), O_RDONLY))
      #expect(flock(descriptors.last ?? -1, LOCK_EX | LOCK_NB) == 0)
    }
    put("", at: scratch.path(".mine.partial"))
    put("", at: scratch.path("best.keras"))
    removeAbandonedTemporaries(inFolder: scratch.folder)
    #expect(scratch.names == (held + [".mine.partial", "best.keras"]).sorted())
  }

  /// Whoever looks for abandoned files at any moment of a write takes none that is in use.
  @Test func aFileBeingWrittenIsNotTaken() throws {
    let folder = scratch.folder
    let count = Mutex(0)
    @Sendable func sweep() {
      removeAbandonedTemporaries(inFolder: folder)
      count.withLock { $0 += 1 }
    }
    var fileSystem = FileSystem.real
    fileSystem.write = { descriptor, bytes in
      sweep()
      return FileSystem.real.write(descriptor, bytes)
    }
    fileSystem.sync = { descriptor in
      sweep()
      return FileSystem.real.sync(descriptor)
    }
    fileSystem.rename = { from, to in
      sweep()
      return FileSystem.real.rename(from, to)
    }
    // The first one is not locked yet when it is found, so it goes, and another is made.
    fileSystem.lock = { descriptor in
      if count.withLock({ $0 }) == 0 { sweep() }
      return FileSystem.real.lock(descriptor)
    }
    try writeDurably("whole", to: scratch.path("best.keras"), through: fileSystem)
    #expect(count.withLock { $0 } >= 4)
    #expect(scratch.names == ["best.keras"])
    #expect(text(at: scratch.path("best.keras")) == "whole")
  }

  /// One that is being looked at is left to who looks.
  @Test func oneThatAnotherHoldsIsNotWritten() throws {
    let refusals = Mutex(3)
    var fileSystem = FileSystem.real
    fileSystem.lock = { descriptor in
      let isRefused = refusals.withLock { left in
        left -= 1
        return left >= 0
      }
      return isRefused ? -Int(EWOULDBLOCK) : FileSystem.real.lock(descriptor)
    }
    try writeDurably("whole", to: scratch.path("best.keras"), through: fileSystem)
    #expect(text(at: scratch.path("best.keras")) == "whole")
    removeAbandonedTemporaries(inFolder: scratch.folder)
    #expect(scratch.names == ["best.keras"])
  }

  /// A large folder is not listed at every write.
  @Test func aFolderIsLookedThroughOnce() throws {
    let leftover = ".best.keras.\(Self.noSuchProcess)-1.partial"
    for names in [["best.keras"], [leftover, "best.keras"]] {
      put("", at: scratch.path(leftover))
      try writeDurably("whole", to: scratch.path("best.keras"))
      #expect(scratch.names == names)
    }
  }
}
