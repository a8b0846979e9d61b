import Arrays
import CHDF5
import Glibc
import Synchronization

/// libhdf5 keeps global state: one thread at a time.
let hdf5Turn = Mutex(())

/// Opens libhdf5 if it is not yet open.
func loadHDF5() throws(FileFailure) {
  if chdf5_load() != 0 { throw .missing(tool: "the HDF5 library", package: "libhdf5-dev") }
}

/// An HDF5 file in memory, open for reading.
///
/// What it claims about itself is checked before memory is taken for it; links to other files are not followed.
struct HDF5Reader {
  /// The file that failures name.
  let path: String
  private let file: Int64
  private let byteCount: Int
  /// Nil for a file whose attributes cannot be read.
  private let attributes: HDF5Attributes?

  /// Opens these bytes, lets `body` read, and closes them.
  static func read<Result: Sendable>(
    _ bytes: [UInt8], path: String, _ body: (HDF5Reader) throws(FileFailure) -> Result
  ) throws(FileFailure) -> Result {
    guard bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) else {
      throw .damaged(path: path, reason: "it is not an HDF5 file")
    }
    return try hdf5Turn.withLock { _ throws(FileFailure) in
      try loadHDF5()
      return try bytes.withRawBytes { raw throws(FileFailure) in
        let file = chdf5_open_image(raw.baseAddress, raw.count)
        if file < 0 { throw .damaged(path: path, reason: "it is an HDF5 file that is cut short or damaged") }
        defer { _ = chdf5_close(file) }
        return try body(HDF5Reader(path: path, file: file, byteCount: raw.count, attributes: HDF5Attributes(bytes)))
      }
    }
  }

  struct Entry {
    enum Kind { case group, dataset, other }
    let name: String
    let kind: Kind
  }

  /// What a group holds, sorted by name as bytes.
  func entries(of group: String) throws(FileFailure) -> [Entry] {
    let count = chdf5_entry_count(file, group)
    guard count >= 0, count <= byteCount else { throw damaged(group) }
    var entries: [Entry] = []
    for index in 0..<UInt64(count) {
      var kind = CHDF5_UNKNOWN
      guard let name = chdf5_entry(file, group, index, &kind) else { throw damaged(group) }
      defer { free(name) }
      entries.append(
        Entry(
          name: String(cString: name), kind: kind == CHDF5_GROUP ? .group : kind == CHDF5_DATASET ? .dataset : .other))
    }
    return entries
  }

  /// Where the header of a group or dataset stands in the file, by which each is told from the others whatever it is called.
  func headerPlace(of object: String) throws(FileFailure) -> Int {
    let place = chdf5_header_place(file, object)
    guard place >= 0 else { throw damaged(object) }
    return Int(place)
  }

  /// The texts of each attribute of a group or dataset, by name.
  func texts(of object: String) throws(FileFailure) -> [String: [String]] {
    let place = chdf5_header_place(file, object)
    guard place >= 0, let texts = attributes?.texts(at: Int(place)) else {
      throw .damaged(path: path, reason: "the attributes of `\(object)` in it cannot be read")
    }
    return texts
  }

  /// Reads a dataset. Half and brain floats become float32; integers become int32 or, if they may not fit, int64.
  func array(at dataset: String) throws(FileFailure) -> NDArray {
    var description = chdf5_dataset()
    guard chdf5_describe_dataset(file, dataset, &description) == 0 else { throw damaged(dataset) }
    guard let type = ElementType(description.element) else {
      throw .damaged(path: path, reason: "`\(dataset)` in it holds something else than numbers")
    }
    let claimed = withUnsafeBytes(of: description.shape) { raw in
      raw.bindMemory(to: UInt64.self).prefix(Int(description.rank)).map { Int(exactly: $0) ?? -1 }
    }
    guard let byteCount = NDArray.byteCount(of: type, shape: claimed),
      isPossible(description, elements: byteCount / type.size)
    else { throw .damaged(path: path, reason: "`\(dataset)` in it claims a size that cannot be") }

    var array = NDArray(type, shape: claimed)
    if array.count == 0 { return array }
    if description.element == CHDF5_BFLOAT16 {
      var halves = [UInt16](repeating: 0, count: array.count)
      guard chdf5_read_dataset(file, dataset, description.element, &halves) == 0 else { throw damaged(dataset) }
      array.withMutableElements(as: Float.self) { elements in
        for (index, half) in halves.enumerated() { elements[index] = Float(bitPattern: UInt32(half) << 16) }
      }
      return array
    }
    let status = array.withMutableBytes { chdf5_read_dataset(file, dataset, description.element, $0.baseAddress) }
    guard status == 0 else { throw damaged(dataset) }
    return array
  }

  /// Whether the file can hold as many elements as the dataset claims.
  private func isPossible(_ description: chdf5_dataset, elements: Int) -> Bool {
    let (needed, overflow) = elements.multipliedReportingOverflow(by: description.stored_element_bytes)
    if overflow || description.stored_bytes > UInt64(byteCount) { return false }
    // Compressed data may be a thousand times smaller, but not more.
    return description.is_plain != 0 ? UInt64(needed) == description.stored_bytes : needed / 1100 <= byteCount
  }

  private func damaged(_ object: String) -> FileFailure {
    .damaged(path: path, reason: "`\(object)` in it cannot be read")
  }
}

extension ElementType {
  fileprivate init?(_ element: chdf5_element) {
    switch element {
    case CHDF5_FLOAT32, CHDF5_BFLOAT16: self = .float32
    case CHDF5_FLOAT64: self = .float64
    case CHDF5_INT32: self = .int32
    case CHDF5_INT64: self = .int64
    case CHDF5_UINT8: self = .uint8
    case CHDF5_BOOL: self = .bool
    default: return nil
    }
  }
}
