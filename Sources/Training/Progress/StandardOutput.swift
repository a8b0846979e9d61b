import Artifacts
import Glibc
import Synchronization

/// The process's output, written past the C library's buffer: each line stands where it belongs among a killed run's files.
package enum StandardOutput {
  private static let firstError = Atomic<Int32>(0)

  /// Why something that was printed is missing, such as a full disk; nil if nothing is. A reader that went away (`| head`), or an
  /// output that was never open, misses nothing.
  package static var failure: String? {
    let error = firstError.load(ordering: .relaxed)
    return error == 0 ? nil : systemReason(error)
  }

  /// Writes text. What cannot be written never ends a training: it is remembered as `failure`.
  package static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
          continue
        }
        let error = errno
        if count < 0, error == EINTR { continue }
        // The other end of a terminal or socket may be slow.
        if count < 0, error == EAGAIN {
          var ready = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
          poll(&ready, 1, -1)
          continue
        }
        if count < 0, error != EPIPE, error != EBADF {
          _ = firstError.compareExchange(expected: 0, desired: error, ordering: .relaxed)
        }
        return
      }
    }
  }
}
