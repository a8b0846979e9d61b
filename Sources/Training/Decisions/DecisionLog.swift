import Artifacts

/// The decisions of a run of a script, kept in memory and, where there is a place for them, as JSON lines in a file.
///
/// The file is begun anew by the first training of a run. A training that goes on from a backup takes its earlier decisions from
/// there, so whatever became of the file, it ends as that of a run that was never stopped. A file that cannot be written ends no
/// training: that is said once.
package final class DecisionLog {
  /// Where they are written; nil for memory alone.
  private let path: String?
  private let note: (String) -> Void
  private var file: AppendingFile?
  private var isLost = false
  private var model = ""
  private var fit = 0

  package private(set) var records: [DecisionRecord] = []
  /// The decisions of this training so far, as lines: what a backup keeps. Each is encoded once, since every backup has them all.
  package private(set) var linesOfFit: [String] = []

  /// `note` is told once of a file that cannot be written.
  package init(path: String? = nil, note: @escaping (String) -> Void = { _ in }) {
    self.path = path
    self.note = note
  }

  /// A training begins; its decisions follow.
  func beginFit(of model: String) {
    fit += 1
    self.model = model
    linesOfFit = []
    // What an earlier run has left is of no use beside this one.
    if fit == 1, let path, FileStatus(at: path)?.kind == .file { writing { () throws(FileFailure) in try deleteFile(path) } }
  }

  func add(_ decision: Decision, by callback: String?, epoch: Int? = nil, batch: Int? = nil) {
    add(DecisionRecord(fit: fit, model: model, epoch: epoch, batch: batch, callback: callback, decision))
  }

  /// The training has failed; one without decisions leaves no trace of them.
  func noteFailure(_ reason: String) {
    if records.last?.fit == fit { add(Decision(.ended, "the training has failed", because: reason), by: nil) }
  }

  /// Takes up the decisions that this training had made when it was stopped.
  func restore(_ lines: [String]) {
    for line in lines {
      guard let old = DecisionRecord(line: line) else { continue }
      add(
        DecisionRecord(
          fit: fit, model: old.model, epoch: old.epoch, batch: old.batch, callback: old.callback, old.decision))
    }
  }

  private func add(_ record: DecisionRecord) {
    let line = record.line
    records.append(record)
    linesOfFit.append(line)
    guard let path else { return }
    writing { () throws(FileFailure) in
      if file == nil { file = try AppendingFile(path, from: .empty) }
      try file?.append(line + "\n")
    }
  }

  private func writing(_ body: () throws(FileFailure) -> Void) {
    if isLost { return }
    do throws(FileFailure) { try body() } catch {
      isLost = true
      note("warning: the decisions of this run are not kept in a file: it \(error)\n")
    }
  }

  /// Where the decisions of a script's runs are kept: beside it.
  package static func path(ofScript path: String) -> String {
    let endings = [".train", ".yaml", ".yml"]
    let stem = endings.first(where: path.hasSuffix).map { String(path.dropLast($0.count)) } ?? path
    return stem + ".decisions.jsonl"
  }

  /// The decisions in a file, and how many of its lines are none; a last line that a crash has torn is passed over.
  package static func read(_ path: String) throws(FileFailure) -> (records: [DecisionRecord], strangeLines: Int) {
    let text = String(decoding: try readFile(path), as: UTF8.self)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if let last = lines.last, DecisionRecord(line: String(last)) == nil { lines.removeLast() }
    let records = lines.map { DecisionRecord(line: String($0)) }
    return (records.compactMap { $0 }, records.count { $0 == nil })
  }
}
