import Arrays
import Testing

@testable import Artifacts

/// Held against files of the safetensors package (`scripts/fixtures/safetensors_files.py`).
@Suite struct SafetensorsTests {
  private let scratch = Scratch()

  @Test func readsEveryType() throws {
    let expected = try #require(try Fixtures.json("tensors.json").objectValue)
    let path = Fixtures.path("tensors.safetensors")
    let arrays = try Safetensors.read(path)
    #expect(Set(arrays.map(\.name)) == Set(expected.keys))
    for (array, tensor) in zip(arrays, try Safetensors.tensors(path)) {
      #expect(array.array.shape == expected[array.name]?[0]?.arrayValue?.compactMap(\.integerValue), "\(array.name)")
      #expect(array.array.doubles == expected[array.name]?[1]?.arrayValue?.compactMap(\.doubleValue), "\(array.name)")
      #expect(tensor.name == array.name && tensor.shape == array.array.shape && tensor.type == array.array.type)
    }
  }

  private func file(_ header: String, elements: Int = 0, length: Int? = nil) -> String {
    let length = length ?? header.utf8.count
    let beginning = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return scratch.file("t.safetensors", beginning + Array(header.utf8) + [UInt8](repeating: 0, count: elements))
  }

  private func entry(_ type: String = "F32", _ shape: String = "[2]", _ first: Int = 0, _ end: Int = 8) -> String {
    #"{"a": {"dtype": "\#(type)", "shape": \#(shape), "data_offsets": [\#(first), \#(end)]}}"#
  }

  @Test func whatIsNoneIsAFailure() throws {
    #expect(try Safetensors.read(file(entry(), elements: 8))[0].array.shape == [2])
    #expect(reason(file("{}", length: 1 << 40)) == "it is no safetensors file")
    #expect(reason(file("{", elements: 8)) == "its header is no JSON")
    #expect(reason(file(entry("C64"), elements: 8)) == "`a` in it holds elements of type `C64`, which arrays do not have")
    #expect(reason(file(entry("F32", "[3]"), elements: 8)) == "`a` in it has 8 bytes, but its shape (3,) takes 12")
    #expect(reason(file(entry("F32", "[2]"), elements: 7)) == "`a` in it claims bytes that the file does not have")
    #expect(reason(file(entry("F32", "[2]", -8, 0), elements: 8)) == "`a` in it claims bytes that the file does not have")
    #expect(
      reason(file(entry("F32", "[4611686018427387904, 4]"), elements: 8)) == "`a` in it claims bytes that the file does not have")
    #expect(reason(file(entry("F32", "[2.5]"), elements: 8)) == "`a` in it has a shape that cannot be")
    #expect(reason(file(#"{"a": 3}"#)) == "`a` in it is not described")
    #expect(reason(scratch.file("short", [1, 2])) == "it is cut short")
  }

  private func reason(_ path: String) -> String {
    do {
      _ = try Safetensors.tensors(path)
      return "no failure"
    } catch { return error.reason }
  }
}
