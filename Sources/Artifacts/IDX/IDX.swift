import Arrays

/// IDX files, the form in which MNIST is given, plain or gzipped: two zeros, the element type, the number of dimensions, each
/// dimension as a big-endian 32-bit number, then the elements, big-endian too (Y. LeCun, C. Cortes, C. Burges: the MNIST database).
package enum IDX {
  /// What the array is, without its elements.
  package static func header(_ path: String) throws(FileFailure) -> NumPyHeader { try header(of: GzipReader(path), path) }

  /// Reads the array.
  package static func read(_ path: String) throws(FileFailure) -> NDArray {
    let reader = try GzipReader(path)
    let header = try header(of: reader, path)
    let array = try header.makeArray { buffer throws(FileFailure) in
      let count = try reader.read(into: buffer)
      if count < buffer.count {
        throw .damaged(path: path, reason: "it is cut short: it claims \(buffer.count) bytes of elements and has \(count)")
      }
    } fault: {
      .damaged(path: path, reason: $0.reason)
    }
    if try !reader.read(1).isEmpty { throw .damaged(path: path, reason: "it goes on behind the elements that it claims") }
    return array
  }

  /// Element types by their code, in NumPy's words.
  private static let types: [UInt8: String] = [
    0x08: "|u1", 0x09: "|i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8",
  ]
  /// How many times smaller than its contents a gzipped file can be at most.
  private static let largestRatio = 1032

  private static func header(of reader: GzipReader, _ path: String) throws(FileFailure) -> NumPyHeader {
    let damaged = { (reason: String) in FileFailure.damaged(path: path, reason: reason) }
    let magic = try reader.read(4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0, let name = types[magic[2]], let stored = StoredElement(name) else {
      throw damaged("it is not an IDX file")
    }
    let rank = Int(magic[3])
    guard rank <= 32 else { throw damaged("it claims \(rank) dimensions") }
    let sizes = try reader.read(4 * rank)
    guard sizes.count == 4 * rank else { throw damaged("it is cut short") }
    let shape = (0..<rank).map { axis in sizes[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) } }
    let header = NumPyHeader(
      storedType: name, shape: shape, isFortranOrder: false, type: stored.type, stored: stored, headerBytes: 4 + 4 * rank)
    // Held against the file before any memory is taken.
    guard let bytes = NDArray.byteCount(of: .uint8, shape: shape + [stored.size]), NDArray.fitsMemory(stored.type, shape: shape),
      bytes / largestRatio <= reader.storedSize
    else { throw damaged("it claims an array of shape \(NDArray.pythonTuple(shape)), but has only \(reader.storedSize) bytes") }
    return header
  }
}
