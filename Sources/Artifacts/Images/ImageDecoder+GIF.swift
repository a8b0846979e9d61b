extension ImageDecoder {
  /// Where the first picture of a GIF stands on its screen, and what its numbers mean.
  private struct Frame {
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    let isInterlaced: Bool
    let colors: [PixelColor]
    /// Where the packed numbers begin: the smallest size of a code, then blocks.
    let dataOffset: Int
  }

  /// Decodes the first picture of a GIF (CompuServe, Graphics Interchange Format 89a) onto a black screen, which also shows where
  /// it is transparent. The screen is as large as the file says, where TensorFlow's is as large as the largest picture in it.
  func decodeGIF(into pixels: UnsafeMutableBufferPointer<UInt8>) throws(FileFailure) {
    let frame = try firstFrame()
    try checkSize(width: frame.width, height: frame.height, channels: 1)
    let indices = try unpack(frame)
    if frame.left > 0 || frame.top > 0 || frame.width < header.width || frame.height < header.height {
      pixels.update(repeating: 0)
    }
    let columns = max(0, min(frame.width, header.width - frame.left))
    for (stored, row) in Self.rowOrder(frame.height, isInterlaced: frame.isInterlaced).enumerated() {
      let y = frame.top + row
      if y >= header.height { continue }
      let target = pixels.baseAddress.unsafelyUnwrapped + (y * header.width + frame.left) * mode.channels
      for x in 0..<columns {
        let index = Int(indices[stored * frame.width + x])
        if index >= frame.colors.count { throw damaged("a pixel has colour \(index) of a palette of \(frame.colors.count)") }
        frame.colors[index].write(to: target + x * mode.channels, as: mode)
      }
    }
  }

  /// The rows of a picture in the order in which they are stored.
  private static func rowOrder(_ height: Int, isInterlaced: Bool) -> [Int] {
    if !isInterlaced { return Array(0..<height) }
    return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: height, by: $0.1)) }
  }

  private func firstFrame() throws(FileFailure) -> Frame {
    guard let flags = byte(at: 10) else { throw cutShort }
    var offset = 13
    let screenColors = try takeColors(flags, &offset)
    var transparent: Int?
    while true {
      switch byte(at: offset) {
      case nil: throw cutShort
      case 0x21:  // an extension: its label and blocks
        if byte(at: offset + 1) == 0xF9, let flags = byte(at: offset + 3), let index = byte(at: offset + 6) {
          transparent = flags & 1 != 0 ? Int(index) : nil
        }
        offset += 2
        while let count = byte(at: offset), count > 0 { offset += 1 + Int(count) }
        offset += 1
      case 0x2C: return try frame(at: offset + 1, screenColors: screenColors, transparent: transparent)
      case 0x3B: throw damaged("it has no picture in it")
      default: throw damaged("something unknown stands before its first picture")
      }
    }
  }

  private func frame(at offset: Int, screenColors: [PixelColor], transparent: Int?) throws(FileFailure) -> Frame {
    guard let left = littleEndian(2, at: offset), let top = littleEndian(2, at: offset + 2),
      let width = littleEndian(2, at: offset + 4), let height = littleEndian(2, at: offset + 6), let flags = byte(at: offset + 8)
    else { throw cutShort }
    if width == 0 || height == 0 { throw damaged("its first picture has no pixels") }
    var dataOffset = offset + 9
    let ownColors = try takeColors(flags, &dataOffset)
    var colors = ownColors.isEmpty ? screenColors : ownColors
    if colors.isEmpty { throw damaged("its first picture has no palette") }
    if let transparent, transparent < colors.count { colors[transparent] = PixelColor(red: 0, green: 0, blue: 0, alpha: 0) }
    return Frame(
      left: left, top: top, width: width, height: height, isInterlaced: flags & 0x40 != 0, colors: colors, dataOffset: dataOffset)
  }

  /// The palette that flags announce, none where they do not.
  private func takeColors(_ flags: UInt8, _ offset: inout Int) throws(FileFailure) -> [PixelColor] {
    if flags & 0x80 == 0 { return [] }
    let count = 2 << Int(flags & 7)
    let start = offset
    guard start <= bytes.count - 3 * count else { throw cutShort }
    offset += 3 * count
    return (0..<count).map { index in
      PixelColor(red: bytes[start + 3 * index], green: bytes[start + 3 * index + 1], blue: bytes[start + 3 * index + 2])
    }
  }

  /// Unpacks the numbers of a picture's pixels (T. Welch, A technique for high-performance data compression, 1984, with codes
  /// that grow to 12 bits, the lowest bit first).
  private func unpack(_ frame: Frame) throws(FileFailure) -> [UInt8] {
    guard let smallest = byte(at: frame.dataOffset) else { throw cutShort }
    guard 1...8 ~= smallest else { throw damaged("its codes begin with \(smallest) bits") }
    let clear = 1 << Int(smallest)
    let total = frame.width * frame.height
    var codes = CodeReader(bytes: bytes, offset: frame.dataOffset + 1)
    var strings = CodeStrings(literals: clear)
    var indices = [UInt8](repeating: 0, count: total)
    var filled = 0
    var previous: Int?
    while filled < total {
      guard let code = codes.next(bits: strings.codeBits) else { throw cutShort }
      if code == clear {
        strings.clear()
        previous = nil
        continue
      }
      if code == clear + 1 { throw damaged("its first picture ends after \(filled) of \(total) pixels") }
      guard let length = strings.length(of: code, after: previous) else { throw damaged("it has a code that stands for nothing") }
      indices.withUnsafeMutableBufferPointer { strings.write(code, after: previous, length: length, into: $0, at: filled) }
      if let previous { strings.add(previous, then: indices[filled]) }
      filled += length
      previous = code
    }
    return indices
  }

  private func byte(at offset: Int) -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private var cutShort: FileFailure { damaged("it is cut short") }
}

