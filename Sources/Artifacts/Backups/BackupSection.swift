import Arrays
import CChecksums

/// A named part of a backup: bytes, or an array (kept as the bytes of a `.npy` file).
package struct BackupSection: Sendable {
  package let name: String
  private let content: Content

  private enum Content {
    case bytes([UInt8])
    /// Not copied: the elements are written from where they are.
    case array(NDArray)
  }

  package init(_ name: String, bytes: [UInt8]) {
    self.name = name
    content = .bytes(bytes)
  }

  package init(_ name: String, text: String) {
    self.init(name, bytes: Array(text.utf8))
  }

  package init(_ name: String, array: NDArray) {
    self.name = name
    content = .array(array)
  }

  /// The section's bytes.
  package var bytes: [UInt8] {
    switch content {
    case .bytes(let bytes): bytes
    case .array(let array): withExtendedLifetime(array) { header(at: 0) + array.rawBytes }
    }
  }

  /// The section's text; bytes that are not UTF-8 are replaced.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The array that the section holds; nil if it holds something else.
  package var array: NDArray? {
    switch content {
    case .bytes(let bytes): try? NPY.decode(bytes, path: name)
    case .array(let array): array
    }
  }

  /// What the content begins with where it begins at a place of a file: of an array, so much that its elements stand at a multiple of 64.
  func header(at place: Int) -> [UInt8] {
    switch content {
    case .bytes: []
    case .array(let array): NumPyHeader.bytes(array.type, shape: array.shape, at: place)
    }
  }

  /// Bytes of the content behind its header.
  var bodyLength: Int {
    switch content {
    case .bytes(let bytes): bytes.count
    case .array(let array): array.rawBytes.count
    }
  }

  /// The content behind its header, uncopied, and its CRC-32C where that is known.
  func withBody<Result>(
    _ body: (_ bytes: UnsafeRawBufferPointer, _ checksum: UInt32?) throws(FileFailure) -> Result
  ) throws(FileFailure) -> Result {
    switch content {
    case .bytes(let bytes):
      return try bytes.withRawBytes { raw throws(FileFailure) in try body(raw, nil) }
    case .array(let array):
      defer { withExtendedLifetime(array) {} }
      return try body(array.rawBytes, array.storage.checksum)
    }
  }

  /// The memory of a file that its elements were copied to, if they were.
  var place: BlockBuffer? {
    if case .array(let array) = content { array.storage.owner as? BlockBuffer } else { nil }
  }
}

/// The CRC-32C of bytes following those whose checksum is `start`.
func checksum(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
  crc32c(start, bytes.baseAddress, bytes.count)
}
