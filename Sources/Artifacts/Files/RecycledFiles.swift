import Glibc

/// Files of one folder that are written one after the other, each whole or not at all, where one that goes makes room for the next.
///
/// A file that is removed becomes the *spare*: it keeps its blocks under a hidden name, that of a temporary file, open and locked, and
/// the next one is written over it, synced, and renamed into its place. So the disk has no blocks to free and to find each time, which
/// costs more than the writing; and nothing but its bytes to wait for, since it has a name already.
///
/// Which one a power cut leaves it is open: the new one, the hidden one, or the one that it had before it was removed; and before it is
/// synced the bytes under that name may be half of each. So files of this kind say themselves which one they are, and whether they are whole.
struct RecycledFiles: Sendable {
  private let folder: String
  private let fileSystem: FileSystem
  /// The folder itself, to be synced; nil until it was.
  private var openFolder: Int32?
  /// Whether each file that was made here has some name on the disk.
  private var haveNames = true
  /// The files that were written here and are there still, by their paths. They are locked.
  private var descriptors: [String: Int32] = [:]
  private var spare: TemporaryFile?

  init(inFolder folder: String, through fileSystem: FileSystem) {
    self.folder = folder
    self.fileSystem = fileSystem
  }

  /// Writes a file of the folder, whose contents are gathered in a buffer and end with a block. When this returns, it survives a power cut, but maybe under a name that
  /// it had before.
  ///
  /// On failure what stood at the path before is untouched, unless the folder alone cannot be synced: then the new file is in place,
  /// and a power cut may undo that.
  mutating func write(
    to path: String, gatheredIn buffer: BlockBuffer, _ contents: (inout BlockFile) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    let over = takeSpare()
    let file: TemporaryFile
    if let over { file = over.file } else { file = try newFile(for: path) }
    do throws(FileFailure) {
      var blocks = BlockFile(path, descriptor: file.descriptor, gatheredIn: buffer, through: fileSystem)
      try contents(&blocks)
      precondition(blocks.length % BlockFile.blockBytes == 0, "what is written over and over past the cache ends with a block")
      try blocks.finish()
      if let over {
        if blocks.length < over.length {
          try fileSystem.check(path) { fileSystem.truncate(file.descriptor, blocks.length) }
        }
        try fileSystem.check(path) { fileSystem.syncData(file.descriptor) }
      } else {
        try fileSystem.check(path) { fileSystem.sync(file.descriptor) }
      }
      try fileSystem.check(path) { fileSystem.rename(file.path, path) }
    } catch {
      discard(file)
      throw error
    }
    if let before = descriptors.updateValue(file.descriptor, forKey: path) { fileSystem.closeLocked(before) }
    if over == nil { haveNames = false }
    if haveNames { return }
    do throws(FileFailure) { try syncFolder(path) } catch { throw .inPlaceButUnsure(path, error) }
    haveNames = true
  }

  /// Removes a file of the folder; false where that fails. The next power cut may bring back its name.
  mutating func remove(_ path: String) -> Bool {
    guard let descriptor = descriptors.removeValue(forKey: path) else { return fileSystem.remove(path) >= 0 }
    if spare == nil, FileStatus.isOpen(descriptor, at: path) {
      let place = TemporaryFile.newPath(inFolder: folder, for: "spare")
      if fileSystem.rename(path, place) >= 0 {
        spare = TemporaryFile(path: place, descriptor: descriptor)
        return true
      }
    }
    defer { fileSystem.closeLocked(descriptor) }
    return fileSystem.remove(path) >= 0
  }

  /// Removes the spare and closes all; what was written stays.
  mutating func close() {
    if let spare { discard(spare) }
    spare = nil
    for descriptor in descriptors.values { fileSystem.closeLocked(descriptor) }
    descriptors = [:]
    if let openFolder { _ = fileSystem.close(openFolder) }
    (openFolder, haveNames) = (nil, true)
  }

  /// The spare and its length, if it is still ours alone: someone may have removed it, or keep it under another name.
  private mutating func takeSpare() -> (file: TemporaryFile, length: Int)? {
    guard let spare else { return nil }
    self.spare = nil
    if let status = FileStatus(descriptor: spare.descriptor), status.links == 1,
      FileStatus.isOpen(spare.descriptor, at: spare.path), fileSystem.rewind(spare.descriptor) == 0
    {
      return (spare, status.size)
    }
    discard(spare)
    return nil
  }

  private func newFile(for path: String) throws(FileFailure) -> TemporaryFile {
    let file = try TemporaryFile(inFolder: folder, for: splitPath(path).name, of: path, through: fileSystem)
    BlockFile.passCache(file.descriptor)
    return file
  }

  private func discard(_ file: TemporaryFile) {
    _ = fileSystem.remove(file.path)
    fileSystem.closeLocked(file.descriptor)
  }

  private mutating func syncFolder(_ path: String) throws(FileFailure) {
    let folder: Int32
    if let openFolder { folder = openFolder } else { folder = try fileSystem.openFolder(self.folder, path: path) }
    openFolder = folder
    try fileSystem.syncFolder(folder, path: path)
  }
}
