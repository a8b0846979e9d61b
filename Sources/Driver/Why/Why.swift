import Artifacts
import Diagnostics
import Glibc
import Training

/// `train why FILE`: what the callbacks of a script's last run decided, and for what reasons.
///
/// FILE is the script, or the file of decisions beside it.
package func why(_ path: String, _ filter: DecisionFilter, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let log = path.hasSuffix(".jsonl") ? path : DecisionLog.path(ofScript: path)
  guard FileStatus(at: log) != nil else {
    let reason = FileStatus(at: path) == nil ? "there is no `\(path)`" : "no run of `\(path)` has decided anything yet"
    terminal.complain("\(reason): `\(log)` does not exist")
    return .failed
  }
  do throws(FileFailure) {
    let (records, strangeLines) = try DecisionLog.read(log)
    if strangeLines > 0 {
      terminal.say(
        "\(strangeLines) line\(strangeLines == 1 ? "" : "s") of `\(log)` tell\(strangeLines == 1 ? "s" : "") no decision")
    }
    if records.isEmpty, strangeLines > 0 { return .failed }
    return terminal.tell(records, filter)
  } catch {
    terminal.complain(error.description)
    return .failed
  }
}

extension Terminal {
  /// Writes decisions as text.
  func tell(_ records: [DecisionRecord], _ filter: DecisionFilter) -> ExitStatus {
    let table = DecisionTable(records, filter, style: TextStyle(isColored: console.usesColor))
    if let (name, known, nearest) = table.unknownCallback {
      complain(
        "no `\(name)` has decided anything"
          + (nearest.map { "; did you mean `\($0)`?" } ?? (known.isEmpty ? "" : ", only \(known.joined(separator: ", "))")))
      return .failed
    }
    console.print(table.text)
    return .done
  }
}
