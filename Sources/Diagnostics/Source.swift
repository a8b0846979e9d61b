/// A text that findings point into: a script, an included file, a line typed at the REPL.
///
/// Offsets are UTF-8 byte offsets; lines and columns are derived from them when they are shown: columns are counted from 1, lines from
/// `firstLine`, which is 1 but for a piece of a longer text.
package final class Source: Sendable, Equatable {
  /// How the source is named in findings: a path as the user wrote it, or `<repl>`.
  package let name: String
  package let text: String
  /// The text's UTF-8, which every phase reads instead of `String`.
  package let bytes: [UInt8]
  package let firstLine: Int
  /// The offset at which each line starts; the first is 0.
  private let lineStarts: [Int]

  package init(name: String, text: String, firstLine: Int = 1) {
    self.name = name
    self.text = text
    self.firstLine = firstLine
    bytes = Array(text.utf8)
    var starts = [0]
    for (offset, byte) in bytes.enumerated() {
      // A carriage return alone ends a line too, as in Python.
      let isLoneReturn = byte == UInt8(ascii: "\r") && (offset + 1 == bytes.count || bytes[offset + 1] != UInt8(ascii: "\n"))
      if byte == UInt8(ascii: "\n") || isLoneReturn { starts.append(offset + 1) }
    }
    lineStarts = starts
  }

  package static func == (a: Source, b: Source) -> Bool { a === b }

  /// The number of the line that holds the byte at `offset`.
  package func line(at offset: Int) -> Int { firstLine + index(ofLineAt: offset) }

  /// Where the line that holds the byte at `offset` starts.
  package func lineStart(at offset: Int) -> Int { lineStarts[index(ofLineAt: offset)] }

  private func index(ofLineAt offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The offsets of a line's bytes, without its line end.
  package func offsets(ofLine line: Int) -> Range<Int> {
    let index = line - firstLine
    let start = lineStarts[index]
    var end = index + 1 < lineStarts.count ? lineStarts[index + 1] : bytes.count
    while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// The text of a line, without its line end.
  package func text(ofLine line: Int) -> String { String(decoding: bytes[offsets(ofLine: line)], as: UTF8.self) }

  /// The column of the byte at `offset`, counted from 1 in characters as a reader sees them.
  package func column(at offset: Int) -> Int {
    let before = bytes[lineStart(at: offset)..<min(offset, bytes.count)]
    // In lines that no one wrote by hand, code points are near enough, and fast.
    if before.count > 4_096 { return before.count { $0 & 0xC0 != 0x80 } + 1 }
    return String(decoding: before, as: UTF8.self).count + 1
  }
}

/// A stretch of a source: half-open, in UTF-8 bytes.
///
/// Sixteen bytes, since a long script has millions; no source that is read is longer than its offsets can say.
package struct SourceRange: Sendable, Equatable {
  package let source: Source
  private let startOffset: Int32
  private let endOffset: Int32

  package var start: Int { Int(startOffset) }
  package var end: Int { Int(endOffset) }

  package init(_ source: Source, _ start: Int, _ end: Int) {
    self.source = source
    startOffset = Int32(clamping: start)
    endOffset = Int32(clamping: end)
  }

  /// From where this begins to where `other` ends.
  package func through(_ other: SourceRange) -> SourceRange {
    SourceRange(source, min(start, other.start), max(end, other.end))
  }

  /// `name:line:column`, as editors understand it; the column counts characters from 1.
  package var place: String { "\(source.name):\(source.line(at: start)):\(source.column(at: start))" }
}
