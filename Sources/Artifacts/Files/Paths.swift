import Glibc

/// What stands at a path.
package struct FileStatus: Sendable {
  package enum Kind: Sendable { case file, folder, other }
  package let kind: Kind
  /// Bytes of a file.
  package let size: Int
  /// When its contents last changed, in seconds since 1970.
  package let modified: Int
  /// Permission bits.
  let mode: mode_t
  /// Which file or folder it is, by whatever path.
  package struct Identity: Sendable, Hashable {
    fileprivate let device: dev_t
    fileprivate let inode: ino_t
  }
  package let identity: Identity
  /// Which contents it has, as far as the system tells: others as soon as it is written to.
  struct Version: Sendable, Hashable {
    fileprivate let identity: Identity
    fileprivate let size: Int
    fileprivate let seconds: Int
    fileprivate let nanoseconds: Int
  }
  let version: Version
  /// How many names the file has.
  let links: Int

  /// What stands at the path, links followed; nil if nothing, or nothing that may be looked at.
  package init?(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// What an open descriptor stands for.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Whether an open descriptor stands for what is at the path now.
  static func isOpen(_ descriptor: Int32, at path: String) -> Bool {
    guard let held = FileStatus(descriptor: descriptor), let there = FileStatus(at: path) else { return false }
    return held.identity == there.identity
  }

  private init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    default: kind = .other
    }
    size = Int(status.st_size)
    modified = Int(status.st_mtim.tv_sec)
    mode = status.st_mode & 0o7777
    identity = Identity(device: status.st_dev, inode: status.st_ino)
    links = Int(status.st_nlink)
    version = Version(
      identity: identity, size: size, seconds: modified, nanoseconds: Int(status.st_mtim.tv_nsec))
  }
}

/// The folder that a path stands in (`.` for a bare name) and the name in it.
package func splitPath(_ path: String) -> (folder: String, name: String) {
  guard let slash = path.lastIndex(of: "/") else { return (".", path) }
  let folder = path[..<slash]
  return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
}

/// Follows symbolic links to the place where a file stands or would be made, so that writing through a link
/// changes the file and leaves the link.
func resolvingLinks(_ path: String) -> String {
  var place = path
  for _ in 0..<40 {  // as many as the kernel follows
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink(place, &buffer, buffer.count)
    guard length > 0, length < buffer.count else { return place }
    let target = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let folder = splitPath(place).folder
    place = target.hasPrefix("/") || folder == "." ? target : folder + "/" + target
  }
  return place
}

/// Where relative paths begin; `.` where that cannot be said.
package func currentFolder() -> String {
  guard let path = getcwd(nil, 0) else { return "." }
  defer { free(path) }
  return String(cString: path)
}

/// The names in a folder, sorted; nil if it cannot be listed.
package func namesInFolder(_ folder: String) -> [String]? {
  var names: [String] = []
  let isListed = forEachName(inFolder: folder) { bytes in
    let name = String(decoding: bytes, as: UTF8.self)
    if name != ".", name != ".." { names.append(name) }
  }
  return isListed ? names.sorted() : nil
}

/// Hands over the bytes of each name in a folder, `.` and `..` among them, in no order; false if it cannot be listed.
@discardableResult
func forEachName(inFolder folder: String, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
  guard let directory = opendir(folder) else { return false }
  defer { closedir(directory) }
  while let entry = readdir(directory) {
    withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      body(UnsafeRawBufferPointer(rebasing: bytes.prefix(strnlen(&entry.pointee.d_name.0, bytes.count))))
    }
  }
  return true
}

/// What a name in a folder stands for; links are not followed.
package enum EntryKind: Sendable { case folder, link, other }

/// The names in a folder with their kinds, in the order of their bytes; nil if it cannot be listed.
package func entriesInFolder(_ folder: String) -> [(name: String, kind: EntryKind)]? {
  guard let directory = opendir(folder) else { return nil }
  defer { closedir(directory) }
  var entries: [(name: String, kind: EntryKind)] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix(strnlen(&entry.pointee.d_name.0, bytes.count)), as: UTF8.self)
    }
    if name == "." || name == ".." { continue }
    entries.append((name, kind(entry.pointee.d_type, of: "\(folder)/\(name)")))
  }
  return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// Some file systems do not say in a listing what a name stands for.
private func kind(_ type: UInt8, of path: String) -> EntryKind {
  switch Int(type) {
  case Int(DT_DIR): return .folder
  case Int(DT_LNK): return .link
  case Int(DT_UNKNOWN):
    var status = stat()
    guard lstat(path, &status) == 0 else { return .other }
    return switch status.st_mode & S_IFMT {
    case S_IFDIR: .folder
    case S_IFLNK: .link
    default: .other
    }
  default: return .other
  }
}

/// Why no file can have this path, if none can. (C strings end at a zero byte: what follows one would be dropped.)
func impossibility(of path: String) -> String? {
  if path.isEmpty { return "the path is empty" }
  if path.utf8.contains(0) { return "the path contains a zero byte" }
  return nil
}
