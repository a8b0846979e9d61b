import Arrays
import Artifacts
import Plans

/// A backup as `train backups` lists it.
package struct ListedBackup {
  package enum Content {
    case whole(RunRecord)
    /// Why it cannot be used, as a clause.
    case damaged(String)
  }
  package let path: String
  /// In bytes.
  package let size: Int
  /// When it was written, in seconds since 1970.
  package let modified: Int
  package let content: Content
}

/// The backup of a run in a folder, which it holds locked while the run lasts.
package final class FolderBackup: BackupStore {
  package let folder: String
  private let files: BackupFolder
  private let note: (String) -> Void
  /// Of the first record that was written; nil before.
  private var lastingSections: [BackupSection]?

  /// Makes the folder if it is missing. `note` is told of backups that are damaged and passed over.
  package init(_ folder: String, note: @escaping (String) -> Void) throws(TrainingError) {
    self.folder = folder
    self.note = note
    do throws(FileFailure) { files = try BackupFolder(folder) } catch { throw .file(error) }
  }

  /// Throws where the disk has no room for three backups of about so many bytes, those that are there included, and their journal: the
  /// newest two are kept while the next one is written, each with the newest rows and, in about as many bytes, those of logs.
  package func checkRoom(forBackupsOf bytes: Int, rows: Int) throws(TrainingError) {
    guard let free = freeBytes(onDiskOf: folder) else { return }
    let bytes = bytes + 2 * min(rows, BackupFolder.rowsInBackup)
    guard free < max(bytes, 3 * bytes - files.size) + rows else { return }
    let history = rows > 0 ? " and \(diskSize(rows)) of history beside them" : ""
    let need = "no space left for three backups of about \(diskSize(bytes))\(history), with \(diskSize(free)) free"
    throw .file(.cannotWrite(path: folder, reason: need))
  }

  package func read() throws(TrainingError) -> RunRecord? {
    let found: BackupFolder.Found?
    do throws(FileFailure) { found = try files.newest() } catch { throw .file(error) }
    guard let found else { return nil }
    for failure in found.passedOver { note("warning: \(failure); the backup before it is used.\n") }
    do throws(CallbackFailure) { return try RunRecord(sections: found.sections) } catch {
      throw .backup(folder: folder, reason: error.reason)
    }
  }

  /// The number of the fit that the newest backup is of; nil if there is none, or nothing had been trained.
  var number: Int? {
    get throws(TrainingError) {
      let found: BackupFolder.Found?
      do throws(FileFailure) { found = try files.newest(sections: RunRecord.Outline.names) } catch { throw .file(error) }
      guard let found, let record = try? RunRecord.Outline(sections: found.sections), !record.isUntrained else { return nil }
      return record.identity.number
    }
  }

  package func places(for arrays: [(name: String, shape: [Int])]) -> SnapshotPlaces? {
    files.places(for: arrays.map { (RunRecord.section(ofTrainee: $0.name), $0.shape) })
  }

  package func writing(_ record: RunRecord) throws(TrainingError) -> FileWriter.Job {
    let run: JSON
    do throws(CallbackFailure) { run = try record.json } catch { throw .backup(folder: folder, reason: error.reason) }
    let lasting = lastingSections ?? record.lastingSections
    lastingSections = lasting
    return { [files] () throws(FileFailure) in
      try files.write(record.sections(of: run, lasting: lasting), adding: record.journal)
    }
  }

  package func beginAnew() { files.beginAnew() }

  /// Keeps the folder locked and nothing else: its training is over.
  func rest() {
    files.rest()
    lastingSections = nil
  }

  /// Removes the backups, and the folder if nothing else is in it.
  package func delete() throws(TrainingError) {
    do throws(FileFailure) { try files.deleteAll() } catch { throw .file(error) }
  }

  /// Does so for all folders of a script that has ended well, as one.
  package static func delete(_ folders: [String]) throws(FileFailure) { try BackupFolder.deleteAll(folders) }

  /// The backups in a folder, newest first, each read whole and verified, while another run may be using it.
  package static func list(inFolder folder: String) throws(FileFailure) -> [ListedBackup] {
    try BackupFolder.list(folder).map { file in
      let content: ListedBackup.Content
      if let damage = file.damage {
        content = .damaged(damage)
      } else {
        do throws(CallbackFailure) { content = .whole(try RunRecord(sections: file.sections)) } catch {
          content = .damaged(error.reason)
        }
      }
      return ListedBackup(path: file.path, size: file.size, modified: file.modified, content: content)
    }
  }

  /// What the newest whole backup in a folder is of, while another run may be using it; nil if there is none, or nothing had been trained,
  /// so that another run may begin in its place. Throws where all are damaged.
  package static func keptFit(inFolder folder: String) throws(FileFailure) -> KeptFit? {
    var found: BackupFolder.Found?
    do throws(FileFailure) { found = try BackupFolder.newest(inFolder: folder, sections: RunRecord.Outline.names) } catch {
      if case .damaged = error { throw error }
    }
    guard let found, let record = try? RunRecord.Outline(sections: found.sections), !record.isUntrained else { return nil }
    return KeptFit(
      record.identity.meaning, of: record.identity.model, seed: record.identity.seed, isInEpoch: record.position.isInEpoch,
      isFinished: record.isFinished)
  }

  /// The seed of the run whose backup is in a folder; nil if there is none that can be read.
  ///
  /// A script that draws its seed asks for this first, so that a run which goes on draws what it drew before.
  package static func seed(inFolder folder: String) -> Int? {
    guard FileStatus(at: folder)?.kind == .folder, let backups = try? BackupFolder(folder),
      let found = try? backups.newest(sections: RunRecord.Outline.names)
    else { return nil }
    return (try? RunRecord.Outline(sections: found.sections))?.identity.seed
  }
}
