import CZip

/// One backup in one file: sections with a checksum each, and a digest of the whole at the end.
///
/// All numbers are little-endian:
///
/// ```
/// header    magic "TRAINBAK" · version (4 bytes) · number of sections (4) · CRC-32C of this header (4)
/// section   length of name (4) · length of content (8) · CRC-32C of these and the name (4)
///           name · content · CRC-32C of content (4)                                            … repeated
/// padding   zeros, so that the whole is a multiple of 4096 bytes
/// trailer   length of all before the trailer (8) · CRC-32C of all before the trailer but the contents (4)
///           · CRC-32C of the trailer's first 12 bytes (4) · magic "BACKDONE"
/// ```
///
/// Every byte is covered by a checksum or is itself one, so any flipped byte is found, and any cut, since the trailer
/// says where it must stand. A content's checksum follows it, so that one pass over the bytes is enough to write them.
enum BackupFile {
  private static let magic = Array("TRAINBAK".utf8)
  private static let endMagic = Array("BACKDONE".utf8)
  /// Versions 1 and 2 had a content's checksum before it, and no padding.
  private static let version: UInt32 = 3
  private static let headerLength = 20
  private static let sectionLength = 16
  private static let checksumLength = 4
  private static let trailerLength = 24

  /// Bytes of a backup of these sections.
  static func size(of sections: [BackupSection]) -> Int {
    let unpadded = sections.reduce(headerLength + trailerLength) {
      $0 + sectionLength + $1.name.utf8.count + $1.length + checksumLength
    }
    return unpadded + padding(after: unpadded)
  }

  /// Zeros that fill the last block.
  private static func padding(after length: Int) -> Int {
    (BlockFile.blockBytes - length % BlockFile.blockBytes) % BlockFile.blockBytes
  }

  /// Writes a backup into an empty file.
  static func write(_ sections: [BackupSection], to file: inout BlockFile) throws(FileFailure) {
    var digest: UInt32 = 0
    var header = magic + littleEndianBytes(version) + littleEndianBytes(UInt32(sections.count))
    header += littleEndianBytes(checksum(of: header))
    try file.add(header, checksum: &digest)
    for section in sections {
      let name = Array(section.name.utf8)
      let lengths = littleEndianBytes(UInt32(name.count)) + littleEndianBytes(UInt64(section.length))
      try file.add(lengths + littleEndianBytes(checksum(of: lengths + name)) + name, checksum: &digest)
      var contentChecksum: UInt32 = 0
      try section.forEachPiece { piece throws(FileFailure) in try file.add(piece, checksum: &contentChecksum) }
      try file.add(littleEndianBytes(contentChecksum), checksum: &digest)
    }
    try file.add([UInt8](repeating: 0, count: padding(after: file.length + trailerLength)), checksum: &digest)
    var trailer = littleEndianBytes(UInt64(file.length)) + littleEndianBytes(digest)
    trailer += littleEndianBytes(checksum(of: trailer)) + endMagic
    try file.add(trailer, checksum: &digest)
  }

  /// Reads a backup and verifies all of it.
  static func read(_ path: String) throws(FileFailure) -> [BackupSection] {
    let bytes = try readFile(path)
    do throws(Damage) {
      return try parse(bytes)
    } catch {
      throw .damaged(path: path, reason: error.reason)
    }
  }

  private struct Damage: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func parse(_ bytes: [UInt8]) throws(Damage) -> [BackupSection] {
    guard bytes.starts(with: magic) else { throw Damage("it is not a backup") }
    guard bytes.count >= headerLength + trailerLength, bytes.ends(with: endMagic) else { throw Damage("it is cut short") }
    var reader = Reader(bytes)
    reader.position = magic.count
    let foundVersion = reader.number(UInt32.self)
    let sectionCount = reader.number(UInt32.self)
    guard reader.number(UInt32.self) == checksum(of: bytes[..<16]) else { throw Damage("its header is damaged") }
    guard readVersions.contains(foundVersion) else { throw Damage("it was written by another version (format \(foundVersion))") }

    let end = bytes.count - trailerLength
    reader.position = end
    let (length, digest, trailerChecksum) =
      (reader.number(UInt64.self), reader.number(UInt32.self), reader.number(UInt32.self))
    guard trailerChecksum == checksum(of: bytes[end..<end + 12]) else { throw Damage("its end is damaged") }
    guard length == UInt64(end) else { throw Damage("it has \(end) bytes where \(length) were written") }

    var sections: [BackupSection] = []
    reader.position = headerLength
    var digestFound = checksum(of: bytes[..<headerLength])
    for _ in 0..<sectionCount {
      guard end - reader.position >= sectionLength else { throw Damage("its sections do not add up") }
      let start = reader.position
      let nameLength = Int(reader.number(UInt32.self))
      let contentLength = Int(clamping: reader.number(UInt64.self))
      let headChecksum = reader.number(UInt32.self)
      guard nameLength <= end - reader.position,
        contentLength <= end - reader.position - nameLength - checksumLength
      else { throw Damage("its sections do not add up") }
      let nameBytes = bytes[reader.position..<reader.position + nameLength]
      guard headChecksum == checksum(of: bytes[start..<start + 12] + nameBytes) else {
        throw Damage("the head of a section is damaged")
      }
      let name = String(decoding: nameBytes, as: UTF8.self)
      reader.position += nameLength
      let content = bytes[reader.position..<reader.position + contentLength]
      digestFound = checksum(of: bytes[start..<reader.position], after: digestFound)
      reader.position += contentLength
      digestFound = checksum(of: bytes[reader.position..<reader.position + checksumLength], after: digestFound)
      guard reader.number(UInt32.self) == checksum(of: content) else { throw Damage("its section `\(name)` is damaged") }
      sections.append(BackupSection(name, bytes: Array(content)))
    }
    let padding = bytes[reader.position..<end]
    guard padding.count < BlockFile.blockBytes, padding.allSatisfy({ $0 == 0 }) else { throw Damage("its sections do not add up") }
    guard digest == checksum(of: padding, after: digestFound) else { throw Damage("its digest does not fit its contents") }
    return sections
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number {
      let size = MemoryLayout<Number>.size
      defer { position += size }
      return bytes[position..<position + size].reversed().reduce(0) { $0 << 8 | Number($1) }
    }
  }

  private static func checksum(of bytes: [UInt8]) -> UInt32 { checksum(of: bytes[...]) }

  private static func checksum(of bytes: ArraySlice<UInt8>, after start: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { Artifacts.checksum($0, after: start) }
  }
}

extension Array where Element == UInt8 {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }
}
