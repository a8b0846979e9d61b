import Glibc

/// What a picture says of itself; of the file only its beginning is read. Throws `cannotRead`, or `damaged` for what is no
/// picture, or one of a size that is not read.
package func readImageHeader(_ path: String) throws(FileFailure) -> ImageHeader {
  let (descriptor, size) = try openForReading(path)
  defer { close(descriptor) }
  var window = ByteWindow(size: size) { offset, count throws(FileFailure) in
    var bytes = [UInt8](repeating: 0, count: count)
    let found = try bytes.withMutableRawBytes { buffer throws(FileFailure) in
      try readBytes(from: descriptor, at: offset, into: buffer, path: path)
    }
    bytes.removeLast(count - found)
    return bytes
  }
  let header = try ImageHeader(reading: &window, path: path)
  try ImageDecoder.checkSize(width: header.width, height: header.height, channels: header.channels, inFileOf: size, path: path)
  return header
}

/// Reads a picture and decodes it as TensorFlow's `decode_image(…, expand_animations=False)` does. What TensorFlow refuses though
/// it could be: a JPEG is rgba with an opacity of 255, and GIF and BMP are grey by their luma.
///
/// Throws `cannotRead`, `damaged` for what is no picture, cut short or too large (`ImageDecoder.mostBytes`), and `missing`
/// without the library of its kind.
package func readImage(_ path: String, as mode: ColorMode) throws(FileFailure) -> DecodedImage {
  try readFile(path, limit: ImageLoader.mostFileBytes).withRawBytes { bytes throws(FileFailure) in
    let decoder = try ImageDecoder(path: path, bytes: bytes, mode: mode)
    var outcome: Result<String?, FileFailure> = .success(nil)
    let pixels = [UInt8](unsafeUninitializedCapacity: decoder.header.byteCount(as: mode)) { buffer, count in
      let room = UnsafeMutableBufferPointer(rebasing: buffer.prefix(decoder.header.byteCount(as: mode)))
      outcome = Result { () throws(FileFailure) in try decoder.decode(into: room) }
      if case .success = outcome { count = room.count }
    }
    let warning = try outcome.get()
    return DecodedImage(
      width: decoder.header.width, height: decoder.header.height, channels: mode.channels, pixels: pixels, warning: warning)
  }
}

/// Reads pictures one after the other into memory that it keeps: one for each thread.
package final class ImageLoader {
  /// Bytes that a picture's file has at most: 2²⁹.
  static let mostFileBytes = 1 << 29
  /// Memory for a file or for pixels is kept for the next picture up to this size: 32 MiB.
  private static let mostKept = 1 << 25

  private var file: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)
  private var pixels: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)

  package init() {}

  deinit {
    file.deallocate()
    pixels.deallocate()
  }

  /// Reads a picture and writes it in another size: [height, width, mode.channels], 0 to 255, as Keras's
  /// `image_dataset_from_directory` does. Returns what was wrong with it and passed over, if anything was. Throws what
  /// `readImage` throws.
  @discardableResult
  package func load(
    _ path: String, as mode: ColorMode, height: Int, width: Int, by interpolation: Interpolation, keeping aspect: AspectRatio,
    into result: UnsafeMutableBufferPointer<Float>
  ) throws(FileFailure) -> String? {
    defer { giveBack() }
    let (descriptor, size) = try openForReading(path)
    defer { close(descriptor) }
    if size > Self.mostFileBytes {
      throw .cannotRead(path: path, reason: "it has \(size) bytes, and at most \(Self.mostFileBytes) are expected")
    }
    let room = Self.room(for: size, in: &file)
    let count = try readBytes(from: descriptor, at: 0, into: room, path: path)
    let decoder = try ImageDecoder(path: path, bytes: UnsafeRawBufferPointer(rebasing: room.prefix(count)), mode: mode)
    let header = decoder.header
    let plan = ResizePlan(
      width: header.width, height: header.height, toHeight: height, width: width, by: interpolation, keeping: aspect)
    if header.kind == .jpeg, mode == .rgb, plan.rows.taps == 2, plan.columns.taps == 2 {
      // Colours are then mixed row by row, in the cache, and of rows alone that are needed.
      let memory = Self.room(for: header.planesByteCount, in: &pixels).assumingMemoryBound(to: UInt8.self)
      if let planes = try decoder.decodePlanes(into: memory) {
        resizePlanes(planes.planes, by: plan, into: result)
        return planes.warning
      }
    }
    let decoded = Self.room(for: header.byteCount(as: mode), in: &pixels).assumingMemoryBound(to: UInt8.self)
    let warning = try decoder.decode(into: decoded)
    resizeImage(
      UnsafeBufferPointer(decoded), width: header.width, height: header.height, channels: mode.channels, by: plan, into: result)
    return warning
  }

  /// The first bytes of memory that grows where it is too small; what was in it is lost.
  private static func room(for count: Int, in memory: inout UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    if memory.count < count || memory.baseAddress == nil {
      memory.deallocate()
      memory = .allocate(byteCount: max(count, min(count + count / 2, mostKept), 1), alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  private func giveBack() {
    if file.count + pixels.count <= 2 * Self.mostKept { return }
    file.deallocate()
    pixels.deallocate()
    file = .init(start: nil, count: 0)
    pixels = .init(start: nil, count: 0)
  }
}
