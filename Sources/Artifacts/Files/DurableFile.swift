import Glibc

/// Writes a whole file so that at any instant, a crash included, `path` is the old file or the new one.
///
/// A temporary file beside the target is written, synced, and renamed over it; then the folder is synced. When this
/// returns, the new file survives a power cut. A link is written through; the permissions of a file that is replaced
/// are kept, and one that is write-protected is not replaced. On failure the temporary file is removed and the old file
/// is untouched; the one exception is a folder that cannot be synced after the rename, where the new file is in place but
/// a power cut may still bring back the old one.
///
/// - Parameters:
///   - makingFolders: also make the folders that lead to it.
///   - passingCache: many bytes go past the system's cache: nothing else has to leave it, and nothing is copied only to be waited
///     for; who reads the file soon reads the disk.
///   - contents: writes the bytes, in any number of calls.
package func writeDurably(
  to path: String, makingFolders: Bool = false, passingCache: Bool = false, through fileSystem: FileSystem = .real,
  contents: (inout DurableFile) throws(FileFailure) -> Void
) throws(FileFailure) {
  if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
  let target = resolvingLinks(path)
  let (folder, name) = splitPath(target)
  let old = FileStatus(at: target)
  if name.isEmpty || old?.kind == .folder { throw .cannotWrite(path: path, reason: "it is a folder") }
  if old?.kind == .other { throw .cannotWrite(path: path, reason: "it is a device or a pipe, not a file") }
  if old != nil, let reason = writeProtection(of: target) { throw .cannotWrite(path: path, reason: reason) }
  if makingFolders { try makeFolders(folder, for: path, through: fileSystem) }

  removeAbandonedTemporariesOnce(inFolder: folder, of: name, through: fileSystem)
  let temporary = try TemporaryFile(inFolder: folder, for: name, of: path, through: fileSystem)
  // Open, and so locked, for as long as its name is that of a temporary file. It is synced by then: closing it can lose nothing.
  defer { fileSystem.closeLocked(temporary.descriptor) }
  var file = DurableFile(path: path, descriptor: temporary.descriptor, passesCache: passingCache, fileSystem: fileSystem)
  do throws(FileFailure) {
    if let old { _ = fchmod(file.descriptor, old.mode) }
    try contents(&file)
    try file.finish()
    try fileSystem.check(path) { fileSystem.sync(file.descriptor) }
    try fileSystem.check(path) { fileSystem.rename(temporary.path, target) }
  } catch {
    _ = fileSystem.remove(temporary.path)
    throw error
  }
  do throws(FileFailure) { try fileSystem.syncFolder(folder, path: path) } catch { throw .inPlaceButUnsure(path, error) }
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
  private let passesCache: Bool
  private var pending: [UInt8] = []
  /// The file as one of whole blocks, which pass the cache; nil as long as its bytes are few.
  private var blocks: BlockFile?
  /// Bytes written so far.
  package private(set) var length = 0

  private static let gatheredBytes = 1 << 16

  init(path: String, descriptor: Int32, passesCache: Bool, fileSystem: FileSystem) {
    self.path = path
    self.descriptor = descriptor
    self.passesCache = passesCache
    self.fileSystem = fileSystem
  }

  /// Adds bytes at the end.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    length += bytes.count
    if blocks == nil, pending.count + bytes.count <= Self.gatheredBytes {
      pending.append(contentsOf: bytes)
    } else if passesCache {
      try addBlocks(bytes)
    } else {
      try flush()
      try fileSystem.writeAll(bytes, to: descriptor, path: path)
    }
  }

  /// Adds bytes at the end.
  package mutating func write(_ bytes: [UInt8]) throws(FileFailure) {
    try bytes.withRawBytes { raw throws(FileFailure) in try write(raw) }
  }

  /// Hands all that was written to the system.
  mutating func flush() throws(FileFailure) {
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    try bytes.withRawBytes { raw throws(FileFailure) in try fileSystem.writeAll(raw, to: descriptor, path: path) }
  }

  /// Hands over the last of it.
  mutating func finish() throws(FileFailure) {
    try flush()
    try blocks?.finish()
    blocks?.buffer.giveBack()
    blocks = nil
  }

  private mutating func addBlocks(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    var file = blocks.take() ?? BlockFile(path, descriptor: descriptor, gatheredIn: .lent(), through: fileSystem)
    if file.length == 0 {
      BlockFile.passCache(descriptor)
      let before = pending
      pending = []
      try before.withRawBytes { raw throws(FileFailure) in try file.add(raw) }
    }
    try file.add(bytes)
    blocks = file
  }
}
