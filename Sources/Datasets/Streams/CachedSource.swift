import Arrays
import Artifacts
import Plans
import Synchronization

/// The elements of another source's first pass, each made once and then kept.
package final class CachedSource: BatchingSource {
  package let spec: DataSpec
  private let source: any ElementSource
  private let store: any ElementStore

  /// The source has an end. Elements are kept in memory.
  package init(_ source: any ElementSource) {
    self.source = source
    spec = Self.spec(of: source)
    store = MemoryStore(spec)
  }

  /// Elements are kept in a file, which is read where it has been written before from the same data.
  package init(_ source: any ElementSource, in path: String) throws(DataFailure) {
    self.source = source
    spec = Self.spec(of: source)
    store = try FileStore(path, spec, count: source.count ?? 0, fingerprint: source.fingerprint)
  }

  /// Whatever pass is asked for, it is that of the first.
  static func spec(of source: any ElementSource) -> DataSpec {
    var spec = source.spec
    spec.variation = .none
    return spec
  }

  package var count: Int? { source.count }
  package var ahead: Int? { source.ahead }
  package var fingerprint: String { "\(source.fingerprint)\(source.isSameInEachPass ? "" : " kept")" }
  package func exampleCount(of index: Int, inPass pass: Int) -> Int { source.exampleCount(of: index, inPass: 0) }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    if let element = try store.element(index) { return element }
    let element = try source.element(index, inPass: 0)
    try store.keep(element, as: index)
    return element
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    if let batch = store.batch(of: rows) { return batch }
    var elements: [Element] = []
    for row in rows { elements.append(try element(row, inPass: pass)) }
    return try Element(joining: elements)
  }
}

/// Where elements are kept, by any thread.
protocol ElementStore: Sendable {
  /// Nil where it is not kept yet.
  func element(_ index: Int) throws(DataFailure) -> Element?
  func keep(_ element: Element, as index: Int) throws(DataFailure)
  /// Some examples as a batch, where they are all there and lie so that this is quick; nil otherwise.
  func batch(of rows: [Int]) -> Element?
}

/// Elements in memory. Examples of one shape lie side by side in blocks, of which a batch is gathered as from a data set in memory.
private final class MemoryStore: ElementStore {
  private static let blockRows = 64

  private struct State {
    /// Elements that lie alone: batches, and examples of open shapes.
    var elements: [Int: Element] = [:]
    var blocks: [Int: Block] = [:]
    var memory = FreeMemory.Watch()
    /// What all of them take, blocks as a whole.
    var byteCount = 0
    /// Whether there was no room once for what is only there to be quick.
    var isFull = false

    func has(_ index: Int) -> Bool {
      let (number, row) = index.quotientAndRemainder(dividingBy: MemoryStore.blockRows)
      return elements[index] != nil || blocks[number]?.isThere[row] ?? false
    }

    /// How much more memory an element takes: in blocks, a block for the first of it.
    func bytes(for element: Element, _ index: Int, inBlocks: Bool) -> Int {
      if !inBlocks { return element.byteCount }
      return blocks[index / MemoryStore.blockRows] == nil ? MemoryStore.blockRows * element.byteCount : 0
    }
  }

  private struct Block {
    var rows: Element
    var isThere = [Bool](repeating: false, count: MemoryStore.blockRows)
  }

  private let liesInBlocks: Bool
  private let state = Mutex(State())

  init(_ spec: DataSpec) {
    let holdsTexts = (spec.inputs + spec.targets).contains { $0.type == .string }
    liesInBlocks = !spec.isBatched && spec.hasKnownShapes && !holdsTexts
  }

  func element(_ index: Int) -> Element? {
    let alone = state.withLock { $0.elements[index] }
    return liesInBlocks && alone == nil ? try? batch(of: [index])?.alone() : alone
  }

  func keep(_ element: Element, as index: Int) throws(DataFailure) {
    let hasRoom = state.withLock { state in
      put(element, index, into: &state)
      return state.memory.holds(element.byteCount)
    }
    if !hasRoom {
      throw .memory("`cache` takes nearly all of this machine's memory: `.cache(\"FILE\")` keeps the elements in a file")
    }
  }

  /// Keeps an element where all together stay below a number of bytes, and the machine has room for more than that; else nothing more is kept.
  func keep(_ element: Element, as index: Int, within limit: Int) {
    state.withLock { state in
      if state.isFull || state.has(index) { return }
      let bytes = state.bytes(for: element, index, inBlocks: liesInBlocks)
      guard state.byteCount + bytes <= limit, bytes == 0 || FreeMemory.grants(bytes + Self.reservedBytes) else {
        state.isFull = true
        return
      }
      put(element, index, into: &state)
    }
  }

  /// What stays free for all else.
  private static let reservedBytes = 256 << 20

  private func put(_ element: Element, _ index: Int, into state: inout State) {
    if state.has(index) { return }
    let bytes = state.bytes(for: element, index, inBlocks: liesInBlocks)
    if !liesInBlocks || !Self.putInBlock(element, index, into: &state) { state.elements[index] = element }
    state.byteCount += bytes
  }

