import Glibc
import Synchronization

/// A hidden file beside a target, to be renamed over it when it is whole: `.best.keras.4711-3.partial`.
///
/// It is locked as long as it is open, so one that can be locked was left by a run that was killed. The name tells nothing of
/// that: in a container every run may have the same process number, and on a shared disk other hosts have theirs. Whoever
/// removes or renames such a file holds its lock.
struct TemporaryFile {
  let path: String
  /// For writing. The lock ends with it.
  let descriptor: Int32

  /// Makes one for the target `name`, under a name that is not taken. `path` is what a failure speaks of.
  init(inFolder folder: String, for name: String, of path: String, through fileSystem: FileSystem) throws(FileFailure) {
    while true {
      let place = Self.newPath(inFolder: folder, for: name)
      let opened = fileSystem.open(place, O_WRONLY | O_CREAT | O_EXCL, 0o666)
      if opened == -Int(EEXIST) || opened == -Int(EINTR) { continue }
      let descriptor = Int32(try fileSystem.check(path) { opened })
      // Who looks for abandoned files may have come before the lock: then the file is theirs to remove.
      if fileSystem.tryLock(descriptor) != .heldByAnother, FileStatus.isOpen(descriptor, at: place) {
        (self.path, self.descriptor) = (place, descriptor)
        return
      }
      fileSystem.closeLocked(descriptor)
    }
  }

  /// One that this process has made and locked.
  init(path: String, descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }

  /// A path that this process has not used.
  static func newPath(inFolder folder: String, for name: String) -> String {
    let number = count.add(1, ordering: .relaxed).newValue
    return "\(folder)/.\(shownName(name)).\(getpid())-\(number)\(ending)"
  }

  /// As much of a target's name as there is room for beside the rest: a file name has at most 255 bytes.
  fileprivate static func shownName(_ name: String) -> String {
    var shown = name
    while shown.utf8.count > 200 { shown.removeLast() }
    return shown
  }

  private static let count = Atomic<Int>(0)
  private static let ending = ".partial"

  /// Whether a file of this name is one, by the process number and the number before its ending.
  fileprivate static func isName(_ name: String) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(ending) else { return false }
    let numbers = name.dropLast(ending.count).split(separator: ".").last?.split(separator: "-") ?? []
    return numbers.count == 2 && numbers.allSatisfy { Int($0) != nil }
  }
}

/// Removes the temporary files that killed runs left in a folder: those that nobody holds locked. Where files cannot be
/// locked none is removed, since any may be in use.
package func removeAbandonedTemporaries(inFolder folder: String, through fileSystem: FileSystem = .real) {
  for name in temporaryNames(inFolder: folder) { removeIfAbandoned("\(folder)/\(name)", through: fileSystem) }
}

/// The names of temporary files in a folder, whoever has made them.
func temporaryNames(inFolder folder: String) -> [String] {
  var names: [String] = []
  forEachName(inFolder: folder) { bytes in
    // Few names of a large folder become strings.
    guard bytes.first == UInt8(ascii: ".") else { return }
    let name = String(decoding: bytes, as: UTF8.self)
    if TemporaryFile.isName(name) { names.append(name) }
  }
  return names
}

private func removeIfAbandoned(_ path: String, through fileSystem: FileSystem) {
  let flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
  // Some network file systems lock only what is open for writing.
  var descriptor = open(path, O_RDWR | flags)
  if descriptor < 0 { descriptor = open(path, O_RDONLY | flags) }
  if descriptor < 0 { return }
  defer { close(descriptor) }
  // It may have been renamed before it was locked.
  guard FileStatus(descriptor: descriptor)?.kind == .file, fileSystem.tryLock(descriptor) == .taken,
    FileStatus.isOpen(descriptor, at: path)
  else {
    return
  }
  _ = unlink(path)
}

private let leftovers = Mutex<[String: [String]]>([:])

/// The same for one target, of what stood in the folder when this process first asked: a large one is not listed at every write.
func removeAbandonedTemporariesOnce(inFolder folder: String, of target: String, through fileSystem: FileSystem) {
  let prefix = ".\(TemporaryFile.shownName(target))."
  let names = leftovers.withLock { leftovers in
    let all = leftovers[folder] ?? temporaryNames(inFolder: folder)
    leftovers[folder] = all.filter { !$0.hasPrefix(prefix) }
    return all.filter { $0.hasPrefix(prefix) }
  }
  for name in names { removeIfAbandoned("\(folder)/\(name)", through: fileSystem) }
}
