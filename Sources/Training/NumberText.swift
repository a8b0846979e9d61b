import Glibc

/// C's `printf` for one double: Keras's lines are made of `%.4f`, `%.4e`, `%.0f`, with `nan` and `inf` as C spells them.
func printed(_ format: String, _ value: Double) -> String {
  // A double has at most 309 digits before the point.
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
    let length = withVaList([value]) { vsnprintf(buffer.baseAddress, buffer.count, format, $0) }
    let bytes = UnsafeRawBufferPointer(buffer).prefix(max(0, min(Int(length), buffer.count - 1)))
    return String(decoding: bytes, as: UTF8.self)
  }
}
