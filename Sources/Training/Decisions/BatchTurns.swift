import Artifacts

/// What callbacks do at the batches of an epoch, of which there may be millions: each thing becomes one decision when the epoch is over.
struct BatchTurns: Sendable, Equatable {
  /// How often something was done, and at which batches, from 1.
  struct Times: Equatable {
    private(set) var count = 1
    private let first: Int
    private(set) var last: Int

    init(batch: Int) { (first, last) = (batch, batch) }

    mutating func add(batch: Int) {
      count += 1
      last = batch
    }

    /// What follows upon the last of them; nothing where there was one alone.
    var text: String { count == 1 ? "" : ", the last of \(count) times from batch \(first) to \(last)" }
    /// Where the decision is noted.
    var batch: Int? { count == 1 ? last : nil }

    var json: JSON { [.integer(count), .integer(first), .integer(last)] }

    init?(_ json: JSON?) {
      guard let count = json?[0]?.integerValue, let first = json?[1]?.integerValue, let last = json?[2]?.integerValue else {
        return nil
      }
      (self.count, self.first, self.last) = (count, first, last)
    }
  }

  /// How a callback has changed a rate.
  struct Rate: Equatable {
    let callback, optimizer: Int
    let before: Double
    let reason: String
    var steps: Int

    init(_ callback: Int, _ optimizer: Int, from before: Double, _ reason: String, steps: Int = 1) {
      self.callback = callback
      self.optimizer = optimizer
      self.before = before
      self.reason = reason
      self.steps = steps
    }
  }

  /// Files that a callback has written or deleted: the last decision of that kind.
  struct Files: Equatable {
    let callback: Int
    var decision: Decision
    var times: Times
  }

  private(set) var rates: [Rate] = []
  /// One of each kind for each callback.
  private(set) var files: [Files] = []

  init() {}

  mutating func add(_ rate: Rate) {
    if let known = rates.firstIndex(where: { $0.callback == rate.callback && $0.optimizer == rate.optimizer }) {
      rates[known].steps += 1
    } else {
      rates.append(rate)
    }
  }

  mutating func add(_ decision: Decision, of callback: Int, batch: Int) {
    if let known = files.firstIndex(where: { $0.callback == callback && $0.decision.kind == decision.kind }) {
      files[known].decision = decision
      files[known].times.add(batch: batch)
    } else {
      files.append(Files(callback: callback, decision: decision, times: Times(batch: batch)))
    }
  }
}

extension BatchTurns {
  /// Of the decisions of a kind that tell of files, the last one was not to be.
  mutating func replaceLast(_ kind: Decision.Kind, of callback: Int, by decision: Decision) {
    guard let known = files.firstIndex(where: { $0.callback == callback && $0.decision.kind == kind }) else { return }
    files[known].decision = decision
  }

  /// The same where callbacks have other places now; `places` gives for each the one it had. What is gone has no decision.
  func placed(_ places: [Int?]) -> BatchTurns {
    var turns = BatchTurns()
    turns.rates = rates.compactMap { rate in
      places.firstIndex(of: rate.callback).map { Rate($0, rate.optimizer, from: rate.before, rate.reason, steps: rate.steps) }
    }
    turns.files = files.compactMap { file in
      places.firstIndex(of: file.callback).map { Files(callback: $0, decision: file.decision, times: file.times) }
    }
    return turns
  }

  var json: JSON {
    [
      "rates": .array(
        rates.map { [.integer($0.callback), .integer($0.optimizer), .float($0.before), .string($0.reason), .integer($0.steps)] }),
      "files": .array(
        files.map {
          let decision = $0.decision
          return [
            .integer($0.callback), .string(decision.kind.rawValue), .string(decision.what), .string(decision.why), $0.times.json,
          ]
        }),
    ]
  }

  /// From a backup; nothing where there is none.
  init(_ json: JSON?) {
    for entry in json?["rates"]?.arrayValue ?? [] {
      guard let callback = entry[0]?.integerValue, let optimizer = entry[1]?.integerValue, let before = entry[2]?.doubleValue,
        let reason = entry[3]?.stringValue, let steps = entry[4]?.integerValue
      else { continue }
      rates.append(Rate(callback, optimizer, from: before, reason, steps: steps))
    }
    for entry in json?["files"]?.arrayValue ?? [] {
      guard let callback = entry[0]?.integerValue, let kind = entry[1]?.stringValue.flatMap(Decision.Kind.init),
        let what = entry[2]?.stringValue, let why = entry[3]?.stringValue, let times = Times(entry[4])
      else { continue }
      files.append(Files(callback: callback, decision: Decision(kind, what, because: why), times: times))
    }
  }
}
