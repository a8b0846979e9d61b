import Arrays
import Synchronization

/// Why a picture's file cannot be read whole, as a clause; nil if it can.
///
/// JPEGs are looked at at their beginning and their end, since what is damaged in between is passed over as it is decoded; the others are
/// decoded. A file is looked at once in a process, as long as its size and time stay.
func defect(ofImage path: String) -> String? {
  guard let status = FileStatus(at: path) else { return "it is gone" }
  if let known = knownDefects.withLock({ $0[status.version] }) { return known }
  let found: String?
  do throws(FileFailure) {
    try checkImage(path)
    found = nil
  } catch {
    found = error.reason
  }
  knownDefects.withLock { $0[status.version] = .some(found) }
  return found
}

/// The same of many files, on several threads.
package func defects(ofImages paths: [String]) -> [String?] {
  let threads = max(1, min(paths.count, Processors.count))
  // Each takes every so-manieth: large files lie side by side.
  let parts = atOnce(Array(0..<threads)) { first in
    stride(from: first, to: paths.count, by: threads).map { defect(ofImage: paths[$0]) }
  }
  return paths.indices.map { parts[$0 % threads][$0 / threads] }
}

private let knownDefects = Mutex<[FileStatus.Version: String?]>([:])

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
