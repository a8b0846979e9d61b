import Artifacts
import Foundation
import Testing

@testable import Artifacts

@Suite("Tables") struct CSVTableTests {
  private let scratch = Scratch()

  private func read(_ text: String, _ dialect: CSVDialect = CSVDialect()) throws -> CSVTable {
    try CSVTable.read(scratch.file("t.csv", Array(text.utf8)), dialect)
  }

  private static func cases() throws -> [JSON] {
    let recorded = try Fixtures.json("tables.json")
    return try #require(recorded["cases"]?.arrayValue)
  }

  @Test("what pandas reads is read alike, but for what differs on purpose")
  func pandas() throws {
    let cases = try Self.cases()
    #expect(cases.count >= 50)
    for item in cases {
      let name = try #require(item["name"]?.stringValue)
      let text = try #require(item["text"]?.stringValue.flatMap { Data(base64Encoded: $0) })
      let path = scratch.file("t.csv", Array(text))
      var dialect = Self.dialect(item["arguments"])
      if let here = item["here"]?.stringValue {
        if here.hasPrefix("refused") {
          #expect(throws: FileFailure.self, "\(name)") { try CSVTable.read(path, dialect) }
          continue
        }
        dialect.header = here.hasPrefix("rows") ? .inferred : dialect.header
        try Self.expectOwnWay(try CSVTable.read(path, dialect), name)
        continue
      }
      for table in [try CSVTable.read(path, dialect), try CSVTable.head(path, dialect)] {
        let columns = try #require(item["columns"]?.arrayValue)
        #expect(table.names == columns.compactMap { $0[0]?.stringValue }, "\(name)")
        for (column, expected) in zip(table.columns, columns) {
          #expect(Self.described(column) == Self.described(expected, of: name), "\(name), column \(column.name)")
        }
      }
    }
  }

  /// The arguments of pandas.
  private static func dialect(_ arguments: JSON?) -> CSVDialect {
    var dialect = CSVDialect()
    dialect.header = .present
    for (name, value) in arguments?.objectValue.map({ object in object.keys.map { ($0, object[$0]) } }) ?? [] {
      switch name {
      case "sep": dialect.separator = value?.stringValue?.utf8.first ?? 0
      case "decimal": dialect.decimalPoint = value?.stringValue?.utf8.first ?? 0
      case "encoding": dialect.encoding = .latin1
      case "header": dialect.header = value?.integerValue == 0 ? .present : .absent
      case "names":
        dialect.names = value?.arrayValue?.compactMap(\.stringValue)
        if arguments?["header"] == nil { dialect.header = .absent }
      case "usecols": dialect.chosen = value?.arrayValue?.compactMap(\.stringValue)
      case "na_values": dialect.missingWords = value?.arrayValue?.compactMap(\.stringValue) ?? []
      default: Issue.record("an argument `\(name)`")
      }
    }
    return dialect
  }

  /// A column in the words of the recorded ones; dates as the texts that they are to pandas.
  private static func described(_ column: CSVColumn) -> [String] {
    switch column.values {
    case .integers(let values): ["integer"] + values.map(String.init)
    case .doubles(let values): ["double"] + values.map { $0.isNaN ? "-" : hexadecimal($0) }
    case .booleans(let values): ["boolean"] + values.map { $0 == 1 ? "true" : $0 == 0 ? "false" : "-" }
    case .dates(let values): ["date"] + values.map { "\($0)" }
    case .categories(let codes, let words): ["text"] + codes.map { $0 < 0 ? "-" : "t:" + words[Int($0)] }
    }
  }

  private static func described(_ expected: JSON, of name: String) -> [String] {
    let kind = expected[1]?.stringValue ?? ""
    let values = expected[2]?.arrayValue ?? []
    if name.hasPrefix("dates") && kind == "text" {
      return ["date"] + values.map { "\(days[$0.stringValue ?? ""] ?? .nan)" }
    }
    return [kind]
      + values.map { value in
        switch kind {
        case "integer": value.integerValue.map(String.init) ?? "?"
        case "boolean": value == .bool(true) ? "true" : "false"
        case "double": value.stringValue ?? "-"
        default: value.stringValue.map { "t:" + $0 } ?? "-"
        }
      }
  }

  /// By Python's `datetime`: `(datetime(…) - datetime(1970, 1, 1)) / timedelta(days=1)`.
  private static let days: [String: Double] = [
    "2024-02-29": 19782, "1969-12-31": -1, "2000-01-01": 10957, "2024-02-29 12:00:00": 19782.5, "2024-02-29T06:00": 19782.25,
    "2024-02-29T06:00:00.5Z": 19782.250005787037, "2024-02-29T06:00:00+06:00": 19782,
  ]

