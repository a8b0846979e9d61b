import Arrays

/// Reads a backup's file from its beginning to its end, once: the elements of an array come straight to where they stay.
struct BackupReader {
  private let path: String
  private let descriptor: Int32
  /// Where the next bytes are read.
  private(set) var position = 0
  /// The CRC-32C of what was read but for contents.
  private(set) var digest: UInt32 = 0
  /// What is only verified is read in pieces of so many bytes.
  private static let pieceBytes = 1 << 20

  init(_ path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  func damage(_ reason: String) -> FileFailure { .damaged(path: path, reason: reason) }

  /// The next bytes, which are none of a content.
  mutating func bytes(_ count: Int) throws(FileFailure) -> [UInt8] {
    var sum = digest
    defer { digest = sum }
    return try next(count, &sum)
  }

  /// Bytes elsewhere.
  func bytes(_ count: Int, at place: Int) throws(FileFailure) -> [UInt8] {
    var other = BackupReader(path, descriptor: descriptor)
    other.position = place
    return try other.bytes(count)
  }

  /// The next content and its CRC-32C. One that is not wanted is nil; its bytes are read all the same.
  mutating func content(
    _ name: String, length: Int, isWanted: Bool
  ) throws(FileFailure) -> (section: BackupSection?, checksum: UInt32) {
    var sum: UInt32 = 0
    if !isWanted {
      var rest = length
      while rest > 0 { rest -= try next(min(rest, Self.pieceBytes), &sum).count }
      return (nil, sum)
    }
    // As many bytes as tell how long an array's header is.
    var beginning = try next(min(length, 10), &sum)
    if beginning.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1]), beginning.count == 10 {
      let header = Int(beginning[8]) | Int(beginning[9]) << 8
      beginning += try next(min(length - 10, header), &sum)
      if let array = try elements(after: beginning, length: length, &sum) {
        return (BackupSection(name, array: array), sum)
      }
    }
    beginning += try next(length - beginning.count, &sum)
    return (BackupSection(name, bytes: beginning), sum)
  }

  /// The array whose header was read; nil if there is none that takes what is left.
  private mutating func elements(
    after header: [UInt8], length: Int, _ sum: inout UInt32
  ) throws(FileFailure) -> NDArray? {
    guard let header = try? NumPyHeader.parse(header), header.headerBytes + header.contentBytes == length,
      header.stored.isAsKept, !header.isFortranOrder, NDArray.fitsMemory(header.type, shape: header.shape)
    else { return nil }
    let array = NDArray(header.type, shape: header.shape)
    // Nobody else has seen it yet.
    let elements = UnsafeMutableRawBufferPointer(rebasing: array.storage.bytes[..<header.contentBytes])
    sum = try fill(elements, from: position, sum)
    position += header.contentBytes
    return array
  }

  private mutating func next(_ count: Int, _ sum: inout UInt32) throws(FileFailure) -> [UInt8] {
    let place = position
    var bytes = [UInt8](repeating: 0, count: count)
    sum = try bytes.withMutableRawBytes { [sum] buffer throws(FileFailure) in try fill(buffer, from: place, sum) }
    position += count
    return bytes
  }

  /// Fills the buffer from a place of the file; gives the CRC-32C of its bytes following those whose checksum is `sum`.
  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from place: Int, _ sum: UInt32
  ) throws(FileFailure) -> UInt32 {
    let count = try readBytes(from: descriptor, at: place, into: buffer, path: path)
    if count < buffer.count { throw damage("it is cut short") }
    return checksum(UnsafeRawBufferPointer(buffer), after: sum)
  }
}
