import Glibc
import Synchronization

/// Makes a folder and those above it that are missing, each one durable; where a link leads, if it is one. `path` is the file they are
/// made for.
///
/// One that is there may be of a run that was killed before its name was on the disk, so it is made sure of, once a process; and those
/// above it, up to the first that stands where nobody here could have made it.
func makeFolders(_ folder: String, for path: String, through fileSystem: FileSystem) throws(FileFailure) {
  let (parent, _) = splitPath(folder)
  if let status = FileStatus(at: folder) {
    guard status.kind == .folder else { throw .cannotWrite(path: path, reason: "`\(folder)` is not a folder") }
    if fileSystem.sureFolders.contains(status) || parent == folder || access(parent, R_OK | W_OK | X_OK) != 0 { return }
    try makeFolders(parent, for: path, through: fileSystem)
  } else if case let target = resolvingLinks(folder), target != folder, access(folder, F_OK) != 0, errno == ENOENT {
    // Links that lead in a circle are another error.
    return try makeFolders(target, for: path, through: fileSystem)
  } else {
    if parent != folder { try makeFolders(parent, for: path, through: fileSystem) }
    try fileSystem.check(path) {
      let result = fileSystem.makeFolder(folder)
      return result == -Int(EEXIST) ? 0 : result  // made by another run in the meantime
    }
  }
  try fileSystem.syncFolder(parent, path: path)
  if let status = FileStatus(at: folder) { fileSystem.sureFolders.add(status) }
}

/// The folders whose names a process knows to be on the disk.
package final class SureFolders: Sendable {
  private let known = Mutex<Set<FileStatus.Identity>>([])

  package init() {}

  fileprivate func contains(_ folder: FileStatus) -> Bool { known.withLock { $0.contains(folder.identity) } }

  fileprivate func add(_ folder: FileStatus) { known.withLock { _ = $0.insert(folder.identity) } }
}
