import Artifacts
import Glibc
import Synchronization

/// Records the calls of a writer while it works, and rebuilds every state of the disk that a power cut may leave after each of them.
///
/// The model is what POSIX promises, less than any one file system does. The bytes of a file are sure after `fsync` of the file, a name
/// (made, renamed, removed; of a file or a folder) after `fsync` of the folder that it stands in. Until then a file's new bytes may be
/// there, may be missing, end in the middle, be zeros, or stand beside those that they are written over, and each change of a name may have reached the disk or not, whatever became of
/// the ones before it. With the name of a folder all goes that is in it.
final class CrashStates: Sendable {
  private typealias File = Int

  private enum Node: Sendable, Equatable {
    case file(File)
    case folder
  }

  private enum Call: Sendable {
    case make(path: String, File)
    /// All bytes of the file after a write or a cut.
    case change(File, [UInt8])
    case sync(File)
    case syncFolder(String)
    case rename(from: String, to: String)
    case remove(path: String)
    case makeFolder(path: String)
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
    /// Where the next write begins; at the end where there is no place.
    var places: [Int32: Int] = [:]
    var firstNames: [String: File] = [:]
    var firstContents: [File: [UInt8]] = [:]
  }

  /// The calls that a writer may forget, so that tests see that this is found: `topSync` is of the folder that all stands in.
  enum Forgotten { case nothing, fileSync, folderSync, topSync }

  private let recording: Mutex<Recording>
  private let folder: String
  private let forgotten: Forgotten
  /// How often something is acknowledged before a call is forgotten.
  private let promises: Int

  /// What is in the folder now is on the disk.
  init(of folder: String, forgetting forgotten: Forgotten = .nothing, after promises: Int = 0) {
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
    self.promises = promises
  }

  private func forgets(_ call: Forgotten, _ recording: Recording) -> Bool {
    forgotten == call && recording.calls.count { if case .acknowledge = $0 { true } else { false } } >= promises
  }

