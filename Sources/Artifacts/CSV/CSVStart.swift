/// What the beginning of a table says: its columns, and their kinds as far as the first rows tell.
struct CSVStart {
  /// All columns of the file.
  let names: [String]
  /// Of all columns; those that are not asked for are skipped.
  let kinds: [CSVKind]
  /// Bytes of the first block that belong to the header.
  let headerBytes: Int
  let headerLines: Int
  let head: CSVTable

  private static let sampleBytes = 1 << 18

  init(_ path: String, _ dialect: CSVDialect) throws(FileFailure) {
    let damaged = { (reason: String) in FileFailure.damaged(path: path, reason: reason) }
    guard let block = try CSVBlockReader(path, separator: dialect.separator).next(Self.sampleBytes) else {
      throw damaged("it has no rows")
    }
    var row: CSVFirstRow
    do throws(CSVFault) { row = try CSVFirstRow(UnsafeBufferPointer(block.bytes), dialect) } catch {
      throw damaged(error.told())
    }
    if row.fields.isEmpty { throw damaged("it has no rows") }
    let names = try Self.names(of: row, dialect, damaged)
    let header = row.isHeader ? (bytes: row.byteCount, lines: row.lineCount) : (bytes: 0, lines: 0)

    let chosen = dialect.chosen.map(Set.init)
    for name in dialect.chosen ?? [] where !names.contains(name) {
      throw damaged("it has no column `\(shown(name))`; it has \(Self.listed(names))")
    }
    var kinds = names.map { name -> CSVKind in
      chosen?.contains(name) == false ? .skipped : dialect.textColumns.contains(name) ? .text : .nothing
    }
    let parser = CSVBlockParser(dialect, names: names)
    let text = Array(block.bytes[header.bytes...]) + [UInt8(ascii: "\n")]
    var builders: [CSVColumnBuilder] = []
    var rowCount = 0
    repeat {
      // A copy each time, since quotes go from it.
      var copy = text
      let cells = copy.withUnsafeMutableBufferPointer { parser.parse(.init(rebasing: $0.dropLast()), kinds: kinds) }
      if let fault = cells.fault { throw damaged(fault.told(from: header.lines)) }
      rowCount = cells.rowCount
      builders = kinds.map { _ in CSVColumnBuilder() }
      for (index, column) in cells.columns.enumerated() { builders[index].append(cells[index], column, line: header.lines) }
      kinds = zip(kinds, builders).map { kind, builder in
        builder.isOther ? .text : kind == .skipped || kind == .text ? kind : builder.kind
      }
    } while builders.contains(where: \.isOther)
    if rowCount == 0, block.isLast { throw damaged("it has no rows") }
    (self.names, self.kinds, headerBytes, headerLines) = (names, kinds, header.bytes, header.lines)
    head = CSVTable(
      columns: builders.indices.filter { kinds[$0] != .skipped }.map { builders[$0].column(names[$0]) }, rowCount: rowCount,
      isWhole: block.isLast)
  }

  /// Names by the header, by the arguments, or by number. Throws for two of one name.
  private static func names(
    of row: CSVFirstRow, _ dialect: CSVDialect, _ damaged: (String) -> FileFailure
  ) throws(FileFailure) -> [String] {
    guard row.fields.count <= CSVDialect.columnLimit else {
      throw damaged("it has \(row.fields.count) columns, more than the \(CSVDialect.columnLimit) that a table may have")
    }
    if let names = dialect.names, names.count != row.fields.count {
      throw damaged("it has \(row.fields.count) columns, but `names` are \(names.count)")
    }
    let header = row.fields.enumerated().map { $1.isEmpty ? "Unnamed: \($0)" : $1 }
    let names = dialect.names ?? (row.isHeader ? header : row.fields.indices.map(String.init))
    var known: Set<String> = []
    for name in names where !known.insert(name).inserted {
      throw damaged("line 1: two columns are called `\(shown(name))`")
    }
    let separators = [(";", "`;`"), ("\t", "a tab"), ("|", "`|`")]
    if names.count == 1, row.isHeader, let (_, spelled) = separators.first(where: { names[0].contains($0.0) }) {
      throw damaged("its one column is called `\(shown(names[0]))`; `sep` may be \(spelled)")
    }
    return names
  }

