import Arrays
import Glibc

/// One backup in one file: sections with a checksum each, and a digest of the whole at the end.
///
/// All numbers are little-endian:
///
/// ```
/// header    magic "TRAINBAK" · version (4 bytes) · number of sections (4) · generation (8) · CRC-32C of this header (4)
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
  /// Versions 1 and 2 had a content's checksum before it, and no padding; up to 3 no log had its last rows in a backup;
  /// 4 did not know its generation.
  private static let version: UInt32 = 5
  private static let headerLength = 28
  private static let sectionLength = 16
  private static let checksumLength = 4
  private static let trailerLength = 24

  /// Bytes of a backup of these sections.
  static func size(of sections: [BackupSection]) -> Int {
    var end = headerLength
    for section in sections {
      let place = contentPlace(section.name, after: end)
      end = place + section.header(at: place).count + section.bodyLength + checksumLength
    }
    let unpadded = end + trailerLength
    return unpadded + padding(after: unpadded)
  }

  /// Where the elements of these `float32` arrays stand in a backup that begins with them.
  static func places(of arrays: [(name: String, shape: [Int])]) -> [Range<Int>] {
    var end = headerLength
    return arrays.map { name, shape in
      let place = contentPlace(name, after: end)
      let start = place + NumPyHeader.bytes(.float32, shape: shape, at: place).count
      let elements = start..<start + shape.reduce(ElementType.float32.size, *)
      end = elements.upperBound + checksumLength
      return elements
    }
  }

  /// Where the content of a section of that name begins which follows these bytes.
  private static func contentPlace(_ name: String, after end: Int) -> Int { end + sectionLength + name.utf8.count }

  /// Zeros that fill the last block.
  private static func padding(after length: Int) -> Int {
    (BlockFile.blockBytes - length % BlockFile.blockBytes) % BlockFile.blockBytes
  }

  /// Writes a backup into an empty file.
  static func write(_ sections: [BackupSection], generation: Int, to file: inout BlockFile) throws(FileFailure) {
    var digest: UInt32 = 0
    var header = magic + littleEndianBytes(version) + littleEndianBytes(UInt32(sections.count))
    header += littleEndianBytes(UInt64(generation))
    header += littleEndianBytes(checksum(of: header))
    try file.add(header, checksum: &digest)
    for section in sections {
      let name = Array(section.name.utf8)
      let contentHeader = section.header(at: contentPlace(section.name, after: file.length))
      let length = contentHeader.count + section.bodyLength
      let lengths = littleEndianBytes(UInt32(name.count)) + littleEndianBytes(UInt64(length))
      try file.add(lengths + littleEndianBytes(checksum(of: lengths + name)) + name, checksum: &digest)
      var contentChecksum: UInt32 = 0
      try file.add(contentHeader, checksum: &contentChecksum)
      try section.withBody { bytes, known throws(FileFailure) in
        try file.add(bytes, known: known, checksum: &contentChecksum)
      }
      try file.add(littleEndianBytes(contentChecksum), checksum: &digest)
    }
    try file.add([UInt8](repeating: 0, count: padding(after: file.length + trailerLength)), checksum: &digest)
    var trailer = littleEndianBytes(UInt64(file.length)) + littleEndianBytes(digest)
    trailer += littleEndianBytes(checksum(of: trailer)) + endMagic
    try file.add(trailer, checksum: &digest)
  }

  /// The generation that a backup is of by what it begins with; nil where that is none of this version, or is damaged.
  static func generation(_ path: String) -> Int? {
    guard let (descriptor, size) = try? openForReading(path) else { return nil }
    defer { close(descriptor) }
    let file = BackupReader(path, descriptor: descriptor)
    guard size >= headerLength, let header = try? file.bytes(headerLength, at: 0), header.starts(with: magic), isIntact(header),
      number(UInt32.self, header, at: 8) == version
    else { return nil }
    return Int(exactly: number(UInt64.self, header, at: 16))
  }

  private static func isIntact(_ header: [UInt8]) -> Bool {
    number(UInt32.self, header, at: headerLength - 4) == checksum(of: header.dropLast(4))
  }

  /// Whether it can be read and every checksum fits.
  static func isWhole(_ path: String) -> Bool { (try? read(path, wanted: { _ in false })) != nil }

  /// Reads a backup and verifies all of it, in one pass. Sections that are not `wanted` are verified and left out.
  static func read(_ path: String, wanted: (_ name: String) -> Bool = { _ in true }) throws(FileFailure) -> [BackupSection] {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    var file = BackupReader(path, descriptor: descriptor)

    let beginning = try file.bytes(min(size, headerLength))
    guard beginning.starts(with: magic) else { throw file.damage("it is not a backup") }
    let end = size - trailerLength
    let trailer = try end >= headerLength ? file.bytes(trailerLength, at: end) : []
    guard trailer.suffix(endMagic.count).elementsEqual(endMagic) else { throw file.damage("it is cut short") }
    guard beginning.count == headerLength, isIntact(beginning) else { throw file.damage("its header is damaged") }
    let foundVersion = number(UInt32.self, beginning, at: 8)
    guard foundVersion == version else { throw file.damage("it was written by another version (format \(foundVersion))") }
    guard number(UInt32.self, trailer, at: 12) == checksum(of: trailer[..<12]) else { throw file.damage("its end is damaged") }
    let length = number(UInt64.self, trailer, at: 0)
    guard length == UInt64(end) else { throw file.damage("it has \(end) bytes where \(length) were written") }

    var sections: [BackupSection] = []
    for _ in 0..<number(UInt32.self, beginning, at: 12) {
      if let section = try readSection(&file, end: end, wanted) { sections.append(section) }
    }
    let padding = try end - file.position < BlockFile.blockBytes ? file.bytes(end - file.position) : [1]
    guard padding.allSatisfy({ $0 == 0 }) else { throw file.damage("its sections do not add up") }
    guard number(UInt32.self, trailer, at: 8) == file.digest else { throw file.damage("its digest does not fit its contents") }
    return sections
  }

  /// Nil if it is not wanted.
  private static func readSection(
    _ file: inout BackupReader, end: Int, _ wanted: (_ name: String) -> Bool
  ) throws(FileFailure) -> BackupSection? {
    guard end - file.position >= sectionLength + checksumLength else { throw file.damage("its sections do not add up") }
    let head = try file.bytes(sectionLength)
    let nameLength = Int(number(UInt32.self, head, at: 0))
    let contentLength = Int(clamping: number(UInt64.self, head, at: 4))
    let rest = end - file.position - checksumLength
    guard nameLength <= rest, contentLength <= rest - nameLength else { throw file.damage("its sections do not add up") }
    let nameBytes = try file.bytes(nameLength)
    guard number(UInt32.self, head, at: 12) == checksum(of: head[..<12] + nameBytes) else {
      throw file.damage("the head of a section is damaged")
    }
    let name = String(decoding: nameBytes, as: UTF8.self)
    let (section, found) = try file.content(name, length: contentLength, isWanted: wanted(name))
    guard number(UInt32.self, try file.bytes(checksumLength), at: 0) == found else {
      throw file.damage("its section `\(name)` is damaged")
    }
    return section
  }

  private static func number<Number: FixedWidthInteger>(_: Number.Type, _ bytes: [UInt8], at place: Int) -> Number {
    bytes[place..<place + MemoryLayout<Number>.size].reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  private static func checksum(of bytes: some Collection<UInt8>) -> UInt32 {
    Array(bytes).withRawBytes { Artifacts.checksum($0) }
  }
}
