import Arrays
import CHDF5

/// An HDF5 file being made in memory. Equal contents make equal bytes.
struct HDF5Writer {
  private let path: String
  private let file: Int64

  /// Makes a file, lets `body` fill it, and returns its bytes. `path` is the file that failures name;
  /// `contentBytes` is about how much will be written.
  static func bytes(
    path: String, contentBytes: Int, _ body: (HDF5Writer) throws(FileFailure) -> Void
  ) throws(FileFailure) -> ArrayStorage {
    try hdf5Turn.withLock { _ throws(FileFailure) in
      try loadHDF5()
      let file = chdf5_create_image(contentBytes + 1 << 16)
      if file < 0 { throw .cannotWrite(path: path, reason: "there is no memory for its contents") }
      defer { _ = chdf5_close(file) }
      let writer = HDF5Writer(path: path, file: file)
      try body(writer)
      let count = chdf5_image_size(file)
      if count <= 0 { throw writer.failure("its contents") }
      let storage = ArrayStorage(byteCount: Int(count))
      if chdf5_copy_image(file, storage.bytes.baseAddress, Int(count)) != 0 { throw writer.failure("its contents") }
      return storage
    }
  }

  /// Makes a group, and those above it that are missing.
  func makeGroup(_ group: String) throws(FileFailure) {
    if chdf5_make_group(file, group) != 0 { throw failure(group) }
  }

  /// Writes an array as a dataset, in its own type; a Bool array as bytes.
  func write(_ array: NDArray, to dataset: String) throws(FileFailure) {
    let element: chdf5_element =
      switch array.type {
      case .float32: CHDF5_FLOAT32
      case .float64: CHDF5_FLOAT64
      case .int32: CHDF5_INT32
      case .int64: CHDF5_INT64
      case .uint8, .bool: CHDF5_UINT8
      }
    let shape = array.shape.map(UInt64.init)
    let status = withExtendedLifetime(array) {
      chdf5_write_dataset(file, dataset, element, Int32(shape.count), shape, array.rawBytes.baseAddress)
    }
    if status != 0 { throw failure(dataset) }
  }

  /// Writes a string as an attribute of a group or dataset.
  func write(_ text: String, toAttribute attribute: String, of object: String) throws(FileFailure) {
    if chdf5_write_text(file, object, attribute, text) != 0 { throw failure("\(object)@\(attribute)") }
  }

  private func failure(_ object: String) -> FileFailure {
    .cannotWrite(path: path, reason: "HDF5 cannot store `\(object)`")
  }
}
