import CPNG
import Glibc

/// A picture as a PNG file's bytes. Throws `missing` without libpng, and `cannotWrite` where memory is short; `path` is told with these.
package func encodePNG(_ image: DecodedImage, for path: String) throws(FileFailure) -> [UInt8] {
  if cpng_load() != 0 { throw .missing(tool: "the PNG library", package: "libpng-dev") }
  var pixels = image.pixels
  var bytes: UnsafeMutablePointer<UInt8>?
  var count = 0
  var reason = [CChar](repeating: 0, count: Int(CPNG_TEXT))
  let status = pixels.withUnsafeMutableBufferPointer { pixels in
    var source = cpng_target(
      width: UInt32(image.width), height: UInt32(image.height), channels: Int32(image.channels), pixels: pixels.baseAddress)
    return cpng_encode(&source, &bytes, &count, &reason)
  }
  defer { free(bytes) }
  guard status == 0, let bytes else {
    let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw .cannotWrite(path: path, reason: withinSentence(String(decoding: text, as: UTF8.self)))
  }
  return Array(UnsafeBufferPointer(start: bytes, count: count))
}
