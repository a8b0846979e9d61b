import Artifacts
import Diagnostics
import Glibc
import Training

/// Where a command writes: what the script prints to the output, findings and failures to the error stream.
final class Terminal {
  /// Where the script itself prints, and the progress of its trainings.
  let console: Console
  private let options: Options
  private let errors: (String) -> Void
  /// What a command that could not begin ends with.
  private(set) var status = ExitStatus.done

  init(_ options: Options) {
    self.options = options
    Self.openStandardStreams()
    console = .standardOutput(usesColor: options.color.applies(to: STDOUT_FILENO))
    errors = { text in
      let bytes = Array(text.utf8)
      _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }

  /// Writes elsewhere; `errors` takes findings and failures.
  init(_ options: Options, console: Console, errors: @escaping (String) -> Void) {
    self.options = options
    self.console = console
    self.errors = errors
  }

  /// Opens what the caller has closed of input, output and errors: else the first file that the run writes would get its number, and
  /// what is printed would go into that file.
  private static func openStandardStreams() {
    var descriptor: Int32
    repeat { descriptor = open("/dev/null", O_RDWR) } while (0...STDERR_FILENO).contains(descriptor)
    if descriptor > STDERR_FILENO { close(descriptor) }
  }

  func write(_ text: String) { StandardOutput.write(text) }

  /// The text of a script; nil, with the reason told, where there is none to read.
  func readSource(_ path: String) -> Source? {
    do throws(FileFailure) { return decode(try readFile(path), named: path) } catch {
      complain(error.description)
      return nil
    }
  }

  /// The text of the standard input, in the same way.
  func readInput(named name: String) -> Source? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(STDIN_FILENO, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    return decode(bytes, named: name)
  }

  private func decode(_ bytes: [UInt8], named name: String) -> Source? {
    switch decodeSource(name: name, bytes: bytes) {
    case .source(let source): return source
    case .noText(let finding):
      refuse([finding])
      return nil
    }
  }

  /// Shows findings, and what they add up to.
  func show(_ findings: [Finding]) {
    guard !findings.isEmpty else { return }
    writeError(rendered(findings, colors: options.color.applies(to: STDERR_FILENO)))
    if findings.count > 1 { writeError("\n" + summary(of: findings) + "\n") }
  }

  /// What ended the run, shown where in the script it happened, if it has a place there.
  func fail(_ message: String, at range: SourceRange?) {
    guard let range else { return complain(message) }
    let sentence = message.prefix(1).uppercased() + message.dropFirst()
    show([Finding(.error, "run-failed", sentence.hasSuffix(".") ? sentence : sentence + ".", at: range)])
  }

  /// A failure of the world: one sentence.
  func complain(_ sentence: String) {
    let isColored = options.color.applies(to: STDERR_FILENO)
    let word = isColored ? "\u{1B}[1;31mtrain:\u{1B}[0m" : "train:"
    writeError("\(word) \(sentence)\n")
    status = .failed
  }

  /// What has come of what the user asked for.
  func say(_ sentence: String) { writeError(sentence + "\n") }

  /// Something the user should know, which `--quiet` leaves out.
  func note(_ sentence: String) {
    if !options.isQuiet { writeError(sentence + "\n") }
  }

  /// What was asked for beside the script's own output.
  func tell(_ text: String) { writeError(text) }

  func refuse(_ findings: [Finding]) {
    show(findings)
    status = .mistakes
  }

  private func writeError(_ text: String) {
    // Only where both end in one place: what a script prints into a file stays what it is.
    if console.isTerminal { console.endLine() }
    errors(text)
  }
}
