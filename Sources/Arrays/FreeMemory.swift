import CMalloc
import Glibc

/// What the machine's memory still holds, asked before an array is made that may be too much for it: the system would grant the memory and
/// then end the process that uses it.
package enum FreeMemory {
  /// Below this nobody asks.
  static let carelessBytes = 64 << 20

  /// Whether so many bytes more can be had.
  package static func holds(_ bytes: Int) -> Bool { bytes <= carelessBytes || grants(bytes) }

  /// The same, asked for few bytes, too.
  package static func grants(_ bytes: Int) -> Bool {
    if let available, bytes > available { return false }
    // A limit on the process (`ulimit -v`) shows only when memory is asked for; what is not touched costs nothing.
    let trial = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let trial, trial != MAP_FAILED else { return false }
    munmap(trial, bytes)
    return true
  }

  /// Lets all threads take memory of one heap where the process's addresses are limited (`ulimit -v`): one of its own would take 64 MB of them
  /// a thread, used or not. To be called before there are other threads.
  package static func shareLimitedAddresses() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else { return }
    _ = mallopt(M_ARENA_MAX, 1)
  }

  /// Counts what is kept piece by piece, and looks at the machine's memory after some of it.
  package struct Watch: Sendable {
    private static let bytesBetweenLooks = 64 << 20
    private var unexamined = 0

    package init() {}

    /// Whether the machine has room for more after these bytes.
    package mutating func holds(_ bytes: Int) -> Bool {
      unexamined += bytes
      guard unexamined > Self.bytesBetweenLooks else { return true }
      unexamined = 0
      return FreeMemory.holds(2 * Self.bytesBetweenLooks)
    }
  }

  /// The bytes that this machine has in all, or that a control group lets the process have.
  package static let machineBytes: Int = {
    let limit = text(of: "/sys/fs/cgroup/memory.max").flatMap { number(after: "", in: $0) }
    return min(NDArray.byteLimit, limit ?? .max)
  }()

  /// Bytes that can be used without pushing anything out: the system's estimate, or less where a control group limits the process.
  static var available: Int? {
    let free = text(of: "/proc/meminfo").flatMap { number(after: "MemAvailable:", in: $0) }.map { $0 << 10 }
    guard let limit = text(of: "/sys/fs/cgroup/memory.max").flatMap({ number(after: "", in: $0) }),
      let used = text(of: "/sys/fs/cgroup/memory.current").flatMap({ number(after: "", in: $0) })
    else { return free }
    return min(free ?? .max, max(0, limit - used))
  }

  /// The number behind a word of a text, spaces between them; nil where there is none (`max`).
  private static func number(after word: String, in text: [UInt8]) -> Int? {
    let word = Array(word.utf8)
    for start in text.indices where text[start...].starts(with: word) {
      let digits = text[(start + word.count)...].drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
      return Int(String(decoding: digits, as: UTF8.self))
    }
    return nil
  }

  /// The first bytes of a small file of the system; nil if it cannot be read.
  private static func text(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}
