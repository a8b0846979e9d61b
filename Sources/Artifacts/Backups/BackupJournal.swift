/// What of a run grows while it goes on: rows that are added and never changed, in a file beside its backups (`rows.journal`).
///
/// A backup has the rows that are new since the file was last added to, and the length and checksum of what it counts on in the file. So
/// a short run has no such file, a long one waits for the disk once for many backups, and no backup is larger than the one before by more
/// than its own rows. What stands in the file beyond that length is of a run that was killed, and is cut off. All rows are in memory, too,
/// so a file that someone deletes is written again.
///
/// Its section in a backup, numbers little-endian:
///
/// ```
/// bytes in the file (8) · CRC-32C of those (4) · the rows that follow
/// ```
struct BackupJournal {
  /// What its section of a backup is called.
  static let name = "journal"
  /// Bytes of rows in a backup from which on they go into the file.
  static let tailLimit = 1 << 16
  private static let headLength = 12

  /// All of them.
  private(set) var rows: [UInt8] = []
  /// So many bytes of them are in the file, and this is their checksum.
  private var filed = 0
  private var filedChecksum: UInt32 = 0
  private var file: AppendingFile?

  /// Nothing yet. A file that is there is begun anew.
  init() {}

  static func path(inFolder folder: String) -> String { folder + "/rows.journal" }

  /// The journal that a backup with these sections counts on; one without the section has none.
  init(of sections: [BackupSection], at backup: String, inFolder folder: String) throws(FileFailure) {
    guard let section = sections.first(where: { $0.name == Self.name }) else { return }
    let bytes = section.bytes
    let path = Self.path(inFolder: folder)
    func damaged(_ reason: String) -> FileFailure { .damaged(path: backup, reason: reason) }
    guard bytes.count >= Self.headLength else { throw damaged("its section `\(Self.name)` is cut short") }
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    filedChecksum = bytes[8..<Self.headLength].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    filed = Int(clamping: length)
    if filed > 0 {
      do throws(FileFailure) { rows = try readFile(path) } catch {
        throw damaged("the rows of its run cannot be had: `\(path)`: \(error.reason)")
      }
      guard rows.count >= filed else { throw damaged("`\(path)` has \(rows.count) of the \(filed) bytes that it counts on") }
      rows.removeLast(rows.count - filed)
      guard Self.checksum(of: rows[...]) == filedChecksum else { throw damaged("`\(path)`, which it counts on, is damaged") }
    }
    rows += bytes[Self.headLength...]
  }

  mutating func add(_ new: [UInt8]) { rows += new }

  /// What a backup says of it that is written now.
  var sections: [BackupSection] {
    if rows.isEmpty { return [] }
    let head = littleEndianBytes(UInt64(filed)) + littleEndianBytes(filedChecksum)
    return [BackupSection(Self.name, bytes: head + rows[filed...])]
  }

  /// Puts the rows that a backup would have into the file, durably, once they are many.
  mutating func fileRows(inFolder folder: String, through fileSystem: FileSystem) throws(FileFailure) {
    let path = Self.path(inFolder: folder)
    if AppendingFile.loss(at: path, of: filed) != nil { (filed, filedChecksum, file) = (0, 0, nil) }
    guard rows.count - filed > Self.tailLimit else { return }
    let open = if let file { file } else { try AppendingFile(path, from: .length(filed), through: fileSystem) }
    try open.append(Array(rows[filed...]))
    try open.sync()
    filedChecksum = Self.checksum(of: rows[filed...], after: filedChecksum)
    (file, filed) = (open, rows.count)
  }

  private static func checksum(of bytes: ArraySlice<UInt8>, after start: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { Artifacts.checksum($0, after: start) }
  }
}
