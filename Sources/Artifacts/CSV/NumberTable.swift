import Glibc

/// A table of numbers read from a text with separated values (RFC 4180): columns by name, each whole or not.
package struct NumberTable: Sendable {
  package enum Column: Sendable, Equatable {
    case integers([Int])
    /// A missing value is NaN.
    case doubles([Double])

    package var doubles: [Double] {
      switch self {
      case .integers(let values): values.map(Double.init)
      case .doubles(let values): values
      }
    }
  }

  package let names: [String]
  package let columns: [Column]
  package let rowCount: Int

  /// Reads a whole file. Throws `damaged` with the line of a row that is too short or long, or of what is not a number.
  package static func read(_ path: String, separator: UInt8 = UInt8(ascii: ","), hasHeader: Bool? = nil) throws(FileFailure)
    -> NumberTable
  {
    let bytes = try readFile(path)
    return try table(of: bytes, separator, path, hasHeader, isWhole: true)
  }

  /// The names, and what the first rows tell of the types; the rows are those of the file's first 64 KiB, or its first line where that
  /// is longer.
  package static func head(_ path: String, separator: UInt8 = UInt8(ascii: ","), hasHeader: Bool? = nil) throws(FileFailure)
    -> NumberTable
  {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var length = 1 << 16
    var isWhole = false
    repeat {
      bytes = [UInt8](repeating: 0, count: min(size, length))
      let count = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
        try readBytes(from: descriptor, at: 0, into: buffer, path: path)
      }
      bytes.removeLast(bytes.count - count)
      isWhole = count == size || count < length
      length *= 4
    } while !isWhole && !bytes.contains(UInt8(ascii: "\n"))
    // What is cut off in the middle of a line is left out.
    if !isWhole, let end = bytes.lastIndex(of: UInt8(ascii: "\n")) { bytes.removeLast(bytes.count - end - 1) }
    return try table(of: bytes, separator, path, hasHeader, isWhole: isWhole)
  }

  /// The table in a text, or in its beginning: then there may be no row yet.
  private static func table(of bytes: [UInt8], _ separator: UInt8, _ path: String, _ hasHeader: Bool?, isWhole: Bool)
    throws(FileFailure) -> NumberTable
  {
    func failure(_ reason: String) -> FileFailure { .damaged(path: path, reason: reason) }
    if let reason = whyNoText(bytes) { throw failure(reason) }
    var reader = CSVReader(bytes, separator: separator)
    guard let first = reader.nextRow() else { throw failure("it has no rows") }
    let isHeader = hasHeader ?? !first.allSatisfy { CSVNumber($0) != nil }
    let names = isHeader ? first.map { String(decoding: $0, as: UTF8.self) } : first.indices.map(String.init)
    if let repeated = Dictionary(grouping: names, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
      throw failure("line 1: two columns are called `\(shown(repeated))`")
    }
    var columns = names.map { _ in ColumnBuilder() }
    func add(_ row: [[UInt8]], line: Int) throws(FileFailure) {
      guard row.count == names.count else {
        throw failure("line \(line) has \(row.count) values, but there are \(names.count) columns")
      }
      for (index, field) in row.enumerated() {
        guard let number = CSVNumber(field) else {
          let text = shown(String(decoding: field, as: UTF8.self))
          let separators = [(";", "';'"), ("\t", "'\\t'")].filter { field.contains($0.0.utf8.first ?? 0) }
          let hint = names.count == 1 ? separators.first.map { "; `sep=\($0.1)` may be meant" } ?? "" : ""
          throw failure("line \(line): `\(text)` in column `\(shown(names[index]))` is not a number\(hint)")
        }
        columns[index].append(number)
      }
    }
    if !isHeader { try add(first, line: 1) }
    while let row = reader.nextRow() { try add(row, line: reader.line) }
    if reader.endsInQuotes, isWhole { throw failure("line \(reader.line): a quote is not closed") }
    let rowCount = columns.first?.count ?? 0
    if rowCount == 0, isWhole { throw failure("it has no rows") }
    return NumberTable(names: names, columns: columns.map(\.column), rowCount: rowCount)
  }

  /// Why bytes are no text; nil if they may be one. Every text in UTF-16 with a digit in it holds NUL bytes.
  private static func whyNoText(_ bytes: [UInt8]) -> String? {
    guard let nul = bytes.firstIndex(of: 0) else { return nil }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return "it is text in UTF-16; save it again as UTF-8"
    }
    let line = 1 + bytes[..<nul].count { $0 == UInt8(ascii: "\n") }
    return "line \(line) holds a NUL byte: this is no text file"
  }

  /// The beginning of a text as it can be told in one line: spaces stand for control characters.
  private static func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(40).map { ($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) ? " " : $0 }
    return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > 40 ? "…" : "")
  }

  private init(names: [String], columns: [Column], rowCount: Int) {
    self.names = names
    self.columns = columns
    self.rowCount = rowCount
  }

  /// A column while it grows: whole numbers until one is not.
  private struct ColumnBuilder {
    private var integers: [Int] = []
    private var doubles: [Double]?

    var count: Int { doubles?.count ?? integers.count }
    var column: Column { doubles.map(Column.doubles) ?? .integers(integers) }

    mutating func append(_ number: CSVNumber) {
      switch number {
      case .integer(let value) where doubles == nil: integers.append(value)
      default:
        if doubles == nil {
          doubles = integers.map(Double.init)
          integers = []
        }
        doubles?.append(number.double)
      }
    }
  }
}

