import Glibc

/// The system calls that durable files are made of, as a value: tests make any one of them fail, or record them all.
///
/// Each returns the call's result, or the negated `errno`.
package struct FileSystem: Sendable {
  /// Opens a file with `open`'s flags and the mode of a file that is made; returns a descriptor.
  package var open: @Sendable (_ path: String, _ flags: Int32, _ mode: mode_t) -> Int
  /// Writes some of the bytes at the descriptor's position; returns how many.
  package var write: @Sendable (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
  /// Lets the next write begin at the file's first byte.
  package var rewind: @Sendable (_ descriptor: Int32) -> Int
  /// Cuts the file to a length.
  package var truncate: @Sendable (_ descriptor: Int32, _ length: Int) -> Int
  /// Waits until the file's (or folder's) contents are on the disk.
  package var sync: @Sendable (_ descriptor: Int32) -> Int
  /// The same for what it takes to read a file's contents, but for the rest of its metadata.
  package var syncData: @Sendable (_ descriptor: Int32) -> Int
  package var close: @Sendable (_ descriptor: Int32) -> Int
  /// Puts a file in another's place, in one step.
  package var rename: @Sendable (_ from: String, _ to: String) -> Int
  package var remove: @Sendable (_ path: String) -> Int
  package var makeFolder: @Sendable (_ path: String) -> Int
  /// Takes a file's lock for this descriptor and its copies, without waiting: `EWOULDBLOCK` where another has it.
  package var lock: @Sendable (_ descriptor: Int32) -> Int
  /// The folders whose names need not be synced again.
  package var sureFolders = SureFolders()

  /// The real file system.
  package static let real = FileSystem(
    open: { path, flags, mode in orNegatedError(Int(Glibc.open(path, flags | O_CLOEXEC, mode))) },
    write: { descriptor, bytes in orNegatedError(Glibc.write(descriptor, bytes.baseAddress, bytes.count)) },
    rewind: { descriptor in orNegatedError(lseek(descriptor, 0, SEEK_SET)) },
    truncate: { descriptor, length in orNegatedError(Int(ftruncate(descriptor, length))) },
    sync: { descriptor in orNegatedError(Int(fsync(descriptor))) },
    syncData: { descriptor in orNegatedError(Int(fdatasync(descriptor))) },
    close: { descriptor in orNegatedError(Int(Glibc.close(descriptor))) },
    rename: { from, to in orNegatedError(Int(Glibc.rename(from, to))) },
    remove: { path in orNegatedError(Int(unlink(path))) },
    makeFolder: { path in orNegatedError(Int(mkdir(path, 0o777))) },
    lock: { descriptor in orNegatedError(Int(flock(descriptor, LOCK_EX | LOCK_NB))) })

  private static func orNegatedError(_ result: Int) -> Int { result < 0 ? -Int(errno) : result }
}

extension FileSystem {
  /// Repeats a call that a signal interrupted, and turns an error into a failure to write `path`.
  @discardableResult
  func check(_ path: String, _ call: () -> Int) throws(FileFailure) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      if result == -Int(EINTR) { continue }
      throw .cannotWrite(path: path, reason: systemReason(Int32(-result)))
    }
  }

  /// Removes a file.
  func removeFile(_ path: String) throws(FileFailure) {
    do throws(FileFailure) { try check(path) { remove(path) } } catch {
      throw .cannotRemove(path: path, reason: error.reason)
    }
  }

  /// Writes all the bytes, however many calls that takes.
  func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(FileFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = try check(path) { write(descriptor, UnsafeRawBufferPointer(rebasing: rest)) }
      if written == 0 { throw .nothingTaken(path) }
      rest = rest.dropFirst(written)
    }
  }

  /// What became of a wish for a file's lock.
  enum LockOutcome: Equatable {
    case taken
    case heldByAnother
    /// Its disk has no locks, or none just now.
    case impossible(errno: Int32)
  }

  /// Takes a file's lock, without waiting for it.
  func tryLock(_ descriptor: Int32) -> LockOutcome {
    while true {
      let result = lock(descriptor)
      switch -result {
      case Int(EINTR): continue
      case Int(EWOULDBLOCK): return .heldByAnother
      case 1...: return .impossible(errno: Int32(-result))
      default: return .taken
      }
    }
  }

  /// Closes a file and gives back the lock on it. A child process may hold the descriptor, and so the lock, until it runs another
  /// program; it is gone at once for all that it is given back here.
  func closeLocked(_ descriptor: Int32) {
    flock(descriptor, LOCK_UN)
    _ = close(descriptor)
  }

  /// Waits until a folder's entries (a rename, a new file) are on the disk.
  func syncFolder(_ folder: String, path: String) throws(FileFailure) {
    let descriptor = try openFolder(folder, path: path)
    defer { _ = close(descriptor) }
    try syncFolder(descriptor, path: path)
  }

  /// Opens a folder, to be synced.
  func openFolder(_ folder: String, path: String) throws(FileFailure) -> Int32 {
    Int32(try check(path) { open(folder, O_RDONLY | O_DIRECTORY, 0) })
  }

  /// The same for a folder that is open.
  func syncFolder(_ descriptor: Int32, path: String) throws(FileFailure) {
    try check(path) {
      let result = sync(descriptor)
      return result == -Int(EINVAL) ? 0 : result  // some network file systems cannot sync a folder
    }
  }
}
