import Arrays
import Glibc
import Synchronization

/// The backups of one run: one file a generation (`00000012.backup`), the newest two whole ones kept, and beside them the journal of what
/// grows with the run (`BackupJournal`).
///
/// While it exists it holds the folder's lock, so that a second run in the same folder is refused; the system gives the
/// lock back when the process ends, however it ends. A folder that someone deletes meanwhile is made and locked again by
/// the next write.
package final class BackupFolder: Sendable {
  package let path: String
  private let fileSystem: FileSystem
  private let state: Mutex<State>

  private struct State {
    /// The descriptor that holds the folder's lock.
    var lock: Int32
    /// Those in the folder, newest first.
    var generations: [Int] = []
    /// The newest that there has been.
    var newestGeneration = 0
    /// Those that were written or read, and are whole.
    var known: Set<Int> = []
    /// All rows that were added so far, by this run and by the one that it goes on from.
    var journal = BackupJournal()
    var files: RecycledFiles
    /// Where the next one is gathered; nil until one is.
    var buffer: BlockBuffer?
    /// The arrays that it begins with, if they were copied there.
    var placed = PlacedArrays([])

    /// What the folder holds now.
    mutating func list(_ folder: String) {
      generations = BackupNames.named(in: folder)
      newestGeneration = max(newestGeneration, generations.first ?? 0)
      known = []
    }

    /// A buffer of at least so many bytes that nobody else has.
    mutating func freeBuffer(of byteCount: Int = 0) -> BlockBuffer {
      if isKnownUniquelyReferenced(&buffer), let buffer, buffer.bytes.count >= byteCount { return buffer }
      let made = BlockBuffer(byteCount)
      buffer = made
      return made
    }

    /// The sections of a backup in their order, and the buffer that it is gathered in: that which arrays of theirs stand in, if they do.
    mutating func laidOut(_ sections: [BackupSection]) -> ([BackupSection], BlockBuffer) {
      let first = sections.filter { $0.place != nil }
      guard let place = first.first?.place, placed.areThere(first, in: place) else { return (sections, freeBuffer()) }
      return (first + sections.filter { $0.place == nil }, place)
    }
  }

  /// Whole generations that are kept.
  package static let keptGenerations = 2
  /// Bytes that the newest rows take in a backup, at most, but for those of its own.
  package static let rowsInBackup = BackupJournal.tailLimit

  /// What was found when a backup was looked for.
  package struct Found: Sendable {
    package let generation: Int
    /// The rows of its journal, if there are any, stand in one called `BackupJournal.name`.
    package let sections: [BackupSection]
    /// Newer backups that are damaged, newest first.
    package let passedOver: [FileFailure]
    fileprivate let journal: BackupJournal

    /// The section of that name.
    package subscript(name: String) -> BackupSection? { sections.first { $0.name == name } }
  }

  /// One backup in a listing.
  package struct Listed: Sendable {
    package let generation: Int
    package let path: String
    package let size: Int
    /// When it was written, in seconds since 1970.
    package let modified: Int
    /// Nothing where it is damaged.
    package let sections: [BackupSection]
    /// Why it cannot be used; nil if it is whole.
    package let damage: String?
  }

  /// Makes the folder if it is missing, and takes its lock; removes what a killed run left half-written, and what a script that has ended
  /// was about to remove.
  package init(_ path: String, through fileSystem: FileSystem = .real) throws(FileFailure) {
    if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
    try makeFolders(path, for: path, through: fileSystem)
    let lock = try Self.takeLock(path, through: fileSystem)
    self.path = path
    self.fileSystem = fileSystem
    do throws(FileFailure) { try BackupNames.settle(in: path, through: fileSystem) } catch {
      fileSystem.closeLocked(lock)
      throw error
    }
    var state = State(lock: lock, files: RecycledFiles(inFolder: path, through: fileSystem))
    state.list(path)
    self.state = Mutex(state)
    removeAbandonedTemporaries(inFolder: path, through: fileSystem)
    if Self.hasEnded(path) { try removeWithOthers() }
  }

  deinit {
    state.withLock { state in
      state.files.close()
      fileSystem.closeLocked(state.lock)
    }
  }

  /// Writes the next generation, durably, and then removes those that are no longer kept. Returns its number.
  ///
  /// `rows` are new in what grows with the run; the backup knows them and all that were added before. On failure the earlier generations
  /// are as they were.
  @discardableResult
  package func write(_ sections: [BackupSection], adding rows: [UInt8] = []) throws(FileFailure) -> Int {
    try state.withLock { state throws(FileFailure) in
      // Where this one fails, the next one has them.
      state.journal.add(rows)
      try lockAgainIfGone(&state)
      try state.journal.fileRows(inFolder: path, through: fileSystem)
      let generation = state.newestGeneration + 1
      let (all, buffer) = state.laidOut(sections + state.journal.sections)
      try state.files.write(to: file(generation), gatheredIn: buffer) { file throws(FileFailure) in
        try BackupFile.write(all, generation: generation, to: &file)
      }
      state.newestGeneration = generation
      state.generations.insert(generation, at: 0)
      state.known.insert(generation)
      removeOld(&state)
      return generation
    }
  }

  /// Memory of the backup that is written next, for the elements of `float32` arrays in sections of these names; nil where they are
  /// many, so that it is not worth the memory. What is copied there is not copied again.
  package func places(for arrays: [(name: String, shape: [Int])]) -> SnapshotPlaces? {
    state.withLock { state in
      if state.placed.arrays.elementsEqual(arrays, by: ==) == false { state.placed = PlacedArrays(arrays) }
      guard state.placed.length <= PlacedArrays.mostBytes else { return nil }
      let buffer = state.freeBuffer(of: state.placed.length)
      return SnapshotPlaces(state.placed.places.map { UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[$0]) }, of: buffer)
    }
  }

  /// Makes and locks the folder again where it was deleted, or its lock file was, and another run might be using it by now.
  private func lockAgainIfGone(_ state: inout State) throws(FileFailure) {
    if FileStatus.isOpen(state.lock, at: Self.lockFile(path)) { return }
    try makeFolders(path, for: path, through: fileSystem)
    let lock = try Self.takeLock(path, through: fileSystem)
    fileSystem.closeLocked(state.lock)
    state.lock = lock
    state.files.close()
    state.list(path)
  }

  /// Removes all but the newest whole generations, once there are enough of those: a damaged one beside them is of no use.
  private func removeOld(_ state: inout State) {
    var kept: [Int] = []
    for generation in state.generations where kept.count < Self.keptGenerations && isWhole(generation, &state) {
      kept.append(generation)
    }
    guard kept.count == Self.keptGenerations else { return }
    // One that cannot be removed does no harm; the next write tries again.
    state.generations = state.generations.filter { kept.contains($0) || !state.files.remove(file($0)) }
    state.known.formIntersection(state.generations)
  }

  private func isWhole(_ generation: Int, _ state: inout State) -> Bool {
    if state.known.contains(generation) { return true }
    guard (try? Self.read(file(generation), inFolder: path, sections: [])) != nil else { return false }
    state.known.insert(generation)
    return true
  }

  /// The newest backup that is whole; nil if there is none. The damaged ones are in `passedOver`.
  ///
  /// If all are damaged that is a failure, which names each: a run must not begin anew over what might be rescued.
  /// Of its sections only those that are asked for are kept in memory, all where none are named.
  package func newest(sections names: [String]? = nil) throws(FileFailure) -> Found? {
    let found = try Self.newest(inFolder: path, sections: names)
    state.withLock {
      // What was whole once may be damaged now: the others are read again before they count.
      $0.known = Set([found?.generation].compactMap(\.self))
      $0.journal = found?.journal ?? BackupJournal()
    }
    return found
  }

  /// Gives back the memory and the files that wait for the next write, which takes them again; the folder stays locked.
  package func rest() {
    state.withLock { state in
      state.files.close()
      state.buffer = nil
    }
  }

  /// What is written next is of a run that goes on from none of those that are there.
  package func beginAnew() { state.withLock { $0.journal = BackupJournal() } }

  /// The same without taking the folder's lock.
  package static func newest(inFolder path: String, sections names: [String]? = nil) throws(FileFailure) -> Found? {
    if hasEnded(path) { return nil }
    var passedOver: [FileFailure] = []
    for entry in BackupNames.entries(in: path) {
      do throws(FileFailure) {
        let (sections, journal) = try read(entry.path, inFolder: path, sections: names)
        return Found(generation: entry.generation, sections: sections, passedOver: passedOver, journal: journal)
      } catch {
        // Another run has let it go meanwhile, and has newer ones.
        if !BackupNames.entries(in: path).contains(entry) { return try newest(inFolder: path, sections: names) }
        passedOver.append(error)
      }
    }
    guard let first = passedOver.first, let newest = first.path else { return nil }
    let others = passedOver.dropFirst().compactMap { failure in failure.path.map { "; nor `\($0)`: \(failure.reason)" } }
    throw others.isEmpty ? first : .damaged(path: newest, reason: first.reason + others.joined())
  }

  /// Reads a backup with all rows of its journal, and verifies both.
  private static func read(
    _ file: String, inFolder folder: String, sections names: [String]? = nil
  ) throws(FileFailure) -> (sections: [BackupSection], journal: BackupJournal) {
    let sections = try BackupFile.read(file) { name in names?.contains(name) ?? true || name == BackupJournal.name }
    let journal = try BackupJournal(of: sections, at: file, inFolder: folder)
    let rows = journal.rows.isEmpty ? [] : [BackupSection(BackupJournal.name, bytes: journal.rows)]
    return (sections.filter { $0.name != BackupJournal.name } + rows, journal)
  }

  /// Bytes that a backup of these sections takes.
  package static func size(of sections: [BackupSection]) -> Int { BackupFile.size(of: sections) }

  /// Bytes that the backups in the folder take.
  package var size: Int { BackupNames.named(in: path).reduce(0) { $0 + (FileStatus(at: file($1))?.size ?? 0) } }

  /// Removes all backups, the lock, and the folder if nothing else is in it. The newest goes last: a run that is killed meanwhile goes on
  /// from that.
  package func deleteAll() throws(FileFailure) {
    try removeGenerations()
    removeFolder()
  }

  /// Does so for the folders of a script that has ended well, as one: a run that is killed meanwhile has ended, too. Folders that another
  /// run uses by now stay.
  ///
  /// A mark in the first folder, which goes last, names the others; who opens that folder removes what is left.
  package static func deleteAll(_ paths: [String], through fileSystem: FileSystem = .real) throws(FileFailure) {
    guard let path = paths.first else { return }
    let first: BackupFolder
    do throws(FileFailure) { first = try BackupFolder(path, through: fileSystem) } catch {
      if case .inUse = error { return try deleteAll(Array(paths.dropFirst()), through: fileSystem) }
      throw error
    }
    let others = paths.dropFirst().map { ($0.hasPrefix("/") ? $0 : currentFolder() + "/" + $0) + "\0" }.joined()
    try writeDurably(others, to: endMark(path), through: fileSystem)
    try first.removeWithOthers()
    first.removeFolder()
  }

  /// Removes the backups in the folders that the mark names, then its own, and then the mark. No power cut brings back what has gone
  /// before.
  private func removeWithOthers() throws(FileFailure) {
    let mark = Self.endMark(path)
    let names = try readFile(mark).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    for name in names where FileStatus(at: name)?.kind == .folder {
      let folder: BackupFolder
      do throws(FileFailure) { folder = try BackupFolder(name, through: fileSystem) } catch {
        if case .inUse = error { continue }
        throw error
      }
      try folder.removeGenerations()
      try fileSystem.syncFolder(name, path: name)
      folder.removeFolder()
    }
    try removeGenerations()
    try fileSystem.syncFolder(path, path: path)
    try fileSystem.removeFile(mark)
  }

  private func removeGenerations() throws(FileFailure) {
    for generation in BackupNames.named(in: path).reversed() {
      try fileSystem.removeFile(file(generation))
    }
    state.withLock { state in
      state.files.close()
      (state.generations, state.newestGeneration, state.known, state.journal) = ([], 0, [], BackupJournal())
    }
  }

  private func removeFolder() {
    _ = fileSystem.remove(BackupJournal.path(inFolder: path))
    _ = fileSystem.remove(Self.lockFile(path))
    _ = rmdir(path)
  }

  private static func endMark(_ folder: String) -> String { folder + "/.ended" }

  /// Whether the script whose backups are in the folder has ended well, and was killed while it removed them.
  private static func hasEnded(_ folder: String) -> Bool { FileStatus(at: endMark(folder)) != nil }

  /// Verifies all backups in a folder, newest first, without taking its lock: one that another run lets go meanwhile is none.
  package static func list(_ path: String) throws(FileFailure) -> [Listed] {
    guard FileStatus(at: path)?.kind == .folder else { throw .cannotRead(path: path, reason: "there is no such folder") }
    return BackupNames.entries(in: path).compactMap { entry in
      let status = FileStatus(at: entry.path)
      var sections: [BackupSection] = []
      var damage: String?
      do throws(FileFailure) { sections = try read(entry.path, inFolder: path).sections } catch { damage = error.reason }
      if damage != nil, !BackupNames.entries(in: path).contains(entry) { return nil }
      return Listed(
        generation: entry.generation, path: entry.path, size: status?.size ?? 0, modified: status?.modified ?? 0,
        sections: sections, damage: damage)
    }
  }

  private func file(_ generation: Int) -> String { BackupNames.path(of: generation, in: path) }

  private static func lockFile(_ folder: String) -> String { folder + "/.lock" }

  /// Locks the folder's lock file and writes our process number into it.
  private static func takeLock(_ folder: String, through fileSystem: FileSystem) throws(FileFailure) -> Int32 {
    let path = lockFile(folder)
    while true {
      let descriptor = Int32(try fileSystem.check(folder) { fileSystem.open(path, O_RDWR | O_CREAT, 0o666) })
      switch fileSystem.tryLock(descriptor) {
      case .taken: break
      case .heldByAnother:
        let pid = ownerOfLock(descriptor)
        _ = fileSystem.close(descriptor)
        throw .inUse(path: folder, pid: pid)
      case .impossible(let code):
        _ = fileSystem.close(descriptor)
        throw .cannotWrite(path: folder, reason: systemReason(code))
      }
      // Its last owner may have removed the file between our opening and locking it: then the lock locks nothing.
      if !FileStatus.isOpen(descriptor, at: path) {
        _ = fileSystem.close(descriptor)
        continue
      }
      // The number only serves the other run's message: a full disk must not keep this one from starting.
      _ = fileSystem.truncate(descriptor, 0)
      try? Array("\(getpid())\n".utf8).withRawBytes { raw throws(FileFailure) in
        try fileSystem.writeAll(raw, to: descriptor, path: path)
      }
      return descriptor
    }
  }

  private static func ownerOfLock(_ descriptor: Int32) -> Int? {
    var text = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &text, text.count, 0)
    guard count > 0 else { return nil }
    return Int(String(decoding: text[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
  }
}
