import Glibc

/// A file of entries that grows at its end, one a line, and that several processes may add to at once: what was typed at prompts.
///
/// An entry is on the disk when `append` returns. A line end in an entry is written as `\n`, a backslash as `\\`.
package struct EntryLog: Sendable {
  package let path: String
  /// How many entries are kept; the oldest go first.
  private let limit: Int
  private let fileSystem: FileSystem

  package init(_ path: String, limit: Int = 10_000, through fileSystem: FileSystem = .real) {
    self.path = path
    self.limit = limit
    self.fileSystem = fileSystem
  }

  /// The entries, oldest first; none where there is no file yet. A file that has grown far beyond the limit is cut.
  package func entries() throws(FileFailure) -> [String] {
    if FileStatus(at: path) == nil { return [] }
    let lines = try readLines()
    if lines.count > limit + limit / 4 {
      // Whoever waits for the lock meanwhile finds another file in this one's place, and opens that.
      let descriptor = try openLocked()
      defer { fileSystem.closeLocked(descriptor) }
      let kept = try readLines().suffix(limit)
      try writeDurably(kept.map { $0 + "\n" }.joined(), to: path, through: fileSystem)
    }
    return lines.suffix(limit).map(Self.unescaped)
  }

  /// Adds an entry, making the file and its folder if they are missing.
  package func append(_ entry: String) throws(FileFailure) {
    let descriptor = try openLocked()
    defer { fileSystem.closeLocked(descriptor) }
    // A line that a crash cut short must not take the next one with it.
    var line = Self.escaped(entry) + "\n"
    let size = FileStatus(descriptor: descriptor)?.size ?? 0
    if size > 0 {
      var last: UInt8 = 0
      if pread(descriptor, &last, 1, size - 1) == 1, last != UInt8(ascii: "\n") { line = "\n" + line }
    } else {
      // A file with entries has its name on the disk.
      try fileSystem.syncFolder(splitPath(resolvingLinks(path)).folder, path: path)
    }
    let bytes = Array(line.utf8)
    try bytes.withRawBytes { raw throws(FileFailure) in try fileSystem.writeAll(raw, to: descriptor, path: path) }
    try fileSystem.check(path) { fileSystem.sync(descriptor) }
  }

  private func readLines() throws(FileFailure) -> [String] {
    try readFile(path).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Opens the file that stands at the path, under its lock. Where the lock cannot be had in a second, without it: an entry is
  /// written in one piece at the end, and only cutting needs more.
  private func openLocked() throws(FileFailure) -> Int32 {
    if let reason = impossibility(of: path) { throw .cannotWrite(path: path, reason: reason) }
    while true {
      let flags = O_RDWR | O_CREAT | O_APPEND
      var opened = fileSystem.open(path, flags, 0o600)
      if opened == -Int(ENOENT) {
        try makeFolders(splitPath(path).folder, for: path, through: fileSystem)
        opened = fileSystem.open(path, flags, 0o600)
      }
      let descriptor = Int32(try fileSystem.check(path) { opened })
      var attempts = 0
      while fileSystem.tryLock(descriptor) != .taken, attempts < 100 {
        usleep(10_000)
        attempts += 1
      }
      guard FileStatus(descriptor: descriptor)?.kind == .file else {
        _ = fileSystem.close(descriptor)
        throw .cannotWrite(path: path, reason: "it is a device or a pipe, not a file")
      }
      if FileStatus.isOpen(descriptor, at: path) { return descriptor }
      fileSystem.closeLocked(descriptor)
    }
  }

  private static func escaped(_ entry: String) -> String {
    var text = ""
    for character in entry {
      switch character {
      case "\\": text += "\\\\"
      case "\n", "\r\n", "\r": text += "\\n"
      default: text.append(character)
      }
    }
    return text
  }

  private static func unescaped(_ line: String) -> String {
    var text = ""
    var isEscaped = false
    for character in line {
      if isEscaped {
        text.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        text.append(character)
      }
    }
    return text
  }
}
