/// The attributes of texts in an HDF5 file, read from its bytes.
///
/// Our own rather than libhdf5's: of a damaged string of variable length the library believes the length that the file claims, and
/// takes gigabytes for it or writes beyond its buffer. Here every place and length is held against the file first.
/// Source: "HDF5 File Format Specification Version 3.0", III.E (global heap), IV.A (object headers). Of object headers the first version
/// is read, which libhdf5 and h5py write unless they are asked for another.
struct HDF5Attributes {
  private let bytes: [UInt8]

  // Tags of messages in an object header.
  private static let attribute = 0x0C
  private static let continuation = 0x10
  /// Nil for a file whose addresses are not 64 bits wide, or counted from elsewhere than its first byte.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard let version = number(at: 8, bytes: 1) else { return nil }
    let sizes = version < 2 ? 13 : 9
    let base = version < 2 ? (version == 0 ? 24 : 28) : 12
    guard number(at: sizes, bytes: 1) == 8, number(at: sizes + 1, bytes: 1) == 8, number(at: base, bytes: 8) == 0 else {
      return nil
    }
  }

  /// The texts of each attribute of the object whose header stands at `address`, none for an attribute of other things; nil for a
  /// header that is damaged or of another version.
  func texts(at address: Int) -> [String: [String]]? {
    guard number(at: address, bytes: 1) == 1, let size = number(at: address + 8, bytes: 4) else { return nil }
    var blocks = [(start: address + 16, count: size)]
    var texts: [String: [String]] = [:]
    var heap = GlobalHeap(file: self)
    // Blocks of a header lie side by side, so they are no larger than the file together.
    var room = bytes.count
    var next = 0
    while next < blocks.count {
      let block = blocks[next]
      next += 1
      guard block.count >= 0, block.count <= room, block.start >= 0, block.start <= bytes.count - block.count else { return nil }
      room -= block.count
      var place = block.start
      while place + 8 <= block.start + block.count {
        guard let tag = number(at: place, bytes: 2), let size = number(at: place + 2, bytes: 2),
          place + 8 + size <= block.start + block.count
        else { return nil }
        let body = place + 8
        switch tag {
        case Self.continuation:
          guard let start = number(at: body, bytes: 8), let count = number(at: body + 8, bytes: 8) else { return nil }
          blocks.append((start, count))
        case Self.attribute:
          guard let (name, found) = attribute(body..<body + size, &heap) else { return nil }
          texts[name] = found
        default: break
        }
        place = body + size
      }
    }
    return texts
  }

  /// The name of an attribute, and its texts.
  private func attribute(_ message: Range<Int>, _ heap: inout GlobalHeap) -> (name: String, texts: [String])? {
    guard let version = number(at: message.lowerBound, bytes: 1), (1...3).contains(version),
      let flags = number(at: message.lowerBound + 1, bytes: 1),
      let nameSize = number(at: message.lowerBound + 2, bytes: 2), let typeSize = number(at: message.lowerBound + 4, bytes: 2),
      let spaceSize = number(at: message.lowerBound + 6, bytes: 2)
    else { return nil }
    // The first version fills each part up to eight bytes; the third tells the encoding of the name.
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) & ~7 : size }
    let name = message.lowerBound + (version == 3 ? 9 : 8)
    let type = name + padded(nameSize)
    let space = type + padded(typeSize)
    let data = space + padded(spaceSize)
    guard data <= message.upperBound, let title = text(at: name, bytes: nameSize) else { return nil }
    // Types that stand elsewhere are not those of texts.
    if version > 1, flags & 3 != 0 { return (title, []) }
    guard let count = elementCount(at: space, bytes: spaceSize), let kind = number(at: type, bytes: 1),
      let variant = number(at: type + 1, bytes: 1), let size = number(at: type + 4, bytes: 4)
    else { return nil }
    guard size > 0, count <= (message.upperBound - data) / size else { return count == 0 ? (title, []) : nil }
    var texts: [String] = []
    switch (kind & 15, variant & 15) {
    case (3, _):
      for index in 0..<count {
        guard let text = text(at: data + index * size, bytes: size) else { return nil }
        texts.append(text)
      }
    case (9, 1) where size == 16:
      for index in 0..<count {
        guard let text = heap.text(at: data + index * size) else { return nil }
        texts.append(text)
      }
    default: break
    }
    return (title, texts)
  }

  /// How many elements a data space has: one without dimensions, none for a null space.
  private func elementCount(at place: Int, bytes: Int) -> Int? {
    guard let version = number(at: place, bytes: 1), let rank = number(at: place + 1, bytes: 1),
      let kind = number(at: place + 3, bytes: 1)
    else { return nil }
    if version == 2, kind == 2 { return 0 }
    var count = 1
    let first = place + (version == 1 ? 8 : 4)
    guard first + rank * 8 <= place + bytes else { return nil }
    for axis in 0..<rank {
      guard let length = number(at: first + axis * 8, bytes: 8) else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    return count
  }

  // MARK: Bytes

  fileprivate var byteCount: Int { bytes.count }

  /// A whole number, its low byte first; nil where it does not stand in the file, or does not fit.
  fileprivate func number(at place: Int, bytes count: Int) -> Int? {
    guard place >= 0, place <= bytes.count - count else { return nil }
    var number: UInt64 = 0
    for index in (0..<count).reversed() { number = number << 8 | UInt64(bytes[place + index]) }
    return Int(exactly: number)
  }

  /// A text up to its end or a zero; nil where it does not stand in the file, or is no UTF-8.
  fileprivate func text(at place: Int, bytes count: Int) -> String? {
    guard place >= 0, count >= 0, place <= bytes.count - count else { return nil }
    return String(validating: bytes[place..<place + count].prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// Where strings of variable length stand, in collections that are read when one of their strings is asked for.
private struct GlobalHeap {
  private let file: HDF5Attributes
  /// The strings of each collection by number, as places in the file.
  private var collections: [Int: [Int: Range<Int>]] = [:]

  init(file: HDF5Attributes) { self.file = file }

  /// The string that a reference of 16 bytes names: its length, the collection, its number there.
  mutating func text(at reference: Int) -> String? {
    guard let length = file.number(at: reference, bytes: 4), let address = file.number(at: reference + 4, bytes: 8),
      let index = file.number(at: reference + 12, bytes: 4)
    else { return nil }
    if length == 0 { return "" }
    if collections[address] == nil { collections[address] = strings(at: address) }
    guard let place = collections[address]?[index], length <= place.count else { return nil }
    return file.text(at: place.lowerBound, bytes: length)
  }

  private func strings(at address: Int) -> [Int: Range<Int>] {
    guard file.text(at: address, bytes: 4) == "GCOL", let size = file.number(at: address + 8, bytes: 8),
      size <= file.byteCount - address
    else { return [:] }
    var strings: [Int: Range<Int>] = [:]
    var place = address + 16
    while place + 16 <= address + size {
      guard let index = file.number(at: place, bytes: 2), index != 0, let count = file.number(at: place + 8, bytes: 8),
        count <= address + size - place - 16
      else { break }
      strings[index] = place + 16..<place + 16 + count
      place += 16 + (count + 7) & ~7
    }
    return strings
  }
}
