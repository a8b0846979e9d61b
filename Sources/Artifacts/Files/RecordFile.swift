import Arrays
import Glibc
import Synchronization

/// A file of numbered records that come in any order, on any thread, and can be read back while others are missing; what it is told by is a
/// key.
///
/// It is filled under a temporary name and gets its own when it is whole, so what a killed run has begun is nobody's. A file that is there,
/// whole and of the same key, is read.
///
///     records, one after the other │ for each number: offset, length, checksum │ checksum of those, their offset, their number │ key │ mark
///
/// Numbers are 64 bits, little-endian; checksums are `NDArray.fingerprint`'s of the bytes.
package final class RecordFile: @unchecked Sendable {
  // Sendable by discipline: what changes is touched under the lock, and descriptors are read from at offsets.
  private let path: String
  private let key: [UInt8]
  private let fileSystem: FileSystem
  private let state: Mutex<State>

  private struct State {
    var entries: [Entry?]
    /// Whether the file stands under its own name.
    var isWhole: Bool
    var length = 0
    var missing: Int
    var temporary: TemporaryFile?
    var reading: Int32
  }

  private struct Entry {
    var offset: Int
    var length: Int
    var checksum: UInt64
  }

  private static let mark = Array("train records 1\n".utf8)
  private static let entryBytes = 24

  /// Opens the file, or begins it: `count` records, told by `key`, a SHA-256 in digits. Throws where it cannot be written. A file that is there and
  /// is none of these is replaced when the new one is whole, if it is one of records; any other is a failure.
  package init(_ path: String, count: Int, key: String, through fileSystem: FileSystem = .real) throws(FileFailure) {
    self.key = Array(key.utf8)
    precondition(self.key.count == 64, "a key is a SHA-256 in digits")
    self.path = path
    self.fileSystem = fileSystem
    if let old = try Self.opened(path, count: count, key: self.key) {
      state = Mutex(State(entries: old.entries, isWhole: true, missing: 0, reading: old.descriptor))
      return
    }
    let (folder, name) = splitPath(resolvingLinks(path))
    try makeFolders(folder, for: path, through: fileSystem)
    removeAbandonedTemporariesOnce(inFolder: folder, of: name, through: fileSystem)
    let temporary = try TemporaryFile(inFolder: folder, for: name, of: path, through: fileSystem)
    let reading = open(temporary.path, O_RDONLY | O_CLOEXEC)
    if reading < 0 { throw .cannotRead(path: path, reason: systemReason(errno)) }
    state = Mutex(
      State(
        entries: Array(repeating: nil, count: count), isWhole: false, missing: count, temporary: temporary, reading: reading))
    if count == 0 { try state.withLock { state throws(FileFailure) in try finish(&state) } }
  }

  deinit {
    state.withLock { state in
      close(state.reading)
      guard let temporary = state.temporary else { return }
      _ = fileSystem.remove(temporary.path)
      fileSystem.closeLocked(temporary.descriptor)
    }
  }

  /// The record of that number; nil where it is missing. Throws where it is not what was written.
  package func record(_ index: Int) throws(FileFailure) -> [UInt8]? {
    let (entry, descriptor) = state.withLock { ($0.entries[index], $0.reading) }
    guard let entry else { return nil }
    var bytes = [UInt8](repeating: 0, count: entry.length)
    let count = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
      try readBytes(from: descriptor, at: entry.offset, into: buffer, path: path)
    }
    guard count == entry.length, Self.checksum(bytes) == entry.checksum else {
      throw .damaged(path: path, reason: "record \(index) is not what was written: delete the file")
    }
    return bytes
  }

  /// Adds the record of that number, unless it is there; after the last one the file is durable and stands under its name.
  package func add(_ bytes: [UInt8], as index: Int) throws(FileFailure) {
    try state.withLock { state throws(FileFailure) in
      guard state.entries[index] == nil, let temporary = state.temporary else { return }
      do throws(FileFailure) {
        try bytes.withRawBytes { bytes throws(FileFailure) in
          try fileSystem.writeAll(bytes, to: temporary.descriptor, path: path)
        }
      } catch {
        // Half of a record may be there: nothing is added behind it, and the file never gets its name.
        _ = fileSystem.remove(temporary.path)
        fileSystem.closeLocked(temporary.descriptor)
        state.temporary = nil
        throw error
      }
      state.entries[index] = Entry(offset: state.length, length: bytes.count, checksum: Self.checksum(bytes))
      state.length += bytes.count
      state.missing -= 1
      if state.missing == 0 { try finish(&state) }
    }
  }

  private func finish(_ state: inout State) throws(FileFailure) {
    guard let temporary = state.temporary else { return }
    var end: [UInt8] = []
    func add(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { end += $0 } }
    for case let entry? in state.entries {
      add(UInt64(entry.offset))
      add(UInt64(entry.length))
      add(entry.checksum)
    }
    add(Self.checksum(end))
    add(UInt64(state.length))
    add(UInt64(state.entries.count))
    end += key + Self.mark
    try end.withRawBytes { bytes throws(FileFailure) in
      try fileSystem.writeAll(bytes, to: temporary.descriptor, path: path)
    }
    let target = resolvingLinks(path)
    try fileSystem.check(path) { fileSystem.sync(temporary.descriptor) }
    try fileSystem.check(path) { fileSystem.rename(temporary.path, target) }
    try fileSystem.syncFolder(splitPath(target).folder, path: path)
    fileSystem.closeLocked(temporary.descriptor)
    state.temporary = nil
    state.isWhole = true
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    bytes.withUnsafeBytes { bytes in
      let words = bytes.count / 8
      for index in 0..<words {
        let product = (hash ^ bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
          .multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        hash = product.high ^ product.low ^ (hash << 27 | hash >> 37)
      }
      for byte in bytes[(words * 8)...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return hash ^ UInt64(bytes.count)
  }

  /// A whole file of these records; nil where there is none, or one of others.
  private static func opened(_ path: String, count: Int, key: [UInt8]) throws(FileFailure) -> (
    entries: [Entry?], descriptor: Int32
  )? {
    guard FileStatus(at: path) != nil else { return nil }
    let (descriptor, size) = try openForReading(path)
    var isRead = false
    defer { if !isRead { close(descriptor) } }
    let endBytes = 24 + key.count + mark.count
    func bytes(_ count: Int, at offset: Int) throws(FileFailure) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      _ = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
        try readBytes(from: descriptor, at: offset, into: buffer, path: path)
      }
      return bytes
    }
    let end = size < endBytes ? [] : try bytes(endBytes, at: size - endBytes)
    guard end.suffix(mark.count).elementsEqual(mark) else {
      throw .cannotWrite(path: path, reason: "it is there and is no cache")
    }
    func number(_ bytes: [UInt8], _ place: Int) -> UInt64 {
      bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self)) }
    }
    guard end[24..<24 + key.count].elementsEqual(key), number(end, 2) == UInt64(count),
      let start = Int(exactly: number(end, 1)), size - endBytes - start == count * entryBytes
    else { return nil }
    let table = try bytes(count * entryBytes, at: start)
    guard checksum(table) == number(end, 0) else { return nil }
    var entries: [Entry?] = []
    for index in 0..<count {
      guard let offset = Int(exactly: number(table, 3 * index)), let length = Int(exactly: number(table, 3 * index + 1)),
        length <= start, offset <= start - length
      else { return nil }
      entries.append(Entry(offset: offset, length: length, checksum: number(table, 3 * index + 2)))
    }
    isRead = true
    return (entries, descriptor)
  }
}
