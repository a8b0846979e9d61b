import Glibc

/// The last bytes of a file that grows, which a backup has so that the file need not be on the disk before it.
///
/// A power cut may take any of them, or leave zeros in their place, but nothing of what is before them. So a file that begins as they say,
/// and has nothing in their place but a part of them and zeros, is completed; any other is someone else's work, and is left alone.
package struct FileTail: Sendable, Equatable {
  package let path: String
  /// How many bytes are before them, and the CRC-32C of those.
  package let start: Int
  package let checksum: UInt32
  package let bytes: [UInt8]

  package init(path: String, start: Int, checksum: UInt32, bytes: [UInt8]) {
    self.path = path
    self.start = start
    self.checksum = checksum
    self.bytes = bytes
  }

  /// Puts them back where a power cut has taken them; gives whether it had. What follows them in the file then goes.
  package func putBack(through fileSystem: FileSystem = .real) throws(FileFailure) -> Bool {
    guard try isTorn else { return false }
    try AppendingFile(path, from: .length(start), through: fileSystem).append(bytes)
    return true
  }

  /// Whether the file is what a power cut may have left of it, and is not whole.
  private var isTorn: Bool {
    get throws(FileFailure) {
      guard !bytes.isEmpty, FileStatus(at: path)?.kind == .file else { return false }
      let (descriptor, size) = try openForReading(path)
      defer { close(descriptor) }
      var found = [UInt8](repeating: 0, count: max(0, min(size - start, bytes.count)))
      let count = try found.withMutableRawBytes { buffer throws(FileFailure) in
        try readBytes(from: descriptor, at: start, into: buffer, path: path)
      }
      let isOfIt = zip(found.prefix(count), bytes).allSatisfy { $0 == $1 || $0 == 0 }
      guard isOfIt, found.prefix(count) != bytes[...] else { return false }
      return try Artifacts.checksum(ofFirst: start, at: path) == checksum
    }
  }
}

/// The CRC-32C of a file's first bytes; nil where it has fewer.
func checksum(ofFirst count: Int, at path: String) throws(FileFailure) -> UInt32? {
  if count == 0 { return 0 }
  let (descriptor, size) = try openForReading(path)
  defer { close(descriptor) }
  if size < count { return nil }
  var piece = [UInt8](repeating: 0, count: min(count, 1 << 20))
  var (sum, place): (UInt32, Int) = (0, 0)
  while place < count {
    let wanted = min(piece.count, count - place)
    let read = try piece.withMutableRawBytes { buffer throws(FileFailure) in
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
      let read = try readBytes(from: descriptor, at: place, into: part, path: path)
      sum = checksum(UnsafeRawBufferPointer(rebasing: part[..<read]), after: sum)
      return read
    }
    if read < wanted { return nil }
    place += read
  }
  return sum
}
