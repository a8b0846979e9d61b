import Arrays
import Artifacts
import Glibc

/// Why a file could not be fetched.
struct DownloadFailure: Error {
  let reason: String
  var isInterruption = false
}

/// Fetches a file: it stands under its name once it is whole and its digest is right, and not before.
struct Download {
  private let origin: String
  private let path: String
  private let digest: String?
  private let isInterrupted: () -> Bool
  /// After so many seconds without a byte a server is given up.
  static let stallSeconds = 30
  private let stallSeconds: Int

  init(
    _ origin: String, to path: String, digest: String?, stallSeconds: Int = Download.stallSeconds,
    isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.origin = origin
    self.path = path
    self.digest = digest
    self.stallSeconds = stallSeconds
    self.isInterrupted = isInterrupted
  }

  func run() throws(DownloadFailure) {
    var problem: DownloadFailure?
    do throws(FileFailure) {
      try writeDurably(to: path, makingFolders: true) { file throws(FileFailure) in
        var digest = SHA256()
        do throws(DownloadFailure) {
          try copy(into: &file, &digest)
          if let expected = self.digest, digest.hexadecimal != expected {
            throw DownloadFailure(
              reason: "`\(origin)` is not the file it should be: its SHA-256 is \(digest.hexadecimal), not \(expected)")
          }
        } catch {
          problem = error
          throw .cannotWrite(path: path, reason: error.reason)
        }
      }
    } catch {
      throw problem ?? DownloadFailure(reason: error.description)
    }
  }

  private func copy(into file: inout DurableFile, _ digest: inout SHA256) throws(DownloadFailure) {
    if origin.hasPrefix("http://") || origin.hasPrefix("https://") { return try get(into: &file, &digest) }
    do throws(FileFailure) {
      let bytes = try readFile(origin)
      bytes.withUnsafeBytes { digest.add($0) }
      try file.write(bytes)
    } catch {
      throw DownloadFailure(reason: error.description)
    }
  }

  private func get(into file: inout DurableFile, _ digest: inout SHA256) throws(DownloadFailure) {
    guard let client = HTTPClient() else { throw DownloadFailure(reason: "libcurl is not installed; install `libcurl4`") }
    var progress = DownloadProgress(origin)
    var problem: DownloadFailure?
    // What broke is asked for from there on, as long as each time some of it comes.
    for _ in 0..<Self.mostTries {
      let first = progress.received
      var failure: FileFailure?
      let answer = client.get(origin, from: first, stallSeconds: stallSeconds) { bytes, rest in
        progress.advance(by: bytes.count, of: rest.map { first + $0 })
        digest.add(bytes)
        do throws(FileFailure) { try file.write(bytes) } catch { failure = error }
        return failure == nil && !isInterrupted()
      }
      progress.end()
      if isInterrupted() { throw DownloadFailure(reason: "it was interrupted", isInterruption: true) }
      if let failure { throw DownloadFailure(reason: failure.description) }
      guard let found = self.problem(of: answer, from: first) else { return }
      if progress.received == first { throw problem ?? found }
      problem = found
    }
    throw problem ?? DownloadFailure(reason: "it does not come")
  }

  /// How often a connection may break.
  private static let mostTries = 20

  /// Nil where all that was asked for has come.
  private func problem(of answer: HTTPClient.Answer, from first: Int) -> DownloadFailure? {
    switch answer {
    case .status(first > 0 ? 206 : 200): nil
    case .status(let status): DownloadFailure(reason: "`\(origin)` answers \(status)")
    case .notReached: DownloadFailure(reason: "`\(origin)` cannot be reached")
    case .untrusted(let reason): DownloadFailure(reason: "the server of `\(origin)` is not trusted (\(reason))")
    case .timedOut: DownloadFailure(reason: "`\(origin)` sent nothing for \(stallSeconds) seconds")
    case .broken(let reason): DownloadFailure(reason: "the connection to `\(origin)` broke (\(reason))")
    }
  }
}

/// Tells on the error stream what is fetched: in a terminal a bar that moves, elsewhere a line.
private struct DownloadProgress {
  private let isTerminal = isatty(2) == 1
  /// How many bytes have come.
  private(set) var received = 0
  private var lastShown = ""

  init(_ origin: String) { write("Fetching \(origin)\n") }

  mutating func advance(by bytes: Int, of total: Int?) {
    received += bytes
    guard isTerminal else { return }
    var line = "\(Self.megabytes(received))"
    if let total, total > 0 {
      let share = min(1, Double(received) / Double(total))
      let filled = Int(share * Double(Self.width))
      line =
        "\(String(repeating: "━", count: filled))\(String(repeating: " ", count: Self.width - filled)) \(Int(share * 100)) % of \(Self.megabytes(total))"
    }
    if line == lastShown { return }
    lastShown = line
    write("\r\(line)")
  }

  func end() { if !lastShown.isEmpty { write("\n") } }

  private static let width = 30

  private static func megabytes(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + 500_000) / 1_000_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }

  private func write(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) } }
}