  /// The real file system, recorded.
  var fileSystem: FileSystem {
    let real = FileSystem.real
    var recorded = real
    recorded.sureFolders = SureFolders()
    recorded.open = { path, flags, mode in
      let result = real.open(path, flags, mode)
      if result >= 0 { self.recording.withLock { Self.opened(path, Int32(result), flags, &$0) } }
      return result
    }
    recorded.write = { descriptor, bytes in
      let count = real.write(descriptor, bytes)
      if count > 0 {
        self.change(descriptor) { recording, file in
          let place = recording.places[descriptor] ?? file.count
          file.replaceSubrange(min(place, file.count)..<min(place + count, file.count), with: bytes.prefix(count))
          if let place = recording.places[descriptor] { recording.places[descriptor] = place + count }
        }
      }
      return count
    }
    recorded.rewind = { descriptor in
      let result = real.rewind(descriptor)
      if result >= 0 { self.recording.withLock { $0.places[descriptor] = 0 } }
      return result
    }
    recorded.truncate = { descriptor, length in
      let result = real.truncate(descriptor, length)
      if result >= 0 { self.change(descriptor) { $1.removeLast(max(0, $1.count - length)) } }
      return result
    }
    recorded.syncData = { descriptor in
      self.recording.withLock { recording in
        if let file = recording.files[descriptor], !self.forgets(.fileSync, recording) { recording.calls.append(.sync(file)) }
      }
      return real.syncData(descriptor)
    }
    recorded.sync = { descriptor in
      self.recording.withLock { recording in
        if let file = recording.files[descriptor], !self.forgets(.fileSync, recording) { recording.calls.append(.sync(file)) }
        if let folder = recording.folders[descriptor], !self.forgets(.folderSync, recording),
          folder != self.folder || !self.forgets(.topSync, recording)
        {
          recording.calls.append(.syncFolder(folder))
        }
      }
      return real.sync(descriptor)
    }
    recorded.close = { descriptor in
      self.recording.withLock { recording in
        recording.files[descriptor] = nil
        recording.folders[descriptor] = nil
        recording.places[descriptor] = nil
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
    recorded.makeFolder = { path in
      let result = real.makeFolder(path)
      if result >= 0 { self.recording.withLock { $0.calls.append(.makeFolder(path: path)) } }
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

  private func change(_ descriptor: Int32, _ body: (inout Recording, inout [UInt8]) -> Void) {
    recording.withLock { recording in
      guard let file = recording.files[descriptor] else { return }
      var bytes = recording.contents[file, default: []]
      body(&recording, &bytes)
      recording.contents[file] = bytes
      recording.calls.append(.change(file, bytes))
    }
  }

  /// From here on someone counts on everything before.
  func acknowledge() { recording.withLock { $0.calls.append(.acknowledge) } }

  // MARK: States

  /// A state of the folder after a power cut.
  struct State {
    /// The files by their paths within the folder.
    let files: [String: [UInt8]]
    /// The folders in it, outer ones first.
    let folders: [String]
    /// How often it had been acknowledged that what was written is on the disk.
    let acknowledged: Int
  }

  /// Every state that the folder may be found in, whichever call was the last; those from so many acknowledgements on.
  func forEachState(after acknowledged: Int = 0, _ body: (State) throws -> Void) rethrows -> Int {
    let recording = recording.withLock { $0 }
    var seen: Set<Built> = []
    var count = 0
    for end in 0...recording.calls.count {
      var disk = Disk(names: recording.firstNames.mapValues(Node.file), contents: recording.firstContents)
      for call in recording.calls[..<end] { disk.apply(call) }
      if disk.acknowledged < acknowledged { continue }
      // A state may be reached again after more was promised.
      if case .acknowledge? = recording.calls[..<end].last { seen = [] }
      for built in disk.states(folder) where seen.insert(built).inserted {
        count += 1
        try body(State(files: built.files, folders: built.folders, acknowledged: disk.acknowledged))
      }
    }
    return count
  }

  private struct Built: Hashable {
    var files: [String: [UInt8]] = [:]
    var folders: [String] = []
  }

  private struct Disk {
    /// A change of names: what stands under each after it, or nothing.
    typealias Change = [(path: String, node: Node?)]

    /// What is sure.
    var names: [String: Node]
    var contents: [File: [UInt8]]
    /// Changes of names that are not sure yet, in order.
    var pending: [Change] = []
    /// What the names would be if all were sure.
    var latestNames: [String: Node]
    /// New contents that are not sure yet.
    var changed: [File: [UInt8]] = [:]
    var acknowledged = 0

    init(names: [String: Node], contents: [File: [UInt8]]) {
      self.names = names
      self.contents = contents
      latestNames = names
    }

    mutating func apply(_ call: Call) {
      switch call {
      case .make(let path, let file): change([(path, .file(file))])
      case .change(let file, let bytes): changed[file] = bytes
      case .sync(let file): if let bytes = changed.removeValue(forKey: file) { contents[file] = bytes }
      case .syncFolder(let folder):
        // Both names of a rename stand in one folder here.
        for change in pending where Self.parent(of: change) == folder { apply(change, to: &names) }
        pending.removeAll { Self.parent(of: $0) == folder }
      case .rename(let from, let to): change([(to, latestNames[from]), (from, nil)])
      case .remove(let path): change([(path, nil)])
      case .makeFolder(let path): change([(path, .folder)])
      case .acknowledge: acknowledged += 1
      }
    }

    private static func parent(of change: Change) -> String { change.first.map { splitPath($0.path).folder } ?? "" }

    private mutating func change(_ change: Change) {
      pending.append(change)
      apply(change, to: &latestNames)
    }

    private func apply(_ change: Change, to names: inout [String: Node]) {
      for (path, node) in change { names[path] = node }
    }

    func states(_ folder: String) -> [Built] {
      var states: [Built] = []
      for chosen in 0..<(1 << pending.count) {
        var names = names
        for (number, change) in pending.enumerated() where chosen >> number & 1 == 1 { apply(change, to: &names) }
        var built = [Built()]
        for (path, node) in names.sorted(by: { $0.key < $1.key }) where isReachable(path, in: folder, names) {
          let name = String(path.dropFirst(folder.count + 1))
          switch node {
          case .folder: for index in built.indices { built[index].folders.append(name) }
          case .file(let file):
            built = built.flatMap { state in
              versions(of: file).map { bytes in
                var state = state
                state.files[name] = bytes
                return state
              }
            }
          }
        }
        states += built
      }
      return states
    }

    /// Whether every folder that leads to a path has its name.
    private func isReachable(_ path: String, in folder: String, _ names: [String: Node]) -> Bool {
      let parent = splitPath(path).folder
      return parent == folder || names[parent] == .folder && isReachable(parent, in: folder, names)
    }

    /// What a file's bytes may be.
    private func versions(of file: File) -> [[UInt8]] {
      let sure = contents[file] ?? []
      guard let new = changed[file] else { return [sure] }
      let same = zip(sure, new).prefix { $0 == $1 }.count
      let middle = same + (new.count - same) / 2
      let torn = Array(new[..<middle])
      let zeros = Array(new[..<same]) + [UInt8](repeating: 0, count: new.count - same)
      if sure.count <= same { return [sure, torn, zeros, new] }
      // Written over: old and new bytes side by side, either first.
      let before = Array(sure.prefix(middle)) + [UInt8](repeating: 0, count: max(0, middle - sure.count))
      return [sure, torn, zeros, new, torn + sure.dropFirst(middle), before + new[middle...]]
    }
  }
}
