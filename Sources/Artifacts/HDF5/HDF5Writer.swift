import Arrays
import CHDF5
import Glibc

/// An HDF5 file being made in memory. Equal contents make equal bytes.
struct HDF5Writer {
  private let path: String
  private let file: Int64
  /// Where the elements of each array begin in the file, in the order in which they were written; nil for an array without any.
  private var places: [Int?] = []

  private init(path: String, file: Int64) {
    self.path = path
    self.file = file
  }

  /// Makes a file, lets `body` fill it, and returns its bytes, and where the arrays stand in them. `path` is the file that failures
  /// name; `contentBytes` is about how much will be written.
  static func bytes(
    path: String, contentBytes: Int, _ body: (inout HDF5Writer) throws(FileFailure) -> Void
  ) throws(FileFailure) -> (image: [UInt8], places: [Int?]) {
    try hdf5Turn.withLock { _ throws(FileFailure) in
      try loadHDF5()
      let file = chdf5_create_image(contentBytes + 1 << 16)
      if file < 0 { throw .cannotWrite(path: path, reason: "there is no memory for its contents") }
      defer { _ = chdf5_close(file) }
      var writer = HDF5Writer(path: path, file: file)
      try body(&writer)
      let count = chdf5_image_size(file)
      if count <= 0 { throw writer.failure("its contents") }
      var isCopied = false
      let image = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
        isCopied = chdf5_copy_image(file, buffer.baseAddress, Int(count)) == 0
        filled = isCopied ? Int(count) : 0
      }
      if !isCopied { throw writer.failure("its contents") }
      return (image, writer.places)
    }
  }

  /// Makes a group, and those above it that are missing.
  func makeGroup(_ group: String) throws(FileFailure) {
    if chdf5_make_group(file, group) != 0 { throw failure(group) }
  }

  /// Writes an array as a dataset, in its own type; a Bool array as bytes.
  mutating func write(_ array: NDArray, to dataset: String) throws(FileFailure) {
    let element: chdf5_element =
      switch array.type {
      case .float32: CHDF5_FLOAT32
      case .float64: CHDF5_FLOAT64
      case .int32: CHDF5_INT32
      case .int64: CHDF5_INT64
      case .uint8, .bool: CHDF5_UINT8
      case .string: preconditionFailure("weights are numbers")
      }
    let shape = array.shape.map(UInt64.init)
    var place: Int64 = -1
    let status = withExtendedLifetime(array) {
      chdf5_write_dataset(file, dataset, element, Int32(shape.count), shape, array.rawBytes.baseAddress, &place)
    }
    if status != 0 { throw failure(dataset) }
    places.append(array.count == 0 ? nil : Int(place))
  }

  /// Writes a string as an attribute of a group or dataset.
  func write(_ text: String, toAttribute attribute: String, of object: String) throws(FileFailure) {
    if chdf5_write_text(file, object, attribute, text) != 0 { throw failure("\(object)@\(attribute)") }
  }

  /// Writes strings as one attribute of a group or dataset.
  func write(_ texts: [String], toAttribute attribute: String, of object: String) throws(FileFailure) {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    guard !copies.contains(nil), chdf5_write_texts(file, object, attribute, copies.map { UnsafePointer($0) }, copies.count) == 0
    else { throw failure("\(object)@\(attribute)") }
  }

  private func failure(_ object: String) -> FileFailure {
    .cannotWrite(path: path, reason: "HDF5 cannot store `\(object)`")
  }
}