  /// Puts an example into its block; false where it has another shape than the others there.
  private static func putInBlock(_ element: Element, _ index: Int, into state: inout State) -> Bool {
    let (number, row) = index.quotientAndRemainder(dividingBy: blockRows)
    let shapes = element.arrays.map { [blockRows] + $0.shape }
    if state.blocks[number] == nil {
      state.blocks[number] = Block(rows: element.mapped { NDArray($0.type, shape: [blockRows] + $0.shape) })
    }
    let fits = state.blocks[number].map { block in
      block.rows.arrays.map(\.shape) == shapes && block.rows.arrays.map(\.type) == element.arrays.map(\.type)
    }
    func copy(_ arrays: [NDArray], into blocks: inout [NDArray]) {
      for (place, array) in arrays.enumerated() {
        let source = array.rawBytes
        blocks[place].withMutableBytes { bytes in
          UnsafeMutableRawBufferPointer(rebasing: bytes[row * source.count..<(row + 1) * source.count]).copyMemory(from: source)
        }
      }
    }
    // Taken out while it is written to, so that it has one owner.
    guard fits == true, var owned = state.blocks.removeValue(forKey: number) else { return false }
    copy(element.inputs, into: &owned.rows.inputs)
    copy(element.targets, into: &owned.rows.targets)
    copy(element.sampleWeights, into: &owned.rows.sampleWeights)
    owned.isThere[row] = true
    state.blocks[number] = owned
    return true
  }

  func batch(of rows: [Int]) -> Element? {
    guard liesInBlocks, let first = rows.first else { return nil }
    return state.withLock { state in
      guard let form = state.blocks[first / Self.blockRows]?.rows else { return nil }
      for row in rows {
        guard let block = state.blocks[row / Self.blockRows], block.isThere[row % Self.blockRows] else { return nil }
      }
      func gathered(_ arrays: KeyPath<Element, [NDArray]>) -> [NDArray]? {
        var result: [NDArray] = []
        for (place, block) in form[keyPath: arrays].enumerated() {
          var batch = NDArray(block.type, shape: [rows.count] + block.shape.dropFirst())
          let rowBytes = block.rawBytes.count / Self.blockRows
          let isWhole = batch.withMutableBytes { bytes in
            for (target, row) in rows.enumerated() {
              guard let source = state.blocks[row / Self.blockRows]?.rows[keyPath: arrays][place], source.shape == block.shape
              else { return false }
              let from = row % Self.blockRows * rowBytes
              UnsafeMutableRawBufferPointer(rebasing: bytes[target * rowBytes..<(target + 1) * rowBytes])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source.rawBytes[from..<from + rowBytes]))
            }
            return true
          }
          guard isWhole else { return nil }
          result.append(batch)
        }
        return result
      }
      guard let inputs = gathered(\.inputs), let targets = gathered(\.targets), let weights = gathered(\.sampleWeights) else {
        return nil
      }
      return Element(inputs: inputs, targets: targets, sampleWeights: weights)
    }
  }
}

/// Elements in a file, and the first of them that were made or read in memory too: a small cache is as quick as one without a file.
private final class FileStore: ElementStore {
  /// So much is in memory at most.
  private static let byteLimit = 256 << 20

  private let file: RecordFile
  private let front: MemoryStore

  init(_ path: String, _ spec: DataSpec, count: Int, fingerprint: String) throws(DataFailure) {
    var hash = SHA256()
    hash.add(fingerprint)
    do throws(FileFailure) { file = try RecordFile(path, count: count, key: hash.hexadecimal) } catch { throw .reading(error) }
    front = MemoryStore(spec)
  }

  func element(_ index: Int) throws(DataFailure) -> Element? {
    if let element = front.element(index) { return element }
    let record: [UInt8]?
    do throws(FileFailure) { record = try file.record(index) } catch { throw .reading(error) }
    guard let record else { return nil }
    let element = Element(record: record)
    front.keep(element, as: index, within: Self.byteLimit)
    return element
  }

  func keep(_ element: Element, as index: Int) throws(DataFailure) {
    do throws(FileFailure) { try file.add(element.record, as: index) } catch { throw .reading(error) }
    front.keep(element, as: index, within: Self.byteLimit)
  }

  func batch(of rows: [Int]) -> Element? { front.batch(of: rows) }
}

extension Element {
  /// Its arrays as bytes: how many inputs, targets and weights, and of each its type, its axes and its elements, of texts with their
  /// lengths before them.
  fileprivate var record: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + 64)
    func add(_ number: Int) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    for count in [inputs.count, targets.count, sampleWeights.count] { add(count) }
    for array in arrays {
      add(ElementType.allCases.firstIndex(of: array.type) ?? 0)
      add(array.rank)
      for extent in array.shape { add(extent) }
      bytes += array.rawBytes
      for text in array.texts {
        add(text.utf8.count)
        bytes += text.utf8
      }
    }
    return bytes
  }

  /// What `record` wrote, whose checksum is right.
  fileprivate init(record: [UInt8]) {
    var place = 0
    func number() -> Int {
      defer { place += 8 }
      return record.withUnsafeBytes { Int(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int.self)) }
    }
    let counts = (0..<3).map { _ in number() }
    func arrays(_ count: Int) -> [NDArray] {
      (0..<count).map { _ in
        let type = ElementType.allCases[number()]
        let rank = number()
        let shape = (0..<rank).map { _ in number() }
        if type == .string {
          let texts = (0..<shape.reduce(1, *)).map { _ in
            let length = number()
            defer { place += length }
            return String(decoding: record[place..<place + length], as: UTF8.self)
          }
          return NDArray(texts: texts, shape: shape)
        }
        var array = NDArray(type, shape: shape)
        array.withMutableBytes { bytes in
          record.withUnsafeBytes { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + bytes.count])) }
          place += bytes.count
        }
        return array
      }
    }
    self.init(inputs: arrays(counts[0]), targets: arrays(counts[1]), sampleWeights: arrays(counts[2]))
  }
}
