import Artifacts
import Plans

/// Which of the files that a checkpoint has written stay: the last ones, the best ones, and those of every n-th epoch.
struct KeptFiles {
  struct Rule: Sendable, Equatable {
    var last: Int?
    var best: Int?
    /// In epochs.
    var every: Int?
    var isGiven: Bool { last != nil || best != nil || every != nil }
    /// The arguments that it is made of: "keep_last=3".
    var text: String {
      [("keep_last", last), ("keep_best", best), ("keep_every", every)].compactMap { name, count in count.map { "\(name)=\($0)" }
      }
      .joined(separator: ", ")
    }
    /// "keeps of its files the last 3 and the best one, and deletes the others".
    var fact: String {
      func some(_ which: String, _ count: Int?) -> String? { count.map { "the \(which) \($0 == 1 ? "one" : "\($0)")" } }
      let kept = [some("last", last), some("best", best), every.map { "those of every \($0) epochs" }]
      return "keeps of its files \(kept.compactMap(\.self).joined(separator: " and ")), and deletes the others"
    }
  }

  private struct File {
    let path: String
    /// From 1.
    let epoch: Int
    let value: Double?
  }

  let rule: Rule
  private let direction: Direction
  /// Those that may still have to go: in the order in which they were written, as many as are among the last or the best.
  private var files: [File] = []
  /// Those that have come to stay with the last save, which may not be on the disk yet.
  private var staying: [String] = []
  /// How many have come to stay before, and what they take.
  private var before = (count: 0, bytes: 0)

  init(_ rule: Rule, _ direction: Direction) {
    self.rule = rule
    self.direction = direction
  }

  /// What all of them take.
  var use: KeptUse { KeptUse(paths: staying + files.map(\.path), others: before.count, otherBytes: before.bytes) }

  /// Whether a file with this value would stay beside those that are there.
  func wouldStay(epoch: Int, value: Double?) -> Bool {
    isEvery(epoch) || areAmongLastOrBest(files + [File(path: "", epoch: epoch, value: value)]).last ?? false
  }

  /// Takes in a file that is written, and gives those that go. An older file of the same path is replaced by it.
  mutating func add(_ path: String, epoch: Int, value: Double?) -> [String] {
    staying.removeAll { $0 == path }
    before.count += staying.count
    before.bytes += KeptUse(paths: staying).bytes
    staying = []
    files.removeAll { $0.path == path }
    files.append(File(path: path, epoch: epoch, value: value))
    let (all, isIn) = (files, areAmongLastOrBest(files))
    files = all.indices.filter { isIn[$0] }.map { all[$0] }
    // What is neither among the last nor the best will never be again, and has no say in which of the others are.
    let rest = all.indices.filter { !isIn[$0] }.map { all[$0] }
    staying = rest.filter { isEvery($0.epoch) }.map(\.path)
    return rest.filter { !isEvery($0.epoch) }.map(\.path)
  }

  private func isEvery(_ epoch: Int) -> Bool { rule.every.map { epoch % $0 == 0 } ?? false }

  private func areAmongLastOrBest(_ files: [File]) -> [Bool] {
    // Beside those of every n-th epoch the last one stays, unless something else is asked for.
    let last = rule.last ?? (rule.best == nil ? 1 : 0)
    var are = files.indices.map { $0 >= files.count - last }
    guard let best = rule.best else { return are }
    // Of equals the earlier one is better.
    let ranked = files.indices.sorted { first, second in
      isBetter(files[first], files[second]) || (first < second && !isBetter(files[second], files[first]))
    }
    for index in ranked.prefix(best) { are[index] = true }
    return are
  }

  /// A value that is missing or NaN is the worst.
  private func isBetter(_ a: File, _ b: File) -> Bool {
    guard let first = a.value, !first.isNaN else { return false }
    guard let second = b.value, !second.isNaN else { return true }
    return direction == .down ? first < second : first > second
  }

  var json: JSON {
    [
      "files": .array(files.map { [.string($0.path), .integer($0.epoch), $0.value.map(JSON.float) ?? .null] }),
      "staying": .array(staying.map(JSON.string)), "before": [.integer(before.count), .integer(before.bytes)],
    ]
  }

  /// Backups of version 1 have a list of all files.
  mutating func resume(from state: JSON?) {
    files = (state?["files"]?.arrayValue ?? state?.arrayValue ?? []).compactMap { entry in
      guard let path = entry[0]?.stringValue, let epoch = entry[1]?.integerValue else { return nil }
      return File(path: path, epoch: epoch, value: entry[2]?.doubleValue)
    }
    staying = (state?["staying"]?.arrayValue ?? []).compactMap(\.stringValue)
    before = (state?["before"]?[0]?.integerValue ?? 0, state?["before"]?[1]?.integerValue ?? 0)
  }
}

/// What the files that a callback keeps take on the disk.
package struct KeptUse: Sendable, Equatable {
  /// Those whose sizes are looked at.
  package let paths: [String]
  /// So many others were looked at before, and take so much.
  package var others = 0
  package var otherBytes = 0

  var count: Int { paths.count + others }
  var bytes: Int { otherBytes + paths.reduce(0) { $0 + (FileStatus(at: $1)?.size ?? 0) } }

  /// "2 checkpoints take 3.0 kB".
  var text: String { "\(count) checkpoint\(count == 1 ? " takes" : "s take") \(diskSize(bytes))" }
}
