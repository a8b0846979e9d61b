import Glibc

/// What a column of a table holds.
package enum CSVKind: UInt8, Sendable {
  /// No value so far.
  case nothing
  case integer, float, boolean, date, text
  /// It is passed over.
  case skipped
}

/// Why a table cannot be read, and the line of a block, from 0, that it is about.
struct CSVFault: Error {
  let line: Int
  let reason: String

  /// With the line as editors count it, `first` being that of the block, from 0.
  func told(from first: Int = 0) -> String { "line \(first + line + 1): \(reason)" }
}

/// The rows of a block, column by column.
///
/// A cell is 64 bits: an integer, the bits of a double, 0 or 1, or the number of a text. What is missing is NaN in columns of doubles and
/// dates, 2 among booleans, and -1 among texts; a column of integers has nothing missing, since one that has becomes one of doubles.
final class CSVCells {
  struct Column {
    var kind: CSVKind
    var missing = 0
    /// The line of the block, from 0, of the first missing value.
    var firstMissing: Int?
    var texts = TextPool()
    /// Whether it holds something that its kind has no place for.
    var isOther = false
  }

  fileprivate(set) var columns: [Column]
  fileprivate(set) var rowCount = 0
  /// Lines in the block, as editors count them.
  fileprivate(set) var lineCount = 0
  fileprivate(set) var fault: CSVFault?
  fileprivate let cells: UnsafeMutablePointer<UInt64>
  fileprivate let capacity: Int

  fileprivate init(kinds: [CSVKind], capacity: Int) {
    columns = kinds.map { Column(kind: $0) }
    self.capacity = capacity
    cells = .allocate(capacity: max(1, capacity * kinds.count))
  }

  deinit { cells.deallocate() }

  /// The cells of one column.
  subscript(_ column: Int) -> UnsafeBufferPointer<UInt64> {
    UnsafeBufferPointer(start: cells + column * capacity, count: rowCount)
  }
}

/// Parses the rows of a block.
struct CSVBlockParser {
  private let separator: UInt8
  private let decimalPoint: UInt8
  private let isLatin1: Bool
  private let missing: MissingWords
  private let names: [String]

  init(_ dialect: CSVDialect, names: [String]) {
    separator = dialect.separator
    decimalPoint = dialect.decimalPoint
    isLatin1 = dialect.encoding == .latin1
    missing = MissingWords(dialect)
    self.names = names
  }

  /// The values of rows whose columns are of these kinds as far as is known. A column that turns out to hold something else than its kind
  /// has room for is marked (`isOther`), and the rest of it passed over: it is text. Quotes go from the text, in which they stand.
  func parse(_ text: UnsafeMutableBufferPointer<UInt8>, kinds: [CSVKind]) -> CSVCells {
    // A row has a separator or line end behind each of its fields, but perhaps the last of a text.
    let cells = CSVCells(kinds: kinds, capacity: text.count / kinds.count + 1)
    guard let start = UnsafePointer(text.baseAddress) else { return cells }
    if let nul = memchr(start, 0, text.count) {
      let before = UnsafeBufferPointer(start: start, count: UnsafeRawPointer(nul) - UnsafeRawPointer(start))
      cells.fault = CSVFault(line: Self.lineEnds(in: before), reason: "it holds a NUL byte: this is no text file")
      return cells
    }
    do throws(CSVFault) {
      try parse(from: start, to: start + text.count, into: cells)
    } catch {
      cells.fault = error
    }
    return cells
  }

  private func parse(
    from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, into cells: CSVCells
  ) throws(CSVFault) {
    let columnCount = cells.columns.count
    var place = start
    while place < end {
      if passBlankLine(&place, end) {
        cells.lineCount += 1
        continue
      }
      let line = cells.lineCount
      var column = 0
      while true {
        if column < columnCount {
          try parseField(&place, end, column, into: cells, line: line)
        } else {
          _ = try passField(&place, end, into: cells, line: line)
        }
        column += 1
        if place.pointee != separator { break }  // behind the text there is a line end
        place += 1
      }
      if column != columnCount {
        throw CSVFault(line: line, reason: "it has \(column) values, but there are \(columnCount) columns")
      }
      passLineEnd(&place)
      cells.rowCount += 1
      cells.lineCount += 1
    }
  }

