import Synchronization

/// The element types of arrays, spelled as in NumPy.
package enum ElementType: String, Sendable, CaseIterable {
  case float32, float64, int64, int32, uint8, bool
  /// Texts, as data sets hold them until a layer makes numbers of them; nothing computes with them, and scripts have them as lists.
  case string

  /// The types of numbers.
  package static let numbers = allCases.filter { $0 != .string }

  /// Bytes an element takes.
  package var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .uint8, .bool: 1
    // They lie beside the memory, not in it.
    case .string: 0
    }
  }
}

/// Where arithmetic would reach texts.
func textsAreNoNumbers() -> Never { preconditionFailure("texts become numbers before anything computes with them") }

/// Raw memory of an array, aligned to 64 bytes, freed with its last user.
package final class ArrayStorage: @unchecked Sendable {
  // Sendable by discipline: written only while its maker holds the only reference.
  package let bytes: UnsafeMutableRawBufferPointer
  /// Whether it is a snapshot: whoever made it may give it to others at any time, so nobody writes to it.
  fileprivate let isSnapshot: Bool
  /// Whether the memory is `HugePages`'.
  private let isMapped: Bool
  /// Who gets the memory back, if anyone wants it.
  private let pool: ArrayPool?
  /// Whose the memory is, if it is not ours.
  package let owner: AnyObject?
  /// The CRC-32C of the bytes, where whoever made a snapshot has computed it.
  package let checksum: UInt32?
  /// The elements of an array of texts.
  fileprivate let texts: [String]
  /// From here on rows are far apart enough for the processor to look for the pages they lie in.
  fileprivate static let manyBytes = 8 << 20

  /// Zeroed memory for `byteCount` bytes.
  package convenience init(byteCount: Int) {
    self.init(unset: byteCount)
    if !isMapped { bytes.initializeMemory(as: UInt8.self, repeating: 0) }
  }

  /// A copy of these bytes.
  package convenience init(copying source: UnsafeRawBufferPointer) {
    self.init(unset: source.count)
    bytes.copyMemory(from: source)
  }

  /// Memory of a pool for a snapshot, whose maker fills it before anyone else sees it.
  package convenience init(snapshotOf byteCount: Int, of pool: ArrayPool) {
    self.init(byteCount: byteCount, of: pool, isSnapshot: true)
  }

  /// A snapshot in memory of `owner`, which is kept as long as the snapshot. Whoever makes it has filled it, and nobody writes to it then.
  package init(snapshotIn memory: UnsafeMutableRawBufferPointer, of owner: AnyObject, checksum: UInt32) {
    bytes = memory
    isSnapshot = true
    isMapped = false
    pool = nil
    (self.owner, self.checksum) = (owner, checksum)
    texts = []
  }

  /// Memory of a pool, in which anything may stand, or new memory that goes to the pool in the end.
  fileprivate init(byteCount: Int, of pool: ArrayPool, isSnapshot: Bool = false) {
    self.isSnapshot = isSnapshot
    (owner, checksum) = (nil, nil)
    self.pool = pool
    texts = []
    Allowance.current?.spend(byteCount)
    (bytes, isMapped) = pool.take(byteCount) ?? Self.allocate(byteCount)
  }

  /// Texts.
  fileprivate convenience init(_ texts: [String]) { self.init(unset: 0, texts: texts) }

  private init(unset byteCount: Int, texts: [String] = []) {
    isSnapshot = false
    (owner, checksum, pool) = (nil, nil, nil)
    self.texts = texts
    Allowance.current?.spend(byteCount)
    (bytes, isMapped) = Self.allocate(byteCount)
  }

  private static func allocate(_ byteCount: Int) -> (bytes: UnsafeMutableRawBufferPointer, isMapped: Bool) {
    if byteCount >= manyBytes, let pages = HugePages.map(byteCount) {
      return (UnsafeMutableRawBufferPointer(start: pages.baseAddress, count: byteCount), true)
    }
    return (.allocate(byteCount: max(byteCount, 1), alignment: 64), false)
  }

  /// Gives memory back to the system.
  fileprivate static func release(_ bytes: UnsafeMutableRawBufferPointer, isMapped: Bool) {
    if isMapped { HugePages.unmap(bytes) } else { bytes.deallocate() }
  }

  deinit {
    if owner != nil { return }
    if let pool, pool.keep(bytes, isMapped) { return }
    Self.release(bytes, isMapped: isMapped)
  }
}

