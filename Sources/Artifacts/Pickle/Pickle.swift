import Arrays

/// Python's pickles, as far as data sets are given in them: see `PickleReader`.
package enum Pickle {
  /// The value in a file. At most `limit` bytes are read.
  package static func read(_ path: String, limit: Int) throws(FileFailure) -> PickleValue {
    try PickleReader.value(of: try readFile(path, limit: limit)[...], path: path)
  }

  /// The value that these bytes of a file are the pickle of.
  package static func value(of bytes: [UInt8], path: String) throws(FileFailure) -> PickleValue {
    try PickleReader.value(of: bytes[...], path: path)
  }
}

extension NPZ {
  /// The elements of an array of objects in an archive, which NumPy keeps as a pickle behind the header. At most `limit` bytes are read.
  package static func objects(_ path: String, _ name: String, limit: Int) throws(FileFailure) -> [PickleValue] {
    let archive = try ZipArchive(path)
    guard let member = archive.member(name + ".npy") else { throw .damaged(path: path, reason: "it holds no `\(name)`") }
    let bytes = try archive.read(member, limit: limit)
    guard let start = NumPyHeader.endOfHeader(bytes),
      case .array(let array) = try PickleReader.value(of: bytes[start...], path: path),
      let objects = array.objects, array.shape == [objects.count]
    else { throw .damaged(path: path, reason: "`\(name)` in it is no list of objects") }
    return objects
  }
}