  static func listed(_ names: [String]) -> String {
    let shownNames = names.prefix(20).map { "`\(shown($0))`" }
    return names.count > 20 ? shownNames.joined(separator: ", ") + " and \(names.count - 20) more" : spoken(shownNames)
  }

  private static func spoken(_ names: [String]) -> String {
    names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }
}

/// The first row of a text that is no blank line.
private struct CSVFirstRow {
  var fields: [String] = []
  /// Whether it names the columns.
  private(set) var isHeader = false
  /// Bytes and lines to its end.
  private(set) var byteCount = 0
  private(set) var lineCount = 0

  init(_ text: UnsafeBufferPointer<UInt8>, _ dialect: CSVDialect) throws(CSVFault) {
    var row: [[UInt8]] = []
    while byteCount < text.count, row.isEmpty || (row.count == 1 && row[0].allSatisfy { $0 == 0x20 || $0 == 0x09 }) {
      row = try nextRow(text, separator: dialect.separator)
      if row == [[]] { row = [] }
    }
    if row.isEmpty { return }
    let missing = MissingWords(dialect)
    let areNumbers = row.allSatisfy { field in
      (field + [0]).withUnsafeBufferPointer { buffer in
        let field = UnsafeBufferPointer(rebasing: buffer.dropLast())
        return missing.holds(field) || CSVNumber.parsed(field, decimalPoint: dialect.decimalPoint) != nil
      }
    }
    isHeader =
      switch dialect.header {
      case .present: true
      case .absent: false
      case .inferred: dialect.names == nil && !areNumbers
      }
    for field in row {
      if field.contains(0) { throw CSVFault(line: lineCount - 1, reason: "it holds a NUL byte: this is no text file") }
      let text = dialect.encoding == .latin1 ? CSVBlockParser.utf8(ofLatin1: field) : field
      if isHeader, let byte = text.withUnsafeBufferPointer({ CSVBlockParser.firstByteBeyondUTF8($0) }) {
        throw CSVFault(line: lineCount - 1, reason: CSVBlockParser.encodingReason(byte, ""))
      }
      fields.append(String(decoding: text, as: UTF8.self))
    }
  }

  /// The fields of the next row, which ends what was read so far.
  private mutating func nextRow(_ text: UnsafeBufferPointer<UInt8>, separator: UInt8) throws(CSVFault) -> [[UInt8]] {
    var row: [[UInt8]] = []
    var field: [UInt8] = []
    let line = lineCount
    var (isQuoted, isStart) = (false, true)
    defer { lineCount += 1 }
    while byteCount < text.count {
      let byte = text[byteCount]
      byteCount += 1
      let next = byteCount < text.count ? text[byteCount] : 0
      let endsLine = byte == 0x0A || (byte == 0x0D && next != 0x0A)
      switch byte {
      case UInt8(ascii: "\"") where isQuoted && next == byte:
        field.append(byte)
        byteCount += 1
      case UInt8(ascii: "\"") where isQuoted || isStart: isQuoted.toggle()
      case separator where !isQuoted:
        row.append(field)
        field.removeAll(keepingCapacity: true)
      case 0x0D where !isQuoted && !endsLine: break
      case _ where !isQuoted && endsLine: return row + [field]
      default:
        if endsLine { lineCount += 1 }
        field.append(byte)
      }
      isStart = byte == separator && !isQuoted
    }
    if isQuoted { throw CSVFault(line: line, reason: "a quote is not closed") }
    return row + [field]
  }
}
