import Glibc

/// Numbers that are known when a graph is built, in memory that graphs and Programs share and nobody writes again. Two tables are equal if their
/// elements are, bit for bit.
package final class Table: Hashable, @unchecked Sendable {
  /// float32 or int32.
  package let type: ScalarType
  package let count: Int
  /// The elements' bits; not written after `init`.
  let words: UnsafeMutablePointer<UInt32>
  private let memory = AlignedMemory()
  private let digest: Int

  package convenience init(_ values: [Float]) { self.init(.float32, values) { $0.bitPattern } }
  package convenience init(_ values: [Int32]) { self.init(.int32, values) { UInt32(bitPattern: $0) } }

  private init<Element>(_ type: ScalarType, _ values: [Element], bits: (Element) -> UInt32) {
    self.type = type
    count = values.count
    words = memory.allocate(byteCount: values.count * 4).bindMemory(to: UInt32.self, capacity: values.count)
    for (index, value) in values.enumerated() { words[index] = bits(value) }
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(start: words, count: count * 4))
    digest = hasher.finalize()
  }

  package static func == (a: Table, b: Table) -> Bool {
    a === b || (a.digest == b.digest && a.type == b.type && a.count == b.count && memcmp(a.words, b.words, a.count * 4) == 0)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// The elements, exactly.
  var doubles: [Double] {
    (0..<count).map { type == .int32 ? Double(Int32(bitPattern: words[$0])) : Double(Float(bitPattern: words[$0])) }
  }
}
