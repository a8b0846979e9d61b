import Synchronization

/// Why a picture's file cannot be read whole, as a clause; nil if it can.
///
/// JPEGs are looked at at their beginning and their end, since what is damaged in between is passed over as it is decoded; the others are
/// decoded. A file is looked at once in a process, as long as its size and time stay.
package func defect(ofImage path: String) -> String? {
  guard let status = FileStatus(at: path) else { return "it is gone" }
  let version = ImageVersion(identity: status.identity, size: status.size, modified: status.modified)
  if let known = knownDefects.withLock({ $0[version] }) { return known }
  let found: String?
  do throws(FileFailure) {
    try checkImage(path)
    found = nil
  } catch {
    found = error.reason
  }
  knownDefects.withLock { $0[version] = .some(found) }
  return found
}

private struct ImageVersion: Hashable {
  let identity: FileStatus.Identity
  let size: Int
  let modified: Int
}

private let knownDefects = Mutex<[ImageVersion: String?]>([:])

/// Bytes at the end of a JPEG in which its end must stand: cameras put something of their own behind it.
private let jpegTail = 1 << 16

private func checkImage(_ path: String) throws(FileFailure) {
  guard try readImageHeader(path).kind == .jpeg else {
    _ = try readImage(path, as: .rgb)
    return
  }
  let bytes = try readFile(path, limit: ImageLoader.mostFileBytes)
  let tail = bytes.suffix(jpegTail)
  guard zip(tail, tail.dropFirst()).contains(where: { $0 == 0xFF && $1 == 0xD9 }) else {
    throw .damaged(path: path, reason: "it is cut short")
  }
}
