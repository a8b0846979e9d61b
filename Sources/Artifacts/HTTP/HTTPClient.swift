import CCurl
import Glibc

/// Posts and gets over HTTP, one request at a time, over a connection that is kept.
package final class HTTPClient: @unchecked Sendable {
  // Sendable by discipline: one thread asks; `cancel` is for any thread.
  /// How a request ended.
  package enum Answer: Equatable, Sendable {
    case status(Int)
    /// Nothing was sent: no such host, nobody who listens, no connection in time.
    case notReached
    /// Nothing was sent: the server's certificate is not trusted; why, as libcurl says it.
    case untrusted(String)
    /// It may have been sent, and no whole answer came in time.
    case timedOut
    /// The connection broke, or what came was no HTTP; why, as libcurl says it.
    case broken(String)
  }

  private let client: OpaquePointer

  /// Nil where libcurl is not installed, or there is no memory.
  package init?() {
    guard let client = ccurl_open() else { return nil }
    self.client = client
  }

  deinit { ccurl_close(client) }

  /// Whether there is a library to do it with.
  package static var isInstalled: Bool { ccurl_load() == 0 }

  /// Posts a body; `headers` are lines.
  package func post(_ body: [UInt8], to url: String, headers: [String], timeoutSeconds: Double) -> Answer {
    let milliseconds = Int(max(1, min(timeoutSeconds * 1000, Double(Int32.max))))
    let lines = headers.map { strdup($0) }
    defer { for line in lines { free(line) } }
    let answer = lines.map { UnsafePointer($0) }.withUnsafeBufferPointer { lines in
      body.withUnsafeBytes { body in
        ccurl_post(client, url, lines.baseAddress, lines.count, body.baseAddress, body.count, milliseconds)
      }
    }
    return outcome(of: answer)
  }

  /// Gets a body from byte `first` on, piece by piece, as it comes: `take` gets the bytes and how many there will be from there on, as far as
  /// the server says, and gives false where no more are wanted, which ends the request as `broken`. So does a server that gives no parts; one
  /// that does answers 206. A server that sends nothing for `stallSeconds` is `timedOut`.
  package func get(
    _ url: String, from first: Int = 0, stallSeconds: Int, take: (_ bytes: UnsafeRawBufferPointer, _ total: Int?) -> Bool
  ) -> Answer {
    withoutActuallyEscaping(take) { take in
      let taker = Taker(take)
      let answer = ccurl_get(
        client, url, Int64(first), stallSeconds,
        { context, bytes, count, total in
          guard let context else { return 0 }
          let taker = Unmanaged<Taker>.fromOpaque(context).takeUnretainedValue()
          return taker.take(UnsafeRawBufferPointer(start: bytes, count: count), total < 0 ? nil : Int(total)) ? 1 : 0
        }, Unmanaged.passUnretained(taker).toOpaque())
      return withExtendedLifetime(taker) { outcome(of: answer) }
    }
  }

  private final class Taker {
    let take: (UnsafeRawBufferPointer, Int?) -> Bool
    init(_ take: @escaping (UnsafeRawBufferPointer, Int?) -> Bool) { self.take = take }
  }

  private func outcome(of answer: ccurl_answer) -> Answer {
    switch answer.outcome {
    case CCURL_ANSWERED: return .status(answer.status)
    case CCURL_NOT_REACHED: return .notReached
    case CCURL_UNTRUSTED: return .untrusted(reason(of: answer).trimmingPrefix("SSL certificate problem: ").description)
    case CCURL_TIMED_OUT: return .timedOut
    default: return .broken(reason(of: answer))
    }
  }

  private func reason(of answer: ccurl_answer) -> String { answer.reason.map { String(cString: $0) } ?? "" }

  /// Lets the request that is on its way, and any after it, end at once.
  package func cancel() { ccurl_cancel(client) }
}
