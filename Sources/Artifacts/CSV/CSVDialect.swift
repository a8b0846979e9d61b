/// How a table is written in a text with separated values.
package struct CSVDialect: Sendable {
  package enum Header: Sendable {
    /// The first row names the columns, unless all that stands in it is numbers.
    case inferred
    case present, absent
  }

  package enum Encoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1 = "latin-1"
  }

  package var separator = UInt8(ascii: ",")
  /// What stands before the decimals of a number.
  package var decimalPoint = UInt8(ascii: ".")
  package var encoding = Encoding.utf8
  package var header = Header.inferred
  /// The names of the columns, whatever the header says.
  package var names: [String]?
  /// The columns to read, by name; nil for all.
  package var chosen: [String]?
  /// What stands for a missing value beside pandas's own words.
  package var missingWords: [String] = []
  /// Columns that are words, whatever stands in them.
  package var textColumns: Set<String> = []

  package init() {}

  /// What pandas takes for a missing value, in any column.
  static let usualMissingWords = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
  ]

  /// The most columns that a table may have.
  static let columnLimit = 100_000
  /// The most bytes that a row may have: one whose quote is never closed goes on to the end of the file.
  static let rowLimit = 64 << 20
}

/// What stands for a missing value, made for being looked up.
struct MissingWords {
  private let words: [[UInt8]]
  private let longest: Int
  /// Whether a word begins with this byte.
  private let isFirst: [Bool]
  /// Numbers that stand for a missing value, however they are written.
  let numbers: [Double]

  init(_ dialect: CSVDialect) {
    words = (CSVDialect.usualMissingWords + dialect.missingWords).map { Array($0.utf8) }.filter { !$0.isEmpty }
    longest = words.map(\.count).max() ?? 0
    var isFirst = [Bool](repeating: false, count: 256)
    for word in words { isFirst[Int(word[0])] = true }
    self.isFirst = isFirst
    numbers = dialect.missingWords.compactMap { word in
      var number: Double?
      withTerminatedBytes(of: word) { number = CSVNumber.parsed($0, decimalPoint: dialect.decimalPoint)?.double }
      return number
    }
  }

  func holds(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
    if field.isEmpty { return true }
    guard field.count <= longest, isFirst[Int(field[0])] else { return false }
    return words.contains { $0.count == field.count && $0.elementsEqual(field) }
  }
}

/// Hands over the bytes of a text with one behind them that ends any number.
func withTerminatedBytes(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
  let bytes = Array(text.utf8) + [0]
  bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0.dropLast())) }
}
