extension ImageDecoder {
  /// Decodes a BMP (Microsoft, BITMAPINFOHEADER): 24 or 32 bits a pixel, or a palette of up to 256 colours, not packed. The
  /// fourth byte of 32 bits is the opacity, as TensorFlow takes it; unlike there, the colours of a palette are looked up.
  func decodeBMP(into pixels: UnsafeMutableBufferPointer<UInt8>) throws(FileFailure) {
    guard let start = littleEndian(4, at: 10), let headerSize = littleEndian(4, at: 14), let bits = littleEndian(2, at: 28),
      let packing = littleEndian(4, at: 30), let palette = littleEndian(4, at: 46), let height = littleEndian(4, at: 22)
    else { throw damaged("it is cut short") }
    try checkPacking(packing, bits: bits)
    let rowBytes = (header.width * bits + 31) / 32 * 4
    guard start <= bytes.count, rowBytes <= (bytes.count - start) / header.height else { throw damaged("it is cut short") }
    let isTopDown = Int32(truncatingIfNeeded: height) < 0
    let colors = bits > 8 ? [] : try paletteColors(palette == 0 ? 1 << bits : palette, at: 14 + headerSize, bits: bits)
    for y in 0..<header.height {
      let place = start + rowBytes * (isTopDown ? y : header.height - 1 - y)
      let row = UnsafeRawBufferPointer(rebasing: bytes[place..<place + rowBytes])
      let target = pixels.baseAddress.unsafelyUnwrapped + y * header.width * mode.channels
      if bits > 8 {
        writeRow(row, bytesPerPixel: bits / 8, to: target)
      } else {
        try writeRow(row, bits: bits, colors: colors, to: target)
      }
    }
  }

  private func checkPacking(_ packing: Int, bits: Int) throws(FileFailure) {
    guard [1, 4, 8, 24, 32].contains(bits) else { throw damaged("it has \(bits) bits a pixel; 1, 4, 8, 24 and 32 are read") }
    switch packing {
    case 0: break
    case 1, 2: throw damaged("it is run-length encoded, which is not read")
    case 3, 6:
      let masks = (0..<3).map { littleEndian(4, at: 54 + 4 * $0) }
      if bits != 32 || masks != [0xFF0000, 0xFF00, 0xFF] {
        throw damaged("its colours lie in bits of an order that is not read")
      }
    default: throw damaged("it is packed in a way that is not read")
    }
  }

  /// The colours of a palette, each four bytes: blue, green, red and nothing.
  private func paletteColors(_ count: Int, at offset: Int, bits: Int) throws(FileFailure) -> [PixelColor] {
    guard count <= 1 << bits, offset <= bytes.count - 4 * count else { throw damaged("its palette is cut short") }
    return (0..<count).map { index in
      let place = offset + 4 * index
      return PixelColor(red: bytes[place + 2], green: bytes[place + 1], blue: bytes[place])
    }
  }

  private func writeRow(_ row: UnsafeRawBufferPointer, bytesPerPixel: Int, to target: UnsafeMutablePointer<UInt8>) {
    for x in 0..<header.width {
      let place = x * bytesPerPixel
      let alpha = bytesPerPixel == 4 ? row[place + 3] : 255
      PixelColor(red: row[place + 2], green: row[place + 1], blue: row[place], alpha: alpha)
        .write(to: target + x * mode.channels, as: mode)
    }
  }

  /// Pixels of fewer than 8 bits begin in the upper ones of a byte.
  private func writeRow(
    _ row: UnsafeRawBufferPointer, bits: Int, colors: [PixelColor], to target: UnsafeMutablePointer<UInt8>
  ) throws(FileFailure) {
    for x in 0..<header.width {
      let place = x * bits
      let index = Int(row[place / 8]) >> (8 - bits - place % 8) & ((1 << bits) - 1)
      if index >= colors.count { throw damaged("a pixel has colour \(index) of a palette of \(colors.count)") }
      colors[index].write(to: target + x * mode.channels, as: mode)
    }
  }

  /// A number of some bytes, the smallest first; nil if they end before.
  func littleEndian(_ count: Int, at offset: Int) -> Int? {
    if offset > bytes.count - count { return nil }
    return (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}
