import Arrays
import Artifacts
import Glibc
import Synchronization
import Testing

@Suite struct FileWriterTests {
  let scratch = Scratch()

  /// A place where a job waits until the test lets it go on.
  private final class Barrier: Sendable {
    private let isOpen = Atomic(false)
    let arrivals = Atomic(0)

    func open() { isOpen.store(true, ordering: .releasing) }
    func pass() {
      arrivals.add(1, ordering: .releasing)
      while !isOpen.load(ordering: .acquiring) { usleep(200) }
    }
    func awaitArrival() { while arrivals.load(ordering: .acquiring) == 0 { usleep(200) } }
  }

  /// A file system whose `fsync` waits at the barrier.
  private func slow(_ barrier: Barrier) -> FileSystem {
    var slow = FileSystem.real
    slow.sync = { descriptor in
      barrier.pass()
      return FileSystem.real.sync(descriptor)
    }
    return slow
  }

  @Test func whoAddsAJobDoesNotWaitForTheDisk() throws {
    let (writer, barrier, path) = (FileWriter(), Barrier(), scratch.path("a"))
    let slow = slow(barrier)
    let ticket = writer.add { () throws(FileFailure) in try writeDurably("new", to: path, through: slow) }
    barrier.awaitArrival()
    #expect(!writer.isDone(ticket))
    #expect(text(at: path) == nil, "it is renamed when it is on the disk")
    barrier.open()
    writer.wait(for: ticket)
    #expect(writer.isDone(ticket))
    #expect(text(at: path) == "new")
    #expect(writer.takeFailure() == nil)
  }

  @Test func jobsAreDoneInTheirOrder() {
    let (writer, barrier) = (FileWriter(), Barrier())
    let done = Mutex<[Int]>([])
    let log = { @Sendable number in done.withLock { $0.append(number) } }
    writer.add { barrier.pass() }
    let tickets = (0..<50).map { number in
      writer.add {
        if number % 7 == 0 { usleep(500) }
        log(number)
      }
    }
    #expect(tickets.allSatisfy { !writer.isDone($0) })
    barrier.open()
    writer.wait(for: tickets[20])
    #expect(done.withLock { Array($0.prefix(21)) } == Array(0...20))
    writer.wait()
    #expect(done.withLock { $0 } == Array(0..<50))
  }

  @Test func whatFollowsAFailureIsNotDone() throws {
    let (writer, barrier, folder) = (FileWriter(), Barrier(), scratch.folder)
    put("old", at: folder + "/b")
    let full = Trouble(.error(ENOSPC), atCall: 1).fileSystem
    writer.add { () throws(FileFailure) in
      barrier.pass()
      try writeDurably("a", to: folder + "/a")
    }
    let failing = writer.add { () throws(FileFailure) in try writeDurably("b", to: folder + "/b", through: full) }
    let last = writer.add { () throws(FileFailure) in try writeDurably("c", to: folder + "/c") }
    #expect(writer.takeFailure() == nil)
    barrier.open()
    writer.wait()
    #expect(writer.isDone(last))
    // Until someone has heard of it nothing is begun.
    let ignored = writer.add { () throws(FileFailure) in try writeDurably("d", to: folder + "/d") }
    writer.wait(for: ignored)
    let (ticket, failure) = try #require(writer.takeFailure())
    #expect(ticket == failing)
    #expect(failure == .cannotWrite(path: folder + "/b", reason: "no space left on device"))
    #expect(scratch.names == ["a", "b"])
    #expect(text(at: folder + "/b") == "old")
    #expect(writer.takeFailure() == nil)
    writer.add { () throws(FileFailure) in try writeDurably("e", to: folder + "/e") }
    writer.wait()
    #expect(text(at: folder + "/e") == "e")
  }

  @Test func whatAJobHoldsIsGoneWhenItIsDone() throws {
    let writer = FileWriter()
    for _ in 0..<200 {
      // The folder can be opened again only when its lock is given back.
      let backups = try BackupFolder(scratch.path("backup"))
      writer.add { [backups] () throws(FileFailure) in try backups.write([BackupSection("a", text: "b")]) }
      writer.wait()
    }
    let failing = FileWriter()
    for _ in 0..<200 {
      let backups = try BackupFolder(scratch.path("backup"))
      failing.add { () throws(FileFailure) in throw .cannotWrite(path: "x", reason: "y") }
      failing.add { [backups] () throws(FileFailure) in try backups.write([BackupSection("a", text: "b")]) }
      failing.wait()
      #expect(failing.takeFailure() != nil)
    }
  }

  @Test func aWriterThatIsLetGoFinishesItsJobs() throws {
    let (barrier, folder) = (Barrier(), scratch.folder)
    var writer: FileWriter? = FileWriter()
    writer?.add { barrier.pass() }
    writer?.add { () throws(FileFailure) in try writeDurably("last", to: folder + "/a") }
    writer = nil
    barrier.open()
    for _ in 0..<5000 where text(at: folder + "/a") == nil { usleep(1000) }
    #expect(text(at: folder + "/a") == "last")
  }

  /// Reading and writing HDF5 on two threads, which the library itself does not allow.
  @Test func modelsAreReadWhileOthersAreWritten() throws {
    let (writer, folder) = (FileWriter(), scratch.folder)
    func tree(_ number: Int) -> WeightTree {
      let variables = [NDArray.counting(from: Double(number), shape: [64, 9])]
      return WeightTree([WeightGroup(path: "layers/dense/vars", name: "d", variables: variables)])
    }
    try WeightsFile.write(tree(-1), to: folder + "/read.weights.h5")
    for number in 0..<60 {
      let tree = tree(number)
      writer.add { () throws(FileFailure) in try WeightsFile.write(tree, to: "\(folder)/written.weights.h5") }
      let read = try WeightsFile.read(folder + "/read.weights.h5")["layers/dense/vars"]
      #expect(read?.variables.first?.doubles.first == -1)
    }
    writer.wait()
    #expect(writer.takeFailure() == nil)
    #expect(try WeightsFile.read(folder + "/written.weights.h5")["layers/dense/vars"]?.variables.first?.doubles.first == 59)
  }
}
