import CZip
import Glibc

/// Whole rows of a table as they stand in the file.
final class CSVBlock: @unchecked Sendable {
  // Sendable by discipline: once it is read it belongs to the one who parses it.
  fileprivate let memory: UnsafeMutablePointer<UInt8>
  private var start = 0
  fileprivate(set) var count: Int
  /// Whether nothing follows it.
  fileprivate(set) var isLast: Bool

  fileprivate init(capacity: Int) {
    memory = .allocate(capacity: capacity)
    (count, isLast) = (0, false)
  }

  deinit { memory.deallocate() }

  /// Its bytes. A line end that is not one of them follows.
  var bytes: UnsafeMutableBufferPointer<UInt8> { UnsafeMutableBufferPointer(start: memory + start, count: count - start) }

  /// Leaves out its first bytes.
  func dropFirst(_ bytes: Int) { start += bytes }
}

/// Reads a table in blocks that end where rows do, whether it is gzipped or not, so that memory is that of a few blocks.
final class CSVBlockReader {
  private let path: String
  private let file: GzipReader
  private let separator: UInt8
  /// What follows the last block that was given: the beginning of a row.
  private var rest: [UInt8] = []
  private var isAtEnd = false
  private var isAtStart = true

  init(_ path: String, separator: UInt8) throws(FileFailure) {
    self.path = path
    self.separator = separator
    file = try GzipReader(path)
  }

  /// The next block of about so many bytes; nil at the end. Throws `damaged` for what is no text and for a row that is too long.
  func next(_ size: Int) throws(FileFailure) -> CSVBlock? {
    if isAtEnd, rest.isEmpty { return nil }
    var size = size
    while true {
      let block = try filled(size)
      let end = block.isLast ? block.count : Self.endOfRows(UnsafeBufferPointer(block.bytes), separator: separator)
      if end > 0 || block.isLast {
        rest = Array(block.bytes[end...])
        block.count = end
        block.memory[end] = UInt8(ascii: "\n")
        return block
      }
      guard block.count < CSVDialect.rowLimit else {
        throw .damaged(path: path, reason: "a row has more than \(CSVDialect.rowLimit >> 20) MB; a quote may not be closed")
      }
      rest = Array(block.bytes)
      size = min(2 * block.count, CSVDialect.rowLimit)
    }
  }

  /// A block of that size, unless the file ends before: what is left over and what follows it.
  private func filled(_ size: Int) throws(FileFailure) -> CSVBlock {
    let size = max(size, rest.count + 1)
    let block = CSVBlock(capacity: size + 1)
    rest.withUnsafeBufferPointer { if let start = $0.baseAddress { block.memory.update(from: start, count: $0.count) } }
    block.count = rest.count
    if !isAtEnd {
      let room = UnsafeMutableRawBufferPointer(start: block.memory + block.count, count: size - block.count)
      block.count += try file.read(into: room)
      isAtEnd = block.count < size
    }
    block.isLast = isAtEnd
    if isAtStart {
      isAtStart = false
      try dropMark(of: block)
    }
    return block
  }

  /// Takes away the mark that some programs put before UTF-8.
  private func dropMark(of block: CSVBlock) throws(FileFailure) {
    if block.bytes.starts(with: [0xFF, 0xFE]) || block.bytes.starts(with: [0xFE, 0xFF]) {
      throw .damaged(path: path, reason: "it is text in UTF-16; save it again as UTF-8")
    }
    guard block.bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
    block.count -= 3
    memmove(block.memory, block.memory + 3, block.count)
  }

  /// Where the last row that is there to its end ends; 0 if none does. The text begins with a row.
  private static func endOfRows(_ text: UnsafeBufferPointer<UInt8>, separator: UInt8) -> Int {
    var (end, place) = (0, 0)
    while place < text.count {
      let quote = openingQuote(in: text, from: place, separator: separator)
      var lineEnd = quote ?? text.count
      // A CR that is the last byte may be the first half of a line end.
      while lineEnd > place, !isLineEnd(text[lineEnd - 1]) || (lineEnd == text.count && text[lineEnd - 1] == 0x0D) {
        lineEnd -= 1
      }
      if lineEnd > place { end = lineEnd }
      guard let quote, let closing = closingQuote(in: text, from: quote + 1) else { break }
      place = closing + 1
    }
    return end
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// The next quote that a field begins with.
  private static func openingQuote(in text: UnsafeBufferPointer<UInt8>, from start: Int, separator: UInt8) -> Int? {
    var place = start
    while let quote = find(UInt8(ascii: "\""), in: text, from: place) {
      if quote == 0 || text[quote - 1] == separator || isLineEnd(text[quote - 1]) { return quote }
      place = quote + 1
    }
    return nil
  }

  /// The next quote that is not followed by another one.
  private static func closingQuote(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var place = start
    while let quote = find(UInt8(ascii: "\""), in: text, from: place) {
      if quote + 1 == text.count || text[quote + 1] != UInt8(ascii: "\"") { return quote }
      place = quote + 2
    }
    return nil
  }

  private static func find(_ byte: UInt8, in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard start < text.count, let base = text.baseAddress, let found = memchr(base + start, Int32(byte), text.count - start)
    else {
      return nil
    }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }
}
