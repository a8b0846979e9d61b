import Artifacts
import Glibc

extension EntryLog {
  /// What was typed at prompts on this machine: `TRAIN_HISTORY` if it is set, else `train/history` in the XDG state folder. Nil where
  /// `TRAIN_HISTORY` is empty, or nobody has a home.
  static func ofPrompts() -> EntryLog? {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    if let path = variable("TRAIN_HISTORY") { return path.isEmpty ? nil : EntryLog(path) }
    if let folder = variable("XDG_STATE_HOME"), folder.hasPrefix("/") { return EntryLog("\(folder)/train/history") }
    guard let home = variable("HOME"), !home.isEmpty else { return nil }
    return EntryLog("\(home)/.local/state/train/history")
  }
}
