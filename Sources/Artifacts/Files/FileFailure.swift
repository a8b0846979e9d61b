import Glibc

/// What the world can do to a file. Each case names the file and says why in words that follow "because".
package enum FileFailure: Error, Equatable, Sendable {
  /// It could not be opened or read.
  case cannotRead(path: String, reason: String)
  /// It could not be written; what stood at the path before still stands there, unless the reason says otherwise.
  case cannotWrite(path: String, reason: String)
  /// It could not be removed.
  case cannotRemove(path: String, reason: String)
  /// It was read, but it is not what it should be: cut short, damaged, or of another kind.
  case damaged(path: String, reason: String)
  /// Another run is using it; `pid` is that run's process, if it could be told.
  case inUse(path: String, pid: Int?)
  /// A program or library that the task needs is not installed; `package` is what to install.
  case missing(tool: String, package: String)

  /// The path that the failure is about, if it is about one.
  package var path: String? {
    switch self {
    case .cannotRead(let path, _), .cannotWrite(let path, _), .cannotRemove(let path, _), .damaged(let path, _),
      .inUse(let path, _):
      path
    case .missing: nil
    }
  }

  /// The failure without its path, for lists that show the path beside it.
  package var reason: String {
    switch self {
    case .cannotRead(_, let reason), .cannotWrite(_, let reason), .cannotRemove(_, let reason), .damaged(_, let reason): reason
    case .inUse(_, .some(let pid)): "another run (process \(pid)) is using it"
    case .inUse(_, .none): "another run is using it"
    case .missing(let tool, let package): "\(tool) is not installed; install `\(package)`"
    }
  }
}

extension FileFailure {
  /// A file was renamed into its place, and its folder could not be synced.
  static func inPlaceButUnsure(_ path: String, _ failure: FileFailure) -> FileFailure {
    .cannotWrite(path: path, reason: "\(failure.reason) (the new file is in place, but a power cut may undo that)")
  }

  /// A write of some bytes took none, and was no failure.
  static func nothingTaken(_ path: String) -> FileFailure {
    .cannotWrite(path: path, reason: "the system takes no more bytes and does not say why")
  }
}

extension FileFailure: CustomStringConvertible {
  /// One sentence without a full stop: ``cannot write `best.keras`: no space left on device``.
  package var description: String {
    switch self {
    case .cannotRead(let path, let reason): "cannot read `\(path)`: \(reason)"
    case .cannotWrite(let path, let reason): "cannot write `\(path)`: \(reason)"
    case .cannotRemove(let path, let reason): "cannot remove `\(path)`: \(reason)"
    case .damaged(let path, let reason): "cannot use `\(path)`: \(reason)"
    case .inUse(let path, _): "cannot use `\(path)`: \(reason)"
    case .missing: reason
    }
  }
}

/// The system's sentence for an `errno`, in lower case: `no space left on device`.
package func systemReason(_ code: Int32) -> String {
  guard let text = strerror(code) else { return "system error \(code)" }
  return withinSentence(String(cString: text))
}

/// A sentence as part of another: its first word in lower case, unless that is an abbreviation such as `CRC`.
func withinSentence(_ sentence: String) -> String {
  if sentence.dropFirst().first?.isUppercase == true { return sentence }
  return sentence.prefix(1).lowercased() + sentence.dropFirst()
}
