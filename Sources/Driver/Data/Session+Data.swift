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
    let lines = leftOut.prefix(12).map { String($0.range.source.line(at: $0.range.start)) }.joined(separator: ", ")
    terminal.note("left out, since it needs what a training gives: line\(leftOut.count == 1 ? "" : "s") \(lines)")
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

extension Statement {
  /// Whether it is a call that only writes, prints or draws: `plot(…)`, `np.save(…)`, and `expect`.
  var isEffectAlone: Bool {
    switch kind {
    case .expect: return true
    case .expression(let expression):
      guard case .call(let callee, _) = expression.kind else { return false }
      switch callee.kind {
      case .name: return true
      case .attribute(let base, _):
        if case .name(let name) = base.kind { return ["np", "numpy", "keras", "tf"].contains(name) }
        return false
      default: return false
      }
    default: return false
    }
  }
}
