import Foundation

/// A server on this machine that speaks TLS with a certificate which nobody vouches for; `openssl` makes both.
final class SelfSignedServer {
  let root: String
  private let process: Process
  /// Open for as long as it serves: it ends with its input.
  private let input = Pipe()

  /// Nil where it cannot be started; its files go into the folder.
  init?(_ folder: TemporaryFolder) {
    let (key, certificate) = ("\(folder.path)/key.pem", "\(folder.path)/certificate.pem")
    let request = Self.openssl([
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
      "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
    ])
    request.standardError = FileHandle.nullDevice
    guard (try? request.run()) != nil else { return nil }
    request.waitUntilExit()

    process = Self.openssl(["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key])
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard request.terminationStatus == 0, (try? process.run()) != nil else { return nil }
    var said = ""
    // ACCEPT 127.0.0.1:37103
    while !said.contains("ACCEPT ") || !said.hasSuffix("\n") {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { return nil }
      said += String(decoding: part, as: UTF8.self)
    }
    guard let port = said.split(separator: "\n").last?.split(separator: ":").last else { return nil }
    root = "https://127.0.0.1:\(port)"
  }

  deinit { process.terminate() }

  private static func openssl(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    return process
  }
}
