import Glibc
import Synchronization

/// A log that grows row by row: each row is handed to the system when it is added, so a killed run loses none.
///
/// A row that could not be written whole is cut off again. What a backup remembers of such a file is `length`: on
/// resume the file is cut back to it, so that the rows after the backup are written once and not twice. A power cut may take rows that
/// were not synced; a backup that has them too, as the file's `tail`, puts them back.
package final class AppendingFile: Sendable {
  /// What becomes of a file that is there already.
  package enum Start: Sendable, Equatable {
    /// Begin anew.
    case empty
    /// Go on after what is there.
    case end
    /// Cut it back to this many bytes, and go on there; a shorter file is a failure, and one that is missing.
    case length(Int)

    fileprivate var makesFile: Bool {
      switch self {
      case .empty, .end: true
      case .length(let length): length == 0
      }
    }
  }

  package let path: String
  private let fileSystem: FileSystem
  private let descriptor: Int32
  private let written: Mutex<Written>
  /// What of it would outlast a power cut.
  private let onDisk: Mutex<(name: Bool, rows: Int?)>
  /// Bytes of rows that are kept in memory until they are on the disk, at most.
  package static let tailLimit = 1 << 16

  private struct Written {
    var length: Int
    /// The CRC-32C of all bytes; nil where those that were there before cannot be read.
    var checksum: UInt32?
    var isTorn = false
    /// How long the file was, and its checksum, when it was synced last; nil before.
    var synced: (length: Int, checksum: UInt32?)?
    /// The bytes from some place on: from the synced length on, unless there were too many since.
    var tail: [UInt8] = []

    init(length: Int, checksum: UInt32?) { (self.length, self.checksum) = (length, checksum) }

    mutating func add(_ bytes: [UInt8]) {
      length += bytes.count
      checksum = checksum.map { sum in bytes.withRawBytes { Artifacts.checksum($0, after: sum) } }
      if tail.count + bytes.count <= AppendingFile.tailLimit { tail += bytes } else { tail = [] }
    }

    mutating func note(synced length: Int, _ checksum: UInt32?) {
      synced = (length, checksum)
      tail.removeFirst(max(0, tail.count - (self.length - length)))
    }
  }

  /// Opens or makes the file, and, if asked to, the folders that lead to it.
  package init(
    _ path: String, from start: Start, makingFolders: Bool = false, through fileSystem: FileSystem = .real
  ) throws(FileFailure) {
    if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
    if makingFolders, start.makesFile { try makeFolders(splitPath(resolvingLinks(path)).folder, for: path, through: fileSystem) }
    let flags = O_WRONLY | O_APPEND | (start.makesFile ? O_CREAT : 0)
    // One that is there may be of a run that was killed before its name was on the disk.
    onDisk = Mutex((name: false, rows: nil))
    let descriptor = Int32(try fileSystem.check(path) { fileSystem.open(path, flags, 0o666) })
    do throws(FileFailure) {
      guard let status = FileStatus(descriptor: descriptor), status.kind == .file else {
        throw .cannotWrite(path: path, reason: "it is a device or a pipe, not a file")
      }
      let length =
        switch start {
        case .empty: 0
        case .end: status.size
        case .length(let length): length
        }
      if length > status.size { throw .cannotWrite(path: path, reason: Self.shortage(status.size, length)) }
      if length < status.size { try fileSystem.check(path) { fileSystem.truncate(descriptor, length) } }
      written = Mutex(Written(length: length, checksum: try? checksum(ofFirst: length, at: path)))
    } catch {
      _ = fileSystem.close(descriptor)
      throw error
    }
    self.path = path
    self.fileSystem = fileSystem
    self.descriptor = descriptor
  }

  deinit { _ = fileSystem.close(descriptor) }

  /// Bytes in the file: whole rows only.
  package var length: Int { written.withLock(\.length) }

  /// Adds a row, its line end included. On failure the file is as before.
  package func append(_ row: String) throws(FileFailure) { try append(Array(row.utf8)) }

  /// Adds bytes that belong together, a row or a record. On failure the file is as before; where what was written of them
  /// cannot be cut off again, nothing more is added until it can.
  package func append(_ bytes: [UInt8]) throws(FileFailure) {
    try written.withLock { written throws(FileFailure) in
      if written.isTorn, let reason = cut(to: written.length) {
        throw .cannotWrite(path: path, reason: "what was written last is torn, and cannot be cut off: \(reason)")
      }
      written.isTorn = false
      do throws(FileFailure) {
        try bytes.withRawBytes { raw throws(FileFailure) in try fileSystem.writeAll(raw, to: descriptor, path: path) }
      } catch {
        written.isTorn = cut(to: written.length) != nil
        throw error
      }
      written.add(bytes)
    }
  }

  /// Cuts off what is beyond this length; gives why that cannot be done, if it cannot.
  private func cut(to length: Int) -> String? {
    do throws(FileFailure) {
      try fileSystem.check(path) { fileSystem.truncate(descriptor, length) }
      return nil
    } catch {
      return error.reason
    }
  }

  /// What a backup that remembers `length` must have of the rows; nil where the file must be synced before that: it has not been yet, or
  /// has too many rows since.
  package var tail: FileTail? {
    written.withLock { written in
      guard let synced = written.synced, let checksum = synced.checksum, written.tail.count == written.length - synced.length
      else { return nil }
      return FileTail(path: path, start: synced.length, checksum: checksum, bytes: written.tail)
    }
  }

  /// Waits until the rows that are there now, and the name of a file that was made, are on the disk.
  package func sync() throws(FileFailure) {
    let (length, checksum) = written.withLock { ($0.length, $0.checksum) }
    try onDisk.withLock { onDisk throws(FileFailure) in
      if onDisk.rows != length { try fileSystem.check(path) { fileSystem.sync(descriptor) } }
      onDisk.rows = length
      if !onDisk.name { try fileSystem.syncFolder(splitPath(resolvingLinks(path)).folder, path: path) }
      onDisk.name = true
      written.withLock { $0.note(synced: length, checksum) }
    }
  }

  /// What became of a file that had so many bytes, as a clause; nil if they can be there still.
  package static func loss(at path: String, of length: Int) -> String? {
    guard length > 0 else { return nil }
    guard let status = FileStatus(at: path) else { return "it is gone" }
    return status.size < length ? shortage(status.size, length) : nil
  }

  private static func shortage(_ size: Int, _ length: Int) -> String {
    "it has \(size) bytes where \(length) were written before"
  }

  /// Bytes after the last line end of a file: a row torn by a crash. 0 if there is none, or no file.
  package static func tornBytes(at path: String) throws(FileFailure) -> Int {
    guard FileStatus(at: path) != nil else { return 0 }
    let bytes = try readFile(path)
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return bytes.count }
    return bytes.count - end - 1
  }
}
