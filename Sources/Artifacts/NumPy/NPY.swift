import Arrays
import Glibc

/// `.npy` files: one array each.
package enum NPY {
  /// The header alone, for checks before anything is read.
  package static func header(_ path: String) throws(FileFailure) -> NumPyHeader {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    return try header(path, descriptor: descriptor, fileSize: size)
  }

  /// Reads the array.
  package static func read(_ path: String) throws(FileFailure) -> NDArray {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    let header = try header(path, descriptor: descriptor, fileSize: size)
    var position = header.headerBytes
    return try header.makeArray { buffer throws(FileFailure) in
      let count = try readBytes(from: descriptor, at: position, into: buffer, path: path)
      position += count
      if count < buffer.count { throw .damaged(path: path, reason: NumPyFault.cutShort.reason) }
    } fault: {
      .damaged(path: path, reason: $0.reason)
    }
  }

  /// Writes the array, durably.
  package static func write(
    _ array: NDArray, to path: String, through fileSystem: FileSystem = .real
  ) throws(FileFailure) {
    try writeDurably(to: path, through: fileSystem) { file throws(FileFailure) in try file.write(content(array)) }
  }

  /// The file's bytes.
  static func content(_ array: NDArray) -> FileContent {
    var content = FileContent(NumPyHeader.bytes(for: array))
    content.append(elementsOf: array)
    return content
  }

  /// The array in a file's bytes. `path` is the file that failures name.
  static func decode(_ bytes: [UInt8], path: String, member: String? = nil) throws(FileFailure) -> NDArray {
    let fault = { (fault: NumPyFault) in damaged(path, member: member, fault) }
    let header = try parse(bytes, size: bytes.count, path: path, member: member)
    var position = header.headerBytes
    return try header.makeArray(
      fill: { buffer throws(FileFailure) in
        let next = position + buffer.count
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<next])) }
        position = next
      }, fault: fault)
  }

  /// The header at the beginning of an archive's member; the elements are what the stream gives next.
  static func header(
    of member: ZipArchive.Member, _ stream: ZipArchive.MemberStream, path: String
  ) throws(FileFailure) -> NumPyHeader {
    var beginning: [UInt8] = []
    // First so much that the header's length is known, then the header.
    while let next = NumPyHeader.bytesNeeded(after: beginning), beginning.count < member.size {
      beginning += try stream.read(min(next, member.size) - beginning.count)
    }
    return try parse(beginning, size: member.size, path: path, member: member.name)
  }

  /// The array of an archive's member, read into the memory that it is to have.
  static func read(
    _ member: ZipArchive.Member, _ stream: ZipArchive.MemberStream, path: String
  ) throws(FileFailure) -> NDArray {
    let header = try header(of: member, stream, path: path)
    let array = try header.makeArray { buffer throws(FileFailure) in
      try stream.read(into: buffer)
    } fault: {
      damaged(path, member: member.name, $0)
    }
    try stream.finish()
    return array
  }

  /// Parses a header and holds it against the size of the whole file.
  static func parse(
    _ beginning: [UInt8], size: Int, path: String, member: String? = nil
  ) throws(FileFailure) -> NumPyHeader {
    do throws(NumPyFault) {
      let header = try NumPyHeader.parse(beginning)
      let expected = header.headerBytes + header.contentBytes
      if size < expected { throw .cutShort }
      if size > expected { throw NumPyFault("it has \(size - expected) bytes more than its header claims") }
      return header
    } catch {
      throw damaged(path, member: member, error)
    }
  }

  private static func header(_ path: String, descriptor: Int32, fileSize: Int) throws(FileFailure) -> NumPyHeader {
    var beginning = [UInt8](repeating: 0, count: min(fileSize, NumPyHeader.longestHeader + 12))
    let count = try beginning.withMutableRawBytes { buffer throws(FileFailure) in
      try readBytes(from: descriptor, at: 0, into: buffer, path: path)
    }
    beginning.removeLast(beginning.count - count)
    return try parse(beginning, size: fileSize, path: path)
  }

  private static func damaged(_ path: String, member: String?, _ fault: NumPyFault) -> FileFailure {
    .damaged(path: path, reason: member.map { "`\($0)` in it: \(fault.reason)" } ?? fault.reason)
  }
}