  /// Passes over a line with nothing but blanks.
  private func passBlankLine(_ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
    var next = place
    while next < end, (next.pointee == 0x20 || next.pointee == 0x09), next.pointee != separator { next += 1 }
    guard next >= end || next.pointee == 0x0A || next.pointee == 0x0D else { return false }
    passLineEnd(&next)
    place = next
    return true
  }

  private func passLineEnd(_ place: inout UnsafePointer<UInt8>) {
    place += place.pointee == 0x0D && place[1] == 0x0A ? 2 : 1
  }

  @inline(__always)
  private func parseField(
    _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ column: Int, into cells: CSVCells, line: Int
  ) throws(CSVFault) {
    let kind = cells.columns[column].kind
    if kind == .float || kind == .integer, let (number, after) = CSVNumber.scanned(place, decimalPoint: decimalPoint),
      after.pointee == separator || after.pointee == 0x0A || after.pointee == 0x0D
    {
      place = after
      store(number, column, cells, line)
      return
    }
    let field = try passField(&place, end, into: cells, line: line)
    if kind == .skipped { return }
    if missing.holds(field) { return storeMissing(column, cells, line) }
    if kind == .text { return try storeText(field, column, cells, line) }
    if let number = CSVNumber.parsed(field, decimalPoint: decimalPoint) { return store(number, column, cells, line) }
    if let flag = Self.boolean(field) { return store(flag ? 1 : 0, .boolean, column, cells) }
    if let date = CSVDate.parsed(field) { return store(date.bitPattern, .date, column, cells) }
    try storeText(field, column, cells, line)
  }

  /// The bytes of a field, without quotes; `place` is then what ends it. What is in quotes is moved together where it stands.
  private func passField(
    _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into cells: CSVCells, line: Int
  ) throws(CSVFault) -> UnsafeBufferPointer<UInt8> {
    let start = place
    if place.pointee != UInt8(ascii: "\"") {
      passUnquoted(&place)
      return UnsafeBufferPointer(start: start, count: place - start)
    }
    var target = UnsafeMutablePointer(mutating: start)
    place += 1
    while true {
      guard place < end else { throw CSVFault(line: line, reason: "a quote is not closed") }
      let byte = place.pointee
      place += 1
      if byte == UInt8(ascii: "\"") {
        if place.pointee != UInt8(ascii: "\"") { break }
        place += 1
      }
      if byte == 0x0A || (byte == 0x0D && place.pointee != 0x0A) { cells.lineCount += 1 }
      target.pointee = byte
      target += 1
    }
    // What stands behind the closing quote belongs to the field, too.
    let rest = place
    passUnquoted(&place)
    target.update(from: rest, count: place - rest)
    target += place - rest
    target.pointee = UInt8(ascii: "\"")  // two quotes have gone, so there is room for what ends a number
    return UnsafeBufferPointer(start: start, count: UnsafePointer(target) - start)
  }

  @inline(__always)
  private func passUnquoted(_ place: inout UnsafePointer<UInt8>) {
    while place.pointee != separator, place.pointee != 0x0A, place.pointee != 0x0D { place += 1 }
  }

  private static func boolean(_ field: UnsafeBufferPointer<UInt8>) -> Bool? {
    guard field.count == 4 || field.count == 5 else { return nil }
    switch String(decoding: field, as: UTF8.self) {
    case "True", "TRUE", "true": return true
    case "False", "FALSE", "false": return false
    default: return nil
    }
  }

  static func lineEnds(in text: UnsafeBufferPointer<UInt8>) -> Int {
    text.indices.count { text[$0] == 0x0A || (text[$0] == 0x0D && ($0 + 1 == text.count || text[$0 + 1] != 0x0A)) }
  }
}