/// Memory of arrays that come and go in one size, such as batches: the next one takes what one before has left, so that the system need
/// not clear pages for each.
package final class ArrayPool: Sendable {
  private typealias Block = (bytes: UnsafeMutableRawBufferPointer, isMapped: Bool)

  private struct Blocks: @unchecked Sendable {
    // Sendable by discipline: only who has taken a block out knows its address.
    var kept: [Block] = []
  }

  private let blocks = Mutex(Blocks())
  private let mostKept: Int
  private let keepsMany: Bool

  /// - Parameters:
  ///   - mostKept: memory that nobody uses is kept for so many arrays.
  ///   - keepsMany: of arrays of any size; else of those alone that are made of small pages, which cost more to clear than to fill.
  package init(mostKept: Int = 4, keepsMany: Bool = true) {
    self.mostKept = mostKept
    self.keepsMany = keepsMany
  }

  deinit {
    for block in blocks.withLock({ $0.kept }) { ArrayStorage.release(block.bytes, isMapped: block.isMapped) }
  }

  /// What is kept of that size; what is kept of another goes back to the system.
  fileprivate func take(_ byteCount: Int) -> (bytes: UnsafeMutableRawBufferPointer, isMapped: Bool)? {
    blocks.withLock { blocks in
      while let block = blocks.kept.popLast() {
        if block.bytes.count == byteCount { return block }
        ArrayStorage.release(block.bytes, isMapped: block.isMapped)
      }
      return nil
    }
  }

  /// Whether memory is kept.
  fileprivate func keep(_ bytes: UnsafeMutableRawBufferPointer, _ isMapped: Bool) -> Bool {
    blocks.withLock { blocks in
      if bytes.isEmpty || blocks.kept.count >= mostKept || (!keepsMany && bytes.count >= ArrayStorage.manyBytes) { return false }
      blocks.kept.append((bytes, isMapped))
      return true
    }
  }
}

/// An n-dimensional array as a value: contiguous, in C order (the last axis varies fastest), little-endian.
package struct NDArray: Sendable {
  package private(set) var shape: [Int]
  package private(set) var storage: ArrayStorage
  // Last, so that an enum of values finds room for its own mark behind it.
  package let type: ElementType

  /// An array of zeros, or of empty texts.
  package init(_ type: ElementType, shape: [Int]) {
    self.type = type
    self.shape = shape
    let count = shape.reduce(1, *)
    storage = type == .string ? ArrayStorage([String](repeating: "", count: count)) : ArrayStorage(byteCount: count * type.size)
  }

  /// An array of texts in C order; there must be as many as `shape` says.
  package init(texts: [String], shape: [Int]) {
    precondition(texts.count == shape.reduce(1, *), "an array is made of as many elements as its shape says")
    type = .string
    self.shape = shape
    storage = ArrayStorage(texts)
  }

  /// An array of any elements: its maker writes all of them before anyone else sees it.
  package init(_ type: ElementType, shape: [Int], unsetOf pool: ArrayPool) {
    self.type = type
    self.shape = shape
    storage = ArrayStorage(byteCount: shape.reduce(1, *) * type.size, of: pool)
  }

  /// A `float32` array with a copy of these elements in C order; there must be as many as `shape` says.
  package init(copying floats: UnsafeBufferPointer<Float>, shape: [Int]) {
    precondition(floats.count == shape.reduce(1, *), "an array is made of as many elements as its shape says")
    type = .float32
    self.shape = shape
    storage = ArrayStorage(copying: UnsafeRawBufferPointer(floats))
  }

  /// A `float32` array of the elements of a snapshot, in C order; there must be as many as `shape` says.
  package init(_ snapshot: ArrayStorage, shape: [Int]) {
    precondition(snapshot.bytes.count >= shape.reduce(4, *), "an array is made of as many elements as its shape says")
    type = .float32
    self.shape = shape
    storage = snapshot
  }

  /// The elements of an array of texts, in C order; none of numbers.
  package var texts: [String] { storage.texts }

  /// The same memory seen in another shape of as many elements.
  func withShape(_ shape: [Int]) -> NDArray {
    precondition(shape.reduce(1, *) == count, "a new shape keeps the number of elements")
    var result = self
    result.shape = shape
    return result
  }

  package var count: Int { shape.reduce(1, *) }
  package var rank: Int { shape.count }

  /// Reads the elements; `Element` must be the Swift type of `type` (`Bool` is stored as a byte, 0 or 1).
  package func withElements<Element, Result>(
    as _: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    try body(UnsafeBufferPointer(storage.bytes.bindMemory(to: Element.self)).prefixBuffer(count))
  }

  /// Writes the elements, copying them first if another value shares the memory, or may come to share it.
  package mutating func withMutableElements<Element, Result>(
    as _: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    if type == .string { textsAreNoNumbers() }
    if storage.isSnapshot || !isKnownUniquelyReferenced(&storage) {
      storage = ArrayStorage(copying: UnsafeRawBufferPointer(storage.bytes))
    }
    let all = storage.bytes.bindMemory(to: Element.self)
    return try body(UnsafeMutableBufferPointer(start: all.baseAddress, count: count))
  }

  /// The elements as bytes, for files.
  package var rawBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: storage.bytes.baseAddress, count: count * type.size)
  }
}

extension UnsafeBufferPointer {
  fileprivate func prefixBuffer(_ count: Int) -> UnsafeBufferPointer { UnsafeBufferPointer(start: baseAddress, count: count) }
}
