import Glibc

/// Removes a file; one that is missing is no failure.
package func deleteFile(_ path: String, through fileSystem: FileSystem = .real) throws(FileFailure) {
  if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
  guard FileStatus(at: path) != nil else { return }
  try fileSystem.removeFile(path)
}
