import Arrays
import CZip

/// A named part of a backup: bytes, or an array (kept as the bytes of a `.npy` file).
package struct BackupSection: Sendable {
  package let name: String
  private let content: Content

  private enum Content {
    case bytes([UInt8])
    /// Not copied: the header is made, the elements are written from where they are.
    case array(header: [UInt8], NDArray)
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
    content = .array(header: NumPyHeader.bytes(for: array), array)
  }

  /// The section's bytes.
  package var bytes: [UInt8] {
    switch content {
    case .bytes(let bytes): bytes
    case .array(let header, let array): withExtendedLifetime(array) { header + array.rawBytes }
    }
  }

  /// The section's text; bytes that are not UTF-8 are replaced.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The array that the section holds; nil if it holds something else.
  package var array: NDArray? {
    switch content {
    case .bytes(let bytes): try? NPY.decode(bytes, path: name)
    case .array(_, let array): array
    }
  }

  /// Bytes of the content.
  package var length: Int {
    switch content {
    case .bytes(let bytes): bytes.count
    case .array(let header, let array): header.count + array.rawBytes.count
    }
  }

  /// Hands over the content piece by piece, uncopied.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws(FileFailure) -> Void) throws(FileFailure) {
    switch content {
    case .bytes(let bytes): try bytes.withRawBytes(body)
    case .array(let header, let array):
      try header.withRawBytes(body)
      try body(array.rawBytes)
      withExtendedLifetime(array) {}
    }
  }
}

/// The CRC-32C of bytes following those whose checksum is `start`.
func checksum(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
  crc32c(start, bytes.baseAddress, bytes.count)
}
