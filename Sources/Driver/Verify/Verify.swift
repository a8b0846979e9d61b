import Artifacts
import Diagnostics
import Training

/// `train verify FILE RESULT`: runs a script again and says whether it comes to the same, bit for bit.
///
/// RESULT is the line that a run has ended with, or a file that holds it, such as what `2> run.log` has caught. The script runs with that
/// line's seed and writes its files anew; what it prints is left out.
package func verify(_ path: String, against result: String, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let text = FileStatus(at: result)?.kind == .file ? (try? readFile(result)).map { String(decoding: $0, as: UTF8.self) } : result
  guard let expected = text.flatMap(ResultLine.init(lastOf:)) else {
    terminal.complain("`\(result)` is no line `result sha256:…`, and no file that holds one")
    return .failed
  }
  guard let source = terminal.readSource(path) else { return terminal.status }
  var options = options
  options.seed = expected.seed
  options.isQuiet = true
  let silent = Console(isTerminal: false, usesColor: false) { _ in }
  let session = Session(.script, options, Terminal(options, console: silent) { terminal.tell($0) })
  guard let piece = session.check(source) else { return .mistakes }
  for (folder, _) in piece.checked.backupFolders {
    guard let kept = try? FolderBackup.keptFit(inFolder: folder) else { continue }
    let (what, remedy) = kept.isFinished ? ("a training that is over", "") : ("a run that is not over", "let it end, or ")
    terminal.complain("the backup in `\(folder)` is of \(what), which would go on from it; \(remedy)delete the folder")
    return .failed
  }
  Signals.install()
  let status = session.run(piece)
  guard status == .done else { return status }
  session.finish(piece)
  guard let found = session.result(of: piece) else {
    terminal.complain("`\(path)` trains nothing")
    return .failed
  }
  if found.digest == expected.digest {
    terminal.write("the same: sha256:\(found.digest)\n")
    return .done
  }
  let parts = found.differences(from: expected)
  terminal.write("not the same: \(parts.joined(separator: ", ")) \(parts.count == 1 ? "differs" : "differ")\n")
  if found.kernels != expected.kernels {
    terminal.write(
      "note: kernels \(found.kernels) here and \(expected.kernels) there give other last bits; "
        + "`TRAIN_KERNELS=\(expected.kernels)` asks for those.\n")
  }
  if parts.contains("plan") { terminal.write("note: the script means something else than then; `train plan` shows what.\n") }
  return .failed
}