  private static func hexadecimal(_ value: Double) -> String {
    let digits = String(value.bitPattern, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// What differs from pandas, and is no failure.
  private static func expectOwnWay(_ table: CSVTable, _ name: String) throws {
    switch name {
    case "numbers without a header": #expect(table.names == ["0", "1"] && table.rowCount == 2)
    case "truth values and nothing": #expect(described(table.columns[0]) == ["boolean", "true", "-", "false"])
    case "beyond 64 bits":
      #expect(described(table.columns[0]) == ["double", hexadecimal(0x1p64), hexadecimal(1)])
      #expect(described(table.columns[1]) == ["double", hexadecimal(0x1p63), hexadecimal(2)])
    default: Issue.record("`\(name)` differs from pandas, and nobody says how")
    }
  }

  @Test(
    "mistakes are told with their line",
    arguments: [
      ("a,b\n1,2\n3\n", "line 3: it has 1 values, but there are 2 columns"),
      ("a,b\n1,2\n\n3,4,5\n", "line 4: it has 3 values, but there are 2 columns"),
      ("\n\na,b\n1,2\n\n3,4,5\n", "line 6: it has 3 values, but there are 2 columns"),
      ("a,b\n\"x\ny\",2\n1\n", "line 4: it has 1 values, but there are 2 columns"),
      ("a,b\r\"x\r\ny\",2\r1\r", "line 4: it has 1 values, but there are 2 columns"),
      ("a;b\n1;2\n", "its one column is called `a;b`; `sep` may be `;`"),
      ("a\tb\n1\t2\n", "its one column is called `a b`; `sep` may be a tab"),
      ("a,a\n1,2\n", "line 1: two columns are called `a`"), ("", "it has no rows"),
      ("a,b\n", "it has no rows"), ("a,b", "it has no rows"), ("a,b\r\n\r\n", "it has no rows"), ("\n\n", "it has no rows"),
      ("a,b\n1,\u{0}2\n", "line 2: it holds a NUL byte: this is no text file"),
      ("\u{0}", "line 1: it holds a NUL byte: this is no text file"),
      ("a\n1\n\"2", "line 3: a quote is not closed"), ("\"a\n1\n2", "line 1: a quote is not closed"),
    ])
  func mistakes(text: String, reason: String) throws { try expectFailure(reason, Array(text.utf8)) }

  @Test("text in UTF-16 is told as such", arguments: [[0xFF, 0xFE, 0x61, 0, 0x0A, 0], [0xFE, 0xFF, 0, 0x61, 0, 0x0A]])
  func wideCharacters(bytes: [UInt8]) throws { try expectFailure("it is text in UTF-16; save it again as UTF-8", bytes) }

  @Test("a byte that is not UTF-8 is told with its line and column")
  func otherEncoding() throws {
    let hint = "is not UTF-8; `encoding` may be `latin-1`"
    try expectFailure("line 3: the byte 0xFC in column `b` \(hint)", Array("a,b\n1,x\n2,Z".utf8) + [0xFC] + Array("rich\n".utf8))
    try expectFailure("line 1: the byte 0xF6 \(hint)", Array("gr".utf8) + [0xF6] + Array("e,b\n1,x\n".utf8))
  }

  /// Holds that the head of a file of such bytes, and all of it, cannot be read for that reason.
  private func expectFailure(_ reason: String, _ bytes: [UInt8]) throws {
    let path = scratch.file("t.csv", bytes)
    for read in [{ try CSVTable.head(path) }, { try CSVTable.read(path) }] {
      do {
        _ = try read()
        Issue.record("\(bytes) is a failure")
      } catch let failure as FileFailure {
        #expect(failure.reason == reason)
      }
    }
  }

  @Test("a table may have 100,000 columns and no more, and a header longer than the first look is read whole")
  func width() throws {
    let names = (0..<20_000).map { "column\($0)" }
    let text = names.joined(separator: ",") + "\n" + names.map { _ in "1" }.joined(separator: ",") + "\n"
    #expect(try CSVTable.head(scratch.file("t.csv", Array(text.utf8))).names == names)
    #expect(try read(text).rowCount == 1)
    let wide = (0..<1_000_000).map { "c\($0)" }.joined(separator: ",") + "\n"
    try expectFailure("it has 1000000 columns, more than the 100000 that a table may have", Array(wide.utf8))
  }

  /// The header fills the first look, so the kinds show block by block; the first block ends where the values do.
  @Test("values that are missing in a whole block are missing")
  func missingBlock() throws {
    let name = String(repeating: "x", count: (4 << 20) - 4000 - 5)
    let text = "a,\"\(name)\"\n" + String(repeating: "7,1\n", count: 1000) + String(repeating: ",1\n", count: 10)
    let column = try CSVTable.read(scratch.file("t.csv", Array(text.utf8))).columns[0]
    #expect(column.missingCount == 10 && column.double(0) == 7 && column.double(1000).isNaN)
  }

  /// Rows of several blocks, so that columns are put together from what threads have read, with a text at the very end of one.
  @Test("a long table is the same whatever its blocks are", arguments: [false, true])
  func blocks(isPacked: Bool) throws {
    let count = 250_000
    var text = "n,x,word,late,\"a \"\"quoted\"\"\nname\"\n"
    for row in 0..<count {
      let late = row == count - 1 ? "end" : "00\(row % 10)"
      text +=
        "\(row),\(row % 97 == 0 ? "" : "\(Double(row) / 8)"),\"w,\n\(row % 1000)\",\(late),\(row % 3 == 0 ? "True" : "False")\n"
    }
    var path = scratch.file("t.csv", Array(text.utf8))
    if isPacked {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/gzip")
      process.arguments = [path]
      try process.run()
      process.waitUntilExit()
      path += ".gz"
    }
    let table = try CSVTable.read(path)
    #expect(table.rowCount == count && table.names == ["n", "x", "word", "late", "a \"quoted\"\nname"])
    guard case .integers(let n) = table.columns[0].values, case .doubles(let x) = table.columns[1].values,
      case .categories(let codes, let words) = table.columns[2].values,
      case .categories(let lateCodes, let lateWords) = table.columns[3].values,
      case .booleans(let flags) = table.columns[4].values
    else {
      Issue.record("the columns are integers, doubles, texts, texts and truth values")
      return
    }
    #expect(
      n == Array(0..<count) && words.count == 1000 && words == words.sorted() && lateWords == (0..<10).map { "00\($0)" } + ["end"]
    )
    #expect(x.indices.allSatisfy { $0 % 97 == 0 ? x[$0].isNaN : x[$0] == Double($0) / 8 })
    #expect(codes.indices.allSatisfy { words[Int(codes[$0])] == "w,\n\($0 % 1000)" })
    #expect(lateCodes.dropLast().indices.allSatisfy { lateWords[Int(lateCodes[$0])] == "00\($0 % 10)" })
    #expect(flags.indices.allSatisfy { flags[$0] == ($0 % 3 == 0 ? 1 : 0) })
    #expect(table.columns[1].missingCount == (count + 96) / 97 && table.columns[1].firstMissingLine == 3)
    // A row that is too short at the end is told with its line: each row takes two, and the header too.
    let short = scratch.file("short.csv", Array((text + "1,2\n").utf8))
    #expect(throws: FileFailure.damaged(path: short, reason: "line \(2 * count + 3): it has 2 values, but there are 5 columns")) {
      try CSVTable.read(short)
    }
    let head = try CSVTable.head(path)
    #expect(!head.isWhole && head.rowCount > 1000 && head.rowCount < count)
  }

