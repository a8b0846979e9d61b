import Arrays
import CChecksums
import Glibc
import Synchronization

/// A file that is written in whole blocks out of memory of its own, past the system's cache where its disk takes that.
///
/// What must be on the disk before anything goes on gains nothing by the cache, where each page is copied, noted, looked up and
/// freed. The disk fetches the blocks from where they were gathered.
struct BlockFile {
  /// Disks take what begins and ends at multiples of so many bytes.
  static let blockBytes = 4096

  private let path: String
  private let descriptor: Int32
  /// What it is gathered in, to be given back by whoever lent it.
  let buffer: BlockBuffer
  private let fileSystem: FileSystem
  private var gathered = 0
  /// Bytes added so far.
  private(set) var length = 0

  /// From the first byte of a file that is open for writing; `path` is what a failure speaks of.
  init(_ path: String, descriptor: Int32, gatheredIn buffer: BlockBuffer, through fileSystem: FileSystem) {
    self.path = path
    self.descriptor = descriptor
    self.buffer = buffer
    self.fileSystem = fileSystem
  }

  /// Lets writes to a file go past the cache, where its disk takes that.
  static func passCache(_ descriptor: Int32) { _ = setPassing(descriptor, true) }

  /// Linux's O_DIRECT (asm-generic/fcntl.h), which the C library tells to GNU programs alone.
  private static let directFlag: Int32 = 0o40000

  /// Whether that has changed anything.
  private static func setPassing(_ descriptor: Int32, _ isPassing: Bool) -> Bool {
    let before = fcntl(descriptor, F_GETFL)
    let after = isPassing ? before | directFlag : before & ~directFlag
    return before >= 0 && after != before && fcntl(descriptor, F_SETFL, after) == 0
  }

  /// Adds bytes at the end; `checksum` becomes the CRC-32C of these following those that it was of. Of bytes that stand in the buffer
  /// already, just where they are added, `known` is their own: they are not looked at.
  mutating func add(
    _ bytes: UnsafeRawBufferPointer, known: UInt32? = nil, checksum: inout UInt32
  ) throws(FileFailure) {
    if let known, buffer.holds(bytes, at: gathered) {
      checksum = crc32c_join(checksum, known, UInt64(bytes.count))
      gathered += bytes.count
      length += bytes.count
      return
    }
    var sum = checksum
    defer { checksum = sum }
    try gather(bytes) { some, place in sum = crc32c_copy(sum, some.baseAddress, place, some.count) }
  }

  /// Adds bytes at the end.
  mutating func add(_ bytes: [UInt8], checksum: inout UInt32) throws(FileFailure) {
    var sum = checksum
    defer { checksum = sum }
    var file = self
    defer { self = file }
    try bytes.withRawBytes { raw throws(FileFailure) in try file.add(raw, checksum: &sum) }
  }

  /// Adds bytes at the end that nobody wants a checksum of.
  mutating func add(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    try gather(bytes) { some, place in UnsafeMutableRawBufferPointer(start: place, count: some.count).copyMemory(from: some) }
  }

  /// Has bytes copied behind those that are gathered, as many at a time as there is room for.
  private mutating func gather(
    _ bytes: UnsafeRawBufferPointer, by copy: (_ some: UnsafeRawBufferPointer, _ place: UnsafeMutableRawPointer) -> Void
  ) throws(FileFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let some = UnsafeRawBufferPointer(rebasing: rest.prefix(buffer.bytes.count - gathered))
      copy(some, buffer.start + gathered)
      gathered += some.count
      length += some.count
      rest = rest.dropFirst(some.count)
      if gathered == buffer.bytes.count { try empty() }
    }
  }

  /// Hands over what is left. What is less than a block goes through the cache.
  mutating func finish() throws(FileFailure) {
    let whole = gathered / Self.blockBytes * Self.blockBytes
    try hand(0..<whole)
    if whole < gathered {
      _ = Self.setPassing(descriptor, false)
      try hand(whole..<gathered)
    }
    gathered = 0
  }

  /// Hands these of the gathered bytes to the system.
  private func hand(_ places: Range<Int>) throws(FileFailure) {
    var rest = UnsafeRawBufferPointer(buffer.bytes)[places]
    while !rest.isEmpty {
      let written = try fileSystem.check(path) {
        let result = fileSystem.write(descriptor, UnsafeRawBufferPointer(rebasing: rest))
        // Some disks take other blocks, or what was taken of one was cut in the middle: then through the cache.
        return result == -Int(EINVAL) && Self.setPassing(descriptor, false) ? -Int(EINTR) : result
      }
      if written == 0 { throw .nothingTaken(path) }
      rest = rest.dropFirst(written)
    }
  }

  /// Hands all to the system, since there is room for no more.
  private mutating func empty() throws(FileFailure) {
    try hand(0..<gathered)
    gathered = 0
  }
}

/// Memory in which a file's blocks are gathered, at the beginning of a page; one after the other may use it.
final class BlockBuffer: @unchecked Sendable {
  // Sendable by discipline: one file at a time is gathered in it.
  let bytes: UnsafeMutableRawBufferPointer
  private let isMapped: Bool
  /// A huge page, which a disk fetches in one piece.
  private static let pageSize = 2 << 20

  /// One that was given back, which is kept for the next.
  private static let spare = Mutex<BlockBuffer?>(nil)

  /// Lends one of a page.
  static func lent() -> BlockBuffer { spare.withLock { $0.take() } ?? BlockBuffer() }

  /// Keeps it for the next that is lent; nobody may use it until then.
  func giveBack() { Self.spare.withLock { $0 = self } }

  /// Of at least so many bytes, and one page.
  init(_ byteCount: Int = 0) {
    let size = max(byteCount + Self.pageSize - 1, Self.pageSize) / Self.pageSize * Self.pageSize
    let pages = HugePages.map(size)
    bytes = pages ?? .allocate(byteCount: size, alignment: BlockFile.blockBytes)
    isMapped = pages != nil
  }

  /// Whether these bytes stand so many bytes behind its beginning.
  func holds(_ place: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    place.baseAddress == UnsafeRawPointer(start + offset) && place.count < bytes.count - offset
  }

  var start: UnsafeMutableRawPointer {
    guard let start = bytes.baseAddress else { preconditionFailure("a buffer has memory") }
    return start
  }

  deinit {
    if isMapped { HugePages.unmap(bytes) } else { bytes.deallocate() }
  }
}
