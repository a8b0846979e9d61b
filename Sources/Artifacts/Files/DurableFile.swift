import Glibc
import Synchronization

/// Writes a whole file so that at any instant, a crash included, `path` is the old file or the new one.
///
/// A temporary file beside the target is written, synced, and renamed over it; then the folder is synced. When this
/// returns, the new file survives a power cut. A link is written through; the permissions of a file that is replaced
/// are kept. On failure the temporary file is removed and the old file is untouched; the one exception is a folder that
/// cannot be synced after the rename, where the new file is in place but a power cut may still bring back the old one.
///
/// - Parameters:
///   - makingFolders: also make the folders that lead to it.
///   - contents: writes the bytes, in any number of calls.
package func writeDurably(
  to path: String, makingFolders: Bool = false, through fileSystem: FileSystem = .real,
  contents: (inout DurableFile) throws(FileFailure) -> Void
) throws(FileFailure) {
  if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
  let target = resolvingLinks(path)
  let (folder, name) = splitPath(target)
  let old = FileStatus(at: target)
  if name.isEmpty || old?.kind == .folder { throw .cannotWrite(path: path, reason: "it is a folder") }
  if old?.kind == .other { throw .cannotWrite(path: path, reason: "it is a device or a pipe, not a file") }
  if makingFolders { try makeFolders(folder, for: path, through: fileSystem) }

  removeAbandonedTemporaries(inFolder: folder, of: name)
  let temporary = temporaryPath(folder: folder, name: name)
  let descriptor = try fileSystem.check(path) { fileSystem.open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o666) }
  var file = DurableFile(path: path, descriptor: Int32(descriptor), fileSystem: fileSystem)
  do throws(FileFailure) {
    if let old { _ = fchmod(file.descriptor, old.mode) }
    try contents(&file)
    try file.flush()
    try fileSystem.check(path) { fileSystem.sync(file.descriptor) }
    try file.close()
    try fileSystem.check(path) { fileSystem.rename(temporary, target) }
  } catch {
    if file.isOpen { _ = fileSystem.close(file.descriptor) }
    _ = fileSystem.remove(temporary)
    throw error
  }
  do throws(FileFailure) {
    try fileSystem.syncFolder(folder, path: path)
  } catch {
    throw .cannotWrite(path: path, reason: "\(error.reason) (the new file is in place, but a power cut may undo that)")
  }
}

/// Writes these bytes durably.
package func writeDurably(
  _ bytes: [UInt8], to path: String, makingFolders: Bool = false, through fileSystem: FileSystem = .real
) throws(FileFailure) {
  try writeDurably(to: path, makingFolders: makingFolders, through: fileSystem) { file throws(FileFailure) in
    try file.write(bytes)
  }
}

/// Writes this text durably, as UTF-8.
package func writeDurably(
  _ text: String, to path: String, makingFolders: Bool = false, through fileSystem: FileSystem = .real
) throws(FileFailure) {
  try writeDurably(Array(text.utf8), to: path, makingFolders: makingFolders, through: fileSystem)
}

/// A file being written by `writeDurably`: small writes are gathered, large ones go straight to the system.
package struct DurableFile {
  let path: String
  let descriptor: Int32
  private let fileSystem: FileSystem
  private var pending: [UInt8] = []
  private(set) var isOpen = true
  /// Bytes written so far.
  package private(set) var length = 0

  private static let gatheredBytes = 1 << 16

  init(path: String, descriptor: Int32, fileSystem: FileSystem) {
    self.path = path
    self.descriptor = descriptor
    self.fileSystem = fileSystem
  }

  /// Adds bytes at the end.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    length += bytes.count
    if pending.count + bytes.count <= Self.gatheredBytes {
      pending.append(contentsOf: bytes)
      return
    }
    try flush()
    try fileSystem.writeAll(bytes, to: descriptor, path: path)
  }

  /// Adds bytes at the end.
  package mutating func write(_ bytes: [UInt8]) throws(FileFailure) {
    try bytes.withRawBytes { raw throws(FileFailure) in try write(raw) }
  }

  mutating func flush() throws(FileFailure) {
    if pending.isEmpty { return }
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    try bytes.withRawBytes { raw throws(FileFailure) in try fileSystem.writeAll(raw, to: descriptor, path: path) }
  }

  mutating func close() throws(FileFailure) {
    isOpen = false  // whatever `close` says, Linux has given the descriptor back
    let result = fileSystem.close(descriptor)
    if result < 0, result != -Int(EINTR) { throw .cannotWrite(path: path, reason: systemReason(Int32(-result))) }
  }
}

private let temporaryCount = Atomic<Int>(0)
private let temporaryEnding = ".partial"

/// A hidden name beside the target that says whose it is: `.best.keras.4711-3.partial`.
private func temporaryPath(folder: String, name: String) -> String {
  let number = temporaryCount.add(1, ordering: .relaxed).newValue
  let owner = ".\(getpid())-\(number)\(temporaryEnding)"
  return "\(folder)/.\(shownName(name))\(owner)"
}

/// As much of a target's name as a temporary one has room for beside its owner: a file name has at most 255 bytes.
private func shownName(_ name: String) -> String {
  var shown = name
  while shown.utf8.count > 200 { shown.removeLast() }
  return shown
}

/// Removes the temporary files that killed runs left in a folder, or of one of its files: those whose process is no longer there.
package func removeAbandonedTemporaries(inFolder folder: String, of target: String? = nil) {
  let prefix = target.map { ".\(shownName($0))." } ?? "."
  for name in namesInFolder(folder) ?? [] where name.hasPrefix(prefix) && name.hasSuffix(temporaryEnding) {
    let owner = name.dropLast(temporaryEnding.count).split(separator: ".").last?.split(separator: "-")
    guard let owner, owner.count == 2, let pid = pid_t(owner[0]), pid > 0, Int(owner[1]) != nil else { continue }
    if kill(pid, 0) != 0, errno == ESRCH { _ = unlink("\(folder)/\(name)") }
  }
}
