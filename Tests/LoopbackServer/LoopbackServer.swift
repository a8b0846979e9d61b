import Foundation
import Synchronization

/// A small HTTP server on this machine, which notes what it is sent and answers as it is told.
package final class LoopbackServer: Sendable {
  package struct Request: Equatable, Sendable {
    package var method = ""
    package var path = ""
    package var headers: [String: String] = [:]
    package var body = ""
  }

  /// What becomes of a request.
  package enum Manner: Sendable {
    case answer(Int)
    /// Gives these bytes, or those from where they are asked for.
    case give([UInt8])
    /// Says how many bytes there are, gives some of them, and closes the connection after so many seconds.
    case giveSome([UInt8], of: Int, seconds: Double)
    /// Sends whoever asks elsewhere, with that status.
    case redirect(Int, to: String)
    /// After so many seconds.
    case late(Double)
    /// The connection is closed instead.
    case hangUp
    /// Sends what is no HTTP.
    case babble
    /// From here on nobody listens any more.
    case die
  }

  package let port: UInt16
  private let listener: Int32
  private let state: Mutex<(manners: [Manner], requests: [Request], isOpen: Bool)>

  /// Listens, on a port that is free or on that one; requests are treated in these manners one after the other, and then answered.
  package init?(port wanted: UInt16 = 0, _ manners: [Manner] = []) {
    state = Mutex((manners, [], true))
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = wanted.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isBound else { return nil }
    port = address.sin_port.bigEndian
    Thread.detachNewThread { [self] in serve() }
  }

  package var root: String { "http://127.0.0.1:\(port)" }
  package var requests: [Request] { state.withLock { $0.requests } }

  /// Stops listening.
  package func close() {
    let wasOpen = state.withLock { state in
      defer { state.isOpen = false }
      return state.isOpen
    }
    // The thread that takes connections gives the descriptor back, so that none other has its number before.
    if wasOpen { shutdown(listener, Int32(SHUT_RDWR)) }
  }

  private func serve() {
    while case let connection = accept(listener, nil, nil), connection >= 0 {
      if let request = read(from: connection) {
        let manner = state.withLock { state in
          state.requests.append(request)
          return state.manners.isEmpty ? Manner.answer(200) : state.manners.removeFirst()
        }
        switch manner {
        case .answer(let status): answer(connection, status)
        case .give(let bytes): give(bytes, from: request.headers["range"].flatMap(Self.first) ?? 0, to: connection)
        case .giveSome(let bytes, let count, let seconds):
          give(bytes, of: count, to: connection)
          usleep(UInt32(seconds * 1e6))
        case .redirect(let status, let place): answer(connection, status, "Location: \(place)\r\n")
        case .late(let seconds):
          usleep(UInt32(seconds * 1e6))
          answer(connection, 200)
        case .babble: write("who is there?\r\n\r\n", to: connection)
        case .hangUp: break
        case .die: close()
        }
      }
      Glibc.close(connection)
    }
    Glibc.close(listener)
  }

  private func answer(_ connection: Int32, _ status: Int, _ header: String = "") {
    write("HTTP/1.1 \(status) As Told\r\n\(header)Content-Length: 2\r\nConnection: close\r\n\r\nok", to: connection)
  }

  /// Where `bytes=5-` begins.
  private static func first(in range: String) -> Int? { Int(range.dropFirst("bytes=".count).dropLast()) }

  private func give(_ bytes: [UInt8], from first: Int, to connection: Int32) {
    if first == 0 { return give(bytes, of: bytes.count, to: connection) }
    let range = "Content-Range: bytes \(first)-\(bytes.count - 1)/\(bytes.count)"
    write(
      "HTTP/1.1 206 As Told\r\n\(range)\r\nContent-Length: \(bytes.count - first)\r\nConnection: close\r\n\r\n", to: connection)
    write(Array(bytes[first...]), to: connection)
  }

  private func give(_ bytes: [UInt8], of count: Int, to connection: Int32) {
    write("HTTP/1.1 200 As Told\r\nContent-Length: \(count)\r\nConnection: close\r\n\r\n", to: connection)
    write(bytes, to: connection)
  }

  private func write(_ text: String, to connection: Int32) { write(Array(text.utf8), to: connection) }

  private func write(_ bytes: [UInt8], to connection: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent <= 0 { return }
      rest = rest.dropFirst(sent)
    }
  }

  private func read(from connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    while true {
      if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        var request = Request(method: String(words[0]), path: words.count > 1 ? String(words[1]) : "")
        for line in lines.dropFirst() {
          let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
          if parts.count == 2 { request.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let length = Int(request.headers["content-length"] ?? "0") ?? 0
        if bytes.count - end.upperBound >= length {
          request.body = String(decoding: bytes[end.upperBound...], as: UTF8.self)
          return request
        }
      }
      var part = [UInt8](repeating: 0, count: 4096)
      let count = recv(connection, &part, part.count, 0)
      guard count > 0 else { return nil }
      bytes += part.prefix(count)
    }
  }
}
