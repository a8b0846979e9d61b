import Artifacts
import Plans

/// How a run goes on from a backup: what the script has changed since, and where the callbacks of now stood in the list then.
struct Adaptation {
  /// None of them stands in the way.
  let changes: [FitChange]
  /// For each callback now its place in the backup; nil for one that is new.
  let places: [Int?]

  /// Throws why a run of this identity cannot go on from the record.
  init(of record: RunRecord, to identity: RunRecord.Identity, folder: String) throws(TrainingError) {
    if let mismatch = record.identity.mismatch(with: identity) { throw .backup(folder: folder, reason: mismatch) }
    changes = record.identity.meaning.changes(to: identity.meaning, isInEpoch: record.position.isInEpoch)
    if let change = changes.first, let obstacle = change.obstacle {
      let range = change.place.flatMap { identity.ranges.indices.contains($0) ? identity.ranges[$0] : nil }
      throw .backup(folder: folder, reason: "\(obstacle) (\(change.text)); \(RunRecord.Identity.remedy)", at: range)
    }
    places = FitMeaning.places(of: identity.callbacks, in: record.identity.callbacks)
  }

  /// Whether the script has another learning rate, which then counts in place of the one that the run has come to.
  var hasNewRate: Bool { changes.contains { $0.kind == .learningRate } }

  /// Whether the examples are others than then.
  var hasOtherData: Bool { changes.contains { $0.kind == .data || $0.isOf(setting: "validation_split") } }

  /// Whether sums of scores are of the same scores as then.
  var keepsSums: Bool { !changes.contains { $0.kind == .metric || $0.kind == .loss } }

  /// What a callback's place in the list of now was given by its place then; nothing for one that is new.
  func placed<Element>(_ elements: [Int: Element]) -> [Int: Element] {
    var placed: [Int: Element] = [:]
    for (place, before) in places.enumerated() { if let before, let element = elements[before] { placed[place] = element } }
    return placed
  }

  /// The lines that tell of the changes; empty where there are none.
  var text: String { changes.map { "  \($0.text)\n" }.joined() }
}
