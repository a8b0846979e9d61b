import Testing

@testable import Artifacts

@Suite("Tables of numbers")
struct NumberTableTests {
  private func read(_ text: String, separator: UInt8 = 0x2C, hasHeader: Bool? = nil) throws -> NumberTable {
    let scratch = Scratch()
    return try NumberTable.read(scratch.file("t.csv", Array(text.utf8)), separator: separator, hasHeader: hasHeader)
  }

  @Test("columns are whole or not; what is missing is NaN")
  func columns() throws {
    let table = try read("a,b,\"c, d\"\r\n1,0.1,-3e2\r\n\r\n 2 ,,NA\n")
    #expect(table.names == ["a", "b", "c, d"])
    #expect(table.columns[0] == .integers([1, 2]))
    guard case .doubles(let b) = table.columns[1], case .doubles(let c) = table.columns[2] else {
      Issue.record("columns with decimals are doubles")
      return
    }
    #expect(b[0] == 0.1 && b[1].isNaN && c[0] == -300 && c[1].isNaN)
    #expect(table.rowCount == 2)
  }

  @Test("numbers are those of the text, to the last bit")
  func numbers() throws {
    for text in [
      "0.1", "-0.1", "123456789.123456", "3.141592653589793", "1e-320", "1.7976931348623157e308", "000.5", "5.", ".5",
      "9007199254740993",
      "0.000000000000001", "123456789012345678",
    ] {
      let number = try #require(CSVNumber(Array(text.utf8)), "\(text)")
      #expect(number.double == Double(text) ?? Double(text + "0") ?? .nan, "\(text)")
    }
    for text in ["x", "1,5", "0x10", "1_000", "--1", "-", ".", "1e", "setosa"] {
      #expect(CSVNumber(Array(text.utf8)) == nil, "\(text)")
    }
  }

  @Test("a first line that is longer than what is looked at first is read whole")
  func wideHead() throws {
    let names = (0..<20_000).map { "column\($0)" }
    let text = names.joined(separator: ",") + "\n" + names.map { _ in "1" }.joined(separator: ",") + "\n"
    let scratch = Scratch()
    let head = try NumberTable.head(scratch.file("t.csv", Array(text.utf8)))
    #expect(head.names == names)
  }

  @Test("a first line of numbers is a row")
  func headerless() throws {
    let table = try read("1;2\n3;4\n", separator: 0x3B)
    #expect(table.names == ["0", "1"] && table.columns[1] == .integers([2, 4]))
    #expect(try read("1\n2\n", hasHeader: true).names == ["1"])
  }

  @Test(
    "mistakes are told with their line",
    arguments: [
      ("a,b\n1,2\n3\n", "line 3 has 1 values, but there are 2 columns"),
      ("a,b\n1,2\n\n3,4,5\n", "line 4 has 3 values, but there are 2 columns"),
      ("a,b\n\"x\ny\",2\n1,q\n", "line 2: `x y` in column `a` is not a number"),
      ("a,b\n1,2\n1,setosa\n", "line 3: `setosa` in column `b` is not a number"),
      ("a;b\n1;2\n", "line 2: `1;2` in column `a;b` is not a number; `sep=';'` may be meant"),
      ("a\tb\n1\t2\n", "line 2: `1 2` in column `a b` is not a number; `sep='\\t'` may be meant"),
      ("a,b\n0X1F,2\n", "line 2: `0X1F` in column `a` is not a number"),
      ("a,b\n-0x1F,2\n", "line 2: `-0x1F` in column `a` is not a number"),
      ("a,a\n1,2\n", "line 1: two columns are called `a`"), ("", "it has no rows"),
      ("a,b\n", "it has no rows"), ("a,b", "it has no rows"), ("a,b\r\n\r\n", "it has no rows"),
      ("a,b\n1,\u{0}2\n", "line 2 holds a NUL byte: this is no text file"),
      ("\u{0}", "line 1 holds a NUL byte: this is no text file"),
      ("a\n1\n\"2", "line 3: a quote is not closed"),
    ])
  func mistakes(text: String, reason: String) throws { try expectFailure(reason, Array(text.utf8)) }

  @Test("text in UTF-16 is told as such", arguments: [[0xFF, 0xFE, 0x61, 0, 0x0A, 0], [0xFE, 0xFF, 0, 0x61, 0, 0x0A]])
  func otherEncoding(bytes: [UInt8]) throws { try expectFailure("it is text in UTF-16; save it again as UTF-8", bytes) }

  /// Holds that the head of a file of such bytes, and all of it, cannot be read for that reason.
  private func expectFailure(_ reason: String, _ bytes: [UInt8]) throws {
    let scratch = Scratch()
    let path = scratch.file("t.csv", bytes)
    for read in [{ try NumberTable.head(path) }, { try NumberTable.read(path) }] {
      do {
        _ = try read()
        Issue.record("\(bytes) is a failure")
      } catch let failure as FileFailure {
        #expect(failure.reason == reason)
      }
    }
  }

  @Test("a head may end before the first row")
  func headBeforeRows() throws {
    let scratch = Scratch()
    let text = "a,b\n" + String(repeating: "1", count: 70_000) + ",2\n"
    let head = try NumberTable.head(scratch.file("t.csv", Array(text.utf8)))
    #expect(head.names == ["a", "b"] && head.rowCount == 0)
  }

  @Test("the head of a long file is its first rows, none of them cut")
  func head() throws {
    let scratch = Scratch()
    let rows = (0..<30_000).map { "\($0),\($0).5" }.joined(separator: "\n")
    let path = scratch.file("t.csv", Array("a,b\n\(rows)\n".utf8))
    let head = try NumberTable.head(path)
    #expect(head.names == ["a", "b"] && head.rowCount > 1000 && head.rowCount < 30_000)
    #expect(try NumberTable.read(path).rowCount == 30_000)
  }
}
