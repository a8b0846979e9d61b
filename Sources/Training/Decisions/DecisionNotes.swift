/// Notes what the callbacks of a run decide: where in the run that was, and which of it is not certain yet.
///
/// What is written or deleted for a callback is open until that is done (`begin`, `settle`). What callbacks do at batches, of which there
/// may be millions, becomes one decision when the epoch is over.
final class DecisionNotes {
  private struct Key: Hashable {
    let callback: Int
    let kind: Decision.Kind
  }

  /// Where an open decision stands in the log, and what follows upon its text.
  private struct Place {
    let number: Int
    let times: String
  }

  private let log: DecisionLog?
  /// Of the callbacks, in list order.
  private let names: [String]
  private let trainee: any Trainee

  /// For the places of decisions, and the words of a failure.
  private(set) var epoch: Int?
  private var batch: Int?
  private var isBeforeEpochs = true
  /// What callbacks have done at the batches of this epoch.
  private(set) var turns = BatchTurns()
  /// What is under way, and where the decision that tells of it stands, if it is noted yet.
  private var underWay: [Key: Place?] = [:]

  init(_ log: DecisionLog?, of names: [String], rates trainee: any Trainee) {
    self.log = log
    self.names = names
    self.trainee = trainee
  }

  // MARK: The place in the run

  func epochBegins(_ epoch: Int) { self.epoch = epoch }

  /// `batch` is nil where it is none of the training.
  func batchBegins(epoch: Int, batch: Int?) { (self.epoch, self.batch) = (epoch, batch) }

  func isBetweenBatches() { batch = nil }

  /// No epoch follows.
  func trainingEnds() {
    noteTurns()
    (epoch, isBeforeEpochs) = (nil, false)
  }

  /// Goes on where the run was; `epoch` is that which has begun.
  func restore(_ turns: BatchTurns, epoch: Int?) {
    self.turns = turns
    self.epoch = epoch
  }

  // MARK: Decisions

  func note(_ decision: Decision, of callback: Int) { note(decision, of: callback, batch: batch.map { $0 + 1 }) }

  /// The same of what a hook may do at every batch, and which is noted only where it does it elsewhere.
  func noteBetweenBatches(_ decision: Decision, of callback: Int) { if batch == nil { note(decision, of: callback) } }

  /// Files are being written or deleted; what is noted is open until it is settled.
  func begin(_ decision: Decision, of callback: Int) {
    underWay.updateValue(nil, forKey: Key(callback: callback, kind: decision.kind))
    if let batch { turns.add(decision, of: callback, batch: batch + 1) } else { note(decision, of: callback) }
  }

  /// What was begun is done; or another decision stands in the place of what was noted then.
  ///
  /// A callback has one thing of a kind under way, so what is settled is what was begun last.
  func settle(_ kind: Decision.Kind, of callback: Int, as decision: Decision? = nil) {
    guard let place = underWay.removeValue(forKey: Key(callback: callback, kind: kind)) else { return }
    if let place {
      log?.settle(place.number, as: decision.map { Decision($0.kind, $0.what + place.times, because: $0.why) })
    } else if let decision {
      turns.replaceLast(kind, of: callback, by: decision)
    }
  }

  /// Notes a rate that has changed, if it has.
  func noteRate(from before: Double, of optimizer: Int, because reason: String, by callback: Int) {
    guard log != nil, trainee.rates[optimizer].value != before else { return }
    let rate = BatchTurns.Rate(callback, optimizer, from: before, reason)
    if batch == nil { note(rate) } else { turns.add(rate) }
  }

  /// Notes what was done at batches.
  func noteTurns() {
    batch = nil
    for rate in turns.rates { note(rate) }
    for file in turns.files { note(file.decision, of: file.callback, batch: file.times.batch, file.times.text) }
    turns = BatchTurns()
  }

  private func note(_ turn: BatchTurns.Rate) {
    let rate = trainee.rates[turn.optimizer]
    let texts = told([turn.before, rate.value])
    let steps = turn.steps == 1 ? "" : " in \(turn.steps) steps"
    note(Decision(.rate, "\(rate.title) \(texts[0]) → \(texts[1])\(steps)", because: turn.reason), of: turn.callback)
  }

  /// `times` follows upon its text.
  private func note(_ decision: Decision, of callback: Int, batch: Int?, _ times: String = "") {
    guard let log else { return }
    let number = epoch.map { $0 + 1 } ?? (isBeforeEpochs ? 0 : nil)
    let key = Key(callback: callback, kind: decision.kind)
    let isOpen = underWay.keys.contains(key)
    let whole = Decision(decision.kind, decision.what + times, because: decision.why)
    let place = log.add(whole, by: names[callback], epoch: number, batch: batch, isOpen: isOpen)
    if isOpen { underWay.updateValue(Place(number: place, times: times), forKey: key) }
  }
}
