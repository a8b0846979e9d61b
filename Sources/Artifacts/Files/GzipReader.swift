import CZip
import Glibc

/// Reads a file from its beginning, unpacking it if it is gzipped.
final class GzipReader {
  private let path: String
  private let file: OpaquePointer
  /// Bytes of the file as it lies there.
  let storedSize: Int

  init(_ path: String) throws(FileFailure) {
    let (descriptor, size) = try openForReading(path)
    guard let file = cgzip_open(descriptor) else {
      close(descriptor)
      throw .cannotRead(path: path, reason: systemReason(ENOMEM))
    }
    self.path = path
    self.file = file
    storedSize = size
  }

  deinit { cgzip_close(file) }

  /// Fills the buffer with what follows; returns how many bytes there were. Throws `damaged` for one that is cut short.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileFailure) -> Int {
    let count = cgzip_read(file, buffer.baseAddress, UInt64(buffer.count))
    if count < 0 { throw .damaged(path: path, reason: String(cString: cgzip_reason(file))) }
    return Int(count)
  }

  /// The next bytes, fewer only at the end.
  func read(_ count: Int) throws(FileFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let found = try bytes.withMutableRawBytes { buffer throws(FileFailure) in try read(into: buffer) }
    bytes.removeLast(count - found)
    return bytes
  }
}
