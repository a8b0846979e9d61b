import Arrays

/// The bytes of a file, or of a part of one, in pieces that are written from where they are: an array's elements are not copied.
struct FileContent: Sendable {
  private enum Piece {
    case bytes([UInt8])
    case elements(NDArray)

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .elements(let array): array.rawBytes.count
      }
    }
  }

  private var pieces: [Piece] = []
  private(set) var count = 0

  init() {}

  init(_ bytes: [UInt8]) { append(bytes) }

  mutating func append(_ bytes: [UInt8]) { append(.bytes(bytes)) }

  /// Adds an array's elements, in C order and little-endian.
  mutating func append(elementsOf array: NDArray) { append(.elements(array)) }

  private mutating func append(_ piece: Piece) {
    if piece.count == 0 { return }
    pieces.append(piece)
    count += piece.count
  }

  /// Hands over the pieces in order; each may be looked at until `body` returns.
  func forEachPiece<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try bytes.withRawBytes(body)
      case .elements(let array):
        defer { withExtendedLifetime(array) {} }
        try body(array.rawBytes)
      }
    }
  }

  /// All of it in one piece.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    forEachPiece { bytes.append(contentsOf: $0) }
    return bytes
  }
}

/// A number in as many bytes as it has.
func littleEndianBytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian, Array.init) }

extension DurableFile {
  /// Adds content at the end.
  mutating func write(_ content: FileContent) throws(FileFailure) {
    // A copy, since a closure cannot hold what it is called on.
    var file = self
    defer { self = file }
    try content.forEachPiece { piece throws(FileFailure) in try file.write(piece) }
  }
}