  /// Long enough that the change comes between the first look and the end, which the file's time tells even where its size stays.
  @Test("a file that changes while it is read is told as such", arguments: ["grown", "cut", "replaced", "other numbers", "gone"])
  func changing(_ change: String) throws {
    let row = "1,2,some text\n"
    let path = scratch.file("t.csv", Array(("a,b,c\n" + String(repeating: row, count: 400_000)).utf8))
    let thread = Thread {
      usleep(20_000)
      switch change {
      case "grown":
        let file = FileHandle(forWritingAtPath: path)
        _ = try? file?.seekToEnd()
        file?.write(Data("1\n".utf8))
      case "cut": truncate(path, off_t(3 * row.utf8.count + 7))
      case "replaced": _ = try? Data("x\n1\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      case "other numbers":
        let file = FileHandle(forWritingAtPath: path)
        _ = try? file?.seek(toOffset: 6)
        file?.write(Data("8".utf8))
      default: unlink(path)
      }
    }
    thread.start()
    #expect(throws: FileFailure.damaged(path: path, reason: "it changed while it was read")) { try CSVTable.read(path) }
  }

  @Test("a quote that is never closed ends the reading at a limit")
  func openQuote() throws {
    let text = "a\n1\n\"" + String(repeating: "x", count: 70 << 20)
    let path = scratch.file("t.csv", Array(text.utf8))
    #expect(throws: FileFailure.damaged(path: path, reason: "a row has more than 64 MB; a quote may not be closed")) {
      try CSVTable.read(path)
    }
  }
}
