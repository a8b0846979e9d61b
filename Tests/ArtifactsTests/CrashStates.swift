import Artifacts
import Glibc
import Synchronization

/// Records the calls of a writer while it works, and rebuilds every state of the disk that a power cut may leave after each of them.
///
/// The model is what POSIX promises, less than any one file system does. The bytes of a file are sure after `fsync` of the file, a name
/// (made, renamed, removed) after `fsync` of its folder. Until then a file's new bytes may be there, may be missing, end in the middle, or
/// be zeros, and each change of a name may have reached the disk or not, whatever became of the ones before it.
final class CrashStates: Sendable {
  private typealias File = Int

  private enum Call: Sendable {
    case make(path: String, File)
    /// All bytes of the file after a write or a cut.
    case change(File, [UInt8])
    case sync(File)
    case syncFolder(String)
    case rename(from: String, to: String)
    case remove(path: String)
    /// Someone was told that everything before is on the disk.
    case acknowledge
  }

  private struct Recording: Sendable {
    var calls: [Call] = []
    var names: [String: File] = [:]
    var contents: [File: [UInt8]] = [:]
    /// What descriptors are of.
    var files: [Int32: File] = [:]
    var folders: [Int32: String] = [:]
    var firstNames: [String: File] = [:]
    var firstContents: [File: [UInt8]] = [:]
  }

  /// The calls that a writer may forget, so that tests see that this is found.
  enum Forgotten { case nothing, fileSync, folderSync }

  private let recording: Mutex<Recording>
  private let folder: String
  private let forgotten: Forgotten

  /// What is in the folder now is on the disk.
  init(of folder: String, forgetting forgotten: Forgotten = .nothing) {
    var recording = Recording()
    for name in namesInFolder(folder) ?? [] {
      guard let bytes = try? readFile("\(folder)/\(name)") else { continue }
      recording.firstNames["\(folder)/\(name)"] = recording.firstNames.count
      recording.firstContents[recording.firstContents.count] = bytes
    }
    recording.names = recording.firstNames
    recording.contents = recording.firstContents
    self.recording = Mutex(recording)
    self.folder = folder
    self.forgotten = forgotten
  }

  /// The real file system, recorded.
  var fileSystem: FileSystem {
    let real = FileSystem.real
    var recorded = real
    recorded.open = { path, flags, mode in
      let result = real.open(path, flags, mode)
      if result >= 0 { self.recording.withLock { Self.opened(path, Int32(result), flags, &$0) } }
      return result
    }
    recorded.write = { descriptor, bytes in
      let count = real.write(descriptor, bytes)
      if count > 0 {
        self.change(descriptor) { $0.append(contentsOf: bytes.prefix(count)) }
      }
      return count
    }
    recorded.truncate = { descriptor, length in
      let result = real.truncate(descriptor, length)
      if result >= 0 { self.change(descriptor) { $0.removeLast(max(0, $0.count - length)) } }
      return result
    }
    recorded.sync = { descriptor in
      self.recording.withLock { recording in
        if let file = recording.files[descriptor], self.forgotten != .fileSync { recording.calls.append(.sync(file)) }
        if let folder = recording.folders[descriptor], self.forgotten != .folderSync {
          recording.calls.append(.syncFolder(folder))
        }
      }
      return real.sync(descriptor)
    }
    recorded.close = { descriptor in
      self.recording.withLock { recording in
        recording.files[descriptor] = nil
        recording.folders[descriptor] = nil
      }
      return real.close(descriptor)
    }
    recorded.rename = { from, to in
      let result = real.rename(from, to)
      if result >= 0 {
        self.recording.withLock { recording in
          recording.names[to] = recording.names.removeValue(forKey: from)
          recording.calls.append(.rename(from: from, to: to))
        }
      }
      return result
    }
    recorded.remove = { path in
      let result = real.remove(path)
      if result >= 0 {
        self.recording.withLock { recording in
          recording.names[path] = nil
          recording.calls.append(.remove(path: path))
        }
      }
      return result
    }
    return recorded
  }

