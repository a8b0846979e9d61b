import Arrays
import Glibc

/// `.safetensors` files: named arrays behind a header in JSON (Hugging Face: the safetensors format).
///
/// ```
/// length of the header (8 bytes, little-endian), {"NAME": {"dtype": "F32", "shape": […], "data_offsets": [first, end]}, …}, elements
/// ```
package enum Safetensors {
  package struct Tensor: Sendable {
    package let name: String
    /// The type that its array has once read.
    package var type: ElementType { isBfloat16 ? .float32 : header.type }
    package var shape: [Int] { header.shape }
    fileprivate let header: NumPyHeader
    /// Whether the elements are the upper halves of float32.
    fileprivate let isBfloat16: Bool
    /// Where its elements begin in the file.
    fileprivate let start: Int
  }

  /// The most that a header may take; the format says so.
  private static let longestHeader = 100_000_000

  /// What is in a file, in the order in which it lies there, without elements.
  package static func tensors(_ path: String) throws(FileFailure) -> [Tensor] {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    return try tensors(descriptor, size, path)
  }

  /// Reads all arrays.
  package static func read(_ path: String) throws(FileFailure) -> [(name: String, array: NDArray)] {
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    var arrays: [(String, NDArray)] = []
    for tensor in try tensors(descriptor, size, path) {
      var place = tensor.start
      let array = try tensor.header.makeArray { buffer throws(FileFailure) in
        guard try readBytes(from: descriptor, at: place, into: buffer, path: path) == buffer.count else {
          throw .damaged(path: path, reason: "it is cut short")
        }
        place += buffer.count
      } fault: {
        .damaged(path: path, reason: "`\(shown(tensor.name))` in it: \($0.reason)")
      }
      arrays.append((tensor.name, tensor.isBfloat16 ? widened(array) : array))
    }
    return arrays
  }

  private static func tensors(_ descriptor: Int32, _ size: Int, _ path: String) throws(FileFailure) -> [Tensor] {
    func damaged(_ reason: String) -> FileFailure { .damaged(path: path, reason: reason) }
    func bytes(_ count: Int, at place: Int) throws(FileFailure) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      let found = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
        try readBytes(from: descriptor, at: place, into: buffer, path: path)
      }
      if found < count { throw damaged("it is cut short") }
      return bytes
    }
    let length = try bytes(8, at: 0).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(longestHeader, max(0, size - 8))) else { throw damaged("it is no safetensors file") }
    guard let header = (try? JSON.parse(try bytes(Int(length), at: 8)))?.objectValue else {
      throw damaged("its header is no JSON")
    }
    let start = 8 + Int(length)
    var tensors: [Tensor] = []
    for name in header.keys where name != "__metadata__" {
      do throws(NumPyFault) {
        tensors.append(try tensor(name, header[name], start: start, size: size))
      } catch {
        throw damaged("`\(shown(name))` in it \(error.reason)")
      }
    }
    return tensors.sorted { $0.start < $1.start }
  }

  private static func tensor(_ name: String, _ entry: JSON?, start: Int, size: Int) throws(NumPyFault) -> Tensor {
    guard let type = entry?["dtype"]?.stringValue, let sizes = entry?["shape"]?.arrayValue,
      let offsets = entry?["data_offsets"]?.arrayValue?.compactMap(\.integerValue), offsets.count == 2
    else { throw NumPyFault("is not described") }
    let shape = sizes.compactMap(\.integerValue)
    guard shape.count == sizes.count, shape.count <= 32 else { throw NumPyFault("has a shape that cannot be") }
    guard let storedType = types[type], let stored = StoredElement(storedType) else {
      throw NumPyFault("holds elements of type `\(shown(type))`, which arrays do not have")
    }
    // Held against the file before any memory is taken.
    guard let bytes = NDArray.byteCount(of: .uint8, shape: shape + [stored.size]),
      NDArray.byteCount(of: .float64, shape: shape) != nil, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size - start
    else { throw NumPyFault("claims bytes that the file does not have") }
    guard offsets[1] - offsets[0] == bytes else {
      throw NumPyFault("has \(offsets[1] - offsets[0]) bytes, but its shape \(NDArray.pythonTuple(shape)) takes \(bytes)")
    }
    let header = NumPyHeader(
      storedType: storedType, shape: shape, isFortranOrder: false, type: stored.type, stored: stored, headerBytes: 0)
    return Tensor(name: name, header: header, isBfloat16: type == bfloat16, start: start + offsets[0])
  }

  private static let bfloat16 = "BF16"
  /// In NumPy's words; bfloat16 is read as the numbers that its bits are.
  private static let types = [
    "BOOL": "|b1", "U8": "|u1", "I8": "|i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8",
    "F16": "<f2", "F32": "<f4", "F64": "<f8", bfloat16: "<u2",
  ]

  /// The float32 whose upper halves these are.
  private static func widened(_ halves: NDArray) -> NDArray {
    var array = NDArray(.float32, shape: halves.shape)
    halves.withElements(as: Int32.self) { halves in
      array.withMutableElements(as: Float.self) { floats in
        for place in floats.indices { floats[place] = Float(bitPattern: UInt32(truncatingIfNeeded: halves[place]) << 16) }
      }
    }
    return array
  }
}
