import Arrays

/// `.npz` files: several named arrays, each a `.npy` in a zip archive, packed or not.
package enum NPZ {
  /// The names and headers of the arrays in the order of the archive, without their elements.
  package static func headers(_ path: String) throws(FileFailure) -> [(name: String, header: NumPyHeader)] {
    let archive = try ZipArchive(path)
    var headers: [(String, NumPyHeader)] = []
    for member in archive.members {
      guard let name = arrayName(member) else { continue }
      headers.append((name, try NPY.header(of: member, archive.stream(of: member), path: path)))
    }
    return headers
  }

  /// Reads all arrays, or those of the given names.
  package static func read(
    _ path: String, names: Set<String>? = nil
  ) throws(FileFailure) -> [(name: String, array: NDArray)] {
    let archive = try ZipArchive(path)
    var arrays: [(String, NDArray)] = []
    for member in archive.members {
      guard let name = arrayName(member), names?.contains(name) ?? true else { continue }
      arrays.append((name, try NPY.read(member, archive.stream(of: member), path: path)))
    }
    return arrays
  }

  /// Writes arrays under their names, unpacked as `numpy.savez` does, durably.
  package static func write(
    _ arrays: [(name: String, array: NDArray)], to path: String, through fileSystem: FileSystem = .real
  ) throws(FileFailure) {
    try StoredZip(arrays.map { ($0.name + ".npy", NPY.content($0.array)) }).write(to: path, through: fileSystem)
  }

  /// NumPy shows the members without their ending; members that are no arrays are not its business.
  private static func arrayName(_ member: ZipArchive.Member) -> String? {
    member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : nil
  }
}
