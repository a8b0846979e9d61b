import Glibc

/// The text of a file, UTF-8; a byte order mark before it is passed over. At most so many bytes of it, without what they leave of a last
/// character. Throws where the file is no text: a byte that is no UTF-8, or a NUL.
package func readText(_ path: String, byteLimit: Int? = nil) throws(FileFailure) -> String {
  let (descriptor, size) = try openForReading(path)
  defer { close(descriptor) }
  let limit = byteLimit ?? TextFile.sizeLimit
  if byteLimit == nil, size > limit {
    throw .cannotRead(
      path: path, reason: "it has \(size) bytes, and a text at most \(limit); `max_length` takes so many of its first")
  }
  var bytes = [UInt8](repeating: 0, count: min(size, limit))
  let count = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
    try readBytes(from: descriptor, at: 0, into: buffer, path: path)
  }
  bytes.removeLast(bytes.count - count)  // it became shorter while it was read
  return try TextFile.text(of: bytes, isCut: count < size, path: path)
}

/// What a text in a file may be.
private enum TextFile {
  /// A text that is longer is none that somebody trains on.
  static let sizeLimit = 1 << 28
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  static func text(of bytes: [UInt8], isCut: Bool, path: String) throws(FileFailure) -> String {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw .damaged(path: path, reason: "it is text in UTF-16; save it again as UTF-8")
    }
    var content = bytes[(bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0)...]
    if isCut { content = content.dropLast(unfinishedBytes(at: content)) }
    if let place = content.firstIndex(of: 0) { throw .damaged(path: path, reason: "it is no text: byte \(place) is a NUL") }
    guard let text = String(validating: content, as: UTF8.self) else {
      let place = content.firstIndexOutsideUTF8
      let digits = String(bytes[place], radix: 16, uppercase: true)
      throw .damaged(path: path, reason: "byte \(place), 0x\(digits), is not UTF-8; save it again as UTF-8")
    }
    return text
  }

  /// How many bytes at the end begin a character that they do not end.
  private static func unfinishedBytes(at bytes: ArraySlice<UInt8>) -> Int {
    for count in 1...3 where count <= bytes.count {
      let byte = bytes[bytes.endIndex - count]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return count < length ? count : 0
    }
    return 0
  }
}

extension ArraySlice<UInt8> {
  /// Where the first byte is that does not go on as UTF-8; the end where there is none.
  fileprivate var firstIndexOutsideUTF8: Int {
    var decoder = UTF8()
    var rest = makeIterator()
    var place = startIndex
    while true {
      switch decoder.decode(&rest) {
      case .scalarValue(let scalar): place += UTF8.width(scalar)
      case .emptyInput, .error: return Swift.min(place, endIndex - 1)
      }
    }
  }
}
