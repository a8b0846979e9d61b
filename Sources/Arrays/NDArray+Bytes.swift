import Glibc

extension NDArray {
  /// Writes the elements as bytes, as they stand in memory; copies them first if another value shares the memory.
  package mutating func withMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let byteCount = count * type.size
    return try withMutableElements(as: UInt8.self) { bytes in
      try body(UnsafeMutableRawBufferPointer(start: bytes.baseAddress, count: byteCount))
    }
  }

  /// Whether this machine's memory could hold an array of this type and shape: asking the system for more would end the process.
  package static func fitsMemory(_ type: ElementType, shape: [Int]) -> Bool {
    byteCount(of: type, shape: shape).map { $0 <= byteLimit && FreeMemory.holds($0) } ?? false
  }

  /// The machine's memory.
  static let byteLimit = max(sysconf(Int32(_SC_PHYS_PAGES)), 1 << 16) * max(sysconf(Int32(_SC_PAGESIZE)), 1 << 12)

  /// Bytes that an array of this type and shape takes; nil if a size is negative or the number overflows.
  ///
  /// For shapes that a file claims: ask before making the array.
  package static func byteCount(of type: ElementType, shape: [Int]) -> Int? {
    if shape.contains(where: { $0 < 0 }) { return nil }
    // A zero makes the array empty however large the other sizes are; the product of those must still be a number.
    var total = type.size
    for size in shape where size > 0 {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      total = product
    }
    return shape.contains(0) ? 0 : total
  }
}

extension NDArray {
  /// A number that other shapes, types or elements almost surely do not have; the same on every machine of this byte order. Eight bytes a
  /// step are multiplied in and mixed, as FxHash does.
  package var fingerprint: UInt64 {
    var hash: UInt64 = 0
    func mix(_ word: UInt64) { hash = (hash << 5 | hash >> 59) ^ word &* 0x517c_c1b7_2722_0a95 }
    for extent in shape { mix(UInt64(extent)) }
    mix(UInt64(type.rawValue.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
    let bytes = rawBytes
    let words = bytes.count / 8
    for index in 0..<words { mix(bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) }
    for byte in bytes[(words * 8)...] { mix(UInt64(byte)) }
    return hash ^ hash >> 32
  }
}