/// Codes out of blocks of up to 255 bytes.
private struct CodeReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset: Int
  private var blockEnd: Int
  private var waiting: UInt32 = 0
  private var waitingBits = 0

  init(bytes: UnsafeRawBufferPointer, offset: Int) {
    self.bytes = bytes
    self.offset = offset
    blockEnd = offset
  }

  /// The next code, nil if the blocks or the file end before it.
  mutating func next(bits: Int) -> Int? {
    while waitingBits < bits {
      if offset == blockEnd {
        guard offset < bytes.count, bytes[offset] > 0 else { return nil }
        blockEnd = offset + 1 + Int(bytes[offset])
        offset += 1
      }
      guard offset < bytes.count else { return nil }
      waiting |= UInt32(bytes[offset]) << UInt32(waitingBits)
      waitingBits += 8
      offset += 1
    }
    let code = waiting & (1 << UInt32(bits) - 1)
    waiting >>= UInt32(bits)
    waitingBits -= bits
    return Int(code)
  }
}

/// What each code stands for: an earlier one's string and one number more.
private struct CodeStrings {
  private static let most = 4096
  /// The code of all but the last number, that number, the first one, and how many there are.
  private var prefixes = [UInt16](repeating: 0, count: most)
  private var lasts = [UInt8](repeating: 0, count: most)
  private var firsts = [UInt8](repeating: 0, count: most)
  private var lengths = [UInt16](repeating: 0, count: most)
  private let literals: Int
  private var count: Int
  private(set) var codeBits: Int

  /// Codes below `literals` stand for themselves, the two after them mean something else.
  init(literals: Int) {
    self.literals = literals
    count = literals + 2
    codeBits = 1 + literals.trailingZeroBitCount
    for code in 0..<literals {
      lasts[code] = UInt8(code)
      firsts[code] = UInt8(code)
      lengths[code] = 1
    }
  }

  mutating func clear() {
    count = literals + 2
    codeBits = 1 + literals.trailingZeroBitCount
  }

  /// How many numbers a code stands for; nil for a code that there is not. The one that is about to be added is the string of the
  /// one before it and its first number again.
  func length(of code: Int, after previous: Int?) -> Int? {
    if code < count { return Int(lengths[code]) }
    guard code == count, let previous else { return nil }
    return Int(lengths[previous]) + 1
  }

  /// Writes what a code stands for, as far as there is room.
  func write(_ code: Int, after previous: Int?, length: Int, into indices: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    var (code, place) = (code, start + length - 1)
    if code == count, let previous {
      if place < indices.count { indices[place] = firsts[previous] }
      (code, place) = (previous, place - 1)
    }
    while place >= start {
      if place < indices.count { indices[place] = lasts[code] }
      code = Int(prefixes[code])
      place -= 1
    }
  }

  /// Adds the string of a code and a number after it, while there are codes left.
  mutating func add(_ prefix: Int, then last: UInt8) {
    if count == Self.most { return }
    prefixes[count] = UInt16(prefix)
    lasts[count] = last
    firsts[count] = firsts[prefix]
    lengths[count] = lengths[prefix] + 1
    count += 1
    if count == 1 << codeBits, codeBits < 12 { codeBits += 1 }
  }
}