  private static func opened(_ path: String, _ descriptor: Int32, _ flags: Int32, _ recording: inout Recording) {
    if flags & O_DIRECTORY != 0 {
      recording.folders[descriptor] = path
      return
    }
    if let file = recording.names[path] {
      recording.files[descriptor] = file
      return
    }
    let file = recording.contents.count
    recording.contents[file] = []
    recording.names[path] = file
    recording.files[descriptor] = file
    recording.calls.append(.make(path: path, file))
  }

  private func change(_ descriptor: Int32, _ body: (inout [UInt8]) -> Void) {
    recording.withLock { recording in
      guard let file = recording.files[descriptor] else { return }
      body(&recording.contents[file, default: []])
      recording.calls.append(.change(file, recording.contents[file, default: []]))
    }
  }

  /// From here on someone counts on everything before.
  func acknowledge() { recording.withLock { $0.calls.append(.acknowledge) } }

  // MARK: States

  /// A state of the folder after a power cut.
  struct State {
    /// The files by name.
    let files: [String: [UInt8]]
    /// How often it had been acknowledged that what was written is on the disk.
    let acknowledged: Int
  }

  /// Every state that the folder may be found in, whichever call was the last.
  func forEachState(_ body: (State) throws -> Void) rethrows -> Int {
    let recording = recording.withLock { $0 }
    var seen: Set<[String: [UInt8]]> = []
    var count = 0
    for end in 0...recording.calls.count {
      var disk = Disk(names: recording.firstNames, contents: recording.firstContents)
      for call in recording.calls[..<end] { disk.apply(call, folder) }
      // A state may be reached again after more was promised.
      if case .acknowledge? = recording.calls[..<end].last { seen = [] }
      for files in disk.states(folder) where seen.insert(files).inserted {
        count += 1
        try body(State(files: files, acknowledged: disk.acknowledged))
      }
    }
    return count
  }

  private struct Disk {
    /// What is sure.
    var names: [String: File]
    var contents: [File: [UInt8]]
    /// Changes of names that are not sure yet, in order: the file that stands under a name after it, or none.
    var pending: [[(path: String, file: File?)]] = []
    /// What the names would be if all were sure.
    var latestNames: [String: File]
    /// New contents that are not sure yet.
    var changed: [File: [UInt8]] = [:]
    var acknowledged = 0

    init(names: [String: File], contents: [File: [UInt8]]) {
      self.names = names
      self.contents = contents
      latestNames = names
    }

    mutating func apply(_ call: Call, _ folder: String) {
      switch call {
      case .make(let path, let file): change([(path, file)])
      case .change(let file, let bytes): changed[file] = bytes
      case .sync(let file): if let bytes = changed.removeValue(forKey: file) { contents[file] = bytes }
      case .syncFolder(folder):
        names = latestNames
        pending = []
      case .syncFolder: break
      case .rename(let from, let to): change([(to, latestNames[from]), (from, nil)])
      case .remove(let path): change([(path, nil)])
      case .acknowledge: acknowledged += 1
      }
    }

    private mutating func change(_ names: [(path: String, file: File?)]) {
      pending.append(names)
      for (path, file) in names { latestNames[path] = file }
    }

    func states(_ folder: String) -> [[String: [UInt8]]] {
      var states: [[String: [UInt8]]] = []
      for chosen in 0..<(1 << pending.count) {
        var names = names
        for (number, change) in pending.enumerated() where chosen >> number & 1 == 1 {
          for (path, file) in change { names[path] = file }
        }
        var built: [[String: [UInt8]]] = [[:]]
        for (path, file) in names {
          let name = String(path.dropFirst(folder.count + 1))
          built = built.flatMap { files in versions(of: file).map { files.merging([name: $0]) { $1 } } }
        }
        states += built
      }
      return states
    }

    /// What a file's bytes may be.
    private func versions(of file: File) -> [[UInt8]] {
      let sure = contents[file] ?? []
      guard let new = changed[file] else { return [sure] }
      let same = zip(sure, new).prefix { $0 == $1 }.count
      let torn = Array(new[..<(same + (new.count - same) / 2)])
      let zeros = Array(new[..<same]) + [UInt8](repeating: 0, count: new.count - same)
      return [sure, torn, zeros, new]
    }
  }
}
