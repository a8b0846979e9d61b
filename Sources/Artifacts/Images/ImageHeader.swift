/// The kinds of picture that are read.
package enum ImageKind: String, Sendable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case bmp = "BMP"
  case gif = "GIF"
}

/// What a picture says of itself at its beginning. Its kind is known by its first bytes, whatever its name is.
package struct ImageHeader: Sendable, Equatable {
  package let kind: ImageKind
  package let width: Int
  package let height: Int
  /// As the file has them: 1 grey, 2 grey with opacity, 3 colours, 4 with opacity, or the four inks of a JPEG for print. A
  /// palette counts as the colours in it.
  package let channels: Int

  /// Bytes of the pixels in a mode.
  func byteCount(as mode: ColorMode) -> Int { width * height * mode.channels }
}

/// A file's bytes by their place, at hand already or read a stretch at a time.
struct ByteWindow {
  /// The bytes from `start` on that are at hand.
  private var bytes: [UInt8] = []
  private var start = 0
  private let size: Int
  private let fill: (_ offset: Int, _ count: Int) throws(FileFailure) -> [UInt8]
  private static let stretch = 4096

  /// A window on `size` bytes, which `fill` gives: fewer than it is asked for at their end alone.
  init(size: Int, fill: @escaping (_ offset: Int, _ count: Int) throws(FileFailure) -> [UInt8]) {
    self.size = size
    self.fill = fill
  }

  /// The byte at an offset, nil behind the last one.
  mutating func byte(at offset: Int) throws(FileFailure) -> UInt8? {
    if offset < start || offset >= start + bytes.count {
      if offset >= size { return nil }
      bytes = try fill(offset, min(Self.stretch, size - offset))
      start = offset
      if bytes.isEmpty { return nil }
    }
    return bytes[offset - start]
  }

  /// A number of some bytes, the largest first; nil if they end before.
  mutating func bigEndian(_ count: Int, at offset: Int) throws(FileFailure) -> Int? {
    var number = 0
    for place in offset..<offset + count {
      guard let byte = try byte(at: place) else { return nil }
      number = number << 8 | Int(byte)
    }
    return number
  }

  /// The same, the smallest first.
  mutating func littleEndian(_ count: Int, at offset: Int) throws(FileFailure) -> Int? {
    var number = 0
    for place in 0..<count {
      guard let byte = try byte(at: offset + place) else { return nil }
      number |= Int(byte) << (8 * place)
    }
    return number
  }
}

extension ImageHeader {
  /// Reads the header of a picture; throws `damaged` for what is none of ours, is cut short, or has no pixels.
  init(reading window: inout ByteWindow, path: String) throws(FileFailure) {
    guard let first = try window.byte(at: 0) else { throw .damaged(path: path, reason: "it is empty") }
    let header: ImageHeader?
    if first == 0xFF, try window.bigEndian(3, at: 0) == 0xFFD8FF {
      header = try Self.jpeg(&window, path: path)
    } else if try window.bigEndian(4, at: 0) == 0x8950_4E47, try window.bigEndian(4, at: 4) == 0x0D0A_1A0A {
      header = try Self.png(&window, path: path)
    } else if try window.bigEndian(4, at: 0) == 0x4749_4638 {
      header = try Self.gif(&window)
    } else if try window.bigEndian(2, at: 0) == 0x424D {
      header = try Self.bmp(&window, path: path)
    } else {
      throw .damaged(path: path, reason: try Self.strange(&window))
    }
    guard let header else { throw .damaged(path: path, reason: "it is cut short") }
    if header.width == 0 || header.height == 0 { throw .damaged(path: path, reason: "it has no pixels") }
    self = header
  }

  /// What a file is that is no picture of ours.
  private static func strange(_ window: inout ByteWindow) throws(FileFailure) -> String {
    let ours = "JPEG, PNG, BMP and GIF are read"
    let first = try window.bigEndian(4, at: 0)
    if first == 0x5249_4646, try window.bigEndian(4, at: 8) == 0x5745_4250 { return "it is a WebP picture; \(ours)" }
    if first == 0x4949_2A00 || first == 0x4D4D_002A { return "it is a TIFF picture; \(ours)" }
    if try window.bigEndian(4, at: 4) == 0x6674_7970 { return "it is an AVIF or HEIF picture, or a film; \(ours)" }
    return "it is not a picture: \(ours)"
  }

  /// The frame header of a JPEG, which may stand behind much else (ITU-T T.81, B.2).
  private static func jpeg(_ window: inout ByteWindow, path: String) throws(FileFailure) -> ImageHeader? {
    var offset = 2
    while true {
      // What stands between segments is passed over, as libjpeg does.
      while let byte = try window.byte(at: offset), byte != 0xFF { offset += 1 }
      while let byte = try window.byte(at: offset), byte == 0xFF { offset += 1 }
      guard let marker = try window.byte(at: offset) else { return nil }
      offset += 1
      switch marker {
      case 0x00, 0x01, 0xD0...0xD7: continue
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard let height = try window.bigEndian(2, at: offset + 3), let width = try window.bigEndian(2, at: offset + 5),
          let channels = try window.byte(at: offset + 7)
        else { return nil }
        return ImageHeader(kind: .jpeg, width: width, height: height, channels: Int(channels))
      case 0xD8, 0xD9, 0xDA: throw .damaged(path: path, reason: "its pixels begin before their size is said")
      default:
        guard let length = try window.bigEndian(2, at: offset) else { return nil }
        if length < 2 { throw .damaged(path: path, reason: "a part of it claims a length that cannot be") }
        offset += length
      }
    }
  }

  /// The chunk IHDR (W3C, Portable Network Graphics, third edition, 11.2.1).
  private static func png(_ window: inout ByteWindow, path: String) throws(FileFailure) -> ImageHeader? {
    guard let name = try window.bigEndian(4, at: 12), let width = try window.bigEndian(4, at: 16),
      let height = try window.bigEndian(4, at: 20), let color = try window.byte(at: 25)
    else { return nil }
    let channels: [UInt8: Int] = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4]
    guard name == 0x4948_4452, let channels = channels[color], max(width, height) <= Int32.max else {
      throw .damaged(path: path, reason: "it does not begin with the header of a PNG picture")
    }
    return ImageHeader(kind: .png, width: width, height: height, channels: channels)
  }

  /// The screen of a GIF, on which its first picture stands (CompuServe, Graphics Interchange Format 89a, 18).
  private static func gif(_ window: inout ByteWindow) throws(FileFailure) -> ImageHeader? {
    guard let width = try window.littleEndian(2, at: 6), let height = try window.littleEndian(2, at: 8) else { return nil }
    return ImageHeader(kind: .gif, width: width, height: height, channels: 3)
  }

  /// The sizes in a BMP's header (Microsoft, BITMAPINFOHEADER); a negative height says that rows go from the top.
  private static func bmp(_ window: inout ByteWindow, path: String) throws(FileFailure) -> ImageHeader? {
    guard let headerSize = try window.littleEndian(4, at: 14) else { return nil }
    guard headerSize >= 40 else { throw .damaged(path: path, reason: "it is a BMP picture of OS/2, which are not read") }
    guard let width = try window.littleEndian(4, at: 18), let height = try window.littleEndian(4, at: 22),
      let bits = try window.littleEndian(2, at: 28)
    else { return nil }
    let rows = Int(Int32(truncatingIfNeeded: height).magnitude)
    guard width <= Int32.max else { throw .damaged(path: path, reason: "it claims a width that cannot be") }
    return ImageHeader(kind: .bmp, width: width, height: rows, channels: bits == 32 ? 4 : 3)
  }
}
