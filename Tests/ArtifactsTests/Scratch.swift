import Artifacts
import Glibc
import Synchronization

/// A folder for one test, removed with it.
final class Scratch {
  let folder: String

  init() {
    var template = Array("/tmp/artifacts-tests-XXXXXX".utf8CString)
    folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit { remove(folder) }

  func path(_ name: String) -> String { folder + "/" + name }

  /// A file with these bytes; gives its path.
  func file(_ name: String, _ bytes: [UInt8]) -> String {
    put(bytes, at: path(name))
    return path(name)
  }

  /// The names in the folder, hidden ones included.
  var names: [String] { names(in: folder) }

  /// The same of a folder in it.
  func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private func remove(_ path: String) {
    chmod(path, 0o700)
    for name in names(in: path) {
      let inner = path + "/" + name
      if unlink(inner) != 0 { remove(inner) }
    }
    rmdir(path)
  }
}

/// Puts a file there by the plainest means, independent of what is tested.
func put(_ bytes: [UInt8], at path: String) {
  guard let file = fopen(path, "w") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}

func put(_ text: String, at path: String) { put(Array(text.utf8), at: path) }

/// The bytes of a file, or nil if there is none.
func contents(at path: String) -> [UInt8]? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var some = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&some, 1, some.count, file), count > 0 { bytes += some[..<count] }
  return bytes
}

/// The text of a file, or nil if there is none.
func text(at path: String) -> String? { contents(at: path).map { String(decoding: $0, as: UTF8.self) } }

/// A real file system whose n-th call does something else, and which records all calls.
final class Trouble: Sendable {
  enum Kind: Sendable, Equatable {
    /// The call fails with this `errno`, always from then on if it is a full disk.
    case error(Int32)
    /// Interrupted by a signal once.
    case interruption
    /// A write that takes one byte only.
    case shortWrite
  }

  private let state: Mutex<(calls: [String], at: Int?)>
  let kind: Kind

  init(_ kind: Kind, atCall number: Int?) {
    self.kind = kind
    state = Mutex(([], number))
  }

  var calls: [String] { state.withLock { $0.calls } }

  private func call(_ name: String, _ real: () -> Int) -> Int {
    let strikes = state.withLock { state in
      state.calls.append(name)
      return state.at == state.calls.count - 1
    }
    guard strikes else { return real() }
    switch kind {
    case .error(let code): return -Int(code)
    case .interruption: return name == "close" ? real() : -Int(EINTR)
    case .shortWrite: return real()
    }
  }

  var fileSystem: FileSystem {
    let real = FileSystem.real
    var troubled = real
    troubled.sureFolders = SureFolders()
    troubled.open = { path, flags, mode in self.call("open") { real.open(path, flags, mode) } }
    troubled.write = { descriptor, bytes in
      self.call("write") {
        let taken = self.kind == .shortWrite ? min(1, bytes.count) : bytes.count
        return real.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(taken)))
      }
    }
    troubled.rewind = { descriptor in self.call("rewind") { real.rewind(descriptor) } }
    troubled.syncData = { descriptor in self.call("syncData") { real.syncData(descriptor) } }
    troubled.truncate = { descriptor, length in self.call("truncate") { real.truncate(descriptor, length) } }
    troubled.sync = { descriptor in self.call("sync") { real.sync(descriptor) } }
    troubled.close = { descriptor in
      // A close that fails has closed all the same.
      let result = real.close(descriptor)
      return self.call("close") { result }
    }
    troubled.rename = { from, to in self.call("rename") { real.rename(from, to) } }
    troubled.remove = { path in self.call("remove") { real.remove(path) } }
    troubled.makeFolder = { path in self.call("makeFolder") { real.makeFolder(path) } }
    return troubled
  }
}
