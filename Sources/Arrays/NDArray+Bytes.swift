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
  /// A number that other shapes, types or elements almost surely do not have; the same on every machine of this byte order.
  ///
  /// Sixteen bytes a step are multiplied to 128 bits and folded, as in wyhash (Wang Yi): each product depends on all before it, so that
  /// words which change places, repeat or cancel are seen.
  package var fingerprint: UInt64 {
    var hash: UInt64 = 0x2d35_8dcc_aa6c_78a5
    func mix(_ first: UInt64, _ second: UInt64) {
      let product = (first ^ 0x8bb8_4b93_962e_acc9).multipliedFullWidth(by: second ^ hash)
      // What is zero by chance must not forget what came before.
      hash = product.high ^ product.low ^ (hash << 31 | hash >> 33)
    }
    for extent in shape { mix(UInt64(extent), UInt64(shape.count)) }
    for byte in type.rawValue.utf8 { mix(UInt64(byte), 1) }
    let bytes = rawBytes
    let pairs = bytes.count / 16
    for index in 0..<pairs {
      mix(
        bytes.loadUnaligned(fromByteOffset: index * 16, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: index * 16 + 8, as: UInt64.self))
    }
    for byte in bytes[(pairs * 16)...] { mix(UInt64(byte), 2) }
    mix(UInt64(bytes.count), 3)
    for text in texts {
      for byte in text.utf8 { mix(UInt64(byte), 4) }
      mix(UInt64(text.utf8.count), 5)
    }
    return hash
  }

  /// Some rows along the first axis, in this order, copied as they stand in memory; every number must be one of a row.
  package func gathered(_ rows: [Int]) -> NDArray {
    if type == .string {
      let size = shape.dropFirst().reduce(1, *)
      return NDArray(
        texts: rows.flatMap { texts[$0 * size..<($0 + 1) * size] }, shape: [rows.count] + shape.dropFirst())
    }
    var result = NDArray(type, shape: [rows.count] + shape.dropFirst())
    let rowBytes = shape.dropFirst().reduce(1, *) * type.size
    let source = rawBytes
    result.withMutableBytes { bytes in
      for (place, row) in rows.enumerated() {
        precondition(row >= 0 && row < shape[0], "rows that are gathered are there")
        UnsafeMutableRawBufferPointer(rebasing: bytes[place * rowBytes..<(place + 1) * rowBytes])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[row * rowBytes..<(row + 1) * rowBytes]))
      }
    }
    return result
  }
}