/// A field that is a number, or missing.
enum CSVNumber {
  case integer(Int)
  case double(Double)

  var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    }
  }

  /// Nil for what is no number; spaces around it do not count. An empty field, `NA`, `NaN`, `null` and `None` are missing: NaN.
  init?(_ field: [UInt8]) {
    let text = field.drop { $0 == 0x20 || $0 == 0x09 }
    var end = text.endIndex
    while end > text.startIndex, [0x20, 0x09].contains(text[end - 1]) { end -= 1 }
    let trimmed = text[text.startIndex..<end]
    if let quick = CSVNumber.quick(trimmed) {
      self = quick
      return
    }
    let string = String(decoding: trimmed, as: UTF8.self)
    if ["", "na", "nan", "null", "none", "n/a"].contains(string.lowercased()) {
      self = .double(.nan)
    } else if let integer = Int(string) {
      self = .integer(integer)
    } else if !trimmed.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }), let double = Double(string) {
      self = .double(double)
    } else {
      return nil
    }
  }

  /// Decimals of at most 15 digits, exactly: their digits and the power of ten are both exact doubles, so one division rounds once.
  private static func quick(_ text: ArraySlice<UInt8>) -> CSVNumber? {
    var digits = 0
    var decimals: Int?
    var value = 0
    var rest = text
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    for byte in rest {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
        digits += 1
        if digits > 15 { return nil }
        if let known = decimals { decimals = known + 1 }
      case UInt8(ascii: ".") where decimals == nil: decimals = 0
      default: return nil
      }
    }
    if digits == 0 { return nil }
    guard let decimals else { return .integer(isNegative ? -value : value) }
    let magnitude = Double(value) / powersOfTen[decimals]
    return .double(isNegative ? -magnitude : magnitude)
  }

  private static let powersOfTen: [Double] = (0...15).map { Double("1e\($0)") ?? 0 }
}

/// Goes through the rows of separated values. A field in double quotes may hold separators, line ends and doubled quotes; empty lines are
/// passed over.
struct CSVReader {
  private let bytes: [UInt8]
  private let separator: UInt8
  private var position = 0
  private var nextLine = 1
  /// The line on which the last row begins, from 1.
  private(set) var line = 0
  /// Whether the text ended within quotes.
  private(set) var endsInQuotes = false

  init(_ bytes: [UInt8], separator: UInt8) {
    self.bytes = bytes
    self.separator = separator
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The fields of the next row; nil at the end.
  mutating func nextRow() -> [[UInt8]]? {
    while position < bytes.count {
      line = nextLine
      let row = readRow()
      if row != [[]] { return row }
    }
    return nil
  }

  private mutating func readRow() -> [[UInt8]] {
    var row: [[UInt8]] = []
    var field: [UInt8] = []
    var isQuoted = false
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if isQuoted {
        if byte == UInt8(ascii: "\"") {
          if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            field.append(byte)
            position += 1
          } else {
            isQuoted = false
          }
          continue
        }
        if byte == UInt8(ascii: "\n") { nextLine += 1 }
        field.append(byte)
        continue
      }
      switch byte {
      case separator:
        row.append(field)
        field.removeAll(keepingCapacity: true)
      case UInt8(ascii: "\"") where field.isEmpty: isQuoted = true
      case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        if byte == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
        nextLine += 1
        return row + [field]
      default: field.append(byte)
      }
    }
    endsInQuotes = isQuoted
    return row + [field]
  }
}
