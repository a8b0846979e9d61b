import Artifacts
import Networks
import Plans
import Synchronization

/// Files that could not be deleted, as the writer's thread finds them.
private final class Failures: Sendable {
  private let list = Mutex<[FileFailure]>([])
  var all: [FileFailure] { list.withLock { $0 } }
  func add(_ failure: FileFailure) { list.withLock { $0.append(failure) } }
}

/// The files that callbacks have written and deleted: by the writer, while training goes on.
extension CallbackList {
  /// The file is written while training goes on, unless something is to be said when it stands. `take` copies the model.
  func save(_ save: SaveRequest, of index: Int, taking take: () throws(Failure) -> FileWriter.Job) throws(TrainingError) {
    let (name, epoch) = (seats[index].callback.name, epoch)
    console.print(save.announcement)
    try files.add(.callback(index)) { () throws(TrainingError) in
      let model: FileWriter.Job
      do throws(Failure) { model = try take() } catch {
        throw .callback(name: name, epoch: epoch, CallbackFailure(error.message, at: error.range))
      }
      let writing = FilesUnderWay.Part(
        job: model, error: { .callback(name: name, epoch: epoch, CallbackFailure("\($0)")) },
        settled: { [weak self] fate in self?.saveIsSettled(fate, save.path, of: index) })
      var parts = [writing]
      if let note = save.note { parts.append(part(of: index) { () throws(FileFailure) in try note.write() }) }
      return parts
    }
    notes.begin(Decision(.saved, "saved `\(save.path)`", because: save.reason), of: index)
    if !save.confirmation.isEmpty {
      try files.wait(for: .callback(index))
      console.print(save.confirmation)
    }
  }

  private func saveIsSettled(_ fate: FilesUnderWay.Fate, _ path: String, of index: Int) {
    let failure =
      switch fate {
      case .stands: nil as String?
      case .failed(let failure): failure.reason
      case .givenUp(let failure): "\(failure)"
      }
    let decision = failure.map { Decision(.saveFailed, "could not save `\(path)`", because: $0) }
    notes.settle(.saved, of: index, as: decision)
  }

  /// Files are deleted behind the save before it, when the newer one stands. One that cannot be is told of, and ends no training.
  func delete(_ deletion: DeleteRequest, of index: Int) throws(TrainingError) {
    if !deletion.paths.isEmpty {
      let failures = Failures()
      let deleting = part(of: index, settled: { [weak self] in self?.areDeleted(deletion, failures.all, $0, of: index) }) {
        for path in deletion.paths { do throws(FileFailure) { try deleteFile(path) } catch { failures.add(error) } }
      }
      files.follow(.callback(index), deleting)
      notes.begin(Decision(.deleted, "deleted \(listed(deletion.paths))", because: deletion.reason), of: index)
    }
    guard let heading = deletion.heading else { return }
    try files.wait(for: .callback(index))
    let gone = deletion.paths.isEmpty ? "" : ", deleted \(deletion.paths.joined(separator: ", "))"
    console.print("\(heading)\(deletion.kept.text)\(gone)\n")
  }

  private func areDeleted(_ deletion: DeleteRequest, _ failures: [FileFailure], _ fate: FilesUnderWay.Fate, of index: Int) {
    for failure in failures { console.print("warning: \(seats[index].callback.name) \(failure)\n") }
    var decision: Decision?
    if case .givenUp(let failure) = fate {
      decision = Decision(.deleted, "did not delete \(listed(deletion.paths))", because: "\(failure)")
    } else if !failures.isEmpty {
      let left = failures.compactMap(\.path)
      let gone = deletion.paths.filter { !left.contains($0) }
      let what = (gone.isEmpty ? "" : "deleted \(listed(gone)); ") + "could not delete \(listed(left))"
      decision = Decision(.deleted, what, because: deletion.reason)
    }
    notes.settle(.deleted, of: index, as: decision)
  }

  /// What the files of a callback take when all of them stand.
  func tellDiskUse(of kept: KeptUse, because reason: String, of index: Int) throws(TrainingError) {
    try files.wait(for: .callback(index))
    notes.note(Decision(.kept, kept.text, because: reason), of: index)
  }

  /// What is written for a callback now, and fails in its name.
  private func part(
    of index: Int, settled: @escaping (FilesUnderWay.Fate) -> Void = { _ in }, _ job: @escaping FileWriter.Job
  ) -> FilesUnderWay.Part {
    let (name, epoch) = (seats[index].callback.name, epoch)
    return .init(job: job, error: { .callback(name: name, epoch: epoch, CallbackFailure("it \($0)")) }, settled: settled)
  }

  /// The ends of the files that callbacks add to, as far as a backup can have them in place of the disk.
  var tails: [FileTail] { seats.flatMap(\.callback.growingFiles).compactMap(\.tail) }

  /// What waits until the files that callbacks add to are on the disk as they are now, but for those whose ends a backup has.
  func syncs(beside tails: [FileTail] = []) -> [FilesUnderWay.Part] {
    seats.indices.flatMap { syncs(of: $0, beside: tails) }
  }

  func syncs(of index: Int, beside tails: [FileTail] = []) -> [FilesUnderWay.Part] {
    let files = seats[index].callback.growingFiles.filter { file in !tails.contains { $0.path == file.path } }
    return files.map { file in part(of: index) { () throws(FileFailure) in try file.sync() } }
  }
}
