import CZip

/// One backup in one file: sections with a checksum each, and a digest of the whole at the end.
///
/// All numbers are little-endian:
///
/// ```
/// header    magic "TRAINBAK" · version (4 bytes) · number of sections (4) · CRC-32C of this header (4)
/// section   length of name (4) · length of content (8) · CRC-32C of content (4) · CRC-32C of name and these (4)
///           name · content                                                                     … repeated
/// trailer   length of all before the trailer (8) · CRC-32C of all before the trailer (4)
///           · CRC-32C of the trailer's first 12 bytes (4) · magic "BACKDONE"
/// ```
///
/// Every byte is covered by a checksum or is itself one, so any flipped byte is found, and any cut, since the trailer
/// says where it must stand.
enum BackupFile {
  private static let magic = Array("TRAINBAK".utf8)
  private static let endMagic = Array("BACKDONE".utf8)
  /// Version 1 had no journal beside it.
  private static let version: UInt32 = 2
  private static let readVersions: ClosedRange<UInt32> = 1...version
  private static let headerLength = 20
  private static let sectionLength = 20
  private static let trailerLength = 24

  /// Bytes of a backup of these sections.
  static func size(of sections: [BackupSection]) -> Int {
    sections.reduce(headerLength + trailerLength) { $0 + sectionLength + $1.name.utf8.count + $1.length }
  }

  /// Writes a backup, durably.
  static func write(_ sections: [BackupSection], to path: String, through fileSystem: FileSystem) throws(FileFailure) {
    try writeDurably(to: path, through: fileSystem) { file throws(FileFailure) in
      var digest: UInt32 = 0
      func write(_ bytes: [UInt8]) throws(FileFailure) {
        digest = crc32c_joined(digest, checksum(of: bytes), UInt64(bytes.count))
        try file.write(bytes)
      }

      var header = magic + littleEndianBytes(version) + littleEndianBytes(UInt32(sections.count))
      header += littleEndianBytes(checksum(of: header))
      try write(header)
      for section in sections {
        var contentChecksum: UInt32 = 0
        try section.forEachPiece { piece throws(FileFailure) in
          contentChecksum = Artifacts.checksum(piece, after: contentChecksum)
        }
        let name = Array(section.name.utf8)
        var description = littleEndianBytes(UInt32(name.count)) + littleEndianBytes(UInt64(section.length))
        description += littleEndianBytes(contentChecksum)
        description += littleEndianBytes(checksum(of: description + name))
        try write(description + name)
        // The content is summed up once, for both checksums.
        digest = crc32c_joined(digest, contentChecksum, UInt64(section.length))
        try section.forEachPiece { piece throws(FileFailure) in try file.write(piece) }
      }
      var trailer = littleEndianBytes(UInt64(file.length)) + littleEndianBytes(digest)
      trailer += littleEndianBytes(checksum(of: trailer)) + endMagic
      try file.write(trailer)
    }
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
    for _ in 0..<sectionCount {
      guard end - reader.position >= sectionLength else { throw Damage("its sections do not add up") }
      let start = reader.position
      let nameLength = Int(reader.number(UInt32.self))
      let contentLength = Int(clamping: reader.number(UInt64.self))
      let contentChecksum = reader.number(UInt32.self)
      let descriptionChecksum = reader.number(UInt32.self)
      guard nameLength <= end - reader.position, contentLength <= end - reader.position - nameLength else {
        throw Damage("its sections do not add up")
      }
      let nameBytes = bytes[reader.position..<reader.position + nameLength]
      guard descriptionChecksum == checksum(of: bytes[start..<start + 16] + nameBytes) else {
        throw Damage("the head of a section is damaged")
      }
      let name = String(decoding: nameBytes, as: UTF8.self)
      reader.position += nameLength
      let content = bytes[reader.position..<reader.position + contentLength]
      guard contentChecksum == checksum(of: content) else { throw Damage("its section `\(name)` is damaged") }
      reader.position += contentLength
      sections.append(BackupSection(name, bytes: Array(content)))
    }
    guard reader.position == end else { throw Damage("its sections do not add up") }
    guard digest == checksum(of: bytes[..<end]) else { throw Damage("its digest does not fit its contents") }
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

  private static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBytes { Artifacts.checksum($0) }
  }
}

extension Array where Element == UInt8 {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }
}
