/// Tar archives (POSIX ustar), gzipped or not, read from their beginning to their end.
package enum TarArchive {
  /// The contents of some members, by the end of their path: a member in `cifar-10-batches-py/` is asked for by its name alone. Throws
  /// `damaged` for one that is missing, and for one of more than `limit` bytes.
  package static func read(_ path: String, _ names: [String], limit: Int) throws(FileFailure) -> [String: [UInt8]] {
    let reader = try GzipReader(path)
    var found: [String: [UInt8]] = [:]
    while found.count < names.count {
      let header = try reader.read(blockSize)
      if header.count < blockSize || header.allSatisfy({ $0 == 0 }) { break }
      guard let member = Member(header) else { throw .damaged(path: path, reason: "it is no tar archive, or a damaged one") }
      let padding = (blockSize - member.size % blockSize) % blockSize
      guard member.isFile, let name = names.first(where: { member.path == $0 || member.path.hasSuffix("/" + $0) }) else {
        try skip(member.size + padding, of: reader, path)
        continue
      }
      guard member.size <= limit else {
        throw .damaged(path: path, reason: "`\(name)` in it has \(member.size) bytes, and at most \(limit) are expected")
      }
      let bytes = try reader.read(member.size)
      guard bytes.count == member.size else { throw .damaged(path: path, reason: "it is cut short") }
      found[name] = bytes
      try skip(padding, of: reader, path)
    }
    if let missing = names.first(where: { found[$0] == nil }) { throw .damaged(path: path, reason: "it holds no `\(missing)`") }
    return found
  }

  private static let blockSize = 512

  private static func skip(_ count: Int, of reader: GzipReader, _ path: String) throws(FileFailure) {
    var rest = count
    while rest > 0 {
      let skipped = try reader.read(min(rest, 1 << 20)).count
      if skipped == 0 { throw .damaged(path: path, reason: "it is cut short") }
      rest -= skipped
    }
  }

  private struct Member {
    let path: String
    let size: Int
    let isFile: Bool

    /// Nil for what is no header: its checksum is not right.
    init?(_ header: [UInt8]) {
      func text(_ range: Range<Int>) -> String { String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self) }
      func octal(_ range: Range<Int>) -> Int? { Int(text(range).filter { $0 != " " }, radix: 8) }
      // The sum of all bytes, those of the sum itself taken for blanks.
      let sum = header.reduce(0) { $0 + Int($1) } - header[148..<156].reduce(0) { $0 + Int($1) } + 8 * 0x20
      guard octal(148..<156) == sum, let size = octal(124..<136), size >= 0 else { return nil }
      let prefix = text(257..<262) == "ustar" ? text(345..<500) : ""
      path = prefix.isEmpty ? text(0..<100) : "\(prefix)/\(text(0..<100))"
      self.size = size
      isFile = header[156] == 0 || header[156] == UInt8(ascii: "0")
    }
  }
}
