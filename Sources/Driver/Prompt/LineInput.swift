import CReadline
import Glibc

/// What came of waiting for a line.
enum TypedLine: Equatable {
  /// Without its line end.
  case line(String)
  /// Ctrl-C: the line is given up.
  case interrupted
  /// Ctrl-D, or the end of a pipe.
  case end
}

/// Where lines come from.
protocol LineInput: AnyObject {
  func readLine(prompt: String) -> TypedLine
  /// Makes an entry, of one line or several, something that the arrow keys bring back.
  func remember(_ entry: String)
}

/// Lines of a terminal, edited with GNU readline.
final class ReadlineInput: LineInput {
  private let wake: Int32

  /// What stands for completions in the C library's callback, which carries no context. One prompt, on one thread.
  private nonisolated(unsafe) static var complete: (String) -> Completion = { _ in Completion(start: 0) }

  /// Nil where the library is not installed. `wake` can be read after a Ctrl-C; `complete` is given a line up to the cursor.
  init?(wake: Int32, complete: @escaping (String) -> Completion) {
    self.wake = wake
    Self.complete = complete
    let status = creadline_open { line, cursor, completion in
      guard let line, let completion else { return }
      let bytes = UnsafeRawBufferPointer(start: line, count: Int(cursor))
      let found = ReadlineInput.complete(String(decoding: bytes, as: UTF8.self))
      completion.pointee.start = Int32(found.start)
      guard !found.candidates.isEmpty else { return }
      completion.pointee.append = found.ending.utf8.first.map(CChar.init(bitPattern:)) ?? 0
      completion.pointee.are_paths = found.arePaths ? 1 : 0
      completion.pointee.candidates = strdup(found.candidates.joined(separator: "\n"))
    }
    if status != 0 { return nil }
  }

  func readLine(prompt: String) -> TypedLine {
    var line: UnsafeMutablePointer<CChar>?
    switch creadline_read(prompt, wake, &line) {
    case CREADLINE_INTERRUPTED: return .interrupted
    case CREADLINE_LINE:
      guard let line else { return .end }
      defer { free(line) }
      return .line(String(cString: line))
    default: return .end
    }
  }

  func remember(_ entry: String) { creadline_remember(entry) }
}

/// Lines as they come: from a pipe or a file, or from a terminal without GNU readline.
final class PlainInput: LineInput {
  private let descriptor: Int32
  private let wake: Int32
  /// Writes the prompt; nil where nobody would read it.
  private let write: ((String) -> Void)?
  private var bytes: [UInt8] = []
  /// Where in `bytes` the next line begins.
  private var position = 0
  private var hasEnded = false

  /// `wake` can be read after a Ctrl-C.
  init(_ descriptor: Int32 = STDIN_FILENO, wake: Int32, write: ((String) -> Void)? = nil) {
    self.descriptor = descriptor
    self.wake = wake
    self.write = write
  }

  func readLine(prompt: String) -> TypedLine {
    write?(prompt)
    var searched = position
    while true {
      if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) { return .line(take(upTo: end)) }
      if hasEnded { return position < bytes.count ? .line(take(upTo: bytes.count)) : .end }
      searched = bytes.count - position
      bytes.removeFirst(position)
      position = 0
      if !fill() { return .interrupted }
    }
  }

  private func take(upTo end: Int) -> String {
    defer { position = min(end + 1, bytes.count) }
    let isReturnBefore = end > position && bytes[end - 1] == UInt8(ascii: "\r")
    return String(decoding: bytes[position..<(isReturnBefore ? end - 1 : end)], as: UTF8.self)
  }

  /// Waits for more; false where Ctrl-C came first.
  private func fill() -> Bool {
    while true {
      var files = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&files, 2, -1) < 0 {
        if errno == EINTR { continue }
        hasEnded = true
        return true
      }
      if files[1].revents & Int16(POLLIN) != 0 { return false }
      if files[0].revents == 0 { continue }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count <= 0 { hasEnded = true } else { bytes += chunk[..<count] }
      return true
    }
  }

  func remember(_ entry: String) {}
}
