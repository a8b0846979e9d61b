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
  private var files: [File] = []

  init(_ rule: Rule, _ direction: Direction) {
    self.rule = rule
    self.direction = direction
  }

  var paths: [String] { files.map(\.path) }

  /// Whether a file with this value would stay beside those that are there.
  func wouldStay(epoch: Int, value: Double?) -> Bool {
    let new = File(path: "", epoch: epoch, value: value)
    return stays(new, at: files.count, among: files + [new])
  }

  /// Takes in a file that is written, and gives those that go. An older file of the same path is replaced by it.
  mutating func add(_ path: String, epoch: Int, value: Double?) -> [String] {
    files.removeAll { $0.path == path }
    files.append(File(path: path, epoch: epoch, value: value))
    let all = files
    files = all.indices.filter { stays(all[$0], at: $0, among: all) }.map { all[$0] }
    return all.map(\.path).filter { !paths.contains($0) }
  }

  private func stays(_ file: File, at index: Int, among files: [File]) -> Bool {
    if let every = rule.every, file.epoch % every == 0 { return true }
    // Beside those of every n-th epoch the last one stays, unless something else is asked for.
    if let last = rule.last ?? (rule.best == nil ? 1 : nil), index >= files.count - last { return true }
    guard let best = rule.best else { return false }
    return rank(of: file, at: index, among: files) < best
  }

  /// How many of the others are better; of equals the earlier one is. A value that is missing or NaN is the worst.
  private func rank(of file: File, at index: Int, among files: [File]) -> Int {
    files.indices.count { other in
      other != index && (isBetter(files[other], file) || (other < index && !isBetter(file, files[other])))
    }
  }

  private func isBetter(_ a: File, _ b: File) -> Bool {
    guard let first = a.value, !first.isNaN else { return false }
    guard let second = b.value, !second.isNaN else { return true }
    return direction == .down ? first < second : first > second
  }

  var json: JSON {
    .array(files.map { [.string($0.path), .integer($0.epoch), $0.value.map(JSON.float) ?? .null] })
  }

  mutating func resume(from state: JSON?) {
    files = (state?.arrayValue ?? []).compactMap { entry in
      guard let path = entry[0]?.stringValue, let epoch = entry[1]?.integerValue else { return nil }
      return File(path: path, epoch: epoch, value: entry[2]?.doubleValue)
    }
  }
}
