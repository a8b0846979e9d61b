import Artifacts
import Lambdas
import Plans

/// How a run goes on from a backup: what the script has changed since, and where the callbacks of now stood in the list then.
struct Adaptation {
  /// What the fit means now and did not then. None of it stands in the way.
  private let changes: [FitChange]
  /// What it begins with now and did not then, without what follows from those.
  private let startChanges: [StartChange]
  /// For each callback now its place in the backup; nil for one that is new.
  let places: [Int?]

  /// Throws why a run of this identity cannot go on from the record.
  init(of record: RunRecord, to identity: RunRecord.Identity, folder: String) throws(TrainingError) {
    if let mismatch = record.identity.mismatch(with: identity) { throw .backup(folder: folder, reason: mismatch) }
    let changes = record.identity.meaning.changes(to: identity.meaning, isInEpoch: record.position.isInEpoch)
    if let change = changes.first, change.obstacle != nil {
      let range = change.place.flatMap { identity.ranges.indices.contains($0) ? identity.ranges[$0] : nil }
      throw .backup(folder: folder, reason: "\(Self.obstacles(changes)); \(RunRecord.Identity.remedy)", at: range)
    }
    let known = Set(changes.map(\.kind))
    let startChanges = StartChange.all(from: record.identity.start, to: identity.start).filter { change in
      switch change.kind {
      case .rate: !known.contains(.learningRate) && !known.contains(.optimizer)
      // Their weights are counted among them.
      case .data:
        !known.contains(.data) && !changes.contains { $0.isOf(setting: "validation_split") || $0.isOf(setting: "class_weight") }
      // Other layers begin with other weights.
      case .weights: !known.contains(.layer)
      case .kernels: true
      }
    }
    if record.position.isInEpoch, let change = startChanges.first(where: { $0.kind == .data }) {
      let reason = "the backup was written within an epoch (\(change.text)); \(RunRecord.Identity.remedy)"
      throw .backup(folder: folder, reason: reason)
    }
    places = FitMeaning.places(of: identity.callbacks, in: record.identity.callbacks)
    (self.changes, self.startChanges) = (changes, startChanges)
  }

  /// All that stands in the way, each reason once, with what has changed.
  private static func obstacles(_ changes: [FitChange]) -> String {
    var reasons: [(obstacle: String, texts: [String])] = []
    for change in changes {
      guard let obstacle = change.obstacle else { continue }
      if let index = reasons.firstIndex(where: { $0.obstacle == obstacle }) {
        reasons[index].texts.append(change.text)
      } else {
        reasons.append((obstacle, [change.text]))
      }
    }
    return reasons.map { "\($0.obstacle) (\($0.texts.joined(separator: "; ")))" }.joined(separator: "; ")
  }

  var isEmpty: Bool { changes.isEmpty && startChanges.isEmpty }

  /// Whether the script has another learning rate, which then counts in place of the one that the run has come to.
  var hasNewRate: Bool { changes.contains { $0.kind == .learningRate } || startChanges.contains { $0.kind == .rate } }

  /// Whether the examples are others than then.
  var hasOtherData: Bool {
    changes.contains { $0.kind == .data || $0.isOf(setting: "validation_split") } || startChanges.contains { $0.kind == .data }
  }

  /// Whether sums of scores are of the same scores as then.
  var keepsSums: Bool { !changes.contains { $0.kind == .metric || $0.kind == .loss } }

  /// What a callback's place in the list of now was given by its place then; nothing for one that is new.
  func placed<Element>(_ elements: [Int: Element]) -> [Int: Element] {
    var placed: [Int: Element] = [:]
    for (place, before) in places.enumerated() { if let before, let element = elements[before] { placed[place] = element } }
    return placed
  }

  /// The lines that tell of the changes; empty where there are none.
  var text: String { (changes.map(\.text) + startChanges.map(\.text)).map { "  \($0)\n" }.joined() }
}

/// Something that a training begins with and did not when its backup was written, though its `fit` says the same.
private struct StartChange {
  enum Kind { case rate, weights, data, kernels }
  let kind: Kind
  let text: String

  /// None where nothing is known of one of them.
  static func all(from old: RunRecord.Start?, to new: RunRecord.Start?) -> [StartChange] {
    guard let old, let new else { return [] }
    var changes: [StartChange] = []
    if old.rates != new.rates {
      let texts = [old.rates, new.rates].map { told($0).joined(separator: ", ") }
      changes.append(StartChange(kind: .rate, text: "the learning rate before the training: \(texts[0]) → \(texts[1])"))
    }
    if old.weights != new.weights {
      changes.append(
        StartChange(kind: .weights, text: "the weights before the training are others; those of the backup go on"))
    }
    if old.data != new.data { changes.append(StartChange(kind: .data, text: "the data has other numbers in it")) }
    if old.kernels != new.kernels {
      let text = "the kernels: `\(old.kernels)` → `\(new.kernels)`, so the last bits will be others"
      changes.append(StartChange(kind: .kernels, text: text))
    }
    return changes
  }
}
