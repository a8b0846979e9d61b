import Arrays

/// Many small pictures in rows, as photographers print them.
package enum ContactSheet {
  /// Pixels that a picture is wide and high at most, and at least where it is enlarged.
  private static let largestSide = 128
  private static let smallestSide = 48
  private static let gap = 4

  /// Puts pictures beside each other: each is [height, width] or [height, width, channels] of 1, 3 or 4 channels, the numbers of all from
  /// 0 to 1, from 0 to 255, or stretched from their least to their largest. Nil where the arrays are no pictures, or there are none.
  package static func image(of pictures: [NDArray], columns: Int = 8) -> DecodedImage? {
    guard let first = pictures.first, columns > 0, let (height, width, channels) = size(of: first),
      pictures.allSatisfy({ $0.shape == first.shape })
    else { return nil }
    let values = pictures.map(\.doubles)
    let (low, scale) = brightness(of: values)
    let factor = enlargement(height: height, width: width)
    let (cellHeight, cellWidth) = (side(height, factor), side(width, factor))
    let columns = min(columns, pictures.count)
    let rows = (pictures.count - 1) / columns + 1
    let sheetWidth = columns * (cellWidth + gap) + gap
    let sheetHeight = rows * (cellHeight + gap) + gap
    let sheetChannels = channels == 1 ? 1 : 3
    var pixels = [UInt8](repeating: 255, count: sheetWidth * sheetHeight * sheetChannels)
    for (index, picture) in values.enumerated() {
      let top = gap + index / columns * (cellHeight + gap)
      let left = gap + index % columns * (cellWidth + gap)
      for y in 0..<cellHeight {
        let row = min(height - 1, y * height / cellHeight)
        for x in 0..<cellWidth {
          let column = min(width - 1, x * width / cellWidth)
          for channel in 0..<sheetChannels {
            let value = (picture[(row * width + column) * channels + channel] - low) * scale
            let byte = value.isNaN ? 0 : UInt8(min(255, max(0, value.rounded())))
            pixels[((top + y) * sheetWidth + left + x) * sheetChannels + channel] = byte
          }
        }
      }
    }
    return DecodedImage(width: sheetWidth, height: sheetHeight, channels: sheetChannels, pixels: pixels)
  }

  /// What an example is as a picture; nil for what is none.
  private static func size(of picture: NDArray) -> (height: Int, width: Int, channels: Int)? {
    guard (2...3).contains(picture.rank), picture.shape[0] > 3, picture.shape[1] > 3 else { return nil }
    let channels = picture.rank == 3 ? picture.shape[2] : 1
    return [1, 3, 4].contains(channels) ? (picture.shape[0], picture.shape[1], channels) : nil
  }

  /// What is taken off each number and what it is then multiplied with, so that it becomes a byte.
  private static func brightness(of pictures: [[Double]]) -> (low: Double, scale: Double) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in pictures.joined() where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    if low >= 0, high <= 1 { return (0, 255) }
    if low >= 0, high > 100, high <= 255 { return (0, 1) }
    return high > low ? (low, 255 / (high - low)) : (0, 1)
  }

  /// How many times larger pictures become, by whole numbers so that their pixels stay square; below 1 for large ones.
  private static func enlargement(height: Int, width: Int) -> Double {
    let side = max(height, width)
    if side > largestSide { return Double(largestSide) / Double(side) }
    return Double(max(1, (smallestSide + side - 1) / side))
  }

  private static func side(_ length: Int, _ factor: Double) -> Int { max(1, Int((Double(length) * factor).rounded())) }
}
