/// Which channels a picture is read in, by Keras's names.
package enum ColorMode: String, Sendable, CaseIterable {
  /// Light alone.
  case grayscale
  /// Red, green and blue.
  case rgb
  /// Red, green, blue and opacity.
  case rgba

  package var channels: Int {
    switch self {
    case .grayscale: 1
    case .rgb: 3
    case .rgba: 4
    }
  }
}

/// A picture as bytes: [height, width, channels], rows from the top, 0 to 255.
package struct DecodedImage: Sendable {
  package let width: Int
  package let height: Int
  package let channels: Int
  package let pixels: [UInt8]
  /// What in the file was wrong and passed over, such as a damaged stretch of a JPEG; nil for nothing. A sentence without a full
  /// stop.
  package let warning: String?

  package init(width: Int, height: Int, channels: Int, pixels: [UInt8], warning: String? = nil) {
    precondition(pixels.count == width * height * channels, "every pixel has its channels")
    (self.width, self.height, self.channels, self.pixels, self.warning) = (width, height, channels, pixels, warning)
  }
}
