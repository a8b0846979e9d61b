import Glibc
import Synchronization

/// A log that grows row by row: each row is handed to the system when it is added, so a killed run loses none.
///
/// A row that could not be written whole is cut off again. What a backup remembers of such a file is `length`: on
/// resume the file is cut back to it, so that the rows after the backup are written once and not twice.
package final class AppendingFile: Sendable {
  /// What becomes of a file that is there already.
  package enum Start: Sendable, Equatable {
    /// Begin anew.
    case empty
    /// Go on after what is there.
    case end
    /// Cut it back to this many bytes, and go on there; a shorter file is a failure.
    case length(Int)
  }

  package let path: String
  private let fileSystem: FileSystem
  private let descriptor: Int32
  private let written: Mutex<Int>
  /// What of it would outlast a power cut.
  private let onDisk: Mutex<(name: Bool, rows: Int?)>

  /// Opens or makes the file, and, if asked to, the folders that lead to it.
  package init(
    _ path: String, from start: Start, makingFolders: Bool = false, through fileSystem: FileSystem = .real
  ) throws(FileFailure) {
    if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
    if makingFolders { try makeFolders(splitPath(resolvingLinks(path)).folder, for: path, through: fileSystem) }
    let flags = O_WRONLY | O_CREAT | O_APPEND
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
      if length > status.size {
        throw .cannotWrite(path: path, reason: "it has \(status.size) bytes where \(length) were written before")
      }
      if length < status.size { try fileSystem.check(path) { fileSystem.truncate(descriptor, length) } }
      written = Mutex(length)
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
  package var length: Int { written.withLock { $0 } }

  /// Adds a row, its line end included. On failure the file is as before.
  package func append(_ row: String) throws(FileFailure) { try append(Array(row.utf8)) }

  /// Adds bytes that belong together, a row or a record. On failure the file is as before.
  package func append(_ bytes: [UInt8]) throws(FileFailure) {
    try written.withLock { length throws(FileFailure) in
      do throws(FileFailure) {
        try bytes.withRawBytes { raw throws(FileFailure) in try fileSystem.writeAll(raw, to: descriptor, path: path) }
      } catch {
        _ = fileSystem.truncate(descriptor, length)
        throw error
      }
      length += bytes.count
    }
  }

  /// Waits until the rows that are there now, and the name of a file that was made, are on the disk: before a backup that remembers
  /// `length` is written.
  package func sync() throws(FileFailure) {
    let length = length
    try onDisk.withLock { onDisk throws(FileFailure) in
      if onDisk.rows != length { try fileSystem.check(path) { fileSystem.sync(descriptor) } }
      onDisk.rows = length
      if !onDisk.name { try fileSystem.syncFolder(splitPath(resolvingLinks(path)).folder, path: path) }
      onDisk.name = true
    }
  }

  /// Bytes after the last line end of a file: a row torn by a crash. 0 if there is none, or no file.
  package static func tornBytes(at path: String) throws(FileFailure) -> Int {
    guard FileStatus(at: path) != nil else { return 0 }
    let bytes = try readFile(path)
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return bytes.count }
    return bytes.count - end - 1
  }
}