extension CSVBlockParser {
  @inline(__always)
  private func store(_ number: CSVNumber, _ column: Int, _ cells: CSVCells, _ line: Int) {
    if !missing.numbers.isEmpty, missing.numbers.contains(number.double) { return storeMissing(column, cells, line) }
    let kind = cells.columns[column].kind
    switch (number, kind) {
    case (.integer(let value), .integer):
      cells.cells[column * cells.capacity + cells.rowCount] = UInt64(bitPattern: Int64(value))
    case (_, .float):
      cells.cells[column * cells.capacity + cells.rowCount] = number.double.bitPattern
    case (.integer(let value), .nothing) where cells.rowCount == 0:
      store(UInt64(bitPattern: Int64(value)), .integer, column, cells)
    case (.double, .integer):
      becomeFloat(column, cells)
      store(number.double.bitPattern, .float, column, cells)
    default: store(number.double.bitPattern, .float, column, cells)
    }
  }

  /// Puts a value where there is room for its kind.
  private func store(_ bits: UInt64, _ kind: CSVKind, _ column: Int, _ cells: CSVCells) {
    let known = cells.columns[column].kind
    let start = cells.cells + column * cells.capacity
    if known == .nothing {
      cells.columns[column].kind = kind
      start.update(repeating: CSVBlockParser.missingBits(of: kind), count: cells.rowCount)
    } else if known != kind {
      cells.columns[column].isOther = true
      cells.columns[column].kind = .skipped
      return
    }
    start[cells.rowCount] = bits
  }

  private func storeMissing(_ column: Int, _ cells: CSVCells, _ line: Int) {
    if cells.columns[column].kind == .integer { becomeFloat(column, cells) }
    if cells.columns[column].missing == 0 { cells.columns[column].firstMissing = line }
    cells.columns[column].missing += 1
    cells.cells[column * cells.capacity + cells.rowCount] = CSVBlockParser.missingBits(of: cells.columns[column].kind)
  }

  private func storeText(
    _ field: UnsafeBufferPointer<UInt8>, _ column: Int, _ cells: CSVCells, _ line: Int
  ) throws(CSVFault) {
    let kind = cells.columns[column].kind
    guard kind == .text || kind == .nothing else { return store(0, .text, column, cells) }
    let text = isLatin1 ? Self.utf8(ofLatin1: field) : nil
    let (number, isNew) =
      text.map { text in text.withUnsafeBufferPointer { cells.columns[column].texts.add($0) } }
      ?? cells.columns[column].texts.add(field)
    if isNew, !isLatin1, let byte = Self.firstByteBeyondUTF8(field) {
      throw CSVFault(line: line, reason: CSVBlockParser.encodingReason(byte, " in column `\(shown(names[column]))`"))
    }
    store(UInt64(number), .text, column, cells)
  }

  private func becomeFloat(_ column: Int, _ cells: CSVCells) {
    cells.columns[column].kind = .float
    let start = cells.cells + column * cells.capacity
    for row in 0..<cells.rowCount { start[row] = Double(Int64(bitPattern: start[row])).bitPattern }
  }

  static func missingBits(of kind: CSVKind) -> UInt64 {
    switch kind {
    case .boolean: 2
    case .text: .max
    default: Double.nan.bitPattern
    }
  }

  static func encodingReason(_ byte: UInt8, _ place: String) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "the byte 0x\(digits)\(place) is not UTF-8; `encoding` may be `latin-1`"
  }

  static func firstByteBeyondUTF8(_ text: UnsafeBufferPointer<UInt8>) -> UInt8? {
    if !text.contains(where: { $0 >= 0x80 }) || String(validating: text, as: UTF8.self) != nil { return nil }
    // The first byte that does not go on as UTF-8.
    var (decoder, bytes) = (Unicode.UTF8.ForwardParser(), text.makeIterator())
    var position = 0
    while case .valid(let character) = decoder.parseScalar(from: &bytes) { position += character.count }
    return text[min(position, text.count - 1)]
  }

  static func utf8(ofLatin1 text: some Sequence<UInt8>) -> [UInt8] {
    text.flatMap { $0 < 0x80 ? [$0] : [0xC0 | $0 >> 6, 0x80 | $0 & 0x3F] }
  }
}

/// The beginning of a text as it can be told in one line: spaces stand for control characters.
func shown(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(40).map { ($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) ? " " : $0 }
  return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > 40 ? "…" : "")
}
