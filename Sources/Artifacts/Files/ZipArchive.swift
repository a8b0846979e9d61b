import CZip
import Glibc

/// A zip archive open for reading. Members are read one by one, so a large archive costs only what is asked for.
final class ZipArchive {
  struct Member {
    let name: String
    /// Bytes when unpacked, as the archive claims: already known to be possible for what it stores.
    let size: Int
    fileprivate let index: UInt64
  }

  let path: String
  let members: [Member]
  private let archive: OpaquePointer

  /// Opens the archive and reads its table of contents.
  init(_ path: String) throws(FileFailure) {
    let (descriptor, fileSize) = try openForReading(path)  // says so if it is no file that can be read
    close(descriptor)
    var opened: OpaquePointer?
    let code = czip_open(path, &opened)
    guard code == 0, let opened else { throw .damaged(path: path, reason: Self.reason(code)) }
    var members: [Member] = []
    do throws(FileFailure) {
      for index in 0..<czip_count(opened) {
        var member = czip_member()
        let code = czip_describe(opened, index, &member)
        guard code == 0, let name = member.name else { throw .damaged(path: path, reason: Self.reason(code)) }
        // No method of packing makes a member over a thousand times smaller: a larger claim is a lie, and is
        // caught before memory is taken for it.
        let (largest, _) = member.stored_size.multipliedReportingOverflow(by: 1100)
        guard member.stored_size <= UInt64(fileSize), member.size <= largest + 1100 else {
          throw .damaged(path: path, reason: "`\(String(cString: name))` in it claims a size that cannot be")
        }
        members.append(Member(name: String(cString: name), size: Int(member.size), index: index))
      }
    } catch {
      czip_close(opened)
      throw error
    }
    self.path = path
    self.members = members
    archive = opened
  }

  deinit { czip_close(archive) }

  /// The member of that name, if there is one.
  func member(_ name: String) -> Member? { members.first { $0.name == name } }

  /// The bytes of a member, its checksum verified. One of more than `limit` bytes is a failure.
  func read(_ member: Member, limit: Int = .max) throws(FileFailure) -> [UInt8] {
    if member.size > limit {
      throw .damaged(path: path, reason: "`\(member.name)` in it has \(member.size) bytes, and at most \(limit) are expected")
    }
    let stream = try stream(of: member)
    let bytes = try stream.read(member.size)
    try stream.finish()
    return bytes
  }

  /// A member's bytes from its beginning on, without the member ever lying in memory whole.
  func stream(of member: Member) throws(FileFailure) -> MemberStream { try MemberStream(self, member) }

  /// Reads a member from its beginning to its end.
  final class MemberStream {
    private let archive: ZipArchive
    private let member: Member
    private let stream: OpaquePointer

    fileprivate init(_ archive: ZipArchive, _ member: Member) throws(FileFailure) {
      self.archive = archive
      self.member = member
      var opened: OpaquePointer?
      let code = czip_open_member(archive.archive, member.index, &opened)
      guard code == 0, let opened else { throw archive.damaged(member, code) }
      stream = opened
    }

    deinit { czip_close_member(stream) }

    /// Fills the buffer with the next bytes; a member that ends before is damaged.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileFailure) {
      let count = czip_read(stream, buffer.baseAddress, UInt64(buffer.count))
      if count < 0 { throw archive.damaged(member, Int32(-count)) }
      if count < buffer.count { throw archive.damaged(member, czip_code_of_early_end) }
    }

    /// The next bytes.
    func read(_ count: Int) throws(FileFailure) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      try bytes.withMutableRawBytes { buffer throws(FileFailure) in try read(into: buffer) }
      return bytes
    }

    /// Throws unless all has been read and the checksum is right.
    func finish() throws(FileFailure) {
      let code = czip_finish(stream)
      if code != 0 { throw archive.damaged(member, code) }
    }
  }

  private func damaged(_ member: Member, _ code: Int32) -> FileFailure {
    .damaged(path: path, reason: "`\(member.name)` in it: \(Self.reason(code))")
  }

  /// libzip's words for a code, in lower case.
  fileprivate static func reason(_ code: Int32) -> String { withinSentence(String(cString: czip_reason(code))) }
}
