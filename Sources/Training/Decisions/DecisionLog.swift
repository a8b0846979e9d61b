import Artifacts

/// The decisions of a run of a script, kept in memory and, where there is a place for them, as JSON lines in a file.
///
/// The file is begun anew by the first training of a run. A training that goes on from a backup takes its earlier decisions from
/// there, so whatever became of the file, it ends as that of a run that was never stopped. A file that cannot be written ends no
/// training: that is said once. A decision that is not certain yet, such as a save that is under way, is open: it and what comes
/// after it goes into the file when it is settled, so the file holds what is true, in order.
package final class DecisionLog {
  /// Where they are written; nil for memory alone.
  private let path: String?
  private let note: (String) -> Void
  private var file: AppendingFile?
  private var isLost = false
  private var model = ""
  private var fit = 0

  package private(set) var records: [DecisionRecord] = []
  /// The decisions of this training so far, as lines, each encoded once: for the file, and for the journal of its backups.
  package private(set) var linesOfFit: [String] = []
  /// So many of those are in the journal.
  private var takenCount = 0
  /// Where those are that are not certain yet.
  private var open: Set<Int> = []
  /// So many are in the file.
  private var writtenCount = 0

  /// `note` is told once of a file that cannot be written.
  package init(path: String? = nil, note: @escaping (String) -> Void = { _ in }) {
    self.path = path
    self.note = note
  }

  /// A training begins; its decisions follow.
  func beginFit(of model: String) {
    fit += 1
    self.model = model
    // No save outlasts its training, so none is open.
    (linesOfFit, takenCount) = ([], 0)
    // What an earlier run has left is of no use beside this one.
    if fit == 1, let path, FileStatus(at: path)?.kind == .file { writing { () throws(FileFailure) in try deleteFile(path) } }
  }

  /// Gives the place of the decision, to settle it where it is open.
  @discardableResult
  func add(_ decision: Decision, by callback: String?, epoch: Int? = nil, batch: Int? = nil, isOpen: Bool = false) -> Int {
    add(DecisionRecord(fit: fit, model: model, epoch: epoch, batch: batch, callback: callback, decision), isOpen: isOpen)
  }

  /// An open decision is certain now, or another one stands in its place.
  func settle(_ place: Int, as decision: Decision? = nil) {
    guard open.remove(place) != nil else { return }
    if let decision {
      let old = records[place]
      records[place] = DecisionRecord(
        fit: old.fit, model: old.model, epoch: old.epoch, batch: old.batch, callback: old.callback, decision)
      linesOfFit[place - firstOfFit] = records[place].line
    }
    write()
  }

  /// The training has failed; one without decisions leaves no trace of them.
  func noteFailure(_ reason: String) {
    if records.last?.fit == fit { add(Decision(.ended, "the training has failed", because: reason), by: nil) }
  }

  /// The decisions that are certain and were not taken before: what the next backup adds to its journal.
  func takeLines() -> ArraySlice<String> {
    let start = takenCount
    takenCount = (open.min() ?? records.count) - firstOfFit
    return linesOfFit[start..<takenCount]
  }

  /// Those that were not, from the first one on that is not certain yet.
  var uncertainLines: [String] { Array(linesOfFit[takenCount...]) }

  /// Takes up the decisions that this training had made when it was stopped: the rows of a journal, and the lines that were not in it yet.
  func restore(rows: [JSON], lines: [String]) {
    for old in rows.lazy.compactMap(DecisionRecord.init) { restore(old) }
    takenCount = linesOfFit.count
    for old in lines.lazy.compactMap(DecisionRecord.init(line:)) { restore(old) }
  }

  private func restore(_ old: DecisionRecord) {
    add(
      DecisionRecord(fit: fit, model: old.model, epoch: old.epoch, batch: old.batch, callback: old.callback, old.decision))
  }

  @discardableResult
  private func add(_ record: DecisionRecord, isOpen: Bool = false) -> Int {
    let place = records.count
    records.append(record)
    linesOfFit.append(record.line)
    if isOpen { open.insert(place) }
    write()
    return place
  }

  private var firstOfFit: Int { records.count - linesOfFit.count }

  /// Waits until the file is on the disk: when the backups go, nothing else has what it holds.
  func sync() { writing { () throws(FileFailure) in try file?.sync() } }

  /// Puts those into the file that are certain, as far as all before them are.
  private func write() {
    let end = open.min() ?? records.count
    guard let path, writtenCount < end else { return }
    let lines = linesOfFit[(writtenCount - firstOfFit)..<(end - firstOfFit)]
    writtenCount = end
    writing { () throws(FileFailure) in
      if file == nil { file = try AppendingFile(path, from: .empty) }
      try file?.append(lines.map { $0 + "\n" }.joined())
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
