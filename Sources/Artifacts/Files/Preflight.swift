import Glibc

/// Why a file could not be written at this path, found out without touching anything; nil if it can be written.
///
/// For the check before the first batch. It cannot promise: the disk may fill later, and only a write tells all.
package func obstacle(toWriting path: String, makingFolders: Bool = false) -> FileFailure? {
  if let reason = impossibility(of: path) { return .cannotWrite(path: path, reason: reason) }
  let target = resolvingLinks(path)
  let (folder, name) = splitPath(target)
  let status = FileStatus(at: target)
  if name.isEmpty || status?.kind == .folder { return .cannotWrite(path: path, reason: "it is a folder") }
  if status?.kind == .other { return .cannotWrite(path: path, reason: "it is a device or a pipe, not a file") }
  if status != nil, let reason = writeProtection(of: target) { return .cannotWrite(path: path, reason: reason) }
  if name.utf8.count > 255 { return .cannotWrite(path: path, reason: systemReason(ENAMETOOLONG)) }
  return obstacle(toFolder: folder, for: path, makingFolders: makingFolders)
}

/// Why what stands at a path may not be written, by its permissions or those of its disk; nil if it may. (A rename asks
/// for those of the folder alone.)
func writeProtection(of path: String) -> String? {
  guard faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0 else { return nil }
  // Some sandboxes forbid the question itself.
  return errno == EACCES || errno == EROFS ? systemReason(errno) : nil
}

/// Why files could not be made in this folder (made itself if missing); nil if they can.
package func obstacle(toWritingInFolder folder: String) -> FileFailure? {
  if let reason = impossibility(of: folder) { return .cannotWrite(path: folder, reason: reason) }
  return obstacle(toFolder: folder, for: folder, makingFolders: true)
}

private func obstacle(toFolder folder: String, for path: String, makingFolders: Bool) -> FileFailure? {
  var place = folder
  var status = FileStatus(at: place)
  while status == nil {
    if access(place, F_OK) != 0, errno != ENOENT { return .cannotWrite(path: path, reason: systemReason(errno)) }
    // Where a link leads, a folder can be made.
    let target = resolvingLinks(place)
    let parent = target == place ? splitPath(place).folder : target
    if !makingFolders { return .cannotWrite(path: path, reason: "there is no folder `\(folder)`") }
    if parent == place { return .cannotWrite(path: path, reason: systemReason(ENOENT)) }
    place = parent
    status = FileStatus(at: place)
  }
  if status?.kind != .folder { return .cannotWrite(path: path, reason: "`\(place)` is not a folder") }
  if access(place, W_OK | X_OK) != 0 {
    let reason = systemReason(errno)
    return .cannotWrite(path: path, reason: "no file can be made in `\(place)`: \(reason)")
  }
  return nil
}

/// Bytes that an ordinary user may still write on the disk that holds this path, which need not exist yet.
package func freeBytes(onDiskOf path: String) -> Int? {
  var place = path
  while true {
    var status = statvfs()
    if statvfs(place, &status) == 0 {
      let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
      return overflow ? .max : bytes
    }
    let (parent, _) = splitPath(place)
    if parent == place { return nil }
    place = parent
  }
}
