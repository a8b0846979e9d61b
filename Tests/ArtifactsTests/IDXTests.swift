import Arrays
import Testing

@testable import Artifacts

@Suite("IDX files")
struct IDXTests {
  /// The head and elements of two rows of two by three bytes.
  private let plain: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (0..<12).map { $0 }
  /// The same, packed by Python's `gzip`.
  private let packed: [UInt8] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 99, 96, 224, 96, 102, 96, 96, 96, 130, 98, 102, 6, 70, 38, 102, 22, 86, 54, 118, 14, 78,
    46, 110, 0, 120, 30, 35, 132, 28, 0, 0, 0,
  ]

  @Test("are read plain and gzipped")
  func read() throws {
    let scratch = Scratch()
    for bytes in [plain, packed] {
      let path = scratch.file("a.idx", bytes)
      #expect(try IDX.header(path).shape == [2, 2, 3])
      let array = try IDX.read(path)
      #expect(array.type == .uint8 && array.shape == [2, 2, 3])
      #expect(array.doubles == (0..<12).map(Double.init))
    }
  }

  @Test("elements of every type are read, the largest byte first")
  func types() throws {
    let scratch = Scratch()
    let cases: [(code: UInt8, bytes: [UInt8], type: ElementType, value: Double)] = [
      (0x09, [0xFE], .int32, -2), (0x0B, [0xFF, 0x00], .int32, -256), (0x0C, [0, 1, 0, 0], .int32, 65536),
      (0x0D, [0x3F, 0xC0, 0, 0], .float32, 1.5), (0x0E, [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], .float64, -1.5),
    ]
    for (code, bytes, type, value) in cases {
      let array = try IDX.read(scratch.file("a.idx", [0, 0, code, 1, 0, 0, 0, 1] + bytes))
      #expect(array.type == type && array.doubles == [value])
    }
  }

  @Test("a file that is cut short, goes on, or claims too much is a failure")
  func damage() throws {
    let scratch = Scratch()
    for bytes in [plain, packed] {
      for length in 0..<bytes.count {
        let path = scratch.file("a.idx", Array(bytes[..<length]))
        #expect(throws: FileFailure.self, "\(length) bytes") { try IDX.read(path) }
      }
    }
    #expect(throws: FileFailure.self) { try IDX.read(scratch.file("a.idx", plain + [1])) }
    // 2⁹⁶ elements, a type that there is not, and more bytes than the file could unpack to.
    for head in [
      [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12), [0, 0, 7, 1, 0, 0, 0, 1, 0], [0, 0, 8, 1, 0x7F, 255, 255, 255, 0],
      [1, 0, 8, 1, 0, 0, 0, 1, 0], [0, 0, 8, 200],
    ] as [[UInt8]] {
      #expect(throws: FileFailure.self) { try IDX.read(scratch.file("a.idx", head)) }
    }
  }

  @Test("bits that flip in a packed file are told or harmless")
  func flips() throws {
    let scratch = Scratch()
    for position in packed.indices {
      for bit in 0..<8 {
        var bytes = packed
        bytes[position] ^= 1 << UInt8(bit)
        let path = scratch.file("a.idx", bytes)
        if let array = try? IDX.read(path) { #expect(array.doubles == (0..<12).map(Double.init), "byte \(position)") }
      }
    }
  }
}
