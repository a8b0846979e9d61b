import Arrays
import Artifacts
import Glibc
import Testing

@Suite struct NumPyTests {
  let scratch = Scratch()

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no failure"
    } catch { return (error as? FileFailure)?.reason ?? "\(error)" }
  }

  @Test(arguments: ["arrays.npz", "arrays-packed.npz"])
  func readsEveryTypeAndOrder(file: String) throws {
    let expected = try #require(try Fixtures.json("arrays.json").objectValue)
    let arrays = try NPZ.read(Fixtures.path(file))
    let headers = try NPZ.headers(Fixtures.path(file))
    #expect(arrays.map(\.name) == expected.keys)
    #expect(headers.map(\.name) == expected.keys)
    for ((name, array), (_, header)) in zip(arrays, headers) {
      #expect(array.shape == expected[name]?[0]?.arrayValue?.compactMap(\.integerValue), "\(name)")
      #expect(array.doubles == expected[name]?[1]?.arrayValue?.compactMap(\.doubleValue), "\(name)")
      #expect(header.shape == array.shape)
      #expect(header.type == array.type)
    }
    let some = try NPZ.read(Fixtures.path(file), names: ["bool", "none"])
    #expect(some.map(\.name) == ["bool"])
  }

  @Test(arguments: [
    ("f4", ElementType.float32), ("f2", .float32), ("f8", .float64), ("i1", .int32), ("i2", .int32), ("i4", .int32),
    ("i8", .int64), ("u1", .uint8), ("u2", .int32), ("u4", .int64),
  ])
  func typesBecomeTheSmallestThatHoldsThem(code: String, type: ElementType) throws {
    let kind = code.hasPrefix("f") ? "float" : "int"
    for (name, header) in try NPZ.headers(Fixtures.path("arrays.npz")) where name.hasPrefix(kind) && name.hasSuffix(code) {
      #expect(header.type == type)
    }
  }

  @Test(arguments: 1...3)
  func readsEveryVersion(version: Int) throws {
    let array = try NPY.read(Fixtures.path("version-\(version).npy"))
    #expect(array.doubles == [0, 1, 2, 3, 4])
    #expect(try NPY.header(Fixtures.path("version-\(version).npy")).shape == [5])
  }

  @Test(arguments: [
    ("object", "it holds Python objects (a pickle), which could run anything and are not read"),
    ("text", "it holds strings (`<U2`), not numbers"), ("bytes", "it holds strings (`|S1`), not numbers"),
    ("complex", "it holds complex numbers (`<c16`)"), ("date", "it holds dates or times (`<M8[D]`), not numbers"),
    ("records", "it holds records of several fields, not an array of numbers"),
    ("beyond", "it holds whole numbers beyond 9223372036854775807"),
    ("longdouble", "it holds elements of type `<f16`, which arrays do not have"),
  ])
  func refusesWhatIsNoNumber(name: String, expected: String) {
    #expect(reason { _ = try NPY.read(Fixtures.path("refused-\(name).npy")) } == expected)
  }

  @Test func writesWhatItReads() throws {
    var arrays: [(name: String, array: NDArray)] = []
    for type in ElementType.numbers {
      for shape in [[], [3], [2, 3], [0], [1, 2, 3, 4]] {
        var array = NDArray(type, shape: shape)
        array.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(index % 2) } }
        let path = scratch.path("a.npy")
        try NPY.write(array, to: path)
        let read = try NPY.read(path)
        #expect(read.type == type)
        #expect(read.shape == shape)
        #expect(Array(read.rawBytes) == Array(array.rawBytes))
        arrays.append(("\(type.rawValue)-\(shape)", array))
      }
    }
    try NPZ.write(arrays, to: scratch.path("all.npz"))
    let read = try NPZ.read(scratch.path("all.npz"))
    #expect(read.map(\.name) == arrays.map(\.name))
    #expect(read.map { Array($0.array.rawBytes) } == arrays.map { Array($0.array.rawBytes) })
    // Equal to NumPy's own file of the same array, byte for byte.
    var five = NDArray(.float32, shape: [5])
    five.withMutableElements(as: Float.self) { for index in 0..<5 { $0[index] = Float(index) } }
    try NPY.write(five, to: scratch.path("five.npy"))
    #expect(try readFile(scratch.path("five.npy")) == readFile(Fixtures.path("version-1.npy")))
  }

  private func npy(_ header: String, content: Int = 0) -> [UInt8] {
    [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)] + header.utf8
      + [UInt8](repeating: 0, count: content)
  }

  /// Headers that lie, and headers that are none.
  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 11, "it is cut short"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 13, "it has 1 bytes more than its header claims"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", 12, "it is cut short"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", 0,
      "its header claims a shape that cannot be"
    ),
    (
      "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 9223372036854775807), }", 0,
      "its header claims a shape that cannot be"
    ),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }", 0, "its header cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 0, "its header cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", 12, "its header cannot be read"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (3,), }", 12, "its header cannot be read"),
    ("{'descr': '<f4', 'shape': (3,), }", 12, "its header cannot be read"),
    ("{'descr': '<f4\\'', 'fortran_order': False, 'shape': (3,), }", 12, "its header cannot be read"),
    ("((((((((((((", 0, "its header cannot be read"), ("{", 0, "its header cannot be read"),
    ("{'descr': 'f", 0, "its header cannot be read"), ("", 0, "its header cannot be read"),
    ("{'descr': '<', 'fortran_order': False, 'shape': (3,), }", 12, "it holds elements of type `<`, which arrays do not have"),
    ("{'descr': '', 'fortran_order': False, 'shape': (3,), }", 12, "it holds elements of type ``, which arrays do not have"),
  ])
  func headersAreNotBelieved(header: String, content: Int, expected: String) {
    put(npy(header, content: content), at: scratch.path("lie.npy"))
    let found = reason { _ = try NPY.read(scratch.path("lie.npy")) }
    #expect(found == expected)
    #expect(reason { _ = try NPY.header(scratch.path("lie.npy")) } == found)
  }

  @Test func everyCutAndEveryFlipIsSurvived() throws {
    let bytes = try readFile(Fixtures.path("version-2.npy"))
    let path = scratch.path("a.npy")
    for length in 0..<bytes.count {
      put(Array(bytes[..<length]), at: path)
      #expect(throws: FileFailure.self, "\(length) bytes") { _ = try NPY.read(path) }
    }
    for place in bytes.indices {
      for bit in [0x01, 0x20, 0x80] as [UInt8] {
        var flipped = bytes
        flipped[place] ^= bit
        put(flipped, at: path)
        _ = try? NPY.read(path)
      }
    }
    for name in ["arrays.npz", "arrays-packed.npz"] {
      let bytes = try readFile(Fixtures.path(name))
      for length in stride(from: 0, to: bytes.count, by: 211) {
        put(Array(bytes[..<length]), at: path)
        #expect(throws: FileFailure.self, "\(name) cut to \(length) bytes") { _ = try NPZ.read(path) }
        #expect(throws: FileFailure.self) { _ = try NPZ.headers(path) }
      }
      for place in stride(from: 0, to: bytes.count, by: 37) {
        var flipped = bytes
        flipped[place] ^= 0x10
        put(flipped, at: path)
        _ = try? NPZ.read(path)
      }
    }
  }

  @Test func aMemberThatCannotBeThatLargeIsRefused() throws {
    // The central directory's claim of a packed member is raised to 2 GB; nothing of that size is allocated.
    var bytes = try readFile(Fixtures.path("arrays-packed.npz"))
    let signature: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
    let entry = try #require(bytes.indices.dropLast(4).first { Array(bytes[$0..<$0 + 4]) == signature })
    bytes.replaceSubrange(entry + 24..<entry + 28, with: [0, 0, 0, 0x80])
    put(bytes, at: scratch.path("bomb.npz"))
    #expect(throws: FileFailure.self) { _ = try NPZ.read(scratch.path("bomb.npz")) }
    #expect(throws: FileFailure.self) { _ = try NPZ.headers(scratch.path("bomb.npz")) }
  }

  @Test func manyArraysGoIntoOneFile() throws {
    let arrays = (0..<3000).map { (name: "array \($0)", array: NDArray.counting(from: Double($0), shape: [2])) }
    try NPZ.write(arrays, to: scratch.path("many.npz"))
    #expect(try NPZ.read(scratch.path("many.npz")).map(\.array.doubles) == arrays.map(\.array.doubles))
    try NPZ.write([], to: scratch.path("none.npz"))
    #expect(try NPZ.read(scratch.path("none.npz")).isEmpty)
  }

  @Test func foreignFilesAreNamed() {
    put("x,y\n1,2\n", at: scratch.path("a.csv"))
    #expect(reason { _ = try NPY.read(scratch.path("a.csv")) } == "it is not a NumPy array file")
    #expect(reason { _ = try NPZ.read(scratch.path("a.csv")) } == "not a zip archive")
    #expect(reason { _ = try NPY.read(scratch.folder) } == "it is a folder")
    #expect(reason { _ = try NPY.read(scratch.path("none")) } == "no such file or directory")
  }
}
