import Arrays
import Artifacts

/// Elements in a file, and in memory too where all of them are few: a small cache is as quick as one without a file.
final class FileStore: ElementStore {
  /// What is few, in bytes.
  private static let byteLimit = 256 << 20

  private let file: RecordFile
  private let front: MemoryStore

  init(_ path: String, of source: any ElementSource) throws(DataFailure) {
    var hash = SHA256()
    hash.add(source.fingerprint)
    do throws(FileFailure) { file = try RecordFile(path, count: source.count ?? 0, key: hash.hexadecimal) } catch {
      throw .reading(error)
    }
    front = MemoryStore(of: source, limit: Self.byteLimit)
  }

  func element(_ index: Int) throws(DataFailure) -> Element? {
    if let element = front.element(index) { return element }
    let record: [UInt8]?
    do throws(FileFailure) { record = try file.record(index) } catch { throw .reading(error) }
    guard let record else { return nil }
    let element = Element(record: record)
    front.offer(element, as: index)
    return element
  }

  func keep(_ element: Element, as index: Int) throws(DataFailure) {
    do throws(FileFailure) { try file.add(element.record, as: index) } catch { throw .reading(error) }
    front.offer(element, as: index)
  }

  func batch(of rows: [Int]) -> Element? { front.batch(of: rows) }
  func rows(of indices: [Int]) -> StoredRows? { front.rows(of: indices) }
}

extension Element {
  /// Its arrays as bytes: how many inputs, targets and weights, and of each its type, its axes and its elements, of texts with their
  /// lengths before them.
  fileprivate var record: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + 64)
    func add(_ number: Int) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    for count in form { add(count) }
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
