/// A column of a table, all of its rows.
package struct CSVColumn: Sendable {
  package enum Values: Sendable {
    case integers([Int])
    /// What is missing is NaN.
    case doubles([Double])
    /// 0 and 1; what is missing is 2.
    case booleans([UInt8])
    /// Days since 1970-01-01, UTC; what is missing is NaN.
    case dates([Double])
    /// Each row's place among the words, which are in the order of their code points; what is missing is -1.
    case categories([Int32], words: [String])
  }

  package let name: String
  package let values: Values
  /// How many rows have no value.
  package let missingCount: Int
  /// The line of the file, from 1, with the first of them.
  package let firstMissingLine: Int?

  /// As numbers, what is missing as NaN: 0 and 1 of booleans, days of dates, places of categories.
  package func double(_ row: Int) -> Double {
    switch values {
    case .integers(let values): Double(values[row])
    case .doubles(let values), .dates(let values): values[row]
    case .booleans(let values): values[row] == 2 ? .nan : Double(values[row])
    case .categories(let codes, _): codes[row] < 0 ? .nan : Double(codes[row])
    }
  }
}

/// A column while it grows, block by block.
struct CSVColumnBuilder {
  private(set) var kind = CSVKind.nothing
  private var integers: [Int] = []
  private var doubles: [Double] = []
  private var flags: [UInt8] = []
  private var codes: [Int32] = []
  private var texts = TextPool()
  private var missing = 0
  private var firstMissing: Int?
  private(set) var rowCount = 0
  /// Whether blocks hold what no kind but text has room for.
  private(set) var isOther = false

  /// The memory that it takes.
  var byteCount: Int { integers.count * 8 + doubles.count * 8 + flags.count + codes.count * 4 + texts.byteCount }

  /// Adds the column of a block that begins on a line of the file, from 0.
  mutating func append(_ cells: UnsafeBufferPointer<UInt64>, _ column: CSVCells.Column, line: Int) {
    if firstMissing == nil { firstMissing = column.firstMissing.map { line + $0 } }
    missing += column.missing
    defer { rowCount += cells.count }
    if column.isOther || isOther || column.kind == .skipped {
      isOther = isOther || column.isOther
      return forget()
    }
    if column.kind != .nothing, kind != column.kind { widen(to: column.kind) }
    if isOther { return forget() }
    // A block of missing values alone: whole numbers have no place for these.
    if column.kind == .nothing, kind == .integer, !cells.isEmpty { widen(to: .float) }
    switch kind {
    case .nothing, .skipped: break
    case .integer: integers.append(contentsOf: cells.lazy.map { Int(Int64(bitPattern: $0)) })
    case .float where column.kind == .integer:
      doubles.append(contentsOf: cells.lazy.map { Double(Int64(bitPattern: $0)) })
    case .float, .date:
      doubles.append(contentsOf: cells.lazy.map { column.kind == .nothing ? .nan : Double(bitPattern: $0) })
    case .boolean: flags.append(contentsOf: cells.lazy.map { column.kind == .nothing ? 2 : UInt8(truncatingIfNeeded: $0) })
    case .text:
      let numbers = column.texts.indices.map { number in
        column.texts[number].withUnsafeBufferPointer { Int32(texts.add($0).number) }
      }
      codes.append(contentsOf: cells.lazy.map { column.kind == .nothing || $0 == .max ? -1 : numbers[Int($0)] })
    }
  }

  /// Makes room for values of another kind, if they go together.
  private mutating func widen(to other: CSVKind) {
    switch (kind, other) {
    case (.nothing, _):
      let missing = [Double](repeating: .nan, count: rowCount)
      switch other {
      case .integer where rowCount > 0:
        doubles = missing
        kind = .float
        return
      case .float, .date: doubles = missing
      case .boolean: flags = [UInt8](repeating: 2, count: rowCount)
      case .text: codes = [Int32](repeating: -1, count: rowCount)
      default: break
      }
      kind = other
    case (.integer, .float):
      doubles = integers.map(Double.init)
      integers = []
      kind = .float
    case (.float, .integer): break
    default: isOther = true
    }
  }

  private mutating func forget() { (integers, doubles, flags, codes, texts) = ([], [], [], [], TextPool()) }

  func column(_ name: String) -> CSVColumn {
    let values: CSVColumn.Values
    switch kind {
    case .integer: values = .integers(integers)
    case .nothing, .skipped: values = .doubles([Double](repeating: .nan, count: rowCount))
    case .float: values = .doubles(doubles)
    case .date: values = .dates(doubles)
    case .boolean: values = .booleans(flags)
    case .text:
      let order = texts.sorted
      var places = [Int32](repeating: 0, count: order.count)
      for (place, number) in order.enumerated() { places[number] = Int32(place) }
      values = .categories(codes.map { $0 < 0 ? -1 : places[Int($0)] }, words: order.map { texts.string($0) })
    }
    return CSVColumn(name: name, values: values, missingCount: missing, firstMissingLine: firstMissing.map { $0 + 1 })
  }
}
