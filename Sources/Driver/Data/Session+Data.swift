import Artifacts
import Diagnostics
import Lambdas
import Plans
import Syntax

/// `train data FILE`: what the runs of a script are fed, and the first pictures of it as a PNG file.
///
/// The script is checked, and carried out as far as it reads and makes data; nothing is trained, saved or printed. `sheetPath` is where
/// the pictures go; nil for a file beside the script.
package func showData(_ path: String, sheetPath: String?, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  guard let source = terminal.readSource(path) else { return terminal.status }
  let session = Session(.script, options, terminal)
  guard let piece = session.check(source) else { return .mistakes }
  guard let (uses, leftOut) = session.look(at: piece) else { return .failed }
  if uses.isEmpty {
    terminal.complain("`\(path)` reaches no `fit`, `evaluate` or `predict`, so that it feeds nothing to a model")
    return .failed
  }
  var status = ExitStatus.done
  var pictures: DecodedImage?
  var last = ""
  for use in uses {
    let title = "line \(use.range.source.line(at: use.range.start)): \(use.run)\n"
    if title != last { terminal.write(title) }
    last = title
    do throws(Failure) {
      let seen = try use.look()
      terminal.write(seen.text)
      pictures = pictures ?? seen.pictures
    } catch {
      terminal.fail(error.message, at: use.range)
      status = .failed
    }
  }
  if let pictures { status = write(pictures, to: sheetPath ?? sheetName(besides: path), terminal) ?? status }
  if !leftOut.isEmpty {
    let reasons = leftOut.prefix(12).map { "\n  line \($0.line): \($0.reason)" }.joined()
    terminal.note("left out, since nothing is trained here:\(reasons)\(leftOut.count > 12 ? "\n  …" : "")")
  }
  return status
}

/// `lesson.data.png` of `lesson.train`.
private func sheetName(besides path: String) -> String {
  let ending = [".train", ".yaml", ".yml"].first(where: path.hasSuffix) ?? ""
  return path.dropLast(ending.count) + ".data.png"
}

/// Writes the pictures and says so; gives how the command ends where they cannot be written.
private func write(_ pictures: DecodedImage, to path: String, _ terminal: Terminal) -> ExitStatus? {
  do throws(FileFailure) {
    try writeDurably(try encodePNG(pictures, for: path), to: path)
  } catch {
    terminal.complain("\(error)")
    return .failed
  }
  terminal.write("the first pictures: \(path)\n")
  return nil
}

/// A statement that could not be carried out where nothing is trained.
struct LeftOut {
  let line: Int
  /// A clause.
  let reason: String
}

extension Interruption {
  /// Why a statement was not carried out; nil where the user has ended it.
  var reason: String? {
    switch self {
    case .mistakes(let findings): findings.first { $0.severity == .error }?.message ?? "it has mistakes"
    case .failure(let failure): failure.isInterruption ? nil : failure.message
    case .expectation(let message, _): message
    case .interrupted: nil
    }
  }
}

extension Statement {
  /// Whether it asks for what a training comes to.
  var isExpectation: Bool { if case .expect = kind { true } else { false } }
}
