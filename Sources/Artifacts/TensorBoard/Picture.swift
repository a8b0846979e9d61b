import Arrays
import CZip

/// An array of numbers as a picture: from 0, black, to 1, white; beyond them as at them.
package struct Picture: Sendable {
  package let width: Int
  package let height: Int
  /// 1 of grey, 3 of colours, 4 with opacity.
  private let channels: Int
  /// Row by row, the channels of a point side by side.
  private let bytes: [UInt8]

  /// Pictures of a weight as Keras draws it, or none where it cannot.
  ///
  /// Axes of one are left out. A vector is a column; a matrix lies, whichever axis is longer; of three axes the last counts pictures;
  /// of four the first does, if the last is 3 or 4 colours.
  package static func all(of weight: NDArray) -> [Picture] {
    let shape = weight.shape.filter { $0 != 1 }
    let values = weight.doubles
    if values.isEmpty { return [] }
    switch shape.count {
    case 1: return [Picture(width: 1, height: shape[0]) { values[$0] }]
    case 2:
      let (rows, columns) = (shape[0], shape[1])
      if rows <= columns { return [Picture(width: columns, height: rows) { values[$0] }] }
      return [Picture(width: rows, height: columns) { values[$0 % rows * columns + $0 / rows] }]
    case 3:
      return (0..<shape[2]).map { picture in
        Picture(width: shape[1], height: shape[0]) { values[$0 * shape[2] + picture] }
      }
    case 4 where shape[3] == 3 || shape[3] == 4:
      let size = shape[1] * shape[2] * shape[3]
      return (0..<shape[0]).map { picture in
        Picture(width: shape[2], height: shape[1], channels: shape[3]) { values[picture * size + $0] }
      }
    default: return []
    }
  }

  private init(width: Int, height: Int, channels: Int = 1, _ value: (Int) -> Double) {
    self.width = width
    self.height = height
    self.channels = channels
    bytes = (0..<width * height * channels).map { index in
      // As TensorFlow rounds: in single precision, 1 and what lies 1/511 below it are white.
      let scaled = Float(value(index)) * 255.5
      return scaled.isNaN ? 0 : UInt8(min(max(scaled, 0), 255))
    }
  }

  /// The picture as a PNG file (W3C, Portable Network Graphics, third edition).
  var png: [UInt8] {
    let colorType: [Int: UInt8] = [1: 0, 3: 2, 4: 6]
    let header = Self.bigEndian(width) + Self.bigEndian(height) + [8, colorType[channels] ?? 0, 0, 0, 0]
    var rows: [UInt8] = []
    rows.reserveCapacity(bytes.count + height)
    for row in 0..<height { rows += [0] + bytes[row * width * channels..<(row + 1) * width * channels] }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Self.chunk("IHDR", header)
      + Self.chunk("IDAT", Self.deflated(rows)) + Self.chunk("IEND", [])
  }

  private static func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
    let named = Array(kind.utf8) + content
    let sum = named.withUnsafeBytes { cgzip_checksum($0.baseAddress, UInt64($0.count)) }
    return bigEndian(content.count) + named + bigEndian(Int(sum))
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(cgzip_bound(UInt64(bytes.count)))) { buffer, count in
      count = bytes.withUnsafeBytes { raw in
        Int(cgzip_pack(raw.baseAddress, UInt64(raw.count), buffer.baseAddress, UInt64(buffer.count)))
      }
    }
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian, Array.init)
  }
}
