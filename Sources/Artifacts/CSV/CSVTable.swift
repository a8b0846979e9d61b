import Arrays

/// A table read from a text with separated values (RFC 4180): columns by name, each of the kind that holds all of its values.
///
/// A field in double quotes may hold separators, line ends and doubled quotes; lines of blanks are passed over; what stands for a missing
/// value, a number and a truth value is what pandas takes for it. Columns that are nothing else are texts.
package struct CSVTable: Sendable {
  package let columns: [CSVColumn]
  package let rowCount: Int
  /// Whether these are all rows of the file.
  package let isWhole: Bool

  package var names: [String] { columns.map(\.name) }

  /// Reads a whole file, on several threads. Throws `damaged` with the line of a row that is too short or long, or of what is no text.
  package static func read(_ path: String, _ dialect: CSVDialect = CSVDialect()) throws(FileFailure) -> CSVTable {
    let before = FileStatus(at: path)?.version
    let changed = FileFailure.damaged(path: path, reason: "it changed while it was read")
    let start = try CSVStart(path, dialect)
    var kinds = start.kinds
    // Once as the beginning looks; once more where a column turns out to be text further down, whose earlier fields then count as written.
    for _ in 0..<2 {
      let pass: CSVPass
      do throws(FileFailure) { pass = try CSVPass.through(path, start, dialect, kinds: kinds) } catch {
        // Half of what was and half of what is now may be no table at all.
        throw before == FileStatus(at: path)?.version ? error : changed
      }
      guard before == FileStatus(at: path)?.version else { break }
      if let table = try pass.table() { return table }
      kinds = pass.kinds
    }
    throw changed
  }

  /// The columns, and what the first rows tell of them: those of the file's first 256 KiB, or its first line where that is longer.
  package static func head(_ path: String, _ dialect: CSVDialect = CSVDialect()) throws(FileFailure) -> CSVTable {
    let start = try CSVStart(path, dialect)
    return start.head
  }

  init(columns: [CSVColumn], rowCount: Int, isWhole: Bool) {
    self.columns = columns
    self.rowCount = rowCount
    self.isWhole = isWhole
  }
}

/// Goes through a whole file once.
private struct CSVPass {
  private let path: String
  private let reader: CSVBlockReader
  private let parser: CSVBlockParser
  private let start: CSVStart
  private let firstKinds: [CSVKind]
  private var builders: [CSVColumnBuilder]
  private var line: Int
  private var rowCount = 0

  private static let blockBytes = 4 << 20
  private static let threadCount = min(8, Processors.count)

  /// A pass that has reached the end.
  static func through(
    _ path: String, _ start: CSVStart, _ dialect: CSVDialect, kinds: [CSVKind]
  ) throws(FileFailure) -> CSVPass {
    var pass = try CSVPass(path, start, dialect, kinds: kinds)
    try pass.run()
    return pass
  }

  private init(_ path: String, _ start: CSVStart, _ dialect: CSVDialect, kinds: [CSVKind]) throws(FileFailure) {
    self.path = path
    self.start = start
    firstKinds = kinds
    line = start.headerLines
    reader = try CSVBlockReader(path, separator: dialect.separator)
    parser = CSVBlockParser(dialect, names: start.names)
    builders = kinds.map { _ in CSVColumnBuilder() }
  }

  /// Reads as many blocks as there are threads, parses them at once, and adds them in their order.
  private mutating func run() throws(FileFailure) {
    var isFirst = true
    while true {
      var blocks: [CSVBlock] = []
      while blocks.count < Self.threadCount, let block = try reader.next(Self.blockBytes) {
        if isFirst {
          // The file may have lost its beginning since that was looked at.
          guard block.bytes.count >= start.headerBytes else {
            throw .damaged(path: path, reason: "it is shorter than its first line was")
          }
          block.dropFirst(start.headerBytes)
        }
        isFirst = false
        blocks.append(block)
      }
      if blocks.isEmpty { return }
      // What is text after all is read in the next pass.
      let kinds = zip(kinds, builders).map { $1.isOther ? .skipped : $0 }
      for cells in atOnce(blocks, { [parser] block in parser.parse(block.bytes, kinds: kinds) }) { try add(cells) }
    }
  }

  private mutating func add(_ cells: CSVCells) throws(FileFailure) {
    if let fault = cells.fault { throw .damaged(path: path, reason: fault.told(from: line)) }
    for index in builders.indices { builders[index].append(cells[index], cells.columns[index], line: line) }
    line += cells.lineCount
    rowCount += cells.rowCount
    // A column may double its memory when it grows.
    guard FreeMemory.holds(builders.reduce(0) { $0 + $1.byteCount }) else {
      throw .cannotRead(path: path, reason: "the machine's memory cannot hold more than its first \(rowCount) rows")
    }
  }

  /// The kinds of columns as far as they are known.
  var kinds: [CSVKind] {
    zip(firstKinds, builders).map { first, builder in
      if builder.isOther { return .text }
      return first == .skipped || first == .text || builder.kind == .nothing ? first : builder.kind
    }
  }

  /// The table; nil if a column is text that was not known to be.
  func table() throws(FileFailure) -> CSVTable? {
    if builders.contains(where: \.isOther) { return nil }
    let columns = builders.indices.filter { firstKinds[$0] != .skipped }.map { builders[$0].column(start.names[$0]) }
    return CSVTable(columns: columns, rowCount: rowCount, isWhole: true)
  }
}
