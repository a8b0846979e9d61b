import CImages
import CJPEG
import CPNG

/// One picture's bytes, and what its pixels are to become.
struct ImageDecoder {
  let path: String
  let bytes: UnsafeRawBufferPointer
  let header: ImageHeader
  let mode: ColorMode

  /// Bytes of pixels that a picture has at most: 2²⁹, as TensorFlow has it for JPEG. A photograph of 100 million pixels is
  /// smaller.
  static let mostBytes = 1 << 29
  /// Up to here no claim of a size is held against the file: 16 MiB.
  private static let harmlessBytes = 1 << 24
  /// How many bytes of pixels a byte of a file can hold at most. Deflate holds a thousand, GIF's and JPEG's codes twice that.
  private static let largestRatio = 4096

  /// A decoder of a file's bytes, which must stay where they are. Throws what `ImageHeader` throws, and `damaged` for a picture
  /// that is too large, before any memory is taken for it.
  init(path: String, bytes: UnsafeRawBufferPointer, mode: ColorMode) throws(FileFailure) {
    var window = ByteWindow(size: bytes.count) { offset, count in Array(bytes[offset..<offset + count]) }
    self.path = path
    self.bytes = bytes
    self.mode = mode
    header = try ImageHeader(reading: &window, path: path)
    try checkSize(width: header.width, height: header.height, channels: max(mode.channels, header.channels))
  }

  /// Throws unless a picture of that size may be, and may be in this file.
  func checkSize(width: Int, height: Int, channels: Int) throws(FileFailure) {
    try Self.checkSize(width: width, height: height, channels: channels, inFileOf: bytes.count, path: path)
  }

  /// Throws `damaged` unless a picture of that size may be, and may be in a file of so many bytes.
  static func checkSize(width: Int, height: Int, channels: Int, inFileOf byteCount: Int, path: String) throws(FileFailure) {
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    if overflow || pixels > mostBytes / channels {
      throw .damaged(path: path, reason: "it claims \(width)×\(height) pixels; at most \(mostBytes) bytes of them are read")
    }
    if pixels * channels > harmlessBytes, pixels * channels / largestRatio > byteCount {
      throw .damaged(path: path, reason: "it claims \(width)×\(height) pixels, but has only \(byteCount) bytes")
    }
  }

  func damaged(_ reason: String) -> FileFailure { .damaged(path: path, reason: reason) }

  /// Writes the pixels, `header.byteCount(as: mode)` bytes; returns what was wrong and passed over, if anything was.
  func decode(into pixels: UnsafeMutableBufferPointer<UInt8>) throws(FileFailure) -> String? {
    precondition(pixels.count == header.byteCount(as: mode), "there is room for every pixel")
    switch header.kind {
    case .jpeg: return try decodeJPEG(into: pixels)
    case .png: try decodePNG(into: pixels)
    case .bmp: try decodeBMP(into: pixels)
    case .gif: try decodeGIF(into: pixels)
    }
    return nil
  }

  private func decodeJPEG(into pixels: UnsafeMutableBufferPointer<UInt8>) throws(FileFailure) -> String? {
    try decodeJPEG(into: pixels, by: cjpeg_decode).warning
  }

  /// Decodes a JPEG whose chroma has half its width and height, as it stands in the file; nil for another. Writes
  /// `header.planesByteCount` bytes.
  func decodePlanes(
    into memory: UnsafeMutableBufferPointer<UInt8>
  ) throws(FileFailure) -> (planes: image_planes, warning: String?)? {
    precondition(memory.count == header.planesByteCount, "there is room for every plane")
    let (status, warning) = try decodeJPEG(into: memory, by: cjpeg_decode_planes)
    guard status == 0, let luma = memory.baseAddress else { return nil }
    let (width, height) = (UInt32(header.width), UInt32(header.height))
    let (stride, size) = (cjpeg_luma_stride(width), cjpeg_luma_size(width, height))
    let planes = image_planes(
      width: width, height: height, luma: luma, blue: luma + size, red: luma + size + size / 4, luma_stride: stride,
      chroma_stride: stride / 2)
    return (planes, warning)
  }

  private typealias JPEGFunction = (
    UnsafeRawPointer?, Int, UnsafePointer<cjpeg_target>?, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?
  ) -> Int32

  /// The status is 0 or what is above. Throws what is below.
  private func decodeJPEG(
    into memory: UnsafeMutableBufferPointer<UInt8>, by function: JPEGFunction
  ) throws(FileFailure) -> (status: Int32, warning: String?) {
    if cjpeg_load() != 0 { throw .missing(tool: "the JPEG library", package: "libjpeg62-turbo-dev") }
    var target = cjpeg_target(
      width: UInt32(header.width), height: UInt32(header.height), channels: Int32(mode.channels), pixels: memory.baseAddress,
      by_library: 0)
    var (status, warning): (Int32, String?) = (0, nil)
    let reason = Self.text(Int(CJPEG_TEXT)) { reason in
      warning = Self.text(Int(CJPEG_TEXT)) { status = function(bytes.baseAddress, bytes.count, &target, reason, $0) }
    }
    if status < 0 { throw damaged(reason ?? "its pixels cannot be read") }
    return (status, warning)
  }

  private func decodePNG(into pixels: UnsafeMutableBufferPointer<UInt8>) throws(FileFailure) {
    if cpng_load() != 0 { throw .missing(tool: "the PNG library", package: "libpng-dev") }
    var target = cpng_target(
      width: UInt32(header.width), height: UInt32(header.height), channels: Int32(mode.channels), pixels: pixels.baseAddress)
    var status: Int32 = 0
    let reason = Self.text(Int(CPNG_TEXT)) { status = cpng_decode(bytes.baseAddress, bytes.count, &target, $0) }
    if status != 0 { throw damaged(reason ?? "its pixels cannot be read") }
  }

  /// The sentence that `body` writes, as part of another; nil for none.
  private static func text(_ room: Int, _ body: (UnsafeMutablePointer<CChar>) -> Void) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer -> String? in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { return nil }
      body(start)
      return start.pointee == 0 ? nil : withinSentence(String(cString: start))
    }
  }
}

extension ImageHeader {
  /// Bytes of the planes of a JPEG whose chroma has half its width and height.
  var planesByteCount: Int { cjpeg_planes_size(UInt32(width), UInt32(height)) }
}

/// A colour as the bytes of a mode. Grey is BT.601's luma.
struct PixelColor {
  let red: UInt8
  let green: UInt8
  let blue: UInt8
  var alpha: UInt8 = 255

  private var luma: UInt8 {
    let thousands: UInt32 = 299 * UInt32(red) + 587 * UInt32(green) + 114 * UInt32(blue)
    return UInt8((thousands + 500) / 1000)
  }

  func write(to pixel: UnsafeMutablePointer<UInt8>, as mode: ColorMode) {
    switch mode {
    case .grayscale: pixel[0] = luma
    case .rgb: (pixel[0], pixel[1], pixel[2]) = (red, green, blue)
    case .rgba: (pixel[0], pixel[1], pixel[2], pixel[3]) = (red, green, blue, alpha)
    }
  }
}
