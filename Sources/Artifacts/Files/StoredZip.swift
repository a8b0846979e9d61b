import CZip

/// A zip archive whose members are stored as they are, the only kind that is written here (PKWARE's APPNOTE 6.3.9, section 4.3); what
/// others have packed is read through libzip.
///
/// ```
/// for each member   local header (30 bytes) · name · wide numbers · content
/// for each member   entry of the directory (46) · name · wide numbers
/// end               wide end (56) · its locator (20), where needed · end (22)
/// ```
///
/// A number that needs more than four bytes stands among the wide ones in eight, and is all ones in its own place. Equal contents make
/// equal bytes: every member is dated 1980-01-01.
struct StoredZip {
  private struct Member {
    let name: [UInt8]
    let size: Int
    let checksum: UInt32
    /// Where its local header begins.
    let place: Int
  }

  private let members: [(name: String, content: FileContent)]
  /// Numbers from here on are wide.
  private let firstWide: Int

  init(_ members: [(name: String, content: FileContent)], firstWide: Int = Int(UInt32.max)) {
    self.members = members
    self.firstWide = firstWide
  }

  /// Writes the archive, durably, making the folders that lead to it.
  func write(to path: String, through fileSystem: FileSystem) throws(FileFailure) {
    try writeDurably(to: path, makingFolders: true, passingCache: true, through: fileSystem) { file throws(FileFailure) in
      var directory: [UInt8] = []
      for (name, content) in members {
        let member = Member(name: Array(name.utf8), size: content.count, checksum: Self.checksum(content), place: file.length)
        try file.write(localHeader(of: member))
        try file.write(content)
        directory += entry(of: member)
      }
      try file.write(directory + end(directoryAt: file.length, size: directory.count))
    }
  }

  private func localHeader(of member: Member) -> [UInt8] {
    let wide = wideField([member.size, member.size])
    return littleEndianBytes(0x0403_4B50 as UInt32) + version(isWide: !wide.isEmpty) + description(of: member)
      + littleEndianBytes(UInt16(wide.count)) + member.name + wide
  }

  private func entry(of member: Member) -> [UInt8] {
    let wide = wideField([member.size, member.size, member.place])
    let version = version(isWide: !wide.isEmpty)
    // No comment, on the first disk, without attributes.
    let nothing = [UInt8](repeating: 0, count: 10)
    return littleEndianBytes(0x0201_4B50 as UInt32) + version + version + description(of: member)
      + littleEndianBytes(UInt16(wide.count)) + nothing + narrow(member.place) + member.name + wide
  }

  /// What both have in common, from the flags to the length of the name.
  private func description(of member: Member) -> [UInt8] {
    let isPlain = member.name.allSatisfy { $0 < 0x80 }
    let flags: UInt16 = isPlain ? 0 : 1 << 11  // else the name is UTF-8
    let (stored, time, date): (UInt16, UInt16, UInt16) = (0, 0, 1 << 5 | 1)
    return littleEndianBytes(flags) + littleEndianBytes(stored) + littleEndianBytes(time) + littleEndianBytes(date)
      + littleEndianBytes(member.checksum) + narrow(member.size) + narrow(member.size)
      + littleEndianBytes(UInt16(member.name.count))
  }

  private func end(directoryAt place: Int, size: Int) -> [UInt8] {
    let count = members.count
    let firstDisk = [UInt8](repeating: 0, count: 4)
    var wide: [UInt8] = []
    if place >= firstWide || size >= firstWide || count >= Int(UInt16.max) {
      let version = version(isWide: true)
      wide += littleEndianBytes(0x0606_4B50 as UInt32) + littleEndianBytes(44 as UInt64)
      wide += version + version + firstDisk + firstDisk
      for number in [count, count, size, place] { wide += littleEndianBytes(UInt64(number)) }
      wide += littleEndianBytes(0x0706_4B50 as UInt32) + firstDisk + littleEndianBytes(UInt64(place + size))
      wide += littleEndianBytes(1 as UInt32)
    }
    let narrowCount = littleEndianBytes(UInt16(clamping: count))
    let noComment = littleEndianBytes(0 as UInt16)
    return wide + littleEndianBytes(0x0605_4B50 as UInt32) + firstDisk + narrowCount + narrowCount + narrow(size) + narrow(place)
      + noComment
  }

  /// The field of those numbers that are wide; nothing where none is.
  private func wideField(_ numbers: [Int]) -> [UInt8] {
    let wide = numbers.filter { $0 >= firstWide }
    if wide.isEmpty { return [] }
    return littleEndianBytes(1 as UInt16) + littleEndianBytes(UInt16(8 * wide.count))
      + wide.flatMap { littleEndianBytes(UInt64($0)) }
  }

  private func narrow(_ number: Int) -> [UInt8] { littleEndianBytes(number >= firstWide ? .max : UInt32(number)) }

  /// Of the format, that a reader must know: 4.5 for wide numbers.
  private func version(isWide: Bool) -> [UInt8] { littleEndianBytes((isWide ? 45 : 10) as UInt16) }

  private static func checksum(_ content: FileContent) -> UInt32 {
    var checksum: UInt32 = 0
    content.forEachPiece { checksum = czip_crc32(checksum, $0.baseAddress, $0.count) }
    return checksum
  }
}
