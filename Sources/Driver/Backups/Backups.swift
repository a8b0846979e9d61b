import Artifacts
import Glibc
import Training

/// `train backups FOLDER`: lists the backups in a folder, newest first, and verifies them; or prints the script that the newest whole
/// one keeps.
///
/// A run may be using the folder meanwhile. Fails where there is none, or one is damaged.
package func backups(inFolder folder: String, printsScript: Bool, _ options: Options) -> ExitStatus {
  let terminal = Terminal(options)
  let listed: [ListedBackup]
  do throws(FileFailure) { listed = try FolderBackup.list(inFolder: folder) } catch {
    terminal.complain(error.description)
    return .failed
  }
  let whole = listed.compactMap { if case .whole(let record) = $0.content { record } else { nil } }
  if listed.isEmpty { terminal.complain("there is no backup in `\(folder)`") }
  if printsScript {
    guard let newest = whole.first else {
      if !listed.isEmpty { terminal.complain("no backup in `\(folder)` is whole") }
      return .failed
    }
    terminal.write(newest.identity.script)
    return .done
  }
  terminal.write(listed.map(\.lines).joined())
  return listed.isEmpty || whole.count < listed.count ? .failed : .done
}

extension ListedBackup {
  /// The file, and below it what it is of or what is wrong with it.
  fileprivate var lines: String {
    let file = "\(path)  \(diskSize(size))  \(localTime(modified))"
    switch content {
    case .damaged(let reason): return "\(file)  damaged\n  \(reason)\n"
    case .whole(let record): return "\(file)  whole\n\(record.lines)"
    }
  }
}

extension RunRecord {
  fileprivate var lines: String {
    let identity = identity
    // What is typed has no number.
    let fit = identity.fit > 1 ? ", training \(identity.fit)" : ""
    var lines = ["`\(identity.model)`\(fit), \(place), seed \(identity.seed)"]
    let scores = logs.entries.compactMap { name, value in value.asDouble.map { "\(name) \(told([$0])[0])" } }
    if !scores.isEmpty { lines.append("last epoch: \(scores.joined(separator: ", "))") }
    // The last one is the history that every training has.
    let callbacks = identity.callbacks.dropLast()
    lines.append("plan \(identity.meaning.digest.prefix(16)), callbacks: \(callbacks.joined(separator: ", "))")
    return lines.map { "  \($0)\n" }.joined()
  }

  /// Where the run goes on.
  private var place: String {
    if isFinished { return "complete after epoch \(position.epoch)" }
    return position.isInEpoch
      ? "goes on at batch \(position.batch + 1) of epoch \(position.epoch + 1)" : "goes on at epoch \(position.epoch + 1)"
  }
}

/// `2026-03-01 14:05:09`, in the time of this place.
private func localTime(_ seconds: Int) -> String {
  var moment = time_t(seconds)
  var date = tm()
  localtime_r(&moment, &date)
  var text = [CChar](repeating: 0, count: 32)
  let length = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S", &date)
  return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
