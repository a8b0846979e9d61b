import Arrays

extension NumPyHeader {
  /// Makes the array. `fill` puts the next bytes of the file's elements, in order, into the buffers it is given.
  func makeArray(
    fill: (UnsafeMutableRawBufferPointer) throws(FileFailure) -> Void, fault: (NumPyFault) -> FileFailure
  ) throws(FileFailure) -> NDArray {
    let order = isFortranOrder && shape.count > 1
    // In Fortran order the elements stand as those of the array with its axes turned around do in C order.
    var array = NDArray(type, shape: order ? shape.reversed() : shape)
    if array.count == 0 { return NDArray(type, shape: shape) }
    if stored.isAsKept {
      try array.fill(fill)
    } else {
      // A piece at a time, so that the file's form of the elements never lies in memory whole.
      var bytes = [UInt8](repeating: 0, count: min(contentBytes, NumPyHeader.pieceBytes))
      for first in stride(from: 0, to: array.count, by: NumPyHeader.pieceBytes / stored.size) {
        let count = min(array.count - first, NumPyHeader.pieceBytes / stored.size)
        try bytes.withMutableRawBytes { piece throws(FileFailure) in
          try fill(UnsafeMutableRawBufferPointer(rebasing: piece[..<(count * stored.size)]))
        }
        guard convert(bytes, to: first..<(first + count), of: &array) else {
          throw fault(NumPyFault("it holds whole numbers beyond 9223372036854775807"))
        }
      }
    }
    return order ? transposed(array) : array
  }

  /// How many bytes of elements are converted at a time: a multiple of every element's size.
  private static let pieceBytes = 1 << 18

  /// Converts stored elements, from the first byte on, to some of the array; false if one does not fit.
  private func convert(_ bytes: [UInt8], to range: Range<Int>, of array: inout NDArray) -> Bool {
    bytes.withUnsafeBytes { raw in
      switch (stored.kind, stored.size) {
      case (.bool, _): array.setEach(in: range, as: Bool.self) { raw[$0] != 0 }
      case (.float, 2): array.setEach(in: range, as: Float.self) { Float(halfBits: element(UInt16.self, $0, raw)) }
      case (.float, 4): array.setEach(in: range, as: Float.self) { Float(bitPattern: element(UInt32.self, $0, raw)) }
      case (.float, _): array.setEach(in: range, as: Double.self) { Double(bitPattern: element(UInt64.self, $0, raw)) }
      case (.signed, 1): array.setEach(in: range, as: Int32.self) { Int32(element(Int8.self, $0, raw)) }
      case (.signed, 2): array.setEach(in: range, as: Int32.self) { Int32(element(Int16.self, $0, raw)) }
      case (.signed, 4): array.setEach(in: range, as: Int32.self) { element(Int32.self, $0, raw) }
      case (.signed, _): array.setEach(in: range, as: Int64.self) { element(Int64.self, $0, raw) }
      case (.unsigned, 1): array.setEach(in: range, as: UInt8.self) { raw[$0] }
      case (.unsigned, 2): array.setEach(in: range, as: Int32.self) { Int32(element(UInt16.self, $0, raw)) }
      case (.unsigned, 4): array.setEach(in: range, as: Int64.self) { Int64(element(UInt32.self, $0, raw)) }
      case (.unsigned, _):
        let largest = (0..<range.count).lazy.map { element(UInt64.self, $0, raw) }.max() ?? 0
        if largest > UInt64(Int64.max) { return false }
        array.setEach(in: range, as: Int64.self) { Int64(element(UInt64.self, $0, raw)) }
      }
      return true
    }
  }

  private func element<Stored: FixedWidthInteger & BitwiseCopyable>(
    _: Stored.Type, _ index: Int, _ raw: UnsafeRawBufferPointer
  ) -> Stored {
    let value = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
    return stored.isBigEndian ? Stored(bigEndian: value) : Stored(littleEndian: value)
  }

  /// The array of `shape` whose axes, turned around, are those of `array`.
  private func transposed(_ array: NDArray) -> NDArray {
    var result = NDArray(type, shape: shape)
    let size = type.size
    // How far one step along each axis of `shape` leads in `array`, in elements.
    var strides: [Int] = []
    var stride = 1
    for size in shape {
      strides.append(stride)
      stride *= size
    }
    let source = array.rawBytes
    withExtendedLifetime(array) {
      result.withMutableBytes { target in
        var index = [Int](repeating: 0, count: shape.count)
        var from = 0
        for to in 0..<(target.count / size) {
          target.baseAddress.map { $0 + to * size }?.copyMemory(from: source.baseAddress! + from * size, byteCount: size)
          var axis = shape.count - 1
          while axis >= 0 {
            index[axis] += 1
            from += strides[axis]
            if index[axis] < shape[axis] { break }
            from -= strides[axis] * shape[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return result
  }
}

extension NDArray {
  /// Sets each element of a range by its index there.
  fileprivate mutating func setEach<Element>(in range: Range<Int>, as _: Element.Type, _ value: (Int) -> Element) {
    withMutableElements(as: Element.self) { elements in
      for index in range { elements[index] = value(index - range.lowerBound) }
    }
  }

  /// Fills the array's memory as it stands.
  fileprivate mutating func fill(
    _ fill: (UnsafeMutableRawBufferPointer) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    try withMutableBytes { bytes in Result { () throws(FileFailure) in try fill(bytes) } }.get()
  }
}

extension Float {
  /// The value of a half float's bits. (`Float16` would do, but not on every processor.)
  fileprivate init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0: self = Float(fraction) * 0x1p-24 * (sign == 0 ? 1 : -1)
    case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
