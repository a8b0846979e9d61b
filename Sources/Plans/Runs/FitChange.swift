/// Something that a script says otherwise than when a backup of its fit was written.
package struct FitChange: Sendable, Equatable {
  /// Which part it is of; the place among the parts now, nil for one that is gone.
  package let kind: FitMeaning.Part.Kind
  package let place: Int?
  /// Why the training cannot go on with it, as a clause; nil where it can.
  package fileprivate(set) var obstacle: String?
  /// "`learning_rate`: `0.003` → `0.001`".
  package let text: String
  /// The setting that it is of; nil for other parts.
  let setting: String?
  package func isOf(setting: String) -> Bool { self.setting == setting }
  /// Whether the script says the same as before, and only what comes before it makes it something else.
  let isConsequence: Bool
}

/// A backup as the check sees it: what its fit meant when it was written.
package struct KeptFit: Sendable {
  /// The name of its model.
  package let model: String
  package let meaning: FitMeaning
  /// What its random numbers follow from; nil if that is not known.
  package let seed: Int?
  /// Whether it was written within an epoch.
  package let isInEpoch: Bool
  /// Whether the training is over, so that nothing is left to do.
  package let isFinished: Bool
  package init(_ meaning: FitMeaning, of model: String, seed: Int? = nil, isInEpoch: Bool = false, isFinished: Bool = false) {
    self.model = model
    self.meaning = meaning
    self.seed = seed
    self.isInEpoch = isInEpoch
    self.isFinished = isFinished
  }
}

extension FitMeaning {
  /// What has changed from this, which a backup keeps, to what the script means now, in its order; first what stands in the way.
  ///
  /// More or fewer epochs are no change. Within an epoch the data and its order must stay, and what is summed up.
  package func changes(to now: FitMeaning, isInEpoch: Bool) -> [FitChange] {
    var changes: [FitChange] = []
    for kind in Part.Kind.allCases { changes += self.changes(of: kind, to: now, isInEpoch: isInEpoch) }
    return changes.filter { $0.obstacle != nil } + changes.filter { $0.obstacle == nil }
  }

  private func changes(of kind: Part.Kind, to now: FitMeaning, isInEpoch: Bool) -> [FitChange] {
    var changes: [FitChange] = []
    let before = matchable(kind)
    let after = now.matchable(kind)
    for (key, part, place) in after {
      let old = before.first { $0.key == key }?.part
      if let change = change(from: old, to: part, at: place, isInEpoch: isInEpoch) { changes.append(change) }
    }
    for (key, part, _) in before where !after.contains(where: { $0.key == key }) {
      if let change = change(from: part, to: nil, at: nil, isInEpoch: isInEpoch) { changes.append(change) }
    }
    let kept = Set(before.map(\.key)).intersection(after.map(\.key))
    if before.map(\.key).filter(kept.contains) != after.map(\.key).filter(kept.contains), kind != .setting {
      changes.append(
        FitChange(
          kind: kind, place: nil, obstacle: nil, text: "each \(kind.word) has another place", setting: nil,
          isConsequence: false))
    }
    return Self.withoutConsequences(changes)
  }

  /// A layer whose weights are others because of one before it has not changed: what stands in the way is the one that has.
  private static func withoutConsequences(_ changes: [FitChange]) -> [FitChange] {
    guard let first = changes.first(where: \.isConsequence) else { return changes }
    var own = changes.filter { !$0.isConsequence }
    if own.isEmpty { return [first] }
    if !own.contains(where: { $0.obstacle != nil }) { own[0].obstacle = first.obstacle }
    return own
  }

  /// For each callback in a list of names, the place that it had in the list before; nil for one that is new.
  package static func places(of names: [String], in before: [String]) -> [Int?] {
    let old = keys(before)
    return keys(names).map { key in old.firstIndex(of: key) }
  }

  /// The parts of a kind, each with its name and how many of that name come before it.
  private func matchable(_ kind: Part.Kind) -> [(key: Key, part: Part, place: Int)] {
    let own = parts.enumerated().filter { $0.element.kind == kind }
    return zip(Self.keys(own.map(\.element.name)), own).map { (key: $0, part: $1.element, place: $1.offset) }
  }

  private struct Key: Hashable {
    let name: String
    let number: Int
  }

  private static func keys(_ names: [String]) -> [Key] {
    var counts: [String: Int] = [:]
    return names.map { name in
      counts[name, default: 0] += 1
      return Key(name: name, number: counts[name, default: 0])
    }
  }

  private func change(from old: Part?, to new: Part?, at place: Int?, isInEpoch: Bool) -> FitChange? {
    guard let part = new ?? old, old != new, !(part.kind == .setting && part.name == "epochs") else { return nil }
    let texts = [old, new].compactMap { $0.map { "`\($0.text)`" } }.joined(separator: " → ")
    let name = part.kind.showsName ? "`\(part.name)`: " : ""
    let text = name + texts + (old == nil ? ", which is new" : new == nil ? ", which is gone" : "")
    return FitChange(
      kind: part.kind, place: place, obstacle: obstacle(from: old, to: new, isInEpoch: isInEpoch), text: text,
      setting: part.kind == .setting ? part.name : nil, isConsequence: old?.text == new?.text)
  }

  private func obstacle(from old: Part?, to new: Part?, isInEpoch: Bool) -> String? {
    guard let part = new ?? old else { return nil }
    switch (part.kind, old?.core ?? "", new?.core ?? "") {
    case (.layer, let old, let new) where old != new:
      if old.isEmpty { return "the backup has no weights of `\(part.name)` (\(new))" }
      if new.isEmpty { return "the backup has weights of `\(part.name)` (\(old)), which it has no more" }
      return "`\(part.name)` has other weights: \(old) in the backup, \(new) now"
    case (.optimizer, let old, let new) where old != new:
      return "the backup has what `\(old)` remembers of each weight, not `\(new)`"
    case (.data, _, _) where isInEpoch, (.loss, _, _) where isInEpoch, (.metric, _, _) where isInEpoch:
      return "the backup was written within an epoch"
    case (.setting, _, _)
    where isInEpoch && ["batch_size", "class_weight", "shuffle", "steps_per_epoch", "validation_split"].contains(part.name):
      return "the backup was written within an epoch"
    default: return nil
    }
  }
}

extension FitMeaning.Part.Kind {
  /// Whether a text of this kind does not say what it is of.
  fileprivate var showsName: Bool { [.layer, .learningRate, .metric, .data, .setting].contains(self) }

  fileprivate var word: String { self == .learningRate ? "learning rate" : rawValue }
}
