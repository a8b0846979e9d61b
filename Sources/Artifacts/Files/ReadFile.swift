import Glibc

/// The bytes of a file, read whole. At most `limit` bytes: a larger file is a failure, before memory is taken for it.
package func readFile(_ path: String, limit: Int = .max) throws(FileFailure) -> [UInt8] {
  let (descriptor, size) = try openForReading(path)
  defer { close(descriptor) }
  if size > limit { throw .cannotRead(path: path, reason: "it has \(size) bytes, and at most \(limit) are expected") }
  var bytes = [UInt8](repeating: 0, count: size)
  let count = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
    try readBytes(from: descriptor, at: 0, into: buffer, path: path)
  }
  bytes.removeLast(size - count)  // it became shorter while it was read
  return bytes
}

extension Array where Element == UInt8 {
  /// `withUnsafeBytes` whose closure may throw a typed failure.
  func withRawBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { buffer throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
  }

  /// `withUnsafeMutableBytes` whose closure may throw a typed failure.
  mutating func withMutableRawBytes<Result, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeMutableBufferPointer { buffer throws(Failure) in try body(UnsafeMutableRawBufferPointer(buffer)) }
  }
}

/// Opens a regular file; a folder, a device or a pipe is a failure that says so.
func openForReading(_ path: String) throws(FileFailure) -> (descriptor: Int32, size: Int) {
  if let reason = impossibility(of: path) { throw .cannotRead(path: path, reason: reason) }
  // Without O_NONBLOCK opening a pipe would wait for its writer.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  if descriptor < 0 { throw .cannotRead(path: path, reason: systemReason(errno)) }
  guard let status = FileStatus(descriptor: descriptor), status.kind == .file else {
    let isFolder = FileStatus(descriptor: descriptor)?.kind == .folder
    close(descriptor)
    throw .cannotRead(path: path, reason: isFolder ? "it is a folder" : "it is a device or a pipe, not a file")
  }
  return (descriptor, status.size)
}

/// Fills the buffer from an offset of the file; returns how many bytes there were.
func readBytes(
  from descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer, path: String
) throws(FileFailure) -> Int {
  var filled = 0
  while filled < buffer.count {
    let count = pread(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, offset + filled)
    if count == 0 { break }
    if count < 0 {
      if errno == EINTR { continue }
      throw .cannotRead(path: path, reason: systemReason(errno))
    }
    filled += count
  }
  return filled
}
