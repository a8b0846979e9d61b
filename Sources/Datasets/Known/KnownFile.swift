import Arrays
import Artifacts
import Glibc
import Plans

/// A file of a data set that Keras knows: where Keras keeps it, and where it comes from.
///
/// Keras's folder is `~/.keras/datasets`, or `$KERAS_HOME/datasets`. What is missing there is fetched from Keras's address, or from the
/// place that `TRAIN_DATASETS_MIRROR` names: an address under which, or a folder in which, the files have the same names.
struct KnownFile: Sendable {
  /// What Keras calls it in its folder.
  let name: String
  /// The folder of it in Keras's, where there is one.
  var subfolder = ""
  let address: String
  /// SHA-256 of its bytes, where Keras knows it.
  var digest: String?

  static let kerasAddress = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

  /// Where Keras keeps data sets.
  static var folder: String {
    (variable("KERAS_HOME") ?? (variable("HOME") ?? "") + "/.keras") + "/datasets"
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Where it is, or will be.
  var path: String {
    name.hasPrefix("/") ? name : [Self.folder, subfolder, name].filter { !$0.isEmpty }.joined(separator: "/")
  }

  var isThere: Bool { access(path, F_OK) == 0 }

  /// The place from which it is fetched.
  private var origin: String {
    guard let mirror = Self.variable("TRAIN_DATASETS_MIRROR") else { return address }
    let file = address.split(separator: "/").last.map(String.init) ?? name
    return mirror.hasSuffix("/") ? mirror + file : "\(mirror)/\(file)"
  }

  /// Tells of a file that is another than Keras's: Keras would fetch it again, and here it may be what the user means.
  private func checkDigest(_ surroundings: FunctionSurroundings) {
    guard let digest, let bytes = try? readFile(path) else { return }
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.add($0) }
    let found = hash.hexadecimal
    if found == digest { return }
    surroundings.write(
      "warning: `\(path)` is not Keras's file: its SHA-256 is \(found), not \(digest). Remove it, and the next run fetches it.\n")
  }

  /// Its path, once it is there: where it is missing it is fetched. Throws with what to put where if that cannot be.
  func fetched(_ surroundings: FunctionSurroundings) throws(Failure) -> String {
    if isThere {
      checkDigest(surroundings)
      return path
    }
    do throws(DownloadFailure) {
      try Download(origin, to: path, digest: digest, isInterrupted: surroundings.isInterrupted).run()
      return path
    } catch {
      if error.isInterruption { throw Failure("the fetching of `\(origin)` was interrupted", isInterruption: true) }
      throw Failure("there is no `\(path)`, and it cannot be fetched: \(error.reason); put the file there that is at \(address)")
    }
  }
}
