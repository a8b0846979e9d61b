import Artifacts
import Glibc
import Testing

/// What power cuts leave of such a file is tested in `CrashStateTests`.
@Suite struct RecordFileTests {
  let scratch = Scratch()
  private var path: String { scratch.path("kept") }
  private let key = String(repeating: "k", count: 64)
  private let records: [[UInt8]] = [[], [1, 2, 3], [UInt8](repeating: 7, count: 50)]

  private func filled(through fileSystem: FileSystem = .real, key: String? = nil) throws -> RecordFile {
    let file = try RecordFile(path, count: records.count, key: key ?? self.key, through: fileSystem)
    for index in [2, 0, 1] { try file.add(records[index], as: index) }
    return file
  }

  private func read(_ file: RecordFile) throws -> [[UInt8]?] { try records.indices.map { try file.record($0) } }

  @Test func whatIsAddedIsReadAtOnceAndByTheNextRun() throws {
    do {
      let file = try RecordFile(path, count: 3, key: key)
      try file.add(records[1], as: 1)
      #expect(try read(file) == [nil, records[1], nil])
      #expect(FileStatus(at: path) == nil, "it is not whole")
    }
    #expect(scratch.names.isEmpty, "what is not whole is nobody's")
    #expect(try read(filled()) == records)
    #expect(try read(RecordFile(path, count: 3, key: key)) == records)
    #expect(scratch.names == ["kept"])
  }

  /// Each call failing in each way: the file of other data that stood there stays, or the new one is whole.
  @Test(arguments: [EIO, ENOSPC, EDQUOT, EROFS])
  func everyFailingCallLeavesAWholeFile(code: Int32) throws {
    let other = String(repeating: "o", count: 64)
    for number in 0..<16 {
      unlink(path)
      _ = try filled(key: other)
      let trouble = Trouble(.error(code), atCall: number)
      let outcome = Result { _ = try filled(through: trouble.fileSystem) }
      #expect(scratch.names == ["kept"], "call \(number)")
      var isNew = true
      if case .failure(let error) = outcome {
        isNew = trouble.calls.firstIndex(of: "rename").map { $0 < number } ?? false
        #expect("\(error)".hasPrefix("cannot write `\(path)`: \(String(cString: strerror(code)).lowercased())"), "\(error)")
      } else {
        #expect(number >= trouble.calls.count || trouble.calls[number] == "close", "call \(number)")
      }
      #expect(try read(RecordFile(path, count: 3, key: isNew ? key : other)) == records, "call \(number)")
    }
  }

  @Test func interruptionsAndShortWritesAreNoFailures() throws {
    for number in 0..<16 {
      unlink(path)
      #expect(try read(filled(through: Trouble(.interruption, atCall: number).fileSystem)) == records, "call \(number)")
    }
    unlink(path)
    #expect(try read(filled(through: Trouble(.shortWrite, atCall: nil).fileSystem)) == records)
    #expect(try read(RecordFile(path, count: 3, key: key)) == records)
  }

  /// Every flipped bit and every length: what is read is what was written, or it is told, or the file is made anew.
  @Test func damageIsFound() throws {
    _ = try filled()
    let whole = try readFile(path)
    var (told, anew) = (0, 0)
    func look(_ bytes: [UInt8], _ what: String) {
      put(bytes, at: path)
      do {
        let file = try RecordFile(path, count: 3, key: key)
        let found = try read(file)
        if found != records {
          #expect(found == [nil, nil, nil], "\(what)")
          anew += 1
        }
      } catch { told += 1 }
    }
    for place in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[place] ^= 1 << bit
        look(bytes, "bit \(bit) of byte \(place)")
      }
    }
    for length in whole.indices { look(Array(whole[..<length]), "\(length) bytes") }
    #expect(told + anew == 9 * whole.count, "no damage passes for nothing")
    #expect(told > 0 && anew > 0)
  }
}
